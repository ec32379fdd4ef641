"""Synthetic photographs of cracks whose centerline and width are known exactly.

`generate` draws asphalt-, concrete- or painted-steel-like surfaces with branching cracks and
passes them through a camera; the same parameters give the same arrays on the same machine.
`make_crack`, `render_cracks` and `crack_mask` draw given cracks for exact tests. Arrays are
``[row, column]``, points ``(x, y)`` with pixel centers at integers, lengths in pixels.

Needs numpy and scipy only.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segmentation.data.synthetic_camera import MCU, Camera, CameraStyle
from segmentation.data.synthetic_cracks import CrackStyle, draw_cracks
from segmentation.data.synthetic_fields import Floats
from segmentation.data.synthetic_parameters import (
    Polarity,
    SurfaceName,
    SyntheticParameters,
    check_choice,
    check_range,
    sample_parameters,
)
from segmentation.data.synthetic_rendering import CrackPaint
from segmentation.data.synthetic_ribbons import (
    SyntheticCrack,
    crack_mask,
    find_ribbon,
    make_crack,
    paint_mask,
)
from segmentation.data.synthetic_steel import Steel
from segmentation.data.synthetic_surfaces import (
    Asphalt,
    Concrete,
    Plain,
    Surface,
    SurfaceStyle,
)

__all__ = [
    "SURFACES",
    "SyntheticCancelled",
    "SyntheticCrack",
    "SyntheticImage",
    "SyntheticParameters",
    "crack_mask",
    "generate",
    "make_crack",
    "render_cracks",
    "sample_parameters",
]

_T = TypeVar("_T", CrackStyle, CameraStyle, SurfaceStyle)
_BAND_PIXELS = 1_500_000
SURFACES: dict[SurfaceName, Callable[..., Surface]] = {
    "asphalt": Asphalt,
    "concrete": Concrete,
    "steel": Steel,
    "plain": Plain,
}


class SyntheticCancelled(Exception):  # noqa: N818 - an outcome that was asked for, not an error
    """Raised by `generate` when its ``is_cancelled`` returns true."""


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticImage:
    """A generated photograph and its truth.

    Attributes
    ----------
    image
        ``(height, width, 3)`` uint8, red, green, blue.
    mask
        ``(height, width)`` uint8: 1 where the pixel's center lies in a crack, at least a line of
        one pixel.
    cracks
        Main cracks, each followed by its branches.
    contrast
        The contrast drawn: relative to the surface, or, if ``contrast_to_noise`` was given, the
        difference of level.
    parameters
        What was asked for.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    cracks: tuple[SyntheticCrack, ...]
    contrast: float
    parameters: SyntheticParameters


