"""The command ``retrain``: what it refuses, says and leaves; processes are tested elsewhere."""

import pytest
from filelock import FileLock

from segmentation.commands import program, retrain
from segmentation.commands.stopped import INTERRUPTED, STOPPED
from segmentation.data.readers.listed import MASK_CODES, ListedImage, write_list
from segmentation.model_store.card import read_card
from segmentation.model_store.model_folder import load_model
from segmentation.training.assignment import Assignment
from segmentation.training.events import Ended, EpochDone, Failed, Made, Sampled, read_events
from tests.segmentation.data.layouts import crack, picture, save
from tests.training_factory import make_model

pytestmark = [pytest.mark.torch, pytest.mark.timeout(300)]


@pytest.fixture
def base(tmp_path):
    return make_model(tmp_path / "base", licence="MIT")


@pytest.fixture
def folder(tmp_path, base):
    """A run of two epochs of two steps on three images, with one to judge by."""
    run = tmp_path / "run"
    rows = []
    for number, split in enumerate(("train", "train", "train", "val")):
        image = save(tmp_path / "photographs" / f"{number}.png", picture(number))
        mask = crack(5 + number) * MASK_CODES[1]
        save(run / "data" / "masks" / f"{number}.png", mask.astype("uint8"))
        rows.append(
            ListedImage(name=str(number), image=str(image), mask=f"masks/{number}.png", split=split)
        )
    write_list(run / "data", rows)
    write_assignment(run, base)
    return run


def write_assignment(run, base, **values):
    import tomllib

    from segmentation.config import RunConfig

    config = RunConfig.from_table(tomllib.loads(read_card(base).run)).with_changes(
        {
            "data.sources": [f"list:{run / 'data'}?origin=own"],
            "data.validation": "fixed",
            "data.validation_share": 0.0,
            "data.crop_size": 16,
            "data.patch_size": 0,
            "data.epoch_samples": 4,
            "train.batch_size": 2,
            "train.epochs": 2,
            "train.select_by": "last",
        }
    )
    wanted = {
        "start": str(base), "how": "quick", "compare_with": str(base), "mines_negatives": True,
        "guard": ("synthetic:?count=1&size=64&split=val&origin=older data",), "name": "new",
        "title": "New", "threads": 1,
    }  # fmt: skip
    Assignment(run=config.to_toml(), **{**wanted, **values}).save(run)


def carry_out(folder):
    return program.main(["retrain", str(folder)])


def events_of(folder, kind):
    return [event for event in read_events(folder / "events.jsonl") if isinstance(event, kind)]


def test_it_leaves_a_model_its_comparison_and_a_log(folder, base):
    assert carry_out(folder) == 0
    assert len(events_of(folder, EpochDone)) == 2
    assert len(events_of(folder, Sampled)) == 2
    assert [event.path for event in events_of(folder, Made)] == [str(folder / "model")]
    card = read_card(folder / "model")
    assert (card.name, card.title, card.n_quick) == ("new", "New", 1)
    assert (card.ancestry[0].model, card.ancestry[0].n_images) == ("base", 3)
    assert card.ancestry[0].weights_sha256 == read_card(base).weights_sha256
    assert (folder / "comparison" / "comparison.json").is_file()
    load_model(folder / "model")


def test_done_again_it_only_makes_the_model_anew(folder):
    assert carry_out(folder) == 0
    assert carry_out(folder) == 0
    assert len(events_of(folder, EpochDone)) == 2
    assert len(events_of(folder, Made)) == 2


def test_a_file_stops_it_at_any_stage_and_without_the_file_it_goes_on(folder, monkeypatch):
    (folder / "stop").touch()
    assert carry_out(folder) == STOPPED
    assert not (folder / "events.jsonl").exists()
    (folder / "stop").unlink()

    work = retrain._Log.work

    def stop_before(stage):
        def told(log, text, share=-1.0):
            if text == stage:
                (folder / "stop").touch()
            work(log, text, share)

        return told

    for stage in ("training", "comparing with the old model"):
        monkeypatch.setattr(retrain._Log, "work", stop_before(stage))
        assert carry_out(folder) == STOPPED
        (folder / "stop").unlink()
    monkeypatch.undo()
    assert carry_out(folder) == 0
    assert {event.reason for event in events_of(folder, Ended)} == {"finished"}
    assert len(events_of(folder, Made)) == 1


def test_a_second_process_is_refused(folder, monkeypatch, capsys):
    monkeypatch.setattr(retrain, "_LOCK_PATIENCE", 0.0)
    with FileLock(folder / "running.lock"):
        assert carry_out(folder) == INTERRUPTED
    assert "Another process" in capsys.readouterr().err


def test_what_goes_wrong_is_in_the_log(folder, tmp_path, capsys):
    for path in (tmp_path / "photographs").iterdir():
        path.unlink()
    assert carry_out(folder) == 1
    assert "put it back" in events_of(folder, Failed)[0].text
    assert "put it back" in capsys.readouterr().err


def test_without_an_assignment_there_is_nothing_to_do(tmp_path, capsys):
    assert carry_out(tmp_path) == 1
    assert "assignment.json" in capsys.readouterr().err


def test_a_training_from_random_weights_has_no_ancestry(folder, base):
    write_assignment(folder, base, start="", mines_negatives=False, how="full")
    assert carry_out(folder) == 0
    assert read_card(folder / "model").ancestry == ()


def test_the_time_of_a_step_is_printed(base, capsys):
    given = ["step-time", str(base), "--crop", "32", "--batch", "2", "--device", "cpu"]
    assert program.main(given) == 0
    assert float(capsys.readouterr().out) > 0
