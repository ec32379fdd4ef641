"""How far a project is: one bar, divided by the states of its images."""

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QHelpEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from annotator.document.image_state import FINISHED, ImageState
from annotator.panels.state_marks import is_dark_palette, state_color

HEIGHT = 10
GAP = 1.0

ORDER = (
    ImageState.APPROVED, ImageState.REVIEWED, ImageState.NO_CRACK, ImageState.NEEDS_WORK,
    ImageState.IN_PROGRESS, ImageState.PREDICTED, ImageState.NEW,
)  # fmt: skip
"""From finished to not begun."""


class StateBar(QWidget):
    """A part for each state, as long as it has images."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[ImageState, int] = {}
        self.setObjectName("state_bar")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_counts(self, counts: Mapping[ImageState, int]) -> None:
        """Show how many images are how far."""
        self._counts = {state: counts[state] for state in ORDER if counts.get(state)}
        self.setAccessibleName(self.text)
        self.update()

    @property
    def text(self) -> str:
        """The same in words."""
        return ", ".join(f"{number} {state}" for state, number in self._counts.items())

    @property
    def summary(self) -> str:
        """How many images are finished."""
        done = sum(number for state, number in self._counts.items() if state in FINISHED)
        total = sum(self._counts.values())
        return f"{done} of {total} images finished"

    def sizeHint(self) -> QSize:
        """Ask for a thin line."""
        return QSize(120, HEIGHT)

    def event(self, event: QEvent) -> bool:
        """Say what the part under the pointer means."""
        if isinstance(event, QHelpEvent):
            for state, rect in self._parts():
                if rect.contains(event.pos().toPointF()):
                    QToolTip.showText(event.globalPos(), f"{self._counts[state]} {state}", self)
                    return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the parts within a round frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QPainterPath()
        area = QRectF(self.rect())
        frame.addRoundedRect(area, area.height() / 2, area.height() / 2)
        painter.fillPath(frame, self.palette().midlight())
        painter.setClipPath(frame)
        is_dark = is_dark_palette(self.palette())
        for state, rect in self._parts():
            if state is not ImageState.NEW:
                painter.fillRect(rect, state_color(state, is_dark=is_dark))

    def _parts(self) -> list[tuple[ImageState, QRectF]]:
        total = sum(self._counts.values())
        parts: list[tuple[ImageState, QRectF]] = []
        left = 0.0
        for state, number in self._counts.items():
            width = self.width() * number / total
            parts.append((state, QRectF(left, 0, max(width - GAP, 1.0), self.height())))
            left += width
        return parts
