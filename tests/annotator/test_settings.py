"""Settings survive, and broken ones do no harm."""

from PySide6.QtCore import QByteArray, QSettings

from annotator.settings import Settings


def test_values_come_back(tmp_path):
    file = tmp_path / "s.ini"
    first = Settings(file)
    assert first.theme == "system"
    assert first.layout is None
    first.theme = "dark"
    first.layout = (QByteArray(b"geometry"), QByteArray(b"state"))
    first.open_folder = tmp_path
    del first
    second = Settings(file)
    assert second.theme == "dark"
    assert second.layout == (b"geometry", b"state")
    assert second.open_folder == tmp_path
    assert second.save_folder(tmp_path) == tmp_path


def test_a_layout_of_another_version_is_not_restored(tmp_path):
    settings = Settings(tmp_path / "s.ini")
    settings.layout = (QByteArray(b"geometry"), QByteArray(b"state"))
    settings._store.setValue("window/layout_version", 0)
    assert settings.layout is None


def test_an_unknown_theme_is_the_system_one(tmp_path):
    store = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    store.setValue("window/theme", "pink")
    store.sync()
    assert Settings(tmp_path / "s.ini").theme == "system"


def test_a_folder_that_is_gone_is_forgotten(tmp_path):
    settings = Settings(tmp_path / "s.ini")
    gone = tmp_path / "gone"
    gone.mkdir()
    settings.open_folder = gone
    settings.remember_save_folder(tmp_path, gone)
    assert settings.save_folder(tmp_path) == gone
    gone.rmdir()
    assert settings.open_folder is None
    assert settings.save_folder(tmp_path) == tmp_path


def test_the_folder_for_saving_belongs_to_the_folder_of_the_photographs(tmp_path):
    settings = Settings(tmp_path / "s.ini")
    masks, other = tmp_path / "masks", tmp_path / "other"
    masks.mkdir()
    other.mkdir()
    settings.remember_save_folder(tmp_path, masks)
    assert Settings(tmp_path / "s.ini").save_folder(tmp_path) == masks
    assert settings.save_folder(other) == other


def test_save_folders_of_an_older_version_are_ignored(tmp_path):
    settings = Settings(tmp_path / "s.ini")
    for text in ("/some/folder", "[]"):
        settings._store.setValue("folders/save", text)
        assert settings.save_folder(tmp_path) == tmp_path
