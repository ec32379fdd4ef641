"""The dialog "Restore checkpoint": the checkpoints of a project, the newest first."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.forms import resize_on_screen
from annotator.storage.project_store import Checkpoint

NOTHING_LOST = (
    "The project goes back to the checkpoint as a whole, with all images. The state that it leaves "
    "becomes a checkpoint itself, so that nothing is lost."
)
NAME, COUNTS = 2, (3, 4)
"""The column of names, and those of numbers."""
NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
GAP = 18
"""Pixels between columns."""
NONE_YET = "There is no checkpoint yet; Ctrl+S makes one."


class CheckpointsDialog(QDialog):
    """A list to choose from; nothing is chosen at first."""

    chosen = Signal(object)
    """The Checkpoint to go back to."""

    def __init__(self, checkpoints: Sequence[Checkpoint], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Restore checkpoint")
        self.setObjectName("checkpoints")
        self._checkpoints = list(checkpoints)
        explanation = QLabel(NOTHING_LOST if checkpoints else NONE_YET)
        explanation.setWordWrap(True)
        self._list = QTreeWidget()
        self._list.setObjectName("checkpoints_list")
        self._list.setHeaderLabels(["Made", "By", "Name", "Images", "Cracks"])
        self._list.setRootIsDecorated(False)
        self._list.setAlternatingRowColors(True)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for checkpoint in self._checkpoints:
            self._list.addTopLevelItem(_row(checkpoint))
        header = self._list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column in range(self._list.columnCount()):
            self._list.resizeColumnToContents(column)
            self._list.setColumnWidth(column, self._list.columnWidth(column) + GAP)
        for column in COUNTS:
            self._list.headerItem().setTextAlignment(column, NUMBERS)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._restore = buttons.addButton("Restore", QDialogButtonBox.ButtonRole.AcceptRole)
        self._restore.setEnabled(False)
        cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        cancel.setDefault(True)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(explanation)
        layout.addWidget(self._list, 1)
        layout.addWidget(buttons)
        self._list.itemSelectionChanged.connect(
            lambda: self._restore.setEnabled(bool(self._list.selectedItems()))
        )
        resize_on_screen(self, QSize(640, 360))

    def _on_accepted(self) -> None:
        index = self._list.currentIndex().row()
        self.accept()
        self.chosen.emit(self._checkpoints[index])


def _row(checkpoint: Checkpoint) -> QTreeWidgetItem:
    number = QLocale().toString
    row = QTreeWidgetItem(
        [
            shown_time(checkpoint.at),
            checkpoint.author,
            checkpoint.name or "–",
            number(checkpoint.n_images),
            number(checkpoint.n_cracks),
        ]
    )
    for column in COUNTS:
        row.setTextAlignment(column, NUMBERS)
    return row


def shown_time(at: str) -> str:
    """Return a time of the project (UTC, ISO 8601) as the user's clock and language have it."""
    try:
        utc = datetime.fromisoformat(at)
    except ValueError:
        return at
    moment = QDateTime.fromSecsSinceEpoch(int(utc.timestamp()))
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)
