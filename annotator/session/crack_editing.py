"""Edits of whole cracks and boxes that the menus offer; each is one step back in the history.

What takes time runs in the background and is applied when it is done, unless the cracks were
changed meanwhile. Sentences for the user say why nothing was done.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from math import hypot

from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack, new_identifier
from annotator.document.image_content import ImageContent
from annotator.document.image_entry import ImageEntry
from annotator.services import course_editing, crack_editing
from annotator.session.session import LOCKED, READ_ONLY, Session
from annotator.workers.image_loader import OpenImage
from annotator.workers.job_runner import Job, JobContext, Lane
from annotator.workers.trace_work import Point, TraceOptions

SHORTEST_PART = 3.0
"""Neither part of a crack that is split may be shorter than this, in px."""
DUPLICATE_SHIFT = 12
"""Pixels between a box and its duplicate, to the right and down."""

SOME_LOCKED = "What is locked was left as it is; unlock it first (L)."
NOT_TRACED = "This needs a crack that was traced; select one first."
CHANGED_MEANWHILE = "The crack was changed while this was under way; do it again."

Replacements = dict[str, Sequence[Crack]]
"""New cracks by the identifier of the one that they take the place of."""


# What can be done with the selection


def has_course(session: Session) -> bool:
    """Tell whether exactly one crack is selected and it can be traced anew."""
    crack = session.selection.crack
    return crack is not None and crack.path is not None


def has_region(session: Session) -> bool:
    """Tell whether exactly one crack is selected and it was not traced."""
    crack = session.selection.crack
    return crack is not None and crack.path is None


def can_join(session: Session) -> bool:
    """Tell whether two traced cracks are selected and nothing else."""
    cracks = session.selection.cracks
    return len(session.selection.names) == 2 and len([c for c in cracks if c.path]) == 2


def can_merge(session: Session) -> bool:
    """Tell whether several cracks are selected."""
    return len(session.selection.cracks) > 1


# Selection


def select_all(session: Session) -> None:
    """Select all cracks and boxes of the image that can be seen."""
    objects = session.current.content.objects if session.current and session.current.content else ()
    names = (item.identifier for item in objects)
    session.selection.select(n for n in names if not session.selection.is_hidden(n))


# Courses


def reverse_selected(session: Session) -> None:
    """Turn the direction of the selected traced cracks round."""
    cracks = [crack for crack in _free(session, session.selection.cracks) if crack.path]
    if not cracks:
        return
    turned: Replacements = {
        crack.identifier: [replace(crack, path=course_editing.reversed_path(crack.course))]
        for crack in cracks
    }
    _apply(session, "Reverse crack", turned)


def waypoints_of(session: Session, crack: Crack) -> list[Point]:
    """Return the waypoints of a traced crack, or those it is being traced through right now."""
    running = session.traces.replacing(crack.identifier)
    return list(running.waypoints) if running else course_editing.waypoints_of(crack.course)


def is_being_traced(session: Session, crack: Crack) -> bool:
    """Tell whether a crack is being traced anew."""
    return session.traces.replacing(crack.identifier) is not None


def insert_waypoint(session: Session, point: Point) -> bool:
    """Add a waypoint to the selected crack where its course is nearest to a point.

    The course stays as it is: it goes through that point already.
    """
    crack = _course_of_selected(session)
    if crack is None:
        return False
    if is_being_traced(session, crack):
        session.problem.emit("The crack is being traced anew; add the point when that is done.")
        return False
    sample, _ = course_editing.nearest_sample(crack.course, point)
    x, y = crack.course.centerline[sample]
    if any(hypot(x - a, y - b) < 2 for a, b in crack.course.waypoints):
        session.problem.emit("There is a point here already; drag it to trace the crack anew.")
        return False
    changed = replace(crack, path=course_editing.with_waypoint(crack.course, sample))
    return _apply(session, "Insert waypoint", {crack.identifier: [changed]})


def remove_waypoint(session: Session, crack: Crack, number: int) -> bool:
    """Take a waypoint away and trace the crack anew; without an end it becomes shorter."""
    points = waypoints_of(session, crack)
    if len(points) <= 2:
        session.problem.emit("A crack needs both its ends; delete the crack itself instead.")
        return False
    session.retrace(crack, points[:number] + points[number + 1 :])
    return not crack.is_locked


def remove_waypoint_at(session: Session, point: Point) -> bool:
    """Take away the waypoint of the selected crack that is nearest to a point."""
    crack = _course_of_selected(session)
    if crack is None:
        return False
    x, y = point
    distances = [hypot(x - a, y - b) for a, b in waypoints_of(session, crack)]
    return remove_waypoint(session, crack, distances.index(min(distances)))


def split_at(session: Session, point: Point) -> None:
    """Cut the selected traced crack in two where its course is nearest to a point."""
    crack = _course_of_selected(session)
    if crack is None:
        return
    path = crack.course
    sample, _ = course_editing.nearest_sample(path, point)
    x, y = path.centerline[sample]
    if min(hypot(x - a, y - b) for a, b in path.centerline[[0, -1]]) < SHORTEST_PART:
        session.problem.emit("This is the end of the crack; point at a place along it to cut it.")
        return

    def work(_context: JobContext) -> Replacements:
        return {crack.identifier: crack_editing.split_crack(crack, sample)}

    _edit_when_done(session, "Split crack", [crack], work)


def join_selected(session: Session) -> None:
    """Make one of the two selected traced cracks; the gap between their ends is traced."""
    cracks = session.selection.cracks
    image = session.image
    if not can_join(session) or image is None:
        session.problem.emit("Select two traced cracks to join them.")
        return
    first, second = cracks
    if first.is_locked or second.is_locked:
        session.problem.emit(LOCKED)
        return
    one, other, gap = course_editing.facing(first.course, second.course)

    def work(context: JobContext) -> Replacements:
        bridges: list[Crack] = []
        if gap >= course_editing.SAME_PLACE:
            # Not snapped: the bridge is to begin and end where the cracks do.
            options = TraceOptions.of({**one.parameters, "snap_radius": 0.0})
            ends = [(float(x), float(y)) for x, y in (one.centerline[-1], other.centerline[0])]
            bridges = [session.tracer.trace(image, ends, options, context)]
        parts = [replace(first, path=one), *bridges, replace(second, path=other)]
        joined = crack_editing.joined_crack(first, second, parts)
        return {first.identifier: [joined], second.identifier: []}

    _edit_when_done(session, "Join cracks", cracks, work, "compute")


# Regions


def merge_selected(session: Session) -> None:
    """Make one crack of all that are selected."""
    cracks = session.selection.cracks
    if len(cracks) < 2:
        session.problem.emit("Select several cracks to merge them.")
        return
    if any(crack.is_locked for crack in cracks):
        session.problem.emit(LOCKED)
        return
    if len([crack for crack in cracks if crack.path]) > 1:
        session.notice.emit("Merged into a region, which cannot be traced anew; Ctrl+Z undoes it")

    def work(_context: JobContext) -> Replacements:
        gone: Replacements = {crack.identifier: [] for crack in cracks[1:]}
        return {cracks[0].identifier: [crack_editing.merged_crack(cracks)], **gone}

    _edit_when_done(session, "Merge cracks", cracks, work)


def fill_holes_of_selected(session: Session) -> None:
    """Fill the holes of the selected cracks, except what a crack goes round."""
    cracks = _free(session, session.selection.cracks)
    if not cracks:
        return

    def work(_context: JobContext) -> Replacements:
        filled = {crack: crack_editing.filled_crack(crack) for crack in cracks}
        return {old.identifier: [new] for old, new in filled.items() if new is not old}

    _edit_when_done(session, "Fill holes", cracks, work, nothing="There are no holes to fill.")


def trace_along_selected(session: Session) -> None:
    """Replace the selected region by cracks traced along its thin parts."""
    region = session.selection.crack
    if region is None or region.path:
        session.problem.emit("Select one region that was painted, imported or predicted.")
        return
    image = session.image
    if image is None:
        return
    if region.is_locked:
        session.problem.emit(LOCKED)
        return
    work = partial(_trace_along, session, region, image, session.options)
    _edit_when_done(
        session,
        "Trace along region",
        [region],
        work,
        "compute",
        nothing="This region is nowhere thin enough for a course; it stays as it is.",
    )


def _trace_along(
    session: Session,
    region: Crack,
    image: OpenImage,
    options: TraceOptions,
    context: JobContext,
) -> Replacements:
    cracks = crack_editing.traced_along(
        region,
        lambda waypoints: session.tracer.trace(
            image, [(float(x), float(y)) for x, y in waypoints], options, context
        ),
    )
    return {region.identifier: cracks} if cracks else {}


# Boxes


def duplicate_selected(session: Session) -> None:
    """Put a copy of each selected box beside it and select the copies."""
    boxes = session.selection.boxes
    if not boxes or session.image is None:
        session.problem.emit("Select a box to duplicate it.")
        return
    width, height = session.image.size
    copies = [_beside(box, width, height) for box in boxes]
    text = "Duplicate box" if len(copies) == 1 else f"Duplicate {len(copies)} boxes"
    if session.apply(text, lambda content: content.with_boxes(copies)):
        session.selection.select(copy.identifier for copy in copies)


def _beside(box: BoundingBox, width: int, height: int) -> BoundingBox:
    x0, y0, x1, y1 = box.box
    dx = DUPLICATE_SHIFT if x1 + DUPLICATE_SHIFT <= width else -min(DUPLICATE_SHIFT, x0)
    dy = DUPLICATE_SHIFT if y1 + DUPLICATE_SHIFT <= height else -min(DUPLICATE_SHIFT, y0)
    moved = (x0 + dx, y0 + dy, x1 + dx, y1 + dy)
    return replace(box, box=moved, is_locked=False, identifier=new_identifier())


# How edits are made


def _course_of_selected(session: Session) -> Crack | None:
    crack = session.selection.crack
    if crack is None or crack.path is None:
        session.problem.emit(NOT_TRACED)
        return None
    if crack.is_locked:
        session.problem.emit(LOCKED)
        return None
    return crack


def _free(session: Session, cracks: Iterable[Crack]) -> list[Crack]:
    """Return what is not locked; say so where something is."""
    chosen = list(cracks)
    free = [crack for crack in chosen if not crack.is_locked]
    if len(free) < len(chosen):
        session.problem.emit(SOME_LOCKED)
    return free


def _edit_when_done(
    session: Session,
    text: str,
    cracks: Sequence[Crack],
    work: Callable[[JobContext], Replacements],
    lane: Lane = "loading",
    *,
    nothing: str = "",
) -> None:
    """Work out what becomes of cracks in the background, then apply it as one edit.

    ``nothing`` is the sentence for the case that nothing is to be replaced.
    """
    entry = session.current
    if session.is_read_only:
        session.problem.emit(READ_ONLY)
    if entry is None or session.is_read_only:
        return
    names = {crack.identifier for crack in cracks}
    for running in [running for running in session.traces.running if running.replaces in names]:
        session.runner.cancel(running.job)

    def work_and_draw(context: JobContext) -> Replacements:
        replacements = work(context)
        for new in replacements.values():
            for crack in new:
                session.drawings.add(crack)  # so that it can be painted as soon as it is there
        return replacements

    def finish(replacements: Replacements) -> None:
        if nothing and not replacements:
            session.notice.emit(nothing)
        elif entry.content is None or any(
            entry.content.find_crack(crack.identifier) is not crack for crack in cracks
        ):
            session.problem.emit(CHANGED_MEANWHILE)
        else:
            _apply(session, text, replacements, entry)

    session.runner.start(
        Job(
            key=("edit cracks", *sorted(names)),
            work=work_and_draw,
            title=text,
            lane=lane,
            priority=25,
            on_done=finish,
            on_failed=lambda error: session.problem.emit(str(error)),
        )
    )


def _apply(
    session: Session, text: str, replacements: Replacements, entry: ImageEntry | None = None
) -> bool:
    def transform(content: ImageContent) -> ImageContent:
        for name, new in replacements.items():
            content = content.with_crack_replaced(name, new)
        return content

    is_applied = session.apply(text, transform, entry)
    if is_applied and entry in (None, session.current):
        session.selection.select(crack.identifier for new in replacements.values() for crack in new)
    return is_applied
