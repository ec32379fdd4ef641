"""Brightness, contrast and gamma of the display: a table from pixel values to what is shown."""

from dataclasses import dataclass, replace
from math import pi, tan

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

Table = NDArray[np.uint8]
"""256 values: the shown brightness of each brightness of the image."""
Histogram = NDArray[np.int64]
"""256 counts: how often each brightness occurs in the image."""

AUTO_SHARE = 0.002
"""Share of the pixels that auto-contrast lets become black, and white."""
STEEPEST = 0.98
"""Of the way to a vertical line, for the highest contrast."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What the sliders say. It changes what is shown and never the image."""

    brightness: int = 0
    """From -100, all black, to 100, all white."""
    contrast: int = 0
    """From -100, all grey, to 100."""
    gamma: float = 1.0
    """Above 1 brightens the middle tones, below 1 darkens them."""
    is_auto: bool = False
    """Stretch the brightness that occurs in the image over all that can be shown, first."""

    @property
    def is_neutral(self) -> bool:
        """Tell whether the image is shown as it is."""
        return self == Adjustment()

    def table(self, histogram: Histogram) -> Table:
        """Return the table for an image of that histogram."""
        low, high = occurring_range(histogram) if self.is_auto else (0, 255)
        values = np.clip((np.arange(256.0) - low) / max(high - low, 1), 0, 1)
        values = values ** (1 / self.gamma)
        slope = tan((1 + STEEPEST * self.contrast / 100) * pi / 4)
        values = (values - 0.5) * slope + 0.5 + self.brightness / 100
        return np.clip(np.rint(255 * values), 0, 255).astype(np.uint8)


def occurring_range(histogram: Histogram) -> tuple[int, int]:
    """Return the darkest and the brightest value of an image, but for a few outliers."""
    total = np.cumsum(histogram)
    if not total[-1]:
        return 0, 255
    low = int(np.searchsorted(total, AUTO_SHARE * total[-1], side="right"))
    high = int(np.searchsorted(total, (1 - AUTO_SHARE) * total[-1]))
    return (low, high) if low < high else (0, 255)


class Display(QObject):
    """The adjustment of the window; it stays when another image is shown."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._adjustment = Adjustment()

    @property
    def adjustment(self) -> Adjustment:
        """How images are shown now."""
        return self._adjustment

    def set_adjustment(self, adjustment: Adjustment) -> None:
        """Show images differently."""
        if adjustment != self._adjustment:
            self._adjustment = adjustment
            self.changed.emit()

    def toggle_auto(self) -> None:
        """Switch auto-contrast on or off."""
        self.set_adjustment(replace(self._adjustment, is_auto=not self._adjustment.is_auto))

    def reset(self) -> None:
        """Show images as they are."""
        self.set_adjustment(Adjustment())
