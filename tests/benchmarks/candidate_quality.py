"""How good candidates are that a model proposes, raw and traced anew, against masks.

    python tests/benchmarks/candidate_quality.py IMAGES MASKS [--model default] [--like "06*"]

Masks have the names of their images, with any ending. "Accepted" are the candidates of which most
pixels lie within 3 px of a crack of the mask: what somebody would accept who rejects the others.
"""

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotator.document.candidate import Candidate
from annotator.document.mask import union_mask
from annotator.services.candidates import CandidateOptions, find_candidates
from annotator.services.tracing import prepare, warm_up
from annotator.storage.image_io import load_image
from segmentation.data.mask_files import read_mask
from segmentation.evaluation.boundary import tolerant_counts, within
from segmentation.evaluation.counts import Counts
from segmentation.inference.predictor import Predictor
from segmentation.model_store.catalog import find_model

NEAR = 3.0
TOLERANCES = (0.0, 2.0, 5.0)
KINDS = ("mask at the threshold", "all, traced anew", "accepted raw", "accepted, traced anew")

Region = NDArray[np.bool_]


@dataclass
class Tally:
    """What was counted so far, over all images."""

    counts: dict[tuple[str, float], Counts] = field(default_factory=dict)
    rated: list[tuple[float, bool]] = field(default_factory=list)
    """Confidence of each candidate, and whether it would be accepted."""
    seconds: float = 0.0
    n_images: int = 0

    def add(self, codes: Region, truth: NDArray[np.uint8], found: list[Candidate]) -> None:
        """Count an image."""
        self.n_images += 1
        near = within(truth == 1, NEAR)
        good = [candidate for candidate in found if is_good(candidate, near)]
        self.rated += [(candidate.confidence, candidate in good) for candidate in found]
        regions = (
            codes,
            united([candidate.best for candidate in found], truth.shape),
            united([candidate.raw for candidate in good], truth.shape),
            united([candidate.best for candidate in good], truth.shape),
        )
        for kind, region in zip(KINDS, regions, strict=True):
            for tolerance in TOLERANCES:
                before = self.counts.get((kind, tolerance), Counts())
                self.counts[kind, tolerance] = before + tolerant_counts(region, truth, tolerance)

    def order_is_right(self) -> float:
        """Return how often a good candidate is more certain than a bad one."""
        good = np.array([confidence for confidence, is_good in self.rated if is_good])
        bad = np.array([confidence for confidence, is_good in self.rated if not is_good])
        if not len(good) or not len(bad):
            return float("nan")
        return float((good[:, None] > bad[None, :]).mean())


def is_good(candidate: Candidate, near: Region) -> bool:
    """Tell whether most pixels of a candidate are on a crack."""
    patch = candidate.raw.mask_patch()
    x0, y0, x1, y1 = patch.box
    return bool(near[y0:y1, x0:x1][patch.data != 0].mean() >= 0.5)


def united(cracks: list, shape: tuple[int, int]) -> Region:
    """Return the pixels of cracks."""
    return union_mask(cracks, shape) != 0


def rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return three channels."""
    return np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels


def main() -> None:
    """Predict, find, count, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--model", default="default")
    parser.add_argument("--like", default="*", help="names of the images, with * and ?")
    parser.add_argument("--threshold", type=float, default=None)
    given = parser.parse_args()
    predictor = Predictor(find_model(given.model))
    threshold = given.threshold or predictor.card.threshold
    warm_up()
    tally = Tally()
    masks = {path.stem: path for path in given.masks.iterdir()}
    for path in sorted(given.images.glob(given.like)):
        if path.stem not in masks:
            continue
        pixels = load_image(path).pixels
        codes = predictor.predict_codes(rgb(pixels))
        start = time.process_time()
        found = find_candidates(codes, prepare(pixels), CandidateOptions(threshold=threshold))
        tally.seconds += time.process_time() - start
        tally.add(codes >= threshold * 65535, read_mask(masks[path.stem]), found)
    n_good = sum(is_good for _, is_good in tally.rated)
    print(f"{tally.n_images} images, {len(tally.rated)} candidates, {n_good} to be accepted")
    print(
        f"processor seconds an image, without the prediction: {tally.seconds / tally.n_images:.2f}"
    )
    print(f"a good one is more certain than a bad one: {tally.order_is_right():.2f}")
    print("|  | " + " | ".join(f"P, R, F1 at {t:g} px" for t in TOLERANCES) + " |")
    print("|---" * (1 + len(TOLERANCES)) + "|")
    for kind in KINDS:
        scores = [tally.counts[kind, tolerance] for tolerance in TOLERANCES]
        cells = [f"{s.precision:.3f}, {s.recall:.3f}, {s.f1:.3f}" for s in scores]
        print(f"| {kind} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
