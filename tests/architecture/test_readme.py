"""The README keeps up with the code: dependencies, parameters, files it points to."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from annotator.actions.catalog import ACTIONS
from annotator.cli.program import COMMANDS
from annotator.services.backend import BACKEND_COMMANDS
from geodesic.parameters import TraceParameters


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def table_rows(text: str, heading: str) -> dict[str, list[str]]:
    """Cells of the table rows under a heading, by the first cell without its quotes."""
    section = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", text, re.M | re.S)
    assert section, f"README.md has no heading '{heading}'"
    rows = {}
    for line in section[1].splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and not set(line) <= set("|-: "):
            rows[cells[0].strip("`").casefold()] = cells[1:]
    return rows


def declared(root: Path) -> tuple[set[str], set[str], set[str]]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def names(requirements: list[str]) -> set[str]:
        return {re.match(r"[\w.-]+", line)[0].casefold() for line in requirements}

    extras = project["optional-dependencies"]
    optional = [line for extra, lines in extras.items() if extra != "test" for line in lines]
    return names(project["dependencies"]), names(optional), names(extras["test"])


def test_each_dependency_is_explained(root: Path, readme: str) -> None:
    for heading, names in zip(
        ("Dependencies", "Optional dependencies", "Dependencies of the tests"),
        declared(root),
        strict=True,
    ):
        rows = table_rows(readme, heading)
        rows.pop("package")
        assert set(rows) == names
        assert [name for name, cells in rows.items() if not all(cells)] == []


def test_each_tracing_parameter_is_listed_with_its_default(readme: str) -> None:
    rows = table_rows(readme, "Tracing parameters")
    rows.pop("parameter")
    expected = {name: _written(value) for name, value in TraceParameters().to_dict().items()}
    assert {name: cells[0].strip("`") for name, cells in rows.items()} == expected


def _written(value: object) -> str:
    if isinstance(value, list):
        return ",".join(_written(item) for item in value)
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def test_files_that_the_readme_points_to_exist(root: Path, readme: str) -> None:
    targets = [
        target
        for target in re.findall(r"\]\(([^)\s]+)\)", readme)
        if not re.match(r"https?:|#|mailto:", target)
    ]
    assert targets
    assert [target for target in targets if not (root / target.partition("#")[0]).exists()] == []


def test_links_inside_the_readme_lead_somewhere(readme: str) -> None:
    anchors = {
        re.sub(r"[^\w\- ]", "", heading).strip().casefold().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", readme, re.M)
    }
    assert [link for link in re.findall(r"\]\(#([^)]+)\)", readme) if link not in anchors] == []


def test_each_key_of_the_window_is_listed(readme: str) -> None:
    section = readme.partition("### Keys and mouse")[2].partition("\n#")[0]
    listed = set(re.findall(r"`([^`]+)`", section))
    assert {key for row in ACTIONS for key in row.keys} - listed == set()


def test_the_commands_shown_exist(root: Path, readme: str) -> None:
    shown = re.findall(r"(?:^|&& |; |-a |\\)crack-annotator +([^#\n]*)", readme, re.M)
    known_commands = {*COMMANDS, *BACKEND_COMMANDS}
    assert {line.split()[0] for line in shown} >= known_commands
    for line in shown:
        command, *rest = line.split()
        options = [word for word in rest if word.startswith("--")]
        if not command.startswith("--"):
            assert command in known_commands, line
            known = help_of(root, command)
            assert [option for option in options if option not in known] == [], line
        else:
            assert command in help_of(root), line


def help_of(root: Path, *command: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "annotator", *command, "--help"],
        cwd=root,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return result.stdout
