"""The user guide keeps up with the program: pictures, links, menus, keys and commands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from annotator.actions.catalog import ACTIONS
from annotator.actions.row import SUBMENU
from annotator.cli.program import COMMANDS

DOCS = Path(__file__).resolve().parents[2] / "docs"
MOST_BYTES, MOST_WIDTH = 3_000_000, 1400
MENU = re.compile(r"\*\*([A-Z][^*\n]* > [^*\n]+)\*\*")
KEY = re.compile(
    r"`((?:(?:Ctrl|Shift|Alt)\+)*(?:[A-Z0-9\[\]]|F\d+|Tab|Esc|Delete|Return|Backspace))`"
)


@pytest.fixture(scope="module")
def guide() -> str:
    return (DOCS / "guide.md").read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """Return what headings can be linked by."""
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().casefold().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.M)
    }


def menu_texts() -> set[str]:
    """Return all commands and menus as the guide writes them."""
    texts = set()
    for row in ACTIONS:
        menu = " > ".join(part.replace("&", "") for part in row.menu.split("/"))
        texts.add(menu)
        if row.is_command and row.menu:
            texts.add(f"{menu} > {row.text.replace('&', '')}")
        assert row.identifier != SUBMENU or menu in texts
    return texts


def test_links_lead_somewhere(guide: str) -> None:
    broken = []
    for target in re.findall(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)", guide):
        name, _, anchor = target.partition("#")
        file = DOCS / name if name else DOCS / "guide.md"
        if not file.is_file() or anchor not in {"", *anchors(file.read_text(encoding="utf-8"))}:
            broken.append(target)
    assert broken == []


def test_every_chapter_is_in_the_table_of_contents(guide: str) -> None:
    chapters = re.findall(r"^## (.+)$", guide, re.M)
    assert re.findall(r"^- \[(.+?)\]\(#", guide, re.M) == chapters


def test_pictures_shown_and_pictures_there_are_the_same(guide: str) -> None:
    shown = set(re.findall(r"!\[[^\]]+\]\(([^)]+)\)", guide))
    there = {file.relative_to(DOCS).as_posix() for file in (DOCS / "pictures").iterdir()}
    assert shown == there


def test_pictures_are_not_too_large() -> None:
    files = [*(DOCS / "pictures").glob("*.png"), DOCS / "window.png"]
    assert sum(file.stat().st_size for file in files) < MOST_BYTES
    for file in files:
        with Image.open(file) as picture:
            assert picture.width <= MOST_WIDTH, file.name


def test_each_menu_entry_exists(guide: str) -> None:
    named = MENU.findall(guide)
    assert len(named) > 30
    assert [entry for entry in named if entry not in menu_texts()] == []


def test_each_export_has_an_entry(guide: str) -> None:
    entries = {text for text in menu_texts() if text.startswith("File > Export > ")}
    assert entries <= set(MENU.findall(guide))


def test_each_key_exists(guide: str) -> None:
    known = {key for row in ACTIONS for key in row.keys} | {"H"}  # held, not pressed
    named = KEY.findall(guide)
    assert len(named) > 20
    assert [key for key in named if key not in known] == []


def test_each_tool_is_explained(guide: str) -> None:
    tools = [row for row in ACTIONS if row.identifier.startswith("tool_")]
    assert [row.plain_text for row in tools if f"(`{row.keys[0]}`)" not in guide] == [
        "Select"  # in hand only to select several
    ]


def test_the_commands_shown_exist(guide: str) -> None:
    lines = re.findall(r"crack-annotator ([a-z][^`#\n]*)", guide)
    assert {line.split()[0] for line in lines} >= set(COMMANDS) - {"synth"}
    for line in lines:
        command, *words = line.split()
        options = [word for word in words if re.match(r"--?[a-z]", word) and word != "--help"]
        known = help_of(command) if options else ""
        assert command in COMMANDS, line
        assert [option for option in options if option not in known] == [], line


def test_the_example_exports_name_formats_that_there_are(guide: str) -> None:
    known = help_of("export")
    formats = re.findall(r"--format ([\w-]+)", guide)
    assert formats
    assert [name for name in formats if f" {name} " not in known] == []


def help_of(command: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "annotator", command, "--help"],
        cwd=DOCS.parent,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return result.stdout
