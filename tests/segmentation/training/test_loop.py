"""The training loop on tiny networks."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from segmentation import UNLABELLED
from segmentation.config import RunConfig
from segmentation.data.loader import Batch
from segmentation.durable_files import NotSavedError
from segmentation.losses import build_loss
from segmentation.models import build_model
from segmentation.training import loop
from segmentation.training.checkpoint import load_checkpoint
from segmentation.training.distributed import Team
from segmentation.training.events import Ended, EpochDone, Event, Saved, Started, StepDone, Warned
from segmentation.training.loop import LoopOptions, TrainResult, load_best, train
from segmentation.training.run_state import TrainingError, new_run
from segmentation.training.validation import fastest_precision, on_device, score_of, validate

pytestmark = pytest.mark.torch

N_IMAGES, BATCH = 8, 2
N_STEPS = N_IMAGES // BATCH


def pictures() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(5)
    images = torch.rand(N_IMAGES, 3, 8, 8, generator=generator)
    masks = torch.zeros(N_IMAGES, 1, 8, 8, dtype=torch.uint8)
    masks[:, :, 3] = 1
    masks[:, :, 7] = UNLABELLED
    images[:, :, 3] *= 0.1
    return images, masks


@dataclass
class Shaken:
    """Batches in an order of the epoch's, with changes from torch's and Python's generators."""

    epoch: int = -1
    spoil: Callable[[int, int], float] = lambda _epoch, _step: 0.0
    n_yielded: int = 0
    epochs: list[int] = field(default_factory=list)

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch
        self.epochs.append(epoch)

    def __len__(self) -> int:
        return N_STEPS

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        images, masks = pictures()
        order = torch.randperm(N_IMAGES, generator=torch.Generator().manual_seed(self.epoch))
        for step in range(N_STEPS):
            self.n_yielded += 1
            chosen = order[BATCH * step : BATCH * (step + 1)]
            noise = 0.1 * torch.rand(BATCH, 3, 8, 8) + 0.1 * random.random()
            yield images[chosen] + noise + self.spoil(self.epoch, step), masks[chosen]


def config(**changes: Any) -> RunConfig:
    base = RunConfig.from_table(
        {
            "model": {"name": "residual_unet", "options": {"widths": [4, 8]}},
            "train": {"epochs": 3, "ema_decay": 0.9, "clip_norm": 1.0, "seed": 3},
            "schedule": {"warmup_epochs": 0.5},
        }
    )
    return base.with_changes({name.replace("__", "."): value for name, value in changes.items()})


def validation() -> list[tuple[Tensor, Tensor]]:
    return [pictures()]


def state_of(folder: Path) -> dict[str, Any]:
    found = load_checkpoint(folder)
    assert found is not None
    return found.state


def same(first: Any, second: Any) -> bool:
    if isinstance(first, Tensor):
        return torch.equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return first == second


def stop_after(n_steps: int) -> Callable[[], bool]:
    calls = iter(range(1, 1000))
    return lambda: next(calls) >= n_steps


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event]]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    events: list[Event] = []
    train(config(), Shaken(), validation(), folder, events.append)
    torch.set_num_threads(n_threads)
    return folder, events


@pytest.mark.parametrize("stops", [[1], [N_STEPS], [2, 1, 5]], ids=str)
def test_a_stopped_run_ends_with_the_same_bits(
    tmp_path: Path, uninterrupted: tuple[Path, list[Event]], stops: list[int]
) -> None:
    resume = False
    for n_steps in stops:
        random.seed(n_steps)
        torch.manual_seed(n_steps)
        result = train(
            config(),
            Shaken(),
            validation(),
            tmp_path,
            is_cancelled=stop_after(n_steps),
            options=LoopOptions(resume=resume),
        )
        assert result.reason == "cancelled"
        resume = True
    result = train(config(), Shaken(), validation(), tmp_path, options=LoopOptions(resume=True))
    assert result.reason == "finished"
    expected, state = state_of(uninterrupted[0]), state_of(tmp_path)
    for part in expected:
        assert same(expected[part], state[part]), part
    best, expected_best = load_best(tmp_path), load_best(uninterrupted[0])
    assert best is not None
    assert same(best, expected_best)


def test_events_tell_the_whole_run(uninterrupted: tuple[Path, list[Event]]) -> None:
    _folder, events = uninterrupted
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Ended)
    steps = [event for event in events if isinstance(event, StepDone)]
    assert [(step.epoch, step.step) for step in steps] == [
        (epoch, step) for epoch in range(3) for step in range(1, N_STEPS + 1)
    ]
    assert steps[0].learning_rate == 0
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert [each.epoch for each in epochs] == [0, 1, 2]
    assert epochs[0].is_best
    assert set(epochs[0].metrics) == {"loss", "precision", "recall", "f1", "iou"}
    assert all(0 <= each.busy <= 1 for each in epochs)
    assert epochs[-1].eta_seconds < epochs[0].eta_seconds
    own = [step.loss for step in steps if step.epoch == 1]
    assert epochs[1].loss == pytest.approx(sum(own) / len(own))
    assert sum(isinstance(event, Saved) for event in events) >= 4


