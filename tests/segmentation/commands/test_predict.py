"""The command line of prediction."""

import json

import numpy as np
import pytest
from PIL import Image

from segmentation.commands.program import main
from segmentation.inference.folder_run import FolderRun
from tests.segmentation.inference.models_for_tests import noise, save_small_model


@pytest.fixture
def photos(tmp_path):
    """Two photographs and a file that is none."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed, name in enumerate(("a.jpg", "b.png")):
        Image.fromarray(noise(50, 80, seed)).save(folder / name)
    return folder


@pytest.fixture
def arguments(photos, tmp_path):
    """A command line with the small model."""
    model = save_small_model(tmp_path / "model", threshold=0.3)
    out = tmp_path / "out"
    options = ["--model", str(model), "--engine", "torch", "--device", "cpu", "--threads", "1"]
    return ["predict", str(photos), "-o", str(out), *options]


def test_it_writes_probabilities_and_masks_at_the_cards_threshold(arguments, tmp_path, capsys):
    assert main([*arguments, "--masks"]) == 0
    for name in "ab":
        codes = np.asarray(Image.open(tmp_path / "out" / f"{name}.png"))
        assert codes.dtype.kind in "iu"
        assert codes.shape == (50, 80)
        mask = np.asarray(Image.open(tmp_path / "out" / f"{name}_mask.png"))
        np.testing.assert_array_equal(mask, np.where(codes / 65535 >= 0.3, 255, 0))
    shown = capsys.readouterr()
    assert shown.out.startswith("2 predicted; see ")
    assert "Engine torch, as asked for." in shown.err


def test_json_says_what_was_done_and_a_bad_file_fails_alone(arguments, photos, capsys):
    (photos / "bad.png").write_bytes(b"no picture")
    assert main([*arguments, "--json", "--npz", "--fast"]) == 1
    table = json.loads(capsys.readouterr().out)
    assert [each["files"] for each in table["predicted"]] == [["a.npz"], ["b.npz"]]
    assert [each["image"] for each in table["failed"]] == [str(photos / "bad.png")]
    assert (table["engine"], table["model"]) == ("torch", "small")
    assert main([*arguments, "--json", "--npz", "--fast"]) == 1
    assert len(json.loads(capsys.readouterr().out)["kept"]) == 2


def test_parts_divide_the_images(arguments, capsys):
    names = []
    for part in ("1/2", "2/2"):
        assert main([*arguments, "--json", "--shard", part]) == 0
        names += [each["name"] for each in json.loads(capsys.readouterr().out)["predicted"]]
    assert sorted(names) == ["a", "b"]


@pytest.mark.parametrize(
    ("options", "words", "status"),
    [
        (["--shard", "3/2"], "--shard is '3/2'", 2),
        (["--shard", "two"], "must be as 1/4", 2),
        (["--tile", "32"], "too small for this model", 1),
        (["--engine", "abacus"], "no engine 'abacus'", 1),
        (["--device", "tpu"], "no device 'tpu'", 1),
        (["--model", "./nowhere"], "nowhere", 1),
        (["nowhere.png"], "nowhere.png does not exist", 1),
        (["--threshold", "2"], "threshold", 2),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(options, words, status, arguments, capsys):
    assert main([*arguments, *options]) == status
    shown = capsys.readouterr()
    assert words in shown.err
    assert "Traceback" not in shown.err
    assert not shown.out


def test_photographs_are_not_written_beside(arguments, photos, capsys):
    before = sorted(photos.iterdir())
    arguments[arguments.index("-o") + 1] = str(photos)
    assert main(arguments) == 1
    assert "would be written beside it" in capsys.readouterr().err
    assert sorted(photos.iterdir()) == before


def test_a_stop_is_told_once_and_says_how_to_go_on(arguments, monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(FolderRun, "run", interrupted)
    assert main(arguments) == 130
    told = [line for line in capsys.readouterr().err.splitlines() if "Stopped" in line]
    assert told == ["Stopped; what is done is kept, and the same command goes on."]
