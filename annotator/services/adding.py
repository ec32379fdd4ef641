"""Adding photographs to a project that exists: files, or what is in folders."""

from collections.abc import Sequence
from pathlib import Path

from annotator.errors import AnnotatorError
from annotator.services.projects import SUFFIX
from annotator.storage.image_io import (
    IMAGE_SUFFIXES,
    image_header,
    list_images,
    list_images_below,
)
from annotator.storage.project_store import ImageRecord, ProjectStore


def add_photographs(
    store: ProjectStore, paths: Sequence[Path], *, is_recursive: bool = False
) -> tuple[list[ImageRecord], int]:
    """Add photographs; return those new to the project, and how many were in it already.

    All come in or, where one of the paths is no photograph and no folder of them, none.
    """
    found = {image: None for path in paths for image in _images_at(path.absolute(), is_recursive)}
    added = store.add_images(list(found))
    return added, len(found) - len(added)


def _images_at(path: Path, is_recursive: bool) -> list[Path]:
    if any(folder.suffix == SUFFIX for folder in (path, *path.parents)):
        raise AnnotatorError(f"{path} belongs to a project; choose photographs outside of it.")
    if not path.exists():
        raise AnnotatorError(f"{path} does not exist; check the path.")
    if not path.is_dir():
        if path.suffix.lower() not in IMAGE_SUFFIXES:
            image_header(path)  # refuses what is no image
        return [path]
    found = list_images_below(path) if is_recursive else list_images(path)
    if not found:
        more = "" if is_recursive else ", or take those in its folders too with --recursive"
        raise AnnotatorError(f"There are no images in {path}; choose another folder{more}.")
    return found
