"""`export`: a project on disk to data sets, by their options, with exit statuses that tell."""

import json

import numpy as np
import pytest
from PIL import Image

from annotator.cli.export import EXPORT_HELP
from annotator.cli.program import main
from annotator.document.image_state import ImageState
from annotator.exporters import EXPORTERS
from tests.annotator.exporters.csb_reader import read_entire_images, read_patches
from tests.annotator.exporters.projects import Project, diagonal, tree_of


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "work")
    for n in range(3):
        project.add(f"{n}.jpg", diagonal(600, 520, (20 * n, 10), 400), size=(600, 520))
    project.add("clean.jpg", size=(600, 520))
    project.add("bare.jpg", cracks=[], state=ImageState.REVIEWED, size=(600, 520))
    project.store.close()
    return project


def run(project, *arguments):
    return main(["export", str(project.store.folder), *[str(argument) for argument in arguments]])


def test_whole_images(project, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(project, "--format", "csb-images", "-o", out, "--test-fraction", "0.3") == 0
    read = read_entire_images(out)
    assert {group: len(images) for group, images in read.items()} == {
        "crack_train": 2, "nocrack_train": 1, "crack_test": 1, "nocrack_test": 0,
    }  # fmt: skip
    shown = capsys.readouterr().out
    assert f"4 photographs, 15 files exported to {out}" in shown
    assert "2  crack_train" in shown
    assert "Note: 1 reviewed or approved image has no cracks" in shown


def test_all_options_of_patches_reach_the_export(project, tmp_path):
    out = tmp_path / "out"
    options = (
        "--recipe 50/50 --crack-patches 3 --min-pixels 2 --sizes 128,512 --patch-format png "
        "--seed 7 --test-fraction 0 --include-clean --states reviewed,approved "
        "--small-images mirror"
    )
    assert run(project, "--format", "csb-patches", "-o", out, *options.split()) == 0
    assert len(read_patches(out / "patch datasets/512_512/50_50/train")) == 6
    assert len(read_patches(out / "patch datasets/128_128/train")) == 6
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    wanted = {
        "recipe": "50/50", "crack_patches_asked_for": 3, "min_crack_pixels": 2,
        "sizes": [512, 128], "format": "png", "seed": 7, "test_fraction": 0,
        "reviewed_without_cracks_included": True, "states": ["reviewed", "approved"],
        "small_images": "mirror",
    }  # fmt: skip
    assert {key: manifest[key] for key in wanted} == wanted


@pytest.mark.parametrize("name", list(EXPORTERS))
def test_every_format_is_explained_and_can_be_chosen(project, tmp_path, capsys, name):
    assert run(project, "--format", name, "-o", tmp_path / "out") == 0
    assert (tmp_path / "out").is_dir()
    assert "exported to" in capsys.readouterr().out
    assert f"\n  {name} " in EXPORT_HELP


def test_options_of_other_formats_reach_them(project, tmp_path):
    masks, coco = tmp_path / "masks", tmp_path / "coco"
    assert run(project, "--format", "masks", "--crack-value", "1", "-o", masks) == 0
    with Image.open(masks / "masks/0.png") as picture:
        assert set(np.unique(np.asarray(picture))) == {0, 1}
    states = ["--states", "no crack"]
    assert run(project, "--format", "coco", "--shapes", "polygons", *states, "-o", coco) == 0
    assert [path.name for path in (coco / "images").iterdir()] == ["clean.jpg"]


def test_the_folder_of_photographs_stands_for_its_project(project, tmp_path):
    project.store.folder.rename(project.photographs.with_suffix(".crackproj"))
    out = tmp_path / "out"
    assert main(["export", str(project.photographs), "--format", "csb-images", "-o", str(out)]) == 0
    assert sum(map(len, read_entire_images(out).values())) == 4


def test_failures_are_named_and_the_status_is_1(project, tmp_path, capsys):
    (project.photographs / "1.jpg").unlink()
    out = tmp_path / "out"
    assert run(project, "--format", "csb-images", "-o", out) == 1
    assert "Failed: 1.jpg is not in the export" in capsys.readouterr().err
    assert sum(map(len, read_entire_images(out).values())) == 3


@pytest.mark.parametrize(
    ("options", "words", "status"),
    [
        (["--format", "pdf"], "csb-images, csb-patches", 2),
        (["--format", "csb-images", "--recipe", "full"], "--recipe does not belong to", 2),
        (["--format", "csb-images", "--states", "done"], "--states 'done' is not known", 2),
        (["--format", "csb-images", "--states", "new"], 'No image of the project is "new"', 1),
        (["--format", "csb-images", "--test-fraction", "1"], "no fraction", 2),
        (["--format", "csb-patches", "--recipe", "half"], "is no recipe", 2),
        (["--format", "csb-patches", "--sizes", "512,x"], "no numbers", 2),
        (["--format", "csb-patches", "--sizes", "100"], "512, 384 or 128", 2),
        (["--format", "csb-patches", "--patch-format", "bmp"], "jpg or png", 2),
        (["--format", "csb-patches", "--small-images", "pad"], "skip or mirror", 2),
        (["--format", "csb-patches", "--crack-patches", "0"], "at least 1", 2),
        (
            ["--format", "masks", "--crack-value", "3"],
            "--crack-value 3 is not known; use 255, 1",
            2,
        ),
        (["--format", "labelme", "--shapes", "dots"], "use masks, polygons", 2),
        (["--format", "coco", "--seed", "3"], "--seed does not belong to --format coco", 2),
    ],
)
def test_impossible_wishes_are_one_sentence(project, tmp_path, capsys, options, words, status):
    before = sorted(tmp_path.iterdir())
    assert run(project, *options, "-o", tmp_path / "out") == status
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert words in lines[0]
    assert sorted(tmp_path.iterdir()) == before


def test_the_project_is_only_read(project, tmp_path):
    photographs = tree_of(project.photographs)
    masks = tree_of(project.store.folder / "masks")
    assert run(project, "--format", "csb-patches", "-o", tmp_path / "out") == 0
    assert tree_of(project.photographs) == photographs
    assert tree_of(project.store.folder / "masks") == masks


def test_a_target_that_holds_something_is_refused(project, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    assert run(project, "--format", "csb-images", "-o", tmp_path / "out") == 1
    assert "is not empty" in capsys.readouterr().err
    assert (tmp_path / "out/mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "options",
    [
        "--format csb-patches --recipe 0/100",
        "--format csb-patches --sizes 256",
        "--format csb-patches --recipe full --crack-patches 5",
        "--format csb-images --test-fraction 1",
        "--format csb-images --states finished,nonsense",
    ],
)
def test_options_that_make_no_sense_are_a_wrong_command_line(project, tmp_path, capsys, options):
    assert run(project, "-o", tmp_path / "out", *options.split()) == 2
    assert capsys.readouterr().err.startswith("Error: ")


def test_groups_of_states_can_be_listed_with_others(project, tmp_path):
    states = ["--states", "finished,in progress"]
    assert run(project, "--format", "csb-images", "-o", tmp_path / "out", *states) == 0
    manifest = json.loads((tmp_path / "out/manifest.json").read_text("utf-8"))
    assert manifest["states"] == ["in progress", "reviewed", "approved", "no crack"]


def test_an_interrupt_is_said(project, tmp_path, monkeypatch, capsys):
    def interrupt(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("annotator.exporters.frame.ExportRun.write", interrupt)
    assert run(project, "--format", "masks", "-o", tmp_path / "deep" / "out") == 130
    assert capsys.readouterr().err == "Error: Stopped.\n"
    assert not (tmp_path / "deep").exists()
