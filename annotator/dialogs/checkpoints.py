"""The dialog "Restore checkpoint": the checkpoints of a project, the newest first."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QDateTime, QLocale, Signal
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

from annotator.storage.project_store import Checkpoint

NOTHING_LOST = (
    "The project goes back to the checkpoint as a whole, with all images. The state that it leaves "
    "becomes a checkpoint itself, so that nothing is lost."
)
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
        self._list.setHeaderLabels(["Made", "By", "Name"])
        self._list.setRootIsDecorated(False)
        self._list.setAlternatingRowColors(True)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for checkpoint in self._checkpoints:
            row = [shown_time(checkpoint.at), checkpoint.author, checkpoint.name or "–"]
            self._list.addTopLevelItem(QTreeWidgetItem(row))
        header = self._list.header()
        header.setMinimumSectionSize(self.fontMetrics().horizontalAdvance("00/00/0000 00:00 pm"))
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
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
        self.resize(520, 360)

    def _on_accepted(self) -> None:
        index = self._list.currentIndex().row()
        self.accept()
        self.chosen.emit(self._checkpoints[index])


def shown_time(at: str) -> str:
    """Return a time of the project (UTC, ISO 8601) as the user's clock and language have it."""
    try:
        utc = datetime.fromisoformat(at)
    except ValueError:
        return at
    moment = QDateTime.fromSecsSinceEpoch(int(utc.timestamp()))
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)
