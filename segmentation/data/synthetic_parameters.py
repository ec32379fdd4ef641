"""What the synthetic generator can be asked for: checked parameters and good examples of them."""

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

import numpy as np

SurfaceName = Literal["asphalt", "concrete", "steel", "plain"]
Polarity = Literal["dark", "bright"]

_MIN_SIDE, _MAX_SIDE, _MAX_PIXELS = 16, 30_000, 100_000_000
_RANGES: dict[str, tuple[float, float]] = {
    "n_cracks": (0, 1000),
    "crack_length": (0.01, 3.0),
    "tortuosity": (0.0, 2.0),
    "branches": (0.0, 20.0),
    "width_variation": (0.0, 1.0),
    "edge_roughness": (0.0, 10.0),
    "depth_variation": (0.0, 1.0),
    "taper": (0.0, 0.5),
    "bridged": (0.0, 0.9),
    "contrast": (0.0, 1.0),
    "rim": (0.0, 1.0),
    "shading": (0.0, 1.0),
    "grain_size": (1.0, 100.0),
    "texture": (0.0, 4.0),
    "stains": (0.0, 2.0),
    "marks": (0.0, 4.0),
    "seams": (0, 20),
    "illumination": (0.0, 1.0),
    "vignetting": (0.0, 0.7),
    "blur": (0.0, 20.0),
    "noise": (0.0, 0.3),
    "shot_noise": (0.0, 0.3),
}
_WHOLE_NUMBERS = ("width", "height", "seed", "n_cracks", "seams")


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticParameters:
    """What to generate.

    Attributes
    ----------
    width, height
        Size in pixels, 16 to 30,000 each and at most 100 megapixels.
    surface
        ``"asphalt"``, ``"concrete"``, ``"steel"`` or ``"plain"`` (even grey of level 0.5).
    seed
        Non-negative; everything random follows from it.
    n_cracks
        Number of cracks, branches not counted.
    crack_width
        Smallest and largest full width in pixels, 0.5 to 200; tips may be thinner.
    crack_length
        Mean length of a crack as share of the image's diagonal, before it is cut at the border.
    tortuosity
        0 straight, 1 natural.
    branches
        Mean number of branches of a crack; branches have 0.3 times as many themselves.
    width_variation
        Strength of the swelling and narrowing along a crack (about the relative deviation).
    edge_roughness
        Standard deviation in pixels of the short-scale half-width; part of the known width.
    depth_variation
        How much darkness varies along a crack; part of the known visibility.
    taper
        Share of the length over which a tip inside the image narrows.
    bridged
        Share of the length that is hidden. The mask includes it, its visibility is near 0.
    contrast
        Darkness of a crack: its middle reflects ``1 - contrast`` of the surface's light.
    contrast_to_noise
        If given, replaces ``contrast``: a crack differs from the surface by this many standard
        deviations of the surface's texture and noise, before blur.
    polarity
        ``"dark"`` or ``"bright"`` cracks.
    rim
        Brightness of the lit edge of a crack, as share of the surface's.
    shading
        How much lighter a crack is at its edges than in its middle.
    grain_size
        Size of the surface's texture in pixels: about half a stone of asphalt.
    texture
        Strength of the texture, 1 natural.
    stains, marks
        Amount of stains or rust, and of paint, chalk marks and scratches; 1 plenty.
    seams
        Number of joints in concrete or welds on steel; the cracks follow the first weld.
    illumination
        Change of light across the image, relative.
    vignetting
        Loss of light in the corners, relative.
    blur
        Standard deviation of the lens's blur in pixels.
    noise, shot_noise
        Standard deviation of sensor noise: ``sqrt(noise² + shot_noise² · level)``, level in
        [0, 1].
    jpeg_quality
        1 to 100, or ``None`` for no compression.

    Raises
    ------
    ValueError
        If a value is out of its range; the sentence names it.
    """

    width: int = 480
    height: int = 320
    surface: SurfaceName = "asphalt"
    seed: int = 0
    n_cracks: int = 1
    crack_width: tuple[float, float] = (2.0, 5.0)
    crack_length: float = 0.8
    tortuosity: float = 1.0
    branches: float = 1.0
    width_variation: float = 0.3
    edge_roughness: float = 0.2
    depth_variation: float = 0.15
    taper: float = 0.15
    bridged: float = 0.0
    contrast: float = 0.6
    contrast_to_noise: float | None = None
    polarity: Polarity = "dark"
    rim: float = 0.0
    shading: float = 0.25
    grain_size: float = 2.0
    texture: float = 1.0
    stains: float = 0.4
    marks: float = 0.3
    seams: int = 0
    illumination: float = 0.15
    vignetting: float = 0.1
    blur: float = 0.6
    noise: float = 0.006
    shot_noise: float = 0.01
    jpeg_quality: int | None = 92

    def __post_init__(self) -> None:
        for name in _WHOLE_NUMBERS:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise ValueError(f"{name} must be a whole number, got {value!r}.")
        for name, side in (("width", self.width), ("height", self.height)):
            check_range(name, side, _MIN_SIDE, _MAX_SIDE)
        if self.width * self.height > _MAX_PIXELS:
            raise ValueError(
                f"width x height must be at most {_MAX_PIXELS:,} pixels, "
                f"got {self.width} x {self.height}."
            )
        if self.seed < 0:
            raise ValueError(f"seed must not be negative, got {self.seed}.")
        check_choice("surface", self.surface, get_args(SurfaceName))
        check_choice("polarity", self.polarity, get_args(Polarity))
        for name, (low, high) in _RANGES.items():
            check_range(name, getattr(self, name), low, high)
        self._check_crack()
        if self.jpeg_quality is not None:
            check_range("jpeg_quality", self.jpeg_quality, 1, 100)

    def _check_crack(self) -> None:
        """Check the crack's width, and that a stated contrast fits between black and white."""
        if not isinstance(self.crack_width, tuple) or len(self.crack_width) != 2:
            raise ValueError(
                f"crack_width must be a pair (smallest, largest), got {self.crack_width!r}."
            )
        for value in self.crack_width:
            check_range("crack_width", value, 0.5, 200.0)
        if self.crack_width[0] > self.crack_width[1]:
            raise ValueError(f"crack_width: {self.crack_width} is not in ascending order.")
        if self.contrast_to_noise is None:
            return
        check_range("contrast_to_noise", self.contrast_to_noise, 0.0, 1000.0)
        if self.noise == 0 and self.shot_noise == 0 and self.texture == 0:
            raise ValueError("contrast_to_noise needs noise, shot_noise or texture above 0.")

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as values that JSON can hold."""
        values = asdict(self)
        values["crack_width"] = list(self.crack_width)
        return values


def sample_parameters(
    surface: SurfaceName, width: int = 1536, height: int = 1024, seed: int = 0
) -> SyntheticParameters:
    """Draw parameters of a believable photograph of a surface.

    Parameters
    ----------
    surface
        ``"asphalt"``, ``"concrete"`` or ``"steel"``; ``"plain"`` has fixed ones.
    width, height
        Size in pixels.
    seed
        Seed of the parameters and of the image.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """
    check_choice("surface", surface, get_args(SurfaceName))
    base = SyntheticParameters(width=width, height=height, surface=surface, seed=seed)
    rng = np.random.default_rng([seed, get_args(SurfaceName).index(surface)])
    scale = math.sqrt(width * height / (480 * 320))  # a larger photograph shows finer detail
    detail = max(scale, 1.0) ** 0.6
    drawn: dict[str, Any] = {
        "illumination": rng.uniform(0.05, 0.35),
        "vignetting": rng.uniform(0.0, 0.25),
        "blur": rng.uniform(0.5, 0.9),
        "noise": rng.uniform(0.003, 0.009),
        "jpeg_quality": int(rng.integers(85, 97)),
        "tortuosity": rng.uniform(0.8, 1.15),
        "branches": rng.uniform(0.3, 1.6),
        "edge_roughness": rng.uniform(0.15, 0.3) * detail,
        "width_variation": rng.uniform(0.35, 0.55),
        "depth_variation": rng.uniform(0.05, 0.2),
    }
    if surface == "asphalt":
        drawn |= {
            "grain_size": min(rng.uniform(1.5, 2.2) * detail, 100.0),
            "crack_width": _widths(1.2 * detail, 4.0 * detail),
            "contrast": rng.uniform(0.62, 0.82),
            "n_cracks": int(rng.integers(1, 3)),
            "crack_length": rng.uniform(0.7, 1.1),
        }
    elif surface == "concrete":
        drawn |= {
            "grain_size": min(rng.uniform(1.3, 2.0) * detail, 100.0),
            "crack_width": _widths(1.0 * detail, 3.5 * detail),
            "contrast": rng.uniform(0.55, 0.8),
            "seams": int(rng.integers(0, 3)),
            "stains": rng.uniform(0.1, 0.8),
            "crack_length": rng.uniform(0.6, 1.0),
        }
    elif surface == "steel":
        drawn |= {
            "grain_size": min(rng.uniform(1.5, 2.5) * detail, 100.0),
            "crack_width": _widths(1.3 * detail, 3.5 * detail),
            "contrast": rng.uniform(0.6, 0.85),
            "crack_length": rng.uniform(0.3, 0.6),
            "tortuosity": rng.uniform(0.4, 0.7),
            "branches": rng.uniform(0.0, 0.8),
            "seams": 1,
            "stains": rng.uniform(0.2, 1.0),
            "marks": rng.uniform(0.4, 1.2),
            "vignetting": rng.uniform(0.25, 0.6),
            "rim": rng.uniform(0.0, 0.15),
        }
    values = {field.name: getattr(base, field.name) for field in fields(base)}
    return SyntheticParameters(**{**values, **drawn})


def _widths(low: float, high: float) -> tuple[float, float]:
    """Return a valid range of crack widths."""
    return (min(max(low, 1.0), 100.0), min(max(high, 2.0), 200.0))


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise ``ValueError`` unless ``low <= value <= high``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        bounds = f"{low:g} to {high:g}" if math.isfinite(high) else f"at least {low:g}"
        raise ValueError(f"{name} must be {bounds}, got {value!r}.")


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise ``ValueError`` unless the value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}.")
