"""Patches of images, and their composition to a ratio of patches with and without cracks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from segmentation import UNLABELLED
from segmentation.config import Recipe
from segmentation.data.mask_files import Mask
from segmentation.data.splits import rank

_RATIOS: Final[dict[Recipe, tuple[int, int]]] = {
    "70/30": (70, 30),
    "30/70": (30, 70),
    "10/90": (10, 90),
}


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of an image: ``x``, ``y`` are its first column and row.

    ``item`` names the image in the manifest.
    """

    item: str
    x: int
    y: int
    width: int
    height: int
    crack_pixels: int = 0

    @property
    def name(self) -> str:
        """Name for messages and seeds."""
        return f"{self.item}@{self.x},{self.y}"


@dataclass(frozen=True, slots=True)
class Composition:
    """Chosen patches, and remarks for the log."""

    patches: tuple[Patch, ...]
    notes: tuple[str, ...] = ()


def grid_starts(length: int, side: int) -> tuple[int, ...]:
    """Return where patches begin along an axis: side by side, the last one shifted back inside."""
    starts = list(range(0, length - side + 1, side)) or [0]
    if starts[-1] + side < length:
        starts.append(length - side)
    return tuple(starts)


def cut_patches(item: str, mask: Mask, side: int) -> list[Patch]:
    """Return the patches of an image; those without a labelled pixel teach nothing and are left.

    Parameters
    ----------
    item
        Name of the image in the manifest.
    mask
        Its mask.
    side
        Of the square patches; 0 takes the whole image, as does an image that is smaller.
    """
    height, width = mask.shape
    x_side, y_side = min(side or width, width), min(side or height, height)
    patches: list[Patch] = []
    for y in grid_starts(height, y_side):
        for x in grid_starts(width, x_side):
            part = mask[y : y + y_side, x : x + x_side]
            if (part != UNLABELLED).any():
                n_crack = int(np.count_nonzero(part == 1))
                patches.append(Patch(item, x, y, x_side, y_side, n_crack))
    return patches


