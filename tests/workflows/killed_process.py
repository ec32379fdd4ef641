"""Starts the program in a process of its own, ends it, and compares the project with its log."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from annotator.services.project_check import check_project
from annotator.storage.project_store import ProjectStore
from tests.workflows.session_process import content_digest

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE_S = 90.0


class Process:
    """The program, playing a session; everything of the user is in a folder of the test."""

    def __init__(self, root: Path, folder: Path, name: str, *options: object) -> None:
        self._log = root / f"{name}.log"
        self._output = root / f"{name}.txt"
        homes = {f"XDG_{kind}_HOME": str(root / kind) for kind in ("CONFIG", "CACHE", "DATA")}
        command = [sys.executable, "-m", "tests.workflows.session_process", folder, self._log]
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [str(part) for part in (*command, *options)],
                cwd=REPOSITORY,
                env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | homes,
                stdout=output,
                stderr=output,
            )

    @property
    def lines(self) -> list[dict]:
        """What it did so far."""
        text = self._log.read_text() if self._log.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    @property
    def output(self) -> str:
        """What it wrote for a human."""
        return self._output.read_text(errors="replace")

    def wait_for(self, what: str, number: int = 1) -> None:
        """Wait until something is in the log so many times."""
        self.wait_until(lambda: sum(line["what"] == what for line in self.lines) >= number)

    def wait_until(self, condition) -> None:
        """Wait until a condition holds, while it runs."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert self._process.poll() is None, self.output
            assert time.monotonic() < end, self.output
            time.sleep(0.01)

    def kill(self) -> None:
        """End it at once, as kill -9 does."""
        assert self._process.poll() is None, self.output
        self._process.kill()
        self._process.wait()

    def wait(self) -> int:
        """Wait until it ends by itself; return the exit status."""
        return self._process.wait(PATIENCE_S)

    def end(self, number: signal.Signals) -> int:
        """Ask it to end, as a system does that shuts down; return the exit status."""
        self._process.send_signal(number)
        return self.wait()


@dataclass(frozen=True)
class Loss:
    """What a project does not hold of the edits of a process."""

    n_edits: int
    n_lost: int
    seconds: float
    """Age of the oldest edit that was lost when the last line was written."""


def find_loss(project: Path, lines: list[dict], before: dict[int, str]) -> Loss:
    """Compare a project with the log of its process; anything but lost last edits is an error.

    ``before`` holds the digest of each image when the process opened the project.
    """
    n_edits, lost = 0, []
    for image, recovered in digests_in(project).items():
        own = [line for line in lines if line.get("image") == image]
        edits = [line for line in own if line["what"] == "edit"]
        saved = [line["digest"] for line in own if line["what"] == "save"]
        shown = [line["digest"] for line in own if line["what"] == "shown"]
        states = [before[image], *(line["digest"] for line in edits)]
        assert shown in ([], [before[image]]), "the window showed something else"
        assert recovered in states, "the project holds a state that never was"
        newest = len(states) - 1 - states[::-1].index(recovered)
        acknowledged = _last_index(states, saved)
        assert newest >= acknowledged, "what was reported as saved is lost"
        n_edits += len(edits)
        lost += [line["at"] for line in edits[newest:]]
    age = lines[-1]["at"] - min(lost) if lost else 0.0
    return Loss(n_edits, len(lost), age)


def _last_index(states: list[str], saved: list[str]) -> int:
    """Return which state was acknowledged last; saves come in the order of the edits."""
    index = 0
    for digest in saved:
        index = states.index(digest, index)
    return index


def digests_in(project: Path) -> dict[int, str]:
    """Return the digest of each image, read by a project that is opened for writing."""
    with ProjectStore.open(project, author="Anna") as store:
        assert store.damages == []
        loaded = {record.identifier: store.load(record.identifier) for record in store.images()}
    assert all(damages == [] for _, damages in loaded.values())
    return {image: content_digest(content) for image, (content, _) in loaded.items()}


def tidy_up(project: Path) -> list[str]:
    """Repair a project; return what was wrong with it, which may only be files left over."""
    found = check_project(project, author="Anna", is_repairing=True).findings
    assert check_project(project, author="Anna").findings == []
    return [finding.text for finding in found]
