"""The crack between the clicks and the cursor, before it is traced: never waited for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import hypot
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from annotator.services.live_trace import LiveFront, LivePath
from annotator.workers.image_loader import OpenImage
from annotator.workers.job_runner import Job, JobContext
from annotator.workers.trace_work import Point, Snapper, TraceOptions

if TYPE_CHECKING:  # the session holds this
    from annotator.session.session import Session

LANE = "preview"
REST_MS = 150
"""A cursor that has not moved for so long is asked about: are there other ways to it?"""
HOLD = 24.0
"""Screen pixels that the cursor may move while a way that was chosen stays chosen."""
SNAP_RADIUS = 12.0
"""Screen pixels from the cursor to the crack that it snaps to."""
LEAST_SNAP, MOST_SNAP = 3.0, 24.0
"""The same in image pixels, at least and at most."""

FRONT, WAYS, SNAPPER = "live front", "other ways", "snapper"


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A course to the cursor, and the points that make a trace follow it, by their samples."""

    path: LivePath
    samples: tuple[int, ...] = ()

    @property
    def points(self) -> list[Point]:
        """Points to trace through on the way."""
        return [(float(x), float(y)) for x, y in self.path.points[list(self.samples)]]


@dataclass(slots=True, eq=False)
class _Subject:
    """What a front grows from."""

    image: OpenImage
    start: Point
    options: TraceOptions
    front: LiveFront | None = None
    """Made on a worker."""
    is_told: bool = False
    """Word of growth is on its way to the GUI thread."""


