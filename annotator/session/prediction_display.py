"""How predictions are drawn: as color or outline, how opaque, and beside what."""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from PySide6.QtCore import QObject, Signal

PredictionMode = Literal["probability", "outline", "off"]
MODES: Final[tuple[PredictionMode, ...]] = ("probability", "outline", "off")

NOTHING, PHOTOGRAPH = "", "photograph"
"""What a prediction is compared with, besides the keys of models."""


@dataclass(frozen=True, slots=True)
class PredictionLook:
    """The look of the layer.

    Attributes
    ----------
    mode
        Probability as color, the outline at the threshold, or nothing.
    opacity
        Of the color, from 0 to 1.
    compared
        What lies right of the divider: `NOTHING` (there is none), `PHOTOGRAPH`, or the key of
        another model.
    divider
        Where it is, as a share of the canvas.
    are_candidates_shown
        Whether proposed cracks are drawn.
    """

    mode: PredictionMode = "probability"
    opacity: float = 0.7
    compared: str = NOTHING
    divider: float = 0.5
    are_candidates_shown: bool = True

    @property
    def is_swiping(self) -> bool:
        """Whether there is a divider."""
        return self.compared != NOTHING and self.mode != "off"


class PredictionDisplay(QObject):
    """The look, and who follows it."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = PredictionLook()

    @property
    def look(self) -> PredictionLook:
        """How the layer is drawn."""
        return self._look

    def change(self, **values: Any) -> None:
        """Draw it differently; the names are those of `PredictionLook`."""
        look = replace(self._look, **values)
        if look != self._look:
            self._look = look
            self.changed.emit()

    def restore(self, values: dict[str, Any]) -> None:
        """Draw it as it was drawn last, as far as that can be understood."""
        mode, opacity = values.get("mode"), values.get("opacity")
        if mode in MODES:
            self.change(mode=mode)
        if isinstance(opacity, float) and 0.0 <= opacity <= 1.0:
            self.change(opacity=opacity)

    @property
    def remembered(self) -> dict[str, Any]:
        """What `restore` understands."""
        return {"mode": self._look.mode, "opacity": self._look.opacity}

    def cycle(self) -> None:
        """Go on to the next mode."""
        self.change(mode=MODES[(MODES.index(self._look.mode) + 1) % len(MODES)])
