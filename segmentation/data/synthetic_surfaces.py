"""Crack-free procedural surfaces: plain, asphalt and concrete.

A surface returns any range of rows of its color, ``(n, width, 3)`` float32 around [0, 1], as a
photograph with even light shows it. Levels and contrasts are calibrated on public photographs
of pavements (local standard deviation about 0.04 on asphalt, 0.03 on concrete).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from segmentation.data.synthetic_cracks import Guide
from segmentation.data.synthetic_fields import FineNoise, Floats, Grains, SmoothField, smoothstep
from segmentation.data.synthetic_overlays import Overlay, paint_all, pores, stroke

PLAIN_LEVEL = 0.5


@dataclass(frozen=True, slots=True)
class SurfaceStyle:
    """How a surface looks; the fields are explained at `SyntheticParameters`."""

    grain_size: float
    texture: float
    stains: float
    marks: float
    seams: int


class Surface(Protocol):
    """What the generator asks of a surface."""

    guide: Guide | None

    def rows(self, start: int, stop: int) -> Floats:
        """Return the color of rows ``start`` to ``stop``."""
        ...


class Plain:
    """An even grey with, if asked for, a fine texture: for exact test cases."""

    guide: Guide | None = None

    def __init__(
        self, shape: tuple[int, int], style: SurfaceStyle, seed: np.random.SeedSequence
    ) -> None:
        self._width = shape[1]
        self._texture = 0.03 * style.texture
        self._noise = FineNoise(seed, shape[1], min(0.4 * style.grain_size, 4.0))

    def rows(self, start: int, stop: int) -> Floats:
        """Return the color of rows ``start`` to ``stop``."""
        level = np.full((stop - start, self._width), PLAIN_LEVEL, np.float32)
        if self._texture > 0:
            level += np.float32(self._texture) * self._noise.rows(start, stop)
        return np.repeat(level[:, :, None], 3, axis=2)


class Asphalt:
    """Stones of two sizes in dark binder, lit from the side, polished in a wheel track."""

    guide: Guide | None = None

    def __init__(
        self, shape: tuple[int, int], style: SurfaceStyle, seed: np.random.SeedSequence
    ) -> None:
        seeds = seed.spawn(3)
        rng = np.random.default_rng(seeds[0])
        grain = style.grain_size
        self._style = style
        self._columns = np.arange(shape[1], dtype=np.float32)
        self._stones = Grains(rng, shape, max(2.2 * grain, 1.5))
        self._pebbles = Grains(rng, shape, max(1.1 * grain, 1.5))
        self._sand = FineNoise(seeds[1], shape[1], min(0.22 * grain, 2.0))
        self._exposure = SmoothField(rng, shape, 12.0 * grain, octaves=3)
        self._tone = SmoothField(rng, shape, 24.0, octaves=5, gain=1.4)
        self._oil = SmoothField(rng, shape, 20.0, octaves=4, gain=1.6)
        self._tint = rng.normal([0.0, 0.0, 0.015], [0.012, 0.008, 0.015]).astype(np.float32)
        self._hue = rng.uniform(0.015, 0.035)
        self._track = (rng.uniform(0.1, 0.9) * shape[1], rng.uniform(0.15, 0.3) * shape[1])
        self._base = rng.uniform(0.47, 0.54)
        n_lines = int(rng.random() < 0.5 * style.marks)
        self._lines = [_RoadLine(rng, shape) for _ in range(n_lines)]

    def rows(self, start: int, stop: int) -> Floats:
        """Return the color of rows ``start`` to ``stop``."""
        texture = self._style.texture
        depth, tone = self._stones.rows(start - 1, stop)
        small_depth, small_tone = self._pebbles.rows(start - 1, stop)
        sand = self._sand.rows(start - 1, stop)
        polish = np.exp(-(((self._columns - self._track[0]) / self._track[1]) ** 2))
        exposed = 0.5 + 0.1 * polish + 0.08 * self._exposure.rows(start - 1, stop)
        stone = smoothstep(depth, 0.02, 0.3)
        stone *= smoothstep(tone, exposed + 0.05, exposed - 0.05)
        pebble = smoothstep(small_depth, 0.0, 0.35) * (1.0 - stone)
        height = 1.1 * stone + 0.5 * pebble + 0.22 * sand
        relief = height[1:].copy()
        relief[:, 1:] -= height[:-1, :-1]
        relief[:, 0] -= height[:-1, 0]
        cut = slice(1, None)
        stone, pebble, tone, small_tone, sand = (
            a[cut] for a in (stone, pebble, tone, small_tone, sand)
        )
        share = np.clip(tone / 0.6, 0.0, 1.0)
        bright = 0.24 * np.clip(1.0 - share / 0.06, 0.0, 1.0)  # quartz: few, nearly white
        level = 0.055 * (pebble - 0.5) + pebble * 0.14 * (small_tone - 0.5)
        level += stone * (0.04 + 0.13 * (share - 0.5) + bright)
        level += 0.022 * sand + 0.03 * relief
        level *= texture
        level += self._base + 0.025 * polish + 0.018 * self._tone.rows(start, stop)
        if self._style.stains > 0:
            oil = smoothstep(self._oil.rows(start, stop), 1.1, 2.2)
            level *= 1.0 - 0.28 * self._style.stains * oil
        hue = np.float32(self._hue * texture) * (stone + 0.5 * pebble) * (small_tone - 0.5)
        color = np.empty((*level.shape, 3), np.float32)
        for channel, warm in enumerate((1.0, 0.1, -1.0)):
            color[:, :, channel] = level * (1.0 + self._tint[channel]) + warm * hue
        for line in self._lines:
            line.paint(color, start, height[1:] - 0.7)
        return color


class _RoadLine:
    """A worn line of white road paint across the image."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int]) -> None:
        diagonal = float(np.hypot(*shape))
        self._x, self._y = rng.uniform(0.0, 1.0, 2) * (shape[1], shape[0])
        angle = rng.uniform(0.0, np.pi)
        self._normal = np.array([-np.sin(angle), np.cos(angle)])
        self._half_width = 0.5 * diagonal * rng.uniform(0.05, 0.1)
        self._wear = SmoothField(rng, shape, 6.0, octaves=4)
        self._worn = rng.uniform(-0.4, 0.8)

    def paint(self, color: Floats, start: int, relief: Floats) -> None:
        """Blend the line over rows of an image in place; paint is worn off the hollows first."""
        stop, width = start + len(color), color.shape[1]
        x = (np.arange(width) - self._x) * self._normal[0]
        y = (np.arange(start, stop)[:, None] - self._y) * self._normal[1]
        edge = self._half_width - np.abs(x + y)
        rows = np.flatnonzero(edge.max(axis=1) > -2.0)
        if not len(rows):
            return
        kept = self._wear.rows(start, stop) + 1.5 * relief + 1.5
        alpha = 0.85 * np.clip(edge + 0.5, 0.0, 1.0) * smoothstep(kept, self._worn, self._worn + 1)
        color += alpha[:, :, None].astype(np.float32) * (np.float32(0.77) - color)


