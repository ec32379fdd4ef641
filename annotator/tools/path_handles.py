"""Handles on the course of the selected crack: its ends and waypoints, dragged to trace it anew."""

from dataclasses import dataclass

from PySide6.QtCore import Qt

from annotator.canvas.tool import Handle, Point, PointerEvent, Preview
from annotator.document.crack import Crack
from annotator.services.course_editing import nearest_sample, place_of_sample
from annotator.session import Session, crack_editing
from annotator.tools.handles import Drag, DraggedHandles, nearest

COURSE_RADIUS = 5.0
"""Screen pixels from the centerline at which it can be taken hold of."""

HINT_END = "Drag moves this end, and the crack is traced anew"
HINT_WAYPOINT = "Drag moves this point · Alt+click or Delete takes it away"
HINT_COURSE = "Drag or double-click adds a point to the crack here"
HINT_DRAGGING = "Release to trace the crack anew · Esc leaves it as it was"
HINT_LOCKED = "This crack is locked · L unlocks it"


@dataclass(slots=True, kw_only=True)
class WaypointDrag(Drag):
    """A waypoint on its way, among all waypoints of its crack."""

    identifier: str
    waypoints: list[Point]
    number: int
    shift: Point
    """From the pointer to the point that it holds."""

    @property
    def line(self) -> tuple[Point, ...]:
        """The moved point between its neighbors."""
        return tuple(self.waypoints[max(self.number - 1, 0) : self.number + 2])


