"""Long cracks: is the corridor's mask that of the whole window, and what do time and memory do?

    python tests/benchmarks/long_traces.py FOLDER [--whole] [--only NAME ...]

FOLDER keeps the synthetic photographs (12 and 50 megapixels) and, per crack, the mask of a search
of the whole window; both are made where they are missing, the latter with ``--whole`` (minutes,
several GB). Then every crack is traced as the program does and compared: overlap of the masks,
seconds on the clock and of the processor, best of three on fresh images that are otherwise ready,
and the largest memory of the process so far.

Real cracks are those of ``steel_cracks.jsonl`` and of NHA12D_concrete that are longer than 380 px.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")

import numpy as np

from annotator.storage.image_io import load_image
from geodesic import PreparedImage, Trace, TraceParameters, search_window, trace, warm_up
from geodesic.live_front import make_ready
from segmentation.data.synthetic import generate, sample_parameters

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared"
LONG = 380
ROUNDS = 3

SYNTHETIC = (
    ("asphalt", 4000, 3000, 1, 0.55),
    ("asphalt", 4000, 3000, 6, 0.55),
    ("concrete", 4000, 3000, 2, 0.55),
    ("concrete", 4000, 3000, 7, 0.55),
    ("steel", 4000, 3000, 3, 0.5),
    ("steel", 4000, 3000, 8, 0.5),
    ("asphalt", 8660, 5774, 9, 0.43),
    ("concrete", 8660, 5774, 535, 0.43),
    ("steel", 8660, 5774, 900, 0.4),
)
"""Surface, size, seed, and length of the crack as a share of the diagonal."""


@dataclass(frozen=True)
class Case:
    """A photograph and the two ends of a crack."""

    name: str
    pixels: np.ndarray
    ends: list[tuple[float, float]]


def synthetic_cases(folder: Path) -> Iterator[Case]:
    """Make the photographs, or load them."""
    for surface, width, height, seed, length in SYNTHETIC:
        name = f"{surface}-{width * height // 1_000_000}-{seed}"
        kept = folder / f"{name}.npz"
        if not kept.exists():
            drawn = replace(
                sample_parameters(surface, width, height, seed),
                crack_width=(3.0, 6.0),
                crack_length=length,
                grain_size=2.5,
                edge_roughness=0.3,
                n_cracks=1,
            )
            made = generate(drawn)
            line = made.cracks[0].centerline
            np.savez(kept, pixels=made.image, ends=np.round(line[[0, -1]]))
        with np.load(kept) as data:
            yield Case(name, data["pixels"], [(float(x), float(y)) for x, y in data["ends"]])


def real_cases() -> Iterator[Case]:
    """Load the photographs of long real cracks."""
    for line in (HERE / "steel_cracks.jsonl").read_text("utf-8").splitlines():
        crack = json.loads(line)
        if np.hypot(*np.subtract(crack["to"], crack["from"])) < LONG:
            continue
        path = SHARED / "data" / crack["folder"] / "images" / crack["image"]
        yield Case(crack["id"], load_image(path).pixels, [crack["from"], crack["to"]])
    lines = (SHARED / "reference" / "endpoints_NHA12D_concrete.jsonl").read_text("utf-8")
    for line in lines.splitlines():
        crack = json.loads(line)
        if np.hypot(*np.subtract(crack["to"], crack["from"])) < LONG:
            continue
        path = SHARED / "data" / "NHA12D_concrete" / "images" / crack["image"]
        yield Case(path.stem, load_image(path).pixels, [crack["from"], crack["to"]])


def whole_window(case: Case) -> Trace:
    """Trace without a corridor."""
    usual = search_window.is_small
    search_window.is_small = lambda _box: True
    try:
        return trace(PreparedImage(case.pixels), case.ends)
    finally:
        search_window.is_small = usual


def overlap(result: Trace, mask: np.ndarray, origin: np.ndarray) -> float:
    """Intersection over union of two masks, each with the (x, y) of its corner."""
    boxes = [(result.mask, np.array(result.mask_origin)), (mask, origin)]
    low = np.minimum(boxes[0][1], boxes[1][1])
    high = np.max([at + part.shape[::-1] for part, at in boxes], axis=0)
    planes = []
    for part, (x, y) in boxes:
        plane = np.zeros((high - low)[::-1], bool)
        plane[y - low[1] : y - low[1] + part.shape[0], x - low[0] : x - low[0] + part.shape[1]] = (
            part
        )
        planes.append(plane)
    return float((planes[0] & planes[1]).sum() / (planes[0] | planes[1]).sum())


def timed(case: Case) -> tuple[Trace, float, float]:
    """Trace on fresh images; the result, and the shortest seconds of clock and processor."""
    clock = processor = np.inf
    for _ in range(ROUNDS):
        prepared = PreparedImage(case.pixels)
        make_ready(prepared, TraceParameters())
        begin, used = time.perf_counter(), time.process_time()
        result = trace(prepared, case.ends)
        clock = min(clock, time.perf_counter() - begin)
        processor = min(processor, time.process_time() - used)
    return result, clock, processor


def main() -> int:
    """Print a line per crack."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--only", nargs="+", default=[])
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    warm_up()
    cases = (
        case for source in (real_cases(), synthetic_cases(arguments.folder)) for case in source
    )
    for case in cases:
        if arguments.only and not any(part in case.name for part in arguments.only):
            continue
        kept = arguments.folder / f"whole-{case.name}.npz"
        if arguments.whole:
            if not kept.exists():
                result = whole_window(case)
                np.savez_compressed(
                    kept, mask=result.mask, origin=result.mask_origin, line=result.centerline
                )
                print(case.name, f"whole {result.seconds['total']:.1f} s", flush=True)
            continue
        result, clock, processor = timed(case)
        shared = np.nan
        if kept.exists():
            with np.load(kept) as data:
                shared = overlap(result, data["mask"], data["origin"])
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        stages = " ".join(f"{k} {v:.2f}" for k, v in result.seconds.items() if v >= 0.02)
        print(
            f"{case.name:22s} length {result.length_px:5.0f}  IoU {shared:.4f}  "
            f"{clock:5.2f} s, processor {processor:5.2f} s, {memory:.2f} GB  ({stages})",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
