"""The commands state and locate."""

import pytest
from PIL import Image

from annotator.cli.program import main
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.storage.project_store import ProjectStore, hash_file
from tests.crack_factory import painted_crack


def run(*arguments):
    return main([str(argument) for argument in arguments])


@pytest.fixture
def project(tmp_path):
    for number, name in enumerate(("deck/1.png", "deck/2.png", "pier/1.png")):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (60 + number, 40), 100 + number).save(path)
    folder = tmp_path / "bridge.crackproj"
    assert run("new", folder, "--images", tmp_path / "photos", "--recursive") == 0
    with ProjectStore.open(folder, author="Anna") as store:
        store.save(1, ImageContent((painted_crack((5, 5, 20, 9)),)), "Paint")
    return folder


def states(project):
    with ProjectStore.open(project, author="Eve", read_only=True) as store:
        return {record.shown_name: str(record.state) for record in store.images()}


def test_all_images_are_marked(project, capsys):
    assert run("state", project, "--set", "reviewed", "--author", "Berta") == 0
    assert capsys.readouterr().out.endswith("3 images marked as reviewed, 0 before\n")
    assert set(states(project).values()) == {"reviewed"}
    with ProjectStore.open(project, author="Eve", read_only=True) as store:
        assert store.load(1)[0].cracks
        marks = [line for line in store.journal() if line.text == "Mark as reviewed"]
        assert {line.author for line in marks} == {"Berta"}
        assert len(marks) == 3
        assert all(record.sha256 == hash_file(record.path) for record in store.images())
    assert run("state", project, "--set", "reviewed") == 0
    assert capsys.readouterr().out.endswith("0 images marked as reviewed, 3 before\n")


def test_names_are_chosen_by_a_pattern(project):
    assert run("state", project, "--set", "needs work", "--name", "pier/*") == 0
    assert states(project)["pier/1.png"] == ImageState.NEEDS_WORK
    assert list(states(project).values()).count("needs work") == 1


def test_no_image_with_cracks_is_marked_as_without(project, capsys):
    assert run("state", project, "--set", "no crack") == 1
    assert "deck/1.png has cracks" in capsys.readouterr().out
    assert list(states(project).values()).count("no crack") == 2


@pytest.mark.parametrize(("name", "status"), [("predicted", 2), ("new", 2), ("fine", 2)])
def test_other_states_are_refused(project, capsys, name, status):
    before = states(project)
    assert run("state", project, "--set", name) == status
    assert "reviewed" in capsys.readouterr().err
    assert states(project) == before


def test_a_pattern_that_fits_nothing_is_a_mistake(project, capsys):
    assert run("state", project, "--set", "reviewed", "--name", "wall*") == 1
    assert "wall*" in capsys.readouterr().err


def test_moved_photographs_are_found(project, tmp_path, capsys):
    (tmp_path / "photos").rename(tmp_path / "archive")
    assert run("locate", project, "--in", tmp_path / "archive") == 0
    assert capsys.readouterr().out.endswith("3 images found, 0 not\n")
    with ProjectStore.open(project, author="Eve", read_only=True) as store:
        assert not any(record.is_missing for record in store.images())


def test_what_is_not_found_is_named(project, tmp_path, capsys):
    (tmp_path / "photos" / "pier" / "1.png").unlink()
    assert run("locate", project, "--in", tmp_path / "photos") == 1
    assert "0 images found, 1 not\nNote: " in capsys.readouterr().out
    assert run("locate", project, "--in", tmp_path / "none") == 1
    assert "There is no folder" in capsys.readouterr().err
