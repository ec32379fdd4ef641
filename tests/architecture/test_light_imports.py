"""What is imported when: the command line answers and the window opens without the heavy parts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MODELS = {"torch", "torchvision", "timm"}
QT = {"PySide6", "shiboken6", "qtawesome"}
NUMERICS = {"numba", "llvmlite", "scipy", "cv2", "skfmm", "agd"}

PROBE = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""

HELP = """
import json, sys
sys.argv = ["crack-annotator", *sys.argv[1:]]
from annotator.__main__ import main
try:
    status = main()
except SystemExit as stop:
    status = stop.code
assert not status, status
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded(root: Path, program: str, *arguments: str) -> set[str]:
    """Top-level modules that a new interpreter holds after running the program."""
    result = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("module", "banned"),
    [
        ("annotator", MODELS | QT | NUMERICS),
        ("annotator.errors", MODELS | QT | NUMERICS),
        ("annotator.document.crack_path", MODELS | QT | NUMERICS),
        ("annotator.storage.image_io", MODELS | QT | {"numba", "skfmm", "agd"}),
        ("annotator.services", MODELS | QT | NUMERICS),
        ("annotator.services.tracing", MODELS | QT),
        (
            "annotator.app",
            MODELS | {"numba", "llvmlite", "skfmm", "agd", "geodesic", "segmentation"},
        ),
        ("geodesic", MODELS | QT | {"annotator", "segmentation"}),
        ("segmentation", MODELS | QT | NUMERICS),
        ("segmentation.data.synthetic", MODELS | QT | {"numba", "cv2", "PIL", "geodesic"}),
    ],
)
def test_import_stays_light(root: Path, module: str, banned: set[str]) -> None:
    assert loaded(root, PROBE, module) & banned == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["synth", "--help"]])
def test_the_command_line_answers_at_once(root: Path, arguments: list[str]) -> None:
    assert loaded(root, HELP, *arguments) & (MODELS | QT | NUMERICS) == set()


def test_the_help_of_trace_needs_neither_qt_nor_torch(root: Path) -> None:
    assert loaded(root, HELP, "trace", "--help") & (MODELS | QT) == set()
