"""Where a model sees cracks that are none, as points that training is to show more often.

`segmentation.data.patches.CropSampler` draws a share of the crops around the points of
`Item.spots`; ``data.hard_negatives`` of a run says which share.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from segmentation import UNLABELLED
from segmentation.data.manifest import Item, Manifest, Split
from segmentation.data.mask_files import Mask
from segmentation.data.sources import reader_of
from segmentation.evaluation.boundary import distance_to
from segmentation.evaluation.false_alarms import Component, components

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Gives the probability ``(H, W)`` in [0, 1] of an image ``(H, W, 3)``, red, green, blue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotOptions:
    """What counts as false, and how much of it is kept.

    Attributes
    ----------
    threshold
        Probability from which on a pixel is predicted.
    tolerance
        A component that comes this near to a crack, in pixels, may be a part of it that nobody
        has drawn, and is left out.
    min_length
        Shorter components are left out; pixels.
    most
        Components kept of an image, the longest first.
    split
        Part of the data that is looked through.
    """

    threshold: float = 0.5
    tolerance: float = 10.0
    min_length: float = 15.0
    most: int = 20
    split: Split = "train"

    def __post_init__(self) -> None:
        """Check each field."""
        if not 0.0 < self.threshold <= 1.0:
            raise ValueError(f"threshold is {self.threshold}; it must be above 0 and at most 1.")
        if self.tolerance < 0 or self.min_length < 0 or self.most < 1:
            raise ValueError(
                "tolerance and min_length must not be negative, and most must be at least 1."
            )


def with_hard_negatives(
    manifest: Manifest,
    predict: Predict,
    options: SpotOptions | None = None,
    *,
    on_item: Callable[[Item], None] | None = None,
) -> Manifest:
    """Return the manifest with the places in it where a model sees cracks that are none.

    Parameters
    ----------
    manifest
        With splits assigned. Items of other splits, and those that are drawn anew in each epoch,
        stay as they are.
    predict
        The model.
    options
        What counts as false.
    on_item
        Called with each item that was looked through, its spots set.

    Raises
    ------
    segmentation.data.errors.DataError
        An image cannot be read.
    """
    options = options or SpotOptions()
    items: list[Item] = []
    for item in manifest.items:
        reader, folder, settings = reader_of(manifest.origin_of(item))
        if item.split != options.split or getattr(settings, "fresh", False):
            items.append(item)
            continue
        image, mask = reader.load(folder, item, settings)
        found = false_components(predict(image), mask, options)
        items.append(replace(item, spots=tuple(each.center for each in found)))
        if on_item is not None:
            on_item(items[-1])
    return manifest.with_items(items)


def false_components(
    probability: NDArray[np.float32], mask: Mask, options: SpotOptions
) -> list[Component]:
    """Return what is predicted over labelled background, longest first.

    Parameters
    ----------
    probability
        ``(H, W)`` in [0, 1].
    mask
        ``(H, W)``: 0, 1, or `segmentation.UNLABELLED`.
    options
        What counts as false.
    """
    predicted = (probability >= np.float32(options.threshold)) & (mask != UNLABELLED)
    from_crack = distance_to(mask == 1)
    found = [
        each
        for each in components(predicted)
        if each.length >= options.min_length
        and from_crack[each.box][predicted[each.box]].min() > options.tolerance
    ]
    return found[: options.most]
