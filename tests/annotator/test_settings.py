"""Settings survive, and broken ones do no harm."""

import pytest
from PySide6.QtCore import QByteArray, QSettings

from annotator.services.login import login_name
from annotator.settings import DEFAULT_OPACITY, RECENT_KEPT, Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "s.ini")


def test_values_come_back(tmp_path, settings):
    assert settings.theme == "system"
    assert settings.layout is None
    assert settings.preset == "default"
    assert settings.project_home is None
    settings.theme = "dark"
    settings.layout = (QByteArray(b"geometry"), QByteArray(b"state"))
    settings.open_folder = settings.export_folder = settings.project_home = tmp_path
    settings.opacity = 0.75
    settings.preset = "wide"
    settings.author = "  Ada  "
    settings.remember_export("coco", {"states": ["reviewed"], "seed": 3})
    second = Settings(tmp_path / "s.ini")
    assert second.theme == "dark"
    assert second.layout == (b"geometry", b"state")
    assert second.open_folder == second.export_folder == second.project_home == tmp_path
    assert second.opacity == 0.75
    assert second.preset == "wide"
    assert second.author == "Ada"
    assert second.export_choices("coco") == {"states": ["reviewed"], "seed": 3}
    assert second.export_choices("masks") == {}


def test_a_layout_of_another_version_is_not_restored(settings):
    settings.layout = (QByteArray(b"geometry"), QByteArray(b"state"))
    settings._store.setValue("window/layout_version", 0)
    assert settings.layout is None


def test_an_unknown_theme_is_the_system_one(tmp_path, settings):
    store = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    store.setValue("window/theme", "pink")
    store.sync()
    assert settings.theme == "system"


def test_a_folder_that_is_gone_is_forgotten(tmp_path, settings):
    gone = tmp_path / "gone"
    gone.mkdir()
    settings.open_folder = gone
    settings.export_folder = gone
    settings.remember_project(gone)
    assert settings.recent_projects == [gone]
    gone.rmdir()
    assert settings.open_folder is None
    assert settings.export_folder is None
    assert settings.recent_projects == []


def test_recent_projects_are_few_and_the_newest_is_first(tmp_path, settings):
    folders = [tmp_path / f"{number}, with comma" for number in range(RECENT_KEPT + 2)]
    for folder in folders:
        folder.mkdir()
        settings.remember_project(folder)
    settings.remember_project(folders[5])
    recent = settings.recent_projects
    assert recent[:2] == [folders[5], folders[-1]]
    assert len(recent) == len(set(recent)) == RECENT_KEPT
    settings.forget_projects()
    assert settings.recent_projects == []


def test_the_annotator_is_the_user_unless_another_name_is_given(settings):
    assert settings.author == login_name()
    settings.author = "   "
    assert settings.author == login_name()


@pytest.mark.parametrize("text", ["/some/folder", "[]", "7", "{"])
def test_what_another_program_wrote_is_ignored(settings, text):
    for key in ("projects/recent", "export/coco", "window/mask_opacity"):
        settings._store.setValue(key, text)
    assert settings.recent_projects == []
    assert settings.export_choices("coco") == {}
    assert settings.opacity == DEFAULT_OPACITY
