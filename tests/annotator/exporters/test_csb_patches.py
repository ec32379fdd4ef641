"""Patches in the CSB layout: contents, classes, sizes, and what a reader of the layout sees."""

import json

import numpy as np
import pytest
from PIL import Image

from annotator.errors import AnnotatorError, JobCancelled
from annotator.exporters import patch_files
from annotator.exporters.csb_patches import CsbPatchesOptions, export_csb_patches
from annotator.exporters.patch_composer import PatchChoice, recipe_named
from annotator.exporters.splits import DataSetChoice
from annotator.storage.image_io import load_image
from annotator.storage.project_store import ProjectStore
from tests.annotator.exporters.csb_reader import read_patches
from tests.annotator.exporters.projects import (
    Project,
    course,
    crack_of,
    diagonal,
    photograph,
    tree_of,
)

SIZE = (1300, 600)  # 3 x 2 patches, the last row and column overlap others


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "work")
    for n in range(3):
        project.add(f"crack_{n}.jpg", diagonal(*SIZE, (100 * n + 10, 30), 700), size=SIZE)
    project.add("clean.jpg", size=SIZE)
    yield project
    project.store.close()


def export(project, target, recipe="70/30", *, seed=0, test_fraction=0.34, is_cancelled=None,
           n_crack=None, min_pixels=1, **options):  # fmt: skip
    images = DataSetChoice(seed=seed, test_fraction=test_fraction)
    choice = PatchChoice(images, recipe_named(recipe), n_crack, min_pixels)
    return export_csb_patches(
        project.store, target, CsbPatchesOptions(choice, **options),
        lambda fraction, text: None, is_cancelled or (lambda: False),
    )  # fmt: skip


def manifest_of(target):
    return json.loads((target / "manifest.json").read_text("utf-8"))


def test_a_full_set_covers_every_photograph_with_the_annotated_pixels(project, tmp_path):
    report = export(project, tmp_path / "set", "full", patch_format="png")
    assert report.is_verified
    assert report.failures == ()
    base = tmp_path / "set/patch datasets/512_512/full"
    train, test = read_patches(base / "train"), read_patches(base / "test")
    assert len(train) + len(test) == 4 * 6
    assert not {name[:-12] for name in train} & {name[:-12] for name in test}
    for record in project.records:
        pixels, mask = load_image(record.path).pixels, project.mask(record)
        for y in (0, 600 - 512):
            for x in (0, 512, 1300 - 512):
                name = f"{record.path.stem}_{y:05d}_{x:05d}"
                patch, patch_mask = (train | test)[name]
                np.testing.assert_array_equal(patch, pixels[y : y + 512, x : x + 512])
                np.testing.assert_array_equal(patch_mask, mask[y : y + 512, x : x + 512])


def test_jpeg_masks_threshold_to_the_exact_mask_and_images_are_nearly_exact(project, tmp_path):
    export(project, tmp_path / "jpg", "full")
    export(project, tmp_path / "png", "full", patch_format="png")
    as_jpeg = read_patches(tmp_path / "jpg/patch datasets")
    as_png = read_patches(tmp_path / "png/patch datasets")
    assert as_jpeg.keys() == as_png.keys()
    for name, (pixels, mask) in as_jpeg.items():
        np.testing.assert_array_equal(mask, as_png[name][1])
        difference = np.abs(pixels.astype(int) - as_png[name][0])
        assert difference.mean() < 1
        assert difference.max() < 8
    file = next((tmp_path / "jpg").rglob("*mask.jpg"))
    with Image.open(file) as picture:
        assert picture.mode == "L"


