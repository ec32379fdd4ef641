"""The folder of a training: what is to be done, and the images with copies of their masks.

The copies are why nobody has to stop editing while a training goes on, and why it can go on later
with what it began with.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from annotator.errors import AnnotatorError, JobCancelled
from annotator.services.retraining import (
    THOROUGHNESS,
    Choice,
    Survey,
    card_of,
    note_split,
    problem_of,
    run_config,
    survey,
)
from annotator.storage.atomic import create_folder, write_bytes
from annotator.storage.project_store import ProjectStore

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.data.manifest import Manifest

Report = Callable[[str, float], None]

TRAINING: Final = "training"
"""Folder of a project that holds its trainings."""
DATA: Final = "data"
GUARD: Final = "synthetic:?origin={name}&count=9&size=384&seed=900000&split=val"


def prepare_run(
    store: ProjectStore,
    choice: Choice,
    report: Report = lambda _text, _share: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """Write the folder of a new run and return it.

    Raises
    ------
    AnnotatorError
        The choice is not possible, an image cannot be read, or the disk is full.
    """
    found = survey(store, choice)
    problem = problem_of(choice, found, card_of(choice.start))
    if problem:
        raise AnnotatorError(problem)
    folder = _new_folder(store.folder / TRAINING)
    _write_images(store, choice, found, folder / DATA, report, is_cancelled)
    _write_assignment(choice, found, folder)
    note_split(store, found)
    return folder


def _new_folder(parent: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    names = (f"{stamp}{f'-{number}' * (number > 1)}" for number in range(1, 1000))
    folder = next(parent / name for name in names if not (parent / name).exists())
    create_folder(folder / DATA / "masks")
    return folder


def _write_images(
    store: ProjectStore,
    choice: Choice,
    found: Survey,
    folder: Path,
    report: Report,
    is_cancelled: Callable[[], bool],
) -> None:
    """Write copies of the masks as they are now, and the list of the images."""
    from segmentation import UNLABELLED
    from segmentation.data.errors import DataError
    from segmentation.data.readers.listed import MASK_CODES, ListedImage, write_list
    from segmentation.data.sources import reader_of

    records = {record.shown_name: record for record in (*found.taught, *found.held_out)}
    held_out = {record.shown_name for record in found.held_out}
    values = np.zeros(256, np.uint8)
    for value in (0, 1, UNLABELLED):
        values[value] = MASK_CODES[value]
    listed: list[ListedImage] = []
    try:
        manifest = _manifest(store, choice, tuple(records))
        reader, place, options = reader_of(manifest.origins[0])
        for number, item in enumerate(manifest.items):
            if is_cancelled():
                raise JobCancelled
            report("copying the masks", number / len(manifest.items))
            name = item.name.partition("/")[2]
            mask = f"masks/{records[name].identifier}.png"
            _write_png(folder / mask, values[reader.load_mask(place, item, options)])
            split = "val" if name in held_out else "train"
            image = str((place / item.image).resolve())
            listed.append(ListedImage(name=name, image=image, mask=mask, split=split))
        write_list(folder, listed)
    except DataError as error:
        raise AnnotatorError(str(error)) from error


def _manifest(store: ProjectStore, choice: Choice, names: tuple[str, ...]) -> "Manifest":
    """Return the images of the project as the backend reads it."""
    from segmentation.data.readers.project import ProjectOptions
    from segmentation.data.sources import Source, collect

    options = ProjectOptions(
        states=tuple(str(state) for state in choice.states), include_clean=True, names=names
    )
    return collect([Source("project", store.folder, options)])


def _write_assignment(choice: Choice, found: Survey, folder: Path) -> None:
    from segmentation.durable_files import NotSavedError
    from segmentation.training.assignment import REPLAY, Assignment

    n_images = len(found.taught)
    project = folder.parent.parent.stem
    source = f"list:{folder / 'data'}?origin={_plain(project)}"
    config = run_config(choice, n_images, source)
    card = card_of(choice.start)
    how = THOROUGHNESS[choice.how]
    assignment = Assignment(
        run=config.to_toml(),
        start=choice.start,
        how=choice.how,
        mines_negatives=bool(choice.start) and how.negatives > 0,
        compare_with=choice.compare_with,
        guard=(GUARD.format(name=REPLAY),),
        name=f"{_plain(project)}-{folder.name}",
        title=f"{project}: {how.title.lower()} on {n_images} images",
        licence=card.licence if card else "",
        device=choice.device,
    )
    try:
        assignment.save(folder)
    except NotSavedError as error:
        raise AnnotatorError(str(error)) from error


def _write_png(path: Path, values: "NDArray[np.uint8]") -> None:
    from PIL import Image

    encoded = BytesIO()
    Image.fromarray(values).save(encoded, format="PNG")
    write_bytes(path, encoded.getvalue())


def _plain(text: str) -> str:
    """Return a text that may stand in the name of a source."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in text)
