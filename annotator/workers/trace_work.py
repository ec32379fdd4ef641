"""What the compute lane runs: the tracing service, imported on the worker thread."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from annotator.document.block_raster import Box
from annotator.document.crack import Crack
from annotator.errors import JobCancelled
from annotator.services.cost_preview import CostTile, TileKey
from annotator.services.live_trace import LiveFront, snap_to_ridge, warm_live
from annotator.services.trace_choices import TraceChoices
from annotator.workers.image_loader import OpenImage
from annotator.workers.job_runner import JobContext

Point = tuple[float, float]

Snapper = Callable[[Point, float], Point]
"""Moves a point on to the nearest crack within so many px; quick enough for the GUI thread."""

STAGES = {
    "prepare": "reading the surroundings",
    "corridor": "looking for the way",
    "march": "following the crack",
    "response": "following the crack",
    "backtrack": "measuring",
    "refine": "measuring",
    "width": "measuring",
    "mask": "measuring",
    "done": "measuring",
}
"""Plain words for what the engine is at."""


@dataclass(frozen=True, slots=True)
class TraceOptions:
    """What the user chose for a trace."""

    preset: str = "default"
    overrides: tuple[tuple[str, Any], ...] = ()
    """Parameters that differ from the preset, by name."""

    @staticmethod
    def of(parameters: Mapping[str, Any]) -> "TraceOptions":
        """Return options that stand for the parameters a crack was traced with."""
        return TraceOptions(overrides=tuple(parameters.items()))


@dataclass(frozen=True, slots=True, eq=False)
class CostRequest:
    """A view to show the cost in: a box in px, each ``step``-th px, and the tiles there are."""

    box: Box
    step: int
    known: frozenset[TileKey]
    options: TraceOptions


class Tracer(Protocol):
    """Traces cracks on a worker thread."""

    def warm_up(self, context: JobContext) -> TraceChoices:
        """Load the engine and return what can be chosen."""
        ...

    def trace(
        self,
        image: OpenImage,
        waypoints: Sequence[Point],
        options: TraceOptions,
        context: JobContext,
    ) -> Crack:
        """Trace through the waypoints."""
        ...

    def cost_tile(
        self, image: OpenImage, request: CostRequest, context: JobContext
    ) -> CostTile | None:
        """Return a tile of the cost that is missing in a view, None where none is."""
        ...

    def live_front(self, image: OpenImage, start: Point, options: TraceOptions) -> LiveFront:
        """Return a front that will grow from a click."""
        ...

    def snapper(self, image: OpenImage, options: TraceOptions) -> Snapper:
        """Return what moves clicks on to cracks, ready for use."""
        ...


class EngineTracer:
    """The tracer of the application: the geodesic engine through annotator.services.

    The service is imported inside the methods: it loads numba, and the window opens before that.
    What the engine prepared is kept for the image traced last, for traces and previews alike.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._image: OpenImage | None = None
        self._prepared: Any = None
        self._reduced: tuple[OpenImage, int, Any] | None = None
        """A reduced size of an image, with its step; only the compute lane asks for it."""

    def warm_up(self, context: JobContext) -> TraceChoices:
        """Compile or load the kernels; a cancelled warm-up stops at the next kernel."""
        from annotator.services import tracing
        from annotator.services.trace_choices import engine_choices

        # What the title says is enough; the engine's stages name its parts.
        tracing.warm_up(lambda _stage, fraction: context.report("", fraction))
        return engine_choices()

    def trace(
        self,
        image: OpenImage,
        waypoints: Sequence[Point],
        options: TraceOptions,
        context: JobContext,
    ) -> Crack:
        """Trace through the waypoints."""
        from annotator.services import tracing

        prepared = self._prepare(image)
        parameters = tracing.parameters_from(options.preset, **dict(options.overrides))

        def report(stage: str, fraction: float) -> None:
            context.report(STAGES.get(stage, stage), fraction)

        crack = tracing.trace_crack(prepared, waypoints, parameters, report, context.is_cancelled)
        if context.is_cancelled():
            raise JobCancelled
        return crack

    def cost_tile(
        self, image: OpenImage, request: CostRequest, context: JobContext
    ) -> CostTile | None:
        """Return the missing tile of the cost that is nearest to the middle of a view."""
        from annotator.services import cost_preview, tracing

        prepared = self._prepare(image)
        if request.step > 1:
            prepared = self._reduced_by(image, request.step)
        chosen = tracing.parameters_from(request.options.preset, **dict(request.options.overrides))
        context.report("", 0.0)  # where it was cancelled meanwhile, here is the last chance
        parameters = cost_preview.parameters_for(chosen, request.step)
        return cost_preview.next_tile(prepared, image.size, request.box, request.known, parameters)

    def live_front(self, image: OpenImage, start: Point, options: TraceOptions) -> LiveFront:
        """Return a front that will grow from a click."""
        return LiveFront(self._prepare(image), start, options)

    def snapper(self, image: OpenImage, options: TraceOptions) -> Snapper:
        """Return what moves clicks on to cracks; the first use, here, takes long."""
        prepared = self._prepare(image)
        warm_live(prepared, options)
        return lambda point, radius: snap_to_ridge(prepared, *point, radius, options)

    def _prepare(self, image: OpenImage) -> Any:
        from annotator.services import tracing

        with self._lock:
            if image is not self._image:
                # Let go of the memory before more is taken.
                self._image = self._prepared = self._reduced = None
                self._prepared = tracing.prepare(image.pixels)
                self._image = image
            return self._prepared

    def _reduced_by(self, image: OpenImage, step: int) -> Any:
        from annotator.services import cost_preview

        if self._reduced is None or self._reduced[:2] != (image, step):
            self._reduced = None
            self._reduced = image, step, cost_preview.prepare_reduced(image.pixels, step)
        return self._reduced[2]
