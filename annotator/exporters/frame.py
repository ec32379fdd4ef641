"""What all exports share: a fresh folder that appears whole, checked, or not at all.

An exporter is an `Export` with two methods, which `export_with` makes a function of. The first
writes through an `ExportRun`; the second reads back what only the exporter can judge. In between
every file is compared with what was written::

    export_x = export_with(_X)
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from annotator.errors import AnnotatorError, DiskFullError, JobCancelled
from annotator.exporters.unfinished import remove_leftovers, unfinished_folder
from annotator.storage.atomic import create_folder, is_disk_full, sync_folder
from annotator.storage.project_store import ProjectStore, hash_file

ReportProgress = Callable[[float, str], None]
IsCancelled = Callable[[], bool]
Buffer = bytes | bytearray | memoryview
Options = TypeVar("Options")

_CHUNK = 1 << 20
_REASONS = 5
"""So many of them are told where nothing can be exported at all."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """An export that can be chosen: its name in a dialog, its options, and what does it."""

    title: str
    options: type[Any]
    """A frozen dataclass with a default for everything."""
    export: "ExportFunction[Any]"


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export did. ``failures`` names what is not in it; ``listed`` what to know of it."""

    target: Path
    n_images: int
    n_files: int
    counts: dict[str, int] = field(default_factory=dict[str, int])
    listed: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    is_verified: bool = True
    """Everything in the folder was read back and is what the project holds."""


ExportFunction = Callable[[ProjectStore, Path, Options, ReportProgress, IsCancelled], ExportReport]
"""Exports a project to a folder."""


class ExportRun:
    """An export under way: writes files, remembers their digests, collects the report.

    An OSError of a write ends the export; an AnnotatorError of one image (`fail`) does not.
    """

    def __init__(self, folder: Path, report: ReportProgress, is_cancelled: IsCancelled) -> None:
        self.folder = folder
        self.n_images = 0
        self.counts: dict[str, int] = {}
        self.listed: list[str] = []
        self.failures: list[str] = []
        self.is_verified = True
        self.digests: dict[str, str] = {}
        """Relative name of each file written, to the SHA-256 of its bytes."""
        self._report = report
        self._is_cancelled = is_cancelled
        self._span = (0.0, 1.0)

    def stage(self, start: float, end: float) -> None:
        """Let `progress` run from 0 to 1 between two fractions of the whole."""
        self._span = (start, end)

    def progress(self, fraction: float, text: str) -> None:
        """Report a fraction of the stage; raises JobCancelled when the export is to stop."""
        self.check_cancelled()
        start, end = self._span
        self._report(start + (end - start) * min(max(fraction, 0.0), 1.0), text)

    def check_cancelled(self) -> None:
        """Raise JobCancelled when the export is to stop."""
        if self._is_cancelled():
            raise JobCancelled

    def count(self, what: str, n: int = 1) -> None:
        """Add to a number of the report."""
        self.counts[what] = self.counts.get(what, 0) + n

    def fail(self, text: str) -> None:
        """Note a sentence about something that could not be exported."""
        self.failures.append(text)

    def mismatch(self, text: str) -> None:
        """Note a sentence about something in the folder that is not what it should be."""
        self.failures.append(text)
        self.is_verified = False

    def write(self, name: str, data: Buffer | str) -> str:
        """Write a file of the export, named with forward slashes; return its SHA-256."""
        path = self._claim(name)
        encoded = data.encode() if isinstance(data, str) else data
        path.write_bytes(encoded)
        self.digests[name] = hashlib.sha256(encoded).hexdigest()
        return self.digests[name]

    def copy(self, name: str, source: Path) -> str:
        """Copy a file byte for byte; return its SHA-256. Raises AnnotatorError if unreadable."""
        path = self._claim(name)
        digest = hashlib.sha256()
        try:
            with path.open("wb") as file:
                for chunk in _chunks(source):
                    self.check_cancelled()
                    file.write(chunk)
                    digest.update(chunk)
        except AnnotatorError:
            path.unlink(missing_ok=True)
            raise
        self.digests[name] = digest.hexdigest()
        return self.digests[name]

    def take_back(self, name: str) -> None:
        """Remove a file written before, as when its partner could not be made."""
        (self.folder / name).unlink(missing_ok=True)
        self.digests.pop(name, None)

    def check_files(self) -> None:
        """Compare every file on disk with what was written, and find files nobody wrote."""
        for index, (name, digest) in enumerate(self.digests.items()):
            self.progress(index / len(self.digests), "Reading back")
            path = self.folder / name
            if not path.is_file() or sha256_of(path) != digest:
                self.mismatch(f"{name} is not on disk as it was written; export again.")
        found = {
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file()
        }
        for name in sorted(found - self.digests.keys()):
            self.mismatch(f"{name} is in the export but was not written by it; export again.")

    def _claim(self, name: str) -> Path:
        if name in self.digests:
            raise ValueError(f"{name} is written twice")
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


class Export(Protocol):
    """An export under way."""

    def write(self, run: ExportRun) -> None:
        """Write all files."""
        ...

    def verify(self, run: ExportRun) -> None:
        """Read them back and note what they do not hold."""
        ...