def test_the_layout_of_a_ratio_and_of_smaller_sizes(project, tmp_path):
    report = export(project, tmp_path / "set", sides=(512, 384, 128))
    root = tmp_path / "set/patch datasets"
    folders = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_dir()}
    assert folders == {
        "512_512", "512_512/70_30", "512_512/70_30/train_corrected",
        "512_512/70_30/test_corrected", "384_384", "384_384/train", "384_384/test",
        "128_128", "128_128/train", "128_128/test",
    }  # fmt: skip
    sizes = {
        name: {side: len(read_patches(root / name / side)) for side in ("train", "test")}
        for name in ("384_384", "128_128")
    }
    whole = {side: len(read_patches(root / f"512_512/70_30/{side}_corrected"))
             for side in ("train", "test")}  # fmt: skip
    assert sizes["384_384"] == sizes["128_128"] == whole
    assert report.n_files == 2 * 3 * sum(whole.values()) + 4
    other = export(project, tmp_path / "other", "30/70")
    assert (other.target / "patch datasets/512_512/30_70/train").is_dir()


@pytest.mark.parametrize("side", [384, 128])
def test_crops_keep_the_crack_and_stay_in_their_patch(project, tmp_path, side):
    report = export(project, tmp_path / "set", sides=(side,), patch_format="png")
    cropped = read_patches(report.target / f"patch datasets/{side}_{side}")
    photographs = {record.path.stem: record for record in project.records}
    for row in manifest_of(report.target)["patches"]:
        pixels, mask = cropped[row["image"].rpartition("/")[2][:-4]]
        record = photographs[row["source"][:-4]]
        box = np.s_[row["y0"] : row["y1"], row["x0"] : row["x1"]]
        np.testing.assert_array_equal(pixels, load_image(record.path).pixels[box])
        np.testing.assert_array_equal(mask, project.mask(record)[box])
        assert mask.any() == (row["class"] == "crack")
        assert 0 <= row["x0"] - row["patch_x0"] <= 512 - side
        assert 0 <= row["y0"] - row["patch_y0"] <= 512 - side


def test_recipes_are_nested_from_one_seed(project, tmp_path):
    sets = {}
    for recipe in ("4/1", "2/1", "full"):
        target = export(project, tmp_path / recipe.replace("/", "_"), recipe, seed=3).target
        sets[recipe] = {
            (row["source"], row["x0"], row["y0"], row["side"], row["class"], row["image_sha256"])
            for row in manifest_of(target)["patches"]
        }
    assert sets["4/1"] < sets["2/1"] < sets["full"]
    cracks = [{row for row in rows if row[4] == "crack"} for rows in sets.values()]
    assert cracks[0] == cracks[1] == cracks[2]
    other = export(project, tmp_path / "seed", "4/1", seed=4).target
    rows = manifest_of(other)["patches"]
    assert {(row["source"], row["x0"], row["y0"]) for row in rows} != {
        row[:3] for row in sets["4/1"]
    }


def test_the_manifest_holds_what_the_files_hold(project, tmp_path):
    mask = diagonal(*SIZE, (30, 30), 300)
    traced = crack_of(mask, "traced", course([(30, 30), (300, 160)]))
    project.add("both.jpg", cracks=[traced, crack_of(np.roll(mask, 200, 0))], size=SIZE)
    target = export(project, tmp_path / "set", seed=2, n_crack=9).target
    manifest = manifest_of(target)
    assert (manifest["recipe"], manifest["seed"]) == ("70/30", 2)
    assert manifest["application"].startswith("Crack Annotator ")
    patches = read_patches(target / "patch datasets")
    for row in manifest["patches"]:
        assert patches[row["image"].rpartition("/")[2][:-4]][1].sum() == row["crack_pixels"]
        parts = sum(value for key, value in row.items() if key.startswith("pixels_"))
        assert parts == row["crack_pixels"]
    from_both = [row for row in manifest["patches"] if row["source"] == "both.jpg"]
    assert any(row["pixels_traced"] and row["pixels_painted"] for row in from_both)


def test_shortage_of_background_is_told_with_the_numbers_reached(project, tmp_path):
    report = export(project, tmp_path / "set", "10/90")
    training = next(text for text in report.listed if text.startswith("Training: 10/90 needs"))
    n_crack = report.counts["512 px, train, crack"]
    n_background = report.counts["512 px, train, background"]
    assert f"needs {9 * n_crack} background patches, there are {n_background}" in training


