"""Random changes: the mask moves with its image, and everything follows from the generator."""

import numpy as np
import pytest

from segmentation import UNLABELLED
from segmentation.data import photometric, transforms
from segmentation.data.views import View, cut_view, mirrored

SIDE = 96
LEVELS = np.array([0, 100, 200], np.uint8)


def pair(side=SIDE):
    """Return an image whose red channel is its mask, with blobs of all three values."""
    mask = np.zeros((side, side), np.uint8)
    mask[10:40, 20:60] = 1
    mask[60:80, 50:90] = UNLABELLED
    image = np.full((side, side, 3), 90, np.uint8)
    image[..., 0] = LEVELS[np.minimum(mask, 2)]
    return image, mask


def agreement(image, mask):
    """Return the share of pixels whose red channel says what the mask says."""
    nearest = np.abs(image[..., :1].astype(int) - LEVELS).argmin(-1)
    return (np.array([0, 1, UNLABELLED])[nearest] == mask).mean()


@pytest.mark.parametrize("step", [transforms.turn, transforms.rescale])
def test_geometric_steps_move_the_mask_with_the_image(step):
    for seed in range(20):
        image, mask = step(*pair(), np.random.default_rng(seed))
        assert image.shape == (SIDE, SIDE, 3)
        assert mask.dtype == np.uint8
        assert set(np.unique(mask)) <= {0, 1, UNLABELLED}
        assert agreement(image, mask) > (0.999 if step is transforms.turn else 0.96)


@pytest.mark.parametrize("scale", [0.5, 0.8, 1.0, 1.7])
@pytest.mark.parametrize("angle", [0.0, 0.4, -1.0])
def test_views_move_the_mask_with_the_image(scale, angle):
    image, mask = pair(200)
    view = View((51.3, 60.8), (80, 64), scale, angle)
    crop, labels = cut_view(image, mask, view)
    assert crop.shape == (64, 80, 3)
    assert labels.shape == (64, 80)
    assert agreement(crop, labels) > 0.93
    middle = labels[32, 40]
    assert middle == mask[61, 51]


def test_a_plain_view_is_the_part_itself_and_mirrors_beyond_the_border():
    image, mask = pair()
    crop, labels = cut_view(image, mask, View((31.5, 15.5), (32, 32)))
    assert (crop == image[:32, 16:48]).all()
    assert (labels == mask[:32, 16:48]).all()
    for size in (150, 400):
        middle = (SIDE - 1) / 2
        start = round(middle - (size - 1) / 2)
        crop, _ = cut_view(image, mask, View((middle, middle), (size, size)))
        places = mirrored(np.arange(start, start + size), SIDE)
        assert (crop == image[places[:, None], places[None, :]]).all()
    off, _ = cut_view(image, mask, View((0, 50), (150, 20)))
    places = mirrored(np.arange(-74, 76), SIDE)
    assert (off == image[40:60][:, places]).all() or (off == image[41:61][:, places]).all()


@pytest.mark.parametrize("name", sorted(transforms.AUGMENTATIONS))
def test_lists_are_seeded_and_keep_form(name):
    augmentation = transforms.find_augmentation(name)
    image, mask = pair()
    image.flags.writeable = mask.flags.writeable = False
    results = []
    for seed in (1, 1, 2):
        rng = np.random.default_rng(seed)
        assert len(augmentation.draw_pose(rng)) == 2
        results.append(augmentation(image, mask, rng))
    for changed, labels in results:
        assert changed.shape == image.shape
        assert changed.dtype == labels.dtype == np.uint8
        assert np.bincount(labels.ravel()).sum() == labels.size
    assert (results[0][0] == results[1][0]).all()
    assert (results[0][1] == results[1][1]).all()
    assert name == "none" or (results[0][0] != results[2][0]).any()
    assert (image == pair()[0]).all()


def test_what_is_not_square_keeps_its_shape():
    image, mask = pair()
    for seed in range(8):
        changed, labels = transforms.turn(image[:50], mask[:50], np.random.default_rng(seed))
        assert changed.shape == (50, SIDE, 3)
        assert agreement(changed, labels) == 1.0


STEPS = [
    photometric.jitter_colors, photometric.tint, photometric.to_grey, photometric.gamma,
    photometric.speckle, photometric.add_noise, photometric.blur, photometric.compress,
    photometric.shadow,
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_photometric_steps_change_the_picture_moderately(step):
    rng = np.random.default_rng(0)
    image = np.clip(rng.normal(120, 30, (64, 80, 3)), 0, 255).astype(np.uint8)
    before = image.copy()
    differences = []
    for seed in range(20):
        changed = step(image, np.random.default_rng(seed))
        assert changed.shape == image.shape
        assert changed.dtype == np.uint8
        differences.append(np.abs(changed.astype(float) - image).mean())
    assert 0.2 < np.mean(differences) < 60
    assert (image == before).all()


def test_colors_change_as_far_as_they_are_said_to():
    grey = np.full((16, 16, 3), 100, np.uint8)
    levels = [
        photometric.jitter_colors(grey, np.random.default_rng(seed)).mean() for seed in range(300)
    ]
    assert 74 <= min(levels) < 80
    assert 120 < max(levels) <= 126
    spread = photometric.speckle(np.full((64, 64, 3), 100, np.uint8), np.random.default_rng(0))
    assert (spread.min(), spread.max()) == (90, 110)
    assert abs(spread.mean() - 100) < 0.6


def test_hue_is_turned_and_nothing_else():
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 200
    only_hue = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.1}
    changed = [
        photometric.jitter_colors(red, np.random.default_rng(seed), **only_hue)
        for seed in range(20)
    ]
    assert all(image.max() == 200 for image in changed)
    assert any(image[..., 1].any() for image in changed)
    assert any(image[..., 2].any() for image in changed)


def test_an_unknown_list_is_named():
    with pytest.raises(ValueError, match="There is no augmentation 'x'; there are none, flips"):
        transforms.find_augmentation("x")