def compose(
    patches: Sequence[Patch],
    recipe: Recipe,
    seed: int = 0,
    *,
    min_crack_pixels: int = 1,
    n_crack: int = 0,
) -> Composition:
    """Choose patches in the ratio of a recipe.

    Parameters
    ----------
    patches
        All there are.
    recipe
        ``"70/30"`` is 70 patches with a crack to 30 without; ``"all"`` and ``"full"`` take all.
    seed
        Of the choice. Background patches of a recipe with fewer are among those with more.
    min_crack_pixels
        Crack pixels from which on a patch is one with a crack; with fewer, but some, it is left
        out of the ratios.
    n_crack
        Number of patches with a crack; 0 takes all.

    Returns
    -------
    Composition
        In the order of ``patches``, with a note where there are too few.

    References
    ----------
    Kompanets et al., arXiv 2403.17725 (2024), Section 3.2.
    """
    if recipe not in _RATIOS:
        return Composition(tuple(patches))
    crack = [patch for patch in patches if patch.crack_pixels >= min_crack_pixels]
    background = [patch for patch in patches if not patch.crack_pixels]
    notes: list[str] = []
    if n_crack:
        if len(crack) < n_crack:
            notes.append(f"{n_crack} patches with a crack were asked for; there are {len(crack)}.")
        crack = _ranked(crack, seed)[:n_crack]
    with_crack, without = _RATIOS[recipe]
    n_background = round(len(crack) * without / with_crack)
    if len(background) < n_background:
        notes.append(
            f"{recipe} with {len(crack)} crack patches takes {n_background} background patches; "
            f"there are {len(background)}, and all of them are taken."
        )
    chosen = {patch.name for patch in (*crack, *_ranked(background, seed)[:n_background])}
    return Composition(tuple(patch for patch in patches if patch.name in chosen), tuple(notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class CropSampler:
    """Where crops are cut out of a patch.

    Attributes
    ----------
    crack_centered
        Share of crops that hold a crack pixel drawn at random, in patches that have one.
    hard_negatives
        Share of crops that hold a point where a model was wrong, in patches that have one.
    min_labelled
        Crops of which a smaller share is labelled are drawn anew, a few times.
    """

    crack_centered: float = 0.0
    hard_negatives: float = 0.0
    min_labelled: float = 0.1
    attempts: int = 4

    def draw(
        self,
        rng: np.random.Generator,
        patch: Patch,
        mask: Mask,
        extent: tuple[float, float],
        spots: Sequence[tuple[int, int]] = (),
    ) -> tuple[float, float]:
        """Return the center (x, y) of a crop in its image.

        Parameters
        ----------
        rng
            Source of all that is random.
        patch
            The crop stays inside, as far as it fits.
        mask
            Of the whole image.
        extent
            Width and height of the crop in px of the image.
        spots
            Points (x, y) of the image where a model was wrong.
        """
        center = self._draw(rng, patch, mask, extent, spots)
        for _ in range(self.attempts - 1):
            if _labelled_share(mask, center, extent) >= self.min_labelled:
                break
            center = self._draw(rng, patch, mask, extent, spots)
        return center

    def _draw(
        self,
        rng: np.random.Generator,
        patch: Patch,
        mask: Mask,
        extent: tuple[float, float],
        spots: Sequence[tuple[int, int]],
    ) -> tuple[float, float]:
        choice, jitter_x, jitter_y = rng.random(3)
        target = None
        if choice < self.hard_negatives:
            target = _spot(rng, patch, spots)
        elif choice < self.hard_negatives + self.crack_centered and patch.crack_pixels:
            target = _crack_pixel(rng, patch, mask)
        center: list[float] = []
        jitters = (float(jitter_x), float(jitter_y))
        spans = ((patch.x, patch.width), (patch.y, patch.height))
        for axis, (start, length) in enumerate(spans):
            size = extent[axis]
            low, high = start + (size - 1) / 2, start + length - (size + 1) / 2
            if low >= high:
                center.append(start + (length - 1) / 2)
            elif target is None:
                center.append(_whole_start(low + jitters[axis] * (high - low), size))
            else:
                wished = target[axis] + (jitters[axis] - 0.5) * (size - 2)
                center.append(_whole_start(min(max(wished, low), high), size))
        return center[0], center[1]


def _whole_start(center: float, size: float) -> float:
    """Move a center so that a crop of a whole number of pixels begins at one."""
    start = center - (size - 1) / 2
    return float(round(start)) + (size - 1) / 2


def _spot(
    rng: np.random.Generator, patch: Patch, spots: Sequence[tuple[int, int]]
) -> tuple[int, int] | None:
    inside = [
        (x, y)
        for x, y in spots
        if patch.x <= x < patch.x + patch.width and patch.y <= y < patch.y + patch.height
    ]
    return inside[int(rng.integers(len(inside)))] if inside else None


def _crack_pixel(rng: np.random.Generator, patch: Patch, mask: Mask) -> tuple[int, int] | None:
    part = mask[patch.y : patch.y + patch.height, patch.x : patch.x + patch.width]
    places = np.flatnonzero(part == 1)
    if not len(places):
        return None
    row, column = divmod(int(places[int(rng.integers(len(places)))]), part.shape[1])
    return patch.x + column, patch.y + row


def _labelled_share(mask: Mask, center: tuple[float, float], extent: tuple[float, float]) -> float:
    x0, y0 = (max(round(c - e / 2), 0) for c, e in zip(center, extent, strict=True))
    part = mask[y0 : y0 + max(round(extent[1]), 1), x0 : x0 + max(round(extent[0]), 1)]
    return float(np.count_nonzero(part != UNLABELLED)) / max(part.size, 1)


def _ranked(patches: Sequence[Patch], seed: int) -> list[Patch]:
    """Return patches in an order that depends on the seed and on each patch alone."""
    return sorted(patches, key=lambda patch: rank(seed, patch.name))