def test_small_photographs_are_listed_or_continued_by_their_mirror(project, tmp_path):
    mask = diagonal(600, 300, (20, 20), 400)
    record = project.add("flat.jpg", mask, size=(600, 300), subset="train")
    report = export(project, tmp_path / "skipped", "full")
    assert any(text.endswith("Left out: flat.jpg (600 x 300).") for text in report.listed)
    report = export(project, tmp_path / "set", "full", small_images="mirror", patch_format="png")
    assert report.is_verified
    pixels, patch_mask = read_patches(report.target / "patch datasets")["flat_00000_00088"]
    expected = np.pad(project.mask(record), ((0, 212), (0, 0)), "symmetric")[:, 88:]
    np.testing.assert_array_equal(patch_mask, expected)
    source = load_image(record.path).pixels
    np.testing.assert_array_equal(pixels[:300], source[:, 88:])
    np.testing.assert_array_equal(pixels[300:], source[:87:-1, 88:])


def test_the_same_project_exports_the_same_bytes(project, tmp_path):
    first = export(project, tmp_path / "first", sides=(512, 128))
    project.store.close()
    project.store = ProjectStore.open(project.store.folder, author="Bob", read_only=True)
    second = export(project, tmp_path / "second", sides=(512, 128))
    assert tree_of(first.target) == tree_of(second.target)


def test_the_contact_sheet_is_a_picture_of_every_patch_in_a_small_set(project, tmp_path):
    target = export(project, tmp_path / "set").target
    n_patches = len(manifest_of(target)["patches"])
    with Image.open(target / "contact_sheet.png") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    crack, background = ((pixels == color).all(2) for color in ((230, 159, 0), (86, 180, 233)))
    assert crack.any()
    assert background.any()
    assert pixels.shape[0] // 234 == -(-n_patches // 8)


def test_a_mask_that_jpeg_would_change_is_left_out_and_listed(project, tmp_path, monkeypatch):
    true_encoder = patch_files.encoded_jpeg
    seen = []

    def blurred(pixels):
        if pixels.ndim == 2 and pixels.any() and not seen:
            seen.append(True)
            return true_encoder(np.roll(pixels, 1, 0))
        return true_encoder(pixels)

    monkeypatch.setattr(patch_files, "encoded_jpeg", blurred)
    report = export(project, tmp_path / "set", "full")
    assert len(report.failures) == 1
    assert "choose PNG" in report.failures[0]
    assert len(read_patches(report.target / "patch datasets")) == 4 * 6 - 1
    assert report.is_verified


def test_deep_photographs_are_reduced_and_listed(project, tmp_path):
    path = project.photographs / "deep.png"
    grey = photograph(9, 520, 520, 1)[..., 0].astype(np.uint16) * 257
    Image.fromarray(grey).save(path)
    project.add_file(path, diagonal(520, 520, (10, 10), 300), subset="train")
    report = export(project, tmp_path / "set", "full", patch_format="png")
    assert any(text.startswith("deep.png was reduced") for text in report.listed)
    pixels, _ = read_patches(report.target / "patch datasets")["deep_00000_00008"]
    np.testing.assert_array_equal(pixels, (grey[:512, 8:] // 257))


def test_cancelling_leaves_nothing(project, tmp_path):
    for allowed in (2, 12, 25, 60):
        calls = iter(range(allowed))
        with pytest.raises(JobCancelled):
            export(project, tmp_path / "set", "full",
                   is_cancelled=lambda calls=calls: next(calls, None) is None)  # fmt: skip
        assert sorted(path.name for path in tmp_path.iterdir()) == ["work"]


def test_only_small_photographs_are_nothing_to_export(tmp_path):
    project = Project(tmp_path / "work")
    project.add("flat.jpg", diagonal(300, 200, (20, 20), 200), size=(300, 200))
    with project.store, pytest.raises(AnnotatorError, match="300 x 200"):
        export(project, tmp_path / "set")


@pytest.mark.parametrize("options", [{"sides": ()}, {"sides": (256,)}, {"patch_format": "bmp"}])
def test_options_that_do_not_exist(options):
    with pytest.raises(AnnotatorError):
        CsbPatchesOptions(**options)
