"""The job that runs, in the middle of the status bar: its name, its progress, and Cancel."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QToolButton, QWidget

from annotator.panels.elided_label import ElidedLabel
from annotator.workers.job_runner import JobRunner

if TYPE_CHECKING:
    from annotator.workers.job_runner import Job

JOB_DELAY_MS = 150
"""A job that ends sooner is not shown: it would only flicker."""
BAR_WIDTH = 110
SHARE = 0.24
"""Of the status bar, for the name."""


class JobDisplay(QWidget):
    """Shows the first job that has a title, and how many others wait."""

    def __init__(self, runner: JobRunner) -> None:
        super().__init__()
        self._runner = runner
        self._job: Job | None = None
        self._name = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self._name.setObjectName("job_name")
        self._name.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar = QProgressBar()
        self._bar.setFixedWidth(BAR_WIDTH)
        self._bar.setMaximumHeight(12)
        self._bar.setTextVisible(False)
        self._cancel = QToolButton()
        self._cancel.setText("Cancel")
        self._cancel.setObjectName("cancel_job")
        self._cancel.setFocusPolicy(Qt.FocusPolicy.NoFocus)
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
        self.hide()

    @property
    def text(self) -> str:
        """Name of the job shown."""
        return self._name.text() if self._job else ""

    def set_room(self, width: int) -> None:
        """Take a share of so many pixels; the same for every text, so that nothing else moves."""
        self._name.setFixedWidth(round(SHARE * width))

    def _on_activity(self) -> None:
        if self._job is None and self._runner.shown_jobs:
            if not self._delay.isActive():
                self._delay.start()
        else:
            self._refresh()

    def _refresh(self) -> None:
        jobs = self._runner.shown_jobs
        self._job = jobs[0] if jobs else None
        self.setVisible(self._job is not None)
        if self._job is None:
            return
        waiting = f" (+{len(jobs) - 1})" if len(jobs) > 1 else ""
        stage = f": {self._job.stage}" if self._job.stage else ""
        self._name.setText(f"{self._job.title}{waiting}{stage}")
        is_counting = self._job.fraction > 0
        self._bar.setRange(0, 100 if is_counting else 0)
        if is_counting:
            self._bar.setValue(round(100 * self._job.fraction))
        self._cancel.setVisible(self._job.is_cancellable)
        self._cancel.setToolTip(f"Cancel: {self._job.title}")

    def _on_cancel(self) -> None:
        if self._job:
            self._runner.cancel(self._job)
