"""Accuracy of two-click traces on a data set with ground-truth masks.

    python tests/benchmarks/accuracy.py DATASET ENDPOINTS.jsonl [--lines even|odd|all] [--waypoint]

DATASET holds the folders ``images`` and ``masks``; a line of ENDPOINTS reads
``{"image": "073.jpg", "mask": "073.png", "from": [x, y], "to": [x, y]}`` (the ends of the longest
skeleton path of the largest crack). ``--waypoint`` adds one point on the true path, where the
first trace is farthest from it, and scores again.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from trace_scoring import Truth, distances, f1, truth_of

from annotator.storage.image_io import load_image
from annotator.storage.mask_io import load_mask
from geodesic import PRESETS, PreparedImage, Trace, trace

KEYS = ("f0", "f2", "p2", "r2", "track", "cover3", "width_ratio", "seconds")


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


def farthest_true_point(result: Trace, truth: Truth) -> np.ndarray:
    """The point of the true path that the trace misses most."""
    return truth.path[int(np.argmax(distances(truth.path, result.centerline)))]


def main() -> int:
    """Trace and score every line."""
    parser = argparse.ArgumentParser(description="Accuracy of two-click traces.")
    parser.add_argument("dataset", type=Path)
    parser.add_argument("endpoints", type=Path)
    parser.add_argument("--lines", choices=("all", "even", "odd"), default="all")
    parser.add_argument("--preset", choices=tuple(PRESETS), default="default")
    parser.add_argument("--waypoint", action="store_true")
    arguments = parser.parse_args()
    lines = arguments.endpoints.read_text(encoding="utf-8").splitlines()
    start, step = {"all": (0, 1), "odd": (0, 2), "even": (1, 2)}[arguments.lines]
    parameters = PRESETS[arguments.preset]
    rows = []
    for line in lines[start::step]:
        item = json.loads(line)
        prepared = PreparedImage(load_image(arguments.dataset / "images" / item["image"]).pixels)
        truth = truth_of(load_mask(arguments.dataset / "masks" / item["mask"]) > 0)
        ends = [item["from"], item["to"]]
        result = trace(prepared, ends, parameters)
        figures = score(result, truth)
        if arguments.waypoint:
            via = farthest_true_point(result, truth)
            if tuple(via) not in {tuple(map(float, end)) for end in ends}:
                better = score(trace(prepared, [ends[0], via, ends[1]], parameters), truth)
                figures = max(figures, better, key=lambda row: row["f2"])
        rows.append(figures)
        print(item["image"], *(f"{key}={figures[key]:.3f}" for key in KEYS), flush=True)
    print(f"{len(rows)} cracks, preset {arguments.preset}, lines {arguments.lines}")
    for key in KEYS:
        values = np.array([row[key] for row in rows])
        print(f"{key:12s} mean {values.mean():.4f}  median {np.median(values):.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
