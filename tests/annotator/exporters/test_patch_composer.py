"""The composer: recipes, nesting, shortages, and the numbers of the published sets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.document.image_state import ImageState
from annotator.errors import AnnotatorError
from annotator.exporters.image_tiles import ImageTiles
from annotator.exporters.patch_composer import (
    RECIPES,
    PatchChoice,
    PatchComposer,
    Recipe,
    recipe_named,
)
from annotator.exporters.splits import DataSetChoice


def tiles(name, pixels, state=ImageState.APPROVED, subset="auto", sha256="") -> ImageTiles:
    counts = np.array(pixels, np.int64)
    return ImageTiles(name, sha256, state, subset, bool(counts.any()), counts)


@pytest.fixture(scope="module")
def large():
    """As many images, and as large a share of crack patches, as in the published set."""
    images = [tiles(f"c{i:03d}", [9] * 5 + [0] * 58) for i in range(755)]
    images += [tiles(f"n{i:03d}", [0] * 63, ImageState.NO_CRACK) for i in range(300)]
    return PatchComposer(images)


@pytest.mark.parametrize(
    ("recipe", "n_background"), [("70/30", 600), ("30/70", 3267), ("10/90", 12600)]
)
def test_the_published_numbers(large, recipe, n_background):
    counts = large.compose(PatchChoice(recipe=RECIPES[recipe], n_crack=1400)).counts
    assert (counts["train"].n_crack, counts["test"].n_crack) == (1260, 140)
    assert counts["all"].n_background == n_background
    share = int(recipe[:2])
    for side in ("train", "test", "all"):
        assert counts[side].crack_percent == pytest.approx(share, abs=0.2)
        assert not counts[side].is_short
    whole = large.compose(PatchChoice(recipe=RECIPES["full"], n_crack=1400)).counts["all"]
    assert (whole.n_crack, whole.n_background) == (755 * 5, 755 * 58 + 300 * 63)
    assert whole.n_images == 1055


def rows(composition, side):
    return {tuple(row) for row in composition.chosen[side].tolist()}


def test_counts_are_those_of_the_patches_chosen(large):
    composition = large.compose(PatchChoice(recipe=RECIPES["30/70"]))
    for side in ("train", "test"):
        chosen = composition.chosen[side]
        assert chosen.tolist() == sorted(chosen.tolist())
        assert len(rows(composition, side)) == len(chosen)
        pixels = [large.images[image].crack_pixels[patch] for image, patch in chosen]
        counts = composition.counts[side]
        assert np.count_nonzero(pixels) == counts.n_crack
        assert len(pixels) == counts.n_patches
        assert len({image for image, _ in chosen.tolist()}) == counts.n_images
        for image, _ in chosen.tolist():
            assert composition.split.side(large.images[image].name) == side


image_lists = st.lists(
    st.tuples(
        st.lists(st.integers(0, 3), max_size=12), st.sampled_from(["auto", "train", "test"]),
        st.sampled_from("abcdefgh"),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(image_lists, st.integers(0, 5), st.integers(1, 3), st.none() | st.integers(1, 20))
def test_sets_of_one_seed_are_nested_and_sides_share_no_photograph(
    drawn, seed, min_pixels, n_crack
):
    composer = PatchComposer([
        tiles(f"{n}", pixels, ImageState.APPROVED if any(pixels) else ImageState.NO_CRACK,
              subset, digest)
        for n, (pixels, subset, digest) in enumerate(drawn)
    ])  # fmt: skip
    images = DataSetChoice(seed=seed, test_fraction=0.3)
    recipes = [Recipe("4/1", (4, 1)), *RECIPES.values()]
    made = [
        composer.compose(PatchChoice(images, recipe, n_crack, min_pixels)) for recipe in recipes
    ]
    for side in ("train", "test"):
        sets = [rows(composition, side) for composition in made]
        assert sets[0] <= sets[1] <= sets[2] <= sets[3] <= sets[4]
    for composition in made:
        digests = [
            {composer.images[image].sha256 for image, _ in composition.chosen[side].tolist()}
            for side in ("train", "test")
        ]
        assert not digests[0] & digests[1]


def test_fewer_crack_patches_lie_within_more(large):
    few, more = (large.compose(PatchChoice(n_crack=n)) for n in (100, 1000))
    for side in ("train", "test"):
        assert rows(few, side) < rows(more, side)


def test_too_little_background_is_told_in_numbers():
    composer = PatchComposer(
        [tiles("a", [5, 5, 5, 0], subset="train"), tiles("b", [5, 0, 0, 0], subset="test")]
    )
    composition = composer.compose(PatchChoice(recipe=RECIPES["30/70"]))
    assert composition.counts["train"].is_short
    assert composition.counts["train"].n_background_wanted == 7
    assert not composition.counts["test"].is_short
    assert composition.notes == (
        "Training: 30/70 needs 7 background patches, there is 1; 75.0 % of the patches show "
        "cracks.",
    )


def test_more_crack_patches_than_there_are_is_told():
    composer = PatchComposer([tiles("a", [5, 5, 0, 0]), tiles("b", [5, 0, 0, 0])])
    composition = composer.compose(PatchChoice(n_crack=10))
    assert composition.counts["all"].n_crack == 3
    assert "10 crack patches were asked for; there are 3." in composition.notes


def test_a_side_that_is_short_of_crack_patches_is_filled_up_by_the_other():
    composer = PatchComposer(
        [tiles("a", [1] * 20 + [0] * 9, subset="train"), tiles("b", [1, 0, 0], subset="test")]
    )
    counts = composer.compose(PatchChoice(DataSetChoice(test_fraction=0.5), n_crack=10)).counts
    assert (counts["train"].n_crack, counts["test"].n_crack) == (9, 1)


def test_patches_with_few_crack_pixels_are_neither_class():
    composer = PatchComposer([tiles("a", [1, 2, 9, 0])])
    images = DataSetChoice(test_fraction=0)
    composition = composer.compose(PatchChoice(images, RECIPES["full"], min_pixels=3))
    assert rows(composition, "train") == {(0, 2), (0, 3)}
    assert composition.notes == (
        "2 patches have crack pixels, but fewer than 3; they are in neither class.",
    )


def test_one_patch_is_told_in_the_singular():
    composer = PatchComposer([tiles("a", [1, 9, 0])])
    composition = composer.compose(
        PatchChoice(DataSetChoice(test_fraction=0), RECIPES["full"], min_pixels=3)
    )
    assert composition.notes == (
        "1 patch has crack pixels, but fewer than 3; it is in neither class.",
    )


def test_states_and_images_without_cracks_follow_the_choice():
    composer = PatchComposer(
        [
            tiles("a", [1], ImageState.NEW),
            tiles("b", [0], ImageState.REVIEWED),
            tiles("c", [1]),
        ]
    )
    full = RECIPES["full"]
    assert rows(composer.compose(PatchChoice(recipe=full)), "train") == {(2, 0)}
    wide = DataSetChoice(tuple(ImageState), include_clean=True, test_fraction=0)
    assert rows(composer.compose(PatchChoice(wide, full)), "train") == {(0, 0), (1, 0), (2, 0)}


def test_a_side_without_patches_is_told():
    composition = PatchComposer([tiles("a", [5, 0])]).compose(PatchChoice())
    assert composition.notes == ("Test: there are no patches.",)


def test_an_empty_project():
    counts = PatchComposer([]).compose(PatchChoice()).counts["all"]
    assert (counts.n_patches, counts.crack_percent) == (0, 0)


@pytest.mark.parametrize(
    ("text", "ratio"), [("70/30", (70, 30)), ("45/55", (45, 55)), ("1/0", (1, 0)), ("full", None)]
)
def test_recipes(text, ratio):
    assert recipe_named(text).ratio == ratio
    assert recipe_named(text).name == text


@pytest.mark.parametrize("text", ["", "half", "0/100", "-1/2", "1/", "1/2/3", "1.5/2"])
def test_no_recipes(text):
    with pytest.raises(AnnotatorError, match="is no recipe"):
        recipe_named(text)


@pytest.mark.parametrize("options", [{"min_pixels": 0}, {"n_crack": 0}])
def test_impossible_choices(options):
    with pytest.raises(AnnotatorError):
        PatchChoice(**options)
