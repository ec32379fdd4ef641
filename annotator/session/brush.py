"""The size of the brush, one for brush and eraser, kept from image to image."""

from PySide6.QtCore import QObject, Signal

DEFAULT_DIAMETER = 9
LARGEST_DIAMETER = 600
GROWTH = 1.15
"""Of a step: quick with a large brush, a pixel at a time with a small one."""


class Brush(QObject):
    """Diameter of the tip in image pixels."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._diameter = DEFAULT_DIAMETER
        self._rest = 0.0

    @property
    def diameter(self) -> int:
        """Pixels across."""
        return self._diameter

    @diameter.setter
    def diameter(self, diameter: int) -> None:
        bounded = min(max(diameter, 1), LARGEST_DIAMETER)
        if bounded != self._diameter:
            self._diameter = bounded
            self.changed.emit()

    def grow(self, steps: float) -> None:
        """Go some steps up or down; parts of steps, from a smooth wheel, add up."""
        self._rest += steps
        whole = int(self._rest)
        self._rest -= whole
        diameter = self._diameter
        for _ in range(abs(whole)):
            factor = GROWTH if whole > 0 else 1 / GROWTH
            step = 1 if whole > 0 else -1
            scaled = round(diameter * factor)
            diameter = scaled if scaled != diameter else diameter + step
        self.diameter = diameter