class Concrete:
    """Cement paste with sand specks, brush lines, pores, stains and seams between panels."""

    guide: Guide | None = None

    def __init__(
        self, shape: tuple[int, int], style: SurfaceStyle, seed: np.random.SeedSequence
    ) -> None:
        seeds = seed.spawn(4)
        rng = np.random.default_rng(seeds[0])
        grain = style.grain_size
        self._style = style
        self._fine = FineNoise(seeds[1], shape[1], min(0.25 * grain, 2.0))
        self._paste = FineNoise(seeds[2], shape[1], min(0.8 * grain, 4.0))
        self._specks = FineNoise(seeds[3], shape[1], min(0.33 * grain, 2.5))
        self._brush = SmoothField(rng, shape, (max(0.9 * grain, 1.5), 60.0 * grain))
        self._brushed = SmoothField(rng, shape, (30.0 * grain, 60.0 * grain))
        self._cloud = SmoothField(rng, shape, 8.0 * grain, octaves=6, gain=1.35)
        self._stain = SmoothField(rng, shape, (24.0, 10.0), octaves=4, gain=1.7)
        self._base = rng.uniform(0.48, 0.58)
        self._tint = rng.normal([0.012, 0.0, -0.02], [0.012, 0.004, 0.015]).astype(np.float32)
        self._seams = [_Joint(rng, shape) for _ in range(style.seams)]
        self._overlays = _bug_holes(rng, shape, style)
        self._overlays += [overlay for seam in self._seams for overlay in seam.overlays(rng, shape)]

    def rows(self, start: int, stop: int) -> Floats:
        """Return the color of rows ``start`` to ``stop``."""
        texture = self._style.texture
        fine = self._fine.rows(start, stop)
        brush = self._brush.rows(start, stop)
        brush *= smoothstep(self._brushed.rows(start, stop), -0.8, 1.2)
        specks = self._specks.rows(start, stop)
        level = 0.02 * fine + 0.015 * self._paste.rows(start, stop) + 0.015 * brush
        level += 0.26 * smoothstep(specks, 2.1, 3.4) - 0.09 * smoothstep(specks, -2.7, -3.4)
        level *= texture
        cloud = self._cloud.rows(start, stop)
        level += self._base + 0.022 * cloud
        for seam in self._seams:
            level += seam.step(start, stop)
        warm = 0.006 * cloud
        if self._style.stains > 0:
            stain = self._style.stains * smoothstep(self._stain.rows(start, stop), 0.7, 2.3)
            level *= 1.0 - 0.22 * stain
            warm = warm + 0.03 * stain
        color = np.empty((*level.shape, 3), np.float32)
        for channel, sign in enumerate((1.0, 0.1, -1.2)):
            color[:, :, channel] = level * (1.0 + self._tint[channel] + sign * warm)
        paint_all(self._overlays, color, start)
        return color


