"""The table of cracks and boxes: sorting, selecting, and the switches in its rows."""

from collections.abc import Iterator
from itertools import groupby

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QPoint,
    QRect,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QIcon, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from annotator.panels.cracks_model import (
    ICON_COLUMNS,
    NAME_ROLE,
    SORT_ROLE,
    Column,
    CracksModel,
    Index,
)

ROW_HEIGHT = 26
ICON_WIDTH = 26
NUMBER_WIDTH = 40
SYMBOL_SIZE = 16


class CrackTable(QTableView):
    """Rows may be sorted by any column; eye and lock are switched without selecting."""

    selected = Signal()
    """The user selected other rows."""
    switched = Signal(str, int)
    """Eye or lock of a row was clicked: identifier, column."""
    delete_pressed = Signal()
    clicked_once = Signal()
    """A click is over: the keyboard may go to the canvas."""
    menu_requested = Signal(QPoint)
    """Right click: global position. What it is about is selected."""

    def __init__(self, model: CracksModel) -> None:
        super().__init__()
        self._source = model
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSortRole(SORT_ROLE)
        self._sorted.setSourceModel(model)
        self._is_following = False
        self.setObjectName("cracks_table")
        self.setAccessibleName("Cracks and boxes")
        self.setModel(self._sorted)
        symbols = SymbolDelegate(self)
        for column in ICON_COLUMNS:
            self.setItemDelegateForColumn(column, symbols)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click keys are the canvas's
        self.setSortingEnabled(True)
        self.sortByColumn(Column.NUMBER, Qt.SortOrder.AscendingOrder)
        self._lay_out_columns()
        self.selectionModel().selectionChanged.connect(self._on_selection)

    @property
    def chosen_names(self) -> list[str]:
        """Identifiers of the rows that are selected."""
        return [index.data(NAME_ROLE) for index in self.selectionModel().selectedRows()]

    def follow(self, names: tuple[str, ...]) -> None:
        """Select the rows of these cracks and boxes, and bring the first into sight."""
        if set(names) == set(self.chosen_names):
            return
        chosen, flags = QItemSelection(), QItemSelectionModel.SelectionFlag
        known = [row for row in map(self._source.row_of, names) if row >= 0]
        rows = [self._sorted.mapFromSource(self._source.index(row, 0)).row() for row in known]
        for first, last in _runs(sorted(rows)):
            chosen.select(self._sorted.index(first, 0), self._sorted.index(last, 0))
        self._is_following = True
        self.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)
        if rows:
            current = self._sorted.index(rows[0], 0)
            self.selectionModel().setCurrentIndex(current, flags.NoUpdate)
            self.scrollTo(current)
        self._is_following = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Switch eyes and locks; keep a selection that a menu is asked for."""
        index = self.indexAt(event.position().toPoint())
        button = event.button()
        if button == Qt.MouseButton.LeftButton and index.column() in (Column.EYE, Column.LOCK):
            self.switched.emit(index.data(NAME_ROLE), index.column())
        elif button == Qt.MouseButton.RightButton and self.selectionModel().isSelected(index):
            return
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take two quick clicks for two clicks."""
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Select by dragging, but not from an eye or a lock."""
        if self.state() != QAbstractItemView.State.NoState or not event.buttons():
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Leave the keyboard to the canvas."""
        super().mouseReleaseEvent(event)
        self.clicked_once.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete what is selected."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Look for nothing."""

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of what is selected."""
        if self.chosen_names:
            self.menu_requested.emit(event.globalPos())

    def _on_selection(self) -> None:
        if not self._is_following:
            self.selected.emit()

    def _lay_out_columns(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(ICON_WIDTH)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSortIndicatorClearable(False)
        for column in (*ICON_COLUMNS, Column.NUMBER):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            is_number = column == Column.NUMBER
            self.setColumnWidth(column, NUMBER_WIDTH if is_number else ICON_WIDTH)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)


def _runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of the runs of neighbors in ascending rows."""
    for _, run in groupby(enumerate(rows), lambda item: item[1] - item[0]):
        places = [row for _, row in run]
        yield places[0], places[-1]


class SymbolDelegate(QStyledItemDelegate):
    """Paints an icon in the middle of its cell."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Leave the icon to `paint`."""
        super().initStyleOption(option, index)
        option.icon = QIcon()  # pyright: ignore[reportAttributeAccessIssue]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a cell."""
        super().paint(painter, option, index)
        symbol: QIcon | None = index.data(Qt.ItemDataRole.DecorationRole)
        if symbol is not None:
            place = QRect(0, 0, SYMBOL_SIZE, SYMBOL_SIZE)
            cell: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
            place.moveCenter(cell.center())
            symbol.paint(painter, place)