def export_with(make: Callable[[ProjectStore, Options], Export]) -> ExportFunction[Options]:
    """Return the function that runs such exports; it refuses the project's own folders."""

    def export(
        store: ProjectStore,
        target: Path,
        options: Options,
        report: ReportProgress,
        is_cancelled: IsCancelled,
    ) -> ExportReport:
        refuse_target(target, store)
        made = make(store, options)
        return run_export(target, made.write, made.verify, report, is_cancelled)

    return export


def run_export(
    target: Path,
    write: Callable[[ExportRun], None],
    verify: Callable[[ExportRun], None],
    report: ReportProgress,
    is_cancelled: IsCancelled,
) -> ExportReport:
    """Write, read back and only then put the folder in the place of ``target``.

    On an error, or when cancelled (JobCancelled), nothing of the export is left.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100 - a link keeps being a link
    _check_target(target)
    made = _missing_parents(target)
    run = ExportRun(target.parent, report, is_cancelled)
    is_done = False
    try:
        create_folder(target.parent)
        remove_leftovers(target.parent)
        with unfinished_folder(target.parent) as temporary:
            run.folder = temporary
            _write_in_place(run, target, write, verify)
        is_done = True
    except OSError as error:
        kind = DiskFullError if is_disk_full(error) else AnnotatorError
        raise kind(_sentence(target, error), detail=repr(error)) from error
    finally:
        if not is_done:
            _remove_parents(made)
    report(1.0, "Exported")
    return ExportReport(
        target, run.n_images, len(run.digests), run.counts,
        tuple(run.listed), tuple(run.failures), run.is_verified,
    )  # fmt: skip


def refuse_target(target: Path, store: ProjectStore) -> None:
    """Raise an AnnotatorError for a target in the project or among the photographs.

    Photographs and what is made of them stay apart: their folders are never written to.
    """
    goal = Path(os.path.realpath(target))
    folders = {record.path.parent: "photographs" for record in store.images()}
    if store.images_folder is not None:
        folders[store.images_folder] = "photographs"
    for folder, what in {**folders, store.folder: "project"}.items():
        real = Path(os.path.realpath(folder))
        if goal == real or real in goal.parents:
            raise AnnotatorError(
                f"{target} lies inside the folder of the {what}, {folder}; export to a folder "
                "outside of it."
            )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file; raises AnnotatorError where it cannot be read."""
    try:
        return hash_file(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def _chunks(source: Path) -> Iterator[bytes]:
    try:
        with source.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise _unreadable(source, error) from error


def _unreadable(path: Path, error: OSError) -> AnnotatorError:
    return AnnotatorError(
        f"{path} cannot be read ({error.strerror or error}); check that it is there.",
        detail=repr(error),
    )


def _fill(
    run: ExportRun, write: Callable[[ExportRun], None], verify: Callable[[ExportRun], None]
) -> None:
    run.stage(0.0, 0.7)
    write(run)
    if not run.n_images:
        reasons = [*run.failures, *run.listed] or ["There are no annotated images."]
        raise AnnotatorError(f"There is nothing to export. {' '.join(reasons[:_REASONS])}")
    run.stage(0.7, 0.8)
    run.check_files()
    run.stage(0.8, 1.0)
    verify(run)
    run.check_cancelled()


def _check_target(target: Path) -> None:
    try:
        is_folder, is_there = target.is_dir(), target.exists()
        is_empty = not is_folder or next(target.iterdir(), None) is None
    except OSError as error:
        raise AnnotatorError(_sentence(target, error), detail=repr(error)) from error
    if is_there and not is_folder:
        raise AnnotatorError(f"{target} is a file; an export needs a new folder.")
    if not is_empty:
        raise AnnotatorError(
            f"{target} is not empty; an export needs a new folder, so choose another name."
        )


def _missing_parents(target: Path) -> list[Path]:
    """Return the folders above a target that are not there, the innermost first."""
    return [folder for folder in target.parents if not folder.exists()]


def _write_in_place(
    run: ExportRun,
    target: Path,
    write: Callable[[ExportRun], None],
    verify: Callable[[ExportRun], None],
) -> None:
    """Fill the folder of a run and rename it; where that fails, nothing of it stays."""
    try:
        run.folder.mkdir()
        _fill(run, write, verify)
        _put_in_place(run.folder, target)
    except BaseException:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise


def _put_in_place(temporary: Path, target: Path) -> None:
    if hasattr(os, "sync"):
        os.sync()  # once for all files, so that a power cut does not leave a folder of empty ones
    if target.is_dir():
        target.rmdir()  # empty; Windows does not rename onto a folder
    temporary.replace(target)
    sync_folder(target.parent)


def _remove_parents(made: list[Path]) -> None:
    for folder in made:
        try:
            folder.rmdir()
        except OSError:
            return  # not made, or not empty any more


def _sentence(target: Path, error: OSError) -> str:
    if is_disk_full(error):
        return (
            f"The disk is full: nothing was exported to {target}; free some space or choose "
            "another disk."
        )
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return (
            f"Nothing was exported to {target}: writing to {target.parent} is not permitted; "
            "choose another folder."
        )
    return f"Nothing was exported to {target} ({error.strerror or error}); choose another folder."
