"""What a click on the canvas means: the crack or the box under the pointer."""

from collections.abc import Iterable

from annotator.canvas.hit_testing import crack_at
from annotator.canvas.tool import PointerEvent
from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack
from annotator.document.image_content import ImageObject
from annotator.session import Session
from annotator.tools.targets import seen_cracks

SELECT_RADIUS = 5.0
"""Screen pixels from an object at which a click still selects it."""


def crack_under(session: Session, event: PointerEvent) -> Crack | None:
    """Return the crack under the pointer that can be seen."""
    if not event.is_inside:
        return None
    return crack_at(seen_cracks(session), event.x, event.y, radius=SELECT_RADIUS / event.zoom)


def object_under(session: Session, event: PointerEvent) -> ImageObject | None:
    """Return the crack under the pointer, else the box whose border or inside is there."""
    entry = session.current
    if entry is None or not event.is_inside:
        return None
    crack = crack_under(session, event)
    if crack is not None:
        return crack
    seen = (box for box in entry.boxes if not session.selection.is_hidden(box.identifier))
    return box_at(seen, event.x, event.y, radius=SELECT_RADIUS / event.zoom)


def box_at(
    boxes: Iterable[BoundingBox], x: float, y: float, *, radius: float
) -> BoundingBox | None:
    """Return the smallest box that (x, y) is in, or not farther from than ``radius`` px."""
    near: list[tuple[int, int, BoundingBox]] = []
    for number, box in enumerate(boxes):
        x0, y0, x1, y1 = box.box
        is_near_x = x0 - 0.5 - radius <= x <= x1 - 0.5 + radius
        if is_near_x and y0 - 0.5 - radius <= y <= y1 - 0.5 + radius:
            near.append(((x1 - x0) * (y1 - y0), -number, box))
    return min(near, key=lambda item: item[:2])[2] if near else None