def generate(
    parameters: SyntheticParameters,
    *,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> SyntheticImage:
    """Generate a photograph of cracks.

    Works in bands of rows, so that 50 megapixels need little more memory than the result.

    Parameters
    ----------
    parameters
        What to generate.
    on_progress
        Called with the share done, rising to 1.
    is_cancelled
        Polled between bands.

    Returns
    -------
    SyntheticImage
        Image, mask and cracks.

    Raises
    ------
    SyntheticCancelled
        If ``is_cancelled`` returned true.
    ValueError
        If a ``contrast_to_noise`` does not fit between black and white.
    """

    def report(fraction: float) -> None:
        if is_cancelled is not None and is_cancelled():
            raise SyntheticCancelled
        if on_progress is not None:
            on_progress(fraction)

    report(0.0)
    shape = (parameters.height, parameters.width)
    surface_seed, crack_seed, camera_seed = np.random.SeedSequence(parameters.seed).spawn(3)
    surface = SURFACES[parameters.surface](shape, _part(parameters, SurfaceStyle), surface_seed)
    camera = Camera(shape, _part(parameters, CameraStyle), camera_seed)
    style = _part(parameters, CrackStyle)
    rng = np.random.default_rng(crack_seed)
    cracks = draw_cracks(rng, shape, parameters.n_cracks, style, surface.guide)
    if isinstance(surface, Steel):
        surface.rust_along(cracks)
    report(0.03)
    mask = np.zeros(shape, np.uint8)
    relative = parameters.contrast_to_noise is None
    contrast = parameters.contrast if relative else _absolute_contrast(parameters, surface, camera)
    paint = CrackPaint(
        contrast,
        relative=relative,
        bright=parameters.polarity == "bright",
        rim=parameters.rim,
        shading=parameters.shading,
    )
    for number, crack in enumerate(cracks, 1):
        ribbon = find_ribbon(crack, shape)
        paint_mask(mask, ribbon, crack)
        paint.add(ribbon)
        report(0.03 + 0.07 * number / len(cracks))
    image = np.empty((*shape, 3), np.uint8)
    band = max(_BAND_PIXELS // parameters.width // MCU, 1) * MCU
    for start in range(0, shape[0], band):
        stop = min(start + band, shape[0])
        scene = _photograph(surface, camera, paint, start, stop, shape)
        image[start:stop] = camera.expose(scene, start)
        report(0.1 + 0.9 * stop / shape[0])
    return SyntheticImage(image, mask, cracks, contrast, parameters)


def render_cracks(
    background: NDArray[np.floating],
    cracks: Sequence[SyntheticCrack],
    *,
    contrast: float,
    polarity: Polarity = "dark",
    blur: float = 0.0,
    shading: float = 0.0,
    rim: float = 0.0,
) -> Floats:
    """Draw given cracks on a given background, for exact tests.

    Pixels take the area covered by the ribbon exactly where its edge is straight, so that the
    edge is known to a small part of a pixel. Add noise afterwards.

    Parameters
    ----------
    background
        ``(height, width)`` or ``(height, width, 3)``, levels in [0, 1].
    cracks
        The cracks; see `make_crack`.
    contrast
        Difference of level between the surface and the crack, subtracted from the background if
        ``polarity`` is ``"dark"`` and added if it is ``"bright"``. The result is not clipped.
    polarity
        ``"dark"`` or ``"bright"``.
    blur
        Standard deviation of a Gaussian blur of the result in pixels.
    shading
        In [0, 1]: how much lighter a crack is at its edges than in its middle.
    rim
        Brightness of the lit edge, as share of the contrast.

    Returns
    -------
    ndarray
        float32 of the background's shape.

    Raises
    ------
    ValueError
        If the background's shape, the contrast, polarity or blur cannot be used.
    """
    if background.ndim not in (2, 3) or background.shape[2:] not in ((), (3,)):
        raise ValueError(f"background: expected shape (h, w) or (h, w, 3), got {background.shape}.")
    check_choice("polarity", polarity, get_args(Polarity))
    for name, value, high in (
        ("contrast", contrast, math.inf),
        ("blur", blur, 100.0),
        ("shading", shading, 1.0),
        ("rim", rim, math.inf),
    ):
        check_range(name, value, 0.0, high)
    height, width = background.shape[:2]
    paint = CrackPaint(
        contrast, relative=False, bright=polarity == "bright", rim=rim * contrast, shading=shading
    )
    for crack in cracks:
        paint.add(find_ribbon(crack, (height, width)))
    image = np.array(background, np.float32, copy=True).reshape(height, width, -1)
    paint.apply(image, 0)
    if blur > 0:
        image = np.asarray(ndimage.gaussian_filter(image, (blur, blur, 0.0), mode="nearest"))
    return image.reshape(background.shape)


def _part(parameters: SyntheticParameters, style: type[_T]) -> _T:
    """Return the parameters that one part of the generator needs."""
    return style(**{field.name: getattr(parameters, field.name) for field in fields(style)})


def _photograph(
    surface: Surface,
    camera: Camera,
    paint: CrackPaint | None,
    start: int,
    stop: int,
    shape: tuple[int, int],
) -> Floats:
    """Return rows of the lit and blurred scene, before the sensor."""
    above, below = max(start - camera.halo, 0), min(stop + camera.halo, shape[0])
    scene = surface.rows(above, below)
    if paint is not None:
        paint.apply(scene, above)
    camera.light(scene, above)
    return camera.focus(scene)[start - above : start - above + stop - start]


def _absolute_contrast(parameters: SyntheticParameters, surface: Surface, camera: Camera) -> float:
    """Return the contrast that a contrast-to-noise ratio asks for.

    The standard deviation is that of up to 512 rows of the crack-free photograph, slow changes
    removed, plus the sensor's noise, which is known.
    """
    ratio = parameters.contrast_to_noise or 0.0
    shape = (parameters.height, parameters.width)
    start = max((shape[0] - 512) // 2, 0) // MCU * MCU
    scene = _photograph(surface, camera, None, start, min(start + 512, shape[0]), shape)
    level = scene.mean(axis=2)
    detail = level - ndimage.gaussian_filter(level, 12.0)
    mean = float(level.mean())
    texture = 0.0 if parameters.texture == 0 else float(detail.std())
    sigma = math.sqrt(texture**2 + parameters.noise**2 + parameters.shot_noise**2 * mean)
    contrast = ratio * sigma
    level_of_crack = mean - contrast if parameters.polarity == "dark" else mean + contrast
    if not 0.0 <= level_of_crack <= 1.0:
        room = (mean if parameters.polarity == "dark" else 1.0 - mean) / sigma
        raise ValueError(
            f"contrast_to_noise {ratio:g} does not fit between black and white; on this surface "
            f"it can be at most {room:.1f}: lower it, or lower noise or texture."
        )
    return contrast
