"""Composing a set of patches: which and how many, at once for any recipe, seed and split.

Built once for a state of the project, from numbers alone; a dialog can ask again at every change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from annotator.errors import AnnotatorError
from annotator.exporters.image_tiles import ImageTiles
from annotator.exporters.seeded_order import item_ranks, name_rank
from annotator.exporters.splits import SIDES, DataSetChoice, Side, Split, split_images

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A ratio of patches with cracks to patches of background; no ratio takes all there are."""

    name: str
    ratio: tuple[int, int] | None

    @property
    def folder(self) -> str:
        """Name of the set's folder."""
        return self.name.replace("/", "_")

    def n_background(self, n_crack: int) -> int | None:
        """Return how many background patches belong to some crack patches, None for all."""
        if self.ratio is None:
            return None
        crack, background = self.ratio
        return (2 * n_crack * background + crack) // (2 * crack)


RECIPES: Mapping[str, Recipe] = {
    "70/30": Recipe("70/30", (70, 30)),
    "30/70": Recipe("30/70", (30, 70)),
    "10/90": Recipe("10/90", (10, 90)),
    "full": Recipe("full", None),
}


def recipe_named(text: str) -> Recipe:
    """Return a recipe by its name or as a ratio of one's own, as in "45/55"."""
    if text in RECIPES:
        return RECIPES[text]
    crack, slash, background = text.partition("/")
    if not (slash and crack.isdecimal() and background.isdecimal() and int(crack) > 0):
        raise AnnotatorError(
            f"{text!r} is no recipe; choose {', '.join(RECIPES)} or a ratio of crack to "
            "background patches, as in 45/55."
        )
    return Recipe(f"{int(crack)}/{int(background)}", (int(crack), int(background)))


@dataclass(frozen=True, slots=True)
class PatchChoice:
    """What a set of patches is to be."""

    images: DataSetChoice = field(default_factory=DataSetChoice)
    recipe: Recipe = RECIPES["70/30"]
    n_crack: int | None = None
    """Number of crack patches in training and test together; None takes all. Not for "full"."""
    min_pixels: int = 1
    """Crack pixels from which on a patch counts as one with a crack. Patches with fewer, but with
    some, are neither crack nor background and are left out."""

    def __post_init__(self) -> None:
        if self.min_pixels < 1:
            raise AnnotatorError("A crack patch has at least 1 crack pixel; give 1 or more.")
        if self.n_crack is not None and self.n_crack < 1:
            raise AnnotatorError("Give a number of crack patches of at least 1, or none for all.")


@dataclass(frozen=True, slots=True)
class PatchCounts:
    """Numbers of a side, or of both."""

    n_images: int
    """Images that patches are taken from."""
    n_crack: int
    n_background: int
    n_background_wanted: int

    @property
    def n_patches(self) -> int:
        """Patches of both classes."""
        return self.n_crack + self.n_background

    @property
    def crack_percent(self) -> float:
        """Share of crack patches, 0 where there are no patches."""
        return 100 * self.n_crack / self.n_patches if self.n_patches else 0.0

    @property
    def is_short(self) -> bool:
        """Tell whether there is less background than the recipe asks for."""
        return self.n_background < self.n_background_wanted


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """A set of patches chosen from the images of a composer."""

    split: Split
    chosen: Mapping[Side, Indices]
    """Rows of (number of the image, number of the patch in its grid), in that order."""
    counts: Mapping[Side | Literal["all"], PatchCounts]
    notes: tuple[str, ...]
    """Sentences on what falls short of the choice."""


