"""The layering contracts of pyproject.toml hold, and would be noticed if they did not."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONUTF8": "1", "NO_COLOR": "1"},
    )


@pytest.fixture(scope="module")
def checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages that a test may spoil."""
    folder = tmp_path_factory.mktemp("checkout")
    for package in ("annotator", "geodesic", "segmentation"):
        shutil.copytree(
            root / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(root / "pyproject.toml", folder)
    return folder


def test_contracts_hold(root: Path) -> None:
    result = lint(root)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("geodesic/cost.py", "import PySide6"),
        ("geodesic/metric.py", "import geodesic.fast_marching"),
        ("geodesic/types.py", "import annotator.errors"),
        ("segmentation/data/synthetic.py", "import torch"),
        ("segmentation/data/synthetic.py", "import geodesic.types"),
        ("annotator/document/mask.py", "import PySide6.QtCore"),
        ("annotator/services/tracing.py", "import annotator.session"),
        ("annotator/canvas/view.py", "import geodesic.tracing"),
        ("annotator/session/session.py", "import annotator.main_window"),
    ],
)
def test_a_violation_is_noticed(checkout: Path, module: str, line: str) -> None:
    file = checkout / module
    original = file.read_text(encoding="utf-8")
    file.write_text(f"{original}\n{line}\n", encoding="utf-8")
    try:
        result = lint(checkout)
    finally:
        file.write_text(original, encoding="utf-8")
    importer = module.removesuffix(".py").replace("/", ".")
    imported = line.removeprefix("import ")
    assert result.returncode != 0, result.stdout
    # The linter names the outermost package of modules that are not ours.
    outermost = imported.partition(".")[0]
    found = re.findall(rf"{importer} -> ([\w.]+)", result.stdout)
    assert {imported, outermost} & set(found), result.stdout + result.stderr
