"""A training as a process of its own: started, followed by its log, stopped, found again.

The process outlives the window. What it says is in files of its folder: while it holds a lock it
runs; a file asks it to stop; its log says how far it is.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from filelock import FileLock, Timeout

from annotator.errors import AnnotatorError
from annotator.services.training_folder import TRAINING
from annotator.services.training_log import EVENTS, Point, TrainingLog
from annotator.storage.atomic import write_bytes

Phase = Literal["starting", "running", "pausing", "paused", "interrupted", "failed", "made"]
"""Where a run is. Interrupted is one whose process ended without a word, as by a crash."""

LIVE: Final[tuple[Phase, ...]] = ("starting", "running", "pausing")
STARTING_S: Final = 30.0
"""So long after its start a process that has no lock yet is taken to be loading."""
OUTPUT: Final = "output.txt"
MODEL: Final = "model"
ABANDONED_S: Final = 3600.0
"""A folder that was not filled within this time was left by a window that was killed."""
LAUNCH: Final = "launched.json"
DISCARDED: Final = "discarded"
"""File that says that a run is to be removed as soon as no process works on it."""
_LAST_WORDS: Final = 2000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, as its log says.

    Attributes
    ----------
    phase
        Where it is.
    text
        What it does, or why it failed.
    share
        Of all steps that are done; -1 not known.
    eta_s
        Seconds until the end; -1 not known.
    """

    phase: Phase
    text: str = ""
    share: float = -1.0
    eta_s: float = -1.0


@dataclass(frozen=True, slots=True)
class TrainingView:
    """What is known of a run at a moment; `TrainingLog` says what the fields are."""

    folder: Path
    progress: Progress
    losses: tuple[Point, ...] = ()
    epochs: tuple[tuple[int, dict[str, float]], ...] = ()
    samples: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()
    device: str = ""
    n_steps: int = 0
    n_planned: int = 0

    @property
    def is_live(self) -> bool:
        """Whether a process works on it."""
        return self.progress.phase in LIVE


