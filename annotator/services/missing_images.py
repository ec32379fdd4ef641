"""Finding the images of a project again after they were moved: by name, size and content."""

import os
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from annotator.errors import AnnotatorError, JobCancelled
from annotator.storage.project_store import ImageRecord, ProjectStore, hash_file


@dataclass(frozen=True, slots=True)
class LocatedImages:
    """How many images were found, and a sentence for each that was not."""

    n_found: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Files of a folder and those below it, by name and by size in bytes."""

    by_name: dict[str, list[Path]]
    by_size: dict[int, list[Path]]


def locate_missing(
    store: ProjectStore,
    folder: Path,
    report: Callable[[str, float], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> LocatedImages:
    """Look for the missing images in a folder and below it, and note where they are.

    A file is taken where its name and size agree, and its SHA-256 where that is known; with a
    SHA-256 it may have another name. Two files that fit equally well are both refused.
    """
    missing = [record for record in store.images() if record.is_missing]
    candidates = _candidates(folder) if missing else _Candidates({}, {})
    found: dict[int, Path] = {}
    problems: list[str] = []
    for number, record in enumerate(missing):
        if is_cancelled is not None and is_cancelled():
            raise JobCancelled
        if report is not None:
            report(record.shown_name, number / len(missing))
        path, problem = _match(record, candidates)
        if path is not None:
            found[record.identifier] = path
        problems += [problem] if problem else []
    if found:
        store.locate_all(found)
        _move_images_folder(store, missing, found)
    return LocatedImages(len(found), tuple(problems))


def _candidates(folder: Path) -> _Candidates:
    candidates = _Candidates({}, {})
    for path in _files_below(folder):
        candidates.by_name.setdefault(_key(path.name), []).append(path)
        candidates.by_size.setdefault(path.stat().st_size, []).append(path)
    return candidates


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and ".crackproj" not in f)
        yield from (Path(parent, name) for name in sorted(names) if Path(parent, name).is_file())


def _key(name: str) -> str:
    # Systems differ in how they write accents, and users in how they write suffixes.
    return unicodedata.normalize("NFC", name).casefold()


def _match(record: ImageRecord, candidates: _Candidates) -> tuple[Path | None, str]:
    name = record.shown_name
    named = candidates.by_name.get(_key(Path(record.path).name), [])
    sized = candidates.by_size.get(record.byte_size, [])
    fitting = [path for path in named if path in sized]
    if record.sha256:
        # Those of the right name first: hashing reads whole files.
        ordered = [*fitting, *(path for path in sized if path not in fitting)]
        path = next((path for path in ordered if _digest(path) == record.sha256), None)
        if path is not None:
            return path, ""
    elif fitting:
        best = _nearest(name, fitting)
        if len(best) == 1 or len({_digest(path) for path in best}) == 1:
            return best[0], ""
        places = ", ".join(str(path.parent) for path in best)
        return None, f"{name} could be in any of {places}; choose a folder that holds only one."
    if named:
        return None, f"{named[0]} has the name of {name} but other content; it was not taken."
    return None, f"{name} was not found."


def _digest(path: Path) -> str:
    try:
        return hash_file(path)
    except AnnotatorError:
        return ""  # what cannot be read is not the file that is looked for


def _nearest(name: str, paths: list[Path]) -> list[Path]:
    """Return the paths that end like the name shown, for as many folders as any does."""
    parts = name.split("/")[::-1]

    def n_equal(path: Path) -> int:
        pairs = zip(parts, path.parts[::-1], strict=False)
        return next((n for n, (one, other) in enumerate(pairs) if _key(one) != _key(other)), 99)

    most = max(map(n_equal, paths))
    return [path for path in paths if n_equal(path) == most]


def _move_images_folder(
    store: ProjectStore, missing: list[ImageRecord], found: dict[int, Path]
) -> None:
    """Have new images looked for where the others are now, if their old folder is gone."""
    old = store.images_folder
    if old is None or old.is_dir():
        return
    names = {record.identifier: record.shown_name for record in missing}
    for identifier, path in found.items():
        n_parts = names[identifier].count("/") + 1
        if path.as_posix().endswith(f"/{names[identifier]}"):
            store.move_images_folder(path.parents[n_parts - 1])
            return
