"""Finding images and writing masks: what the lanes for files run besides decoding."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotator.document.crack_path import CrackPath
from annotator.document.image_entry import ImageEntry
from annotator.document.mask import union_mask
from annotator.errors import AnnotatorError
from annotator.workers.job_runner import JobContext


@dataclass(frozen=True, slots=True, eq=False)
class MaskToSave:
    """The cracks of an image as they were when saving began, and where their mask goes."""

    entry: ImageEntry
    path: Path
    cracks: tuple[CrackPath, ...]


def find_images(paths: Sequence[Path]) -> tuple[list[Path], int, bool]:
    """Return the images to list, which of them to show first, and whether it must be that one."""
    from annotator.storage.image_io import list_images

    if len(paths) == 1 and not paths[0].is_dir():
        path = paths[0].absolute()
        siblings = list_images(path.parent) if path.parent.is_dir() else []
        return (siblings, siblings.index(path), True) if path in siblings else ([path], 0, True)
    found: list[Path] = []
    for path in paths:
        found += list_images(path.absolute()) if path.is_dir() else [path.absolute()]
    if not found:
        names = ", ".join(path.name or str(path) for path in paths)
        raise AnnotatorError(f"There are no images in {names}; choose a folder of photographs.")
    return list(dict.fromkeys(found)), 0, False


def write_masks(
    targets: Sequence[MaskToSave], context: JobContext
) -> tuple[list[MaskToSave], AnnotatorError | None]:
    """Write masks one after the other; return those written and the error that stopped it."""
    from annotator.storage.mask_io import save_mask

    written: list[MaskToSave] = []
    for target in targets:
        context.report("writing", len(written) / len(targets))
        width, height = target.entry.size or (0, 0)
        mask = union_mask([crack.mask for crack in target.cracks], (height, width))
        try:
            save_mask(target.path, mask)
        except AnnotatorError as error:
            return written, error
        written.append(target)
    return written, None
