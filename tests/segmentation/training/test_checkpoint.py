"""Checkpoints: what goes in comes out, and what breaks is passed over."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from segmentation.durable_files import NotSavedError, write_file
from segmentation.training import checkpoint
from segmentation.training.checkpoint import CheckpointError, load_checkpoint, save_checkpoint

pytestmark = pytest.mark.torch

STATE = {
    "numbers": {3: {"step": torch.tensor(7.0), "x": torch.arange(6).reshape(2, 3).T}},
    "rng": (3, (1, 2**40), None),
    "rate": 0.1 + 0.2,
    "names": ["a", True, 2.5],
    "empty": torch.zeros(0),
    "half": torch.tensor([1.5], dtype=torch.bfloat16),
}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "checkpoints").iterdir())


def damage(path: Path) -> None:
    tensors = path / "tensors.safetensors"
    content = bytearray(tensors.read_bytes())
    content[-1] ^= 1
    tensors.write_bytes(content)


def test_a_state_comes_back_as_it_was(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, "last", STATE)
    found = load_checkpoint(tmp_path)
    assert found is not None
    state = found.state
    assert torch.equal(state["numbers"][3]["x"], STATE["numbers"][3]["x"])
    assert state["numbers"][3]["step"].shape == ()
    assert state["half"].dtype == torch.bfloat16
    assert state["empty"].shape == (0,)
    assert {key: state[key] for key in ("rng", "rate", "names")} == {
        key: STATE[key] for key in ("rng", "rate", "names")
    }


def test_two_of_each_series_are_kept(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path) is None
    for number in range(4):
        save_checkpoint(tmp_path, "last", {"number": number})
    save_checkpoint(tmp_path, "best", {"number": 9})
    assert names(tmp_path) == ["best-000001", "last-000003", "last-000004"]
    best = load_checkpoint(tmp_path, "best")
    assert best is not None
    assert best.state == {"number": 9}


def test_damage_leads_to_the_older_one_and_is_told(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, "last", {"x": torch.ones(3)})
    newest = save_checkpoint(tmp_path, "last", {"x": torch.zeros(3)})
    damage(newest)
    found = load_checkpoint(tmp_path)
    assert found is not None
    assert found.state["x"].tolist() == [1, 1, 1]
    assert str(newest) in found.passed_over[0]
    (found.path / "state.json").write_text('{"format": 1')
    with pytest.raises(CheckpointError, match="No older one is left"):
        load_checkpoint(tmp_path)


def test_a_newer_format_is_not_guessed_at(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, "last", {}) / "state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    with pytest.raises(CheckpointError, match="newer version"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        SafetensorError("I/O error: No space left on device (os error 28)"),
    ],
)
def test_a_full_disk_leaves_the_last_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    save_checkpoint(tmp_path, "last", {"number": 1})

    def fail(_tensors: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise error

    monkeypatch.setattr(checkpoint, "save_file", fail)
    with pytest.raises(NotSavedError, match="disk is full"):
        save_checkpoint(tmp_path, "last", {"number": 2})
    assert names(tmp_path) == ["last-000001"]


def test_what_cannot_be_written_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotSavedError, match="Check that the folder"):
        write_file(tmp_path / "file" / "inner" / "x", b"")


def test_only_plain_values_are_saved(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="/odd is a set"):
        save_checkpoint(tmp_path, "last", {"odd": {1}})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no kill -9 here")
def test_killing_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    script = Path(__file__).with_name("killed_while_saving.py")
    result = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("saved")
