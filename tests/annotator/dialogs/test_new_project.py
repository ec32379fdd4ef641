"""What the dialog for a new project refuses, in words."""

import pytest

from annotator.dialogs.new_project import NewProjectDialog

pytestmark = pytest.mark.gui


@pytest.fixture
def dialog(qtbot, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    made = NewProjectDialog(photos)
    qtbot.addWidget(made)
    return made


def test_it_suggests_a_place_beside_the_photographs(dialog, tmp_path):
    assert dialog.folder == tmp_path / "photos.crackproj"
    assert dialog.problem == ""
    assert dialog._make.isEnabled()


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("_images", "nowhere", "photographs"),
        ("_place", "nowhere", "folder"),
        ("_place", "photos", "beside"),
        ("_name", "", "name"),
        ("_name", "a/b", "name"),
        ("_name", "taken", "already"),
    ],
)
def test_it_says_what_is_wrong(dialog, tmp_path, field, value, word):
    (tmp_path / "taken.crackproj").mkdir()
    part = getattr(dialog, field)
    if field == "_name":
        part.setText(value)
    else:
        part.set_path(tmp_path / value)
    assert word in dialog.problem
    assert not dialog._make.isEnabled()
