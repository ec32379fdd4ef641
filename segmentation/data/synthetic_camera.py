"""The camera: uneven light, vignetting, blur, sensor noise, 8 bits and JPEG compression."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from segmentation.data.synthetic_fields import FineNoise, Floats, SmoothField, WhiteNoise

MCU = 16  # rows of a JPEG coding unit with 4:2:0 chroma: bands must start on a multiple of it

# Tables K.1 and K.2 of ITU-T T.81 (1992): the quantization steps at quality 50.
_LUMINANCE_STEPS = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMINANCE_STEPS = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *(((99,) * 8,) * 4),
)
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True)
class CameraStyle:
    """How an image is taken; the fields are explained at `SyntheticParameters`."""

    illumination: float
    vignetting: float
    blur: float
    noise: float
    shot_noise: float
    jpeg_quality: int | None


class Camera:
    """Turns rows of a scene into rows of an 8 bit photograph."""

    def __init__(
        self, shape: tuple[int, int], style: CameraStyle, seed: np.random.SeedSequence
    ) -> None:
        seeds = seed.spawn(4)
        rng = np.random.default_rng(seeds[0])
        self._shape = shape
        self._style = style
        angle = rng.uniform(0.0, 2.0 * np.pi)
        self._slope = 0.5 * style.illumination * np.array([np.cos(angle), np.sin(angle)])
        self._shade = SmoothField(rng, shape, 0.35 * max(shape))
        self._center = rng.normal(0.0, 0.08, 2)
        self._sensor = WhiteNoise(seeds[1], shape[1])
        self._chroma = [FineNoise(seeds[2 + i], shape[1], 0.9) for i in range(2)]

    @property
    def halo(self) -> int:
        """Rows of the scene needed above and below those of the photograph."""
        return int(np.ceil(4.0 * self._style.blur)) + 1 if self._style.blur > 0 else 0

    def light(self, scene: Floats, start: int) -> None:
        """Multiply rows of the scene by the light that falls on them, in place."""
        if self._style.illumination == 0 and self._style.vignetting == 0:
            return
        x = (np.arange(self._shape[1]) / max(self._shape[1] - 1, 1) * 2 - 1).astype(np.float32)
        rows = np.arange(start, start + len(scene))
        y = (rows / max(self._shape[0] - 1, 1) * 2 - 1).astype(np.float32)[:, None]
        light = 1.0 + np.float32(self._slope[0]) * x + np.float32(self._slope[1]) * y
        if self._style.illumination > 0:
            shade = self._shade.rows(start, start + len(scene))
            light += np.float32(0.12 * self._style.illumination) * shade
        radius = 0.5 * ((x - self._center[0]) ** 2 + (y - self._center[1]) ** 2)
        light *= 1.0 - np.float32(self._style.vignetting) * np.minimum(radius, 1.3) ** 1.3
        scene *= np.maximum(light, 0.02)[:, :, None]

    def focus(self, scene: Floats) -> Floats:
        """Blur rows of the scene with the lens."""
        if self._style.blur == 0:
            return scene
        sigma = (self._style.blur, self._style.blur, 0.0)
        return np.asarray(ndimage.gaussian_filter(scene, sigma, mode="nearest"))

    def expose(self, scene: Floats, start: int) -> NDArray[np.uint8]:
        """Add sensor noise to rows, round to 8 bits and compress.

        The noise of the luminance has exactly the standard deviation
        ``sqrt(noise² + shot_noise² · level)``; noise of the color leaves it as it is.
        """
        stop = start + len(scene)
        level = np.maximum(scene @ _LUMA, 0.0)
        sigma = np.sqrt(self._style.noise**2 + self._style.shot_noise**2 * level)
        exposed = scene + (sigma * self._sensor.rows(start, stop))[:, :, None]
        if self._style.noise > 0 or self._style.shot_noise > 0:
            red, blue = (0.4 * sigma * noise.rows(start, stop) for noise in self._chroma)
            exposed[:, :, 0] += red
            exposed[:, :, 2] += blue
            exposed[:, :, 1] -= (_LUMA[0] * red + _LUMA[2] * blue) / _LUMA[1]
        exposed *= 255.0
        np.clip(np.rint(exposed, out=exposed), 0.0, 255.0, out=exposed)
        if self._style.jpeg_quality is not None:
            exposed = compress(exposed, self._style.jpeg_quality)
        return exposed.astype(np.uint8)


def compress(image: Floats, quality: int) -> Floats:
    """Pass an image through the loss of baseline JPEG with 4:2:0 chroma.

    Parameters
    ----------
    image
        ``(height, width, 3)`` red, green, blue in [0, 255].
    quality
        1 to 100 on the scale of the Independent JPEG Group.

    Returns
    -------
    ndarray
        The same shape, whole numbers in [0, 255].
    """
    height, width = image.shape[:2]
    padded = np.pad(image, ((0, -height % MCU), (0, -width % MCU), (0, 0)), mode="edge")
    red, green, blue = (padded[:, :, c] for c in range(3))
    luma = np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue
    cb = _halved(np.float32(0.564334) * (blue - luma))
    cr = _halved(np.float32(0.713267) * (red - luma))
    luma = _quantize(luma - 128, _LUMINANCE_STEPS, quality) + 128
    cb, cr = (_doubled(_quantize(plane, _CHROMINANCE_STEPS, quality)) for plane in (cb, cr))
    decoded = np.empty_like(padded)
    decoded[:, :, 0] = luma + np.float32(1.402) * cr
    decoded[:, :, 1] = luma - np.float32(0.344136) * cb - np.float32(0.714136) * cr
    decoded[:, :, 2] = luma + np.float32(1.772) * cb
    np.clip(np.rint(decoded, out=decoded), 0.0, 255.0, out=decoded)
    return decoded[:height, :width]


def _halved(plane: Floats) -> Floats:
    """Average 2 x 2 pixels."""
    rows = plane[0::2] + plane[1::2]
    return np.float32(0.25) * (rows[:, 0::2] + rows[:, 1::2])


def _doubled(plane: Floats) -> Floats:
    """Repeat each pixel 2 x 2 times."""
    return np.repeat(np.repeat(plane, 2, axis=0), 2, axis=1)


def _quantize(plane: Floats, base: tuple[tuple[int, ...], ...], quality: int) -> Floats:
    """Round the cosine coefficients of 8 x 8 blocks to multiples of their steps."""
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    steps = np.clip(np.floor((np.array(base) * scale + 50) / 100), 1, 255).astype(np.float32)
    height, width = plane.shape
    blocks = np.ascontiguousarray(
        plane.reshape(height // 8, 8, width // 8, 8).transpose(0, 2, 1, 3), np.float32
    )
    spectrum = np.asarray(fft.dctn(blocks, axes=(2, 3), norm="ortho", overwrite_x=True))
    spectrum /= steps
    np.rint(spectrum, out=spectrum)
    spectrum *= steps
    blocks = np.asarray(fft.idctn(spectrum, axes=(2, 3), norm="ortho", overwrite_x=True))
    return blocks.transpose(0, 2, 1, 3).reshape(height, width)
