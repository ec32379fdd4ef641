"""Random cracks: tortuous branching centerlines with a half-width and a visibility along them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segmentation.data.synthetic_fields import smooth_profile
from segmentation.data.synthetic_ribbons import SyntheticCrack, resample

_STEP = 0.5  # pixels between samples while a path grows
_TRIES = 64
_THINNEST = 0.35  # half-width in pixels at a tip


@dataclass(frozen=True, slots=True)
class CrackStyle:
    """How cracks look; the fields are explained at `SyntheticParameters`."""

    crack_width: tuple[float, float]
    crack_length: float
    tortuosity: float
    branches: float
    width_variation: float
    edge_roughness: float
    depth_variation: float
    taper: float
    bridged: float
    grain_size: float


@dataclass(frozen=True, slots=True)
class Guide:
    """A line that cracks follow, such as the toe of a weld.

    Attributes
    ----------
    point
        ``x, y`` on the line.
    angle
        Direction of the line in radians, from +x toward +y.
    """

    point: tuple[float, float]
    angle: float


def draw_cracks(
    rng: np.random.Generator,
    shape: tuple[int, int],
    n_cracks: int,
    style: CrackStyle,
    guide: Guide | None = None,
) -> tuple[SyntheticCrack, ...]:
    """Draw random cracks inside an image.

    Parameters
    ----------
    rng
        Source of randomness.
    shape
        ``(height, width)`` of the image, pixels.
    n_cracks
        Number of cracks that are not branches.
    style
        How they look.
    guide
        A line that the cracks follow; without it they run anywhere.

    Returns
    -------
    tuple of SyntheticCrack
        Main cracks, each followed by its branches; a branch starts on a point of its parent.
    """
    cracks: list[SyntheticCrack] = []
    for _ in range(n_cracks):
        main = _main_crack(rng, shape, style, guide)
        cracks.append(main)
        _add_branches(rng, shape, style, cracks, len(cracks) - 1, 0)
    return tuple(cracks)


def _main_crack(
    rng: np.random.Generator, shape: tuple[int, int], style: CrackStyle, guide: Guide | None
) -> SyntheticCrack:
    """Draw one crack through a random point of the image, the longest of a few tries."""
    height, width = shape
    wanted = max(style.crack_length * float(np.hypot(height, width)), 12.0)
    low, high = np.log(style.crack_width)
    nominal = float(np.exp(rng.uniform(low, high)))
    best: NDArray[np.float64] | None = None
    for _ in range(_TRIES):
        if guide is None:
            anchor = rng.uniform(0.2, 0.8, 2) * (width - 1, height - 1)
            # Cracks cross the long side of a frame more often than they run along the short one.
            heading = rng.normal(0.0 if width >= height else np.pi / 2, 0.6)
        else:
            along = rng.uniform(-0.25, 0.25) * max(shape)
            direction = np.array([np.cos(guide.angle), np.sin(guide.angle)])
            anchor = np.array(guide.point) + along * direction
            heading = guide.angle + rng.normal(0.0, 0.03)
        length = wanted * rng.uniform(0.8, 1.2)
        path = _grow(rng, heading, length, style, drift=1.0 if guide is None else 0.25)
        middle = len(path) // 2
        path = _clip(path + anchor - path[middle], shape, middle)
        if best is None or len(path) > len(best):
            best = path
        if len(path) * _STEP >= 0.5 * min(wanted, max(shape)):
            break
    if best is None or len(best) < 4:  # a frame too small to hold any: a straight crack across it
        best = np.array([[0.0, (height - 1) / 2], [width - 1.0, (height - 1) / 2]])
    return _finish(rng, best, nominal, style, shape, parent=None)


def _add_branches(
    rng: np.random.Generator,
    shape: tuple[int, int],
    style: CrackStyle,
    cracks: list[SyntheticCrack],
    parent: int,
    depth: int,
) -> None:
    """Append the branches of a crack, and theirs, to the list."""
    trunk = cracks[parent]
    samples = trunk.centerline
    mean = style.branches * (0.3 if depth else 1.0)
    for _ in range(int(rng.poisson(mean)) if depth < 2 else 0):
        at = int(rng.uniform(0.1, 0.9) * (len(samples) - 1))
        ahead, behind = samples[min(at + 20, len(samples) - 1)], samples[max(at - 20, 0)]
        trunk_heading = float(np.arctan2(*(ahead - behind)[::-1]))
        turn = rng.choice([-1.0, 1.0]) * np.radians(rng.uniform(25.0, 70.0))
        backward = np.pi if rng.random() < 0.4 else 0.0
        length = trunk.length * rng.uniform(0.12, 0.45)
        path = _grow(rng, trunk_heading + turn + backward, length, style)
        path = _clip(path + samples[at] - path[0], shape, 0)
        if len(path) * _STEP < 8.0:
            continue
        nominal = max(2.0 * trunk.half_width[at] * rng.uniform(0.45, 0.8), style.crack_width[0])
        cracks.append(_finish(rng, path, float(nominal), style, shape, parent=parent))
        _add_branches(rng, shape, style, cracks, len(cracks) - 1, depth + 1)


def _grow(
    rng: np.random.Generator,
    heading: float,
    length: float,
    style: CrackStyle,
    drift: float = 1.0,
) -> NDArray[np.float64]:
    """Return a path from the origin: a persistent heading with smooth turns, facets and kinks.

    Facets are a few grains long, as a crack runs around stones; ``drift`` scales the slow turns.
    """
    tortuosity = style.tortuosity
    facet = 2.0 + 2.5 * style.grain_size
    n = max(int(length / _STEP) + 1, 8)
    turns = np.zeros(n)
    if tortuosity > 0:
        for wavelength, amplitude in ((n / 2, 0.16 * drift), (n / 6, 0.16 * drift)):
            turns += amplitude * smooth_profile(rng, n, max(wavelength, 4.0))
        for grains, amplitude in ((14.0, 0.2), (4.0, 0.22)):
            turns += amplitude * smooth_profile(rng, n, grains * facet / _STEP / 2)
        turns += _facets(rng, n, facet, 0.42)
        turns += _facets(rng, n, 6 * facet, 0.22)
        turns = np.clip(tortuosity * turns, -1.9, 1.9)
    steps = _STEP * np.column_stack([np.cos(heading + turns), np.sin(heading + turns)])
    path = np.vstack([[0.0, 0.0], np.cumsum(steps[1:], axis=0)])
    if tortuosity > 0:
        # A crack has no corner sharper than its own width; the end points keep their place.
        path = ndimage.gaussian_filter1d(path, 0.8 / _STEP, axis=0, mode="nearest")
    return path


def _facets(
    rng: np.random.Generator, n: int, mean_length: float, spread: float
) -> NDArray[np.float64]:
    """Return a piecewise constant deviation of the heading, with lengths as between grains."""
    lengths = rng.gamma(2.0, 0.5 * mean_length / _STEP, int(4 * n * _STEP / mean_length) + 8)
    knots = np.cumsum(np.maximum(lengths, 1.0))
    levels = rng.normal(0.0, spread, len(knots) + 1)
    return levels[np.searchsorted(knots, np.arange(n))]


def _clip(path: NDArray[np.float64], shape: tuple[int, int], anchor: int) -> NDArray[np.float64]:
    """Return the stretch of a path around its anchor that lies on the image's pixel centers."""
    limit = np.array([shape[1] - 1.0, shape[0] - 1.0])
    inside = np.all((path >= 0) & (path <= limit), axis=1)
    if not inside[anchor]:
        return path[:0]
    outside = np.flatnonzero(~inside)
    before, after = outside[outside < anchor], outside[outside > anchor]
    first = int(before[-1]) if len(before) else 0
    last = int(after[0]) if len(after) else len(path) - 1
    kept = path[first : last + 1].copy()
    if not inside[first]:
        kept[0] = _crossing(path[first + 1], path[first], limit)
    if not inside[last]:
        kept[-1] = _crossing(path[last - 1], path[last], limit)
    return kept