class LivePreview(QObject):
    """Grows a front from the last click, and answers with what the front has reached so far."""

    changed = Signal()
    """The front has come farther, or other ways were found: ask again."""
    snapping_changed = Signal()
    """The switch was turned."""
    _grown = Signal(object)

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._session = session
        self._points: list[Point] = []
        self._segments: list[LivePath | None] = []
        self._n_settled = 0
        """Segments whose front is done: their courses are known, or will not be."""
        self._subject: _Subject | None = None
        self._ways: tuple[Way, ...] = ()
        self._way = 0
        self._cursor: Point | None = None
        self._place: Point | None = None
        """Where the cursor rested when other ways were asked for."""
        self._is_snapping = True
        self._snapper: Snapper | None = None
        self._snapper_of: tuple[OpenImage, TraceOptions] | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._look_for_ways)
        self._grown.connect(self._on_grown, Qt.ConnectionType.QueuedConnection)
        session.trace_settings.changed.connect(self._on_settings_changed)
        session.image_shown.connect(self._on_image_shown)

    # Snapping

    @property
    def is_snapping(self) -> bool:
        """Whether clicks go to the nearest crack."""
        return self._is_snapping

    def set_snapping(self, is_snapping: bool) -> None:
        """Let clicks go to the nearest crack, or leave them where they are."""
        if is_snapping != self._is_snapping:
            self._is_snapping = is_snapping
            self.snapping_changed.emit()

    def snap(self, point: Point, zoom: float) -> Point:
        """Return the place on a crack that a click here means, or the point itself.

        Until the image is prepared for it, in the background, that is the point.
        """
        session = self._session
        if not self._is_snapping or session.image is None:
            return point
        wanted = session.image, session.options
        if self._snapper_of is None or self._snapper_of != wanted:
            self._prepare_snapper(*wanted)
        if self._snapper is None:
            return point
        return self._snapper(point, min(max(SNAP_RADIUS / zoom, LEAST_SNAP), MOST_SNAP))

    def _prepare_snapper(self, image: OpenImage, options: TraceOptions) -> None:
        self._snapper, self._snapper_of = None, (image, options)
        tracer = self._session.tracer
        self._session.runner.start(
            Job(
                key=SNAPPER,
                work=lambda _context: tracer.snapper(image, options),
                lane=LANE,
                on_done=self._on_snapper,
            )
        )

    def _on_snapper(self, snapper: Snapper) -> None:
        self._snapper = snapper
        self.changed.emit()

    # The course

    @property
    def points(self) -> tuple[Point, ...]:
        """The clicks so far."""
        return tuple(self._points)

    @property
    def segments(self) -> tuple[LivePath | None, ...]:
        """Courses between the clicks, None where the front has not been yet."""
        return tuple(self._segments)

    def set_points(self, points: Sequence[Point], segments: Sequence[LivePath | None] = ()) -> None:
        """Follow the clicks of a trace; ``segments`` are courses that are known of the newest."""
        same = 0
        while same < min(len(points), len(self._points)) and points[same] == self._points[same]:
            same += 1
        known = self._segments[: max(same - 1, 0)]
        count = max(len(points) - 1, 0)
        self._n_settled = min(self._n_settled, len(known))
        if self._n_settled + len(segments) == count:
            known = [*known[: self._n_settled], *segments]
            while self._n_settled < count and _is_settled(known[self._n_settled]):
                self._n_settled += 1
        known += [None] * (count - len(known))
        self._points, self._segments = list(points), known
        self._forget_ways()
        self._grow()

    def path_to(self, cursor: Point) -> LivePath | None:
        """Return the course from the last click to the cursor, None where no front has been."""
        if self._way and self._place is not None:
            return self._ways[self._way].path
        subject = self._subject
        if subject is None or subject.front is None or self._is_behind:
            return None
        path = subject.front.path_to(*cursor)
        self._keep_growing(subject, subject.front)
        return path

    @property
    def is_awaited(self) -> bool:
        """Whether a better answer than the last one is on its way: ask again soon."""
        front = self._subject.front if self._subject else None
        return front is not None and front.wants_growth

    @property
    def _is_behind(self) -> bool:
        """Whether the front still looks for the way between clicks."""
        return self._n_settled < len(self._segments)

    def _grow(self) -> None:
        """Let a front grow from the first click whose course onward is not known."""
        session = self._session
        if not self._points or session.image is None:
            self._stop()
            return
        subject = self._subject
        wanted = session.image, self._points[self._n_settled], session.options
        if subject and (subject.image, subject.start, subject.options) == wanted:
            self._complete()
            return
        self._stop()
        self._subject = _Subject(*wanted)
        self._start(self._subject)

    def _start(self, subject: _Subject) -> None:
        self._session.runner.start(
            Job(key=FRONT, work=partial(self._work, subject), lane=LANE,
                on_done=lambda _none: self._look(subject, is_over=True))
        )  # fmt: skip

    def _keep_growing(self, subject: _Subject, front: LiveFront) -> bool:
        """Go on where the front stopped short of what is asked for; tell whether it does."""
        is_growing = self._session.runner.find(FRONT) is not None
        if not is_growing and front.wants_growth:
            self._start(subject)
            is_growing = True
        return is_growing

    def _work(self, subject: _Subject, context: JobContext) -> None:
        """Grow, on a worker."""
        front = subject.front
        if front is None:
            tracer = self._session.tracer
            front = tracer.live_front(subject.image, subject.start, subject.options)
            subject.front = front

        def report(_fraction: float) -> None:
            if not subject.is_told:  # one at a time, and never without the last one
                subject.is_told = True
                self._grown.emit(subject)

        if not context.is_cancelled():
            front.grow(context.is_cancelled, report)
        if context.is_cancelled():
            subject.front = None

    def _on_grown(self, subject: _Subject) -> None:
        subject.is_told = False
        self._look(subject, is_over=False)

    def _look(self, subject: _Subject, *, is_over: bool) -> None:
        """See what the front has reached."""
        if subject is not self._subject:
            return
        self._complete(is_over=is_over)
        if self._place is None and not self._rest.isActive():
            self._rest.start()
        self.changed.emit()

    def _complete(self, *, is_over: bool = False) -> None:
        """Note the course to the next click once it is known, and go on from there."""
        subject = self._subject
        if subject is None or subject.front is None or not self._is_behind:
            return
        index = self._n_settled
        path = subject.front.path_to(*self._points[index + 1])
        self._segments[index] = path
        is_over = is_over and not self._keep_growing(subject, subject.front)
        if is_over or _is_settled(path):
            self._n_settled += 1
            self._grow()

    def _stop(self) -> None:
        """Let the front go, and its memory."""
        self._forget_ways()
        if self._subject is not None:
            self._subject.front = None
        self._subject = None
        self._cancel(FRONT)

    # Other ways

    @property
    def ways(self) -> tuple[int, int]:
        """Number of the way chosen, from 0, and how many there are to the cursor."""
        return self._way, max(len(self._ways), 1)

    @property
    def way(self) -> Way | None:
        """The way that was chosen, None where it is the best one."""
        return self._ways[self._way] if self._way else None

    def next_way(self) -> bool:
        """Choose the next way to the cursor; tell whether there is another."""
        if len(self._ways) < 2:
            return False
        self._way = (self._way + 1) % len(self._ways)
        self.changed.emit()
        return True

    def look_at(self, cursor: Point | None, zoom: float) -> None:
        """Follow the cursor: where it rests, other ways to it are looked for."""
        if cursor is not None and self._place is not None:
            if hypot(cursor[0] - self._place[0], cursor[1] - self._place[1]) * zoom <= HOLD:
                return
            self._forget_ways()
        self._cursor = cursor
        if cursor is not None and self._points:
            self._rest.start()

    def _look_for_ways(self) -> None:
        subject, cursor = self._subject, self._cursor
        if subject is None or subject.front is None or cursor is None or self._is_behind:
            return
        path = subject.front.path_to(*cursor)
        if not _is_settled(path):
            return
        self._place = cursor
        self._session.runner.start(
            Job(
                key=WAYS,
                work=partial(_find_ways, subject.front, cursor),
                lane=LANE,
                on_done=partial(self._on_ways, subject),
            )
        )

    def _on_ways(self, subject: _Subject, ways: tuple[Way, ...]) -> None:
        if subject is self._subject and self._place is not None:
            self._ways, self._way = ways, 0
            self.changed.emit()

    def _forget_ways(self) -> None:
        self._rest.stop()
        self._ways, self._way, self._place = (), 0, None
        self._cancel(WAYS)

    # What goes on elsewhere

    def _on_settings_changed(self) -> None:
        if self._subject and self._subject.options != self._session.options:
            self._segments[:] = [None] * len(self._segments)
            self._n_settled = 0
            self._grow()

    def _on_image_shown(self) -> None:
        self._points, self._segments, self._n_settled = [], [], 0
        self._stop()
        self._cancel(SNAPPER)
        self._snapper = self._snapper_of = None

    def _cancel(self, key: str) -> None:
        job = self._session.runner.find(key)
        if job:
            self._session.runner.cancel(job)


def _is_settled(path: LivePath | None) -> bool:
    """Tell whether a course is better than a first guess."""
    return path is not None and not path.is_coarse


def _find_ways(front: LiveFront, cursor: Point, _context: JobContext) -> tuple[Way, ...]:
    """Return the ways to a point, the best first; on a worker."""
    from annotator.services.detours import detour_samples

    paths = front.alternatives(*cursor)
    if len(paths) < 2:
        return ()
    ways = [Way(paths[0])]
    for path in paths[1:]:
        samples = detour_samples(path, [other for other in paths if other is not path])
        if samples:
            ways.append(Way(path, tuple(samples)))
    return tuple(ways) if len(ways) > 1 else ()
