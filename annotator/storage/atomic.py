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


def write_bytes(path: Path, content: bytes) -> None:
    """Write content that is at hand, as `write_atomically` does."""

    def fill(file: BinaryIO) -> None:
        file.write(content)

    write_atomically(path, fill)


def replace_for_good(temporary: Path, path: Path) -> None:
    """Put a finished file of the same folder in the place of ``path``, and both on the disk."""
    try:
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        kind = DiskFullError if error.errno in _DISK_FULL else AnnotatorError
        raise kind(_sentence(path, error), detail=repr(error)) from error
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk too, where the system knows such a thing."""
    if os.name == "nt":
        return
    with suppress(OSError):  # some network drives refuse
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def temporary_beside(path: Path) -> Path:
    """Return a name for a file that is to take the place of ``path`` when it is finished."""
    # Short, so that a long name stays legal, and with a dot, so that no listing picks it up.
    return path.with_name(f".crack-annotator-{secrets.token_hex(6)}.part")


def _check_target(path: Path, target: Path) -> None:
    if target.is_dir():
        raise AnnotatorError(f"{path} is a folder; choose a file name to save to.")
    if target.exists() and not os.access(target, os.W_OK):
        # os.replace would silently overwrite a write-protected file on POSIX, and fail on Windows.
        raise AnnotatorError(f"{path} is write-protected; save under another name.")


def _replace(target: Path, writer: Callable[[BinaryIO], None]) -> None:
    temporary = temporary_beside(target)
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


def is_disk_full(error: OSError) -> bool:
    """Tell whether a write failed for want of space, quotas included."""
    return error.errno in _DISK_FULL


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
