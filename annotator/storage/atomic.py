"""Writing a file so that a failure at any moment leaves the previous version in place."""

import errno
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from annotator.errors import AnnotatorError, DiskFullError

_DISK_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}


def write_atomically(path: Path, writer: Callable[[BinaryIO], None]) -> None:
    """Let ``writer`` fill a temporary file beside ``path``, then put it in the place of ``path``.

    On any failure, KeyboardInterrupt included, the temporary file is removed and an earlier file at
    ``path`` stays as it was; an OSError is raised as an AnnotatorError that says what to do.
    """
    try:
        # A link keeps being a link: what it points to is replaced.
        target = Path(os.path.realpath(path))
        _check_target(path, target)
        _replace(target, writer)
    except OSError as error:
        kind = DiskFullError if error.errno in _DISK_FULL else AnnotatorError
        raise kind(_sentence(path, error), detail=repr(error)) from error


def _check_target(path: Path, target: Path) -> None:
    if target.is_dir():
        raise AnnotatorError(f"{path} is a folder; choose a file name to save to.")
    if target.exists() and not os.access(target, os.W_OK):
        # os.replace would silently overwrite a write-protected file on POSIX, and fail on Windows.
        raise AnnotatorError(f"{path} is write-protected; save under another name.")


def _replace(target: Path, writer: Callable[[BinaryIO], None]) -> None:
    # Short, so that a long name stays legal, and with a dot, so that no listing picks it up.
    temporary = target.with_name(f".crack-annotator-{secrets.token_hex(6)}.part")
    try:
        with temporary.open("xb") as file:
            writer(file)
            file.flush()
            os.fsync(file.fileno())
        # Closed first: Windows does not rename open files.
        temporary.replace(target)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def create_folder(folder: Path) -> None:
    """Create a folder and its parents if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise AnnotatorError(f"{folder} is a file; choose a folder.") from error
    except OSError as error:
        raise AnnotatorError(
            f"The folder {folder} cannot be created ({_reason(error)}); choose another one.",
            detail=repr(error),
        ) from error


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def _sentence(path: Path, error: OSError) -> str:
    folder = path.parent
    if error.errno == errno.ENAMETOOLONG:
        return f"{path} was not saved: the name is too long; choose a shorter one."
    if error.errno in _DISK_FULL:
        return (
            f"The disk is full: {path} was not saved and an earlier version of it is unchanged; "
            "free some space or save elsewhere."
        )
    if not folder.is_dir():
        return f"{path} was not saved: the folder {folder} does not exist; create it first."
    if error.errno in _READ_ONLY:
        return (
            f"{path} was not saved: writing to the folder {folder} is not permitted (it is "
            "read-only or the file is open in another program); save to another folder."
        )
    return f"{path} was not saved ({_reason(error)}); an earlier version of it is unchanged."
