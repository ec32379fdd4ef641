"""Things drawn on training images that look like cracks and are none.

The date that a camera prints, writing and strokes of paint, the border of a dark or painted area:
on photographs of steel bridges these are what a network without them takes for cracks. What they
cover of a crack becomes unlabelled.
"""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation import UNLABELLED
from segmentation.data.mask_files import Mask

Pixels = NDArray[np.uint8]
Pair = tuple[Pixels, Mask]

_CHARACTERS: Final = "0123456789.-/:ABDLTVORSE"
_FONTS: Final = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
)
_INKS: Final = (
    (255, 120, 0),  # the date of a camera
    (255, 200, 40),  # wax crayon
    (235, 235, 225),  # chalk
    (190, 30, 30),  # marking spray
    (60, 90, 200),
)
_INK_SPREAD: Final = 35
_COVERED: Final = 0.5
_WAVY: Final = ((64, 30.0), (16, 6.0), (4, 4.0))
_SPLATTERED: Final = ((48, 20.0), (20, 30.0), (8, 40.0), (4, 25.0))
"""Waves of a border: their length and greatest height in px."""


def stamp(image: Pixels, mask: Mask, rng: np.random.Generator) -> Pair:
    """Print or write a few characters, with or without a dark rim."""
    cover = np.zeros(mask.shape, np.uint8)
    text = "".join(rng.choice(list(_CHARACTERS), int(rng.integers(2, 11))))
    font = _FONTS[int(rng.integers(len(_FONTS)))]
    scale = float(np.exp(rng.uniform(math.log(0.6), math.log(5.0))))
    stroke = max(1, round(scale * rng.uniform(1.0, 4.0)))
    place = _place(mask.shape, rng, shift=-0.3)
    painted = image
    if rng.random() < 0.6:
        rim = int(rng.integers(2, 9))
        cv2.putText(cover, text, place, font, scale, 255, stroke + rim, cv2.LINE_AA)
        painted = _painted(painted, cover, _dark(rng), rng.uniform(0.4, 0.9))
    cover = np.zeros(mask.shape, np.uint8)
    cv2.putText(cover, text, place, font, scale, 255, stroke, cv2.LINE_AA)
    return _laid_over(painted, mask, cover, _ink(rng), rng.uniform(0.6, 1.0))


def stroke(image: Pixels, mask: Mask, rng: np.random.Generator) -> Pair:
    """Draw a bent stroke of crayon, chalk or spray; it is bright or colored, as no crack is."""
    cover = np.zeros(mask.shape, np.uint8)
    side = max(mask.shape)
    start = np.array(_place(mask.shape, rng))
    angle, bend = rng.uniform(0, 2 * math.pi), rng.uniform(-2.5, 2.5)
    steps = np.linspace(0.0, 1.0, 24)
    headings = angle + bend * steps
    length = side * rng.uniform(0.15, 0.9) / len(steps)
    line = start + np.cumsum(np.stack([np.cos(headings), np.sin(headings)], 1) * length, axis=0)
    width = round(float(np.exp(rng.uniform(math.log(3.0), math.log(16.0)))))
    cv2.polylines(cover, [np.rint(line).astype(np.int32)], False, 255, width, cv2.LINE_AA)
    if rng.random() < 0.6:  # wax and chalk leave gaps on a rough surface
        grain = cv2.resize(_noise((mask.shape[0] // 3 + 1, mask.shape[1] // 3 + 1), rng),
                           mask.shape[::-1])  # fmt: skip
        cover[grain < rng.uniform(40, 130)] = 0
    return _laid_over(image, mask, cover, _ink(rng), rng.uniform(0.5, 1.0))


def border(image: Pixels, mask: Mask, rng: np.random.Generator) -> Pair:
    """Cover one side of a wavy or ragged line with another color, or leave it in the dark."""
    height, width = mask.shape
    angle = rng.uniform(0.0, 2 * math.pi)
    x0, y0 = _place(mask.shape, rng)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32) - x0,
                       np.arange(height, dtype=np.float32) - y0)  # fmt: skip
    across = x * math.cos(angle) + y * math.sin(angle)
    is_splattered = rng.random() < 0.5  # as paint that a brush left on a rough surface
    for cell, reach in _SPLATTERED if is_splattered else _WAVY:
        coarse = _noise((height // cell + 2, width // cell + 2), rng).astype(np.float32)
        waves = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        across += (waves / 127.5 - 1.0) * np.float32(reach * rng.random() ** 2)
    softness = float(np.exp(rng.uniform(math.log(0.7), math.log(6.0))))
    cover = (np.clip(across / softness + 0.5, 0.0, 1.0) * 255.0).astype(np.uint8)
    if rng.random() < 0.7:
        return _laid_over(image, mask, cover, _dark(rng), rng.uniform(0.6, 0.97))
    return _laid_over(image, mask, cover, _ink(rng), rng.uniform(0.5, 0.95))


def _laid_over(
    image: Pixels, mask: Mask, cover: Mask, color: tuple[int, int, int], opacity: float
) -> Pair:
    hidden = (cover > 255 * _COVERED) & (mask == 1)
    if hidden.any():
        mask = np.where(hidden, np.uint8(UNLABELLED), mask)
    return _painted(image, cover, color, opacity), mask


def _painted(image: Pixels, cover: Mask, color: tuple[int, int, int], opacity: float) -> Pixels:
    share = (cover.astype(np.float32) * np.float32(opacity / 255.0))[..., None]
    mixed = image * (np.float32(1.0) - share) + np.array(color, np.float32) * share
    return mixed.astype(np.uint8)


def _place(shape: tuple[int, ...], rng: np.random.Generator, shift: float = 0.0) -> tuple[int, int]:
    x, y = (rng.uniform(0.0, 1.0) + shift) * shape[1], rng.uniform(0.0, 1.0) * shape[0]
    return round(x), round(y)


def _ink(rng: np.random.Generator) -> tuple[int, int, int]:
    base = np.array(_INKS[int(rng.integers(len(_INKS)))])
    red, green, blue = np.clip(base + rng.integers(-_INK_SPREAD, _INK_SPREAD + 1, 3), 0, 255)
    return int(red), int(green), int(blue)


def _dark(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = rng.integers(0, 40, 3)
    return int(red), int(green), int(blue)


def _noise(shape: tuple[int, int], rng: np.random.Generator) -> Pixels:
    return rng.integers(0, 256, shape, np.uint8)
