"""The dock in which a crack is looked at unrolled: a click in it traces the crack anew."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QHideEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from annotator.canvas.confidence_overlay import RAMP, confidence_color
from annotator.canvas.items import (
    CRACK_COLOR,
    HALO_COLOR,
    PREDICTION_COLOR,
    SELECTED_COLOR,
    cosmetic,
)
from annotator.services.course_editing import nearest_sample
from annotator.services.crack_strip import BEYOND
from annotator.session import Session
from annotator.session.crack_strips import NO_COURSE, CrackStrips

NOTHING = "Select a crack, or review candidates, to see it unrolled here."
MOST_SCALE = 5.0
LEAST_HEIGHT = 120
PAGE = 0.85
"""Share of what is in view that a page moves."""
MARK = 4.5
CONFIDENCE_HEIGHT = 4.0
ENDS_COLOR = QColor(255, 255, 255, 130)


class StripCanvas(QWidget):
    """Paints the strip, enlarged so that it takes the height there is."""

    pointed = Signal(object)
    """Point (x, y) of the image under the pointer, None outside."""

    def __init__(self, strips: CrackStrips) -> None:
        super().__init__()
        self._strips = strips
        self._scale = 1.0
        self._image = QImage()
        self._pointer: QPointF | None = None
        self.shows_edges = True
        self.setObjectName("strip_canvas")
        self.setAccessibleName("Unrolled crack")
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def follow(self) -> None:
        """Show the strip that there is now."""
        strip = self._strips.strip
        if strip is not None:
            rows, columns = strip.pixels.shape[:2]
            shown = QImage(
                strip.pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32
            )
            self._image = shown.copy()
        self.update()

    def fit(self, height: int) -> None:
        """Take so much height."""
        strip = self._strips.strip
        if strip is not None:
            self._scale = min(max(height / strip.pixels.shape[0], 0.5), MOST_SCALE)
            size = QSize(
                round(self._scale * strip.columns), round(self._scale * strip.pixels.shape[0])
            )
            self.setFixedSize(size)

    def x_of(self, column: float) -> float:
        """Return where a column lies."""
        return (column + 0.5) * self._scale

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Trace anew through this place, or look at it on the image."""
        column, row = self._place(event.position())
        if event.button() == Qt.MouseButton.LeftButton:
            self._strips.click(column, row)
        elif event.button() == Qt.MouseButton.RightButton:
            self._strips.look_at(column, row)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell where that is on the image."""
        self._pointer = event.position()
        strip = self._strips.strip
        self.pointed.emit(strip.point_at(*self._place(event.position())) if strip else None)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        self._pointer = None
        self.pointed.emit(None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is exposed."""
        if self._strips.strip is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._scale < 3)
        exposed = QRectF(event.rect())
        source = QRectF(
            exposed.left() / self._scale,
            exposed.top() / self._scale,
            exposed.width() / self._scale,
            exposed.height() / self._scale,
        )
        painter.drawImage(exposed, self._image, source)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first = max(int(source.left()) - 2, 0)
        last = int(source.right()) + 3
        self._paint_confidence(painter, first, last)
        if self.shows_edges:
            self._paint_lines(painter, first, last)
        self._paint_waypoints(painter)
        if self._pointer is not None:
            painter.setPen(cosmetic(ENDS_COLOR, 1.0, Qt.PenStyle.DotLine))
            painter.drawLine(
                QPointF(self._pointer.x(), 0), QPointF(self._pointer.x(), self.height())
            )

    def _paint_lines(self, painter: QPainter, first: int, last: int) -> None:
        strip = self._strips.strip
        if strip is None:
            return
        end = strip.columns - BEYOND
        start, stop = max(first, BEYOND), min(last, end)
        if stop - start > 1:
            color = PREDICTION_COLOR if self._strips.is_candidate else CRACK_COLOR
            for rows, tint, width in (
                (strip.edges[:, 0], color, 1.5),
                (strip.edges[:, 1], color, 1.5),
                (strip.center, ENDS_COLOR, 1.0),
            ):
                line = QPolygonF([self._at(k, float(rows[k])) for k in range(start, stop)])
                if tint is color:
                    painter.setPen(cosmetic(HALO_COLOR, width + 1.5))
                    painter.drawPolyline(line)
                painter.setPen(cosmetic(tint, width))
                painter.drawPolyline(line)
        painter.setPen(cosmetic(ENDS_COLOR, 1.0, Qt.PenStyle.DashLine))
        for column in (BEYOND, end - 1):
            painter.drawLine(
                QPointF(self.x_of(column), 0), QPointF(self.x_of(column), self.height())
            )

    def _paint_confidence(self, painter: QPainter, first: int, last: int) -> None:
        """Paint below the strip how sure the trace is: it is where to look twice."""
        strip, crack = self._strips.strip, self._strips.crack
        if strip is None or crack is None or crack.path is None:
            return
        top = self.height() - CONFIDENCE_HEIGHT
        confidence = crack.path.confidence
        for k in range(max(first, BEYOND), min(last, strip.columns - BEYOND)):
            sample = min(int(strip.samples[k]), len(confidence) - 1)
            level = min(max(int(confidence[sample] * len(RAMP)), 0), len(RAMP) - 1)
            cell = QRectF(self._scale * k, top, self._scale + 1, CONFIDENCE_HEIGHT)
            painter.fillRect(cell, confidence_color(level))

    def _paint_waypoints(self, painter: QPainter) -> None:
        strip, crack = self._strips.strip, self._strips.crack
        if strip is None or crack is None or crack.path is None:
            return
        painter.setBrush(PREDICTION_COLOR if self._strips.is_candidate else CRACK_COLOR)
        for x, y in self._strips.waypoints:
            sample, _ = nearest_sample(crack.path, (x, y))
            center = self._at(*strip.place_of(x, y, sample))
            painter.setPen(cosmetic(HALO_COLOR, 3.5))
            painter.drawEllipse(center, MARK, MARK)
            painter.setPen(cosmetic(SELECTED_COLOR, 1.5))
            painter.drawEllipse(center, MARK, MARK)

    def _at(self, column: float, row: float) -> QPointF:
        return QPointF(self.x_of(column), (row + 0.5) * self._scale)

    def _place(self, at: QPointF) -> tuple[float, float]:
        return at.x() / self._scale - 0.5, at.y() / self._scale - 0.5


