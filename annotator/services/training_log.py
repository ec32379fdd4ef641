"""What a training says of itself in its log, read as the log grows."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

EVENTS: Final = "events.jsonl"


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a curve: steps done, and what was measured."""

    step: int
    value: float


@dataclass(slots=True)
class TrainingLog:
    """The log of a run, read as it grows.

    Attributes
    ----------
    folder
        Of the run.
    losses
        Of single steps.
    epochs
        Of each epoch: steps done, and loss and figures of the validation images by name.
    samples
        Pictures, the newest last.
    warnings
        Sentences.
    ended
        The last words of the run: "made", "failed", "ended", or nothing yet.
    """

    folder: Path
    losses: list[Point] = field(default_factory=list[Point])
    epochs: list[tuple[int, dict[str, float]]] = field(
        default_factory=list[tuple[int, dict[str, float]]]
    )
    samples: list[Path] = field(default_factory=list[Path])
    warnings: list[str] = field(default_factory=list[str])
    ended: str = ""
    text: str = ""
    n_steps: int = 0
    n_planned: int = 0
    eta_s: float = -1.0
    device: str = ""
    _offset: int = 0
    _rest: bytes = b""
    _per_epoch: int = 0

    def read_on(self) -> bool:
        """Take in what was written since; tell whether anything was."""
        lines = list(self._new_lines())
        for line in lines:
            with suppress(ValueError):
                self._take(json.loads(line))
        return bool(lines)

    def _new_lines(self) -> Iterator[bytes]:
        try:
            with (self.folder / EVENTS).open("rb") as file:
                file.seek(self._offset)
                content = file.read()
        except OSError:
            return
        self._offset += len(content)
        *lines, self._rest = (self._rest + content).split(b"\n")
        yield from lines

    def _take(self, event: dict[str, Any]) -> None:
        """Take in a line of the log; those of other versions may be unknown."""
        handler = getattr(self, f"_on_{event.get('event')}", None)
        if handler is not None:
            with suppress(KeyError, TypeError):
                handler(event)

    def _on_working(self, event: dict[str, Any]) -> None:
        self.ended, self.text = "", str(event["text"])

    def _on_started(self, event: dict[str, Any]) -> None:
        self.ended = ""
        self._per_epoch = int(event["steps_per_epoch"])
        self.n_planned = int(event["n_epochs"]) * self._per_epoch
        self.device = str(event["device"])
        self.n_steps = int(event["step"])
        # What a killed process did since its last checkpoint is done again.
        self.losses = [point for point in self.losses if point.step <= self.n_steps]
        self.epochs = [each for each in self.epochs if each[0] <= self.n_steps]

    def _on_step(self, event: dict[str, Any]) -> None:
        self.n_steps = int(event["epoch"]) * self._per_epoch + int(event["step"])
        self.eta_s = float(event["eta_seconds"])
        if event["loss"] is not None:
            self.losses.append(Point(self.n_steps, float(event["loss"])))

    def _on_epoch(self, event: dict[str, Any]) -> None:
        figures = {"training loss": event["loss"], **event["metrics"]}
        known = {name: float(value) for name, value in figures.items() if value is not None}
        self.n_steps, self.eta_s = int(event["step"]), float(event["eta_seconds"])
        self.epochs.append((self.n_steps, known))

    def _on_sample(self, event: dict[str, Any]) -> None:
        self.samples.append(self.folder / str(event["path"]))

    def _on_warning(self, event: dict[str, Any]) -> None:
        self.warnings.append(str(event["text"]))

    def _on_failed(self, event: dict[str, Any]) -> None:
        self.ended, self.text = "failed", str(event["text"])

    def _on_made(self, _event: dict[str, Any]) -> None:
        self.ended = "made"

    def _on_ended(self, event: dict[str, Any]) -> None:
        if event["reason"] in ("cancelled", "out of time"):
            self.ended = "ended"