def test_the_loop_learns_and_keeps_averaged_weights(tmp_path: Path) -> None:
    run = config(train__epochs=25, optimizer__learning_rate=2e-2)
    result = train(run, Shaken(), validation(), tmp_path)
    assert result.best_score is not None
    assert result.best_score > 0.9
    found = load_best(tmp_path)
    assert found is not None
    weights, facts = found
    assert facts["is_averaged"]
    assert facts["epoch"] == result.best_epoch
    model = build_model(run.model)
    model.load_state_dict(weights)
    metrics = validate(model, build_loss(run.loss), validation(), torch.device("cpu"))
    assert metrics == pytest.approx(facts["metrics"])
    assert (tmp_path / "run.toml").read_text("utf-8") == run.to_toml()


def test_the_average_is_what_its_formula_says() -> None:
    run = new_run(config(train__ema_decay=0.5), Team(), None)
    assert run.average is not None
    expected = run.average.network.head.weight.detach().clone()
    for n in range(12):
        with torch.no_grad():
            run.model.network.head.weight.fill_(n)
        run.progress.n_steps = n
        run.update_average()
        decay = min(0.5, (1 + n) / (10 + n))
        expected = decay * expected + (1 - decay) * n
    torch.testing.assert_close(run.average.network.head.weight, expected)
    assert torch.equal(run.average.mean, run.model.mean)


def test_patience_ends_a_run_that_gets_no_better(tmp_path: Path) -> None:
    run = config(train__epochs=9, train__patience=2, optimizer__learning_rate=1e-8)
    result = train(run, Shaken(), [], tmp_path / "last")
    assert result.reason == "finished"
    blank = [(pictures()[0], torch.zeros(N_IMAGES, 1, 8, 8, dtype=torch.uint8))]
    result = train(run, Shaken(), blank, tmp_path / "f1")
    assert (result.reason, result.n_epochs, result.best_epoch) == ("stopped early", 3, 0)
    again = train(run, Shaken(), blank, tmp_path / "f1", options=LoopOptions(resume=True))
    assert (again.reason, again.n_epochs) == ("stopped early", 3)


def test_a_time_budget_stops_and_leaves_weights_to_use(tmp_path: Path) -> None:
    options = LoopOptions(time_budget=1e-9)
    result = train(config(), Shaken(), validation(), tmp_path, options=options)
    assert (result.reason, result.n_epochs, result.best_epoch) == ("out of time", 0, -1)
    assert load_best(tmp_path) is not None
    result = train(config(), Shaken(), None, tmp_path, options=LoopOptions(resume=True))
    assert (result.reason, result.best_epoch) == ("finished", 2)


def test_a_spoiled_batch_is_left_out_and_told(tmp_path: Path) -> None:
    def spoil(epoch: int, step: int) -> float:
        return float("nan") if (epoch, step) == (0, 1) else 0.0

    events: list[Event] = []
    train(config(), Shaken(spoil=spoil), validation(), tmp_path, events.append)
    warnings = [event.text for event in events if isinstance(event, Warned)]
    assert len(warnings) == 1
    assert "epoch 1, step 2 is not a finite number" in warnings[0]
    epochs = [event for event in events if isinstance(event, EpochDone)]
    assert all(each.loss == each.loss for each in epochs)
    state = state_of(tmp_path)
    assert state["progress"]["n_bad"] == 1
    for tensor in (*state["model"].values(), *state["average"].values()):
        assert tensor.isfinite().all()


def test_a_run_that_diverged_says_what_to_change(tmp_path: Path) -> None:
    def spoil(epoch: int, _step: int) -> float:
        return float("inf") if epoch else 0.0

    with pytest.raises(TrainingError, match=r"20 steps, the last in epoch 6.*learning_rate"):
        train(config(train__epochs=99), Shaken(spoil=spoil), None, tmp_path)
    assert load_checkpoint(tmp_path) is not None


def test_another_run_or_folder_is_refused(
    tmp_path: Path, uninterrupted: tuple[Path, list[Event]]
) -> None:
    folder = uninterrupted[0]
    with pytest.raises(TrainingError, match="holds a run already"):
        train(config(), Shaken(), None, folder)
    other = config(optimizer__learning_rate=0.5)
    with pytest.raises(TrainingError, match=r"learning_rate was 0\.001 and is 0\.5"):
        train(other, Shaken(), None, folder, options=LoopOptions(resume=True))
    with pytest.raises(TrainingError, match="nothing to train on"):
        train(config(), [], None, tmp_path)  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match="do not fit model"):
        train(config(), Shaken(), None, tmp_path, options=LoopOptions(weights={}))


