"""The status bar: what the next click does, what runs, and where we are."""

from typing import Any

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStatusBar, QWidget

from annotator.canvas.tool import Tool
from annotator.canvas.view import CanvasView
from annotator.document.image_entry import ImageEntry
from annotator.panels.elided_label import ElidedLabel
from annotator.panels.job_display import JobDisplay
from annotator.panels.saved_state import SavedState
from annotator.panels.state_marks import state_icon
from annotator.session import Session

NOTICE_MS = 6000
READING_SLACK = 24
"""Pixels that a measurement may grow before it is given more room."""
LEAST_HINT = 230
"""Pixels that the hint keeps; rather than take them, the texts at the right go one by one."""


class StatusPanel(QStatusBar):
    """Hint left, job in the middle, position, zoom, image and state right."""

    def __init__(self, session: Session, tool: Tool, view: CanvasView) -> None:
        super().__init__()
        self._session = session
        self._tool = tool
        self._view = view
        self._hint = ElidedLabel()
        self._hint.setObjectName("hint")
        self._job = JobDisplay(session.runner)
        self._reading = QLabel()
        self._reading.setObjectName("reading")
        self._coordinates = self._label("x 88888  y 88888")
        self._value = self._label("888 888 888")
        self._zoom = self._label("8888 %")
        self._place = self._label()
        self._mark = QLabel()
        self._state = self._label()
        self._saved = SavedState(session)
        self._least_first = (self._value, self._zoom, self._coordinates, self._place)
        self.setSizeGripEnabled(False)
        self._build()
        self._hint_behind = ""
        self._notice_timer = QTimer(self, singleShot=True, interval=NOTICE_MS)
        self._notice_timer.timeout.connect(self._show_hint)
        self._connect()
        self._show_hint()
        self._refresh()

    @property
    def hint(self) -> str:
        """The text at the left."""
        return self._hint.text()

    @property
    def job(self) -> str:
        """The text that tells what runs."""
        return self._job.text

    @property
    def reading(self) -> str:
        """The text that tells what the tool measures."""
        return self._reading.text()

    @property
    def coordinates(self) -> str:
        """The text that tells where the pointer is."""
        return self._coordinates.text()

    @property
    def value(self) -> str:
        """The text that tells the brightness under the pointer."""
        return self._value.text()

    @property
    def state(self) -> str:
        """The texts that tell how far the image is, and whether everything is saved."""
        return f"{self._state.text()} · {self._saved.state}" if self._state.text() else ""

    @property
    def place(self) -> str:
        """The text that tells which image is shown."""
        return self._place.text()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for."""
        super().resizeEvent(event)
        self._job.set_room(self.width())
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._refresh()
        super().changeEvent(event)

    def _build(self) -> None:
        row = QWidget()
        # Else the texts would keep the window from becoming narrower, before they could go.
        row.setMinimumWidth(1)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(10, 0, 4, 0)
        layout.setSpacing(12)
        layout.addWidget(self._hint, 1)
        layout.addWidget(self._job)
        layout.addWidget(self._reading)
        for label in (self._coordinates, self._value, self._zoom, self._place):
            layout.addWidget(label)
        state = QHBoxLayout()
        state.setSpacing(5)
        state.addWidget(self._mark)
        state.addWidget(self._state)
        layout.addLayout(state)
        layout.addWidget(self._saved)
        self.addPermanentWidget(row, 1)

    def _connect(self) -> None:
        session, view = self._session, self._view
        self._tool.hint_changed.connect(self._on_hint_changed)
        self._tool.preview_changed.connect(self._show_reading)
        session.notice.connect(self._on_notice)
        session.image_shown.connect(self._on_image_shown)
        session.images_changed.connect(self._refresh)
        session.document_changed.connect(self._on_edit)
        view.zoom_changed.connect(lambda _zoom: self._show_zoom())
        view.pointer_moved.connect(self._on_pointer_moved)

    def _label(self, widest: str = "") -> QLabel:
        label = QLabel()
        label.setMinimumWidth(self.fontMetrics().horizontalAdvance(widest))
        return label

    def _arrange(self) -> None:
        """Hide the texts that matter least until the hint has room."""
        room = self.width() - LEAST_HINT - self._state.sizeHint().width() - 40
        room -= self._saved.sizeHint().width() + self._job.sizeHint().width()
        room -= self._reading.sizeHint().width() + 12 if self._reading.text() else 0
        for label in reversed(self._least_first):
            room -= max(label.minimumWidth(), label.sizeHint().width()) + 12
            label.setVisible(room >= 0)

    def _on_hint_changed(self) -> None:
        if not self._notice_timer.isActive() or self._tool.hint != self._hint_behind:
            self._notice_timer.stop()
            self._show_hint()

    def _on_notice(self, text: str) -> None:
        self._hint_behind = self._tool.hint
        self._hint.setText(text)
        self._notice_timer.start()

    def _show_hint(self) -> None:
        self._hint.setText(self._tool.hint)

    def _show_reading(self) -> None:
        """Show what the tool measures; in the room that it took once, lest all others jump."""
        reading, before = self._tool.reading, self._reading.text()
        if reading == before:
            return
        self._reading.setText(reading)
        if not reading:
            self._reading.setMinimumWidth(0)
        elif self._reading.sizeHint().width() > self._reading.minimumWidth():
            self._reading.setMinimumWidth(self._reading.sizeHint().width() + READING_SLACK)
        if bool(reading) != bool(before):
            self._arrange()

    def _on_pointer_moved(self, position: tuple[float, float] | None) -> None:
        if position is None:
            self._coordinates.setText("")
            self._value.setText("")
            return
        x, y = round(position[0]), round(position[1])
        self._coordinates.setText(f"x {x}  y {y}")
        image = self._session.image
        self._value.setText(describe_value(image.pixels, x, y) if image else "")

    def _on_image_shown(self) -> None:
        self._on_pointer_moved(None)  # where the pointer is on the new image shows when it moves
        self._refresh()

    def _on_edit(self, entry: ImageEntry) -> None:
        if entry is self._session.current:
            self._refresh()

    def _show_zoom(self) -> None:
        self._zoom.setText(f"{self._view.zoom * 100:.0f} %" if self._session.image else "")

    def _refresh(self) -> None:
        session, current = self._session, self._session.current
        self._show_zoom()
        count = len(session.entries)
        self._place.setText(f"Image {session.index + 1} of {count}" if current else "")
        self._mark.setVisible(current is not None)
        if current is None:
            self._state.setText("")
        else:
            self._mark.setPixmap(state_icon(current.state).pixmap(16, 16))
            self._state.setText(str(current.state) if session.image else "cannot be opened")
        self._arrange()


def describe_value(pixels: Any, x: int, y: int) -> str:
    """Return the value of a pixel: one number, or red, green and blue."""
    height, width = pixels.shape[:2]
    if not (0 <= x < width and 0 <= y < height):
        return ""
    values = pixels[y, x].ravel() if pixels.ndim == 3 else [pixels[y, x]]
    return " ".join(f"{v:.3f}" if pixels.dtype.kind == "f" else str(v) for v in values)
