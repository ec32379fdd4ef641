"""Patches: the grid of the paper, its recipes, and where crops are cut."""

import numpy as np
import pytest

from segmentation import UNLABELLED
from segmentation.data.patches import CropSampler, Patch, compose, cut_patches, grid_starts


def test_a_photograph_of_16_megapixels_has_63_patches():
    patches = cut_patches("a", np.zeros((3456, 4608), np.uint8), 512)
    assert len(patches) == 63
    assert {(p.width, p.height) for p in patches} == {(512, 512)}
    assert max(p.y for p in patches) == 3456 - 512
    assert grid_starts(513, 512) == (0, 1)
    assert grid_starts(512, 512) == (0,)


def test_small_and_whole_images_are_one_patch():
    mask = np.zeros((320, 480), np.uint8)
    mask[3, 4:9] = 1
    whole = [Patch("a", 0, 0, 480, 320, 5)]
    assert cut_patches("a", mask, 512) == cut_patches("a", mask, 0) == whole
    assert [(p.x, p.height) for p in cut_patches("a", mask, 400)] == [(0, 320), (80, 320)]


def test_patches_without_a_label_are_left_out():
    mask = np.full((64, 128), UNLABELLED, np.uint8)
    mask[0, 0] = 0
    assert [p.x for p in cut_patches("a", mask, 64)] == [0]


def patches(n_crack, n_background):
    return [Patch(str(n), 0, 0, 9, 9, int(n < n_crack)) for n in range(n_crack + n_background)]


@pytest.mark.parametrize(
    ("recipe", "n_background"), [("70/30", 60), ("30/70", 327), ("10/90", 1260), ("full", 2000)]
)
def test_recipes(recipe, n_background):
    chosen = compose(patches(140, 2000), recipe).patches
    assert sum(p.crack_pixels > 0 for p in chosen) == 140
    assert len(chosen) - 140 == n_background


def test_recipes_are_nested_and_seeded():
    everything = patches(140, 2000)
    sets = [set(compose(everything, recipe, 1).patches) for recipe in ("70/30", "30/70", "10/90")]
    assert sets[0] < sets[1] < sets[2]
    assert set(compose(everything, "70/30", 2).patches) != sets[0]
    assert compose(everything, "70/30", 1) == compose(everything, "70/30", 1)


def test_too_few_patches_are_noted():
    composition = compose(patches(10, 5), "10/90", n_crack=12)
    assert composition.notes == (
        "12 patches with a crack were asked for; there are 10.",
        "10/90 with 10 crack patches takes 90 background patches; there are 5, and all of them "
        "are taken.",
    )
    assert len(composition.patches) == 15
    assert len(compose(patches(10, 50), "70/30", n_crack=7).patches) == 7 + 3


def crop(mask, center, side):
    x, y = (int(c - (side - 1) / 2) for c in center)
    assert x >= 0
    assert y >= 0
    part = mask[y : y + side, x : x + side]
    assert part.shape == (side, side)
    return part


def test_crops_lie_in_their_patch_and_can_be_centered_on_cracks():
    mask = np.zeros((100, 200), np.uint8)
    mask[70, 150] = 1
    patch = Patch("a", 100, 0, 100, 100, 1)
    rng = np.random.default_rng(0)
    always = CropSampler(crack_centered=1.0)
    hits = [crop(mask, always.draw(rng, patch, mask, (16, 16)), 16).any() for _ in range(200)]
    assert all(hits)
    centers = [CropSampler().draw(rng, patch, mask, (16, 16)) for _ in range(400)]
    assert min(x for x, _ in centers) >= 107.5
    assert max(x for x, _ in centers) <= 191.5
    assert 0 < sum(crop(mask, center, 16).any() for center in centers) < 60
    assert CropSampler().draw(rng, patch, mask, (300, 100)) == (149.5, 49.5)


def test_crops_hold_points_where_a_model_was_wrong():
    mask = np.zeros((100, 100), np.uint8)
    patch = Patch("a", 0, 0, 100, 100)
    rng = np.random.default_rng(0)
    for _ in range(50):
        center = CropSampler(hard_negatives=1.0).draw(rng, patch, mask, (16, 16), [(99, 2)])
        assert crop(mask + np.eye(100, dtype=np.uint8) * 0, center, 16).shape == (16, 16)
        assert abs(center[0] - 99) <= 8
        assert abs(center[1] - 2) <= 8


def test_crops_avoid_what_nobody_labelled():
    mask = np.full((64, 640), UNLABELLED, np.uint8)
    mask[:, :160] = 0
    patch = Patch("a", 0, 0, 640, 64)
    rng = np.random.default_rng(0)

    def share(sampler):
        centers = [sampler.draw(rng, patch, mask, (32, 32)) for _ in range(200)]
        return np.mean([(crop(mask, center, 32) != UNLABELLED).any() for center in centers])

    assert share(CropSampler(attempts=1)) < 0.4
    assert share(CropSampler(attempts=8)) > 0.8