def test_a_run_starts_from_weights(tmp_path: Path) -> None:
    weights = new_run(config(train__seed=77), Team(), None).model.state_dict()
    run = config(train__epochs=1, optimizer__learning_rate=1e-8, optimizer__weight_decay=0.0)
    train(run, Shaken(), None, tmp_path, options=LoopOptions(weights=weights))
    state = state_of(tmp_path)["model"]
    torch.testing.assert_close(
        state["network.head.weight"], weights["network.head.weight"], rtol=0, atol=1e-6
    )


def test_a_failed_save_is_told_and_the_last_one_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> Path:
        raise NotSavedError("The disk is full: nothing was saved.")

    monkeypatch.setattr(loop, "save_checkpoint", fail)
    events: list[Event] = []
    with pytest.raises(NotSavedError, match="disk is full"):
        train(config(), Shaken(), validation(), tmp_path, events.append)
    warnings = [event.text for event in events if isinstance(event, Warned)]
    assert all("disk is full" in text for text in warnings)
    assert len(warnings) == 5
    assert load_best(tmp_path) is None


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_lower_precision_learns_too(tmp_path: Path, precision: str) -> None:
    events: list[Event] = []
    run = config(train__precision=precision)
    train(run, Shaken(), validation(), tmp_path, events.append, is_cancelled=stop_after(3))
    train(run, Shaken(), validation(), tmp_path, options=LoopOptions(resume=True))
    state = state_of(tmp_path)
    assert state["progress"]["epoch"] == 3
    assert all(tensor.dtype != torch.float16 for tensor in state["model"].values())
    assert bool(state["scaler"]) == (precision == "float16")


def test_measuring_the_precision_changes_nothing_else() -> None:
    run = new_run(config(), Team(), None)
    before = {name: each.clone() for name, each in run.model.state_dict().items()}
    batch = pictures()
    chosen = fastest_precision(run.model, run.loss, batch, torch.device("cpu"))
    assert chosen in {"float32", "bfloat16"}
    assert same(before, dict(run.model.state_dict()))
    assert all(parameter.grad is None for parameter in run.model.parameters())


def test_a_measured_precision_stays_for_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "fastest_precision", lambda *_arguments: "bfloat16")
    options = LoopOptions(measure_precision=True)
    train(config(), Shaken(), None, tmp_path, is_cancelled=stop_after(1), options=options)
    events: list[Event] = []
    train(config(), Shaken(), None, tmp_path, events.append, options=LoopOptions(resume=True))
    assert isinstance(events[0], Started)
    assert events[0].precision == "bfloat16"


def test_torchs_own_loader_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    def run(folder: Path, n_steps: int, *, resume: bool = False) -> TrainResult:
        loader = DataLoader(TensorDataset(*pictures()), BATCH, shuffle=True)
        return train(
            config(train__epochs=2),
            loader,
            None,
            folder,
            is_cancelled=stop_after(n_steps),
            options=LoopOptions(resume=resume),
        )

    run(tmp_path / "whole", 99)
    run(tmp_path / "parts", 3)
    run(tmp_path / "parts", 99, resume=True)
    assert same(state_of(tmp_path / "whole"), state_of(tmp_path / "parts"))


def test_batches_of_the_data_package_are_understood(tmp_path: Path) -> None:
    images, masks = pictures()
    bytes_of_images = (images * 255).to(torch.uint8)
    batch = Batch(bytes_of_images, masks, ("wall",), ("wall.png was passed over.",))
    events: list[Event] = []
    run = config(train__epochs=1)
    train(run, [batch], [batch], tmp_path, events.append)  # type: ignore[arg-type]
    assert Warned("wall.png was passed over.") in events
    floats, same_masks = on_device(batch, torch.device("cpu"))
    assert torch.equal((floats * 255).round().to(torch.uint8), bytes_of_images)
    assert same_masks is masks


def test_validation_leaves_unlabelled_pixels_out() -> None:
    run = new_run(config(), Team(), None)
    images, masks = pictures()
    with torch.no_grad():
        run.model.network.head.bias.fill_(100.0)
    metrics = validate(run.model, run.loss, [(images, masks)], torch.device("cpu"))
    # Everything is predicted: one of seven labelled rows is crack.
    assert metrics["precision"] == pytest.approx(1 / 7)
    assert metrics["recall"] == 1
    assert run.model.training
    assert validate(run.model, run.loss, [], torch.device("cpu")) == {}


def test_scores_are_better_when_higher() -> None:
    metrics = {"f1": 0.5, "loss": 2.0}
    assert score_of(metrics, "f1", 3) == 0.5
    assert score_of(metrics, "loss", 3) == -2
    assert score_of(metrics, "last", 3) == score_of({}, "f1", 3) == 3
    assert score_of({"loss": float("nan")}, "loss", 3) == float("-inf")
