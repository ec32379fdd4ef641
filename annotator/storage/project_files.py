"""The files of cracks in a project: named by their content, never changed, written before rows."""

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from annotator.errors import AnnotatorError
from annotator.storage.atomic import create_folder, sync_folder, write_bytes

FileKind = Literal["masks", "paths", "candidates"]
"""Folder of the project."""

_SUFFIXES: dict[FileKind, str] = {
    "masks": ".png",
    "paths": ".npz",
    "candidates": ".zip",
}
_DIGEST_LENGTH = 12
_PLAIN = re.compile(r"[0-9A-Za-z_-]{1,64}")


class DamagedFileError(Exception):
    """A file of the project that is missing or not what was written; the text is a clause."""


class CrackFiles:
    """Files below a project's folder; names are relative to it, with forward slashes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_of(self, name: str) -> Path:
        """Return where a file is."""
        return self._folder / name

    def write(self, kind: FileKind, image: int, crack: str, content: bytes) -> tuple[str, bool]:
        """Put content on the disk for good; return its name and whether the file is new."""
        name = self.name_of(kind, image, crack, content)
        path = self.path_of(name)
        with suppress(OSError):
            if path.read_bytes() == content:
                return name, False
        self._make_folder(path.parent)
        write_bytes(path, content)
        sync_folder(path.parent)
        return name, True

    def _make_folder(self, folder: Path) -> None:
        """Make a folder below the project's, its name for good too."""
        missing = [parent for parent in (folder, folder.parent) if not parent.is_dir()]
        create_folder(folder)
        for made in missing:
            sync_folder(made.parent)

    @staticmethod
    def name_of(kind: FileKind, image: int, crack: str, content: bytes) -> str:
        """Return the name of the file that holds some content of a crack."""
        # Identifiers of imported cracks may be anything.
        stem = crack if _PLAIN.fullmatch(crack) else hashlib.sha256(crack.encode()).hexdigest()[:32]
        return f"{kind}/{image}/{stem}-{_digest(content)}{_SUFFIXES[kind]}"

    def read(self, name: str) -> bytes:
        """Return the content of a file; a DamagedFileError says what is wrong with it."""
        try:
            content = self.path_of(name).read_bytes()
        except FileNotFoundError as error:
            raise DamagedFileError("the file is missing") from error
        except OSError as error:
            raise DamagedFileError(f"the file cannot be read ({error.strerror})") from error
        if Path(name).stem[-_DIGEST_LENGTH:] != _digest(content):
            raise DamagedFileError("the file is damaged" if content else "the file is empty")
        return content

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; those that cannot be removed stay as orphans for `check`."""
        for name in names:
            with suppress(OSError):
                self.path_of(name).unlink(missing_ok=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH]


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AnnotatorError(
            f"{path} cannot be read ({error.strerror or error}); check the path and the disk.",
            detail=repr(error),
        ) from error
