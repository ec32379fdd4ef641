"""The quality report: how good predictions and traces were, and what the work took."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.files import ask_save
from annotator.dialogs.forms import resize_on_screen
from annotator.dialogs.quality_plots import QualityPlots
from annotator.errors import AnnotatorError
from annotator.services.quality_report import (
    TOLERANCES,
    Comparison,
    ImageQuality,
    Quality,
    as_table,
    is_counted,
    work_of,
)
from annotator.session import Session
from annotator.storage.atomic import write_bytes
from annotator.storage.project_records import Effort, ImageRecord
from annotator.workers.job_runner import Job
from annotator.workers.quality_work import measure

INTRODUCTION = (
    "Finished images are the truth here: what was predicted, and what two clicks at the ends of "
    "each crack give, is compared with the corrected masks."
)
NOTHING = "No image is finished yet: mark images as reviewed, approved or without crack first."
TRACING = "Trace each crack anew between its ends"
NONE = "–"
KIND_NAMES = {"trace": "Traced", "paint": "Painted", "review": "Reviewed", "edit": "Edited"}
IMAGE_COLUMNS = (
    "Image", "State", "Cracks", "Accepted", "Rejected", "Added", "Precision", "Recall", "F1",
    "Width bias", "F1 of two clicks", "Seconds", "Clicks", "Keys",
)  # fmt: skip
WORK_COLUMNS = ("", "Cracks", "Seconds for each", "Clicks for each", "Keys for each")
JOB = "quality report"


class QualityDialog(QDialog):
    """Fills while it is open, image by image; closing it stops that."""

    image_wanted = Signal(int)
    """Show the image of that identifier."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Quality report")
        self.setObjectName("quality_report")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._quality = Quality()
        self._waiting: list[ImageRecord] = []
        self._total = 0
        self._build()
        self._arrange()
        resize_on_screen(self, QSize(1040, 740))
        session.project_changed.connect(self.close)
        self._begin()

    def _build(self) -> None:
        self._tracing = QCheckBox(TRACING)
        self._tracing.setObjectName("with_traces")
        self._tracing.setToolTip("It takes about a second for each crack")
        self._tracing.toggled.connect(lambda _is_on: self._begin())
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setMaximumHeight(6)
        self._said = QLabel()
        self._said.setObjectName("quality_said")
        self._scores = _table("quality_scores", ("", *_score_columns(), "Width\nbias"))
        self._work = _table("quality_work", WORK_COLUMNS)
        self._images = _table("quality_images", IMAGE_COLUMNS)
        self._images.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._images.setToolTip("A double-click shows the image")
        self._images.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self._images.cellDoubleClicked.connect(self._on_double_click)
        self._plots = QualityPlots()

    def _arrange(self) -> None:
        introduction = QLabel(INTRODUCTION)
        introduction.setWordWrap(True)
        tabs = QTabWidget()
        tabs.addTab(self._plots, "&Plots")
        tabs.addTab(self._images, "&Images")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._export = QPushButton("&Export as CSV…")
        self._export.setObjectName("export_quality")
        self._export.setAutoDefault(False)
        self._export.clicked.connect(self._on_export)
        buttons.addButton(self._export, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        row = QHBoxLayout()
        row.addWidget(self._tracing)
        row.addWidget(self._said, 1)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(introduction)
        layout.addWidget(self._scores)
        layout.addWidget(self._work)
        layout.addLayout(row)
        layout.addWidget(self._progress)
        layout.addWidget(tabs, 1)
        layout.addWidget(buttons)

    @property
    def quality(self) -> Quality:
        """The report as far as it is made."""
        return self._quality

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the work."""
        self._stop()
        super().closeEvent(event)

    def reject(self) -> None:
        """Close with Esc as with the button."""
        self.close()

    def _begin(self) -> None:
        """Measure all finished images, from the start."""
        self._stop()
        store = self._session.store
        self._quality = Quality()
        if store is None:
            return
        self._session.runner.start(
            Job(
                key=JOB,
                # What was decided just now is written first: all of it is read from the disk.
                work=lambda _context: (
                    self._session.saver.write_all(),
                    self._session.efforts.flush(),
                    store.images(),
                    store.efforts(),
                )[2:],
                lane="saving",
                on_done=self._on_listed,
                on_failed=self._on_failed,
            )
        )

    def _on_listed(self, found: tuple[Sequence[ImageRecord], Sequence[Effort]]) -> None:
        records, efforts = found
        self._waiting = [record for record in records if is_counted(record)]
        self._total = len(self._waiting)
        self._plots.show_efforts(efforts)
        _fill(self._work, [
            [KIND_NAMES.get(w.kind, w.kind), w.number, w.seconds, w.clicks, w.keys]
            for w in work_of(efforts)
        ])  # fmt: skip
        self._show()
        self._go_on()

    def _go_on(self) -> None:
        store = self._session.store
        if store is None or not self._waiting:
            return
        record = self._waiting.pop(0)
        self._session.runner.start(
            Job(
                key=JOB,
                work=partial(measure, store, record, self._tracing.isChecked()),
                lane="exchange",
                on_done=self._on_measured,
                on_failed=self._on_failed,
            )
        )

    def _on_measured(self, image: ImageQuality) -> None:
        self._quality.images.append(image)
        self._show()
        self._go_on()

    def _on_failed(self, error: AnnotatorError) -> None:
        """Say what is wrong with an image, and go on with the next one."""
        self._said.setText(str(error))
        self._go_on()

    def _stop(self) -> None:
        self._waiting = []
        job = self._session.runner.find(JOB)
        if job is not None:
            self._session.runner.cancel(job)

    def _show(self) -> None:
        quality, done = self._quality, len(self._quality.images)
        self._progress.setRange(0, max(self._total, 1))
        self._progress.setValue(done if self._total else 1)
        self._said.setText(f"{done} of {self._total} finished images" if self._total else NOTHING)
        self._export.setEnabled(bool(done))
        _fill(self._scores, [
            _score_row("Predictions", quality.total(lambda image: image.prediction)),
            _score_row("Two-click traces", quality.total(lambda image: image.traces)),
        ])  # fmt: skip
        timed = quality.in_time
        ordered = timed if len(timed) == done else quality.images
        self._plots.show_images(ordered)
        _fill(self._images, [_image_row(image) for image in quality.images])

    def _on_double_click(self, row: int, _column: int) -> None:
        item = self._images.item(row, 0)
        if item is not None:
            named = [i for i in self._quality.images if i.name == item.text()]
            self.image_wanted.emit(named[0].image)

    def _on_export(self) -> None:
        store = self._session.store
        name = f"{store.name} quality.csv" if store else "quality.csv"
        target = ask_save(self, "Export the report", Path.home() / name, "csv")
        if target is None:
            return
        try:
            write_bytes(target, as_table(self._quality.images).encode())
        except AnnotatorError as error:
            self._said.setText(str(error))
        else:
            self._said.setText(f"Written to {target}")


class _Number(QTableWidgetItem):
    """Sorts by value; what is not known comes last."""

    def __init__(self, value: float | int | None, text: str) -> None:
        super().__init__(text)
        self.value = float("inf") if value is None else float(value)
        self.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def __lt__(self, other: QTableWidgetItem) -> bool:
        """Compare numbers, not their texts."""
        return self.value < other.value if isinstance(other, _Number) else False


Cell = str | int | float | None


def _table(name: str, columns: Sequence[str]) -> QTableWidget:
    table = QTableWidget(0, len(columns))
    table.setObjectName(name)
    table.setHorizontalHeaderLabels(list(columns))
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setHighlightSections(False)
    if name != "quality_images":
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    return table


def _fill(table: QTableWidget, rows: Sequence[Sequence[Cell]]) -> None:
    table.setSortingEnabled(False)
    table.setRowCount(len(rows))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            table.setItem(number, column, _item(value))
    if table.objectName() == "quality_images":
        table.setSortingEnabled(True)
    else:
        height = sum(table.rowHeight(number) for number in range(len(rows)))
        table.setFixedHeight(table.horizontalHeader().sizeHint().height() + height + 4)


def _item(value: Cell) -> QTableWidgetItem:
    if isinstance(value, str):
        return QTableWidgetItem(value)
    if value is None:
        return _Number(None, NONE)
    return _Number(value, str(value) if isinstance(value, int) else f"{value:.2f}")


def _score_columns() -> list[str]:
    words = ("Precision", "Recall", "F1")
    return [f"{word}\n{tolerance} px" for tolerance in TOLERANCES for word in words]


def _score_row(name: str, comparison: Comparison | None) -> list[Cell]:
    if comparison is None:
        return [name, *[None] * (3 * len(TOLERANCES) + 1)]
    scores = [value for tolerance in TOLERANCES for value in comparison.scores(tolerance)]
    return [name, *scores, comparison.width_bias]


def _image_row(image: ImageQuality) -> list[Cell]:
    scores = image.prediction.scores(2) if image.prediction else (None, None, None)
    return [
        image.name, str(image.state), image.n_cracks, image.n_accepted, image.n_rejected,
        image.n_added, *scores, image.prediction.width_bias if image.prediction else None,
        image.traces.scores(2)[2] if image.traces else None,
        image.seconds, image.clicks, image.keys,
    ]  # fmt: skip
