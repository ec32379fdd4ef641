"""A button as wide as its panel that shows the key which does the same."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

ICON_SIDE = 16
MARGIN = 8
CAP_PADDING = 6
CAP_RADIUS = 3.0


class KeyButton(QPushButton):
    """Does what a command does; its text may say more exactly what that is at the moment."""

    def __init__(self, action: QAction, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action = action
        self._key = key
        self.setObjectName(f"{action.objectName()}_button")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self.say(action.iconText())
        self._follow()

    def say(self, text: str) -> None:
        """Show another text."""
        self.setText(text)
        self.setAccessibleName(f"{text} ({self._key})")
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for the height of a row."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(f"{self.text()}{self._key}") + ICON_SIDE + 8 * MARGIN
        return QSize(width, metrics.height() + 13)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame, icon and text at the left, the key at the right."""
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        frame = QStyleOptionButton(option)
        frame.text = ""  # pyright: ignore[reportAttributeAccessIssue]
        painter.drawControl(QStyle.ControlElement.CE_PushButton, frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = self.rect().adjusted(MARGIN + 2, 0, -MARGIN, 0)
        mark = QRect(inner.left(), inner.center().y() - ICON_SIDE // 2 + 1, ICON_SIDE, ICON_SIDE)
        mode = (
            self._action.icon().Mode.Normal
            if self.isEnabled()
            else self._action.icon().Mode.Disabled
        )
        self._action.icon().paint(painter, mark, Qt.AlignmentFlag.AlignCenter, mode)
        cap = self._paint_key(painter, inner)
        room = inner.adjusted(ICON_SIDE + MARGIN, 0, -cap - MARGIN, 0)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        color = self.palette().buttonText().color()
        painter.setPen(color)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _paint_key(self, painter: QPainter, inner: QRect) -> int:
        """Paint the key like one of a keyboard; return the width that it takes."""
        metrics = self.fontMetrics()
        width = max(metrics.horizontalAdvance(self._key) + 2 * CAP_PADDING, metrics.height() + 4)
        height = metrics.height() + 3
        cap = QRect(inner.right() - width, inner.center().y() - height // 2, width, height)
        painter.setPen(self.palette().mid().color())
        painter.setBrush(self.palette().base())
        painter.drawRoundedRect(
            cap.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), CAP_RADIUS, CAP_RADIUS
        )
        painter.setPen(self.palette().buttonText().color())
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self._key)
        return width

    def _follow(self) -> None:
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        self.update()
