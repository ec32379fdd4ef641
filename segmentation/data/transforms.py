"""Lists of random changes that training images and their masks go through: `AUGMENTATIONS`.

Geometric changes move image and mask alike. Everything random comes from the generator that is
given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.data import distractors, photometric
from segmentation.data.mask_files import Mask
from segmentation.data.views import View, cut_view

Pixels = NDArray[np.uint8]
Pair = tuple[Pixels, Mask]
Step = Callable[[Pixels, Mask, np.random.Generator], Pair]
ImageStep = Callable[[Pixels, np.random.Generator], Pixels]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """A list of random changes.

    Attributes
    ----------
    steps
        Applied in order to the crop.
    zoom
        Smallest and largest scale at which crops are cut, drawn on a logarithmic scale.
    rotation
        Crops are cut at up to this angle in radians, every other one at 0.
    """

    steps: tuple[Step, ...] = ()
    zoom: tuple[float, float] = (1.0, 1.0)
    rotation: float = 0.0

    def draw_pose(self, rng: np.random.Generator) -> tuple[float, float]:
        """Return scale and angle of a crop."""
        low, high = np.log(self.zoom)
        scale = float(np.exp(rng.uniform(low, high))) if high > low else float(self.zoom[0])
        is_rotated = self.rotation > 0 and rng.random() < 0.5
        return scale, float(rng.uniform(-self.rotation, self.rotation)) if is_rotated else 0.0

    def __call__(self, image: Pixels, mask: Mask, rng: np.random.Generator) -> Pair:
        """Return a changed crop and its mask."""
        for step in self.steps:
            image, mask = step(image, mask, rng)
        return image, mask


def sometimes(probability: float, step: ImageStep) -> Step:
    """Return a step that changes the image, but not the mask, with a probability."""

    def apply(image: Pixels, mask: Mask, rng: np.random.Generator) -> Pair:
        return (step(image, rng) if rng.random() < probability else image), mask

    return apply


def perhaps(probability: float, step: Step) -> Step:
    """Return a step that is taken with a probability."""

    def apply(image: Pixels, mask: Mask, rng: np.random.Generator) -> Pair:
        return step(image, mask, rng) if rng.random() < probability else (image, mask)

    return apply


def turn(image: Pixels, mask: Mask, rng: np.random.Generator) -> Pair:
    """Mirror across each axis with probability 1/2 and rotate by any number of right angles.

    What is not square keeps its shape: it is only turned by 0 or 180 degrees.
    """
    is_flipped = rng.random(2) < 0.5
    quarters = int(rng.integers(4))
    if mask.shape[0] != mask.shape[1]:
        quarters -= quarters % 2
    turned: list[NDArray[np.uint8]] = []
    for values in (image, mask):
        flipped = values[:: -1 if is_flipped[0] else 1, :: -1 if is_flipped[1] else 1]
        turned.append(np.ascontiguousarray(np.rot90(flipped, quarters)))
    return turned[0], turned[1]


def rescale(image: Pixels, mask: Mask, rng: np.random.Generator) -> Pair:
    """Scale about the center by 0.75 to 1.25, mirrored at the border, or zoom into a part.

    The size stays. Either is as likely; the part is 0.75 to 1 of each side.
    """
    height, width = mask.shape
    center = (width - 1) / 2, (height - 1) / 2
    if rng.random() < 0.5:
        return cut_view(image, mask, View(center, (width, height), rng.uniform(0.75, 1.25)))
    share = rng.uniform(0.75, 1.0)
    shifts = (rng.random(2) - 0.5) * (1 - share)
    shifted = center[0] + shifts[0] * width, center[1] + shifts[1] * height
    return cut_view(image, mask, View(shifted, (width, height), 1 / share))


def _strong_colors(image: Pixels, rng: np.random.Generator) -> Pixels:
    return photometric.jitter_colors(
        image, rng, brightness=0.35, contrast=0.35, saturation=0.5, hue=0.06
    )


AUGMENTATIONS: Final[dict[str, Augmentation]] = {
    "none": Augmentation(),
    "flips": Augmentation((turn,)),
    # Kompanets et al., arXiv 2403.17725 (2024), Section 4.1.
    "steel_bridge": Augmentation((
        turn,
        perhaps(0.4, rescale),
        sometimes(1.0, photometric.jitter_colors),
        sometimes(0.5, photometric.speckle),
    )),
    "strong": Augmentation(
        (
            turn,
            perhaps(0.15, distractors.border),
            perhaps(0.12, distractors.stroke),
            perhaps(0.15, distractors.stamp),
            sometimes(0.3, photometric.shadow),
            sometimes(0.8, _strong_colors),
            sometimes(0.3, photometric.tint),
            sometimes(0.1, photometric.to_grey),
            sometimes(0.4, photometric.gamma),
            sometimes(0.3, photometric.blur),
            sometimes(0.4, photometric.add_noise),
            sometimes(0.4, photometric.compress),
        ),
        zoom=(0.5, 2.0),
        rotation=float(np.pi / 4),
    ),
}  # fmt: skip
"""List of random changes, by the name that `DataConfig.augmentation` takes."""


def find_augmentation(name: str) -> Augmentation:
    """Return a list of random changes; a ValueError where there is none of the name."""
    if name not in AUGMENTATIONS:
        raise ValueError(
            f"There is no augmentation {name!r}; there are {', '.join(AUGMENTATIONS)}."
        )
    return AUGMENTATIONS[name]


def use_one_thread() -> None:
    """Keep OpenCV from starting threads, as where several processes load images at once.

    Its threads do not live on in a forked process, which then waits for them forever: this goes
    before the fork, and where it was done it is not done again.
    """
    if cv2.getNumThreads() != 1:
        cv2.setNumThreads(1)
