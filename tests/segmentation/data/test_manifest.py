"""Manifests: the same after saving, verified by hash, and free of torch."""

import subprocess
import sys

import numpy as np
import pytest

from segmentation.data.errors import DataError
from segmentation.data.manifest import Item, Manifest, Origin, load_manifest
from segmentation.data.sources import changed_items, collect
from segmentation.durable_files import NotSavedError
from tests.segmentation.data.layouts import crack, make_csb_images, make_pairs, save


@pytest.fixture
def manifest(tmp_path):
    pairs = make_pairs(tmp_path / "own")
    csb = make_csb_images(tmp_path / "CSB")
    return collect([
        f"{pairs}?use=any&licence=CC0&weight=2", str(csb), "synthetic:?count=2&size=64",
    ])  # fmt: skip


def test_a_manifest_comes_back_as_it_was_saved(manifest, tmp_path):
    file = tmp_path / "data.json"
    manifest.save(file)
    assert load_manifest(file) == manifest
    assert load_manifest(file).digest() == manifest.digest()
    assert not list(tmp_path.glob(".*"))


def test_the_digest_does_not_depend_on_place_or_order(manifest, tmp_path):
    moved = manifest.with_folders({"own": "elsewhere"})
    assert moved.digest() == manifest.digest()
    assert manifest.with_items(reversed(manifest.items)).digest() == manifest.digest()
    assert manifest.with_items(manifest.items[1:]).digest() != manifest.digest()


def test_changed_files_are_named(manifest, tmp_path):
    assert not list(changed_items(manifest))
    save(tmp_path / "own" / "masks" / "b.png", crack(20) * np.uint8(255))
    (tmp_path / "own" / "images" / "c.png").unlink()
    first, second = changed_items(manifest)
    assert first == "The mask of own/b is not the one of the manifest; make it anew."
    assert "c.png does not exist" in second


def test_the_summary_says_terms_and_numbers(manifest):
    summary = manifest.summary()
    assert [origin["name"] for origin in summary["origins"]] == ["own", "CSB", "synthetic"]
    assert summary["origins"][0]["licence"] == "CC0"
    assert summary["origins"][1]["items"] == {"train": 3, "val": 0, "test": 2}
    assert summary["use"] == "unknown"
    free = manifest.with_items(item for item in manifest.items if item.origin != "CSB")
    assert free.use() == "any"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no manifest of this program, or damaged"),
        ("{}", "is no manifest of this program, or damaged"),
        ('{"version": 1, "origins": [{"foo": 1}], "items": []}', "is no manifest"),
        ('{"version": 2}', r"made by a newer version of this program \(format 2\)"),
    ],
)
def test_files_that_are_no_manifest(tmp_path, text, message):
    file = tmp_path / "data.json"
    file.write_text(text)
    with pytest.raises(DataError, match=message):
        load_manifest(file)
    with pytest.raises(DataError, match="cannot be read"):
        load_manifest(tmp_path / "nothing.json")


def test_names_are_unique_and_origins_known():
    origin = Origin(name="o", layout="pairs", folder="")
    item = Item(name="o/a", origin="o", image="a")
    with pytest.raises(DataError, match="Two images are named 'o/a'"):
        Manifest((origin,), (item, item))
    with pytest.raises(DataError, match="o/a comes from 'o', which is not listed"):
        Manifest((), (item,))


def test_two_folders_of_one_name(tmp_path):
    sources = [str(make_pairs(tmp_path / part / "own", ["a"])) for part in ("x", "y")]
    names = [item.name for item in collect(sources).items]
    assert names == ["own/a", "own-2/a"]


def test_a_manifest_that_cannot_be_saved(manifest, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotSavedError, match=r"data\.json"):
        manifest.save(tmp_path / "file" / "data.json")


def test_manifests_splits_and_readers_need_no_torch():
    program = (
        "import sys, segmentation.data.manifest, segmentation.data.splits,"
        "segmentation.data.patches, segmentation.data.sources, segmentation.data.transforms;"
        "print('torch' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"
