"""Accuracy of two-click traces on data sets with ground-truth masks.

    python tests/benchmarks/accuracy.py DATASET ENDPOINTS.jsonl [--lines even|odd|all] [--waypoint]
        [--preset NAME] [--set PARAMETER=VALUE ...] [--off PX]

DATASET holds the folders ``images`` and ``masks``; a line of ENDPOINTS reads
``{"image": "073.jpg", "mask": "073.png", "from": [x, y], "to": [x, y]}`` (the ends of the longest
skeleton path of the largest crack). ``--waypoint`` adds one point on the true path, where the
first trace is farthest from it, and scores again; the better of the two counts. ``--off`` moves
each click by so many px in a direction of chance.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from trace_scoring import Truth, distances, f1, truth_of

from annotator.storage.image_io import load_image
from annotator.storage.mask_io import load_mask
from geodesic import PRESETS, PreparedImage, Trace, TraceParameters, trace

KEYS = ("f0", "f2", "p2", "r2", "track", "cover3", "width_ratio", "seconds", "processor")

LINES = {"all": (0, 1), "odd": (0, 2), "even": (1, 2)}

Tracer = Callable[[PreparedImage, list[tuple[float, float]]], Trace]


@dataclass(frozen=True)
class Case:
    """A photograph, its truth, and the ends of the crack."""

    name: str
    pixels: np.ndarray
    truth: Truth
    ends: list[tuple[float, float]]


def cases(dataset: Path, endpoints: Path, lines: str) -> Iterator[Case]:
    """Yield the cracks of a data set; lines are counted from 1."""
    start, step = LINES[lines]
    for line in endpoints.read_text(encoding="utf-8").splitlines()[start::step]:
        item = json.loads(line)
        yield Case(
            item["image"],
            load_image(dataset / "images" / item["image"]).pixels,
            truth_of(load_mask(dataset / "masks" / item["mask"]) > 0),
            [tuple(item["from"]), tuple(item["to"])],
        )


def moved(case: Case, distance: float) -> list[tuple[float, float]]:
    """Return the clicks moved in directions that depend on the image's name alone."""
    rng = np.random.default_rng(list(case.name.encode()))
    angle = rng.uniform(0, 2 * np.pi, 2)
    shift = distance * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    height, width = case.pixels.shape[:2]
    clicks = np.clip(np.array(case.ends) + shift, 0, (width - 1, height - 1))
    return [(float(x), float(y)) for x, y in clicks]


def score(result: Trace, truth: Truth) -> dict[str, float]:
    """All figures of one trace."""
    traced = np.zeros(truth.main.shape, bool)
    x, y = result.mask_origin
    height, width = result.mask.shape
    traced[y : y + height, x : x + width] = result.mask
    precision, recall, f_2 = f1(traced, truth, 2)
    return {
        "f0": f1(traced, truth, 0)[2],
        "f2": f_2,
        "p2": precision,
        "r2": recall,
        "track": float(distances(result.centerline, truth.path).mean()),
        "cover3": float((distances(truth.path, result.centerline) <= 3).mean()),
        "width_ratio": float(traced.sum() / truth.main.sum()),
        "seconds": result.seconds["total"],
    }


def farthest_true_point(result: Trace, truth: Truth) -> tuple[float, float]:
    """The point of the true path that the trace misses most."""
    x, y = truth.path[int(np.argmax(distances(truth.path, result.centerline)))]
    return float(x), float(y)


def figures_of(
    case: Case, tracer: Tracer, *, off: float = 0.0, has_waypoint: bool = False
) -> dict[str, float]:
    """Trace a crack on a fresh image and score it."""
    clicks = moved(case, off) if off else case.ends
    prepared = PreparedImage(case.pixels)
    begin = time.process_time()
    result = tracer(prepared, clicks)
    processor = time.process_time() - begin
    figures = score(result, case.truth)
    via = farthest_true_point(result, case.truth)
    if has_waypoint and via not in clicks:
        better = score(tracer(prepared, [clicks[0], via, clicks[1]]), case.truth)
        figures = max(figures, better, key=lambda row: row["f2"])
    return figures | {"processor": processor}


def parameters_of(preset: str, changes: list[str]) -> TraceParameters:
    """Return a preset with changes such as ``scales=1,2,4``."""
    values = PRESETS[preset].to_dict()
    for change in changes:
        name, _, text = change.partition("=")
        kind = type(values[name])
        values[name] = [float(part) for part in text.split(",")] if kind is list else kind(text)
    return TraceParameters.from_dict(values)


def main() -> int:
    """Trace and score every line."""
    parser = argparse.ArgumentParser(description="Accuracy of two-click traces.")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("endpoints", type=Path)
    parser.add_argument("--lines", choices=tuple(LINES), default="all")
    parser.add_argument("--preset", choices=tuple(PRESETS), default="default")
    parser.add_argument("--set", nargs="+", default=[], metavar="PARAMETER=VALUE")
    parser.add_argument("--off", type=float, default=0.0)
    parser.add_argument("--waypoint", action="store_true")
    arguments = parser.parse_args()
    parameters = parameters_of(arguments.preset, arguments.set)

    def tracer(prepared: PreparedImage, clicks: list[tuple[float, float]]) -> Trace:
        return trace(prepared, clicks, parameters)

    rows = []
    for case in cases(arguments.dataset, arguments.endpoints, arguments.lines):
        figures = figures_of(case, tracer, off=arguments.off, has_waypoint=arguments.waypoint)
        rows.append(figures)
        print(case.name, *(f"{key}={figures[key]:.3f}" for key in KEYS), flush=True)
    print(f"{len(rows)} cracks, preset {arguments.preset}, lines {arguments.lines}")
    for key in KEYS:
        values = np.array([row[key] for row in rows])
        print(f"{key:12s} mean {values.mean():.4f}  median {np.median(values):.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
