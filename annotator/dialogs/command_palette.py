"""The list of all commands: type a few letters, choose, done."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QAction, QColor, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.fuzzy import match_score

WIDTH, ROWS_SHOWN, PADDING = 560, 12, 10
ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True, eq=False)
class PaletteEntry:
    """A command as the palette lists it."""

    action: QAction
    path: str
    """Menus that lead to it."""
    text: str
    keys: str

    def score(self, query: str) -> float | None:
        """Return how well it fits; the menu counts less than the name."""
        own = match_score(query, self.text)
        whole = match_score(query, f"{self.path} {self.text}")
        if own is None:
            return None if whole is None else whole - 2
        return own if whole is None else max(own, whole - 2)


class EntriesModel(QAbstractListModel):
    """The entries that fit a query, the best first."""

    def __init__(self, entries: Iterable[PaletteEntry], parent: QObject) -> None:
        super().__init__(parent)
        self._all = list(entries)
        self.shown = self._all

    def search(self, query: str) -> None:
        """Keep what fits; without a query all, in the order of the menus."""
        scored = [(entry.score(query), entry) for entry in self._all]
        found = [(score, entry) for score, entry in scored if score is not None]
        if query.strip():
            found.sort(key=lambda pair: -pair[0])
        self.beginResetModel()
        self.shown = [entry for _, entry in found]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Count entries."""
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Describe an entry."""
        entry = self.shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == ENTRY_ROLE:
            return entry
        if role == Qt.ItemDataRole.ToolTipRole:
            return entry.action.toolTip()
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let what is disabled be seen but not chosen."""
        base = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        is_enabled = index.isValid() and self.shown[index.row()].action.isEnabled()
        return base | Qt.ItemFlag.ItemIsEnabled if is_enabled else base


class EntryDelegate(QStyledItemDelegate):
    """Draws the menu faintly, the name, and the keys at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are alike."""
        metrics = option.fontMetrics  # pyright: ignore[reportAttributeAccessIssue]
        return QSize(200, metrics.height() + PADDING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        entry: PaletteEntry = index.data(ENTRY_ROLE)
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        palette: QPalette = option.palette  # pyright: ignore[reportAttributeAccessIssue]
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)  # pyright: ignore[reportAttributeAccessIssue]
        is_enabled = entry.action.isEnabled()
        painter.save()
        if is_selected:
            painter.fillRect(rect, palette.highlight())
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
        group = QPalette.ColorGroup.Active if is_enabled else QPalette.ColorGroup.Disabled
        color = palette.color(group, role)
        faint = QColor(color)
        faint.setAlphaF(0.65 * color.alphaF())
        room = rect.adjusted(PADDING, 0, -PADDING, 0)
        side = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(faint)
        prefix = f"{entry.path} >  "
        painter.drawText(room, side | Qt.AlignmentFlag.AlignLeft, prefix)
        painter.drawText(room, side | Qt.AlignmentFlag.AlignRight, entry.keys)
        painter.setPen(color)
        room.setLeft(room.left() + painter.fontMetrics().horizontalAdvance(prefix))
        painter.drawText(room, side | Qt.AlignmentFlag.AlignLeft, entry.text)
        painter.restore()


class CommandPalette(QFrame):
    """Pops up over the window; Enter runs the chosen command, Esc closes."""

    def __init__(self, entries: Iterable[PaletteEntry], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._window = parent
        self.setObjectName("command_palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._line = QLineEdit()
        self._line.setPlaceholderText("Type a command")
        self._line.setAccessibleName("Command")
        self._line.setClearButtonEnabled(True)
        self._model = EntriesModel(entries, self)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setItemDelegate(EntryDelegate(self._list))
        self._list.setUniformItemSizes(True)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(4)
        layout.addWidget(self._line)
        layout.addWidget(self._list)
        self.setFocusProxy(self._line)
        self._line.textChanged.connect(self._on_text)
        self._line.returnPressed.connect(self._run_current)
        self._line.installEventFilter(self)
        self._list.clicked.connect(self._run)
        self._row_height = self._list.sizeHintForRow(0)
        self._select_first()

    @property
    def shown(self) -> list[PaletteEntry]:
        """Entries that fit what is typed, the best first."""
        return self._model.shown

    def pop_up(self) -> None:
        """Show it at the top of the window, in the middle."""
        window = self._window
        width = min(WIDTH, window.width() - 40)
        self._row_height = self._list.sizeHintForRow(0)
        self.setFixedWidth(width)
        self._fit()
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - width) // 2, corner.y() + 60)
        self.show()
        self._line.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move through the list while letters are typed."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {
                Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: ROWS_SHOWN, Qt.Key.Key_PageUp: -ROWS_SHOWN,
            }.get(Qt.Key(event.key()))  # fmt: skip
            if steps is not None:
                self._move(steps)
                return True
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """Be as high as the commands found, up to a limit."""
        rows = min(max(self._model.rowCount(), 1), ROWS_SHOWN)
        self._list.setFixedHeight(rows * self._row_height + 2)
        self.setFixedHeight(self._line.sizeHint().height() + self._list.height() + 18)

    def _on_text(self, text: str) -> None:
        self._model.search(text)
        self._fit()
        self._select_first()

    def _select_first(self) -> None:
        """Choose the best entry that can be run."""
        rows = range(self._model.rowCount())
        first = next((row for row in rows if self.shown[row].action.isEnabled()), -1)
        self._list.setCurrentIndex(self._model.index(first))
        self._list.scrollToTop()

    def _move(self, steps: int) -> None:
        """Go to another entry that can be run, in that direction."""
        count = self._model.rowCount()
        row = self._list.currentIndex().row()
        enabled = [i for i in range(count) if self.shown[i].action.isEnabled()]
        if row not in enabled:
            return
        place = min(max(enabled.index(row) + steps, 0), len(enabled) - 1)
        index = self._model.index(enabled[place])
        self._list.setCurrentIndex(index)
        self._list.scrollTo(index)

    def _run_current(self) -> None:
        self._run(self._list.currentIndex())

    def _run(self, index: QModelIndex) -> None:
        if not index.isValid() or not self.shown[index.row()].action.isEnabled():
            return
        action = self.shown[index.row()].action
        self.close()
        action.trigger()
