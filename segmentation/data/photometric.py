"""Random changes of color, light and sharpness of 8-bit RGB images; masks are not touched.

Each takes the image and a generator, and returns a new image or the same one.
"""

import math
from functools import cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_GREY: Final = np.array([0.299, 0.587, 0.114])
_POOL: Final = 1 << 21
_POOL_SCALE: Final = 20.0


def jitter_colors(
    image: Pixels,
    rng: np.random.Generator,
    *,
    brightness: float = 0.25,
    contrast: float = 0.25,
    saturation: float = 0.25,
    hue: float = 0.1,
) -> Pixels:
    """Multiply brightness, contrast and saturation by up to 1 ± the given, then turn the hue.

    ``hue`` is a share of the color circle. All but hue is one linear map, clipped once.
    """
    bright, contrasted, saturated = (
        rng.uniform(1 - s, 1 + s) for s in (brightness, contrast, saturation)
    )
    matrix = saturated * np.eye(3) + (1 - saturated) * _GREY
    mean = bright * float(_GREY @ cv2.mean(image)[:3])
    offset = np.full((3, 1), (1 - contrasted) * mean)
    image = _transformed(image, np.hstack([bright * contrasted * matrix, offset]))
    shift = round(rng.uniform(-hue, hue) * 256)
    if not shift:
        return image
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV_FULL)
    turn = ((np.arange(256) + shift) % 256).astype(np.uint8)
    cv2.insertChannel(cv2.LUT(cv2.extractChannel(hsv, 0), turn), hsv, 0)
    return _bytes(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB_FULL))


def tint(image: Pixels, rng: np.random.Generator, strength: float = 0.12) -> Pixels:
    """Multiply each channel by its own factor, as another white balance does."""
    factors = rng.uniform(1 - strength, 1 + strength, 3)
    return _transformed(image, np.hstack([np.diag(factors), np.zeros((3, 1))]))


def to_grey(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Take the colors away."""
    return _bytes(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))


def gamma(image: Pixels, rng: np.random.Generator, strongest: float = 1.7) -> Pixels:
    """Bend the tone curve by an exponent between 1 / ``strongest`` and ``strongest``."""
    exponent = strongest ** rng.uniform(-1.0, 1.0)
    curve = (np.linspace(0.0, 1.0, 256) ** exponent * 255.0 + 0.5).astype(np.uint8)
    return _bytes(cv2.LUT(image, curve))


def speckle(image: Pixels, rng: np.random.Generator, strength: float = 0.1) -> Pixels:
    """Multiply every value of every channel by a factor within 1 ± ``strength`` of its own."""
    noise = rng.integers(0, 256, image.shape, np.uint8)
    varied = cv2.multiply(image, noise, scale=2 * strength / 255)
    return _bytes(cv2.addWeighted(image, 1 - strength, varied, 1.0, 0.0))


def add_noise(image: Pixels, rng: np.random.Generator, strongest: float = 12.0) -> Pixels:
    """Add normal noise of up to ``strongest`` levels, to all channels alike or to each."""
    deviation = rng.uniform(1.0, strongest)
    height, width = image.shape[:2]
    n_channels = 1 if rng.random() < 0.3 else 3
    size = height * width * n_channels
    pool = _noise_pool(max(_POOL, 2 * size))
    start = int(rng.integers(len(pool) - size))
    noise = pool[start : start + size].reshape(height, width, n_channels)
    if n_channels == 1:
        noise = cv2.cvtColor(noise, cv2.COLOR_GRAY2RGB)
    factor = deviation / _POOL_SCALE
    return _bytes(cv2.addWeighted(image, 1.0, noise, factor, -128.0 * factor, dtype=cv2.CV_8U))


def blur(image: Pixels, rng: np.random.Generator, strongest: float = 1.6) -> Pixels:
    """Blur as a lens out of focus does, or along a line as motion does."""
    if rng.random() < 0.7:
        return _bytes(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, strongest)))
    length, angle = rng.uniform(2.0, 3.0 * strongest), rng.uniform(0.0, math.pi)
    return _bytes(cv2.filter2D(image, -1, _line(length, angle)))


def compress(image: Pixels, rng: np.random.Generator, lowest: int = 30) -> Pixels:
    """Compress as JPEG of a quality from ``lowest`` to 95, and decompress."""
    quality = int(rng.integers(lowest, 96))
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return _bytes(cv2.imdecode(encoded, cv2.IMREAD_COLOR))


def shadow(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Darken one side of a line, hard or soft, or let the light fall off across the image."""
    height, width = image.shape[:2]
    angle = rng.uniform(0.0, 2 * math.pi)
    x0, y0 = rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.9) * height
    softness = float(np.exp(rng.uniform(math.log(2.0), math.log(max(width, height)))))
    x = (np.arange(width, dtype=np.float32) - x0) * np.float32(math.cos(angle))
    y = (np.arange(height, dtype=np.float32) - y0) * np.float32(math.sin(angle))
    share = np.clip((x[None, :] + y[:, None]) / np.float32(softness) + np.float32(0.5), 0.0, 1.0)
    light = np.float32(1.0) - np.float32(1.0 - rng.uniform(0.4, 0.9)) * share
    level = cv2.cvtColor((light * 255.0).astype(np.uint8), cv2.COLOR_GRAY2RGB)
    return _bytes(cv2.multiply(image, level, scale=1 / 255))


def _bytes(values: Any) -> Pixels:
    """Return what OpenCV gives as what it is here."""
    return np.asarray(values, np.uint8)


def _transformed(image: Pixels, matrix: NDArray[np.float64]) -> Pixels:
    return _bytes(cv2.transform(image, matrix))


@cache
def _noise_pool(size: int) -> Pixels:
    """Return normal noise about 128 that generators start at random places of; drawn once."""
    values = np.random.default_rng(7).standard_normal(size, np.float32) * _POOL_SCALE + 128.5
    return np.clip(values, 0.0, 255.0).astype(np.uint8)


def _line(length: float, angle: float) -> NDArray[np.float32]:
    """Return the kernel that averages along a line."""
    side = 2 * math.ceil(length / 2) + 1
    kernel = np.zeros((side, side), np.float32)
    dx, dy = math.cos(angle) * length / 2, math.sin(angle) * length / 2
    middle, shift = side // 2, 4
    ends = [
        (round((middle + s * dx) * 2**shift), round((middle + s * dy) * 2**shift)) for s in (-1, 1)
    ]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_8, shift)
    return kernel / kernel.sum()
