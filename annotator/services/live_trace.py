"""A crack that follows the cursor: the front that grows from a click, and the path back to it.

The engine is loaded where work begins, not here: the window knows this module before that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from geodesic import PreparedImage, TraceParameters
    from geodesic.live_front import LiveFront as EngineFront
    from geodesic.live_front import LiveRibbon

Point = tuple[float, float]


class Options(Protocol):
    """What the user chose for a trace."""

    @property
    def preset(self) -> str:
        """Name of the preset."""
        ...

    @property
    def overrides(self) -> tuple[tuple[str, Any], ...]:
        """Parameters that differ from it, by name."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class LivePath:
    """The ribbon of a crack from the first click to the cursor; coordinates are (x, y) in px.

    ``confidence`` of each sample lies in [0, 1]; ``is_coarse`` says that only the coarse level
    has been there yet.
    """

    points: NDArray[np.float32]
    left: NDArray[np.float32]
    right: NDArray[np.float32]
    confidence: NDArray[np.float32]
    length: float
    median_width: float
    is_coarse: bool
    is_final: bool = False
    """A trace between the two points would be drawn just so."""


class LiveFront:
    """Paths from a click to anywhere, better and farther the longer it grows.

    ``image`` is a prepared image (`annotator.services.tracing.prepare`), whose caches are shared
    with the traces; ``start`` lies inside it. Made in no time, on any thread.
    """

    def __init__(self, image: "PreparedImage", start: Point, options: Options) -> None:
        self._image = image
        self._start = start
        self._options = options
        self._engine: EngineFront | None = None

    @property
    def wants_growth(self) -> bool:
        """Whether `grow`, where it has returned, should be called again.

        The point asked for last is not known yet as a trace would find it.
        """
        return self._engine is None or self._engine.wants_growth

    def grow(self, is_cancelled: Callable[[], bool], on_progress: Callable[[float], None]) -> None:
        """Grow until all is reached that the budget allows, or until cancelled; on a worker.

        It goes on while points are asked for, ends half a second after the last one, and may be
        called again. Cancelled, it returns within a few hundredths of a second. ``on_progress`` is
        called, on the worker, with the part of the budget that is used, whenever `path_to` may have
        a better answer than before.
        """
        from geodesic.live_front import LiveFront as EngineFront
        from geodesic.types import TraceCancelled

        def check() -> None:
            if is_cancelled():
                raise TraceCancelled

        if self._engine is None:
            parameters = _parameters(self._options)
            self._engine = EngineFront(self._image, self._start, parameters)
        try:
            self._engine.grow(check, on_progress)
        except TraceCancelled:
            return

    def path_to(self, x: float, y: float) -> LivePath | None:
        """Return the path to a point as it is known at this moment; quick, on any thread.

        None where nothing has come by yet, and outside the image.
        """
        engine = self._engine
        found = engine.ribbon_to(x, y) if engine else None
        return None if found is None else _live_path(found)

    def alternatives(self, x: float, y: float) -> list[LivePath]:
        """Return the best path and up to two others nearly as cheap; takes up to 300 ms."""
        engine = self._engine
        return [_live_path(found) for found in engine.alternatives(x, y)] if engine else []


def _parameters(options: "Options | TraceParameters") -> "TraceParameters":
    from annotator.services.tracing import parameters_from
    from geodesic import TraceParameters

    if isinstance(options, TraceParameters):
        return options
    return parameters_from(options.preset, **dict(options.overrides))


def _live_path(found: "LiveRibbon") -> LivePath:
    from geodesic.live_ribbon import edges
    from geodesic.polyline import polyline_length

    ribbon = found.ribbon
    left, right = edges(ribbon)
    return LivePath(
        points=ribbon.points.astype(np.float32),
        left=left.astype(np.float32),
        right=right.astype(np.float32),
        confidence=np.clip(ribbon.confidence, 0, 1).astype(np.float32),
        length=polyline_length(ribbon.points),
        median_width=float(np.median(ribbon.left + ribbon.right)),
        is_coarse=found.is_coarse,
        is_final=found.is_final,
    )


def warm_live(image: "PreparedImage", options: Options) -> None:
    """Make ready what the first click on an image would wait for; on a worker, once it is shown."""
    from geodesic.live_front import make_ready

    make_ready(image, _parameters(options))


def snap_to_ridge(
    image: "PreparedImage", x: float, y: float, radius: float, options: Options
) -> Point:
    """Return the strongest crack response near a point; quick, on any thread.

    The point itself where the image is not ready for that yet: a trace or `warm_live` makes it so.
    """
    from geodesic.click_snapping import snap

    parameters = _parameters(options)
    parameters = parameters.with_overrides(
        snap_radius=min(max(radius, 0.0), 50.0),
        channel="luminance" if parameters.channel == "auto" else parameters.channel,
        polarity="dark" if parameters.polarity == "auto" else parameters.polarity,
    )
    height, width = image.shape
    is_inside = -0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5
    if not is_inside or not image.knows_ridge_levels(parameters.channel):
        return x, y
    point = snap(image, np.array([[x, y]], np.float64), parameters)[0]
    return float(point[0]), float(point[1])
