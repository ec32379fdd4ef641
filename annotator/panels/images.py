"""The list of images: thumbnail, name, number of cracks, and whether they are saved."""

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from annotator.canvas.items import CRACK_COLOR
from annotator.document.image_entry import ImageEntry
from annotator.icons import icon
from annotator.panels.thumbnails import ThumbnailStore
from annotator.session import Session

ROW_HEIGHT = 56
THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT = 56, 42
PADDING = 8
TEXT_FLAGS = Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextDontClip.value
"""Some fonts reach below the height that they declare; a clipped "g" looks like a "q"."""

STATUS_ROLE = Qt.ItemDataRole.UserRole + 1
UNSAVED_ROLE = Qt.ItemDataRole.UserRole + 2

Index = QModelIndex | QPersistentModelIndex


class ImagesModel(QAbstractListModel):
    """Rows are the images of the session."""

    def __init__(self, session: Session, thumbnails: ThumbnailStore) -> None:
        super().__init__(session)
        self._session = session
        self._thumbnails = thumbnails
        session.images_changed.connect(self._on_images_changed)
        session.document_changed.connect(self._on_entry_changed)
        session.history_changed.connect(self._refresh_all)
        thumbnails.ready.connect(self._on_thumbnail)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Count images."""
        return 0 if parent.isValid() else len(self._session.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Describe an image; its thumbnail is asked for only when a row is painted."""
        entry = self._session.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(entry.path)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnails.get(entry.path)
        if role == STATUS_ROLE:
            return self._status(entry)
        if role == UNSAVED_ROLE:
            return not self._session.history.is_saved(entry)
        return None

    def _status(self, entry: ImageEntry) -> str:
        if self._thumbnails.is_broken(entry.path):
            return "Cannot be opened"
        count = len(entry.cracks)
        cracks = f"{count} crack" if count == 1 else f"{count} cracks"
        if not self._session.history.is_saved(entry):
            return f"{cracks}, unsaved"
        return f"{cracks}, saved" if entry.mask_path else (cracks if count else "")

    def _on_images_changed(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _on_entry_changed(self, entry: ImageEntry) -> None:
        if entry in self._session.entries:
            self._refresh(self._session.entries.index(entry))

    def _on_thumbnail(self, path: object) -> None:
        for row, entry in enumerate(self._session.entries):
            if entry.path == path:
                self._refresh(row)

    def _refresh(self, row: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index)

    def _refresh_all(self) -> None:
        if self._session.entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._session.entries) - 1))


class ImageDelegate(QStyledItemDelegate):
    """Draws thumbnail, name and a second line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are alike."""
        return QSize(160, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        painter.save()
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        palette: QPalette = option.palette  # pyright: ignore[reportAttributeAccessIssue]
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)  # pyright: ignore[reportAttributeAccessIssue]
        if is_selected:
            painter.fillRect(rect, palette.highlight())
        elif option.state & QStyle.StateFlag.State_MouseOver:  # pyright: ignore[reportAttributeAccessIssue]
            painter.fillRect(rect, palette.alternateBase())
        frame = QRect(0, 0, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT)
        frame.moveCenter(rect.center())
        frame.moveLeft(rect.left() + PADDING)
        self._paint_thumbnail(painter, frame, index.data(Qt.ItemDataRole.DecorationRole), palette)
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
        self._paint_text(painter, frame, rect, index, palette.color(role))
        painter.restore()

    def _paint_thumbnail(
        self, painter: QPainter, frame: QRect, pixmap: QPixmap | None, palette: QPalette
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rounded = QPainterPath()
        rounded.addRoundedRect(frame.toRectF(), 4, 4)
        if pixmap is None:
            painter.fillPath(rounded, palette.alternateBase())
            icon("image").paint(painter, frame.adjusted(18, 11, -18, -11))
            return
        painter.save()
        painter.setClipPath(rounded)
        painter.drawPixmap(frame, pixmap)
        painter.restore()

    def _paint_text(
        self, painter: QPainter, frame: QRect, rect: QRect, index: Index, color: QColor
    ) -> None:
        left = frame.right() + 1 + PADDING + 2
        line = painter.fontMetrics().height()
        width = rect.right() - left - PADDING
        status: str = index.data(STATUS_ROLE)
        height = 2 * line + 2 if status else line
        top = rect.center().y() - height // 2
        painter.setPen(color)
        name = painter.fontMetrics().elidedText(
            index.data(Qt.ItemDataRole.DisplayRole), Qt.TextElideMode.ElideMiddle, width
        )
        painter.drawText(QRect(left, top, width, line), TEXT_FLAGS, name)
        if not status:
            return
        second = QRect(left, top + line + 2, width, line)
        if index.data(UNSAVED_ROLE):
            painter.setBrush(CRACK_COLOR)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(QRect(left, second.center().y() - 3, 8, 8))
            second.setLeft(left + 14)
        faded = QColor(color)
        faded.setAlphaF(0.7)
        painter.setPen(QPen(faded))
        shown = painter.fontMetrics().elidedText(
            status, Qt.TextElideMode.ElideRight, second.width()
        )
        painter.drawText(second, TEXT_FLAGS, shown)


class ImagesPanel(QWidget):
    """The list; a click shows an image."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._model = ImagesModel(session, ThumbnailStore(session.runner, self))
        self.list = QListView()
        self.list.setObjectName("images_list")
        self.list.setAccessibleName("Images")
        self.list.setModel(self._model)
        self.list.setItemDelegate(ImageDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        self.list.selectionModel().currentChanged.connect(self._on_row_changed)
        session.image_shown.connect(self._follow_session)
        session.images_changed.connect(self._follow_session)
        session.problem.connect(self._follow_session)  # a row that cannot be opened is left again

    def _follow_session(self) -> None:
        index = self._model.index(self._session.index)
        if index.isValid() and index != self.list.currentIndex():
            self.list.setCurrentIndex(index)
            self.list.scrollTo(index)

    def _on_row_changed(self, index: QModelIndex) -> None:
        if index.isValid() and index.row() != self._session.index:
            self._session.show_image(index.row())
