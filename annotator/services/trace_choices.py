"""What can be chosen for a trace: parameters and presets, as the engine itself describes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

Kind = Literal["choice", "whole", "number", "numbers"]
"""One of some words, a whole number, a number, several numbers."""


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """A parameter of the engine: what it is for, its range and its default."""

    name: str
    text: str
    default: Any
    kind: Kind
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The name in words."""
        words = self.name.replace("_", " ")
        return words[:1].upper() + words[1:]


@dataclass(frozen=True, slots=True)
class TraceChoices:
    """All parameters, and the values that each preset gives them; the default preset first."""

    parameters: tuple[ParameterInfo, ...] = ()
    presets: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: dict[str, Mapping[str, Any]]({"default": {}})
    )


def engine_choices() -> TraceChoices:
    """Return what the engine offers; it is loaded for that, so not on the GUI thread."""
    from geodesic import PRESETS, TraceParameters

    hints = get_type_hints(TraceParameters)
    parameters = tuple(
        ParameterInfo(
            item.name,
            item.metadata["help"],
            item.default,
            _kind(hints[item.name]),
            item.metadata["low"],
            item.metadata["high"],
            get_args(hints[item.name]) if get_origin(hints[item.name]) is Literal else (),
        )
        for item in fields(TraceParameters)
    )
    presets = {
        name: {info.name: getattr(preset, info.name) for info in parameters}
        for name, preset in PRESETS.items()
    }
    return TraceChoices(parameters, presets)


def plain_value(value: Any) -> Any:
    """Return a value of a parameter as the engine holds it; JSON knows lists only."""
    return tuple(value) if isinstance(value, list) else value


def _kind(hint: Any) -> Kind:
    if get_origin(hint) is Literal:
        return "choice"
    if get_origin(hint) is tuple:
        return "numbers"
    return "whole" if hint is int else "number"
