"""The look of cracks: what a list of ribbons does to the pixels of a surface."""

import numpy as np
from numpy.typing import NDArray

from segmentation.data.synthetic_fields import Floats
from segmentation.data.synthetic_ribbons import Ribbon

_LIGHT = np.array([-0.6, -0.8], np.float32)  # where light comes from: above, a little left


class CrackPaint:
    """Collects ribbons and darkens (or brightens) rows of an image under them.

    Where ribbons overlap the stronger one counts, so that crossings are not drawn twice.

    Parameters
    ----------
    contrast
        Relative to the surface, or a difference of level.
    relative
        Which of the two.
    bright
        Whether cracks are brighter than the surface.
    rim
        Brightness of the lit edge: share of the surface's, or a difference of level.
    shading
        How much weaker the contrast is at the edges than in the middle, in [0, 1].
    """

    def __init__(
        self, contrast: float, *, relative: bool, bright: bool, rim: float, shading: float
    ) -> None:
        self._contrast = np.float32(contrast)
        self._relative = relative
        self._bright = bright
        self._rim = np.float32(rim)
        self._shading = np.float32(shading)
        self._parts: list[tuple[NDArray[np.int32], NDArray[np.int32], Floats]] = []

    def add(self, ribbon: Ribbon) -> None:
        """Add a crack."""
        middle = np.minimum(np.abs(ribbon.offset) / ribbon.half_width, 1.0)
        strength = ribbon.coverage() * ribbon.visibility * (1 - self._shading * middle**2)
        # The wall that faces the light is the one on the far side of the gap.
        outside = np.abs(ribbon.offset) - ribbon.half_width - 0.8
        facing = np.maximum(-(ribbon.normal @ _LIGHT), 0.0)
        inside_ends = ribbon.overrun <= 0
        lit = facing * np.exp(-((outside / 0.8) ** 2)) * ribbon.visibility * inside_ends
        values = np.column_stack([strength, lit]).astype(np.float32)
        seen = values.max(axis=1) > 1e-4
        self._parts.append((ribbon.rows[seen], ribbon.columns[seen], values[seen]))

    def apply(self, image: Floats, start: int) -> None:
        """Draw the cracks on rows of an image in place.

        Parameters
        ----------
        image
            ``(n, width, channels)``, its first row being row ``start`` of the whole.
        start
            Row of the whole image.
        """
        strongest = self._gather(start, len(image), image.shape[1])
        if strongest is None:
            return
        rows, columns, values = strongest
        under = image[rows, columns]
        strength = self._contrast * values[:, :1]
        rim = self._rim * values[:, 1:]
        if self._relative:
            change = strength * (1.0 - under) if self._bright else -strength * under
            image[rows, columns] = under + change + rim * under * (1.0 - values[:, :1])
        else:
            change = strength if self._bright else -strength
            image[rows, columns] = under + change + rim * (1.0 - values[:, :1])

    def _gather(
        self, start: int, n_rows: int, width: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats] | None:
        """Return the pixels of all cracks in some rows, each once with its strongest values."""
        keys, values = [], []
        for rows, columns, part in self._parts:
            low, high = np.searchsorted(rows, [start, start + n_rows])
            keys.append((rows[low:high].astype(np.int64) - start) * width + columns[low:high])
            values.append(part[low:high])
        if not any(len(key) for key in keys):
            return None
        pixels, index = np.unique(np.concatenate(keys), return_inverse=True)
        strongest = np.zeros((len(pixels), 2), np.float32)
        np.maximum.at(strongest, index, np.concatenate(values))
        return pixels // width, pixels % width, strongest
