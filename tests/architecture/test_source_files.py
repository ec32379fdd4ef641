"""Rules about files that no linter checks: size, names, and what must not be written into them."""

import ast
import re
from pathlib import Path

import pytest

LONGEST = 600
LONGEST_OF = {"annotator/main_window.py": 400, "annotator/canvas/view.py": 400}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "misc", "common", "manager"}
MACHINE_PATH = re.compile(r"(?<![\w.$}*])/(?:home|root|work|Users|tmp)/\w|[A-Z]:\\{1,2}Users")
TEXT_FILES = ("pyproject.toml", "README.md", ".gitignore", ".ci/run")


def test_no_source_file_is_too_long(root: Path, python_files: list[Path]) -> None:
    too_long = {}
    for file in python_files:
        name = file.relative_to(root).as_posix()
        lines = len(file.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_OF.get(name, LONGEST):
            too_long[name] = lines
    assert too_long == {}


def test_the_files_with_a_limit_of_their_own_exist(root: Path) -> None:
    assert [name for name in LONGEST_OF if not (root / name).is_file()] == []


def test_module_names_say_what_is_inside(root: Path, python_files: list[Path]) -> None:
    vague = [
        file.relative_to(root).as_posix()
        for file in python_files
        if VAGUE_NAMES & {file.stem, *file.relative_to(root).parts}
    ]
    assert vague == []


def test_module_names_differ_in_more_than_case(root: Path, python_files: list[Path]) -> None:
    names = [file.relative_to(root).as_posix().casefold() for file in python_files]
    assert len(set(names)) == len(names)


def test_imports_are_absolute(root: Path, python_files: list[Path]) -> None:
    relative = [
        f"{file.relative_to(root).as_posix()}:{node.lineno}"
        for file in python_files
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_each_package_has_an_init_with_a_docstring(root: Path, package_files: list[Path]) -> None:
    without = []
    for folder in sorted({file.parent for file in package_files}):
        init = folder / "__init__.py"
        if not init.is_file() or not ast.get_docstring(ast.parse(init.read_bytes())):
            without.append(folder.relative_to(root).as_posix())
    assert without == []


def test_numba_options_stand_in_one_file(root: Path, package_files: list[Path]) -> None:
    direct = [
        file.relative_to(root).as_posix()
        for file in package_files
        if re.search(r"^\s*(?:from numba import|import numba)", file.read_text("utf-8"), re.M)
    ]
    assert direct == ["geodesic/_jit.py"]


def test_no_path_of_one_machine_is_written_down(root: Path, python_files: list[Path]) -> None:
    texts = [*python_files, *(root / name for name in TEXT_FILES), *(root / "docs").rglob("*.md")]
    found = [
        f"{file.relative_to(root).as_posix()}:{number}: {line.strip()}"
        for file in texts
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "is_bad"),
    [
        ("open('" + "/home" + "/anna/image.png')", True),
        ("folder = '" + "/tmp" + "/x'", True),
        ("C:" + "\\Users\\anna", True),
        ("work/home/tmp is a relative path", False),
        ("$work/tmp/file and */tmp/x", False),
        ("see https://example.org/home", False),
    ],
)
def test_the_pattern_for_machine_paths(line: str, is_bad: bool) -> None:
    assert bool(MACHINE_PATH.search(line)) == is_bad
