"""Where a click of the trace tool lands: on a crack that is there, or on the nearest response."""

import numpy as np

from annotator.canvas.tool import Point, PointerEvent
from annotator.document.crack import Crack
from annotator.session import Session
from annotator.tools.picking import SELECT_RADIUS, crack_under


def landing_of(session: Session, event: PointerEvent) -> Point:
    """Return the place on the crack under the pointer, else on the nearest crack response."""
    point = (event.x, event.y)
    if not event.is_inside:
        return point
    crack = crack_under(session, event)
    if crack is not None:
        return place_on(crack, point, SELECT_RADIUS / event.zoom)
    return session.live_preview.snap(point, event.zoom)


def place_on(crack: Crack, point: Point, radius: float) -> Point:
    """Return the place of a crack nearest to a point: on its center line, where it has one."""
    if crack.path is not None:
        places = crack.path.centerline
    else:
        reach = int(np.ceil(radius)) + 1
        x, y = round(point[0]), round(point[1])
        box = (x - reach, y - reach, x + reach + 1, y + reach + 1)
        rows, columns = np.nonzero(crack.mask_in(box))
        places = np.column_stack((columns + box[0], rows + box[1]))
    if not len(places):
        return point
    nearest = int(np.hypot(*(places - point).T).argmin())
    return float(places[nearest][0]), float(places[nearest][1])
