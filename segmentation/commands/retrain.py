"""``retrain``: carry out a training that another program has asked for, or go on with it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from segmentation.commands.stopped import STOPPED, StoppedError, stop_flag
from segmentation.training.assignment import (
    LOCK,
    REPLAY,
    STOP,
    Assignment,
    load_assignment,
)
from segmentation.training.events import Event, EventFile, Failed, Made, StepDone, Working

if TYPE_CHECKING:
    import torch

    from segmentation.config import RunConfig
    from segmentation.inference.predictor import Predictor
    from segmentation.training.experiment import RunData
    from segmentation.training.loop import LoopOptions
    from segmentation.training.publishing import Wording

RETRAIN_HELP = """Carry out the training that FOLDER/assignment.json describes, or go on with it.

The program's window starts this; the same command begins and goes on. A file named 'stop' in the
folder, or a polite kill, ends it after the step in progress (exit status 3). What it does is told
in FOLDER/events.jsonl; one process at a time works on a folder."""

_STEP_SECONDS: Final = 0.5
"""Single steps are written to the log at most this often."""
_LOCK_PATIENCE: Final = 5.0
_NICENESS: Final = 5


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("retrain", help=RETRAIN_HELP, hidden=True)(retrain)
    app.command("step-time", hidden=True)(step_time)


def retrain(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of the run.")],
    gives_way: Annotated[
        bool, typer.Option("--gives-way", help="Let other programs go first.")
    ] = False,
) -> None:
    """Run the command line."""
    assignment = load_assignment(folder)
    if gives_way and hasattr(os, "nice"):
        os.nice(_NICENESS)
    with _locked(folder), stop_flag(once=True) as flag:
        log = _Log(folder, lambda: flag.is_set() or (folder / STOP).exists())
        try:
            is_complete = _Work(folder, assignment, log).carry_out()
        except _Stopped:
            is_complete = False
        except Exception as error:
            log.tell(Failed(str(error) or repr(error)))
            raise
    if not is_complete:
        raise typer.Exit(STOPPED)


def step_time(
    model: Annotated[str, typer.Argument(help="To begin with.")],
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    crop: Annotated[int, typer.Option(min=32)] = 256,
    batch: Annotated[int, typer.Option(min=1)] = 8,
) -> None:
    """Print how many seconds a step of training takes here."""
    from segmentation.model_store.catalog import find_model
    from segmentation.training.step_timing import measured_step

    typer.echo(f"{measured_step(find_model(model), device, crop, batch):.4f}")


class _Stopped(Exception):  # noqa: N818 - nothing went wrong
    """The run is to stop before its steps have begun, or after them."""


class _Log:
    """Writes what happens into the log of the run, and stops where that is asked for."""

    def __init__(self, folder: Path, is_stopped: Callable[[], bool]) -> None:
        from segmentation.training.experiment import EVENTS

        self.is_stopped = is_stopped
        self._file = EventFile(folder / EVENTS, with_steps=True)
        self._last = 0.0

    def tell(self, event: Event) -> None:
        """Write an event."""
        self._file(event)

    def tell_step(self, event: Event) -> None:
        """Write a step, unless one was written just now; the loop writes everything else."""
        now = time.monotonic()
        if isinstance(event, StepDone) and now - self._last >= _STEP_SECONDS:
            self._last = now
            self._file(event)

    def work(self, text: str, share: float = -1.0) -> None:
        """Say what is being done; raise where it is to stop."""
        if self.is_stopped():
            raise _Stopped
        self.tell(Working(text, share))


@dataclass(frozen=True, slots=True)
class _Work:
    """One training from its data to the comparison of its model with the old one."""

    folder: Path
    assignment: Assignment
    log: _Log

    def carry_out(self) -> bool:
        """Do what is left to do; tell whether all of it is done."""
        import torch

        from segmentation.training.checkpoint import holds_run
        from segmentation.training.experiment import run_experiment
        from segmentation.training.run_state import check_config

        torch.set_num_threads(self._threads)
        config = self._config()
        check_config(config)
        is_begun = holds_run(self.folder)
        self.log.work("reading the images")
        data = self._known_data(config) if is_begun else self._fresh_data(config)
        torch.set_num_threads(self._threads)  # a model that looked for false alarms took its own
        wording = self._wording(data)
        if not is_begun:
            wording.save(self.folder)
        self.log.work("training")
        result = run_experiment(
            config,
            data,
            self.folder,
            on_event=self.log.tell_step,
            is_cancelled=self.log.is_stopped,
            options=self._options(data, is_begun=is_begun),
        )
        if result.reason == "cancelled":
            return False
        self._conclude(data)
        return True

    @property
    def _threads(self) -> int:
        from segmentation.inference.engines import available_threads

        return self.assignment.threads or available_threads()

    def _config(self) -> "RunConfig":
        import tomllib

        from segmentation.config import RunConfig

        return RunConfig.from_table(tomllib.loads(self.assignment.run))

    def _options(self, data: "RunData", *, is_begun: bool) -> "LoopOptions":
        from segmentation.model_store.catalog import find_model
        from segmentation.model_store.model_folder import load_model
        from segmentation.training.distributed import Team
        from segmentation.training.loop import LoopOptions
        from segmentation.training.samples import Samples

        start = self.assignment.start
        weights = (
            None if is_begun or not start else load_model(find_model(start)).model.state_dict()
        )
        return LoopOptions(
            team=Team(device=_device(self.assignment.device)),
            resume=is_begun,
            weights=weights,
            save_every=60.0,
            on_judged=Samples(self.folder, data.manifest, self.log.tell),
        )

    def _known_data(self, config: "RunConfig") -> "RunData":
        from segmentation.training.experiment import data_of_run

        return data_of_run(self.folder, config.data.on_damage)

    def _fresh_data(self, config: "RunConfig") -> "RunData":
        from segmentation.training.experiment import gather_data

        data = gather_data(config, lambda share, _: self.log.work("reading the images", share))
        if not (self.assignment.mines_negatives and self.assignment.start):
            return data
        return self._with_negatives(data)

    def _with_negatives(self, data: "RunData") -> "RunData":
        """Return the data with the places in which the old model sees cracks that are none."""
        from segmentation.training.hard_negatives import SpotOptions, with_hard_negatives

        predictor = self._predictor(self.assignment.start)
        own = data.manifest.with_items(
            item for item in data.manifest.items if item.split == "train" and item.origin != REPLAY
        )
        n_done = 0

        def tell(_item: object) -> None:
            nonlocal n_done
            n_done += 1
            self.log.work("looking for false alarms", n_done / len(own.items))

        options = SpotOptions(threshold=min(predictor.card.threshold, 0.5))
        mined = with_hard_negatives(own, predictor.predict, options, on_item=tell)
        spots = {item.name: item.spots for item in mined.items}
        manifest = data.manifest.with_items(
            replace(item, spots=spots.get(item.name, item.spots)) for item in data.manifest.items
        )
        n_spots = sum(map(len, spots.values()))
        note = f"{n_spots} false alarms of the old model are shown more often."
        return replace(data, manifest=manifest, notes=(*data.notes, note))

    def _predictor(self, model: str | Path) -> "Predictor":
        from segmentation.inference.predictor import Predictor
        from segmentation.model_store.catalog import find_model

        device = self.assignment.device
        return Predictor(find_model(model), device=device, threads=self._threads)

    def _wording(self, data: "RunData") -> "Wording":
        from segmentation.model_store.card import read_card
        from segmentation.model_store.catalog import find_model
        from segmentation.training.publishing import Wording

        asked = self.assignment
        words = Wording(
            name=asked.name, title=asked.title, licence=asked.licence, notes=asked.notes
        )
        if not asked.start:
            return words
        card = read_card(find_model(asked.start))
        n_own = sum(item.origin != REPLAY and item.split == "train" for item in data.manifest.items)
        return replace(words, inherited=card.data, ancestry=card.descent(asked.how, n_own))

    def _conclude(self, data: "RunData") -> None:
        """Make the model, and compare it with the old one."""
        from segmentation.training.publishing import kept_wording, publish

        model = publish(
            self.folder, data.manifest, kept_wording(self.folder), self.log.work, self._threads
        )
        if self.assignment.compare_with:
            self._compare(data, model)
        self.log.tell(Made(str(model)))

    def _compare(self, data: "RunData", model: Path) -> None:
        from segmentation.data.sources import collect
        from segmentation.training.assignment import COMPARED
        from segmentation.training.side_by_side import compare_models

        own = data.manifest.of_split("val")
        guard = collect(self.assignment.guard)
        old, new = self._predictor(self.assignment.compare_with), self._predictor(model)
        compare_models(old, new, (own, guard), self.folder / COMPARED, self.log.work)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a run; a second process on it is refused."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=_LOCK_PATIENCE)
    except Timeout:
        raise StoppedError(f"Another process works on {folder} already.") from None
    try:
        yield
    finally:
        with suppress(OSError):
            lock.release()


def _device(name: str) -> "torch.device":
    import torch

    from segmentation.inference.engines import resolve_device

    return torch.device(resolve_device(name))
