"""What the compute lane runs: the tracing service, imported on the worker thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from annotator.document.block_raster import Box
from annotator.document.crack import Crack
from annotator.errors import JobCancelled
from annotator.services.cost_preview import CostTile, TileKey
from annotator.services.trace_choices import TraceChoices
from annotator.workers.image_loader import OpenImage
from annotator.workers.job_runner import JobContext

Point = tuple[float, float]

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


class EngineTracer:
    """The tracer of the application: the geodesic engine through annotator.services.

    The service is imported inside the methods: it loads numba, and the window opens before that.
    What the engine prepared is kept for the image traced last. Only the one thread of the compute
    lane touches it, so no lock guards it.
    """

    def __init__(self) -> None:
        self._image: OpenImage | None = None
        self._prepared: Any = None
        self._reduced: tuple[int, Any] | None = None
        """A reduced size of the image, by its step."""

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

        self._prepare(image)
        parameters = tracing.parameters_from(options.preset, **dict(options.overrides))

        def report(stage: str, fraction: float) -> None:
            context.report(STAGES.get(stage, stage), fraction)

        crack = tracing.trace_crack(
            self._prepared, waypoints, parameters, report, context.is_cancelled
        )
        if context.is_cancelled():
            raise JobCancelled
        return crack

    def cost_tile(
        self, image: OpenImage, request: CostRequest, context: JobContext
    ) -> CostTile | None:
        """Return the missing tile of the cost that is nearest to the middle of a view."""
        from annotator.services import cost_preview, tracing

        self._prepare(image)
        prepared = self._prepared if request.step == 1 else self._reduced_by(request.step)
        chosen = tracing.parameters_from(request.options.preset, **dict(request.options.overrides))
        context.report("", 0.0)  # where it was cancelled meanwhile, here is the last chance
        parameters = cost_preview.parameters_for(chosen, request.step)
        return cost_preview.next_tile(prepared, image.size, request.box, request.known, parameters)

    def _prepare(self, image: OpenImage) -> None:
        from annotator.services import tracing

        if image is not self._image:
            # Let go of the memory before more is taken.
            self._image = self._prepared = self._reduced = None
            self._prepared = tracing.prepare(image.pixels)
            self._image = image

    def _reduced_by(self, step: int) -> Any:
        from annotator.services import cost_preview

        if self._image and (self._reduced is None or self._reduced[0] != step):
            self._reduced = None
            self._reduced = step, cost_preview.prepare_reduced(self._image.pixels, step)
        return self._reduced[1] if self._reduced else None