class CrackStripPanel(QWidget):
    """Head with the ways to other cracks, and the strip."""

    pointed = Signal(object)
    """Point (x, y) of the image under the pointer, None outside."""

    def __init__(
        self, session: Session, strips: CrackStrips, action: Callable[[str], QAction]
    ) -> None:
        super().__init__()
        self.setObjectName("crack_strip_panel")
        self._session = session
        self._strips = strips
        self._wanted_end = 0
        self._shown: object = None
        self.canvas = StripCanvas(strips)
        self.canvas.pointed.connect(self.pointed)
        self._title = QLabel()
        self._title.setObjectName("strip_title")
        self._empty = QLabel(NOTHING)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self._area = StripArea()
        self._area.setWidget(self.canvas)
        self._area.resized.connect(self._fit)
        self._edges = QToolButton()
        self._edges.setText("Edges")
        self._edges.setCheckable(True)
        self._edges.setChecked(True)
        self._edges.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._edges.setToolTip("Draw the edges and the center of the course")
        self._edges.toggled.connect(self._on_edges)
        self._arrange([action("previous_strip"), action("next_strip")])
        strips.changed.connect(self._follow)
        self._follow()

    def page(self, by: int) -> None:
        """Move along the crack; at its end go to the next one."""
        bar = self._area.horizontalScrollBar()
        limit = bar.maximum() if by > 0 else bar.minimum()
        if self._strips.strip is None or bar.value() == limit:
            self._wanted_end = by
            self._strips.step(by)
        else:
            bar.setValue(bar.value() + round(by * PAGE * self._area.viewport().width()))

    def sizeHint(self) -> QSize:
        """Ask for little height."""
        return QSize(400, LEAST_HEIGHT + 50)

    def showEvent(self, event: QShowEvent) -> None:
        """Have cracks unrolled."""
        super().showEvent(event)
        self._strips.set_watched(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Have no cracks unrolled any more."""
        super().hideEvent(event)
        self.pointed.emit(None)
        self._strips.set_watched(False)

    def _arrange(self, actions: list[QAction]) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(10, 2, 6, 0)
        for part in actions:
            button = QToolButton()
            button.setDefaultAction(part)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            head.addWidget(button)
        head.addWidget(self._title, 1)
        hint = QLabel("Click: trace through here · Right click: look there")
        hint.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(hint, 1)
        head.addSpacing(8)
        head.addWidget(self._edges)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self._area, 1)
        layout.addWidget(self._empty, 1)

    def _on_edges(self, is_shown: bool) -> None:
        self.canvas.shows_edges = is_shown
        self.canvas.update()

    def _follow(self) -> None:
        strips = self._strips
        self._title.setText(self._describe())
        has_course = strips.crack is None or strips.crack.path is not None
        self._empty.setText(NOTHING if has_course else NO_COURSE)
        is_there = strips.strip is not None
        self._area.setVisible(is_there)
        self._empty.setVisible(not is_there)
        self.canvas.follow()
        self._fit()
        if strips.strip is not None and strips.crack is not self._shown:
            self._shown = strips.crack
            self._begin_at_end()

    def _begin_at_end(self) -> None:
        bar = self._area.horizontalScrollBar()
        if self._wanted_end:
            bar.setValue(bar.minimum() if self._wanted_end > 0 else bar.maximum())
        self._wanted_end = 0

    def _fit(self) -> None:
        bar = self._area.horizontalScrollBar()
        share = bar.value() / max(bar.maximum(), 1)
        self.canvas.fit(self._area.viewport().height())
        bar.setValue(round(share * bar.maximum()))

    def _describe(self) -> str:
        strips = self._strips
        if strips.crack is None:
            return ""
        number, count = strips.number
        name = "Candidate" if strips.is_candidate else f"Crack {number} of {count}"
        path = strips.crack.path
        return f"<b>{name}</b> · {path.length_px:,.0f} px" if path else f"<b>{name}</b>"


class StripArea(QScrollArea):
    """Scrolls sideways, also with the wheel."""

    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(LEAST_HEIGHT // 2)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move along the crack."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - turned)
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have the strip take the height."""
        super().resizeEvent(event)
        self.resized.emit()