class _Joint:
    """A straight joint between two panels of slightly different tone."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int]) -> None:
        self._shape = shape
        upright = rng.random() < 0.4
        angle = (np.pi / 2 if upright else 0.0) + rng.normal(0.0, 0.03)
        self._normal = np.array([-np.sin(angle), np.cos(angle)])
        self._along = np.array([np.cos(angle), np.sin(angle)])
        self._point = rng.uniform(0.12, 0.88, 2) * (shape[1], shape[0])
        self._difference = rng.normal(0.0, 0.025)
        self._width = rng.uniform(1.5, 3.5)

    def step(self, start: int, stop: int) -> Floats:
        """Return the change of tone on either side."""
        x = np.arange(self._shape[1], dtype=np.float32) - np.float32(self._point[0])
        y = np.arange(start, stop, dtype=np.float32)[:, None] - np.float32(self._point[1])
        side = np.float32(self._normal[0]) * x + np.float32(self._normal[1]) * y
        return np.float32(self._difference) * np.clip(side, -1.0, 1.0)

    def overlays(self, rng: np.random.Generator, shape: tuple[int, int]) -> list[Overlay]:
        """Return the open gap and the lit lip beside it."""
        reach = float(np.hypot(*shape)) * self._along
        steps = np.linspace(-1.0, 1.0, 60)[:, None]
        wobble = rng.normal(0.0, 0.3, 60)[:, None] * self._normal
        line = self._point + steps * reach + wobble
        lip = line + (0.5 * self._width + 0.8) * self._normal
        widths = self._width * np.exp(rng.normal(0.0, 0.15, 60))
        return [
            stroke(lip, 1.6, shape, (0.72, 0.71, 0.69), opacity=0.4),
            stroke(line, widths, shape, (0.17, 0.16, 0.15), opacity=0.8),
        ]


def _bug_holes(
    rng: np.random.Generator, shape: tuple[int, int], style: SurfaceStyle
) -> list[Overlay]:
    """Return air holes, mostly small, in loose swarms."""
    area = shape[0] * shape[1]
    n = int(rng.poisson(6e-5 * area / style.grain_size * min(style.texture, 2.0)))
    swarm = SmoothField(rng, shape, 0.1 * max(shape) + 8.0)
    centers = rng.uniform(0.0, 1.0, (3 * n, 2)) * (shape[1], shape[0])
    crowded = np.argsort(-swarm.at(*centers.T) + rng.normal(0.0, 0.6, 3 * n), kind="stable")[:n]
    radii = np.minimum(0.6 * style.grain_size * (1.0 + rng.pareto(2.6, n)), 9 * style.grain_size)
    return pores(rng, centers[crowded], radii, shape, (0.2, 0.19, 0.18), (0.74, 0.73, 0.71))
