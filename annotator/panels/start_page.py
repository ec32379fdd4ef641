"""What an empty window shows: how to begin, and the projects opened lately."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from annotator.icons import application_icon, icon

TITLE = "Drop a folder of photographs here"
STEPS = (
    "Click one end of a crack, then the other: it is traced. Everything is saved by itself, in a "
    "project beside the folder; the photographs are never changed."
)
TEXT_WIDTH = 460
RECENT_SHOWN = 5
RECENT_HEIGHT = 46
TITLE_SCALE = 1.5


class StartPage(QWidget):
    """Covers its parent until an image is shown."""

    def __init__(
        self,
        parent: QWidget,
        actions: Iterable[QAction],
        recent: Callable[[], list[Path]],
        open_project: Callable[[Path], None],
    ) -> None:
        super().__init__(parent)
        self._canvas = parent
        self._recent = recent
        self._open_project = open_project
        self.setObjectName("start_page")
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self._symbol = QLabel()
        self._symbol.setPixmap(application_icon().pixmap(72, 72))
        title = QLabel(TITLE)
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * TITLE_SCALE)
        font.setBold(True)
        title.setFont(font)
        steps = QLabel(STEPS)
        steps.setWordWrap(True)
        steps.setFixedWidth(TEXT_WIDTH)
        self._buttons = [self._button(action) for action in actions]
        self._heading = QLabel("Recent projects")
        self._heading.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self._lay_out([self._symbol, title, steps])
        parent.installEventFilter(self)
        self.refresh()

    def refresh(self) -> None:
        """List the recent projects anew."""
        while self._list.count():
            item = self._list.takeAt(0)
            widget = item.widget() if item else None
            if widget:
                widget.deleteLater()
        folders = self._recent()[:RECENT_SHOWN]
        self._heading.setVisible(bool(folders))
        for folder in folders:
            button = RecentButton(folder)
            button.clicked.connect(partial(self._open_project, folder))
            self._list.addWidget(button)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the parent."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._canvas.rect())
        return super().eventFilter(watched, event)

    def _button(self, action: QAction) -> QPushButton:
        button = QPushButton(action.iconText())
        button.setMinimumSize(150, 36)
        button.setToolTip(action.toolTip())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(action.trigger)
        return button

    def _lay_out(self, labels: list[QLabel]) -> None:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        for button in self._buttons:
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(2)
        for label in labels:
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(6)
        layout.addLayout(row)
        layout.addSpacing(18)
        column = QWidget()
        column.setFixedWidth(TEXT_WIDTH)
        inside = QVBoxLayout(column)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._heading)
        inside.addLayout(self._list)
        layout.addWidget(column, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)


class RecentButton(QAbstractButton):
    """A project: its name, and below it the folder it lies in."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.setText(folder.stem)
        self.setToolTip(str(folder))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(RECENT_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        """Ask for the height of two lines."""
        return QSize(200, RECENT_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint symbol, name and place."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5)
        if self.underMouse() or self.hasFocus():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.palette().alternateBase())
            painter.drawRoundedRect(area, 5, 5)
        icon("folder").paint(painter, 10, (self.height() - 22) // 2, 22, 22)
        metrics, line = self.fontMetrics(), self.fontMetrics().height()
        text = self.rect().adjusted(44, (self.height() - 2 * line) // 2 - 1, -10, 0)
        middle = Qt.TextElideMode.ElideMiddle
        painter.setPen(self.palette().text().color())
        painter.drawText(
            text.left(), text.top() + metrics.ascent(),
            metrics.elidedText(self.text(), middle, text.width()),
        )  # fmt: skip
        painter.setPen(self.palette().placeholderText().color())
        painter.drawText(
            text.left(), text.top() + line + 2 + metrics.ascent(),
            metrics.elidedText(_place(self._folder), middle, text.width()),
        )  # fmt: skip


def _place(folder: Path) -> str:
    """Return where a project lies, "~" for the user's own folder."""
    parent = folder.parent
    if parent.is_relative_to(Path.home()):
        return str(Path("~") / parent.relative_to(Path.home()))
    return str(parent)
