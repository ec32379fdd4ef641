"""Names that come from a list can neither leave their folder nor trip Windows."""

import os

import pytest

from annotator.errors import AnnotatorError
from annotator.storage.names import is_same_file, refuse_overwriting, safe_mask_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("073.png", "073.png"),
        ("073.PNG", "073.PNG"),
        ("a/b c.png", "a/b c.png"),
        ("a\\b.png", "a/b.png"),
        ("./a.png", "a.png"),
        ("Riß 裂.png", "Riß 裂.png"),
        ("console.png", "console.png"),
        ("a.b.png", "a.b.png"),
    ],
)
def test_legal_names(text, name):
    assert safe_mask_name(text) == name


@pytest.mark.parametrize(
    "text",
    ["../a.png", "a/../../b.png", "..\\a.png", "/a.png", "\\a.png", "C:\\a.png", "c:a.png"],
)
def test_names_that_leave_the_folder(text):
    with pytest.raises(AnnotatorError, match="outside the output folder"):
        safe_mask_name(text)


@pytest.mark.parametrize(
    "text",
    ["nul.png", "CON.png", "com1.x.png", "aux/a.png", "10:20:30.png", "a?.png", "a. /b.png",
     "a./b.png", "a\nb.png", 'a".png'],
)  # fmt: skip
def test_names_that_windows_refuses(text):
    with pytest.raises(AnnotatorError, match="no legal file name on Windows"):
        safe_mask_name(text)


@pytest.mark.parametrize("text", ["a.jpg", "a", ".png", "a.png/", "folder/"])
def test_masks_are_png(text):
    if text == "a.png/":
        assert safe_mask_name(text) == "a.png"
    else:
        with pytest.raises(AnnotatorError, match=r"\.png"):
            safe_mask_name(text)


def test_same_file_whatever_the_case_and_the_way(tmp_path):
    photo = tmp_path / "Photo.png"
    photo.touch()
    assert is_same_file(photo, tmp_path / "x" / ".." / "Photo.png")
    assert is_same_file(tmp_path / "PHOTO.PNG", photo)
    assert not is_same_file(photo, tmp_path / "other.png")
    with pytest.raises(AnnotatorError, match="is the photograph itself"):
        refuse_overwriting(tmp_path / "photo.png", {"photograph": photo})


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_are_followed(tmp_path):
    (tmp_path / "photo.png").touch()
    (tmp_path / "soft.png").symlink_to(tmp_path / "photo.png")
    (tmp_path / "hard.png").hardlink_to(tmp_path / "photo.png")
    assert is_same_file(tmp_path / "soft.png", tmp_path / "photo.png")
    assert is_same_file(tmp_path / "hard.png", tmp_path / "photo.png")
