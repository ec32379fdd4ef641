"""What `predict --fast` skips on photographs of steel bridges, and what that costs in recall.

    python tests/benchmarks/half_pass.py ../shared/data [--model default] [--threads 2]

Each photograph of ``steel_photographs.csv`` is predicted once at full and once at half resolution.
From these the table is calculated for several values of `coarse_map.SKIP_BELOW`: the share of the
photograph that is skipped, and the recall on the traced cracks of ``steel_cracks.jsonl`` and
``steel_training_cracks.jsonl`` (pixels of the masks, 0 px) at the model's threshold and at 0.3.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.storage.image_io import load_image
from segmentation.inference.coarse_map import SKIP_BELOW, CoarseMap
from segmentation.inference.predictor import FAST_TILE, Predictor
from segmentation.inference.probability_files import to_codes, to_probability
from segmentation.inference.tiling import tile_grid
from segmentation.model_store.catalog import find_model
from tests.benchmarks.steel_labels import photograph_path, table, traced, training_cracks
from tests.benchmarks.test_steel_cracks import CRACKS

LEVELS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7)
Codes = NDArray[np.uint16]


def half(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image at half its size, as `Predictor` makes it."""
    height, width = (-(-size // 2) for size in image.shape[:2])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def crack_mask(image: str, pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the traced cracks of a photograph."""
    cracks = [crack for crack in (*training_cracks(), *CRACKS) if crack["image"] == image]
    return traced(pixels, cracks)


def skipping(full: Codes, coarse: Codes, level: float, predictor: Predictor) -> tuple[Codes, float]:
    """Return the prediction with tiles left out, and the share of the image in these."""
    result, left_out = full.copy(), 0
    near = CoarseMap(coarse, full.shape)
    for tile in tile_grid(full.shape, FAST_TILE, predictor.halo, predictor.stride):
        if near.highest(tile.kept) < level:
            result[tile.kept.slices] = to_codes(near.enlarged(tile.kept))
            left_out += tile.kept.shape[0] * tile.kept.shape[1]
    return result, left_out / full.size


class Tally:
    """Crack pixels found with tiles left out, by level and threshold."""

    def __init__(self, thresholds: tuple[float, ...]) -> None:
        self.thresholds = thresholds
        self.n_true = 0
        self.n_photographs = 0
        self.found = {(level, t): 0 for level in (0.0, *LEVELS) for t in thresholds}
        self.skipped = dict.fromkeys((0.0, *LEVELS), 0.0)

    def add(
        self, full: Codes, coarse: Codes, truth: NDArray[np.bool_], predictor: Predictor
    ) -> None:
        """Count a photograph."""
        self.n_photographs += 1
        self.n_true += int(truth.sum())
        for level in self.skipped:
            codes, share = skipping(full, coarse, level, predictor)
            self.skipped[level] += share
            for threshold in self.thresholds:
                found = to_probability(codes[truth]) >= threshold
                self.found[level, threshold] += int(found.sum())

    def rows(self) -> Iterator[str]:
        """Yield a line for each level."""
        for level, skipped in self.skipped.items():
            cells = [f"{level:g}", f"{100 * skipped / self.n_photographs:.0f} %"]
            for threshold in self.thresholds:
                found = self.found[level, threshold]
                lost = 100 * (self.found[0.0, threshold] - found) / self.n_true
                cells += [f"{100 * found / self.n_true:.2f}", f"{lost:.2f}"]
            yield f"| {' | '.join(cells)} |"


def main() -> None:
    """Predict, count, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--model", default="default")
    parser.add_argument("--threads", type=int, default=None)
    given = parser.parse_args()
    predictor = Predictor(find_model(given.model), threads=given.threads)
    tally = Tally((predictor.card.threshold, 0.3))
    seconds = [0.0, 0.0]
    for row in table("steel_photographs.csv"):
        pixels = load_image(photograph_path(given.photographs, row["image"])).pixels
        start = time.perf_counter()
        full = predictor.predict_codes(pixels)
        middle = time.perf_counter()
        coarse = predictor.predict_codes(half(pixels))
        seconds[0] += middle - start
        seconds[1] += time.perf_counter() - middle
        tally.add(full, coarse, crack_mask(row["image"], pixels), predictor)
        print(row["image"], flush=True)
    print(f"{tally.n_photographs} photographs, {tally.n_true} px of cracks; now {SKIP_BELOW:g}")
    print(f"seconds at full resolution {seconds[0]:.1f}, at half {seconds[1]:.1f}")
    columns = [f"recall at {threshold:g} | points lost" for threshold in tally.thresholds]
    print(f"| skipped below | share skipped | {' | '.join(columns)} |")
    print("|---" * (2 + 2 * len(columns)) + "|")
    for line in tally.rows():
        print(line)


if __name__ == "__main__":
    main()
