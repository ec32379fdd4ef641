"""Mask files of other tools, paired with photographs by name: X.png, X_mask.png, Xmask.png, ..."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from annotator.errors import AnnotatorError
from annotator.importers.annotation import (
    Annotation,
    Found,
    ParsedImage,
    ParseOptions,
    Size,
    repeated,
)
from annotator.importers.mask_values import read_mask
from annotator.storage.image_io import IMAGE_SUFFIXES

_ENDING = re.compile(
    r"(?P<stem>.*?)[-_. ]*(?:masks?|labels?|gt|groundtruth|ground[-_ ]truth|seg|segmentation"
    r"|annotations?)$",
    re.IGNORECASE | re.DOTALL,
)
_FOLDER = re.compile(
    r"(?:.*[-_. ])?(?:masks?|labels?|gt|groundtruth|ground[-_ ]truth|segmentations?|annotations?)$",
    re.IGNORECASE,
)


def find_masks(path: Path, options: ParseOptions) -> Found:
    """Yield the masks in a folder or a file.

    Where folders are called "masks" or the like, only what they hold is taken; beside a file with
    an ending for masks, one of the plain name is a photograph.
    """
    files = {PurePosixPath(file.relative_to(root).as_posix()): file for root, file in _files(path)}
    chosen = _masks_among(files)
    if not chosen:
        raise AnnotatorError(f"There are no masks in {path}; choose a folder of image files.")
    names = {relative: _names(relative) for relative in chosen}
    twice = repeated(PurePosixPath(each[-1]).name for each in names.values())
    for index, relative in enumerate(chosen):
        yield Annotation(
            file=files[relative],
            names=names[relative],
            read=partial(_read, files[relative], options),
            is_name_unique=PurePosixPath(names[relative][-1]).name.casefold() not in twice,
            fraction=index / len(chosen),
        )


def _files(path: Path) -> Iterator[tuple[Path, Path]]:
    if path.is_file():
        yield path.parent, path
        return
    for file in sorted(path.rglob("*")):
        is_hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.suffix.lower() in IMAGE_SUFFIXES and not is_hidden and file.is_file():
            yield path, file


def _masks_among(files: Iterable[PurePosixPath]) -> list[PurePosixPath]:
    listed = list(files)
    inside = [each for each in listed if any(map(_FOLDER.match, each.parent.parts))]
    listed = inside or listed
    # What a file with an ending is the mask of.
    bases = {each.with_name(stem) for each in listed if (stem := _base(each.stem))}
    folded = {str(base).casefold() for base in bases}
    return [each for each in listed if str(each.with_suffix("")).casefold() not in folded]


def _base(stem: str) -> str:
    """Return the name that a mask's name is made of, empty where it has no ending for masks."""
    match = _ENDING.match(stem)
    return match["stem"] if match else ""


def _names(relative: PurePosixPath) -> tuple[str, ...]:
    """Return what the photograph may be called, the name without an ending last."""
    folder = PurePosixPath(*(part for part in relative.parent.parts if not _FOLDER.match(part)))
    base = _base(relative.stem)
    return tuple(str(folder / stem) for stem in (relative.stem, base) if stem)


def _read(file: Path, options: ParseOptions, size: Size) -> ParsedImage:
    del size  # a mask has its own
    mask = read_mask(file, options)
    return ParsedImage((mask.data.shape[1], mask.data.shape[0]), (mask,))