class PathHandles(DraggedHandles[WaypointDrag]):
    """Ends and waypoints of the crack that is selected alone, and the course between them.

    A drag ends as `Session.retrace`; if that fails the crack stays and its handles with it.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._pointer: PointerEvent | None = None
        self._hovered: int | None = None
        self._is_on_course = False
        session.selection.changed.connect(self._follow)
        session.selection.visibility_changed.connect(self._follow)
        session.document_changed.connect(self._follow)
        session.traces.changed.connect(self._follow)
        session.image_shown.connect(self._forget)

    @property
    def crack(self) -> Crack | None:
        """The crack whose handles are shown."""
        crack = self._session.selection.crack
        if crack is None or crack.path is None:
            return None
        return None if self._session.selection.is_hidden(crack.identifier) else crack

    @property
    def shown(self) -> Preview:
        """Handles at the waypoints, and a dashed line through one that is moved."""
        drag = self._drag if self.is_dragging else None
        points = drag.waypoints if drag else self._waypoints()
        active = drag.number if drag else self._hovered
        handles = tuple(
            Handle(
                point,
                "end" if number in (0, len(points) - 1) else "waypoint",
                is_hovered=number == active,
            )
            for number, point in enumerate(points)
        )
        return Preview(handles=handles, under_way=(drag.line,) if drag else ())

    @property
    def hint(self) -> str:
        """Say what can be done with the point or the course under the pointer."""
        crack = self.crack
        if self.is_dragging:
            return HINT_DRAGGING
        if crack is None or (self._hovered is None and not self._is_on_course):
            return ""
        if crack.is_locked:
            return HINT_LOCKED
        if self._hovered is None:
            return HINT_COURSE
        return HINT_WAYPOINT if self._is_inner(self._hovered) else HINT_END

    @property
    def cursor(self) -> Qt.CursorShape | None:
        """Show that something can be moved."""
        if self.is_dragging or self._hovered is not None:
            return Qt.CursorShape.SizeAllCursor
        return Qt.CursorShape.PointingHandCursor if self._is_on_course else None

    def press(self, event: PointerEvent) -> bool:
        """Take hold of a point, or of the course to pull a new point out of it."""
        self._look(event)
        crack = self.crack
        if crack is None or event.is_extending:
            return False
        if self._hovered is not None:
            if event.is_inverting:
                self._remove(crack, self._hovered)
            else:
                self._hold(crack, event, self._waypoints(), self._hovered)
            return True
        if self._is_on_course and not event.is_inverting:
            self._pull(crack, event)
            return True
        return False

    def double_click(self, event: PointerEvent) -> bool:
        """Add a point where the course is double-clicked."""
        self._look(event)
        if self.crack is None or self._hovered is not None or not self._is_on_course:
            return self._hovered is not None
        crack_editing.insert_waypoint(self._session, (event.x, event.y))
        return True

    def leave(self) -> None:
        """Hover nothing."""
        self._pointer = None
        self._set_hovered(None, False)

    def delete_hovered(self) -> bool:
        """Delete the waypoint under the pointer; an end is not meant where a crack is deleted."""
        crack, number = self.crack, self._hovered
        if crack is None or number is None or not self._is_inner(number):
            return False
        self._remove(crack, number)
        return True

    def _obstacle(self, drag: WaypointDrag) -> str:
        crack = self.crack
        return crack_editing.LOCKED if crack is None or crack.is_locked else ""

    def _drag_to(self, event: PointerEvent, drag: WaypointDrag) -> None:
        drag.waypoints[drag.number] = self._place(event, drag)

    def _set_down(self, drag: WaypointDrag) -> None:
        if self.crack is not None:
            self._session.retrace(self.crack, drag.waypoints)

    def _waypoints(self) -> list[Point]:
        crack = self.crack
        return crack_editing.waypoints_of(self._session, crack) if crack else []

    def _is_inner(self, number: int) -> bool:
        return 0 < number < len(self._waypoints()) - 1

    def _remove(self, crack: Crack, number: int) -> None:
        crack_editing.remove_waypoint(self._session, crack, number)
        self._follow()

    def _hold(self, crack: Crack, event: PointerEvent, waypoints: list[Point], number: int) -> None:
        x, y = waypoints[number]
        shift = (x - event.x, y - event.y)
        self._drag = WaypointDrag(
            pressed=event,
            identifier=crack.identifier,
            waypoints=list(waypoints),
            number=number,
            shift=shift,
        )

    def _pull(self, crack: Crack, event: PointerEvent) -> None:
        sample, _ = nearest_sample(crack.course, (event.x, event.y))
        x, y = crack.course.centerline[sample]
        number = place_of_sample(crack.course, sample)
        waypoints = self._waypoints()
        waypoints.insert(number, (float(x), float(y)))
        self._hold(crack, event, waypoints, number)

    def _place(self, event: PointerEvent, drag: WaypointDrag) -> Point:
        """Return where the held point goes, which is on the image."""
        image = self._session.image
        width, height = image.size if image else (1, 1)
        x = min(max(event.x + drag.shift[0], 0.0), width - 1.0)
        y = min(max(event.y + drag.shift[1], 0.0), height - 1.0)
        return x, y

    def _look(self, event: PointerEvent | None) -> None:
        """Note what of the crack is under the pointer."""
        self._pointer = event
        crack = self.crack
        if event is None or crack is None:
            self._set_hovered(None, False)
            return
        hovered = nearest(event, self._waypoints())
        is_on_course = False
        if hovered is None and not crack_editing.is_being_traced(self._session, crack):
            _, away = nearest_sample(crack.course, (event.x, event.y))
            is_on_course = away * event.zoom <= COURSE_RADIUS
        self._set_hovered(hovered, is_on_course)

    def _set_hovered(self, hovered: int | None, is_on_course: bool) -> None:
        if (hovered, is_on_course) != (self._hovered, self._is_on_course):
            self._hovered, self._is_on_course = hovered, is_on_course
            self.changed.emit()

    def _follow(self) -> None:
        """Look again: the crack may be another one, or the same with another course."""
        crack = self.crack
        if self._drag and (crack is None or crack.identifier != self._drag.identifier):
            self._drag = None
        self._look(self._pointer)
        self.changed.emit()

    def _forget(self) -> None:
        self._drag = self._pointer = None
        self._follow()
