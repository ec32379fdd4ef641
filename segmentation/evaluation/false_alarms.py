"""False components on images without a crack, by their length."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import skeletonize

from segmentation import UNLABELLED
from segmentation.evaluation.boundary import Mask, Region

LENGTHS: Final = (0, 10, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500)
"""Lengths in pixels at which a report gives the share of images with a longer component."""

_SQUARE: Final = np.ones((3, 3), np.uint8)


def component_lengths(region: Region) -> NDArray[np.float64]:
    """Return the length of each connected component.

    Parameters
    ----------
    region
        ``(H, W)``; pixels that touch at a corner are connected.

    Returns
    -------
    ndarray
        Per component, in pixels, the length of its center line: steps to the right or down
        count 1, diagonal ones √2 unless two straight ones go the same way, and 1 for the ends;
        all branches are added up. A straight row of ``n`` pixels has length ``n``. A round spot
        is short however large it is.
    """
    n_components, labels = _labelled(region)
    if not n_components:
        return np.zeros(0)
    line = np.asarray(skeletonize(region), np.bool_)
    lengths = np.ones(n_components + 1)
    for mask, step in _steps(line):
        rows, columns = np.nonzero(mask)
        # A step starts at its upper pixel, or at the left one of a horizontal step.
        lengths += step * np.bincount(labels[rows, columns], minlength=n_components + 1)
    return lengths[1:]


@dataclass(frozen=True, slots=True)
class Component:
    """A connected part of a region.

    Attributes
    ----------
    length
        As `component_lengths` has it.
    n_pixels
        Its area.
    center
        The pixel (x, y) of it that is nearest to its mean.
    box
        Its rows and columns.
    """

    length: float
    n_pixels: int
    center: tuple[int, int]
    box: tuple[slice, slice]


def components(region: Region) -> list[Component]:
    """Return the connected components of a region ``(H, W)``, longest first."""
    lengths = component_lengths(region)
    _, labels = _labelled(region)
    found: list[Component] = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        rows, columns = np.nonzero(labels[box] == number)
        nearest = int(np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2))
        center = box[1].start + int(columns[nearest]), box[0].start + int(rows[nearest])
        found.append(Component(float(lengths[number - 1]), len(rows), center, box))
    return sorted(found, key=lambda each: (-each.length, -each.n_pixels, each.center))


def _labelled(region: Region) -> tuple[int, NDArray[np.int32]]:
    labels = np.zeros(region.shape, np.int32)
    return int(ndimage.label(region, structure=_SQUARE, output=labels)), labels  # pyright: ignore[reportArgumentType]


def _steps(line: Region) -> list[tuple[Region, float]]:
    """Return where steps of each kind start and how long they are."""
    here = np.pad(line, ((0, 1), (1, 1)))
    height, width = line.shape
    center = here[:height, 1 : width + 1]
    right = here[:height, 2:]
    left = here[:height, :width]
    below = here[1:, 1 : width + 1]
    below_right = here[1:, 2:]
    below_left = here[1:, :width]
    return [
        (center & right, 1.0),
        (center & below, 1.0),
        (center & below_right & ~right & ~below, 2**0.5),
        (center & below_left & ~left & ~below, 2**0.5),
    ]


@dataclass(slots=True)
class FalseAlarms:
    """What is predicted on images whose labelled pixels are all background.

    Attributes
    ----------
    n_images
        Crack-free images so far.
    n_pixels, n_false_pixels
        Labelled pixels, and predicted ones among them.
    n_components
        Predicted components.
    """

    n_images: int = 0
    n_pixels: int = 0
    n_false_pixels: int = 0
    n_components: int = 0
    _longest: list[float] = field(default_factory=list[float])

    def add(self, predicted: Region, mask: Mask) -> float | None:
        """Take in an image if it has no crack, and return the length of its longest component.

        Parameters
        ----------
        predicted
            ``(H, W)``, true where a crack is predicted.
        mask
            ``(H, W)``: 0, 1, or `UNLABELLED`, which is left out.

        Returns
        -------
        float or None
            0 if nothing is predicted; None for images with a crack and for those without any
            labelled pixel, which do not count.
        """
        labelled = mask != UNLABELLED
        if (mask == 1).any() or not labelled.any():
            return None
        predicted = predicted & labelled
        lengths = component_lengths(predicted)
        longest = float(lengths.max(initial=0.0))
        self.n_images += 1
        self.n_pixels += int(np.count_nonzero(labelled))
        self.n_false_pixels += int(np.count_nonzero(predicted))
        self.n_components += len(lengths)
        self._longest.append(longest)
        return longest

    def share_longer_than(self, length: float) -> float | None:
        """Return the share of the images with a component longer than that; None of no images."""
        if not self.n_images:
            return None
        return sum(longest > length for longest in self._longest) / self.n_images
