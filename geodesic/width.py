"""Width of a crack along its centerline, from its two banks in straightened coordinates.

Two passes. The coarse one looks for the dark band (center and width together) nearest to the
centerline, by dynamic programming over the strip of normals; it says how wide the crack is and how
far the centerline is off. The fine one samples a new strip on the corrected centerline with steps
proportional to the local width, and finds either bank in its own half of that strip as a minimal
path from one end to the other, so that banks cannot cross each other or the centerline.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import binary_opening, gaussian_filter1d
from scipy.spatial import cKDTree

from geodesic.bank_spacing import likely_width
from geodesic.polyline import arc_length, as_points, left_normals, resample, smooth
from geodesic.strip import (
    band_scores,
    best_band,
    cheapest_column_path,
    contrast_levels,
    filter_columns,
    filter_rows,
    row_noise,
    sample_strip,
)

__all__ = ["WidthParameters", "WidthProfile", "measure_width"]

Array = NDArray[np.float64]

_SPACING = 0.75  # px between samples of the centerline
_STIFFNESS = 4.0  # px, Gaussian smoothing of the given centerline before normals are taken

# Coarse pass. Lengths in px; scores are in robust standard deviations of the bank contrast.
_COARSE_ROWS = 2  # samples of the centerline per row
_COARSE_STEP = 0.5  # between columns
_COARSE_ALONG = 2.0  # smoothing along the crack
_BAND_RATIO = 1.33  # between neighboring band widths
_FLANK = (2.0, 6.0)  # least and largest width of the ground compared with a band
_REACH = 20.0  # largest distance of the centerline from the middle of the band
_SLACK = 1.5  # how far the centerline may lie outside the band
_BANK_LIMIT = 8.0  # to which contrasts are compressed, lest one strong spot decides
_CENTER_PULL = 0.1  # score per px^2 of distance from the centerline
_FREE_HALF = 3.0  # px, half-width of a band from which on the pull weakens
_HELD_ENDS = 6.0  # px over which the correction of the centerline grows from either end
_SHIFT_PENALTY = 1.0  # score per squared step of the center
_SCALE_PENALTY = 1.0  # score per step of the width
_TYPICAL_BAND = 3.5  # px, width that needs least evidence
_BAND_PRIOR = (0.5, 0.25)  # score per squared log ratio below and above the typical width
_NOISE_SIGMA = 2.0  # scale at which the noise of the neighborhood is measured
_NOISE_LENGTH = 15.0  # along which it is averaged

# Fine pass. The column step is a quarter of sigma, so lengths follow the width of the crack.
_SIGMA = (0.3, 0.6, 3.0)  # derivative scale: share of the width, least and largest in px
_COLUMNS_PER_SIGMA = 4
_ALONG = 1.5  # px, smoothing along the crack
_BEYOND = (2.0, 8.0)  # px, how far beyond the coarse bank to look, half the width in between
_JUMP_PENALTY = 0.03  # per squared column and row, in shares of the usual contrast
_JUMP_REACH = 3
_SHORTEST_RUN = 7  # samples over which a bank must be seen
_BANK_PRIOR = 0.02  # per squared sigma from the coarse bank
_PROFILE_SMOOTHING = 3.0  # px, of the measured widths along the crack
_CENTER_SMOOTHING = 4.0  # px, of the corrected centerline
_SURE_RATIO = 3.2  # contrast-to-noise ratio of a bank at confidence 1 - 1/e


@dataclass(frozen=True, slots=True)
class WidthParameters:
    """What a width measurement depends on besides the image and the centerline.

    Attributes
    ----------
    max_half_width : float
        Largest half-width that is looked for, px, >= 1.
    offset : float
        Added to each half-width, px. Annotators often draw 0 to 1 px per side wider than the
        optical bank; 0 measures the bank itself.
    recentre : bool
        Move the centerline to the middle between the banks. Otherwise the centerline given is
        kept and the half-widths are measured from it.
    optical_blur : float
        Standard deviation of the blur of lens, sensor and compression, px, >= 0. Widths below
        about 4 px depend on it: 0.15 px more takes about 0.4 px off a width of 2 px and 0.1 px
        off one of 4 px.
    prior_width : float
        Width that is assumed where contrast is too low to measure one, px, > 0. It pulls narrow
        and faint cracks only: the pull vanishes as contrast grows.
    visible_contrast : float
        Least contrast-to-noise ratio of a bank that counts as visible, > 0.

    Raises
    ------
    ValueError
        If a value is not finite or out of its range.
    """

    max_half_width: float = 40.0
    offset: float = 0.0
    recentre: bool = True
    optical_blur: float = 0.95
    prior_width: float = 2.8
    visible_contrast: float = 1.5

    def __post_init__(self) -> None:
        ranges = {
            "max_half_width": 1.0,
            "offset": -np.inf,
            "optical_blur": 0.0,
            "prior_width": 0.1,
            "visible_contrast": 0.0,
        }
        for name, least in ranges.items():
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= least):
                raise ValueError(f"{name} must be finite and >= {least}, not {value}")


@dataclass(frozen=True, slots=True)
class WidthProfile:
    """Half-widths of a crack along its centerline.

    Attributes
    ----------
    centerline : ndarray, shape (n, 2)
        Samples ``(x, y)``, px, at most 1 px apart.
    left, right : ndarray, shape (n,)
        Half-widths, px, >= 0; left is along ``(sin theta, -cos theta)`` of the direction of travel
        theta (y down).
    confidence : ndarray, shape (n,)
        In [0, 1], from the contrast-to-noise ratio of the weaker bank; see `measure_width`.
    visible : ndarray of bool, shape (n,)
        False where a bank is not seen and its distance is interpolated along the crack.
    """

    centerline: Array
    left: Array
    right: Array
    confidence: Array
    visible: NDArray[np.bool_]


def measure_width(
    image: NDArray[np.float32],
    centerline: ArrayLike,
    parameters: WidthParameters | None = None,
) -> WidthProfile:
    """Measure the half-widths of a dark crack to both sides of its centerline.

    Banks are extrema of the first derivative across the crack. For a box profile of width w blurred
    by sigma they lie further apart than w; `geodesic.bank_spacing` inverts the known relation.

    The confidence is ``1 - exp(-(z / 3.2)^3)``, z = step height of the weaker bank over the robust
    standard deviation of the same filter near the crack. It is fitted to synthetic cracks of 2 to
    12 px at contrast-to-noise 0.7 to 5: the share of samples with both banks within 1 px of the
    truth was about 0.5 for z from 1 to 2 (chance), 0.71 at z = 2.75, 0.83 at 3.5, 0.92 at 4.5 and
    0.99 at 6; the confidence is that share in excess of chance.

    Parameters
    ----------
    image : NDArray[np.float32]
        Gray image, shape ``(height, width)``, values in [0, 1], the crack darker than its
        surroundings. Beyond the border its outermost pixels are repeated.
    centerline : array_like
        Samples ``(x, y)``, shape ``(n, 2)``, n >= 1, px; within the crack or up to 2 px beside it.
    parameters : WidthParameters, optional
        Defaults if not given.

    Returns
    -------
    WidthProfile
        On new samples 0.75 px apart; a single sample of half-width 0.5 px (plus offset) and
        confidence 0 if the centerline has no length.

    Raises
    ------
    ValueError
        If the image is not a non-empty 2-D array, the centerline is malformed, or either holds
        values that are not finite.
    """
    parameters = parameters or WidthParameters()
    pixels = np.ascontiguousarray(image, dtype=np.float32)
    if pixels.ndim != 2 or pixels.size == 0:
        raise ValueError(f"image must be a non-empty 2-D array, not of shape {pixels.shape}")
    given = resample(as_points(centerline, "centerline"), _SPACING)
    if len(given) < 2:
        half = np.full(1, max(0.5 + parameters.offset, 0.0))
        return WidthProfile(given, half, half.copy(), np.zeros(1), np.zeros(1, np.bool_))
    curve = smooth(given, _STIFFNESS / _SPACING)
    center, width, noise = _coarse_band(pixels, curve, parameters.max_half_width)
    curve, columns = _evenly(curve - center[:, None] * left_normals(curve), (width, noise))
    profile = _fine_profile(pixels, curve, columns[0], columns[1], parameters)
    return profile if parameters.recentre else _seen_from(given, profile, parameters)


def _gaussian(sigma: float, order: int = 0) -> NDArray[np.float32]:
    """Return a Gaussian (order 0) or the correlation kernel of its first derivative (order 1)."""
    reach = int(np.ceil(3 * sigma))
    x = np.arange(-reach, reach + 1, dtype=np.float64)
    kernel = np.exp(-0.5 * (x / sigma) ** 2)
    if order:
        return (x * kernel / (x * x * kernel).sum()).astype(np.float32)
    return (kernel / kernel.sum()).astype(np.float32)


def _smoothed(values: Array, sigma: float) -> Array:
    """Smooth along the samples; sigma in samples."""
    return gaussian_filter1d(values, sigma, mode="nearest")


def _evenly(points: Array, columns: tuple[Array, ...]) -> tuple[Array, list[Array]]:
    """Resample a curve and what was measured on it at equal steps."""
    along = arc_length(points)
    even = resample(points, _SPACING)
    at = np.linspace(0.0, along[-1], len(even))
    return even, [np.interp(at, along, column) for column in columns]


def _strip(image: NDArray[np.float32], *where: NDArray | int) -> NDArray[np.float32]:
    strip = sample_strip(image, *where)
    if not np.isfinite(strip).all():
        raise ValueError("image must hold finite values in the neighborhood of the centerline")
    return strip


def _coarse_band(
    image: NDArray[np.float32], curve: Array, max_half_width: float
) -> tuple[Array, Array, Array]:
    """Return offset to the right, width, and noise at sigma 1 px of the band, per sample."""
    stride = _COARSE_ROWS if len(curve) > 2 * _COARSE_ROWS else 1
    rows, normals = curve[::stride], -left_normals(curve)[::stride]
    count = int(np.log(max_half_width) / np.log(_BAND_RATIO) + 1e-9) + 1
    halves = np.unique(np.round(_BAND_RATIO ** np.arange(count) / _COARSE_STEP)).astype(np.int64)
    flank = np.clip(halves, int(_FLANK[0] / _COARSE_STEP), int(_FLANK[1] / _COARSE_STEP))
    widths = (2 * _COARSE_STEP * halves).astype(np.float64)
    room = np.minimum(widths / 2 + _SLACK, _REACH)
    reach = int(room.max() / _COARSE_STEP)
    half_columns = max(reach + int((halves + flank).max()) + 2, 40)
    steps = np.full(len(rows), _COARSE_STEP)
    strip = _strip(image, rows, normals, steps, half_columns)
    strip = filter_rows(strip, _gaussian(_COARSE_ALONG / (_SPACING * stride)))

    response = filter_columns(strip, _gaussian(_NOISE_SIGMA / _COARSE_STEP, 1))
    noise = row_noise(response, rows, normals, _COARSE_STEP, np.array(image.shape), 3)
    # White noise seen through a derivative falls with sigma^1.5; this is its value at 1 px.
    noise = _smoothed(noise, _NOISE_LENGTH / (_SPACING * stride)) * _NOISE_SIGMA**1.5 / _COARSE_STEP

    levels = contrast_levels(strip, halves, flank, max(1, len(rows) // 64), 3) + 1e-4
    scores = band_scores(strip, halves, flank, levels, reach, _BANK_LIMIT)
    offsets = _COARSE_STEP * np.arange(-reach, reach + 1, dtype=np.float64)
    ratio = np.log(widths / _TYPICAL_BAND)
    rarity = np.where(ratio < 0, *_BAND_PRIOR) * ratio**2
    # A line may lie anywhere in a wide band: there the pull weakens with the band's half-width.
    pulled = offsets * np.minimum(1.0, 2.0 * _FREE_HALF / widths)[:, None]
    prior = -rarity[:, None] - _CENTER_PULL * pulled**2
    prior[np.abs(offsets) > room[:, None]] = -np.inf
    path = best_band(scores, prior.astype(np.float32), _SHIFT_PENALTY, _SCALE_PENALTY)

    at = np.minimum(np.arange(len(curve)) / stride, len(rows) - 1)
    index = np.arange(len(rows))
    sigma = 3.0 / (_SPACING * stride)
    center = _smoothed(offsets[path[:, 1]], sigma)
    width = np.exp(_smoothed(np.log(widths)[path[:, 0]], 2 * sigma))
    from_end = np.minimum(np.arange(len(curve)), np.arange(len(curve))[::-1]) * _SPACING
    # The ends were clicked: they are not dragged to the middle of a stain.
    held = np.minimum(1.0, from_end / _HELD_ENDS)
    return (
        np.interp(at, index, center) * held,
        np.interp(at, index, width),
        np.interp(at, index, noise),
    )


def _fine_profile(
    image: NDArray[np.float32],
    curve: Array,
    width: Array,
    noise: Array,
    parameters: WidthParameters,
) -> WidthProfile:
    """Find both banks on the corrected curve and turn them into half-widths."""
    normals = -left_normals(curve, 4)
    sigma = np.clip(_SIGMA[0] * width, *_SIGMA[1:])
    step = sigma / _COLUMNS_PER_SIGMA
    outer = np.minimum(0.5 * width + np.clip(0.5 * width, *_BEYOND), parameters.max_half_width)
    kernel = _gaussian(_COLUMNS_PER_SIGMA, 1)
    columns = int(np.ceil((outer / step).max())) + 1
    strip = _strip(image, curve, normals, step, columns + len(kernel) // 2)
    strip = filter_rows(strip, _gaussian(_ALONG / _SPACING))
    # 1/6 px^2 is the mean variance of bilinear interpolation.
    blur = np.sqrt(parameters.optical_blur**2 + 1 / 6 + sigma**2)
    height = np.sqrt(2 * np.pi) * blur  # a step of height 1 has the derivative 1 / height
    contrast = filter_columns(strip, kernel) * (height / step)[:, None].astype(np.float32)
    noise = noise * height / sigma**1.5 * np.sqrt(_COARSE_ALONG / _ALONG) + 1e-4

    sides = [-contrast[:, columns::-1], contrast[:, columns:]]
    best = np.mean([np.maximum(side.max(axis=1), 0.0) for side in sides], axis=0)
    usual = _smoothed(best.astype(np.float64), 15.0 / _SPACING) + noise
    banks, ratios = [], []
    for side in sides:
        bank, found = _bank(side / usual[:, None].astype(np.float32), width, sigma, outer)
        ratios.append(_smoothed(found * usual, _ALONG / _SPACING) / noise)
        seen = _long_runs(ratios[-1] > parameters.visible_contrast, _SHORTEST_RUN)
        banks.append(_interpolated(bank, seen, 0.5 * width))
    ratio = np.maximum(np.minimum(*ratios), 0.0)
    visible = _long_runs(ratio > parameters.visible_contrast, _SHORTEST_RUN)

    sigma_profile = _PROFILE_SMOOTHING / _SPACING
    # Where a width is interpolated it is as trustworthy as those on either side.
    trust = _interpolated(ratio, visible, ratio)
    trust = _smoothed(np.maximum(trust, 0.3), sigma_profile)
    blur = _smoothed(blur, sigma_profile)
    spacing = _smoothed(banks[0] + banks[1], sigma_profile)
    full = likely_width(spacing, blur, trust, parameters.prior_width)
    middle = 0.5 * (banks[1] - banks[0])
    center = _smoothed(middle, _CENTER_SMOOTHING / _SPACING)
    skew = _smoothed(middle, sigma_profile) - center
    half = np.minimum(0.5 * full, parameters.max_half_width)
    columns_out = (
        np.maximum(half - skew + parameters.offset, 0.0),
        np.maximum(half + skew + parameters.offset, 0.0),
        1.0 - np.exp(-((ratio / _SURE_RATIO) ** 3)),
        visible.astype(np.float64),
    )
    points, (left, right, confidence, seen) = _evenly(
        curve + center[:, None] * normals, columns_out
    )
    return WidthProfile(points, left, right, confidence, seen > 0.5)


def _bank(
    contrast: NDArray[np.float32], width: Array, sigma: Array, outer: Array
) -> tuple[Array, Array]:
    """Return distance and contrast of one bank; column k is at k quarters of sigma."""
    step = sigma / _COLUMNS_PER_SIGMA
    distance = np.arange(contrast.shape[1]) * step[:, None]
    cost = _BANK_PRIOR * ((distance - 0.5 * width[:, None]) / sigma[:, None]) ** 2
    cost -= np.clip(contrast, -0.5, 1.5)
    cost[distance > outer[:, None]] += 10.0
    cost[:, 0] += 10.0
    path = cheapest_column_path(cost.astype(np.float32), _JUMP_PENALTY, _JUMP_REACH)
    rows = np.arange(len(path))
    path = np.clip(path, 1, contrast.shape[1] - 2)
    before, here, after = (contrast[rows, path + k].astype(np.float64) for k in (-1, 0, 1))
    bend = np.minimum(before - 2 * here + after, -1e-12)
    peak = (here >= before) & (here >= after)
    vertex = np.where(peak, np.clip(0.5 * (before - after) / bend, -0.5, 0.5), 0.0)
    return (path + vertex) * step, here


def _long_runs(seen: NDArray[np.bool_], shortest: int) -> NDArray[np.bool_]:
    """Drop runs that noise alone makes: those shorter than `shortest` samples."""
    shortest = min(shortest, len(seen))
    padded = np.pad(seen, shortest, mode="edge")
    opened = np.asarray(binary_opening(padded, np.ones(shortest)), dtype=np.bool_)
    return opened[shortest:-shortest]


def _interpolated(values: Array, seen: NDArray[np.bool_], fallback: Array) -> Array:
    """Replace values that are not seen by those of their neighbors along the crack."""
    if not seen.any():
        return fallback.copy()
    index = np.arange(len(values))
    return np.interp(index, index[seen], values[seen])


def _seen_from(given: Array, profile: WidthProfile, parameters: WidthParameters) -> WidthProfile:
    """Express a profile by the distances of its banks from the centerline that was given."""
    normals = left_normals(given, 4)
    _, nearest = cKDTree(profile.centerline).query(given)
    to_left = ((profile.centerline[nearest] - given) * normals).sum(axis=1)
    return WidthProfile(
        given,
        np.maximum(profile.left[nearest] + to_left, max(parameters.offset, 0.0)),
        np.maximum(profile.right[nearest] - to_left, max(parameters.offset, 0.0)),
        profile.confidence[nearest],
        profile.visible[nearest],
    )
