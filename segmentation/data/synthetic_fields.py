"""Seeded random fields that can be evaluated by ranges of rows.

Every field is a fixed function of its seed: the value at a pixel does not depend on which rows
are asked for, so that an image of any size can be made in bands.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

# float32 at run time; numpy's stubs lose the precision of mixed arithmetic.
Floats = NDArray[np.floating]

_BLOCK_ROWS = 32
_FIRST_BLOCK = 1 << 16  # spawn keys must not be negative, rows above the image may be asked for
_BSPLINE_STD = 151.0 / 315.0  # root mean square, over positions, of a cubic B-spline's 2-D weights


def smoothstep(
    values: Floats,
    low: float | Floats,
    high: float | Floats,
) -> Floats:
    """Blend smoothly from 0 at ``low`` to 1 at ``high`` (a falling step if ``high < low``)."""
    t = (values - low) / (np.asarray(high, np.float32) - np.asarray(low, np.float32))
    np.clip(t, 0.0, 1.0, out=t)
    return (t * t * (3.0 - 2.0 * t)).astype(np.float32, copy=False)


class WhiteNoise:
    """Independent standard normal values, drawn in blocks of rows with a seed each.

    Parameters
    ----------
    seed
        Seed of the field.
    width
        Values in a row.
    """

    def __init__(self, seed: np.random.SeedSequence, width: int) -> None:
        self._seed = seed
        self._width = width

    def rows(self, start: int, stop: int) -> Floats:
        """Return rows ``start`` to ``stop``, which may lie outside the image."""
        first, last = start // _BLOCK_ROWS, (stop - 1) // _BLOCK_ROWS
        blocks = np.empty(((last - first + 1) * _BLOCK_ROWS, self._width), np.float32)
        for number in range(first, last + 1):
            key = (*self._seed.spawn_key, _FIRST_BLOCK + number)
            child = np.random.SeedSequence(self._seed.entropy, spawn_key=key)
            at = (number - first) * _BLOCK_ROWS
            np.random.default_rng(child).standard_normal(
                dtype=np.float32, out=blocks[at : at + _BLOCK_ROWS]
            )
        offset = start - first * _BLOCK_ROWS
        return blocks[offset : offset + stop - start]


class FineNoise:
    """Gaussian-filtered white noise of zero mean and unit variance.

    Parameters
    ----------
    seed
        Seed of the field.
    width
        Values in a row.
    sigma
        Standard deviation of the filter in pixels; at most about 4, else use `SmoothField`.
    """

    def __init__(self, seed: np.random.SeedSequence, width: int, sigma: float) -> None:
        self._white = WhiteNoise(seed, width)
        self._radius = int(np.ceil(3.0 * sigma))
        offsets = np.arange(-self._radius, self._radius + 1)
        kernel = np.exp(-0.5 * (offsets / max(sigma, 1e-6)) ** 2)
        self._kernel = (kernel / np.sqrt(np.sum(kernel**2))).astype(np.float32)

    def rows(self, start: int, stop: int) -> Floats:
        """Return rows ``start`` to ``stop``."""
        values = self._white.rows(start - self._radius, stop + self._radius)
        values = ndimage.correlate1d(values, self._kernel, axis=0)
        values = values[self._radius : self._radius + stop - start]
        return np.asarray(ndimage.correlate1d(values, self._kernel, axis=1, mode="wrap"))


class SmoothField:
    """Cubic B-spline over a lattice of normal values, optionally a sum of octaves.

    Zero mean and, averaged over positions, unit variance.

    Parameters
    ----------
    rng
        Source of the lattice values.
    shape
        ``(height, width)`` of the image.
    spacing
        Lattice spacing in pixels, rows and columns, of the finest octave.
    octaves
        Number of octaves; each further one doubles the spacing.
    gain
        Amplitude of an octave relative to the next finer one.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        shape: tuple[int, int],
        spacing: float | tuple[float, float],
        *,
        octaves: int = 1,
        gain: float = 1.5,
    ) -> None:
        pair = spacing if isinstance(spacing, tuple) else (spacing, spacing)
        self._shape = shape
        self._spacing = pair
        size = [int((n - 1) / s) + 5 for n, s in zip(shape, pair, strict=True)]
        lattice = rng.standard_normal(size, dtype=np.float32)
        if octaves > 1:
            # Coarser octaves are sampled on the lattice itself: one interpolation to pixels in all.
            total = 1.0
            for octave in range(1, octaves):
                weight = gain**octave / _BSPLINE_STD
                step = 2.0**octave
                coarse_size = [int((n - 1) / step) + 5 for n in size]
                coarse = rng.standard_normal(coarse_size, dtype=np.float32)
                rows = np.arange(size[0]) / step
                columns = np.arange(size[1]) / step
                lattice += np.float32(weight) * _interpolate(coarse, rows, columns)
                # The fine lattice passes a coarse octave undamped, its own values damped.
                total += (gain**octave / _BSPLINE_STD) ** 2
            lattice /= np.float32(np.sqrt(total * _BSPLINE_STD**2))
        else:
            lattice /= np.float32(_BSPLINE_STD)
        self._lattice = lattice

    def rows(self, start: int, stop: int) -> Floats:
        """Return rows ``start`` to ``stop``; rows outside the image repeat its border."""
        rows = np.clip(np.arange(start, stop), 0, self._shape[0] - 1) / self._spacing[0]
        columns = np.arange(self._shape[1]) / self._spacing[1]
        return _interpolate(self._lattice, rows, columns)

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Floats:
        """Return the nearest lattice values at points, for decisions that need no precision."""
        row = np.clip(np.rint(y / self._spacing[0]).astype(int) + 1, 0, self._lattice.shape[0] - 1)
        col = np.clip(np.rint(x / self._spacing[1]).astype(int) + 1, 0, self._lattice.shape[1] - 1)
        return self._lattice[row, col]


