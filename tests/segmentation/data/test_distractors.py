"""Stamps, strokes and borders that are drawn on training images and are no cracks."""

import numpy as np
import pytest

from segmentation import UNLABELLED
from segmentation.data import distractors

KINDS = (distractors.stamp, distractors.stroke, distractors.border)
SIDE = 96


def image():
    return np.random.default_rng(1).integers(90, 160, (SIDE, SIDE, 3), np.uint8)


def drawn(kind, seed, mask=None):
    mask = np.zeros((SIDE, SIDE), np.uint8) if mask is None else mask
    return kind(image(), mask, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_draws_the_same_and_another_something_else(kind):
    pictures = [drawn(kind, seed)[0] for seed in range(12)]
    assert np.array_equal(pictures[3], drawn(kind, 3)[0])
    assert len({picture.tobytes() for picture in pictures}) > 8


@pytest.mark.parametrize("kind", KINDS)
def test_images_are_changed_in_part_and_the_given_ones_stay(kind):
    before = image()
    mask = np.zeros((SIDE, SIDE), np.uint8)
    shares = []
    for seed in range(40):
        given = before.copy()
        after, labels = kind(given, mask, np.random.default_rng(seed))
        assert np.array_equal(given, before)
        assert after.dtype == np.uint8
        assert after.shape == before.shape
        assert not labels.any()
        shares.append(float((after != before).any(-1).mean()))
    assert max(shares) > 0.02
    assert min(shares) < 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_what_covers_a_crack_makes_it_unlabelled_where_it_lies(kind):
    crack = np.ones((SIDE, SIDE), np.uint8)
    covered = 0
    for seed in range(40):
        after, labels = drawn(kind, seed, crack)
        assert set(np.unique(labels)) <= {1, UNLABELLED}
        hidden = labels == UNLABELLED
        assert (after != image()).any(-1)[hidden].mean() > 0.95 if hidden.any() else True
        covered += int(hidden.sum())
    assert covered
    assert crack.all()


def test_strokes_are_never_dark():
    for seed in range(40):
        after, _ = drawn(distractors.stroke, seed)
        changed = (after != image()).any(-1)
        if changed.any():
            assert after[changed].max(-1).min() >= 75
