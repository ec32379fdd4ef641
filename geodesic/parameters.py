"""Parameters of a trace, validated at the door, and the presets a user can choose from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self, get_args

Polarity = Literal["auto", "dark", "bright"]
Channel = Literal["auto", "luminance", "red", "green", "blue"]
Gear = Literal["forward", "symmetric"]


def _option(default: Any, text: str, low: float | None = None, high: float | None = None) -> Any:
    return field(default=default, metadata={"help": text, "low": low, "high": high})


@dataclass(frozen=True, slots=True)
class TraceParameters:
    """What a trace depends on besides the image and the clicks.

    Every field carries its help text and its range in ``dataclasses.field`` metadata, so that
    command line and window describe it in the same words.

    Raises
    ------
    ValueError
        A field lies outside its range; the message names it, its value and the range.
    """

    polarity: Polarity = _option("auto", "Crack darker or brighter than its surroundings.")
    channel: Channel = _option("auto", "Color channel to trace in; ignored for grey images.")
    gear: Gear = _option("forward", "'forward' forbids cusps, 'symmetric' marches half the states.")
    n_orientations: int = _option(16, "Orientations of the score over 180 degrees.", 6, 64)
    scales: tuple[float, ...] = _option(
        (1.0, 2.0, 4.0), "Spatial scales of the crack response in px.", 0.5, 16.0
    )
    angular_sigma: float = _option(
        0.0, "Smoothing of the score over orientation, in orientation steps.", 0.0, 4.0
    )
    contrast_level: float = _option(
        6.0, "Contrast of a sure crack, in robust standard deviations of the image.", 0.5, 100.0
    )
    cost_lambda: float = _option(1000.0, "How much cheaper a sure crack is.", 1.0, 1e5)
    cost_power: float = _option(1.5, "Sharpness of the cost: 1 / (1 + lambda V^p).", 0.5, 6.0)
    xi: float = _option(
        0.4, "Stiffness in 1/px: price of moving against that of turning.", 0.01, 5.0
    )
    zeta: float = _option(0.1, "Price of moving ahead over that of moving sideways.", 0.02, 1.0)
    bend_lambda: float = _option(
        0.0, "Price of turning otherwise than the crack bends; 0 is off.", 0.0, 10.0
    )
    margin: float = _option(
        0.5, "Search window around the clicks, in lengths of their distance.", 0.05, 10.0
    )
    snap_radius: float = _option(
        3.0, "Clicks snap to the crack within this radius in px.", 0.0, 50.0
    )
    tube_radius: float = _option(
        5.0,
        "Half-width in px of the tube in which the track is refined; below 1 is off.",
        0.0,
        30.0,
    )
    max_half_width: float = _option(
        40.0, "Largest half-width that is looked for, in px.", 1.0, 400.0
    )
    width_offset: float = _option(
        0.4, "Added to each half-width in px; 0 keeps to the optical edge.", -5.0, 20.0
    )

    def __post_init__(self) -> None:
        """Check each field against its range."""
        for name, choices in (("polarity", Polarity), ("channel", Channel), ("gear", Gear)):
            if getattr(self, name) not in get_args(choices):
                allowed = ", ".join(get_args(choices))
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be one of {allowed}.")
        if self.n_orientations != int(self.n_orientations):
            raise ValueError(f"n_orientations is {self.n_orientations}; it must be a whole number.")
        if not self.scales:
            raise ValueError("scales is empty; give at least one scale in px, e.g. 1, 2, 4.")
        for item in fields(self):
            low, high = item.metadata["low"], item.metadata["high"]
            if low is None:
                continue
            value = getattr(self, item.name)
            for number in value if isinstance(value, tuple) else (value,):
                if not low <= number <= high:
                    raise ValueError(
                        f"{item.name} is {number:g}; it must lie in {low:g} to {high:g}."
                    )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Build parameters from `to_dict` output; unknown keys raise ValueError."""
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(
                f"Unknown parameter {unknown[0]!r}; known are {', '.join(sorted(known))}."
            )
        arguments: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**arguments)

    def with_overrides(self, **changes: Any) -> Self:
        """Return a copy with some fields changed."""
        return replace(self, **changes)


PRESETS: dict[str, TraceParameters] = {
    "default": TraceParameters(),
    "measurement": TraceParameters(width_offset=0.0),
    "wide": TraceParameters(scales=(2.0, 4.0, 8.0), max_half_width=120.0, tube_radius=0.0),
}
"""Named parameter sets, default first.

"default" draws masks as annotators do, 0.4 px beyond the optical edge on each side;
"measurement" keeps to the optical edge; "wide" is for cracks of 10 to 100 px in close-up
photographs.
"""
