"""The user guide is found in a checkout, also where the program was installed from it."""

import json
from pathlib import Path

import pytest

from annotator.actions import help_menu


class Installed:
    def __init__(self, note):
        self.note = note

    def read_text(self, name):
        assert name == "direct_url.json"
        return self.note


@pytest.fixture(autouse=True)
def forget():
    help_menu.find_guide.cache_clear()
    yield
    help_menu.find_guide.cache_clear()


def test_the_guide_of_this_checkout():
    assert help_menu.find_guide() == Path(__file__).resolve().parents[3] / "docs" / "guide.md"


@pytest.mark.parametrize("note", [None, "no JSON", "[]", '{"url": "https://example.org/x"}'])
def test_there_is_none_without_a_checkout(tmp_path, monkeypatch, note):
    monkeypatch.setattr(help_menu.annotator, "__file__", str(tmp_path / "a" / "__init__.py"))
    monkeypatch.setattr("importlib.metadata.distribution", lambda _name: Installed(note))
    assert help_menu.find_guide() is None


def test_the_folder_that_pip_installed_from(tmp_path, monkeypatch):
    guide = tmp_path / "my checkout" / "docs" / "guide.md"
    guide.parent.mkdir(parents=True)
    guide.write_text("#")
    note = json.dumps({"url": guide.parents[1].as_uri(), "dir_info": {}})
    monkeypatch.setattr(help_menu.annotator, "__file__", str(tmp_path / "a" / "__init__.py"))
    monkeypatch.setattr("importlib.metadata.distribution", lambda _name: Installed(note))
    assert help_menu.find_guide() == guide
