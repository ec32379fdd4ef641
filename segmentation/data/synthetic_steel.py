"""Crack-free painted steel: paint, weld, rust, chalk marks and highlights of a lamp."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from segmentation.data.synthetic_cracks import Guide
from segmentation.data.synthetic_fields import FineNoise, Floats, SmoothField, smoothstep
from segmentation.data.synthetic_overlays import Overlay, paint_all, pores, stroke, write_text
from segmentation.data.synthetic_ribbons import SyntheticCrack, find_ribbon
from segmentation.data.synthetic_surfaces import SurfaceStyle

_PAINTS = (
    (0.16, 0.38, 0.55),
    (0.20, 0.44, 0.58),
    (0.40, 0.42, 0.43),
    (0.72, 0.72, 0.68),
    (0.33, 0.42, 0.36),
)
_CHALKS = ((0.92, 0.9, 0.84), (0.86, 0.3, 0.24), (0.88, 0.76, 0.2))
_TEXTS = ("T-07", "DD2", "P4-132", "L=40", "V0-21", "T7=93", "P2-470", "L=112")
_DARK_RUST, _RUST = (0.2, 0.11, 0.07), (0.58, 0.31, 0.14)


class Steel:
    """Painted steel as a lamp shows it: `guide` is the toe of the first weld."""

    def __init__(
        self, shape: tuple[int, int], style: SurfaceStyle, seed: np.random.SeedSequence
    ) -> None:
        seeds = seed.spawn(2)
        rng = np.random.default_rng(seeds[0])
        grain = style.grain_size
        self._style = style
        self._shape = shape
        self._paint = np.asarray(_PAINTS[rng.integers(len(_PAINTS))], np.float32)
        self._paint = self._paint + rng.normal(0.0, 0.02, 3).astype(np.float32)
        self._peel = SmoothField(rng, shape, 2.2 * grain, octaves=3, gain=1.25)
        along, across = 45.0 * grain, max(0.7 * grain, 1.2)
        self._bristles = SmoothField(
            rng, shape, (across, along) if rng.random() < 0.7 else (along, across), octaves=2
        )
        self._dust = FineNoise(seeds[1], shape[1], min(0.3 * grain, 1.5))
        self._cloud = SmoothField(rng, shape, 40.0, octaves=5)
        self._rust = SmoothField(rng, shape, 2.0 * grain, octaves=7, gain=1.3)
        self._rust_tone = SmoothField(rng, shape, 1.5 * grain, octaves=3)
        self._lamp = (rng.uniform(0.2, 0.8, 2) * (shape[1], shape[0]), rng.uniform(0.12, 0.28))
        self._glare = rng.uniform(0.1, 0.35)
        self._welds = [_Weld(rng, shape, grain, self._peel) for _ in range(style.seams)]
        self.guide: Guide | None = self._welds[0].toe() if self._welds else None
        self._spots = _rust_spots(rng, shape, style)
        self._crack_rust: list[Overlay] = []
        self._marks = _inspection_marks(rng, shape, style, self._welds)

    def rows(self, start: int, stop: int) -> Floats:
        """Return the color of rows ``start`` to ``stop``."""
        texture = self._style.texture
        peel = self._peel.rows(start - 1, stop)
        slope = peel[1:] - peel[:-1]
        bristles = self._bristles.rows(start, stop)
        dust = self._dust.rows(start, stop)
        light = 0.09 * slope + 0.022 * bristles + 0.014 * dust
        light *= texture
        gloss = self._highlight(start, stop)
        shine = gloss * (1.0 + 0.5 * texture * slope)
        rust_bias = np.zeros_like(light)
        for weld in self._welds:
            weld.shade(start, light, shine, rust_bias, texture)
        light += 1.0 + 0.045 * self._cloud.rows(start, stop)
        color = light[:, :, None] * self._paint
        if self._style.stains > 0:
            self._add_rust(color, start, rust_bias, light)
        paint_all(self._crack_rust, color, start, 0.8 * self._rust_tone.rows(start, stop))
        paint_all(self._spots, color, start)
        paint_all(self._marks, color, start, 0.6 * peel[1:] + 0.6 * dust)
        color += shine[:, :, None]
        return color

    def rust_along(self, cracks: Sequence[SyntheticCrack]) -> None:
        """Let rust run out of cracks, in patches; the cracks themselves are drawn by others."""
        if self._style.stains <= 0:
            return
        for crack in cracks:
            reach = 2.0 * crack.half_width + 3.0 * self._style.grain_size
            halo = replace(crack, half_width=reach, visibility=np.ones(len(reach)))
            ribbon = find_ribbon(halo, self._shape)
            near = np.maximum(1.0 - np.abs(ribbon.offset) / ribbon.half_width, 0.0)
            near *= ribbon.overrun <= 0
            alpha = np.minimum(0.9 * self._style.stains, 0.9) * near**1.5
            seen = alpha > 0.01
            self._crack_rust.append(
                Overlay(
                    ribbon.rows[seen], ribbon.columns[seen], alpha[seen], (0.36, 0.2, 0.11), 0.9
                )
            )

    def _highlight(self, start: int, stop: int) -> Floats:
        """Return the glossy reflection of the lamp."""
        (x, y), size = self._lamp
        radius = size * max(self._shape)
        dx = ((np.arange(self._shape[1]) - x) / radius) ** 2
        dy = ((np.arange(start, stop) - y) / (0.7 * radius)) ** 2
        core = np.exp(-1.5 * dy)[:, None] * np.exp(-1.5 * dx)
        return (self._glare * core).astype(np.float32)

    def _add_rust(
        self,
        color: Floats,
        start: int,
        bias: Floats,
        light: Floats,
    ) -> None:
        """Blend rust over the paint: dark scabs inside, thin orange stain around."""
        stop = start + len(color)
        amount = self._rust.rows(start, stop) + bias + 0.7 * (self._style.stains - 1.0)
        tone = self._rust_tone.rows(start, stop)
        stain = 0.55 * smoothstep(amount, 1.25, 2.6)
        scab = 0.9 * smoothstep(amount + 0.35 * tone, 2.2, 2.7)
        shade = light * (1.0 + 0.12 * tone)
        for channel in range(3):
            layer = color[:, :, channel]
            layer += stain * (shade * np.float32(_RUST[channel]) - layer)
            layer += scab * (shade * np.float32(_DARK_RUST[channel]) - layer)


class _Weld:
    """A weld bead: a dome with crescent ripples, shiny crests and a dark toe on either side."""

    def __init__(
        self, rng: np.random.Generator, shape: tuple[int, int], grain: float, rough: SmoothField
    ) -> None:
        height, width = shape
        self._upright = bool(rng.random() < 0.25)
        span, cross = (height, width) if self._upright else (width, height)
        self._angle = (np.pi / 2 if self._upright else 0.0) + rng.normal(0.0, 0.05)
        at = np.array([0.5 * span, rng.uniform(0.25, 0.6) * cross])
        self._point = at[::-1] if self._upright else at
        self._half_width = max(0.05 * cross * rng.uniform(0.7, 1.4), 3.0 * grain, 4.0)
        self._pitch = self._half_width * rng.uniform(0.25, 0.45)
        self._rough = rough
        self._lumps = SmoothField(rng, shape, 1.2 * self._half_width, octaves=2)
        self._shape = shape
        n = 2 * int(np.hypot(*shape)) + 2
        self._phase = np.cumsum(np.exp(rng.normal(0.0, 0.35, n)))  # ripples of uneven pitch
        self._toe_side = float(rng.choice([-1.0, 1.0]))
        self._wobble = (rng.uniform(0, 2 * np.pi, 3), rng.uniform(0.5, 3.0, 3) / self._half_width)

    def toe(self) -> Guide:
        """Return the line where bead and plate meet, on the side where cracks start."""
        normal = np.array([-np.sin(self._angle), np.cos(self._angle)])
        x, y = self._point + self._toe_side * 1.02 * self._half_width * normal
        return Guide((float(x), float(y)), float(self._angle))

    def position(self, along: float, across: float) -> tuple[float, float]:
        """Return x, y at a distance along the bead and across it in half-widths."""
        direction = np.array([np.cos(self._angle), np.sin(self._angle)])
        normal = np.array([-direction[1], direction[0]])
        x, y = self._point + along * direction + across * self._half_width * normal
        return float(x), float(y)

    @property
    def angle(self) -> float:
        """Direction of the bead in radians."""
        return float(self._angle)

    @property
    def half_width(self) -> float:
        """Half the width of the bead in pixels."""
        return self._half_width

    def shade(
        self,
        start: int,
        light: Floats,
        shine: Floats,
        rust_bias: Floats,
        texture: float,
    ) -> None:
        """Add the bead's shading, gloss and liking for rust to rows, in place."""
        dx = np.arange(light.shape[1]) - self._point[0]
        dy = np.arange(start, start + len(light))[:, None] - self._point[1]
        cos, sin = np.cos(self._angle), np.sin(self._angle)
        across = ((cos * dy - sin * dx) / self._half_width).astype(np.float32)
        rows, columns = np.nonzero(np.abs(across) < 2.6)
        if not len(rows):
            return
        v = across[rows, columns]
        u = (cos * dx[columns] + sin * dy[rows, 0]).astype(np.float32)
        phases, rates = self._wobble
        for phase, rate in zip(phases, rates, strict=True):
            v = v + np.float32(0.035) * np.sin(np.float32(0.3 * rate) * u + np.float32(phase))
        rough = self._rough.rows(start, start + len(light))[rows, columns]
        bent = u / self._pitch + 1.3 * v * v + 0.3 * rough
        place = np.clip(bent + 0.5 * len(self._phase), 0, len(self._phase) - 1.001)
        index = place.astype(np.intp)
        phase = self._phase[index] + (place - index) * (self._phase[index + 1] - self._phase[index])
        ripple = np.sin(2 * np.pi * phase).astype(np.float32)
        ripple *= np.clip(
            0.5 + 0.4 * self._lumps.rows(start, start + len(light))[rows, columns], 0, 1
        )
        bead = smoothstep(np.abs(v), 1.1, 0.85)
        facing = -v if not self._upright else v  # light from above, or from the left
        toe = np.exp(-(((np.abs(v) - 1.02) / 0.09) ** 2))
        light[rows, columns] += texture * (
            bead * (0.17 * facing + 0.05 * ripple + 0.03 * rough) - 0.2 * toe
        )
        crest = np.exp(-(((facing - 0.35 - 0.09 * rough) / 0.14) ** 2))
        sparkle = np.maximum(0.35 + 0.7 * ripple + 0.4 * rough, 0.0) ** 2
        shine[rows, columns] += 0.3 * texture * bead * crest * sparkle
        rust_bias[rows, columns] += 0.9 * np.exp(-((v / 1.4) ** 2)) + 0.5 * toe


