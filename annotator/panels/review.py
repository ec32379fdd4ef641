"""The panel of the review: what is to be decided, the keys to decide it with, how far it is."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import get_args

from PySide6.QtCore import QEvent, QRectF, QSignalBlocker, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from annotator.canvas.confidence_overlay import RAMP, confidence_color
from annotator.document.candidate import Candidate
from annotator.document.image_state import ImageState
from annotator.panels.elided_label import ElidedLabel
from annotator.panels.key_button import KeyButton
from annotator.panels.notes import NotesList
from annotator.panels.state_bar import StateBar
from annotator.session import Session
from annotator.session.review_order import ORDER_NAMES, Order
from annotator.session.review_trail import Step

Texts = tuple[str, str, str, str, str]
"""What yes, yes to the raw mask, no, edit and skip mean."""

AT_CANDIDATE: Texts = ("Accept crack", "Accept raw mask", "Reject", "Edit", "Skip")
AT_IMAGE: Texts = ("Mark {}", "Mark approved", "Needs work", "Edit", "Leave")
AT_END: Texts = ("End review", "", "", "", "")

KEYS: tuple[tuple[str, str], ...] = (
    ("review_accept", "Enter"), ("review_accept_raw", "⇧ Enter"), ("review_reject", "X"),
    ("review_edit", "R"), ("review_skip", "→"), ("review_back", "←"), ("undo", "Ctrl Z"),
)  # fmt: skip

PAIRED = ("review_reject", "review_edit", "review_back", "review_skip")

COUNTED = (("Accept", "accepted"), ("Reject", "rejected"), ("Skip", "skipped"), ("Mark", "images"))
COUNTING_MS = 60


class ReviewPanel(QWidget):
    """Follows the review; its buttons do what the keys do, and none takes the keyboard."""

    def __init__(self, session: Session, action: Callable[[str], QAction]) -> None:
        super().__init__()
        self.setObjectName("review_panel")
        self._session = session
        self._counts: Counter[str] = Counter()
        self._inner = QWidget()
        self._title, self._place = _label("review_title"), ElidedLabel()
        self._card = CandidateCard()
        self._start = KeyButton(action("review"), "Ctrl R")
        self._buttons = {name: KeyButton(action(name), key) for name, key in KEYS}
        self._go_on = KeyButton(action("review_go_on"), "Enter")
        self._order = QComboBox()
        self._bar = StateBar()
        self._progress, self._tally = _label("review_progress"), _label("review_tally")
        notes = NotesList(
            session,
            [
                action(n)
                for n in ("add_note", "resolve_note", "edit_note", "delete_note", "next_note")
            ],
        )
        self._build_order()
        self._arrange(notes)
        session.review.changed.connect(self._follow)
        session.review.stepped.connect(self._on_step)
        # Where a thousand images are edited at a time, they are counted once.
        self._counting = QTimer(self, singleShot=True, interval=COUNTING_MS)
        self._counting.timeout.connect(self._follow)
        for signal in (session.image_shown, session.images_changed, session.document_changed):
            signal.connect(lambda *_told: self._counting.start())
        session.project_changed.connect(self._counts.clear)
        self._follow()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._card.update()
        super().changeEvent(event)

    def _build_order(self) -> None:
        self._order.setObjectName("review_order")
        self._order.setAccessibleName("Order of the review")
        self._order.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for order in get_args(Order):
            self._order.addItem(ORDER_NAMES[order], order)
        self._order.activated.connect(
            lambda _index: self._session.review.set_order(self._order.currentData())
        )

    @property
    def height_of_all(self) -> int:
        """Height at which nothing has to be scrolled."""
        layout = self._inner.layout()
        if layout is not None:
            layout.activate()
        return self._inner.sizeHint().height()

    def _arrange(self, notes: QWidget) -> None:
        inner = self._inner
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.setSpacing(5)
        for widget in (self._title, self._place, self._card, self._start, self._go_on):
            layout.addWidget(widget)
        layout.addLayout(self._arranged_keys())
        row = QHBoxLayout()
        row.addWidget(QLabel("Order"))
        row.addWidget(self._order, 1)
        layout.addSpacing(4)
        layout.addLayout(row)
        for widget in (_line(), self._bar, self._progress, self._tally, _line(), notes):
            layout.addWidget(widget)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def _arranged_keys(self) -> QGridLayout:
        """Put what is pressed most on top, and what belongs together side by side."""
        grid = QGridLayout()
        grid.setSpacing(4)
        grid.addWidget(self._buttons["review_accept"], 0, 0, 1, 2)
        grid.addWidget(self._buttons["review_accept_raw"], 1, 0, 1, 2)
        for place, name in enumerate(PAIRED):
            grid.addWidget(self._buttons[name], 2 + place // 2, place % 2)
        grid.addWidget(self._buttons["undo"], 4, 0, 1, 2)
        return grid

    def _follow(self) -> None:
        review = self._session.review
        title, place = self._headline()
        self._title.setText(f"<b>{title}</b>")
        self._place.setText(place)
        self._place.setVisible(bool(place))
        self._card.set_candidate(review.current)
        self._card.setVisible(review.current is not None)
        self._start.setVisible(not review.is_on)
        self._go_on.setVisible(review.stage == "editing")
        self._say()
        blocker = QSignalBlocker(self._order)
        self._order.setCurrentIndex(get_args(Order).index(review.queue.order))
        blocker.unblock()
        self._show_progress()

    def _say(self) -> None:
        """Let the buttons say what the keys mean now; those without a meaning go."""
        review = self._session.review
        texts = {"image": AT_IMAGE, "finished": AT_END}.get(review.stage, AT_CANDIDATE)
        is_shown = review.is_reviewing and review.stage != "loading"
        verdict = "no crack" if review.verdict_on_image is ImageState.NO_CRACK else "reviewed"
        names = [name for name, _ in KEYS][: len(texts)]
        for name, text in zip(names, texts, strict=True):
            self._buttons[name].say(text.format(verdict))
            self._buttons[name].setVisible(is_shown and bool(text))
        self._buttons["review_back"].say("Back")
        self._buttons["undo"].say("Take back")
        for name in ("review_back", "undo"):
            self._buttons[name].setVisible(is_shown)

    def _headline(self) -> tuple[str, str]:
        """Return what is to be decided, and where it is."""
        session, review = self._session, self._session.review
        if review.stage == "off":
            n_open = review.queue.open_count
            return (
                f"{_count(n_open, 'candidate')} to decide on" if session.entries else "Review",
                "",
            )
        if review.stage == "finished":
            return "Everything is reviewed", "No image of the list has work left"
        entry, candidate = session.current, review.current
        if entry is None or review.stage == "loading":
            return "Next image…", ""
        title = "Correct it by hand" if review.stage == "editing" else "The image as a whole"
        n_skipped = entry.candidate_count if review.stage == "image" else 0
        title += f" · {n_skipped} skipped" if n_skipped else ""
        if review.stage == "candidate" and candidate and entry.content:
            names = [item.identifier for item in entry.content.candidates]
            number = names.index(candidate.identifier) + 1
            title = f"Candidate {number} of {len(names)}"
        return title, f"{entry.name} · image {session.index + 1} of {len(session.entries)}"

    def _show_progress(self) -> None:
        session = self._session
        counts: Mapping[ImageState, int] = session.review.queue.count_states()
        self._bar.set_counts(counts)
        n_open = session.review.queue.open_count
        left = f" · {_count(n_open, 'candidate')} left" if n_open else ""
        self._progress.setText(f"{self._bar.summary}{left}" if session.entries else "")
        self._bar.setVisible(bool(session.entries))
        words = [f"{self._counts[word]} {name}" for word, name in COUNTED if self._counts[word]]
        self._tally.setText(f"This session: {', '.join(words)}" if words else "")
        self._tally.setVisible(bool(words))

    def _on_step(self, step: Step) -> None:
        word = step.text.split(" ")[0]
        if word in dict(COUNTED):
            self._counts[word] += 1
        self._show_progress()


class CandidateCard(QWidget):
    """How sure the model is of a candidate, its length and its width."""

    def __init__(self) -> None:
        super().__init__()
        self._candidate: Candidate | None = None
        self._numbers = ("", "")
        self.setObjectName("candidate_card")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_candidate(self, candidate: Candidate | None) -> None:
        """Show another candidate."""
        if candidate is not None and candidate is not self._candidate:
            width, length = candidate.median_width, candidate.length_px
            self._numbers = (f"{length:,.0f} px long", f"{width:.1f} px wide")
        self._candidate = candidate
        if candidate is not None:
            sure = f"{candidate.confidence:.0%} sure"
            self.setAccessibleName(", ".join((sure, *self._numbers, candidate.verdict)))
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for two lines and a bar."""
        return QSize(160, 2 * self.fontMetrics().height() + 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the confidence as number and bar, the other numbers below."""
        candidate = self._candidate
        if candidate is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self.fontMetrics().height()
        top = QRectF(0, 2, self.width(), line + 2)
        painter.setPen(self.palette().text().color())
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(top, left, f"{candidate.confidence:.0%} sure")
        painter.drawText(top, right, "" if candidate.verdict == "open" else candidate.verdict)
        self._paint_bar(painter, QRectF(0, line + 7, self.width(), 7), candidate.confidence)
        below = QRectF(0, line + 18, self.width(), line + 4)
        painter.setPen(self.palette().text().color())
        painter.drawText(below, left, self._numbers[0])
        painter.drawText(below, right, self._numbers[1])

    def _paint_bar(self, painter: QPainter, rect: QRectF, share: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().midlight())
        painter.drawRoundedRect(rect, 3.5, 3.5)
        level = min(int(share * len(RAMP)), len(RAMP) - 1)
        painter.setBrush(confidence_color(level))
        painter.setPen(self.palette().mid().color())
        filled = QRectF(rect.left(), rect.top(), max(rect.width() * share, 7.0), rect.height())
        painter.drawRoundedRect(filled, 3.5, 3.5)


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    return label


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setForegroundRole(line.palette().ColorRole.Mid)
    return line


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
