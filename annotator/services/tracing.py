"""Waypoints to a crack: the bridge between the document and the geodesic engine."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator import __version__
from annotator.document.crack import Crack
from annotator.document.crack_path import CrackPath
from annotator.document.mask import MaskPatch
from annotator.errors import AnnotatorError, JobCancelled
from annotator.services.trace_choices import plain_value
from geodesic import (
    PRESETS,
    PreparedImage,
    TraceCancelled,
    TraceError,
    TraceParameters,
    trace,
)
from geodesic import warm_up as warm_up_engine

Progress = Callable[[str, float], None]


def preset_names() -> tuple[str, ...]:
    """Return the names of the presets, the default first."""
    return tuple(PRESETS)


def parameters_from(preset: str = "default", **overrides: Any) -> TraceParameters:
    """Return a preset's parameters with some replaced (``None`` keeps the preset's value)."""
    if preset not in PRESETS:
        raise AnnotatorError(f"There is no preset {preset!r}; choose one of {', '.join(PRESETS)}.")
    try:
        return PRESETS[preset].with_overrides(
            **{name: plain_value(value) for name, value in overrides.items() if value is not None}
        )
    except (TypeError, ValueError) as error:
        raise AnnotatorError(str(error)) from error


def prepare(image: NDArray[Any]) -> PreparedImage:
    """Wrap an upright image for tracing; its caches are shared by all traces on it."""
    return PreparedImage(image)


def warm_up(on_progress: Progress | None = None) -> None:
    """Compile or load the kernels, so that the first click does not wait for them."""
    warm_up_engine(on_progress)


def trace_crack(
    prepared: PreparedImage,
    waypoints: Sequence[tuple[float, float]] | NDArray[np.float64],
    parameters: TraceParameters,
    on_progress: Progress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Crack:
    """Trace a crack through the waypoints (x, y), first to last."""
    try:
        result = trace(
            prepared, waypoints, parameters, on_progress=on_progress, is_cancelled=is_cancelled
        )
    except TraceCancelled as cancelled:
        raise JobCancelled from cancelled
    except TraceError as error:
        raise AnnotatorError(str(error)) from error
    except MemoryError as error:
        raise AnnotatorError(
            "There is not enough memory to search between these clicks; "
            "add points on the crack between them."
        ) from error
    path = CrackPath(
        waypoints=result.waypoints,
        centerline=result.centerline,
        half_widths=result.half_widths,
        confidence=result.confidence,
        edge_visible=result.edge_visible,
        length_px=result.length_px,
        width_px=result.width_px,
        parameters=result.parameters.to_dict(),
        seconds=result.seconds,
        notes=result.notes,
    )
    return Crack.from_mask(MaskPatch(*result.mask_origin, result.mask), "traced", path)


def trace_record(path: CrackPath) -> dict[str, Any]:
    """Return the JSON record of a traced crack as the command line writes it."""
    return {
        "centerline": np.round(path.centerline, 3).tolist(),
        "half_widths": np.round(path.half_widths, 3).tolist(),
        "confidence": np.round(path.confidence, 3).tolist(),
        "edge_visible": path.edge_visible.tolist(),
        "length_px": round(path.length_px, 3),
        "width_px": {name: round(value, 3) for name, value in path.width_px.items()},
        "waypoints": np.round(path.waypoints, 3).tolist(),
        "seconds": {name: round(value, 4) for name, value in path.seconds.items()},
        "parameters": path.parameters,
        "notes": list(path.notes),
        "version": __version__,
    }
