"""Raw decoded arrays to upright grey or RGB arrays: orientation, transparency, value range."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]  # (h, w) or (h, w, channels)
CONTRAST_PERCENTILES = (0.2, 99.8)


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo the EXIF orientation 1 to 8 (EXIF 2.32, tag 0x0112); other values change nothing."""
    if orientation in {5, 6, 7, 8}:
        pixels = np.swapaxes(pixels, 0, 1)
    # After the swap, 5 to 8 are the same four flips as 1 to 4.
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    return pixels


def flatten_alpha(colors: Pixels, alpha: NDArray[Any], notes: list[str]) -> Pixels:
    """Drop a fully opaque alpha channel; otherwise lay the image over white and say so."""
    top = np.iinfo(alpha.dtype).max
    if alpha.min() == top:
        return colors
    notes.append("The image is partly transparent; it was laid over white.")
    weight = alpha.astype(np.float32) / top
    if colors.ndim == 3:
        weight = weight[..., None]
    return np.rint(colors * weight + top * (1 - weight)).astype(colors.dtype)


def unit_range(values: Pixels, notes: list[str]) -> NDArray[np.float32]:
    """Return float or wide integer values as float32 in [0, 1].

    NaN and infinite values become the median of the finite ones. Values that all lie in [0, 1] are
    kept; otherwise [minimum, maximum] is mapped to [0, 1]. Raises ValueError when none is finite.
    """
    values = values.astype(np.float64) if values.dtype.kind in "iu" else values
    finite = np.isfinite(values)
    if not finite.all():
        if not finite.any():
            raise ValueError("no pixel has a finite value")
        notes.append(
            f"{finite.size - np.count_nonzero(finite)} values are not finite (NaN, infinite or no "
            "data); they were replaced by the median."
        )
        values = np.where(finite, values, np.median(values[finite]))
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 1:
        return values.astype(np.float32)
    notes.append(f"Values from {low:g} to {high:g} were scaled to 0 to 1.")
    if low == high:
        return np.zeros(values.shape, np.float32)
    # In double precision and scaled before the subtraction, so that the span cannot overflow.
    scale = max(abs(low), abs(high))
    low, high = low / scale, high / scale
    return ((values / np.float64(scale) - low) / (high - low)).astype(np.float32)


def grey_if_equal(colors: Pixels) -> Pixels:
    """Return one channel when red, green and blue agree everywhere."""
    red, green, blue = colors[..., 0], colors[..., 1], colors[..., 2]
    return red if np.array_equal(red, green) and np.array_equal(red, blue) else colors


def to_display(pixels: Pixels) -> NDArray[np.uint8]:
    """Return 8-bit pixels: 8-bit images as they are, deeper ones with their contrast stretched."""
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    stride = max(1, int(np.sqrt(pixels.shape[0] * pixels.shape[1] / 1e6)))
    sample = pixels[::stride, ::stride].astype(np.float32)
    sample = sample[np.isfinite(sample)]
    low, high = np.percentile(sample, CONTRAST_PERCENTILES) if sample.size else (0.0, 1.0)
    scaled = (pixels.astype(np.float32) - low) * (255.0 / max(high - low, 1e-6))
    return np.clip(np.nan_to_num(scaled), 0, 255).astype(np.uint8)
