"""Width of synthetic cracks, and what its confidence is worth.

    python tests/benchmarks/width_accuracy.py [--seeds 6] [--write docs/tracing.md]

Wavy cracks of constant width on uneven light, blurred by 0.8 px, white noise after the blur, traced
from their two ends with the preset "measurement". Samples within 6 px of the ends are left out: the
crack begins there. A sample is right if its width is within 1 px of the true one; sure if its
confidence is 0.9 or more.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from geodesic import PRESETS, trace, warm_up
from segmentation.data.synthetic import make_crack, render_cracks

WIDTHS = (2.0, 3.0, 4.0, 6.0, 9.0, 12.0)
RATIOS = (5.0, 3.0, 2.0)
NOISE = 0.05
CLASSES = ((0.0, 0.3), (0.3, 0.6), (0.6, 0.9), (0.9, 1.01))
SHAPE = (160, 360)


def samples(width: float, ratio: float, seed: int) -> np.ndarray:
    """Error of the width, confidence and distance from the true line, per sample, (n, 3)."""
    rng = np.random.default_rng([round(10 * width), round(10 * ratio), seed])
    x = np.linspace(20, 340, 1300)
    phase, bow = rng.uniform(0, 2 * np.pi), rng.uniform(10, 30)
    line = np.stack([x, 80 + bow * np.sin(2 * np.pi * x / 300 + phase)], axis=1)
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    ground = 0.6 + 0.15 * (cols / SHAPE[1] - 0.5) + 0.1 * rows / SHAPE[0]
    image = render_cracks(
        ground.astype(np.float32), [make_crack(line, width)], contrast=ratio * NOISE, blur=0.8
    )
    image = np.clip(image + NOISE * rng.standard_normal(SHAPE), 0, 1).astype(np.float32)
    result = trace(image, [tuple(line[0]), tuple(line[-1])], PRESETS["measurement"])
    inner = (result.centerline[:, 0] > 26) & (result.centerline[:, 0] < 334)
    away = cKDTree(line).query(result.centerline)[0]
    error = result.half_widths.sum(axis=1) - width
    return np.stack([error, result.confidence, away], axis=1)[inner]


def main() -> int:
    """Measure, and print or write the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    warm_up()
    lines = [
        "| Contrast-to-noise | mean error of the width, 2 / 3 / 4 / 6 / 9 / 12 px | mean | bias | "
        "center line |",
        "|---|---|---|---|---|",
    ]
    everything = []
    for ratio in RATIOS:
        by_width = [
            np.concatenate([samples(width, ratio, seed) for seed in range(arguments.seeds)])
            for width in WIDTHS
        ]
        joined = np.concatenate(by_width)
        everything.append(joined)
        errors = " / ".join(f"{np.abs(part[:, 0]).mean():.2f}" for part in by_width)
        lines.append(
            f"| {ratio:g} | {errors} | {np.abs(joined[:, 0]).mean():.2f} | "
            f"{joined[:, 0].mean():+.2f} | {joined[:, 2].mean():.2f} |"
        )
    lines += ["", "| Confidence | samples | within 1 px |", "|---|---|---|"]
    joined = np.concatenate(everything)
    for low, high in CLASSES:
        part = joined[(joined[:, 1] >= low) & (joined[:, 1] < high)]
        right = np.mean(np.abs(part[:, 0]) <= 1)
        lines.append(f"| {low:g} to {min(high, 1):g} | {len(part)} | {right:.1%} |")
    print("\n".join(lines))
    if arguments.write:
        from tracing_table import write

        write(arguments.write, "width", lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
