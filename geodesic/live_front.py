"""The live geodesic: a front that grows from a click, and the paths it knows at any moment.

Three levels answer. The coarse one (`geodesic.coarse_level`) crosses the image in about a second.
The fine one is the map that a trace marches, growing outward from the click. Where the cursor rests
beyond it, an aimed map is marched in the corridor between click and cursor, exactly as a trace
would; so the trace between two clicks follows the course that was shown.

`LiveFront.grow` runs on one thread; everything else may be called on any other meanwhile.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from geodesic.alternatives import other_ways
from geodesic.appearance import resolve_appearance
from geodesic.click_snapping import snap
from geodesic.coarse_level import CoarseLevel, coarse_level
from geodesic.fine_level import FineMap, aimed_map, outward_map
from geodesic.growing_map import GrowingMap
from geodesic.live_ribbon import (
    MeasuredTrack,
    even,
    is_measured,
    measure_track,
    ribbon_along,
)
from geodesic.live_wait import POLL_S, Patience
from geodesic.parameters import Channel, TraceParameters
from geodesic.polyline import smooth
from geodesic.prepared_image import PreparedImage
from geodesic.quick_ribbon import Ribbon, quick_ribbon
from geodesic.types import Points, TraceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEAD_START_S = 0.15
"""The coarse front grows alone for this long."""

MOST_POINTS = 12_000_000
"""Points that the outward front accepts at most."""

REST_S = 0.12
"""The cursor rests once it has stayed on its spot for so long."""

SAME_SPOT = 3.0
"""In px."""

LINGER_S = 0.5
"""Growing goes on for so long after a point was asked for."""

MEASURE_EVERY_S = 0.2
"""Full measurements leave the fronts this much time between them."""

FINE_DRIFT, COARSE_DRIFT = 5.0, 2.0
"""How far the quick middle line may leave a track: px, and edges of a coarse cell."""

COARSE_SMOOTHING = 4.0
"""Of a coarse track, in px per px of a cell's edge: cells make it angular."""

Check = Callable[[], None]
Report = Callable[[float], None]


@dataclass(frozen=True, slots=True, eq=False)
class LiveRibbon:
    """The ribbon to a point.

    ``is_coarse``: only the coarse level has been there yet. ``is_final``: a trace would find it so.
    """

    ribbon: Ribbon
    is_coarse: bool
    is_final: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """A point that was asked for; since when the cursor is near it, and when it was asked last."""

    point: tuple[float, float]
    since: float
    last: float


