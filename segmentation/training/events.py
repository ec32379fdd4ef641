"""What a training run tells while it runs, one JSON object per line. Needs no torch."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

from segmentation.durable_files import NotSavedError, write_file

EndReason = Literal["finished", "stopped early", "cancelled", "out of time"]


@dataclass(frozen=True, slots=True)
class Started:
    """The first steps follow.

    Attributes
    ----------
    epoch, step
        Done before; above 0 if a run goes on.
    n_epochs, steps_per_epoch
        Of the whole run.
    device, precision, n_processes
        What it runs on.
    """

    kind: ClassVar = "started"
    epoch: int
    step: int
    n_epochs: int
    steps_per_epoch: int
    device: str
    precision: str
    n_processes: int


@dataclass(frozen=True, slots=True)
class Working:
    """Something before or after the steps is under way; ``share`` of it is done, -1 not known."""

    kind: ClassVar = "working"
    text: str
    share: float = -1.0


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step is done. ``step`` counts from 1 within the epoch, ``epoch`` from 0."""

    kind: ClassVar = "step"
    epoch: int
    step: int
    loss: float
    learning_rate: float
    eta_seconds: float


@dataclass(frozen=True, slots=True)
class EpochDone:
    """An epoch is done and validated.

    Attributes
    ----------
    epoch
        From 0.
    step
        Steps since the start of the run.
    loss
        Mean over the training images.
    metrics
        Of the validation images: loss, precision, recall, f1, iou at 0 px and threshold 0.5;
        empty without any.
    is_best
        Whether this epoch is the one kept so far.
    learning_rate
        At its last step.
    seconds, eta_seconds
        Of this epoch, and until the last one at this pace.
    busy
        Share of the time of the steps not spent waiting for data.
    """

    kind: ClassVar = "epoch"
    epoch: int
    step: int
    loss: float
    learning_rate: float
    is_best: bool
    seconds: float
    eta_seconds: float
    busy: float
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint is on the disk."""

    kind: ClassVar = "saved"
    path: str
    epoch: int
    step: int


@dataclass(frozen=True, slots=True)
class Warned:
    """Something went wrong and the run goes on; ``text`` says what and what can be done."""

    kind: ClassVar = "warning"
    text: str


@dataclass(frozen=True, slots=True)
class Sampled:
    """A picture of what the network makes of some validation images is on the disk."""

    kind: ClassVar = "sample"
    path: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Made:
    """A model was made of the run, and compared with another one where that was asked for."""

    kind: ClassVar = "made"
    path: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The process ends with an error; ``text`` is a sentence about it."""

    kind: ClassVar = "failed"
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The run ends here; with any reason but the first two it can go on later."""

    kind: ClassVar = "ended"
    reason: EndReason
    epoch: int
    step: int
    best_epoch: int
    best_score: float


Event = Started | Working | StepDone | EpochDone | Sampled | Saved | Warned | Made | Failed | Ended
OnEvent = Callable[[Event], None]
_EVENTS: Final[dict[str, type[Event]]] = {
    each.kind: each
    for each in (
        Started, Working, StepDone, EpochDone, Sampled, Saved, Warned, Made, Failed, Ended,
    )
}  # fmt: skip


def to_line(event: Event) -> str:
    """Return an event as one line of JSON without its end; what is not a number becomes null."""
    return json.dumps({"event": event.kind, **_finite(asdict(event))}, ensure_ascii=False)


def from_line(line: str) -> Event:
    """Return the event of a line; null becomes not a number.

    Raises
    ------
    ValueError
        The line is no event; names it does not know are passed over.
    """
    table = json.loads(line)
    kind = table.get("event") if isinstance(table, dict) else None
    if kind not in _EVENTS:
        raise ValueError(f"This line is no event of a training run: {line[:80]}")
    event = _EVENTS[kind]
    known = {item.name for item in fields(event)}
    values = {name: _number(value) for name, value in table.items() if name in known}
    try:
        return event(**values)
    except TypeError as error:
        raise ValueError(f"This event lacks something: {line[:80]}") from error


def read_events(path: Path) -> Iterator[Event]:
    """Yield the events of a file; a last line that was cut off is passed over."""
    for line in path.read_text("utf-8").splitlines():
        with suppress(ValueError):
            yield from_line(line)


class EventFile:
    """Appends events to a file, each at once; call it as ``on_event``.

    A log that cannot be written does not end the training: ``problem`` then says why.

    Parameters
    ----------
    path
        Created with its folder.
    with_steps
        Whether single steps are written too.
    """

    def __init__(self, path: Path, *, with_steps: bool = False) -> None:
        self.path = path
        self.with_steps = with_steps
        self.problem = ""

    def __call__(self, event: Event) -> None:
        """Append an event."""
        if isinstance(event, StepDone) and not self.with_steps:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as file:
                file.write(_line_end(file) + to_line(event).encode() + b"\n")
        except OSError as error:
            self.problem = f"{self.path} is not written further ({error.strerror or error})."


class EpochTable:
    """Keeps a CSV file with a row per epoch; call it as ``on_event``.

    Epochs that are trained again after a crash replace their rows.

    Parameters
    ----------
    path
        Created with its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""

    def __call__(self, event: Event) -> None:
        """Add the row of an epoch; other events are passed over."""
        if not isinstance(event, EpochDone):
            return
        try:
            rows = [row for row in self._rows() if int(row["epoch"]) < event.epoch]
            write_file(self.path, _csv([*rows, _row(event)]).encode())
        except (NotSavedError, OSError) as error:
            self.problem = str(error)

    def _rows(self) -> list[dict[str, Any]]:
        if not self.path.is_file():
            return []
        lines = self.path.read_text("utf-8").splitlines()
        return [row for row in csv.DictReader(lines) if (row.get("epoch") or "").isdigit()]


def _row(event: EpochDone) -> dict[str, Any]:
    row = asdict(event)
    metrics = row.pop("metrics")
    return row | {f"validation {name}": value for name, value in metrics.items()}


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _line_end(file: Any) -> bytes:
    """Return what ends a line that a killed run left unfinished."""
    if file.seek(0, 2) == 0:
        return b""
    file.seek(-1, 2)
    return b"" if file.read(1) == b"\n" else b"\n"


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _number(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _number(inner) for key, inner in value.items()}
    return math.nan if value is None else value
