"""Splits by source image, and the leaks across them."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from segmentation.data.image_files import read_thumbnail
from segmentation.data.manifest import Item, Manifest, Origin
from segmentation.data.perceptual_hash import (
    N_BITS,
    NEAR_DISTANCE,
    THUMBNAIL_SIDE,
    near_pairs,
    perceptual_hash,
)
from segmentation.data.sources import collect
from segmentation.data.splits import assign_splits, drop_leaks, find_leaks
from tests.segmentation.data.layouts import make_pairs, picture

ORIGIN = Origin(name="o", layout="pairs", folder="")


def items(n, **facts):
    return [Item(name=f"o/{number:03d}", origin="o", image="", **facts) for number in range(n)]


def names(manifest, split):
    return {item.name for item in manifest.of_split(split).items}


def test_a_share_is_drawn_by_the_seed():
    manifest = Manifest((ORIGIN,), tuple(items(100)))
    first, again = (assign_splits(manifest, seed=3) for _ in range(2))
    assert first == again
    assert len(names(first, "val")) == 10
    assert names(first, "val") != names(assign_splits(manifest, seed=4), "val")
    assert not names(assign_splits(manifest, share=0.0), "val")
    assert len(names(assign_splits(manifest.with_items(items(3))), "val")) == 1


def test_fewer_images_move_few_others():
    manifest = Manifest((ORIGIN,), tuple(items(100)))
    full = names(assign_splits(manifest), "val")
    part = names(assign_splits(manifest.with_items(manifest.items[:90])), "val")
    assert part - full == set() or len(full & part) >= 8


def test_parts_of_a_source_stay_together_and_copies_too():
    parts = [replace(item, source=str(number // 4)) for number, item in enumerate(items(40))]
    parts[0] = replace(parts[0], image_sha256="x")
    parts[39] = replace(parts[39], image_sha256="x")
    for seed in range(5):
        manifest = assign_splits(Manifest((ORIGIN,), tuple(parts)), share=0.3, seed=seed)
        assert not find_leaks(manifest)
        assert len(names(manifest, "val")) >= 12


def test_fixed_images_stay_and_test_images_always_do():
    fixed = [
        replace(item, split=split, is_fixed=True)
        for item, split in zip(
            items(30), ["train"] * 10 + ["val"] * 10 + ["test"] * 10, strict=True
        )
    ]
    manifest = Manifest((ORIGIN,), tuple(fixed))
    assert assign_splits(manifest, "fixed") == manifest
    drawn = assign_splits(manifest, "drawn", share=0.5)
    assert names(drawn, "test") == names(manifest, "test")
    assert len(names(drawn, "val")) == 10
    assert names(drawn, "val") != names(manifest, "val")


def test_origins_without_fixed_images_are_drawn_from():
    other = Origin(name="p", layout="pairs", folder="")
    fixed = [replace(item, split="val", is_fixed=True) for item in items(4)]
    loose = [replace(item, name=f"p/{item.name}", origin="p") for item in items(20)]
    manifest = assign_splits(Manifest((ORIGIN, other), (*fixed, *loose)), "fixed")
    assert len(names(manifest, "val")) == 4 + 2


def test_leaks_are_named_and_dropped_from_training(tmp_path):
    folder = make_pairs(tmp_path / "own", ["a-1", "a-2", "b", "c", "d", "e"])
    images = folder / "images"
    (images / "c.png").write_bytes((images / "b.png").read_bytes())
    small = Image.open(images / "d.png").resize((30, 30)).resize((48, 32))
    small.save(images / "e.jpg", quality=60)
    (images / "e.png").unlink()
    (folder / "train.txt").write_text("a-1\nb\nd\n")
    (folder / "test.txt").write_text("a-2\nc\ne\n")
    manifest = collect([rf"{folder}?group=^(.*?)(?:-\d+)?$"])
    kept, leaks = drop_leaks(manifest)
    assert {leak.kind for leak in leaks} == {"source", "identical", "near"}
    assert "own/b (train) and own/c (test) are the same file." in map(str, leaks)
    assert "own/d (train) and own/e (test) look almost the same." in map(str, leaks)
    assert [item.name for item in kept.items] == ["own/a-2", "own/c", "own/e"]


def test_hashes_of_different_pictures_are_far_apart():
    hashes = [
        perceptual_hash(np.asarray(Image.fromarray(picture(n, (96, 64))).convert("L")))
        for n in range(30)
    ]
    assert near_pairs(hashes, hashes) == [(n, n) for n in range(30)]
    assert near_pairs(hashes, hashes, N_BITS // 4) == [(n, n) for n in range(30)]
    assert not near_pairs(["", ""], ["", hashes[0]])


def test_public_near_duplicates_are_found(shared_dir):
    """The twelve native images of DeepCrack are in its test part, squeezed to a square."""
    data = shared_dir / "data"
    native = sorted((data / "DeepCrack_native12" / "images").glob("*.png"))
    others = sorted((data / "DeepCrack256" / "images").glob("test__1[12]*.jpg"))
    if not native or not others:
        pytest.skip("the data set is not here")
    hashes = [
        [perceptual_hash(read_thumbnail(path, THUMBNAIL_SIDE)) for path in paths]
        for paths in (native, others)
    ]
    found = {(native[i].stem, others[j].stem) for i, j in near_pairs(*hashes, NEAR_DISTANCE)}
    assert found == {(path.stem, f"test__{path.stem}") for path in native}
