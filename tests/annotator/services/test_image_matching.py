"""Names of files to images of the project."""

import unicodedata
from pathlib import Path

import pytest

from annotator.document.image_state import ImageState
from annotator.errors import AnnotatorError
from annotator.services.image_matching import ImageNames
from annotator.storage.project_records import ImageRecord


def names(*shown):
    return ImageNames(
        ImageRecord(number, Path(name), False, name, None, "", 0, ImageState.NEW, "auto", 0, 0)
        for number, name in enumerate(shown)
    )


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("a", "a.jpg"),
        ("a.png", "a.jpg"),
        ("A.JPG", "a.jpg"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("../images/a.jpg", "a.jpg"),
        ("elsewhere/b", "north/b.jpg"),
        ("a.b", "a.b.jpg"),
        ("a.b.png", "a.b.jpg"),
        ("a.b.json.png", "a.b.json.tif"),
        (unicodedata.normalize("NFD", "Brücke"), unicodedata.normalize("NFC", "brücke.JPG")),
        (unicodedata.normalize("NFC", "Brücke"), unicodedata.normalize("NFD", "brücke.JPG")),
        ("a.jpg", "a.jpg.png"),
    ],
)
def test_case_suffix_folder_and_accents_do_not_matter(wanted, shown):
    if shown == "a.jpg.png":
        with pytest.raises(AnnotatorError):
            names(shown).find([wanted])
        return
    assert names("other.jpg", shown, "more/else.jpg").find([wanted]).shown_name == shown


def test_the_first_name_that_is_known_counts():
    project = names("wall.jpg", "wall_mask.jpg")
    assert project.find(["wall_mask", "wall"]).shown_name == "wall_mask.jpg"
    assert project.find(["wall_gt", "wall"]).shown_name == "wall.jpg"


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("north/a.png", "north/a.jpg"),
        ("set/south/a", "south/a.jpg"),
        ("deep/north/a", "deep/north/a.jpg"),
        ("a", "a.jpg"),
    ],
)
def test_folders_tell_images_of_one_name_apart(wanted, shown):
    project = names("north/a.jpg", "south/a.jpg", "deep/north/a.jpg", "a.jpg")
    assert project.find([wanted]).shown_name == shown
    assert project.find([wanted], is_unique=False).shown_name == shown


def test_the_suffix_tells_images_of_one_name_apart():
    project = names("a.jpg", "a.png")
    assert project.find(["a.png"]).shown_name == "a.png"
    with pytest.raises(AnnotatorError, match=r"2 images.*a\.jpg, a\.png"):
        project.find(["a"])


def test_what_may_belong_to_several_images_belongs_to_none():
    project = names("north/a.jpg", "south/a.jpg")
    for wanted in ("a", "west/a"):
        with pytest.raises(AnnotatorError, match=r"2 images.*north/a\.jpg"):
            project.find([wanted])


def test_a_file_in_the_wrong_folder_is_not_taken_where_names_repeat():
    project = names("north/a.jpg")
    assert project.find(["south/a"]).shown_name == "north/a.jpg"
    with pytest.raises(AnnotatorError, match="no image called 'south/a'"):
        project.find(["south/a"], is_unique=False)
    assert project.find(["x/north/a"], is_unique=False).shown_name == "north/a.jpg"


def test_names_that_exports_give_are_known():
    project = names("north/a.jpg", "south/a.jpg", "b.c.jpg")
    assert project.find(["crack_train/north_a"]).shown_name == "north/a.jpg"
    assert project.find(["b_c"]).shown_name == "b.c.jpg"


def test_nothing_matches_nothing():
    for wanted in ([], [""], ["/"], ["x"]):
        with pytest.raises(AnnotatorError, match="no image called"):
            names("a.jpg").find(wanted)
