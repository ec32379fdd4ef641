"""The field "segmentation" of COCO files: run lengths, as text or as numbers, or polygons."""

from typing import Any, Literal, cast

import numpy as np

from annotator.document.mask import MaskPatch
from annotator.storage.outlines import filled, polygons
from annotator.storage.run_lengths import compressed, decompressed, patch_of_runs, run_lengths

CocoShapes = Literal["rle", "uncompressed rle", "polygons"]
"""Run lengths as text, run lengths as lists of numbers, or polygons without holes."""


def segmentation_of(patch: MaskPatch, shape: tuple[int, int], shapes: CocoShapes) -> Any:
    """Return a mask in a (height, width) image as JSON values."""
    if shapes == "polygons":
        return [outline.ravel().tolist() for outline in polygons(patch)]
    runs = run_lengths(patch, shape)
    return {"size": list(shape), "counts": compressed(runs) if shapes == "rle" else runs}


def patch_of_segmentation(segmentation: Any, size: tuple[int, int]) -> MaskPatch:
    """Return the mask in a (width, height) image; a ValueError says what is wrong with it."""
    try:
        if isinstance(segmentation, dict):
            return _patch_of_runs(cast("dict[str, Any]", segmentation), size)
        rings = [np.array(ring, np.float64) for ring in segmentation]
        if not all(ring.ndim == 1 and ring.size % 2 == 0 for ring in rings):
            raise ValueError("a polygon is no list of numbers [x, y, x, y, ...]")
        if not all(np.isfinite(ring).all() for ring in rings):
            raise ValueError("a polygon has points that are no numbers")
        return filled([ring.reshape(-1, 2) for ring in rings if ring.size >= 6], size)
    except (TypeError, KeyError) as error:
        raise ValueError(f"the segmentation is not in the form of COCO ({error!r})") from error


def _patch_of_runs(values: dict[str, Any], size: tuple[int, int]) -> MaskPatch:
    height, width = values["size"]
    if (width, height) != size:
        wanted = f"{size[0]} x {size[1]}"
        raise ValueError(f"the mask is for {width} x {height} pixels, the image has {wanted}")
    counts = values["counts"]
    runs = decompressed(counts) if isinstance(counts, str) else [int(run) for run in counts]
    return patch_of_runs(runs, (height, width))
