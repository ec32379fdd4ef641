"""What each choice of the tracer is worth: accuracy and time, one at a time against the default.

    python tests/benchmarks/tracing_table.py RESULTS.jsonl [--shared DIR] [--lines odd|even|all]
        [--only NAME ...] [--sets NAME ...] [--write docs/tracing.md]

Every variant traces every crack of CFD, NHA12D_concrete and DeepCrack_native12 from its two ends;
what RESULTS holds already is not done again, so the command can be stopped. ``--write`` puts the
tables between the marks of the page.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from accuracy import LINES, Case, Tracer, cases, figures_of
from numpy.typing import NDArray
from planar_path import planar_trace

from geodesic import (
    PreparedImage,
    Trace,
    TraceParameters,
    lifted_track,
    trace,
    tracing,
    warm_up,
)
from geodesic.fast_marching import DistanceMap
from geodesic.polyline import smooth

SETS = ("CFD", "NHA12D_concrete", "DeepCrack_native12")

OFFS = (3.0, 6.0, 10.0)


def with_changes(**changes: object) -> Tracer:
    """Return a tracer with parameters other than the default."""
    parameters = TraceParameters(**changes)  # type: ignore[arg-type]

    def run(prepared: PreparedImage, clicks: list[tuple[float, float]]) -> Trace:
        return trace(prepared, clicks, parameters)

    return run


def approximate(prepared: PreparedImage, clicks: list[tuple[float, float]]) -> Trace:
    """Trace with the approximate queue."""
    lifted_track.DistanceMap = partial(DistanceMap, queue="approximate")  # type: ignore[assignment]
    try:
        return trace(prepared, clicks)
    finally:
        lifted_track.DistanceMap = DistanceMap


def ribbon_along(case: Case, prepared: PreparedImage, clicks: list[tuple[float, float]]) -> Trace:
    """Measure the width along the true course."""
    course = case.truth.path

    def known(*_arguments: object) -> tuple[list[NDArray[np.float64]], int]:
        return [smooth(course, 2.0)], 0

    usual = tracing.lifted_track
    tracing.lifted_track = known
    try:
        return trace(prepared, clicks, TraceParameters(tube_radius=0.0))
    finally:
        tracing.lifted_track = usual


VARIANTS: dict[str, Callable[[PreparedImage, list[tuple[float, float]]], Trace]] = {
    "default": with_changes(),
    "gear symmetric": with_changes(gear="symmetric"),
    "data-driven, `bend_lambda` 0.5": with_changes(bend_lambda=0.5),
    "data-driven, `bend_lambda` 2": with_changes(bend_lambda=2.0),
    "12 orientations": with_changes(n_orientations=12),
    "24 orientations": with_changes(n_orientations=24),
    "24 orientations, `angular_sigma` 1": with_changes(n_orientations=24, angular_sigma=1.0),
    "`angular_sigma` 0.7": with_changes(angular_sigma=0.7),
    "scales 1, 2": with_changes(scales=(1.0, 2.0)),
    "scales 1, 1.5, 2, 3, 4": with_changes(scales=(1.0, 1.5, 2.0, 3.0, 4.0)),
    "scales 2, 4": with_changes(scales=(2.0, 4.0)),
    "scales 1, 2, 4, 6": with_changes(scales=(1.0, 2.0, 4.0, 6.0)),
    "`cost_lambda` 200, `xi` 0.2": with_changes(cost_lambda=200.0, xi=0.2),
    "`xi` 0.8": with_changes(xi=0.8),
    "`contrast_level` 4": with_changes(contrast_level=4.0),
    "`contrast_level` 9": with_changes(contrast_level=9.0),
    "approximate queue": approximate,
    "`tube_radius` 0": with_changes(tube_radius=0.0),
    "`tube_radius` 3": with_changes(tube_radius=3.0),
    "`tube_radius` 8": with_changes(tube_radius=8.0),
    "planar minimal path": planar_trace,
}
"""Fast marching is of first order in all of them."""

TRUE_COURSE = "true course, same width stage"
"""What the width stage makes of the skeleton of the truth: no tracer can be expected to do better
than about this."""

SNAPS = (0.0, 3.0, 6.0, 8.0, 10.0)


def jobs(names: list[str]) -> list[tuple[str, Tracer, float, bool]]:
    """Name, tracer, distance of the clicks from the ends, and whether with a waypoint."""
    found: list[tuple[str, Tracer, float, bool]] = [
        (name, tracer, 0.0, False) for name, tracer in VARIANTS.items()
    ]
    found.append(("one waypoint", VARIANTS["default"], 0.0, True))
    found.append((TRUE_COURSE, VARIANTS["default"], 0.0, False))
    for radius in SNAPS:
        for off in (0.0, *OFFS):
            name = f"snap {radius:g}, clicks off {off:g}"
            found.append((name, with_changes(snap_radius=radius), off, False))
    return [job for job in found if not names or any(part in job[0] for part in names)]


def load(path: Path) -> dict[tuple[str, str, str], dict[str, float]]:
    """Return results by variant, set and image."""
    if not path.exists():
        return {}
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {(row["variant"], row["set"], row["image"]): row for row in rows}


def run(arguments: argparse.Namespace) -> None:
    """Do what is missing."""
    known = load(arguments.results)
    warm_up()
    with arguments.results.open("a", encoding="utf-8") as file:
        for name in arguments.sets:
            data = arguments.shared / "data" / name
            ends = arguments.shared / "reference" / f"endpoints_{name}.jsonl"
            loaded = list(cases(data, ends, arguments.lines))
            for variant, tracer, off, has_waypoint in jobs(arguments.only):
                for case in loaded:
                    if (variant, name, case.name) in known:
                        continue
                    used = partial(ribbon_along, case) if variant == TRUE_COURSE else tracer
                    row = figures_of(case, used, off=off, has_waypoint=has_waypoint)
                    line = {"variant": variant, "set": name, "image": case.name} | row
                    file.write(json.dumps(line) + "\n")
                    file.flush()


def selected(
    rows: dict[tuple[str, str, str], dict[str, float]], shared: Path, lines: str
) -> dict[tuple[str, str], list[dict[str, float]]]:
    """Group the rows of the lines in question by variant and set."""
    start, step = LINES[lines]
    wanted = {
        (name, json.loads(line)["image"])
        for name in SETS
        for line in (shared / "reference" / f"endpoints_{name}.jsonl")
        .read_text("utf-8")
        .splitlines()[start::step]
    }
    grouped = defaultdict(list)
    for (variant, name, image), row in rows.items():
        if (name, image) in wanted:
            grouped[variant, name].append(row)
    return grouped


def table(
    grouped: dict[tuple[str, str], list[dict[str, float]]], variants: list[str], head: str
) -> list[str]:
    """Return a table of the variants that were measured."""
    lines = [
        f"| {head} | " + " | ".join(f"{name}: F1, 0 px | 2 px | track | s" for name in SETS) + " |",
        "|---" * (1 + 4 * len(SETS)) + "|",
    ]
    for variant in variants:
        cells = [variant]
        for name in SETS:
            rows = grouped.get((variant, name), [])
            if not rows:
                cells += ["", "", "", ""]
                continue
            column = {key: np.array([row[key] for row in rows]) for key in rows[0] if key in KEYS}
            for key in ("f0", "f2", "track"):
                digits = 2 if key == "track" else 3
                middle, mean = np.median(column[key]), column[key].mean()
                cells.append(f"{middle:.{digits}f} / {mean:.{digits}f}")
            cells.append(f"{np.median(column['processor']):.2f}")
        if any(cells[1:]):
            lines.append("| " + " | ".join(cells) + " |")
    return lines


KEYS = ("f0", "f2", "track", "processor")


def write(page: Path, mark: str, lines: list[str]) -> None:
    """Replace what stands between the marks of a page."""
    text = page.read_text("utf-8")
    begin, end = f"<!-- {mark}: begin -->\n", f"<!-- {mark}: end -->"
    before, rest = text.split(begin)
    _, after = rest.split(end)
    page.write_text(before + begin + "\n".join(lines) + "\n" + end + after, "utf-8")


def main() -> int:
    """Measure, and print or write the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--lines", choices=tuple(LINES), default="odd")
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    run(arguments)
    rows = load(arguments.results)
    grouped = selected(rows, arguments.shared, arguments.lines)
    snapping = [name for name, *_ in jobs([]) if name.startswith("snap ")]
    tables = {
        f"ablation {arguments.lines}": table(
            grouped, [*VARIANTS, "one waypoint", TRUE_COURSE], f"Variant, {arguments.lines} lines"
        ),
        f"clicks {arguments.lines}": table(grouped, snapping, "Clicks"),
    }
    for mark, lines in tables.items():
        print("\n".join(lines), flush=True)
        if arguments.write:
            write(arguments.write, mark, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
