"""Folders of exports under way, and those that a killed process left behind."""

import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX, PART, LOCK = ".crack-annotator-", ".part", ".lock"
PATIENCE_S = 5.0


@contextmanager
def unfinished_folder(parent: Path) -> Generator[Path, None, None]:
    """Give the name of a folder to fill; as long as it is in use, nobody takes it for a leftover.

    The system drops the lock beside it when the process ends, however it ends.
    """
    folder = parent / f"{PREFIX}{secrets.token_hex(6)}{PART}"
    path = folder.with_suffix(LOCK)
    lock = FileLock(path, timeout=PATIENCE_S, thread_local=False)
    with suppress(OSError, NotImplementedError):  # without it, a leftover would stay for good
        lock.acquire()
    try:
        yield folder
    finally:
        _drop(lock, path)


def remove_leftovers(parent: Path) -> None:
    """Remove unfinished exports in a folder whose processes live no more."""
    for path in sorted(parent.glob(f"{PREFIX}*{LOCK}")):
        lock = FileLock(path, timeout=0, thread_local=False)
        try:
            lock.acquire()
        except (Timeout, OSError, NotImplementedError):
            continue  # somebody is at it, or nobody can tell
        shutil.rmtree(path.with_suffix(PART), ignore_errors=True)
        _drop(lock, path)


def _drop(lock: FileLock, path: Path) -> None:
    """Remove the file while the lock is held, so that nobody else gets hold of it; then let go."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
    with suppress(OSError):
        lock.release()
        path.unlink(missing_ok=True)  # on Windows only now