class PatchComposer:
    """Answers what a choice yields, in milliseconds for a thousand images."""

    def __init__(self, images: Sequence[ImageTiles]) -> None:
        self.images = sorted(images, key=lambda image: image.name)
        sizes = [len(image.crack_pixels) for image in self.images]
        self._image_of = np.repeat(np.arange(len(sizes)), sizes)
        self._tile = np.concatenate([np.arange(size) for size in [0, *sizes]])
        self._pixels = np.concatenate(
            [np.zeros(0, np.int64), *(image.crack_pixels for image in self.images)]
        )
        self._order: tuple[int, Indices] | None = None

    def compose(self, choice: PatchChoice) -> Composition:
        """Return the set that a choice yields.

        For one seed the sets are nested: less background, or fewer crack patches, is a part of
        more.
        """
        taken = [
            choice.images.takes(image.state, has_crack=image.has_crack) for image in self.images
        ]
        items = [image for image, is_taken in zip(self.images, taken, strict=True) if is_taken]
        split = split_images(items, choice.images.test_fraction, choice.images.seed)
        is_taken = np.array(taken, bool)[self._image_of]
        is_crack = is_taken & (self._pixels >= choice.min_pixels)
        is_clean = is_taken & (self._pixels == 0)
        in_test = np.array([image.name in split.test for image in self.images], bool)
        sides: dict[Side, NDArray[np.bool_]] = {"train": ~in_test, "test": in_test}
        on_side = {side: is_there[self._image_of] for side, is_there in sides.items()}
        cracks: dict[Side, Indices] = {
            side: self._ordered(is_crack & on_side[side], choice) for side in SIDES
        }
        _limit(cracks, choice)
        clean: dict[Side, Indices] = {
            side: self._ordered(is_clean & on_side[side], choice) for side in SIDES
        }
        counts: dict[Side, PatchCounts] = {
            side: self._counts(cracks[side], clean[side], choice.recipe) for side in SIDES
        }
        chosen: dict[Side, Indices] = {
            side: self._rows(cracks[side], clean[side][: counts[side].n_background])
            for side in SIDES
        }
        n_left_out = int(np.count_nonzero(is_taken & ~is_crack & ~is_clean))
        notes = (*split.notes, *_shortfalls(counts, choice, n_left_out))
        return Composition(split, chosen, {**counts, "all": _sum(counts)}, notes)

    def _ordered(self, is_wanted: NDArray[np.bool_], choice: PatchChoice) -> Indices:
        """Return patches in the order in which the seed draws them."""
        seed = choice.images.seed
        if self._order is None or self._order[0] != seed:
            names = np.array([name_rank(seed, image.name) for image in self.images], np.uint64)
            ranks = item_ranks(names[self._image_of], self._tile)
            self._order = seed, np.argsort(ranks, kind="stable")
        order = self._order[1]
        return order[is_wanted[order]]

    def _counts(self, cracks: Indices, clean: Indices, recipe: Recipe) -> PatchCounts:
        wanted = recipe.n_background(len(cracks))
        n_wanted = len(clean) if wanted is None else wanted
        n_clean = min(n_wanted, len(clean))
        both = np.concatenate([cracks, clean[:n_clean]])
        n_images = len(np.unique(self._image_of[both]))
        return PatchCounts(n_images, len(cracks), n_clean, n_wanted)

    def _rows(self, cracks: Indices, clean: Indices) -> Indices:
        both = np.sort(np.concatenate([cracks, clean]))  # by image, then by grid
        return np.stack([self._image_of[both], self._tile[both]], axis=1)


def _limit(cracks: dict[Side, Indices], choice: PatchChoice) -> None:
    """Cut the crack patches to the number asked for, parted as the images are."""
    if choice.n_crack is None or choice.recipe.ratio is None:
        return
    n_train, n_test = len(cracks["train"]), len(cracks["test"])
    n_test = min(n_test, int(choice.n_crack * choice.images.test_fraction + 0.5))
    n_train = min(n_train, choice.n_crack - n_test)
    n_test = min(len(cracks["test"]), choice.n_crack - n_train)
    cracks["train"], cracks["test"] = cracks["train"][:n_train], cracks["test"][:n_test]


def _sum(counts: Mapping[Side, PatchCounts]) -> PatchCounts:
    sides = [counts[side] for side in SIDES]
    return PatchCounts(
        sum(side.n_images for side in sides),
        sum(side.n_crack for side in sides),
        sum(side.n_background for side in sides),
        sum(side.n_background_wanted for side in sides),
    )


def _shortfalls(
    counts: Mapping[Side, PatchCounts], choice: PatchChoice, n_left_out: int
) -> list[str]:
    notes: list[str] = []
    n_crack = sum(counts[side].n_crack for side in SIDES)
    if choice.n_crack is not None and choice.recipe.ratio and n_crack < choice.n_crack:
        asked = "patch was" if choice.n_crack == 1 else "patches were"
        there = "is" if n_crack == 1 else "are"
        notes.append(f"{choice.n_crack} crack {asked} asked for; there {there} {n_crack}.")
    for side, what in zip(SIDES, ("Training", "Test"), strict=True):
        found = counts[side]
        if not found.n_patches and (side == "train" or choice.images.test_fraction):
            notes.append(f"{what}: there are no patches.")
        elif found.is_short:
            noun = "patch" if found.n_background_wanted == 1 else "patches"
            there = "is" if found.n_background == 1 else "are"
            notes.append(
                f"{what}: {choice.recipe.name} needs {found.n_background_wanted} background "
                f"{noun}, there {there} {found.n_background}; {found.crack_percent:.1f} % of the "
                "patches show cracks."
            )
    if n_left_out:
        have, are = ("patch has", "it is") if n_left_out == 1 else ("patches have", "they are")
        notes.append(
            f"{n_left_out} {have} crack pixels, but fewer than {choice.min_pixels}; {are} in "
            "neither class."
        )
    return notes