def smooth_profile(rng: np.random.Generator, n: int, spacing: float) -> NDArray[np.float64]:
    """Return a smooth random sequence of zero mean and unit variance.

    Parameters
    ----------
    rng
        Source of randomness.
    n
        Number of values.
    spacing
        Distance between independent values, in samples.
    """
    spacing = max(spacing, 1.0)
    knots = rng.standard_normal(int((n - 1) / spacing) + 5)
    index, weights = _taps(np.arange(n) / spacing)
    values = sum(weights[k] * knots[index + k] for k in range(4))
    return np.asarray(values) / np.sqrt(_BSPLINE_STD)


def _taps(positions: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the first of four lattice indices, and the four cubic B-spline weights."""
    index = np.floor(positions).astype(np.intp)
    f = positions - index
    weights = np.stack(
        [(1 - f) ** 3, 3 * f**3 - 6 * f**2 + 4, -3 * f**3 + 3 * f**2 + 3 * f + 1, f**3]
    )
    return index, weights / 6.0


def _interpolate(
    lattice: Floats, rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> Floats:
    """Evaluate the B-spline on the grid of row and column positions (lattice units)."""
    index, weights = _taps(rows)
    weights32 = weights.astype(np.float32)
    narrow = weights32[0][:, None] * lattice[index]
    for k in range(1, 4):
        narrow += weights32[k][:, None] * lattice[index + k]
    index, weights = _taps(columns)
    weights32 = weights.astype(np.float32)
    values = np.take(narrow, index, axis=1)
    values *= weights32[0]
    for k in range(1, 4):
        values += np.take(narrow, index + k, axis=1) * weights32[k]
    return values


class Grains:
    """Packed stones: a jittered lattice of seeds with an elliptic metric each (Worley cells).

    Parameters
    ----------
    rng
        Source of randomness.
    shape
        ``(height, width)`` of the image.
    size
        Mean distance of stones in pixels, at least 1.5.
    """

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int], size: float) -> None:
        self._size = size
        self._width = shape[1]
        self._columns = np.floor(np.arange(shape[1]) / size).astype(np.intp) + 2
        cells = (int(shape[0] / size) + 6, int(shape[1] / size) + 6)
        lines = np.arange(cells[0], dtype=np.float32)[:, None] - 2
        ranks = np.arange(cells[1], dtype=np.float32)[None, :] - 2
        jitter = rng.random((2, *cells), dtype=np.float32)
        self._y = (lines + 0.1 + 0.8 * jitter[0]) * size
        self._x = (ranks + 0.1 + 0.8 * jitter[1]) * size
        angle = rng.random(cells, dtype=np.float32) * np.pi
        stretch = np.exp(rng.uniform(0.0, 0.45, cells)).astype(np.float32)
        scale = np.exp(rng.normal(0.0, 0.25, cells)).astype(np.float32) / size**2
        cos, sin = np.cos(angle), np.sin(angle)
        self._xx = scale * (stretch * cos**2 + sin**2 / stretch)
        self._yy = scale * (stretch * sin**2 + cos**2 / stretch)
        self._xy = scale * 2.0 * cos * sin * (stretch - 1.0 / stretch)
        self._tone = rng.random(cells, dtype=np.float32)

    def rows(self, start: int, stop: int) -> tuple[Floats, Floats]:
        """Return rows of the depth inside a stone and of the stones' tones.

        Returns
        -------
        depth
            0 on the gap between stones, growing inward to about 1.
        tone
            In [0, 1), constant over a stone.
        """
        depth = np.empty((stop - start, self._width), np.float32)
        tone = np.empty_like(depth)
        rows = np.arange(start, stop)
        lines = np.clip(np.floor(rows / self._size).astype(np.intp) + 2, 1, len(self._y) - 2)
        cuts = np.flatnonzero(np.diff(lines)) + 1
        for first, last in zip([0, *cuts], [*cuts, len(rows)], strict=True):
            self._fill(lines[first], rows[first:last], depth[first:last], tone[first:last])
        return depth, tone

    def _fill(
        self,
        line: int,
        rows: NDArray[np.intp],
        depth: Floats,
        tone: Floats,
    ) -> None:
        """Fill the pixel rows of one line of cells."""
        y = rows.astype(np.float32)[:, None]
        x = np.arange(self._width, dtype=np.float32)
        nearest = np.full(depth.shape, np.inf, np.float32)
        second = nearest.copy()
        for i in (line - 1, line, line + 1):
            for j in (-1, 0, 1):
                at = self._columns + j
                dx = x - self._x[i, at]
                dy = y - self._y[i, at]
                squared = dy * self._yy[i, at]
                squared += dx * self._xy[i, at]
                squared *= dy
                squared += dx * dx * self._xx[i, at]
                np.copyto(tone, self._tone[i, at][None, :], where=squared < nearest)
                np.minimum(second, np.maximum(nearest, squared), out=second)
                np.minimum(nearest, squared, out=nearest)
        np.sqrt(second, out=second)
        np.sqrt(nearest, out=nearest)
        np.subtract(second, nearest, out=depth)
