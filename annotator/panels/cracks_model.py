"""Cracks and boxes of the current image as a table for Qt."""

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette

from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack, CrackSource
from annotator.document.image_content import ImageObject
from annotator.document.image_entry import ImageEntry
from annotator.icons import icon
from annotator.panels.region_sizes import RegionSizes
from annotator.session import Session

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
Reader = Callable[[ImageObject, int], Any]
"""What a role says of a crack or box, by column."""

SORT_ROLE = Role.UserRole + 1
"""A number or text to order rows by."""
NAME_ROLE = Role.UserRole + 2
"""Identifier of the crack or box."""


MANY = 50
"""When an edit adds and removes more than this, the table is filled anew."""


class Column(IntEnum):
    """Columns of the table, from the left."""

    EYE = 0
    NUMBER = 1
    SOURCE = 2
    LENGTH = 3
    WIDTH = 4
    LOCK = 5


HEADERS = ("", "No.", "", "Length", "Width", "")
TOOLTIPS = (
    "Shown or hidden; nothing is saved of it",
    "Number of the crack in this image",
    "Where the pixels come from",
    "Length of the centerline in pixels; ≈ estimated from area and outline",
    "Median width in pixels; ≈ estimated from area and outline",
    "Locked: guarded against edits",
)
SOURCES: dict[CrackSource, tuple[str, str]] = {
    "traced": ("path", "Traced between clicks"),
    "painted": ("paint-brush", "Painted or drawn by hand"),
    "imported": ("download-simple", "Imported"),
    "predicted": ("sparkle", "Proposed by a model"),
}
"""Icon and explanation of each source."""
ICON_COLUMNS = (Column.EYE, Column.SOURCE, Column.LOCK)


