"""Events as lines, files and a bar."""

import io
import math
from pathlib import Path

import pytest
from rich.console import Console

from segmentation.training.events import (
    Ended,
    EpochDone,
    EpochTable,
    Event,
    EventFile,
    Saved,
    Started,
    StepDone,
    Warned,
    from_line,
    read_events,
    to_line,
)
from segmentation.training.progress_bar import ProgressBar


def epoch(number: int, f1: float = 0.5) -> EpochDone:
    return EpochDone(
        epoch=number,
        step=10 * number,
        loss=0.25,
        learning_rate=1e-3,
        is_best=True,
        seconds=2.0,
        eta_seconds=3.0,
        busy=0.9,
        metrics={"loss": 0.1, "f1": f1},
    )


EVENTS: list[Event] = [
    Started(0, 0, 3, 10, "cpu", "float32", 1),
    StepDone(0, 1, 0.5, 1e-3, 60.0),
    epoch(0),
    Saved("a/ß", 1, 10),
    Warned("line\nbreak [bold]"),
    Ended("finished", 3, 30, 2, 0.75),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_an_event_is_one_line_and_comes_back(event: Event) -> None:
    line = to_line(event)
    assert "\n" not in line
    assert from_line(line) == event


def test_what_is_no_number_is_null_in_json() -> None:
    line = to_line(StepDone(0, 1, math.nan, 1e-3, math.inf))
    assert "NaN" not in line
    event = from_line(line)
    assert isinstance(event, StepDone)
    assert math.isnan(event.loss)


@pytest.mark.parametrize("line", ["{}", "[1]", "{", '{"event": "step", "epoch": 1}'])
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_line(line)


def test_the_file_goes_on_after_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "new" / "events.jsonl"
    log = EventFile(path)
    for event in EVENTS:
        log(event)
    with path.open("a") as file:
        file.write('{"event": "ep')
    log(EVENTS[0])
    assert list(read_events(path)) == [EVENTS[0], *EVENTS[2:], EVENTS[0]]
    assert log.problem == ""


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log, table = EventFile(tmp_path / "file" / "x"), EpochTable(tmp_path / "file" / "x")
    log(EVENTS[0])
    table(epoch(0))
    assert "not written" in log.problem
    assert "not saved" in table.problem


def test_an_epoch_trained_again_replaces_its_row(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    for event in (epoch(0), epoch(1, 0.25), epoch(2), EVENTS[0], epoch(1, 0.75)):
        EpochTable(path)(event)
    lines = path.read_text().splitlines()
    assert lines[0].startswith("epoch,step,loss,learning_rate")
    assert lines[0].endswith("validation loss,validation f1")
    assert [(line[0], line.rsplit(",", 1)[1]) for line in lines[1:]] == [
        ("0", "0.5"),
        ("1", "0.75"),
    ]


def test_the_bar_shows_epochs_and_warnings_as_they_are() -> None:
    console = Console(file=io.StringIO(), width=60)  # lines of a log are not broken
    with ProgressBar(console) as bar:
        for event in EVENTS:
            bar(event)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "epoch 1: loss 0.2500; validation, loss 0.1000, f1 0.5000 (best)" in text
    assert "break [bold]" in text
    assert "finished after 3 epochs; best is epoch 3" in text


def test_without_a_whole_epoch_no_best_one_is_named() -> None:
    console = Console(file=io.StringIO(), width=120)
    with ProgressBar(console) as bar:
        bar(Ended("cancelled", 0, 3, -1, math.nan))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "cancelled after 0 epochs" in text
    assert "best" not in text
