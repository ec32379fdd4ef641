"""Draws a row of the list of images: thumbnail, name, state and number of cracks."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QGuiApplication,
    QHelpEvent,
    QIcon,
    QPainter,
    QPainterPath,
    QPalette,
    QPixmap,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from annotator.icons import icon
from annotator.panels.images_model import (
    DETAIL_ROLE,
    PROBLEM_ROLE,
    SHOWN_ROLE,
    STATE_ROLE,
    Index,
)
from annotator.panels.state_marks import MARK_SIZE, is_dark_palette, legend, paint_mark

ROW_HEIGHT = 56
THUMBNAIL = QSize(56, 42)
PADDING = 8
ACCENT_WIDTH = 3
DETAIL_ALPHA = 0.72
TEXT_FLAGS = Qt.AlignmentFlag.AlignVCenter.value | Qt.TextFlag.TextDontClip.value
"""Some fonts reach below the height that they declare; a clipped "g" looks like a "q"."""


@dataclass(frozen=True, slots=True)
class RowPlaces:
    """Where the parts of a row are."""

    picture: QRect
    name: QRect
    mark: QRect
    detail: QRect


def row_places(row: QRect, metrics: QFontMetrics) -> RowPlaces:
    """Lay out a row."""
    picture = QRect(0, 0, THUMBNAIL.width(), THUMBNAIL.height())
    picture.moveCenter(row.center())
    picture.moveLeft(row.left() + PADDING)
    left, line = picture.right() + 1 + PADDING + 2, metrics.height()
    width = max(row.right() - left - PADDING, 0)
    name = QRect(left, row.center().y() - line - 1, width, line)
    mark = QRect(left, 0, MARK_SIZE, MARK_SIZE)
    detail = QRect(mark.right() + 7, name.bottom() + 4, width - MARK_SIZE - 6, line)
    mark.moveTop(detail.top() + (line - MARK_SIZE) // 2 + 1)
    return RowPlaces(picture, name, mark, detail)


class ImageDelegate(QStyledItemDelegate):
    """Draws what the roles of the model say; the legend of the marks is their tooltip."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are alike."""
        return QSize(160, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        row: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        palette: QPalette = option.palette  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        places = row_places(row, painter.fontMetrics())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_ground(painter, row, palette, state)
        if index.data(SHOWN_ROLE):
            bar = QRect(row.left(), row.top(), ACCENT_WIDTH, row.height())
            painter.fillRect(bar, QGuiApplication.palette().highlight())
        problem: str = index.data(PROBLEM_ROLE)
        pixmap: QPixmap | None = index.data(Qt.ItemDataRole.DecorationRole)
        self._paint_picture(painter, places.picture, pixmap, icon(problem or "image"), palette)
        self._paint_text(painter, places, index, palette)
        painter.restore()

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """Explain the marks where one is pointed at."""
        if event.type() == QEvent.Type.ToolTip and index.isValid():
            row: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
            places = row_places(row, view.fontMetrics())
            if places.mark.united(places.detail).contains(event.pos()):
                QToolTip.showText(event.globalPos(), legend(), view, row)
                return True
        return super().helpEvent(event, view, option, index)  # pyright: ignore[reportArgumentType]

    def _paint_ground(
        self, painter: QPainter, row: QRect, palette: QPalette, state: QStyle.StateFlag
    ) -> None:
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(row, palette.highlight())
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(row, palette.alternateBase())

    def _paint_picture(
        self,
        painter: QPainter,
        frame: QRect,
        pixmap: QPixmap | None,
        symbol: QIcon,
        palette: QPalette,
    ) -> None:
        rounded = QPainterPath()
        rounded.addRoundedRect(frame.toRectF(), 4, 4)
        if pixmap is None:
            painter.fillPath(rounded, palette.midlight())
            symbol.paint(painter, frame.adjusted(18, 11, -18, -11))
            return
        size = pixmap.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        part = QRect(0, 0, frame.width(), frame.height())
        part.setSize(frame.size() * (pixmap.width() / max(size.width(), 1)))
        part.moveCenter(pixmap.rect().center())
        painter.save()
        painter.setClipPath(rounded)
        painter.drawPixmap(frame, pixmap, part.intersected(pixmap.rect()))
        painter.restore()

    def _paint_text(
        self, painter: QPainter, places: RowPlaces, index: Index, palette: QPalette
    ) -> None:
        metrics, color = painter.fontMetrics(), palette.color(QPalette.ColorRole.Text)
        name = index.data(Qt.ItemDataRole.DisplayRole)
        middle, right = Qt.TextElideMode.ElideMiddle, Qt.TextElideMode.ElideRight
        painter.setPen(color)
        painter.drawText(
            places.name, TEXT_FLAGS, metrics.elidedText(name, middle, places.name.width())
        )
        paint_mark(
            painter,
            places.mark.toRectF(),
            index.data(STATE_ROLE),
            is_dark=is_dark_palette(palette),
        )
        faded = QColor(color)
        faded.setAlphaF(DETAIL_ALPHA)
        painter.setPen(faded)
        detail = metrics.elidedText(index.data(DETAIL_ROLE), right, places.detail.width())
        painter.drawText(places.detail, TEXT_FLAGS, detail)
