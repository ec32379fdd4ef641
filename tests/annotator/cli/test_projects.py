"""The commands new, add and check, and lists that are traced into a project."""

import json

import numpy as np
import pytest
from PIL import Image

from annotator.cli.program import main
from annotator.document.image_state import ImageState
from annotator.storage.project_store import ProjectStore
from tests.annotator.storage.project_samples import same_contents

# The first trace on a fresh machine compiles the kernels.
pytestmark = pytest.mark.timeout(600)

WIDTH, HEIGHT, CRACK_ROW = 120, 90, 40


def run(*arguments):
    return main([str(argument) for argument in arguments])


@pytest.fixture
def photos(tmp_path):
    """Two walls with a dark line of 3 px along row 40."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed, name in enumerate(("a.png", "b.png")):
        pixels = np.random.default_rng(seed).normal(180, 5, (HEIGHT, WIDTH, 1)).repeat(3, axis=2)
        pixels[CRACK_ROW - 1 : CRACK_ROW + 2, 6:115] = 60
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / name)
    return folder


@pytest.fixture
def project(photos):
    folder = photos.with_name("photos.crackproj")
    assert run("new", folder, "--images", photos, "--author", "Anna") == 0
    return folder


@pytest.fixture
def items(tmp_path):
    def write(*lines):
        path = tmp_path / "cracks.jsonl"
        path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
        return path

    return write


def crack(image="a.png", **more):
    return {"image": image, "from": [10, CRACK_ROW], "to": [110, CRACK_ROW]} | more


def content_of(project, identifier):
    with ProjectStore.open(project, author="Eve", read_only=True) as store:
        content, damages = store.load(identifier)
        assert damages == []
        return content


def test_new_makes_a_project_of_a_folder(photos, tmp_path, capsys):
    assert run("new", tmp_path / "survey", "--images", photos) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'survey.crackproj'}: 2 images\n"
    with ProjectStore.open(tmp_path / "survey.crackproj", author="Anna") as store:
        assert [record.shown_name for record in store.images()] == ["a.png", "b.png"]


def test_new_refuses_what_would_go_wrong(photos, project, tmp_path, capsys):
    assert run("new", project, "--images", photos) == 1
    assert "is a project already" in capsys.readouterr().err
    assert run("new", tmp_path / "x", "--images", tmp_path / "none") == 1
    assert "does not exist" in capsys.readouterr().err
    assert run("new", tmp_path / "x") == 2
    assert not (tmp_path / "x.crackproj").exists()


def shown_names(project):
    with ProjectStore.open(project, author="Eve", read_only=True) as store:
        return [record.shown_name for record in store.images()]


@pytest.fixture
def survey(photos, tmp_path):
    """The walls again, one of them in a folder below."""
    folder = tmp_path / "survey"
    (folder / "east").mkdir(parents=True)
    (folder / "c.png").write_bytes((photos / "a.png").read_bytes())
    (folder / "east" / "a.png").write_bytes((photos / "b.png").read_bytes())
    return folder


def test_new_takes_photographs_of_folders_below(survey, tmp_path):
    assert run("new", tmp_path / "x", "--images", survey, "--recursive") == 0
    assert shown_names(tmp_path / "x.crackproj") == ["c.png", "east/a.png"]


def test_new_says_that_the_photographs_have_a_project(photos, project, tmp_path, capsys):
    capsys.readouterr()
    assert run("new", tmp_path / "second", "--images", photos) == 0
    assert (
        f"{photos} has another project already, which stays: {project}" in capsys.readouterr().out
    )
    assert run("new", tmp_path / "third", "--images", project) == 1
    assert "is a project itself" in capsys.readouterr().err
    assert not (tmp_path / "third.crackproj").exists()


def test_add_takes_files_and_folders_once(project, photos, survey, capsys):
    capsys.readouterr()
    assert run("add", project, survey / "c.png", photos) == 0
    assert capsys.readouterr().out == f"{project}: 1 image added (2 were in it already)\n"
    assert run("add", project, survey, "--recursive") == 0
    assert "1 image added (1 was in it already)" in capsys.readouterr().out
    assert shown_names(project) == ["a.png", "b.png", "c.png", "east/a.png"]


def test_add_refuses_what_is_no_photograph(project, survey, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("nothing")
    wrong = {"empty": "no images in", "notes.txt": "notes.txt", "none": "does not exist"}
    for name, text in wrong.items():
        assert run("add", project, survey, tmp_path / name) == 1
        assert text in capsys.readouterr().err
    assert run("add", project, project) == 1
    assert "belongs to a project" in capsys.readouterr().err
    assert shown_names(project) == ["a.png", "b.png"]
    assert run("add", tmp_path / "none.crackproj", survey) == 1
    assert "There is no project at" in capsys.readouterr().err


def test_check_of_a_sound_project(project, capsys):
    capsys.readouterr()
    assert run("check", project) == 0
    assert capsys.readouterr().out == "2 images with 0 cracks checked: 0 problems, 0 repaired\n"


def test_check_reports_and_repairs(project, items, capsys):
    assert run("trace", "--batch", items(crack()), "--project", project) == 0
    before = content_of(project, 1)
    for path in (project / "masks" / "1").iterdir():
        path.write_bytes(b"garbled")
    capsys.readouterr()
    assert run("check", project) == 1
    shown = capsys.readouterr().out
    assert "problem: a.png: The mask of crack 1 cannot be used: the file is damaged" in shown
    assert "2 images with 1 crack checked: 1 problem, 0 repaired" in shown
    assert run("check", project, "--repair") == 0
    shown = capsys.readouterr().out
    assert "repaired: a.png: The mask of crack 1" in shown
    assert "drawn anew" in shown
    assert same_contents(content_of(project, 1), before)
    assert run("check", project) == 0


def test_check_of_what_is_no_project(tmp_path, photos, capsys):
    assert run("check", tmp_path / "none") == 1
    assert "There is no project at" in capsys.readouterr().err
    assert run("check", photos) == 1
    assert "holds no project" in capsys.readouterr().err
    assert sorted(path.name for path in photos.iterdir()) == ["a.png", "b.png"]


def test_a_list_is_traced_into_a_project(project, items, capsys):
    capsys.readouterr()
    listed = items(
        crack(), crack("b.png", mask="x.png"), crack("b.png", mask="x.png", via=[[60, 40]])
    )
    assert run("trace", "--batch", listed, "--project", project, "--author", "Berta") == 0
    assert f"3 cracks traced, 3 cracks added to {project} in" in capsys.readouterr().out
    first, second = content_of(project, 1), content_of(project, 2)
    assert len(first.cracks) == 1
    assert len(second.cracks) == 2
    assert first.state is ImageState.IN_PROGRESS
    (traced,) = first.cracks
    assert traced.source == "traced"
    assert traced.path is not None
    assert 90 < traced.path.length_px < 120
    with ProjectStore.open(project, author="Eve", read_only=True) as store:
        assert [(line.author, line.text) for line in store.journal(2)] == [
            ("Berta", "Trace 2 cracks of a list")
        ]
        assert store.image(1).size == (WIDTH, HEIGHT)


def test_the_same_list_again_adds_nothing(project, items, capsys):
    listed = items(crack())
    assert run("trace", "--batch", listed, "--project", project) == 0
    before = content_of(project, 1)
    capsys.readouterr()
    assert run("trace", "--batch", listed, "--project", project) == 0
    assert "0 cracks added" in capsys.readouterr().out
    assert same_contents(content_of(project, 1), before)


def test_masks_and_project_at_once(project, items, photos, tmp_path, capsys):
    listed = items(crack(mask="a.png"))
    arguments = ["--images", photos, "-o", tmp_path / "masks", "--project", project]
    assert run("trace", "--batch", listed, *arguments) == 0
    assert "1 mask written to" in capsys.readouterr().out
    mask = np.asarray(Image.open(tmp_path / "masks" / "a.png")) > 0
    (traced,) = content_of(project, 1).cracks
    assert np.array_equal(traced.mask_in((0, 0, WIDTH, HEIGHT)), mask)


def test_images_that_are_not_in_the_project_come_in(project, items, photos, tmp_path):
    more = tmp_path / "more"
    more.mkdir()
    (photos / "a.png").rename(more / "c.png")
    assert (
        run("trace", "--batch", items(crack("c.png")), "--images", more, "--project", project) == 0
    )
    with ProjectStore.open(project, author="Eve", read_only=True) as store:
        assert [record.shown_name for record in store.images()] == ["a.png", "b.png", "c.png"]
    assert len(content_of(project, 3).cracks) == 1


def test_bad_lines_are_reported_and_the_others_kept(project, items, capsys):
    capsys.readouterr()
    listed = items(crack("none.png"), {"image": "a.png"}, crack(), crack("b.png", to=[900, 900]))
    assert run("trace", "--batch", listed, "--project", project) == 1
    shown = capsys.readouterr()
    assert 'line 2: "from" is missing.' in shown.err
    assert "line 1: " in shown.err
    assert "line 4: " in shown.err
    assert "1 crack added" in shown.out


def test_an_image_of_another_size_than_its_cracks_gets_none(project, items, photos, capsys):
    listed = items(crack())
    assert run("trace", "--batch", listed, "--project", project) == 0
    Image.open(photos / "a.png").resize((WIDTH * 2, HEIGHT * 2)).save(photos / "a.png")
    assert run("trace", "--batch", listed, "--project", project) == 1
    assert "when it was drawn on" in capsys.readouterr().err
    assert len(content_of(project, 1).cracks) == 1


def test_a_project_that_is_open_elsewhere(project, items, capsys):
    with ProjectStore.open(project, author="Anna"):
        assert run("trace", "--batch", items(crack()), "--project", project) == 1
    assert "is open in another window (by Anna" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words", "status"),
    [
        (["--batch", "{list}"], "--batch needs --images", 2),
        (["--batch", "{list}", "--images", "{photos}"], "folder for the masks with -o", 2),
        (["{photos}/a.png", "10,40", "110,40"], "--output (-o) is missing", 2),
        (["{photos}/a.png", "10,40", "110,40", "--project", "p"], "--project goes with", 2),
        (["--batch", "{list}", "--project", "{photos}/none"], "There is no project at", 1),
        (["--batch", "{list}", "--project", "{photos}"], "holds no project", 1),
        (["--batch", "{list}", "--images", "{photos}", "-o", "{photos}/o"], "is missing", 1),
    ],
)
def test_wrong_command_lines(photos, items, capsys, arguments, words, status):
    names = {"list": items(crack()), "photos": photos}
    assert run("trace", *(argument.format(**names) for argument in arguments)) == status
    assert words in capsys.readouterr().err


def test_photographs_that_moved_are_named_for_a_list(project, items, photos, capsys):
    moved = photos.rename(photos.with_name("moved"))
    assert run("trace", "--batch", items(crack()), "--project", project) == 1
    shown = capsys.readouterr().err
    assert f"not at {photos} any more" in shown
    assert "--images DIR" in shown
    assert moved.is_dir()
