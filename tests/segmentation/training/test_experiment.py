"""A run from its data on: what is gathered, what a folder keeps, what going on costs."""

from pathlib import Path

import pytest

from segmentation.config import RunConfig
from segmentation.data.dataset import PatchDataset
from segmentation.data.errors import DataError
from segmentation.training import experiment
from segmentation.training.distributed import Team
from segmentation.training.events import EpochDone, Event, Warned
from segmentation.training.experiment import MANIFEST, data_of_run, gather_data, run_experiment
from segmentation.training.loop import LoopOptions
from segmentation.training.run_state import TrainingError
from tests.segmentation.data.layouts import make_pairs

pytestmark = pytest.mark.torch


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return make_pairs(tmp_path / "own", tuple("abcdefgh"))


def config(images: Path, **changes: object) -> RunConfig:
    base = RunConfig.from_table(
        {
            "model": {"name": "residual_unet", "options": {"widths": [4, 8]}},
            "data": {"sources": [str(images)], "patch_size": 0, "crop_size": 16},
            "train": {"epochs": 1, "batch_size": 2},
        }
    )
    return base.with_changes({name.replace("__", "."): value for name, value in changes.items()})


def test_going_on_in_mid_epoch_loads_only_what_is_left(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = config(images, data__validation_share=0.0)
    loaded: list[object] = []
    original = PatchDataset.__getitem__
    monkeypatch.setattr(
        PatchDataset,
        "__getitem__",
        lambda self, key: (loaded.append(key), original(self, key))[1],
    )
    calls = iter(range(1, 9))
    folder = tmp_path / "run"
    stopped = run_experiment(run, gather_data(run), folder, is_cancelled=lambda: next(calls) >= 3)
    assert (stopped.reason, len(loaded)) == ("cancelled", 6)
    run_experiment(run, data_of_run(folder), folder, options=LoopOptions(resume=True))
    assert len(loaded) == len(set(loaded)) == 8


def test_a_folder_that_holds_a_run_is_left_as_it_is(images: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run_experiment(config(images), gather_data(config(images)), folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    assert MANIFEST in before
    other = config(make_pairs(tmp_path / "other", ("k", "l", "m")))
    with pytest.raises(TrainingError, match="holds a run already"):
        run_experiment(other, gather_data(other), folder)
    faster = config(images, optimizer__learning_rate=0.5)
    with pytest.raises(TrainingError, match="was started with other values"):
        run_experiment(faster, data_of_run(folder), folder, options=LoopOptions(resume=True))
    after = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    assert after == before


def test_a_damaged_image_stops_the_run_or_is_named_and_left_out(images: Path) -> None:
    file = images / "images" / "c.png"
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(DataError, match=r"c\.png cannot be decoded"):
        gather_data(config(images))
    data = gather_data(config(images, data__on_damage="skip"))
    assert [Path(item.image).stem for item in data.manifest.items] == list("abdefgh")
    assert len(data.notes) == 1
    assert data.notes[0].startswith("1 image was left out as damaged: ")
    assert "c.png cannot be decoded" in data.notes[0]
    for other in (images / "images").iterdir():
        other.write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"^Nothing of .*own can be used\. .*a\.png"):
        gather_data(config(images, data__on_damage="skip"))


def test_a_run_goes_on_without_an_image_that_was_damaged_since(
    images: Path, tmp_path: Path
) -> None:
    run, folder = config(images, data__validation_share=0.0), tmp_path / "run"
    run_experiment(run, gather_data(run), folder, is_cancelled=lambda: True)
    file = images / "images" / "c.png"
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(DataError, match=r"cannot go on, its data has changed: .*c\.png"):
        data_of_run(folder)
    skipping = run.with_changes({"data.on_damage": "skip"})
    data, events = data_of_run(folder, "skip"), list[Event]()
    options = LoopOptions(resume=True)
    result = run_experiment(skipping, data, folder, on_event=events.append, options=options)
    assert result.reason == "finished"
    assert any("c.png cannot be decoded" in e.text for e in events if isinstance(e, Warned))
    other = images / "images" / "d.png"
    other.write_bytes((images / "images" / "e.png").read_bytes())
    with pytest.raises(DataError, match=r"The image of own/d is not the one"):
        data_of_run(folder, "skip")


def test_what_leaks_is_left_out_and_named(tmp_path: Path) -> None:
    images = make_pairs(tmp_path / "own", tuple("abcdefghijkl"))
    for letter in "abcdefg":
        for folder in ("images", "masks"):
            file = images / folder / f"{letter}.png"
            file.with_name(f"z{letter}.png").write_bytes(file.read_bytes())
    (images / "val.txt").write_text("\n".join("abcdefgh"), "utf-8")
    data = gather_data(config(images, data__validation="fixed"))
    stems = {"train": "", "val": ""}
    for item in data.manifest.items:
        stems[item.split] += Path(item.image).stem
    assert stems == {"train": "ijkl", "val": "abcdefgh"}
    (note,) = data.notes
    assert note.startswith("7 images were left out, to keep validation and test unseen: own/za (")
    assert "own/a (val) are the same file. own/zb" in note
    assert note.endswith(" And 2 more.")


def test_a_log_that_fails_is_told_once(images: Path, tmp_path: Path) -> None:
    run = config(images, train__epochs=2)
    folder = tmp_path / "run"
    (folder / experiment.EVENTS).mkdir(parents=True)
    events: list[Event] = []
    run_experiment(run, gather_data(run), folder, on_event=events.append)
    told = [event.text for event in events if isinstance(event, Warned)]
    assert sum("events.jsonl is not written further" in text for text in told) == 1
    assert sum(isinstance(event, EpochDone) for event in events) == 2


def test_a_batch_smaller_than_the_team_is_refused(images: Path, tmp_path: Path) -> None:
    run = config(images, train__batch_size=1)
    options = LoopOptions(team=Team(0, 2))
    with pytest.raises(TrainingError, match="batch of 1 cannot be split over 2 processes"):
        run_experiment(run, gather_data(run), tmp_path / "run", options=options)
    assert not (tmp_path / "run").exists()


def test_the_data_is_found_from_another_working_folder(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(images.parent)
    run = config(Path(images.name))
    run_experiment(run, gather_data(run), tmp_path / "run")
    monkeypatch.chdir(tmp_path / "run")
    assert len(data_of_run(tmp_path / "run").manifest.items) == 8