class LiveFront:
    """Paths from a point of an image to anywhere in it.

    Parameters
    ----------
    prepared : PreparedImage
        The image; its tiles are shared with the traces.
    start : tuple of float
        (x, y) in px, inside the image.
    parameters : TraceParameters
        As for a trace.
    """

    def __init__(
        self, prepared: PreparedImage, start: tuple[float, float], parameters: TraceParameters
    ) -> None:
        self._prepared = prepared
        self._start = start
        self._parameters = parameters
        self._origin = np.round(np.array([start], np.float64))
        self._patience = Patience()
        self._level: CoarseLevel | None = None
        self._plane: NDArray[Any] = np.zeros((1, 1), np.uint8)
        """Grey values that quick ribbons are measured in."""
        self._coarse: GrowingMap | None = None
        self._fine: tuple[FineMap, ...] = ()
        """The outward map, then the last aimed one."""
        self._hopeless: set[tuple[int, int]] = set()
        self._measured: MeasuredTrack | None = None
        self._asked: _Asked | None = None
        self._unmeasured: Points | None = None
        self._next_measurement = 0.0

    @property
    def parameters(self) -> TraceParameters:
        """What is traced with; polarity and channel are resolved once the fine front is there."""
        return self._parameters

    @property
    def wants_growth(self) -> bool:
        """Whether the point asked for last is not known as a trace would find it."""
        return self._unmeasured is not None or self._aim() is not None

    def grow(self, check: Check, report: Report = lambda _share: None) -> None:
        """Grow until all is reached that the budget allows, and what was asked for is measured.

        It may be called again, and goes on.

        Parameters
        ----------
        check : callable
            Called every few milliseconds; may raise to stop.
        report : callable, optional
            Told of each step that made more known, with the part of the budget that is used.
        """
        patience = self._patience
        patience.check = check
        self._begin_coarse()
        begin = time.perf_counter()
        while time.perf_counter() - begin < HEAD_START_S and patience.pass_time():
            report(0.0)
        self._begin_fine()
        while True:
            check()
            did = self._step_fine(check)
            did = patience.pass_time() or did
            did = self._serve() or did
            if did:
                report(min(1.0, self._fine[0].growing.accepted / MOST_POINTS))
            elif not (self.wants_growth or self._lingers()):
                return
            else:
                time.sleep(POLL_S)

    def _lingers(self) -> bool:
        asked = self._asked
        return asked is not None and time.perf_counter() - asked.last < LINGER_S

    def _begin_coarse(self) -> None:
        if self._coarse is None:
            channel = self._parameters.channel
            self._enter_level(
                "luminance" if channel == "auto" else channel, self._parameters.polarity != "bright"
            )

    def _enter_level(self, channel: Channel, dark: bool) -> None:
        patience = self._patience
        level = patience.run(_ready_level, self._prepared, channel, dark=dark)
        coarse = level.front(*self._start)
        self._plane = level.plane
        self._level, self._coarse = level, coarse

        def step(check: Check) -> bool:
            if not coarse.is_done:
                coarse.grow(check)
            return not coarse.is_done

        patience.meanwhile = step

    def _begin_fine(self) -> None:
        if self._fine:
            return
        patience = self._patience
        parameters, origin = patience.run(
            _look_at_start, self._prepared, self._start, self._parameters, patience.check
        )
        if (self._parameters.polarity, parameters.polarity) == ("auto", "bright"):
            self._enter_level(parameters.channel, dark=False)
        if parameters.channel not in ("luminance", self._parameters.channel):
            self._plane = patience.run(self._prepared.plane, parameters.channel)
        self._parameters, self._origin = parameters, origin
        self._fine = (outward_map(self._prepared, parameters, origin[0], patience),)
        asked = self._asked
        if asked:
            self._asked = replace(asked, point=self._snapped(*asked.point))

    def _step_fine(self, check: Check) -> bool:
        growing = self._fine[0].growing
        if growing.is_done or growing.accepted > MOST_POINTS:
            return False
        try:
            growing.grow(check)
        except TraceError:  # the map is full
            growing.is_done = True
        return True

    def _serve(self) -> bool:
        """Do for the point asked for what it lacks: an aimed map, or the measurement."""
        aim = self._aim()
        asked = self._asked
        if aim is not None and asked and time.perf_counter() - asked.since > REST_S:
            self._aim_at(aim)
            return True
        raw, now = self._unmeasured, time.perf_counter()
        if raw is None or now < self._next_measurement:
            return False
        measured = self._patience.run(
            measure_track, self._prepared, raw, self._parameters, self._patience.check
        )
        self._measured = measured
        self._next_measurement = time.perf_counter() + MEASURE_EVERY_S
        if self._unmeasured is raw:
            self._unmeasured = None
        return True

    def _aim(self) -> tuple[int, int] | None:
        """Return the pixel that was asked for and that no fine map knows."""
        asked = self._asked
        if asked is None:
            return None
        pixel = (round(asked.point[0]), round(asked.point[1]))
        if pixel in self._hopeless or any(fine.knows(*pixel) for fine in self._fine):
            return None
        return pixel

    def _aim_at(self, pixel: tuple[int, int]) -> None:
        ends = np.array([self._origin[0], pixel], np.float64)
        found = None
        self._fine = self._fine[:1]  # lets go of the memory of the last one before
        with suppress(TraceError):
            found = aimed_map(self._prepared, self._parameters, ends, self._patience)
        if found is None:
            self._hopeless.add(pixel)
        else:
            self._fine = (self._fine[0], found)
            self._unmeasured = found.track(*pixel)

    def ribbon_to(self, x: float, y: float) -> LiveRibbon | None:
        """Return the path to a point as it is known at this moment, None where it is not."""
        height, width = self._prepared.shape
        if not (-0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5):
            return None
        x, y = self._snapped(x, y)
        self._note(x, y)
        level = self._level
        if level is None:
            return None
        for fine in self._fine:
            raw = fine.track(x, y)
            if raw is not None:
                return self._fine_ribbon(raw)
        self._unmeasured = None
        track = self._coarse_track(level, self._coarse, x, y)
        if track is None:
            return None
        return LiveRibbon(self._coarse_ribbon(level, track), is_coarse=True, is_final=False)

    def alternatives(self, x: float, y: float, check: Check = lambda: None) -> list[LiveRibbon]:
        """Return the best path and up to two others that cost little more; takes its time."""
        best, level = self.ribbon_to(x, y), self._level
        if best is None or level is None:
            return []
        origin = (float(self._origin[0, 0]), float(self._origin[0, 1]))
        x, y = self._snapped(x, y)
        found = [best]
        for way in other_ways(level, origin, (x, y), [best.ribbon.points], 2, check):
            track = self._smoothed(level, way, x, y)
            found.append(LiveRibbon(self._coarse_ribbon(level, track), True, False))
        return found

    def _snapped(self, x: float, y: float) -> tuple[float, float]:
        """Move a point as a trace moves its clicks, once that is known."""
        if not self._fine:
            return float(round(x)), float(round(y))
        point = snap(self._prepared, np.array([[x, y]], np.float64), self._parameters)[0]
        return float(point[0]), float(point[1])

    def _note(self, x: float, y: float) -> None:
        now, since, before = time.perf_counter(), None, self._asked
        if before and np.hypot(x - before.point[0], y - before.point[1]) < SAME_SPOT:
            since = before.since
        self._asked = _Asked((x, y), now if since is None else since, now)

    def _fine_ribbon(self, raw: Points) -> LiveRibbon:
        track, measured = even(raw), self._measured
        is_final = len(track) < 3 or is_measured(track, measured)
        self._unmeasured = None if is_final else raw
        ribbon = ribbon_along(self._plane, track, measured, FINE_DRIFT, self._parameters)
        return LiveRibbon(ribbon, is_coarse=False, is_final=is_final)

    def _coarse_track(
        self, level: CoarseLevel, coarse: GrowingMap | None, x: float, y: float
    ) -> Points | None:
        cells = coarse.path(*level.cell_of(x, y)) if coarse else None
        if cells is None:
            return None
        return self._smoothed(level, level.in_image(cells), x, y)

    def _smoothed(self, level: CoarseLevel, way: Points, x: float, y: float) -> Points:
        track = way.copy()
        track[0], track[-1] = self._origin[0], (x, y)
        return smooth(even(track), COARSE_SMOOTHING * level.cell)

    def _coarse_ribbon(self, level: CoarseLevel, track: Points) -> Ribbon:
        drift = COARSE_DRIFT * level.cell
        return ribbon_along(self._plane, track, self._measured, drift, self._parameters)