def _crossing(
    inner: NDArray[np.float64], outer: NDArray[np.float64], limit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return where the step from a point inside to one outside meets the border."""
    step = outer - inner
    room = np.where(step > 0, limit - inner, -inner)
    shares = np.divide(room, step, out=np.ones(2), where=step != 0)
    return np.clip(inner + min(float(shares.min()), 1.0) * step, 0.0, limit)


def _finish(
    rng: np.random.Generator,
    path: NDArray[np.float64],
    nominal: float,
    style: CrackStyle,
    shape: tuple[int, int],
    parent: int | None,
) -> SyntheticCrack:
    """Give a path its half-width and visibility."""
    centerline, _ = resample(path)
    n = len(centerline)
    spacing = float(np.hypot(*(centerline[1] - centerline[0])))
    swell = 0.7 * smooth_profile(rng, n, n / 4)
    for grains, strength in ((15.0, 0.6), (4.0, 0.5)):
        swell += strength * smooth_profile(rng, n, grains * style.grain_size / spacing)
    half_width = 0.5 * nominal * np.exp(style.width_variation * swell)
    rough_length = 1.5 + 0.5 * style.grain_size
    half_width += style.edge_roughness * smooth_profile(rng, n, rough_length / spacing)
    half_width = np.clip(half_width, 0.5 * style.crack_width[0], 0.5 * style.crack_width[1])
    half_width *= _taper(centerline, style.taper, shape, is_branch=parent is not None)
    half_width = np.maximum(half_width, min(_THINNEST, 0.5 * style.crack_width[0]))
    depth = np.abs(smooth_profile(rng, n, 10 * style.grain_size / spacing))
    visibility = np.clip(1.0 - style.depth_variation * np.minimum(depth, 2.0), 0.0, 1.0)
    if style.bridged > 0:
        bridge = smooth_profile(rng, n, 12 * style.grain_size / spacing)
        level = np.quantile(bridge, style.bridged)
        visibility *= np.clip((bridge - level) / 0.25 + 0.5, 0.0, 1.0)
    return SyntheticCrack(centerline, half_width, visibility, parent)


def _taper(
    centerline: NDArray[np.float64], share: float, shape: tuple[int, int], *, is_branch: bool
) -> NDArray[np.float64]:
    """Return the factor that narrows the tips; ends on the border or on a parent stay wide."""
    n = len(centerline)
    if share <= 0:
        return np.ones(n)
    limit = np.array([shape[1] - 1.0, shape[0] - 1.0])
    position = np.arange(n) / (share * max(n - 1, 1))
    factor = np.ones(n)
    for tip, rising, joined in ((0, position, is_branch), (-1, position[::-1], False)):
        on_border = np.any(centerline[tip] <= 0) or np.any(centerline[tip] >= limit)
        if not (on_border or joined):
            factor *= np.minimum(rising, 1.0) ** 0.6
    return factor
