"""Files and folders that are either there as a whole or not at all, also after a power cut."""

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

_DISK_FULL: Final = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
PART_PREFIX: Final = ".part-"
"""Begins the names of what is not finished; whoever finds it later may remove it."""


class NotSavedError(Exception):
    """Something was not written; the message says what, where, and what to do."""


def write_file(path: Path, content: bytes) -> None:
    """Put a file in its place at once; an earlier one stays as it was if that fails.

    Parameters
    ----------
    path
        Its folder is created.
    content
        All of it.

    Raises
    ------
    NotSavedError
        The disk is full, or writing is not permitted.
    """
    temporary = _unfinished(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise _explained(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_folder(path: Path, writers: Mapping[str, Callable[[Path], None]]) -> None:
    """Put a folder of files in its place at once.

    Parameters
    ----------
    path
        Must not exist yet; its parent is created.
    writers
        For each file's name what writes it to the path that it is given, in this order.

    Raises
    ------
    NotSavedError
        The disk is full, or writing is not permitted; nothing is left behind.
    """
    temporary = _unfinished(path)
    try:
        temporary.mkdir(parents=True)
        for name, writer in writers.items():
            writer(temporary / name)
            _sync(temporary / name)
        _sync(temporary)
        temporary.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise _explained(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{PART_PREFIX}{secrets.token_hex(6)}")


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        if path.is_file():  # some network drives refuse to do it for folders
            raise
    finally:
        os.close(descriptor)


def _explained(path: Path, error: OSError) -> NotSavedError:
    if error.errno in _DISK_FULL:
        return NotSavedError(
            f"The disk is full: {path} was not saved and what was there before is unchanged; "
            "free some space."
        )
    reason = error.strerror or str(error) or type(error).__name__
    return NotSavedError(
        f"{path} was not saved ({reason}); what was there before is unchanged. Check that the "
        f"folder {path.parent} exists and may be written to."
    )