def _look_at_start(
    prepared: PreparedImage, start: tuple[float, float], parameters: TraceParameters, check: Check
) -> tuple[TraceParameters, Points]:
    """Resolve what the click decides, as a trace does, and where it snaps to."""
    clicks = np.array([start], np.float64)
    parameters, _ = resolve_appearance(prepared, clicks, parameters)
    check()
    prepared.levels_for(parameters)
    check()
    return parameters, snap(prepared, clicks, parameters)


def _ready_level(prepared: PreparedImage, channel: Channel, *, dark: bool) -> CoarseLevel:
    """Return the coarse level, its kernels compiled for this kind of image: no cursor waits."""
    level = coarse_level(prepared, channel, dark=dark)
    quick_ribbon(level.plane, np.array([[0.0, 0.0], [9.0, 9.0]]), 1.0, dark=dark)
    return level


def make_ready(prepared: PreparedImage, parameters: TraceParameters) -> None:
    """Make what the first click on an image would wait for; takes about a second."""
    middle = (prepared.shape[1] // 2, prepared.shape[0] // 2)
    channel: Channel = "luminance" if parameters.channel == "auto" else parameters.channel
    _ready_level(prepared, channel, dark=parameters.polarity != "bright")
    _look_at_start(prepared, middle, parameters, lambda: None)
