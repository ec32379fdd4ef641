"""The status bar: what the next click does, what runs, and where we are."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QStatusBar,
    QToolButton,
    QWidget,
)

from annotator.canvas.tool import Tool
from annotator.canvas.view import CanvasView
from annotator.session import Session

if TYPE_CHECKING:
    from annotator.workers.job_runner import Job

NOTICE_MS = 6000
LONGEST_JOB = "Tracing photograph 0000.jpeg: reading the surroundings"
JOB_DELAY_MS = 150
"""A job that ends sooner is not shown: it would only flicker."""


class StatusPanel(QStatusBar):
    """Hint left, job in the middle, position, zoom, image and state right."""

    def __init__(self, session: Session, tool: Tool, view: CanvasView) -> None:
        super().__init__()
        self._session = session
        self._tool = tool
        self._view = view
        self._hint = QLabel()
        self._hint.setObjectName("hint")
        self._hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._hint.setContentsMargins(8, 0, 0, 0)
        self._job = JobDisplay(session)
        self._coordinates = self._fixed_label("x 88888  y 88888")
        self._zoom = self._fixed_label("8888 %")
        self._place = QLabel()
        self._state = QLabel()
        self.setSizeGripEnabled(False)
        self.addWidget(self._hint, 1)
        self.addWidget(self._job)
        for label in (self._coordinates, self._zoom, self._place, self._state):
            label.setContentsMargins(6, 0, 6, 0)
            self.addPermanentWidget(label)
        self._hint_behind = ""
        self._notice_timer = QTimer(self, singleShot=True, interval=NOTICE_MS)
        self._notice_timer.timeout.connect(self._show_hint)
        tool.hint_changed.connect(self._on_hint_changed)
        session.notice.connect(self._on_notice)
        session.image_shown.connect(self._on_image_shown)
        session.images_changed.connect(self._refresh)
        session.history_changed.connect(self._refresh)
        view.zoom_changed.connect(self._refresh)
        view.pointer_moved.connect(self._on_pointer_moved)
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
    def coordinates(self) -> str:
        """The text that tells where the pointer is."""
        return self._coordinates.text()

    @property
    def state(self) -> str:
        """The text at the right that tells whether the mask is saved."""
        return self._state.text()

    @property
    def place(self) -> str:
        """The text that tells which image is shown."""
        return self._place.text()

    def _fixed_label(self, widest: str) -> QLabel:
        label = QLabel()
        label.setMinimumWidth(self.fontMetrics().horizontalAdvance(widest) + 12)
        return label

    def _on_hint_changed(self) -> None:
        if not self._notice_timer.isActive() or self._tool.hint != self._hint_behind:
            self._notice_timer.stop()
            self._show_hint()

    def _on_notice(self, text: str) -> None:
        self._hint_behind = self._tool.hint
        self._hint.setText(text)
        self._hint.setToolTip(text)
        self._notice_timer.start()

    def _show_hint(self) -> None:
        self._hint.setText(self._tool.hint)
        self._hint.setToolTip("")

    def _on_pointer_moved(self, position: tuple[float, float] | None) -> None:
        self._coordinates.setText(
            f"x {round(position[0])}  y {round(position[1])}" if position else ""
        )

    def _on_image_shown(self) -> None:
        self._on_pointer_moved(None)  # where the pointer is on the new image shows when it moves
        self._refresh()

    def _refresh(self) -> None:
        session = self._session
        self._zoom.setText(f"{self._view.zoom * 100:.0f} %" if session.image else "")
        self._place.setText(
            f"Image {session.index + 1} of {len(session.entries)}" if session.current else ""
        )
        self._state.setText(self._state_text())

    def _state_text(self) -> str:
        session = self._session
        if session.current is None:
            return ""
        if not session.history.is_saved(session.current):
            return "● Mask not saved"
        if session.image is None:
            return "Cannot be opened"
        return "✓ Mask saved" if session.current.mask_path else "No cracks yet"


class JobDisplay(QWidget):
    """The running job: its name, its progress, and Cancel."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._runner = session.runner
        self._job: Job | None = None
        self._name = QLabel()
        # A fixed width: a text that grows would lay out the window anew at each report.
        self._name.setFixedWidth(self.fontMetrics().horizontalAdvance(LONGEST_JOB))
        self._name.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar = QProgressBar()
        self._bar.setFixedWidth(150)
        self._bar.setMaximumHeight(14)
        self._bar.setTextVisible(False)
        self._cancel = QToolButton()
        self._cancel.setText("Cancel")
        self._cancel.setObjectName("cancel_job")
        self._cancel.clicked.connect(self._on_cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.addWidget(self._name)
        layout.addWidget(self._bar)
        layout.addWidget(self._cancel)
        self._delay = QTimer(self, singleShot=True, interval=JOB_DELAY_MS)
        self._delay.timeout.connect(self._refresh)
        self._runner.activity_changed.connect(self._on_activity)
        # Measured with its content, so that the bar keeps its height when a job begins or ends.
        self.setFixedHeight(self.sizeHint().height())
        self._set_content_visible(False)

    @property
    def text(self) -> str:
        """Name of the job shown."""
        return self._name.text() if self._job else ""

    def _on_activity(self) -> None:
        if self._job is None and self._runner.shown_jobs:
            if not self._delay.isActive():
                self._delay.start()
        else:
            self._refresh()

    def _refresh(self) -> None:
        jobs = self._runner.shown_jobs
        self._job = jobs[0] if jobs else None
        self._set_content_visible(self._job is not None)
        if self._job is None:
            return
        waiting = f" (+{len(jobs) - 1})" if len(jobs) > 1 else ""
        stage = f": {self._job.stage}" if self._job.stage else ""
        metrics = self._name.fontMetrics()
        room = self._name.width() - metrics.horizontalAdvance(waiting + stage)
        title = metrics.elidedText(self._job.title, Qt.TextElideMode.ElideMiddle, room)
        self._name.setText(f"{title}{waiting}{stage}")
        self._name.setToolTip(f"{self._job.title}{waiting}{stage}")
        is_counting = self._job.fraction > 0
        self._bar.setRange(0, 100 if is_counting else 0)
        if is_counting:
            self._bar.setValue(round(100 * self._job.fraction))
        self._cancel.setVisible(self._job.is_cancellable)

    def _set_content_visible(self, is_visible: bool) -> None:
        for widget in (self._name, self._bar, self._cancel):
            widget.setVisible(is_visible)

    def _on_cancel(self) -> None:
        if self._job:
            self._runner.cancel(self._job)
