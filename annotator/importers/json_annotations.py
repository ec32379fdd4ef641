"""Formats with a JSON file for each image: what finding them has in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from annotator.errors import AnnotatorError, defect_text
from annotator.importers.annotation import Annotation, Found, Unreadable, repeated
from annotator.importers.json_files import read_json


@dataclass(frozen=True, slots=True)
class JsonFile:
    """A file of a format, read."""

    file: Path
    relative: PurePosixPath
    """Path within the folder that is imported."""
    value: dict[str, Any]

    def names(self, stated: Any) -> tuple[str, ...]:
        """Return the name that the file states for its image, if any, then the file's own."""
        own = str(self.relative.with_suffix(""))
        return (stated.replace("\\", "/"), own) if stated and isinstance(stated, str) else (own,)

    def beside(self, name: Any) -> Any:
        """Return the name of a file beside this one with the folder that both are in."""
        return f"{self.relative.parent}/{name}" if isinstance(name, str) else name


def annotations_in(
    path: Path,
    files: Sequence[Path],
    refusal: Callable[[Any], str],
    annotate: Callable[[JsonFile], Annotation],
) -> Found:
    """Yield the annotation of each file; ``refusal`` says why one is not of the format, or "".

    ``annotate`` need not care for the names of the other files.
    """
    twice = repeated(file.stem for file in files)
    for index, file in enumerate(files):
        try:
            value = read_json(file)
            if text := refusal(value):
                raise AnnotatorError(f"{file} {text}")
            name = file.name if file == path else file.relative_to(path).as_posix()
            annotation = annotate(JsonFile(file, PurePosixPath(name), value))
        except AnnotatorError as error:
            yield Unreadable(file, error.text)
            continue
        except Exception as error:  # noqa: BLE001 - one file's defect must not cost the others
            yield Unreadable(file, defect_text(error))
            continue
        yield replace(
            annotation,
            is_name_unique=file.stem.casefold() not in twice,
            fraction=index / len(files),
        )
