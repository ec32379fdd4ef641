"""What the compute lane runs: the tracing service, imported on the worker thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from annotator.document.crack_path import CrackPath
from annotator.errors import JobCancelled
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
    """What the user chose for the next trace; ``None`` leaves the choice to the preset."""

    preset: str = "default"
    polarity: str | None = None


class Tracer(Protocol):
    """Traces cracks on a worker thread."""

    def warm_up(self, context: JobContext) -> tuple[str, ...]:
        """Load the engine and return the names of its presets."""
        ...

    def trace(
        self,
        image: OpenImage,
        waypoints: Sequence[Point],
        options: TraceOptions,
        context: JobContext,
    ) -> CrackPath:
        """Trace through the waypoints."""
        ...

    def write_records(self, path: Path, image: OpenImage, cracks: Sequence[CrackPath]) -> None:
        """Write the JSON of an image's cracks."""
        ...


class EngineTracer:
    """The tracer of the application: the geodesic engine through annotator.services.

    The service is imported inside the methods: it loads numba, and the window opens before that.
    What the engine prepared is kept for the image traced last. Only `trace` touches it, on the one
    thread of the compute lane, so no lock guards it.
    """

    def __init__(self) -> None:
        self._image: OpenImage | None = None
        self._prepared: Any = None

    def warm_up(self, context: JobContext) -> tuple[str, ...]:
        """Compile or load the kernels; a cancelled warm-up stops at the next kernel."""
        from annotator.services import tracing

        # What the title says is enough; the engine's stages name its parts.
        tracing.warm_up(lambda _stage, fraction: context.report("", fraction))
        return tracing.preset_names()

    def trace(
        self,
        image: OpenImage,
        waypoints: Sequence[Point],
        options: TraceOptions,
        context: JobContext,
    ) -> CrackPath:
        """Trace through the waypoints."""
        from annotator.services import tracing

        if image is not self._image:
            self._image = self._prepared = None  # let go of the memory before more is taken
            self._prepared = tracing.prepare(image.pixels)
            self._image = image
        parameters = tracing.parameters_from(options.preset, polarity=options.polarity)

        def report(stage: str, fraction: float) -> None:
            context.report(STAGES.get(stage, stage), fraction)

        crack = tracing.trace_crack(
            self._prepared, waypoints, parameters, report, context.is_cancelled
        )
        if context.is_cancelled():
            raise JobCancelled
        return crack

    def write_records(self, path: Path, image: OpenImage, cracks: Sequence[CrackPath]) -> None:
        """Write the JSON that the command line writes: a record, or several under "cracks"."""
        from annotator.services import tracing
        from annotator.storage.trace_io import save_record

        width, height = image.size
        described = {"image": {"file": image.path.name, "width": width, "height": height}}
        records = [tracing.trace_record(crack) | described for crack in cracks]
        save_record(path, records[0] if len(records) == 1 else {"cracks": records})
