"""Which crack is unrolled: the one under review or selected; and the way to all others."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, Signal

from annotator.document.crack import Crack
from annotator.document.image_entry import ImageEntry
from annotator.services.course_editing import place_of_sample
from annotator.services.crack_strip import CrackStrip, unroll
from annotator.session.crack_editing import waypoints_of
from annotator.session.session import Session
from annotator.workers.image_loader import OpenImage
from annotator.workers.job_runner import Job, JobContext

Point = tuple[float, float]

SAME_WAYPOINT = 6
"""A click so many columns from a waypoint moves that one."""

NO_COURSE = "Only cracks that were traced have a course along which they can be unrolled."
END_OF_PROJECT = "There is no other crack to unroll"


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A crack to unroll."""

    entry: ImageEntry
    crack: Crack
    is_candidate: bool = False


class CrackStrips(QObject):
    """Unrolls cracks in the background while somebody looks."""

    changed = Signal()
    """Another crack, or its strip is there."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.strip: CrackStrip | None = None
        """Of the crack, once it is unrolled."""
        self._session = session
        self._subject: Subject | None = None
        self._is_watched = False
        self._side: Literal["first", "last", ""] = ""
        """Which crack of the image that is being loaded is wanted."""
        session.selection.changed.connect(self._follow)
        session.review.changed.connect(self._follow)
        session.document_changed.connect(self._follow)
        session.image_shown.connect(self._on_image_shown)

    @property
    def crack(self) -> Crack | None:
        """The crack that is unrolled, or about to be."""
        return self._subject.crack if self._subject else None

    @property
    def is_candidate(self) -> bool:
        """Tell whether it is only proposed."""
        return self._subject is not None and self._subject.is_candidate

    @property
    def number(self) -> tuple[int, int]:
        """Which of the traced cracks of the image it is, from 1, and how many there are."""
        names = [crack.identifier for crack in self._cracks(self._session.current)]
        crack = self.crack
        place = names.index(crack.identifier) + 1 if crack and crack.identifier in names else 0
        return place, len(names)

    @property
    def waypoints(self) -> list[Point]:
        """Points that the course is traced through."""
        crack = self.crack
        return waypoints_of(self._session, crack) if crack else []

    def set_watched(self, is_watched: bool) -> None:
        """Unroll from now on, or leave it: nobody looks."""
        self._is_watched = is_watched
        self._follow()

    def step(self, by: int) -> None:
        """Go to the next (1) or the previous (-1) traced crack, also of other images."""
        session = self._session
        cracks = self._cracks(session.current)
        names = [crack.identifier for crack in cracks]
        crack = self.crack
        place = names.index(crack.identifier) + by if crack and crack.identifier in names else None
        if place is None:
            place = 0 if by > 0 else len(cracks) - 1
        if 0 <= place < len(cracks):
            self._select(cracks[place])
            return
        rows = range(len(session.entries)) if session.listed_rows is None else session.listed_rows()
        behind = [row for row in rows if (row - session.index) * by > 0]
        ordered = behind if by > 0 else behind[::-1]
        row = next((row for row in ordered if session.entries[row].crack_count), None)
        if row is None:
            session.notice.emit(END_OF_PROJECT)
            return
        self._side = "first" if by > 0 else "last"
        session.show_image(row)

    def click(self, column: float, row: float) -> None:
        """Trace the crack anew through a place of the strip."""
        strip, subject, session = self.strip, self._subject, self._session
        if strip is None or subject is None:
            return
        crack: Crack | None = subject.crack
        if subject.is_candidate:
            session.review.edit()  # it becomes a crack first
            content = subject.entry.content
            crack = content.find_crack(subject.crack.identifier) if content else None
        if crack is not None and crack.path is not None:
            session.retrace(crack, self._with_waypoint(strip, crack, column, row))

    def look_at(self, column: float, row: float) -> None:
        """Bring a place of the strip into view on the image."""
        if self.strip is not None:
            x, y = (round(value) for value in self.strip.point_at(column, row))
            reach = self.strip.middle * 3
            self._session.review.sight.show((x - reach, y - reach, x + reach, y + reach))

    def _with_waypoint(
        self, strip: CrackStrip, crack: Crack, column: float, row: float
    ) -> Sequence[Point]:
        """Return the waypoints with one more, or with one that is near moved there."""
        points = waypoints_of(self._session, crack)
        new = strip.point_at(column, row)
        sample = int(strip.samples[min(max(round(column), 0), strip.columns - 1)])
        number = place_of_sample(crack.course, sample)
        for near in (number - 1, number):
            if 0 <= near < len(points):
                at, _ = strip.place_of(*points[near], sample)
                if abs(at - column) <= SAME_WAYPOINT:
                    return [*points[:near], new, *points[near + 1 :]]
        if column < strip.column_of(0):
            return [new, *points]
        if column > strip.column_of(len(crack.course.centerline) - 1):
            return [*points, new]
        return [*points[:number], new, *points[number:]]

    def _cracks(self, entry: ImageEntry | None) -> list[Crack]:
        return [crack for crack in entry.cracks if crack.path] if entry else []

    def _select(self, crack: Crack) -> None:
        self._session.selection.select([crack.identifier])
        self._session.review.sight.show(crack.box)

    def _on_image_shown(self) -> None:
        side, self._side = self._side, ""
        cracks = self._cracks(self._session.current)
        if side and cracks:
            self._select(cracks[0 if side == "first" else -1])
        self._follow()

    def _follow(self) -> None:
        subject = self._found() if self._is_watched else None
        crack = subject.crack if subject else None
        if crack is self.crack and (subject is None) == (self._subject is None):
            return
        self._subject = subject
        if crack is None or crack.path is None:
            self.strip = None
        elif self._session.image is not None:
            self._unroll(crack, self._session.image)
        self.changed.emit()

    def _found(self) -> Subject | None:
        session = self._session
        entry, candidate = session.current, session.review.current
        if entry is None:
            return None
        if candidate is not None and session.review.stage == "candidate":
            return Subject(entry, candidate.best, is_candidate=True)
        return Subject(entry, session.selection.crack) if session.selection.crack else None

    def _unroll(self, crack: Crack, image: OpenImage) -> None:
        def work(_context: JobContext) -> CrackStrip:
            return unroll(image.rendered.levels[0], crack.course)

        self._session.runner.start(
            Job(
                key="crack strip", work=work, lane="loading", priority=15,
                on_done=partial(self._on_unrolled, crack),
            )
        )  # fmt: skip

    def _on_unrolled(self, crack: Crack, strip: CrackStrip) -> None:
        if crack is self.crack:
            self.strip = strip
            self.changed.emit()
