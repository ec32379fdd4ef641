"""Counting the patches of a project, as a dialog does it, gives what the export writes."""

import json

import numpy as np
import pytest

from annotator.document.image_state import ImageState
from annotator.errors import JobCancelled
from annotator.exporters.csb_patches import CsbPatchesOptions, export_csb_patches
from annotator.exporters.image_tiles import project_tiles
from annotator.exporters.patch_composer import PatchChoice, PatchComposer, recipe_named
from annotator.exporters.splits import DataSetChoice
from tests.annotator.exporters.projects import Project, diagonal

SIZE = (1100, 520)


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "work")
    for n in range(4):
        project.add(f"{n}.jpg", diagonal(*SIZE, (60 * n + 10, 30), 700), size=SIZE)
    project.add("clean.jpg", size=SIZE)
    project.add("new.jpg", cracks=[], state=ImageState.NEW, size=SIZE)
    project.add("flat.jpg", diagonal(600, 300, (10, 10), 300), size=(600, 300))
    yield project
    project.store.close()


def tiles_of(project, small_images="skip", is_cancelled=lambda: False):
    return project_tiles(project.store, small_images, lambda *_: None, is_cancelled)


def test_the_counts_foretell_the_export(project, tmp_path):
    images = DataSetChoice(seed=3, test_fraction=0.3)
    for recipe in ("50/50", "full"):
        for small_images in ("skip", "mirror"):
            choice = PatchChoice(images, recipe_named(recipe))
            counts = PatchComposer(tiles_of(project, small_images)).compose(choice).counts
            target = tmp_path / f"{recipe[:2]}_{small_images}"
            report = export_csb_patches(
                project.store, target, CsbPatchesOptions(choice, small_images=small_images),
                lambda *_: None, lambda: False,
            )  # fmt: skip
            assert report.n_images == counts["all"].n_images
            rows = json.loads((target / "manifest.json").read_text("utf-8"))["patches"]
            for side in ("train", "test"):
                classes = [row["class"] for row in rows if row["side"] == side]
                assert classes.count("crack") == counts[side].n_crack
                assert classes.count("background") == counts[side].n_background


def test_each_image_as_numbers(project):
    tiles = {image.name: image for image in tiles_of(project)}
    assert tiles["flat.jpg"].is_too_small
    assert tiles["flat.jpg"].has_crack
    assert not tiles["new.jpg"].has_crack
    assert tiles["new.jpg"].state is ImageState.NEW
    record = next(record for record in project.records if record.shown_name == "2.jpg")
    mask = project.mask(record)
    expected = [
        np.count_nonzero(mask[y : y + 512, x : x + 512])
        for y in (0, 8)
        for x in (0, 512, 1100 - 512)
    ]
    assert tiles["2.jpg"].crack_pixels.tolist() == expected


def test_what_an_export_would_leave_out_is_not_counted(project):
    records = {record.shown_name: record for record in project.records}
    records["0.jpg"].path.unlink()
    project.damage(records["1.jpg"])
    names = {image.name for image in tiles_of(project)}
    assert names == {"2.jpg", "3.jpg", "clean.jpg", "new.jpg", "flat.jpg"}


def test_cancelling(project):
    with pytest.raises(JobCancelled):
        tiles_of(project, is_cancelled=lambda: True)
