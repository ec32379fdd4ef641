"""`import`: annotations into a project on disk, with exit statuses that tell."""

import json

import numpy as np
import pytest
from PIL import Image

from annotator.cli.program import main
from annotator.document.image_state import ImageState
from annotator.storage.project_store import ProjectStore
from tests.annotator.exporters.projects import Project, diagonal

LINE = diagonal(300, 200, (10, 20), 250)


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "work")
    for name in ("a.jpg", "b.jpg"):
        project.add(name, cracks=[], state=ImageState.NEW, size=(300, 200))
    project.store.close()
    return project


@pytest.fixture
def masks(tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    for name, mask in (("a.png", LINE), ("b_mask.png", LINE * 0)):
        Image.fromarray(mask * 255).save(folder / name)
    return folder


def run(project, *arguments):
    return main(["import", str(project.store.folder), *[str(each) for each in arguments]])


def contents(project):
    with ProjectStore.open(project.store.folder, author="", read_only=True) as store:
        loaded = {each.shown_name: store.load(each.identifier)[0] for each in store.images()}
        return loaded, store.journal(), store.checkpoints()


def test_masks_into_a_project(project, masks, capsys):
    assert run(project, masks, "--author", "Ben") == 0
    shown = capsys.readouterr()
    assert f"2 images annotated from {masks}: 1 crack, 0 regions, 0 boxes" in shown.out
    assert shown.err == ""
    loaded, journal, checkpoints = contents(project)
    assert loaded["a.jpg"].state is ImageState.IN_PROGRESS
    assert loaded["a.jpg"].cracks[0].path is not None
    assert loaded["b.jpg"].state is ImageState.NO_CRACK
    assert [(each.author, each.text) for each in journal[-2:]] == [
        ("Ben", "Import a.png"), ("Ben", "Import b_mask.png"),
    ]  # fmt: skip
    assert "before import of masks" in [each.name for each in checkpoints]


def test_what_is_there_stays_unless_asked(project, masks, capsys):
    assert run(project, masks) == 0
    assert run(project, masks) == 0
    shown = capsys.readouterr()
    assert "Skipped" in shown.err
    assert "1 skipped" in shown.out
    assert run(project, masks, "--existing", "add") == 0
    assert len(contents(project)[0]["a.jpg"].cracks) == 2
    assert run(project, masks, "--existing", "replace", "--regions") == 0
    (crack,) = contents(project)[0]["a.jpg"].cracks
    assert crack.path is None


def test_problems_are_named_and_the_status_tells(project, masks, capsys):
    Image.fromarray(LINE[:50] * 255).save(masks / "b_mask.png")
    Image.fromarray(LINE * 255).save(masks / "c.png")
    assert run(project, masks) == 1
    shown = capsys.readouterr()
    assert "1 image annotated" in shown.out
    assert f"Failed: {masks / 'b_mask.png'}: it is for an image of 300 x 50" in shown.err
    assert f"Failed: {masks / 'c.png'}: the project has no image called 'c'" in shown.err
    assert "2 could not be imported" in shown.err


def test_a_defect_at_saving_one_file_does_not_cost_the_others(project, masks, monkeypatch, capsys):
    real = ProjectStore.save

    def fail_once(store, identifier, content, text):
        if text == "Import a.png":
            raise ZeroDivisionError("no width")
        return real(store, identifier, content, text)

    monkeypatch.setattr(ProjectStore, "save", fail_once)
    assert run(project, masks) == 1
    shown = capsys.readouterr()
    assert f"Failed: {masks / 'a.png'}: the program met a defect (ZeroDivision" in shown.err
    assert "1 image annotated" in shown.out


def test_threshold_and_inversion(project, masks, capsys):
    Image.fromarray(np.where(LINE, np.uint8(9), np.uint8(200))).save(masks / "a.png")
    (masks / "b_mask.png").unlink()
    assert run(project, masks / "a.png", "--threshold", "100") == 1
    assert "--invert" in capsys.readouterr().err
    assert run(project, masks / "a.png", "--threshold", "100", "--invert") == 0
    loaded, _, _ = contents(project)
    assert loaded["a.jpg"].cracks[0].mask_patch().data.sum() == LINE.sum()


def test_labels_and_format(project, tmp_path, capsys):
    value = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "Riss"}, {"id": 2, "name": "Rost"}],
        "annotations": [
            {"image_id": 1, "category_id": 1, "segmentation": [[5, 5, 90, 5, 90, 9, 5, 9]]},
            {"image_id": 1, "category_id": 2, "bbox": [1, 2, 30, 40]},
        ],
    }
    path = tmp_path / "c.json"
    path.write_text(json.dumps(value), "utf-8")
    assert run(project, path, "--format", "labelme") == 1
    assert run(project, path, "--label", "riss", "--label", "Spalt") == 0
    assert "1 crack, 0 regions, 1 box\n" in capsys.readouterr().out
    assert contents(project)[0]["a.jpg"].boxes[0].class_name == "Rost"


def test_nothing_to_import(project, tmp_path, capsys):
    assert run(project, project.photographs) == 1
    assert "Nothing was imported" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["nowhere"], 1, "does not exist"),
        (["{masks}", "--existing", "ask"], 2, "skip, add, replace"),
        (["{masks}", "--format", "yolo"], 1, "no format 'yolo'"),
        ([], 2, "PATH"),
    ],
)
def test_wrong_command_lines(project, masks, capsys, arguments, status, words):
    given = [each.format(masks=masks) for each in arguments]
    assert run(project, *given) == status
    assert words in capsys.readouterr().err


def test_what_was_recovered_on_opening_is_said(project, masks, capsys):
    database = project.store.folder / "project.sqlite"
    database.write_bytes(database.read_bytes()[:5000])
    run(project, masks)
    assert "Note: The database" in capsys.readouterr().err


def test_a_project_that_may_not_be_written_is_refused_at_once(project, masks, monkeypatch, capsys):
    monkeypatch.setattr("annotator.storage.project_opening._is_writable", lambda _folder: False)
    assert run(project, masks) == 1
    assert f"Error: {project.store.folder} may not be written" in capsys.readouterr().err
