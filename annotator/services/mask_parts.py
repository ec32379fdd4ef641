"""The parts of a mask that hang together, and which of them may be cracks at all."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.document.mask import MaskPatch
from annotator.services.pixel_lookup import Pixels

Mask = NDArray[np.uint8]
"""0 and 1, with an empty border of one pixel."""

SPECK_AREA = 64
"""Parts without a course up to this area, in px, become one object together."""
PINHOLE_AREA = 16
"""Holes up to this area, in px, are noise: the course does not go round them."""
WIDEST_CRACK = 240.0
"""A part with a larger mean width, in px, is a region: no preset of the engine looks so far."""
_SMALLEST_AREA = 8
_LEAST_ELONGATION = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class MaskParts:
    """A mask in its parts, in coordinates of its own: ``origin`` is its corner in the image."""

    mask: Mask
    filled: Mask
    """Without pinholes."""
    labels: NDArray[Any]
    """Number of the part at each pixel of ``filled``, 0 outside."""
    n_labels: int
    origin: NDArray[np.intp]

    @staticmethod
    def of(patch: MaskPatch) -> "MaskParts":
        """Take a mask that is not empty apart."""
        import cv2

        tight = patch.tight()
        mask = np.pad((tight.data != 0).astype(np.uint8), 1)
        filled = _without_pinholes(mask)
        n_labels, labels = cv2.connectedComponents(filled, connectivity=8)
        origin = np.array([tight.x - 1, tight.y - 1])
        return MaskParts(mask, filled, labels, n_labels, origin)

    def distance(self) -> NDArray[np.float32]:
        """Return the distance of each pixel to the nearest outside of the parts."""
        import cv2

        distance = np.empty(self.filled.shape, np.float32)
        cv2.distanceTransform(self.filled, cv2.DIST_L2, cv2.DIST_MASK_PRECISE, distance)
        return distance

    def pixels_by_label(self, single: dict[int, Any]) -> dict[int, Pixels]:
        """Return the pixels of each part in the image.

        Specks, which are neither large nor among the ``single`` ones, are together under 0.
        """
        rows, columns = np.nonzero(self.mask)
        labels = self.labels[rows, columns]
        is_speck = np.bincount(labels, minlength=self.n_labels) <= SPECK_AREA
        is_speck[list(single)] = False
        labels = np.where(is_speck[labels], 0, labels)
        order = np.argsort(labels, kind="stable")
        names, starts = np.unique(labels[order], return_index=True)
        pixels = np.column_stack((columns, rows))[order] + self.origin
        return dict(zip(names.tolist(), np.split(pixels, starts[1:]), strict=True))

    def maybe_thin(self, distance: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Sort out what is surely no crack, because thinning takes long for what is not thin.

        In a ribbon the mean distance to the edge is a quarter of the width; the elongation that
        follows from it and from the area is at most 2.3 for disks and squares.
        """
        rows, columns = np.nonzero(self.labels)
        labels = self.labels[rows, columns]
        area = np.maximum(np.bincount(labels, minlength=self.n_labels), 1)
        inner = distance[rows, columns] - 0.5
        width = 4 * np.bincount(labels, weights=inner, minlength=self.n_labels) / area
        is_long = (area >= _SMALLEST_AREA) & (area > _LEAST_ELONGATION * width**2)
        return is_long & (width > 0) & (width <= WIDEST_CRACK)


def _without_pinholes(mask: Mask) -> Mask:
    import cv2

    empty = (mask == 0).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(empty, connectivity=4)
    is_pinhole = stats[:, cv2.CC_STAT_AREA] <= PINHOLE_AREA
    is_pinhole[[0, labels[0, 0]]] = False  # the parts themselves, and what surrounds them
    return mask | is_pinhole[labels].view(np.uint8) if is_pinhole.any() else mask
