"""A sentence on top of the canvas that waits for nobody: what went wrong and what to do."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from annotator.icons import icon

MARGIN = 12
MAX_WIDTH = 720
SHORTEST_MS = 10_000
MS_PER_LETTER = 100
"""How long a sentence is shown that nothing else takes away."""
ACCENT = QColor("#D55E00")  # vermilion of Okabe and Ito


class MessageBar(QWidget):
    """Lies at the top of its parent; goes when it is closed, when something succeeds, in time."""

    opened_or_closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("message_bar")
        self.setAutoFillBackground(False)
        self._symbol = QLabel(self)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        # The canvas has a background role of its own, from which a label would derive a text
        # color that cannot be read on this card.
        self._text.setBackgroundRole(QPalette.ColorRole.Base)
        self._text.setForegroundRole(QPalette.ColorRole.Text)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = QToolButton(self)
        self._close.setAutoRaise(True)
        self._close.setToolTip("Dismiss (Esc)")
        self._close.setAccessibleName("Dismiss message")
        self._close.clicked.connect(self.dismiss)
        self._canvas = parent
        self._lasting = ""
        self._is_new = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._on_timeout)
        layout = self._layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        layout.setSpacing(10)
        layout.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignVCenter)
        parent.installEventFilter(self)
        self._tint()
        self.hide()

    @property
    def text(self) -> str:
        """The sentence shown."""
        return self._text.text()

    def show_problem(self, text: str, *, stays: bool = False) -> None:
        """Show a sentence in place of the one before.

        One that ``stays`` is about something that goes on: it comes back after others, until
        `end_lasting` is called or the user dismisses it.
        """
        if stays:
            self._lasting = text
        self._text.setText(text)
        self._is_new = True
        QTimer.singleShot(0, self, self._grow_old)
        self._timer.stop()
        if text != self._lasting:
            self._timer.start(time_to_read(text))
        self._place()
        self.show()
        self.raise_()
        self.opened_or_closed.emit()

    @property
    def is_open(self) -> bool:
        """Whether a sentence is shown."""
        return not self.isHidden()

    def dismiss(self) -> None:
        """Close it."""
        self._lasting = ""
        self._hide()

    def pass_by(self) -> None:
        """Close it, since something succeeded; what stays is shown on, or again."""
        if not self._lasting:
            self._hide()
        elif self.text != self._lasting:
            self.show_problem(self._lasting)

    def go_on(self) -> None:
        """Close it, since the user turned to something else; not what was said just now."""
        if not self._is_new:
            self.pass_by()

    def end_lasting(self) -> None:
        """Close the sentence that stays: what it was about is over."""
        if self._lasting:
            is_shown = self.text == self._lasting
            self._lasting = ""
            if is_shown:
                self._hide()

    def leaveEvent(self, event: QEvent) -> None:
        """Leave time to read on."""
        if self._timer.isActive():
            self._timer.start()
        super().leaveEvent(event)

    def _grow_old(self) -> None:
        self._is_new = False

    def _on_timeout(self) -> None:
        """Go, unless it is being read."""
        if self.underMouse():
            self._timer.start()
        else:
            self.pass_by()

    def _hide(self) -> None:
        self._timer.stop()
        if self.is_open:
            self.hide()
            self.opened_or_closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the parent."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a rounded card with a colored edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(self.palette().mid().color())
        painter.setBrush(self.palette().base())
        painter.drawRoundedRect(card, 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ACCENT)
        painter.drawRoundedRect(card.adjusted(4, 5, -card.width() + 8, -5), 2, 2)

    def _place(self) -> None:
        area = self._canvas.rect()
        width = min(area.width() - 2 * MARGIN, MAX_WIDTH)
        self.setFixedWidth(width)
        height = self._layout.totalHeightForWidth(width)
        self.setGeometry((area.width() - width) // 2, MARGIN, width, max(height, 40))

    def _tint(self) -> None:
        self._close.setIcon(icon("x"))
        self._symbol.setPixmap(icon("warning-circle").pixmap(22, 22))


def time_to_read(text: str) -> int:
    """Return milliseconds that a sentence is shown."""
    return max(SHORTEST_MS, MS_PER_LETTER * len(text))
