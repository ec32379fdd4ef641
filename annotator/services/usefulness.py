"""Which images are most worth labelling: where a model is unsure, and which are unlike the others.

An image counts by how much of it the model cannot decide on, times how far it is from those that
are labelled or were chosen before it: two photographs of one place are not both at the front.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from annotator.errors import AnnotatorError
from annotator.storage.predictions import CERTAIN, PredictionStore
from annotator.storage.project_store import ImageRecord, ProjectStore
from annotator.storage.thumbnails import make_thumbnail

Codes = NDArray[np.uint16]
Pixels = NDArray[np.uint8]
Report = Callable[[str, float], None]

SIDE: Final = 96
"""Pixels to which an image is reduced before it is described."""
LEVELS: Final = 3
UNSURE: Final = (0.1, 0.9)
"""Probabilities between which a model cannot decide."""
_EPSILON: Final = 1e-6
_LEAST_DISTANCE: Final = 0.05
"""Even the twin of a labelled image is worth more than nothing, if the model is unsure of it."""


@dataclass(frozen=True, slots=True)
class Description:
    """What counts of an image.

    Attributes
    ----------
    uncertainty
        Entropy of the probability in the pixels that the model cannot decide on, summed up, for
        each pixel of the side of a square of that area: so that large images do not win by size.
    features
        How it looks, for distances between images.
    """

    uncertainty: float
    features: tuple[float, ...]


def describe(codes: Codes, pixels: Pixels) -> Description:
    """Describe an image.

    Parameters
    ----------
    codes
        ``(H, W)``: the probability times 65535.
    pixels
        The photograph ``(h, w, 3)``, perhaps reduced.
    """
    return Description(uncertainty_of(codes), features_of(pixels))


def uncertainty_of(codes: Codes) -> float:
    """Return how unsure a model is of an image; 0 where it is sure of every pixel."""
    low, high = (round(share * CERTAIN) for share in UNSURE)
    unsure = codes[(codes > low) & (codes < high)].astype(np.float32) / CERTAIN
    entropy = -(unsure * np.log2(unsure) + (1.0 - unsure) * np.log2(1.0 - unsure))
    return float(entropy.sum(dtype=np.float64)) / float(np.sqrt(max(codes.size, 1)))


def features_of(pixels: Pixels) -> tuple[float, ...]:
    """Return how a photograph looks: its colors, and the strength of its texture by scale."""
    small = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32) / 255.0
    flat = lab.reshape(-1, 3)
    values = [*flat.mean(axis=0).tolist(), *flat.std(axis=0).tolist()]
    level = np.ascontiguousarray(lab[..., 0])
    for _ in range(LEVELS):
        across, down = (cv2.Sobel(level, cv2.CV_32F, dx, 1 - dx) for dx in (1, 0))
        strength = np.hypot(across, down)
        slant = np.arctan2(down, across)
        values += [
            float(strength.mean()),
            float(strength.std()),
            float((strength * np.cos(2 * slant)).mean()),
            float((strength * np.sin(2 * slant)).mean()),
        ]
        level = cv2.pyrDown(level)
    return tuple(values)


def rank(
    described: Mapping[int, Description], labelled: Iterable[Sequence[float]] = ()
) -> list[int]:
    """Return images by how useful they are to label, the most useful one first.

    Parameters
    ----------
    described
        Those that are not labelled, by their identifiers.
    labelled
        Features of those that are.
    """
    names = sorted(described)
    if not names:
        return []
    known = np.array([list(features) for features in labelled], np.float64)
    own = np.array([described[name].features for name in names], np.float64)
    every = np.concatenate([own, known]) if len(known) else own
    spread = np.maximum(every.std(axis=0), _EPSILON)
    own = (own - every.mean(axis=0)) / spread
    worth = np.array([described[name].uncertainty for name in names])
    worth = worth / max(float(worth.max()), _EPSILON) + _EPSILON
    nearest = np.full(len(names), np.inf)
    for features in (known - every.mean(axis=0)) / spread if len(known) else []:
        nearest = np.minimum(nearest, np.linalg.norm(own - features, axis=1))
    scale = _typical_distance(own)
    order: list[int] = []
    left = np.ones(len(names), bool)
    for _ in names:
        distance = np.minimum(nearest / scale, 1.0) + _LEAST_DISTANCE
        score = np.where(left, worth * distance, -1.0)
        best = int(score.argmax())
        order.append(names[best])
        left[best] = False
        nearest = np.minimum(nearest, np.linalg.norm(own - own[best], axis=1))
    return order


def rank_images(
    store: ProjectStore,
    model_key: str,
    candidates: Iterable[int],
    labelled: Iterable[int],
    report: Report = lambda _text, _share: None,
) -> list[int]:
    """Return images of a project by how useful they are, those without a prediction last.

    Parameters
    ----------
    store
        Of the project.
    model_key
        The model whose predictions say what is uncertain.
    candidates, labelled
        Images to rank, and images that are labelled already; identifiers.
    report
        Told what is being done; may raise to stop.
    """
    predictions = PredictionStore(store.folder, is_read_only=True)
    records = {record.identifier: record for record in store.images()}
    wanted = [number for number in candidates if number in records]
    described: dict[int, Description] = {}
    for place, number in enumerate(wanted):
        report("looking for useful images", place / max(len(wanted), 1))
        found = predictions.load(number, model_key)
        features = _features_in(records[number]) if found else None
        if found is not None and features is not None:
            described[number] = Description(uncertainty_of(found[1]), features)
    known = [_features_in(records[number]) for number in labelled if number in records]
    order = rank(described, [features for features in known if features is not None])
    return order + [number for number in wanted if number not in described]


def _features_in(record: ImageRecord) -> tuple[float, ...] | None:
    """Return how an image looks, None where it cannot be read."""
    try:
        return features_of(make_thumbnail(record.path))
    except AnnotatorError:
        return None


def _typical_distance(features: NDArray[np.float64]) -> float:
    """Return the median distance between images, from which on they count as different."""
    if len(features) < 2:
        return 1.0
    some = features[:: max(len(features) // 200, 1)]
    distances = np.linalg.norm(some[:, None] - some[None], axis=2)
    return max(float(np.median(distances[np.triu_indices(len(some), 1)])), _EPSILON)