class CracksModel(QAbstractTableModel):
    """Rows in the order of the document, cracks before boxes.

    An edit inserts, removes or repaints the rows it touched, so that scroll position and selection
    stay.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._objects: list[ImageObject] = []
        self._row_of: dict[str, int] = {}
        self._n_cracks = 0
        self.sizes = RegionSizes(session.runner, self)
        self.sizes.ready.connect(self._on_size)
        self._readers: dict[int, Reader] = {
            Role.DisplayRole: self._text,
            Role.ToolTipRole: self._tooltip,
            Role.DecorationRole: self._icon,
            SORT_ROLE: self._sort_key,
            NAME_ROLE: lambda item, _column: item.identifier,
        }
        session.image_shown.connect(self._on_image_shown)
        session.document_changed.connect(lambda entry, _change: self._on_edit(entry))
        session.selection.visibility_changed.connect(lambda: self._tell_of_column(Column.EYE))

    @property
    def objects(self) -> list[ImageObject]:
        """Cracks and boxes, a row each."""
        return self._objects

    def row_of(self, name: str) -> int:
        """Return the row of a crack or box, -1 where it has none."""
        return self._row_of.get(name, -1)

    def length_of(self, item: ImageObject) -> float | None:
        """Return the length in px, measured or estimated; None for boxes and before it is known."""
        if isinstance(item, BoundingBox):
            return None
        if item.path:
            return item.path.length_px
        size = self.sizes.get(item)
        return size.length_px if size else None

    def width_of(self, item: ImageObject) -> float | None:
        """Return the median width in px, measured or estimated."""
        if isinstance(item, BoundingBox):
            return None
        if item.path:
            return item.path.width_px["median"]
        size = self.sizes.get(item)
        return size.width_px if size else None

    def repaint(self) -> None:
        """Show all rows anew."""
        if self._objects:
            last = self.index(len(self._objects) - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Count cracks and boxes."""
        return 0 if parent.isValid() else len(self._objects)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Count columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Name the columns."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Role.DisplayRole:
            return HEADERS[section]
        if role == Role.ToolTipRole:
            return TOOLTIPS[section]
        return _alignment(section) if role == Role.TextAlignmentRole else None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """Describe a crack or box."""
        if role == Role.TextAlignmentRole:
            return _alignment(index.column())
        read = self._readers.get(role)
        return read(self._objects[index.row()], index.column()) if read else None

    def _text(self, item: ImageObject, column: int) -> str:
        if column == Column.NUMBER:
            return str(self._number(item))
        if column not in (Column.LENGTH, Column.WIDTH):
            return ""
        if isinstance(item, BoundingBox):
            return item.class_name if column == Column.LENGTH else "–"  # the size is in the tooltip
        value = self.length_of(item) if column == Column.LENGTH else self.width_of(item)
        if value is None:
            return "…"
        about = "" if item.path else "≈ "
        return f"{about}{value:,.0f} px" if column == Column.LENGTH else f"{about}{value:.1f} px"

    def _number(self, item: ImageObject) -> int:
        """Return the place among the cracks, or among the boxes."""
        row = self._row_of[item.identifier]
        return row + 1 if isinstance(item, Crack) else row + 1 - self._n_cracks

    def _tooltip(self, item: ImageObject, column: int) -> str | None:
        if column == Column.EYE:
            is_hidden = self._session.selection.is_hidden(item.identifier)
            return "Hidden; click to show" if is_hidden else "Shown; click to hide"
        if column == Column.LOCK:
            return "Locked; click to unlock" if item.is_locked else "Click to lock"
        if isinstance(item, BoundingBox):
            x0, y0, x1, y1 = item.box
            return f"Box of the class “{item.class_name}”, {x1 - x0} × {y1 - y0} px"
        notes = item.path.notes if item.path else ()
        return "\n".join((SOURCES[item.source][1], *notes))

    def _icon(self, item: ImageObject, column: int) -> Any:
        if column == Column.EYE:
            is_hidden = self._session.selection.is_hidden(item.identifier)
            return icon("eye-slash" if is_hidden else "eye", None if is_hidden else _faint())
        if column == Column.LOCK:
            return icon("lock-simple") if item.is_locked else icon("lock-simple-open", _faint())
        if column == Column.SOURCE:
            is_box = isinstance(item, BoundingBox)
            return icon("bounding-box" if is_box else SOURCES[item.source][0])
        return None

    def _sort_key(self, item: ImageObject, column: int) -> Any:
        place = self._row_of[item.identifier]
        is_box = isinstance(item, BoundingBox)
        keys: dict[int, Any] = {
            Column.EYE: self._session.selection.is_hidden(item.identifier),
            Column.SOURCE: "~box" if is_box else item.source,
            Column.LENGTH: self.length_of(item) or -1.0,
            Column.WIDTH: self.width_of(item) or -1.0,
            Column.LOCK: not item.is_locked,
        }
        return keys.get(column, place)

    def _on_image_shown(self) -> None:
        """Fill the table anew."""
        self.beginResetModel()
        self._take(self._current_objects())
        self.endResetModel()

    def _on_edit(self, entry: ImageEntry) -> None:
        if entry is not self._session.current:
            return
        new = self._current_objects()
        names = {item.identifier for item in new}
        if len(names ^ self._row_of.keys()) > MANY:
            self._on_image_shown()
            return
        for row in reversed(range(len(self._objects))):
            if self._objects[row].identifier not in names:
                self.beginRemoveRows(QModelIndex(), row, row)
                self._take([*self._objects[:row], *self._objects[row + 1 :]])
                self.endRemoveRows()
        for row, item in enumerate(new):
            if item.identifier not in self._row_of:
                self.beginInsertRows(QModelIndex(), row, row)
                self._take([*self._objects[:row], item, *self._objects[row:]])
                self.endInsertRows()
        old = dict(zip(self._row_of, self._objects, strict=True))
        self._take(new)
        for row, item in enumerate(new):
            if old[item.identifier] is not item:
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))
        self._tell_of_column(Column.NUMBER)

    def _tell_of_column(self, column: Column) -> None:
        """Show a column anew. The order of rows stays until something is sorted by it."""
        if self._objects:
            last = self.index(len(self._objects) - 1, column)
            roles = [Role.DisplayRole, Role.DecorationRole]
            self.dataChanged.emit(self.index(0, column), last, roles)

    def _current_objects(self) -> list[ImageObject]:
        content = self._session.current.content if self._session.current else None
        return list(content.objects) if content else []

    def _take(self, objects: list[ImageObject]) -> None:
        self._objects = objects
        self._row_of = {item.identifier: row for row, item in enumerate(objects)}
        self._n_cracks = sum(isinstance(item, Crack) for item in objects)
        self.sizes.keep_only(self._row_of)

    def _on_size(self, name: str) -> None:
        row = self.row_of(name)
        if row >= 0:
            self.dataChanged.emit(self.index(row, Column.LENGTH), self.index(row, Column.WIDTH))


def _alignment(column: int) -> Qt.AlignmentFlag:
    if column in ICON_COLUMNS:
        return Qt.AlignmentFlag.AlignCenter
    side = Qt.AlignmentFlag.AlignLeft if column == Column.NUMBER else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


def _faint() -> QColor:
    return QGuiApplication.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
