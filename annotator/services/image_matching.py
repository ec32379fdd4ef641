"""Finding the image of the project that a file of another tool is about, by its name."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from annotator.errors import AnnotatorError
from annotator.exporters.naming import distinct_stems
from annotator.storage.image_io import IMAGE_SUFFIXES
from annotator.storage.project_records import ImageRecord


class ImageNames:
    """The images of a project by name; case, suffix and the form of accents do not matter."""

    def __init__(self, records: Iterable[ImageRecord]) -> None:
        listed = {record.identifier: record for record in records}
        self._by_stem: defaultdict[str, list[ImageRecord]] = defaultdict(list)
        for record in listed.values():
            self._by_stem[_stem(_path(record.shown_name))].append(record)
        stems = distinct_stems({key: record.shown_name for key, record in listed.items()})
        # What exports of this project call their images.
        self._by_export = {_stem(_path(stem)): listed[key] for key, stem in stems.items()}

    def find(self, names: Sequence[str], *, is_unique: bool = True) -> ImageRecord:
        """Return the image of the first of several names that is known.

        Where a name is not unique, in the project or (``is_unique``) among the files, the folder
        must be right too. Raises AnnotatorError where nothing fits, or too much does.
        """
        for name in names:
            found = self._matches(_path(name), is_unique)
            if len(found) == 1:
                return found[0]
            if found:
                listed = ", ".join(record.shown_name for record in found[:3])
                raise AnnotatorError(
                    f"the project has {len(found)} images that it may belong to ({listed}); put it "
                    "into a folder of the same name as that of its image."
                )
        known = names[-1] if names else ""
        raise AnnotatorError(f"the project has no image called {known!r}; add that image first.")

    def _matches(self, name: PurePosixPath, is_unique: bool) -> list[ImageRecord]:
        candidates = self._by_stem.get(_stem(name), [])
        if not candidates:
            exported = self._by_export.get(_stem(name))
            return [exported] if exported else []
        if len(candidates) == 1 and is_unique:
            return candidates
        likeness = {record.identifier: _likeness(name, record) for record in candidates}
        best = max(likeness.values())
        chosen = [record for record in candidates if likeness[record.identifier] == best]
        return chosen if best[0] or is_unique else []


def _path(name: str) -> PurePosixPath:
    text = unicodedata.normalize("NFC", name).casefold().replace("\\", "/")
    return PurePosixPath(*(part for part in text.split("/") if part not in {"", ".", ".."}))


def _stem(path: PurePosixPath) -> str:
    """Return a name without the suffix of an image; what else follows a dot belongs to it."""
    return path.stem if path.suffix in IMAGE_SUFFIXES else path.name


def _likeness(name: PurePosixPath, record: ImageRecord) -> tuple[int, bool, bool]:
    """Return how many folders agree, from the file up, whether all do, and the suffix does."""
    other = _path(record.shown_name)
    mine, theirs = name.parent.parts, other.parent.parts
    n_equal = next(
        (
            index
            for index, pair in enumerate(zip(reversed(mine), reversed(theirs), strict=False))
            if pair[0] != pair[1]
        ),
        min(len(mine), len(theirs)),
    )
    if not mine and not theirs:  # both at the top
        n_equal = 1
    return n_equal, mine == theirs, name.name == other.name
