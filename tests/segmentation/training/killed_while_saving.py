"""Start processes that do nothing but save, kill each, and look whether a whole one is left."""

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from segmentation.training.checkpoint import load_checkpoint, remove_unfinished, save_checkpoint

SIZE = 300_000


def save_for_ever(folder: Path, number: int) -> None:
    while True:
        number += 1
        save_checkpoint(folder, "last", {"number": number, "x": torch.full((SIZE,), number)})


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    save_checkpoint(folder, "last", {"number": 0, "x": torch.zeros(SIZE, dtype=torch.int64)})
    number = 0
    for _round in range(8):
        child = os.fork()
        if not child:
            save_for_ever(folder, number)
        time.sleep(random.uniform(0.03, 0.12))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found = load_checkpoint(folder)
        assert found is not None
        assert not found.passed_over
        assert found.state["number"] >= number
        number = found.state["number"]
        assert found.state["x"].eq(number).all()
    remove_unfinished(folder)
    left = {path.name for path in (folder / "checkpoints").iterdir()}
    assert len(left) <= 3, left
    print("saved", number)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
