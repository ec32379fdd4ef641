"""The command ``train``: from images to a model, stopped, gone on with, refused."""

import json
import signal

import pytest
import torch

from segmentation.commands import program
from segmentation.commands.stopped import INTERRUPTED
from segmentation.commands.train import STOPPED
from segmentation.evaluation.report import Protocol
from segmentation.model_store.card import read_card
from segmentation.model_store.model_folder import load_model
from segmentation.training import experiment, loop, publishing
from segmentation.training.checkpoint import load_checkpoint
from segmentation.training.events import Ended, EpochDone, Warned, read_events
from tests.segmentation.data.layouts import make_pairs

pytestmark = pytest.mark.torch

SMALL = {
    "model.options.widths": "[8, 16]",
    "train.batch_size": "2",
    "train.epochs": "2",
    "train.precision": "float32",
    "data.crop_size": "16",
    "data.patch_size": "0",
    "data.recipe": "all",
    "data.validation_share": "0.25",
    "schedule.warmup_epochs": "0",
}


@pytest.fixture
def images(tmp_path):
    return make_pairs(tmp_path / "own", tuple("abcdefgh"))


@pytest.fixture
def stoppable():
    """Have Ctrl+C work also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def train(folder, *arguments: object, changes: dict[str, str] | None = None) -> int:
    settings = SMALL | (changes or {})
    pairs = [text for name, value in settings.items() for text in ("--set", f"{name}={value}")]
    given = ["-o", folder, "--preset", "residual_unet", *pairs, *arguments]
    return program.main(["train", *map(str, given)])


def resume(folder, *arguments: object) -> int:
    return program.main(["train", "-o", str(folder), "--resume", *map(str, arguments)])


def last_weights(folder):
    found = load_checkpoint(folder)
    assert found is not None
    return found.state["model"]


def test_a_run_ends_in_a_model_with_a_card(images, tmp_path, capsys):
    run = tmp_path / "run"
    words = ["--title", "Toy", "--licence", "MIT"]
    assert train(run, "--data", f"{images}?licence=CC0&use=any", *words) == 0
    assert capsys.readouterr().out.strip() == str(run / "model")
    loaded = load_model(run / "model")
    card = loaded.card
    assert (card.name, card.title, card.licence, card.use) == ("run", "Toy", "MIT", "any")
    assert {record.split: record.n_images for record in card.data} == {"train": 6, "val": 2}
    assert {record.measure for record in card.metrics} == {
        measure.name for measure in Protocol().measures()
    }
    assert {record.n_images for record in card.metrics} == {2}
    assert {record.threshold for record in card.metrics} == {card.threshold}
    epochs = [event for event in read_events(run / "events.jsonl") if isinstance(event, EpochDone)]
    assert [event.epoch for event in epochs] == [0, 1]
    assert card.epoch == max(event.epoch for event in epochs if event.is_best) + 1
    assert len((run / "epochs.csv").read_text().splitlines()) == 3
    manifest = json.loads((run / "manifest.json").read_text())
    assert len(manifest["items"]) == 8


@pytest.mark.slow
def test_stopping_and_going_on_gives_the_same_bits(images, tmp_path, capsys):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    alike = ["--threads", 1]  # sums over another number of threads are rounded otherwise
    assert train(whole, "--data", images, *alike) == 0
    stopped = train(parts, "--data", images, "--minutes", "1e-6", "--notes", "kept", *alike)
    assert stopped == STOPPED
    assert (parts / "model").is_dir()
    assert "go on with: train -o" in capsys.readouterr().err
    reasons = [event.reason for event in read_events(parts / "events.jsonl")
               if isinstance(event, Ended)]  # fmt: skip
    assert reasons == ["out of time"]
    assert resume(parts, "--title", "given later", *alike) == 0
    wanted, given = last_weights(whole), last_weights(parts)
    assert all(torch.equal(wanted[name], given[name]) for name in wanted)
    card = read_card(parts / "model")
    assert (card.notes, card.title) == ("kept", "given later")


def test_a_model_can_be_trained_further_and_keeps_the_terms_of_its_data(images, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    assert train(first, "--data", f"{images}?use=non-commercial") == 0
    other = make_pairs(tmp_path / "other", ("k", "l", "m", "n"))
    own = ["--set", "train.epochs=1", "--set", "optimizer.learning_rate=1e-8"]
    free = ["--data", f"{other}?use=any", "--hard-negatives-from", first / "model"]
    given = ["train", "-o", second, "--from", first / "model", *own, *free]
    assert program.main([str(each) for each in given]) == 0
    before, after = load_model(first / "model").model, load_model(second / "model").model
    for name, value in before.named_parameters():
        assert torch.allclose(value, after.get_parameter(name), atol=2e-3)
    assert read_card(second / "model").use == "non-commercial"
    warned = [event.text for event in read_events(second / "events.jsonl")
              if isinstance(event, Warned)]  # fmt: skip
    assert any("which are shown more often" in text for text in warned)


def test_data_that_changed_stops_going_on(images, tmp_path, capsys):
    run = tmp_path / "run"
    assert train(run, "--data", images, "--minutes", "1e-6") == STOPPED
    next((images / "masks").iterdir()).write_bytes(b"another")
    assert resume(run) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert "cannot go on, its data has changed" in error


def test_the_same_command_again_leaves_a_run_as_it_is(images, tmp_path, capsys):
    run = tmp_path / "run"
    assert train(run, "--data", images, "--minutes", "1e-6", "--title", "First") == STOPPED
    before = {file.name: file.read_bytes() for file in run.iterdir() if file.is_file()}
    other = make_pairs(tmp_path / "other", ("k", "l", "m"))
    assert train(run, "--data", other, "--title", "Second") == 1
    assert "holds a run already" in capsys.readouterr().err
    assert resume(run, "--set", "train.batch_size=3") == 1
    assert "was started with other values: train.batch_size" in capsys.readouterr().err
    after = {file.name: file.read_bytes() for file in run.iterdir() if file.is_file()}
    assert after == before


@pytest.mark.usefixtures("stoppable")
def test_a_stop_while_data_is_read_ends_at_once(images, tmp_path, monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        raise KeyboardInterrupt

    monkeypatch.setattr(experiment, "gather_data", interrupted)
    assert train(tmp_path / "run", "--data", images) == INTERRUPTED
    assert capsys.readouterr().err.splitlines()[-1] == "Error: Stopped."
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("stoppable")
def test_a_stop_in_training_ends_after_the_step_and_one_in_publishing_too(
    images, tmp_path, monkeypatch, capsys
):
    run = tmp_path / "run"
    done = loop.train_step

    def interrupted(*arguments):
        handler = signal.getsignal(signal.SIGINT)
        assert callable(handler)
        handler(signal.SIGINT, None)
        return done(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "train_step", interrupted)
        assert train(run, "--data", images) == STOPPED
    state = load_checkpoint(run)
    assert state is not None
    assert state.state["progress"]["n_steps"] == 1
    assert "Stopped (cancelled); go on with: train -o" in capsys.readouterr().err

    def interrupted_too(*_: object) -> None:
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        raise KeyboardInterrupt

    monkeypatch.setattr(publishing, "publish", interrupted_too)
    assert resume(run) == INTERRUPTED
    assert "Stopped before the model was made" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-o", "run"], "No data was named"),
        ([], "name the folder of the run"),
        (["-o", "run", "--resume"], "there is no run in run to go on with"),
        (["-o", "run", "--preset", "nosuch"], "There is no preset 'nosuch'"),
        (["-o", "run", "--set", "train.epochs"], "should be NAME=VALUE"),
        (["-o", "run", "--set", "train.nosuch=1"], "nosuch"),
        (["-o", "run", "--set", "train.epochs=0"], "epochs"),
        (["-o", "run", "--data", "nowhere"], "nowhere is not a folder"),
        (["-o", "run", "--from", "nowhere"], "nowhere"),
        (["-o", "run", "--config", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["-o", "run", "--resume", "--preset", "residual_unet"], "give one of"),
        (["-o", "run", "--resume", "--from", "default"], "--from and --hard-negatives-from begin"),
        (["-o", "run", "--data", "nowhere", "--device", "tpu"], "There is no device 'tpu'"),
        (["-o", "run", "--set", "model.name=unet"], "There is no model 'unet'"),
        (["-o", "run", "--set", "model.options.wide=1"], "model.options.wide is not known"),
        (["-o", "run", "--set", "loss.name=hinge"], "There is no loss 'hinge'"),
        (["-o", "run", "--set", "loss.options.x=1"], "loss.options.x is not known"),
        (["-o", "run", "--set", "data.augmentation=wild"], "augmentation"),
    ],
)
def test_what_does_not_fit_is_one_sentence(arguments, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert program.main(["train", *arguments]) in (1, 2)
    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error
    assert not (tmp_path / "run").exists()


def test_values_are_shown_with_where_they_come_from(capsys):
    assert program.main(["train", "--preset", "steel_bridge", "--show"]) == 0
    text = capsys.readouterr().out
    assert "# paper: " in text
    assert "# chosen: " in text
    assert program.main(["train", "--presets"]) == 0
    assert "steel_bridge/" in capsys.readouterr().out
