"""Points of false components go into the manifest, and crops are drawn around them."""

from dataclasses import replace

import numpy as np
import pytest

from segmentation import UNLABELLED
from segmentation.data.manifest import load_manifest
from segmentation.data.patches import CropSampler, Patch
from segmentation.data.sources import collect
from segmentation.training.hard_negatives import (
    SpotOptions,
    false_components,
    with_hard_negatives,
)
from tests.segmentation.data.layouts import SIZE, make_pairs


def seen(*lines, shape=(100, 120)):
    """Return a probability with horizontal lines (row, first column, length)."""
    probability = np.zeros(shape, np.float32)
    for row, column, length in lines:
        probability[row, column : column + length] = 0.9
    return probability


def test_false_components_come_longest_first_and_far_from_cracks():
    mask = np.zeros((100, 120), np.uint8)
    mask[50, 10:60] = 1
    mask[80:] = UNLABELLED
    probability = seen(
        (10, 5, 30), (20, 5, 50), (30, 5, 8), (50, 10, 50), (55, 60, 30), (90, 0, 99)
    )
    found = false_components(probability, mask, SpotOptions())
    assert [each.length for each in found] == [50, 30]
    assert found[0].center[1] == 20
    assert found[0].center[0] in {29, 30}
    assert len(false_components(probability, mask, SpotOptions(most=1))) == 1
    assert len(false_components(probability, mask, SpotOptions(tolerance=3))) == 3
    assert len(false_components(probability, mask, SpotOptions(min_length=0))) == 3
    assert not false_components(probability, mask, SpotOptions(threshold=0.95))


def test_the_center_of_a_bent_component_lies_on_it():
    probability = seen((10, 10, 40))
    probability[10:50, 10] = 0.9
    x, y = false_components(probability, np.zeros((100, 120), np.uint8), SpotOptions())[0].center
    assert probability[y, x] > 0


def test_the_manifest_gets_the_spots_of_the_training_images(tmp_path):
    manifest = collect([f"pairs:{make_pairs(tmp_path / 'data')}"])
    items = [replace(item, split="val") if item.name.endswith("c") else item
             for item in manifest.items]  # fmt: skip
    manifest = manifest.with_items(items)
    told = []
    found = with_hard_negatives(
        manifest,
        lambda image: seen((24, 5, 30), shape=image.shape[:2]),
        SpotOptions(),
        on_item=told.append,
    )
    assert [len(item.spots) for item in found.items] == [1, 1, 0]
    assert [item.name for item in told] == ["data/a", "data/b"]
    assert found.items[0].spots[0][1] == 24
    assert found.digest() == manifest.digest()
    found.save(tmp_path / "manifest.json")
    assert load_manifest(tmp_path / "manifest.json") == found
    item = found.items[0]
    sampler = CropSampler(hard_negatives=1.0)
    whole = Patch(item.name, 0, 0, *SIZE)
    mask = np.zeros(SIZE[::-1], np.uint8)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x, y = sampler.draw(rng, whole, mask, (12, 10), item.spots)
        assert abs(x - item.spots[0][0]) <= 6
        assert abs(y - item.spots[0][1]) <= 5


def test_images_drawn_anew_in_each_epoch_have_no_spots():
    manifest = collect(["synthetic:?count=2&size=64&fresh=true"])

    def predict(image):
        raise AssertionError("nothing is to be looked at")

    assert with_hard_negatives(manifest, predict) == manifest


@pytest.mark.parametrize("wrong", [{"threshold": 0.0}, {"tolerance": -1.0}, {"most": 0}])
def test_choices_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SpotOptions(**wrong)
