"""Images with masks from folders, with the probabilities that another program wrote."""

import numpy as np
import pytest

from segmentation.data.errors import DataError
from segmentation.data.sources import collect
from segmentation.evaluation.data_items import (
    DataItems,
    ProbabilityFolder,
    gather,
)
from tests.segmentation.data.layouts import SIZE, crack, make_cfd, make_deepcrack, make_pairs, save


def sixteen(mask):
    return (mask * np.uint16(65535)).astype(np.uint16)


def test_a_split_is_taken_and_what_is_there_is_said(tmp_path):
    folder = make_cfd(tmp_path / "CFD")
    assert [item.name for item in gather([str(folder)], "val").items] == ["CFD/058"]
    assert len(gather([str(folder)], "all").items) == 4
    assert [item.name for item in gather([str(folder)], limit=2).items] == ["CFD/001", "CFD/058"]
    pairs = make_pairs(tmp_path / "own")
    with pytest.raises(DataError, match=r"own holds no images of the split 'val'; .*train \(3"):
        gather([str(pairs)], "val")


def test_a_manifest_of_a_run_knows_its_splits_and_stands_alone(tmp_path):
    manifest = collect([str(make_cfd(tmp_path / "CFD"))])
    manifest.save(tmp_path / "manifest.json")
    assert gather([str(tmp_path / "manifest.json")]) == manifest
    with pytest.raises(DataError, match="stands alone"):
        gather([str(tmp_path / "CFD"), str(tmp_path / "manifest.json")])


def test_nested_splits_find_their_files_in_folders(tmp_path):
    manifest = gather([str(make_deepcrack(tmp_path / "DeepCrack"))])
    out = tmp_path / "out"
    for item in manifest.items:
        row = 2 if "train" in item.name else 12
        save((out / item.image).with_suffix(".png"), sixteen(crack(row)))
    items = list(DataItems(manifest, ProbabilityFolder(out, manifest)))
    assert [name for name, _, _ in items] == [item.name for item in manifest.items]
    rows = [int(np.flatnonzero(probability.any(axis=1))[0]) for _, probability, _ in items]
    assert rows == [2 if "train" in item.name else 12 for item in manifest.items]
    assert items[0][1].dtype == np.float32
    assert items[0][1].max() == 1.0


def test_two_images_of_a_name_need_folders(tmp_path):
    manifest = gather([str(make_deepcrack(tmp_path / "DeepCrack"))])
    for stem in ("11111", "11289-1"):
        save(tmp_path / "out" / f"{stem}.png", sixteen(crack(4)))
    with pytest.raises(DataError, match="2 images are named 11289-1"):
        list(DataItems(manifest, ProbabilityFolder(tmp_path / "out", manifest)))


def test_the_photograph_is_that_of_the_image_in_hand(tmp_path):
    manifest = gather([str(make_pairs(tmp_path / "own"))])
    items = DataItems(manifest, lambda _, image: image[..., 0] / np.float32(255))
    assert items.picture("own/a") is None
    for name, probability, mask in items:
        assert probability.shape == mask.shape == SIZE[::-1]
        assert (items.picture(name)[..., 0] / np.float32(255) == probability).all()
    assert items.picture("own/a") is None
    assert len(items) == 3


def test_what_is_missing_or_does_not_fit_is_named(tmp_path):
    manifest = gather([str(make_pairs(tmp_path / "own", names=("a",)))])
    with pytest.raises(DataError, match="not a folder"):
        ProbabilityFolder(tmp_path / "none", manifest)
    out = tmp_path / "out"
    out.mkdir()
    folder = ProbabilityFolder(out, manifest)
    with pytest.raises(DataError, match=r"holds no a\.png for images/a\.png"):
        list(DataItems(manifest, folder))
    save(out / "a.png", sixteen(crack(4, (40, 32))))
    with pytest.raises(DataError, match=r"a\.png has 40 x 32 pixels, but its image .* 48 x 32"):
        list(DataItems(manifest, folder))


def test_other_files_are_no_probabilities_and_npz_is_one(tmp_path):
    manifest = gather([str(make_pairs(tmp_path / "own", names=("a",)))])
    out = tmp_path / "out"
    folder = ProbabilityFolder(out.mkdir() or out, manifest)
    np.savez(out / "a.npz", probability=crack(4).astype(np.float32))
    assert next(iter(DataItems(manifest, folder)))[1].max() == 1
    save(out / "a.png", crack(4))
    with pytest.raises(DataError, match=r"a\.png is no probability of 16 bits"):
        list(DataItems(manifest, folder))
