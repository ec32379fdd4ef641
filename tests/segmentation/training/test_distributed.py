"""Two processes against one: the same batches, the same weights."""

import importlib.util
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from segmentation.inference.engines import PredictionError
from segmentation.models import MODELS
from segmentation.training.checkpoint import load_checkpoint
from segmentation.training.distributed import SlicedBatches, Team, joined_team

pytestmark = pytest.mark.torch

SCRIPT = Path(__file__).with_name("two_processes.py")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def run_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("two_processes", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "two_processes", module)
    monkeypatch.setitem(MODELS, "plain", "two_processes")
    spec.loader.exec_module(module)
    module.run(folder)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_processes_end_where_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
    command = [sys.executable, str(SCRIPT), str(tmp_path / "two")]
    processes = [
        subprocess.Popen(
            command,
            env={**os.environ, **address, "RANK": rank, "PYTHONPATH": str(Path.cwd())},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in ("0", "1")
    ]
    errors = [process.communicate(timeout=280)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    run_alone(tmp_path / "one", monkeypatch)
    alone, together = load_checkpoint(tmp_path / "one"), load_checkpoint(tmp_path / "two")
    assert alone is not None
    assert together is not None
    for part in ("model", "average"):
        for name, tensor in alone.state[part].items():
            torch.testing.assert_close(together.state[part][name], tensor, rtol=1e-4, atol=1e-5)
    assert together.state["progress"]["n_steps"] == alone.state["progress"]["n_steps"] == 6


@pytest.mark.parametrize("size", [1, 2, 3])
def test_slices_make_up_each_batch(size: int) -> None:
    batches = [[4, 1, 7, 2, 9], [3, 0, 8]]
    slices = [list(SlicedBatches(batches, Team(rank, size))) for rank in range(size)]
    for number, batch in enumerate(batches):
        assert [index for each in slices for index in each[number]] == batch
        assert max(len(each[number]) for each in slices) <= len(batch) // size + 1


def test_a_batch_too_small_to_share_is_refused() -> None:
    with pytest.raises(ValueError, match="batch of 1 cannot be split over 2"):
        list(SlicedBatches([[5]], Team(0, 2)))


def test_alone_there_is_nothing_to_agree_on() -> None:
    with joined_team("cpu") as team:
        assert (team.rank, team.size, team.device.type) == (0, 1, "cpu")
        assert team.sums(2.0, 3.0) == team.from_first(2.0, 3.0) == (2.0, 3.0)


def test_slices_can_be_entered_in_the_middle() -> None:
    sliced = SlicedBatches([[4, 1], [3, 0], [5, 6]], Team(1, 2))
    sliced.go_to(0, 1)
    assert list(sliced) == [[0], [6]]
    assert len(sliced) == 3
    sliced.go_to(1)
    assert list(sliced) == [[1], [0], [6]]


@pytest.mark.parametrize(
    ("device", "words"), [("tpu", "choose auto, cpu"), ("cuda:99", "Choose cpu")]
)
def test_a_device_that_is_not_there_is_named(device: str, words: str) -> None:
    with (
        pytest.raises(PredictionError, match=rf"no device '{device}'.* {words}"),
        joined_team(device),
    ):
        pass
