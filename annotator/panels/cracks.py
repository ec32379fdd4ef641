"""The cracks of the current image in a table."""

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from annotator.document.crack_path import CrackPath
from annotator.session import Session

COLUMNS = ("Crack", "Length", "Width")
TOOLTIPS = (
    "Number of the crack in this image",
    "Length of the centerline in pixels",
    "Median width in pixels",
)
EMPTY_TEXT = "No cracks on this image yet."

Index = QModelIndex | QPersistentModelIndex


class CracksModel(QAbstractTableModel):
    """Rows are the cracks of the current image, in the order in which they were traced."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session

    @property
    def cracks(self) -> list[CrackPath]:
        """Cracks of the current image."""
        return self._session.current.cracks if self._session.current else []

    def reset(self) -> None:
        """Read the cracks anew."""
        self.beginResetModel()
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Count cracks."""
        return 0 if parent.isValid() else len(self.cracks)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Count number, length, width."""
        return len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Name the columns."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return TOOLTIPS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Describe a crack."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        crack = self.cracks[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(crack.notes) or None
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return (
            f"{index.row() + 1}",
            f"{crack.length_px:.0f} px",
            f"{crack.width_px['median']:.1f} px",
        )[index.column()]


class CracksPanel(QWidget):
    """The table and the button to delete; its selection is the session's."""

    def __init__(self, session: Session, delete_action: QAction) -> None:
        super().__init__()
        self._session = session
        self._model = CracksModel(session)
        self._table = QTableView()
        self._table.setObjectName("cracks_table")
        self._table.setModel(self._model)
        self._table.setFrameShape(QFrame.Shape.NoFrame)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setShowGrid(False)
        self._table.setAlternatingRowColors(True)
        self._table.verticalHeader().hide()
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        self._summary = QLabel(EMPTY_TEXT)
        self._summary.setContentsMargins(6, 0, 0, 0)
        delete = QToolButton()
        delete.setDefaultAction(delete_action)
        delete.setAutoRaise(True)
        footer = QHBoxLayout()
        footer.setContentsMargins(4, 2, 4, 4)
        footer.addWidget(self._summary, 1)
        footer.addWidget(delete)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._table, 1)
        layout.addLayout(footer)
        self._table.selectionModel().selectionChanged.connect(self._on_row_selected)
        session.image_shown.connect(self._refresh)
        session.document_changed.connect(self._refresh)
        session.selection_changed.connect(self._follow_selection)

    def _refresh(self) -> None:
        self._model.reset()
        count = len(self._model.cracks)
        total = sum(round(crack.length_px) for crack in self._model.cracks)
        noun = "crack" if count == 1 else "cracks"
        self._summary.setText(f"{count} {noun}, {total} px in all" if count else EMPTY_TEXT)
        self._follow_selection()

    def _follow_selection(self) -> None:
        selection = self._table.selectionModel()
        crack = self._session.selected
        if crack is None or crack not in self._model.cracks:
            selection.clearSelection()
            return
        index = self._model.index(self._model.cracks.index(crack), 0)
        flags = QItemSelectionModel.SelectionFlag
        selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _on_row_selected(self) -> None:
        rows = self._table.selectionModel().selectedRows()
        if rows and rows[0].row() < len(self._model.cracks):
            self._session.select(self._model.cracks[rows[0].row()])


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
