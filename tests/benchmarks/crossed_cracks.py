"""What the lift is worth: synthetic cracks among lines that are not the crack.

    python tests/benchmarks/crossed_cracks.py [--count 40] [--kinds NAME ...] [--write PAGE.md]

``--count`` images of 448 x 448 px for each kind of distractor: joints, paint edges, scratches,
other cracks, parallel lines, gaps, and three kinds at once. Lines cross the crack's course at 15
degrees or more (nearer ones are the parallel lines), anywhere, at 0.6 to 1.6 times its contrast;
the crack has a width of 2 to 6 px and a contrast-to-noise ratio of 2.5 to 5. A trace from the
crack's two ends succeeds if its F1 at 2 px is above 0.9. The rival is the planar minimal path with
the same snapping, refinement and width.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from planar_path import planar_trace
from scipy import ndimage
from trace_scoring import Truth, f1

from geodesic import PreparedImage, Trace, TraceParameters, trace, warm_up
from segmentation.data.synthetic import SyntheticCrack, crack_mask, make_crack, render_cracks
from segmentation.data.synthetic_cracks import CrackStyle, draw_cracks

EDGE = 448
SHAPE = (EDGE, EDGE)
SUCCESS = 0.9
NOISE = 0.045

Image = NDArray[np.float32]
Draw = Callable[[np.random.Generator, "Scene"], None]

STYLE = CrackStyle(
    crack_width=(2.0, 6.0),
    crack_length=0.6,
    tortuosity=0.9,
    branches=0.0,
    width_variation=0.3,
    edge_roughness=0.2,
    depth_variation=0.15,
    taper=0.03,
    bridged=0.0,
    grain_size=2.0,
)


@dataclass
class Scene:
    """An image while it is drawn."""

    image: Image
    crack: SyntheticCrack
    contrast: float

    def add(self, line: SyntheticCrack, contrast: float) -> None:
        """Draw a line, brighter than its surroundings where the contrast is negative."""
        self.image = render_cracks(
            self.image,
            [line],
            contrast=abs(contrast),
            polarity="dark" if contrast > 0 else "bright",
        )


def long_crack(rng: np.random.Generator) -> SyntheticCrack:
    """A tortuous crack whose ends are 200 px apart at least and 12 px from the border."""
    while True:
        crack = draw_cracks(rng, SHAPE, 1, STYLE)[0]
        ends = crack.centerline[[0, -1]]
        inside = ends.min() > 12 and ends.max() < EDGE - 13
        if inside and np.hypot(*(ends[1] - ends[0])) > 200:
            return crack


def heading(crack: SyntheticCrack) -> float:
    """Direction from end to end in radians."""
    x, y = crack.centerline[-1] - crack.centerline[0]
    return float(np.arctan2(y, x))


def straight(rng: np.random.Generator, crack: SyntheticCrack, width: float) -> SyntheticCrack:
    """A straight line across the image through a point near the crack, at 15 degrees or more."""
    at = crack.centerline[rng.integers(len(crack.centerline))] + rng.uniform(-25, 25, 2)
    angle = heading(crack) + rng.uniform(np.pi / 12, 11 * np.pi / 12)
    reach = EDGE * np.array([np.cos(angle), np.sin(angle)])
    return make_crack(np.stack([at - reach, at + reach]), width)


def strength(rng: np.random.Generator, scene: Scene) -> float:
    """Contrast of a distractor."""
    return scene.contrast * float(rng.uniform(0.6, 1.6))


def joints(rng: np.random.Generator, scene: Scene) -> None:
    """Two to four dark joints, 3 to 8 px wide."""
    for _ in range(rng.integers(2, 5)):
        scene.add(straight(rng, scene.crack, rng.uniform(3, 8)), strength(rng, scene))


def paint_edges(rng: np.random.Generator, scene: Scene) -> None:
    """Two or three edges of paint, brighter or darker on one side."""
    y, x = np.mgrid[:EDGE, :EDGE]
    for _ in range(rng.integers(2, 4)):
        at = scene.crack.centerline[rng.integers(len(scene.crack.centerline))]
        angle = rng.uniform(0, 2 * np.pi)
        side = (x - at[0]) * np.cos(angle) + (y - at[1]) * np.sin(angle)
        step = strength(rng, scene) * rng.choice([-1, 1]) * 0.7
        scene.image = scene.image + np.float32(step) * np.clip(side + 0.5, 0, 1).astype(np.float32)


def scratches(rng: np.random.Generator, scene: Scene) -> None:
    """Four to eight thin straight scratches, dark or bright."""
    for _ in range(rng.integers(4, 9)):
        sign = rng.choice([-1, 1])
        scene.add(straight(rng, scene.crack, rng.uniform(1, 2)), sign * strength(rng, scene))


def other_cracks(rng: np.random.Generator, scene: Scene) -> None:
    """Three or four other cracks that cross this one or come near it."""
    for _ in range(rng.integers(3, 5)):
        other = draw_cracks(rng, SHAPE, 1, replace(STYLE, crack_length=0.8))[0]
        own = scene.crack.centerline
        angle = heading(scene.crack) + rng.uniform(np.pi / 12, 11 * np.pi / 12) - heading(other)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        course = (other.centerline - other.centerline[len(other.centerline) // 2]) @ turn
        course += own[rng.integers(len(own))]
        turned = SyntheticCrack(course, other.half_width, other.visibility)
        scene.add(turned, strength(rng, scene))


def parallel(rng: np.random.Generator, scene: Scene) -> None:
    """A smooth dark line beside the crack, 8 to 25 px away, and one that crosses both."""
    own = ndimage.gaussian_filter1d(scene.crack.centerline, 60, axis=0, mode="nearest")
    tangent = np.gradient(own, axis=0)
    tangent /= np.hypot(*tangent.T)[:, None]
    away = rng.choice([-1, 1]) * rng.uniform(8, 25)
    beside = own + away * np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    scene.add(make_crack(beside[::8], rng.uniform(2, 5)), strength(rng, scene))
    scene.add(straight(rng, scene.crack, rng.uniform(2, 5)), strength(rng, scene))


def gaps(rng: np.random.Generator, scene: Scene) -> None:
    """Two or three stretches of 12 to 30 px in which the crack is not seen, and two joints."""
    visible = scene.crack.visibility.copy()
    spacing = scene.crack.length / len(visible)
    for _ in range(rng.integers(2, 4)):
        length = int(rng.uniform(12, 30) / spacing)
        begin = rng.integers(len(visible) // 8, 7 * len(visible) // 8 - length)
        visible[begin : begin + length] = 0.0
    scene.crack = SyntheticCrack(scene.crack.centerline, scene.crack.half_width, visible)
    for _ in range(2):
        scene.add(straight(rng, scene.crack, rng.uniform(3, 6)), strength(rng, scene))


def everything(rng: np.random.Generator, scene: Scene) -> None:
    """Some of each."""
    for draw in rng.permutation(np.array(list(KINDS.values())[:-1], object))[:3]:
        draw(rng, scene)


KINDS: dict[str, Draw] = {
    "joints": joints,
    "paint edges": paint_edges,
    "scratches": scratches,
    "other cracks": other_cracks,
    "parallel lines": parallel,
    "gaps": gaps,
    "three kinds at once": everything,
}


def made(kind: str, seed: int) -> tuple[Image, SyntheticCrack]:
    """Return an image and its crack."""
    rng = np.random.default_rng([list(KINDS).index(kind), seed])
    background = np.full(SHAPE, 0.6, np.float32)
    slow = ndimage.gaussian_filter(rng.standard_normal(SHAPE).astype(np.float32), 40)
    scene = Scene(
        background + 0.08 * slow / slow.std(),
        long_crack(rng),
        NOISE * float(rng.uniform(2.5, 5.0)),
    )
    KINDS[kind](rng, scene)
    scene.add(scene.crack, scene.contrast)
    image = ndimage.gaussian_filter(scene.image, 0.7)
    grain = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 0.6)
    image += NOISE * (grain / grain.std()).astype(np.float32)
    return np.clip(image, 0, 1).astype(np.float32), scene.crack


def outcome(result: Trace, crack: SyntheticCrack) -> float:
    """F1 at 2 px of a trace."""
    truth = crack_mask([crack], SHAPE) > 0
    traced = np.zeros(SHAPE, bool)
    x, y = result.mask_origin
    traced[y : y + result.mask.shape[0], x : x + result.mask.shape[1]] = result.mask
    return f1(traced, Truth(truth, np.zeros(SHAPE, bool), crack.centerline), 2)[2]


def rates(kind: str, count: int, parameters: TraceParameters) -> tuple[list[float], list[float]]:
    """F1 of the lifted and of the planar traces."""
    lifted, planar = [], []
    for seed in range(count):
        image, crack = made(kind, seed)
        ends = [(float(x), float(y)) for x, y in crack.centerline[[0, -1]]]
        lifted.append(outcome(trace(PreparedImage(image), ends, parameters), crack))
        planar.append(outcome(planar_trace(PreparedImage(image), ends, parameters), crack))
        print(f"{kind:20s} {seed:3d}  lifted {lifted[-1]:.3f}  planar {planar[-1]:.3f}", flush=True)
    return lifted, planar


def table(results: dict[str, tuple[list[float], list[float]]]) -> list[str]:
    """Success rates by kind."""
    lines = [
        "| Distractors | cracks | lifted: success | planar: success | lifted / planar: mean F1 |",
        "|---|---|---|---|---|",
    ]

    def row(name: str, lifted: Sequence[float], planar: Sequence[float]) -> str:
        shares = [np.mean(np.array(values) > SUCCESS) for values in (lifted, planar)]
        return (
            f"| {name} | {len(lifted)} | {shares[0]:.1%} | {shares[1]:.1%} | "
            f"{np.mean(lifted):.3f} / {np.mean(planar):.3f} |"
        )

    lines += [row(kind, *values) for kind, values in results.items()]
    lifted = [value for values, _ in results.values() for value in values]
    planar = [value for _, values in results.values() for value in values]
    lines.append(row("all", lifted, planar))
    return lines


def main() -> int:
    """Trace all, and print or write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--kinds", nargs="+", choices=tuple(KINDS), default=tuple(KINDS))
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    warm_up()
    parameters = TraceParameters(polarity="dark")
    results = {kind: rates(kind, arguments.count, parameters) for kind in arguments.kinds}
    lines = table(results)
    print("\n".join(lines))
    if arguments.write:
        from tracing_table import write

        write(arguments.write, "crossed", lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