def _rust_spots(
    rng: np.random.Generator, shape: tuple[int, int], style: SurfaceStyle
) -> list[Overlay]:
    """Return pinholes in the paint where rust came through."""
    n = int(rng.poisson(2.5e-5 * style.stains * shape[0] * shape[1] / style.grain_size))
    centers = rng.uniform(0.0, 1.0, (n, 2)) * (shape[1], shape[0])
    radii = np.minimum(0.8 * style.grain_size * (1.0 + rng.pareto(2.2, n)), 6 * style.grain_size)
    halo = pores(rng, centers, 1.7 * radii, shape, (0.42, 0.26, 0.16))
    faint = [Overlay(o.rows, o.columns, 0.45 * o.alpha, o.color) for o in halo]
    return faint + pores(rng, centers, radii, shape, (0.2, 0.13, 0.1))


def _inspection_marks(
    rng: np.random.Generator, shape: tuple[int, int], style: SurfaceStyle, welds: list[_Weld]
) -> list[Overlay]:
    """Return ticks across the weld and hand-written notes below it."""
    if style.marks <= 0:
        return []
    marks: list[Overlay] = []
    size = 0.07 * min(shape) * rng.uniform(0.8, 1.4)
    color = _CHALKS[rng.integers(len(_CHALKS))]
    for weld in welds:
        for _ in range(int(rng.poisson(2.0 * style.marks))):
            at = rng.uniform(-0.4, 0.4) * max(shape)
            ends = np.array([weld.position(at, -1.6), weld.position(at + 0.1 * size, 1.6)])
            middle = ends.mean(axis=0) + rng.normal(0.0, 0.05 * size, 2)
            line = np.array([ends[0], middle, ends[1]])
            marks.append(stroke(line, 0.16 * size, shape, color, opacity=0.9, dryness=0.35))
    for _ in range(int(rng.poisson(2.5 * style.marks))):
        text = _TEXTS[rng.integers(len(_TEXTS))]
        x, y = rng.uniform(0.0, 0.75) * shape[1], rng.uniform(0.0, 0.92) * shape[0]
        marks += write_text(rng, text, (x, y), size * rng.uniform(0.8, 1.2), shape, color)
    for _ in range(int(rng.poisson(3.0 * style.marks))):  # scratches through the top coat
        x, y = rng.uniform(0.0, 1.0, 2) * (shape[1], shape[0])
        angle, reach = rng.uniform(0, np.pi), rng.uniform(0.05, 0.3) * min(shape)
        ends = np.array([[x, y], [x + reach * np.cos(angle), y + reach * np.sin(angle)]])
        marks.append(stroke(ends, 1.0, shape, (0.75, 0.76, 0.77), opacity=0.35, dryness=0.7))
    return marks