class TrainingRun:
    """One training of a project and its process, if it has one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = TrainingLog(folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def model(self) -> Path:
        """Folder of the model that comes out of it."""
        return self.folder / MODEL

    def start(self, *, gives_way: bool = True) -> None:
        """Start a process that begins, or goes on; an AnnotatorError says why it cannot.

        Where it gives way, the window and other programs go first.
        """
        from segmentation.training.assignment import STOP

        if self.is_alive():
            raise AnnotatorError("This training runs already.")
        try:
            (self.folder / STOP).unlink(missing_ok=True)
            self._process = _started(self.folder, gives_way=gives_way)
        except OSError as error:
            reason = error.strerror or str(error)
            raise AnnotatorError(
                f"The training could not be started ({reason}); close other programs and try again."
            ) from error
        note = {"pid": self._process.pid, "at": time.time()}
        write_bytes(self.folder / LAUNCH, json.dumps(note).encode())

    def stop(self) -> None:
        """Ask the process to end after the step in progress; `start` goes on."""
        from segmentation.training.assignment import STOP

        write_bytes(self.folder / STOP, b"")

    def discard(self) -> None:
        """Have the process end, and the folder removed once nothing works on it."""
        write_bytes(self.folder / DISCARDED, b"")
        self.stop()
        self.sweep()

    @property
    def is_discarded(self) -> bool:
        """Whether the folder is to be removed."""
        return (self.folder / DISCARDED).exists()

    def sweep(self) -> bool:
        """Remove the folder if it was discarded and nothing works on it; tell whether it is gone.

        The note that it was discarded goes last, so that a removal that is broken off is taken up.
        """
        if not self.folder.exists():
            return True
        if not self.is_discarded or self.is_alive():
            return False
        for path in self.folder.iterdir():
            if path.name == DISCARDED:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)
        return not self.folder.exists()

    def is_alive(self) -> bool:
        """Tell whether a process works on it or is just being started."""
        return self._is_locked() or self._is_starting()

    def view(self) -> "TrainingView":
        """Return all that is to be shown, as it is now."""
        progress = self.progress()
        log = self.log
        return TrainingView(
            self.folder,
            progress,
            tuple(log.losses),
            tuple(log.epochs),
            tuple(log.samples),
            tuple(log.warnings),
            log.device,
            log.n_steps,
            log.n_planned,
        )

    def progress(self) -> Progress:
        """Return how far it is, after reading on in the log."""
        from segmentation.training.assignment import STOP

        is_locked = self._is_locked()  # before the log: what it says last is then there
        is_starting = not is_locked and self._is_starting()
        log = self.log
        log.read_on()
        share = log.n_steps / log.n_planned if log.n_planned else -1.0
        if is_locked or is_starting:
            is_asked = (self.folder / STOP).exists()
            phase: Phase = "pausing" if is_asked else "running" if is_locked else "starting"
            return Progress(phase, log.text, share, log.eta_s if is_locked else -1.0)
        if log.ended == "made":
            return Progress("made", "", 1.0, 0.0)
        if log.ended == "failed":
            return Progress("failed", log.text, share)
        if (self.folder / STOP).exists():
            return Progress("paused", "", share)
        return Progress("interrupted", self.last_words(), share)

    def last_words(self) -> str:
        """Return the end of what the process wrote for humans."""
        try:
            return (self.folder / OUTPUT).read_bytes()[-_LAST_WORDS:].decode(errors="replace")
        except OSError:
            return ""

    def wait(self, timeout_s: float) -> bool:
        """Wait until the process that was started here has ended; tell whether it has."""
        if self._process is None:
            return True
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        return self._process.poll() is not None

    def _is_locked(self) -> bool:
        from segmentation.training.assignment import LOCK

        path = self.folder / LOCK
        if not path.exists():
            return False
        lock = FileLock(path, timeout=0)
        try:
            with lock:
                return False
        except Timeout:
            return True
        except OSError:  # it may be read-only here
            return False

    def _is_starting(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        try:
            note = json.loads((self.folder / LAUNCH).read_bytes())
            is_recent = 0.0 <= time.time() - float(note["at"]) < STARTING_S
            return is_recent and not self._has_spoken(note) and _exists(int(note["pid"]))
        except (OSError, ValueError, TypeError, KeyError):
            return False

    def _has_spoken(self, note: dict[str, Any]) -> bool:
        """Tell whether the log was written since the start: then the lock says all."""
        try:
            return (self.folder / EVENTS).stat().st_mtime > float(note["at"])
        except OSError:
            return False


def find_runs(project: Path) -> list[TrainingRun]:
    """Return the trainings of a project that were begun and not yet concluded, the newest first.

    Those that were discarded are removed, and those that were given up while they were prepared.
    """
    folder = project / TRAINING
    if not folder.is_dir():
        return []
    from segmentation.training.assignment import ASSIGNMENT

    runs: list[TrainingRun] = []
    for path in sorted(folder.iterdir(), reverse=True):
        run = TrainingRun(path)
        if run.is_discarded:
            run.sweep()
        elif (path / ASSIGNMENT).is_file():
            runs.append(run)
        elif time.time() - path.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(path, ignore_errors=True)
    return runs


def _exists(pid: int) -> bool:
    """Tell whether there may be a process of that number."""
    if os.name == "nt":
        return True  # asking would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is somebody else's
    return True


_children: Final["list[subprocess.Popen[bytes]]"] = []
"""Processes that were started here, also those that nobody follows any more."""


def _started(folder: Path, *, gives_way: bool) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "segmentation", "retrain", str(folder)]
    command += ["--gives-way"] * gives_way
    # Threads that wait for each other spin by default, which costs most where others work too.
    calm = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0", "GOMP_SPINCOUNT": "0"}
    flags = 0
    if os.name == "nt":
        names = ("DETACHED_PROCESS", "CREATE_NEW_PROCESS_GROUP")
        flags = sum(int(getattr(subprocess, name)) for name in names)
    with (folder / OUTPUT).open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=os.name != "nt",
            creationflags=flags,
            env=calm | os.environ,
        )
    _children[:] = [child for child in _children if child.poll() is None]
    _children.append(process)
    return process
