"""The cost of what is in view: asked for tile by tile, so that a trace never waits for long."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from annotator.document.block_raster import Box
from annotator.errors import AnnotatorError
from annotator.services.cost_preview import CostTile, TileKey
from annotator.workers.image_loader import OpenImage
from annotator.workers.job_runner import Job
from annotator.workers.trace_work import CostRequest, TraceOptions

if TYPE_CHECKING:  # the session holds this
    from annotator.session.session import Session

DELAY_MS = 150
"""A view that still moves is not computed."""
LARGEST_VIEW = 1_500_000
"""Pixels of cost that are computed for one view; a larger one is taken in reduced size."""
MOST_TILES = 150
"""So many are kept, seen or not: a tile takes 80 kB, and four times that when it is painted."""
PRIORITY = -10


@dataclass(frozen=True, slots=True)
class Subject:
    """What tiles are of: tiles of different subjects do not go together."""

    image: OpenImage
    step: int
    options: TraceOptions


class CostPreview(QObject):
    """Follows the view and the parameters while it is shown.

    Tiles of a subject that is no longer the current one stay until those of the new one are there.
    """

    changed = Signal()
    """Tiles came or went."""
    shown_changed = Signal()
    """It was turned on or off, or its opacity is another."""

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._session = session
        self._is_shown = False
        self._opacity = 0.6
        self._view: tuple[Box, float] | None = None
        self._subject: Subject | None = None
        self._tiles: dict[TileKey, CostTile] = {}
        self._stale: list[CostTile] = []
        self._failed: Subject | None = None
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self._ask)
        session.trace_settings.changed.connect(self._ask_soon)
        session.image_shown.connect(self._on_image_shown)

    @property
    def is_shown(self) -> bool:
        """Whether the cost is drawn."""
        return self._is_shown

    @property
    def opacity(self) -> float:
        """Opacity of the picture in [0, 1]."""
        return self._opacity

    @property
    def tiles(self) -> list[CostTile]:
        """What there is to draw, older tiles first."""
        return [*self._stale, *self._tiles.values()] if self._is_shown else []

    @property
    def step(self) -> int:
        """How many px of the image one px of the picture stands for, each way."""
        return self._subject.step if self._subject else 1

    def set_shown(self, is_shown: bool) -> None:
        """Draw the cost, or not."""
        if is_shown == self._is_shown:
            return
        self._is_shown = is_shown
        if is_shown:
            self._ask_soon()
        else:
            self._cancel()
            self._forget()
        self.shown_changed.emit()

    def set_opacity(self, opacity: float) -> None:
        """Choose how much of the photograph shows through."""
        self._opacity = opacity
        self.shown_changed.emit()

    def look_at(self, box: Box, zoom: float) -> None:
        """Follow the view: the box in px that is on screen, screen pixels per image pixel."""
        self._view = box, zoom
        self._ask_soon()

    def _ask_soon(self) -> None:
        if self._is_shown:
            self._delay.start()

    def _ask(self) -> None:
        """Start to compute what is missing in the view."""
        image = self._session.image
        if not self._is_shown or image is None or self._view is None:
            return
        box, zoom = self._view
        subject = Subject(image, step_for(box, zoom), self._session.trace_settings.options)
        if subject == self._failed:
            return
        if subject != self._subject:
            self._cancel()
            is_same_image = self._subject is not None and self._subject.image is image
            self._stale = list(self._tiles.values()) if is_same_image else []
            self._subject, self._tiles = subject, {}
            self.changed.emit()
        self._request(subject)

    def _request(self, subject: Subject) -> None:
        if self._view is None:
            return
        request = CostRequest(self._view[0], subject.step, frozenset(self._tiles), subject.options)
        self._session.runner.start(
            Job(
                key="cost preview",
                work=lambda context: self._session.tracer.cost_tile(
                    subject.image, request, context
                ),
                lane="compute",
                priority=PRIORITY,
                on_done=lambda tile: self._on_tile(subject, tile),
                on_failed=lambda error: self._on_failed(subject, error),
            )
        )

    def _on_tile(self, subject: Subject, tile: CostTile | None) -> None:
        if subject != self._subject or not self._is_shown:
            return
        if tile is None:
            self._stale = []
        else:
            self._tiles[tile.key] = tile
            self._stale = [old for old in self._stale if not _covers(tile, old)]
            while len(self._tiles) > MOST_TILES:
                del self._tiles[next(iter(self._tiles))]
            self._request(subject)
        self.changed.emit()

    def _on_failed(self, subject: Subject, error: AnnotatorError) -> None:
        self._failed = subject
        self._session.problem.emit(str(error))

    def _on_image_shown(self) -> None:
        self._cancel()
        self._forget()
        self._ask_soon()

    def _cancel(self) -> None:
        job = self._session.runner.find("cost preview")
        if job:
            self._session.runner.cancel(job)

    def _forget(self) -> None:
        self._subject, self._tiles, self._stale = None, {}, []
        self.changed.emit()


def _covers(tile: CostTile, old: CostTile) -> bool:
    """Tell whether a tile is drawn over the middle of an older one."""
    x0, y0, x1, y1 = tile.area
    x, y = (old.area[0] + old.area[2]) / 2, (old.area[1] + old.area[3]) / 2
    return x0 <= x < x1 and y0 <= y < y1


def step_for(box: Box, zoom: float) -> int:
    """Return the power of two by which a view is reduced: to the screen's detail, and to a limit.

    It is not finer than the screen shows it.
    """
    area = (box[2] - box[0]) * (box[3] - box[1])
    step = 1
    while zoom * step * 2 <= 1 or area > LARGEST_VIEW * step**2:
        step *= 2
    return step
