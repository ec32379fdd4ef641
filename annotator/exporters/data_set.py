"""The images of a data set: those of the project that a choice takes, with and without cracks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotator.document.image_state import FINISHED
from annotator.errors import AnnotatorError
from annotator.exporters.frame import ExportRun
from annotator.exporters.image_tiles import ImageTiles, image_tiles
from annotator.exporters.patch_grid import SmallImages
from annotator.exporters.selection import SourceImage, load_content, source_images
from annotator.exporters.splits import DataSetChoice
from annotator.storage.project_store import ProjectStore

WRITING = (0.2, 0.7)
"""Span of the progress that is left for writing, once the members are known."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """An image of the data set."""

    image: SourceImage
    tiles: ImageTiles
    box_classes: frozenset[str]


def members_of(
    store: ProjectStore,
    run: ExportRun,
    choice: DataSetChoice,
    small_images: SmallImages = "skip",
) -> list[Member]:
    """Return the images that a choice takes, by name; what is left out is noted in the report."""
    run.stage(0.0, 0.1)
    images = source_images(store, run, choice.states)
    run.stage(0.1, WRITING[0])
    members: list[Member] = []
    for index, image in enumerate(images):
        run.progress(index / len(images), "Reading annotations")
        try:
            content = load_content(store, image.record)
        except AnnotatorError as error:
            run.fail(f"{image.record.shown_name} is not in the export: {error.text}")
            continue
        tiles = image_tiles(image.record, content, image.size, image.sha256, small_images)
        box_classes = frozenset(box.class_name for box in content.boxes)
        members.append(Member(image, tiles, box_classes))
    taken = [m for m in members if choice.takes(m.tiles.state, has_crack=m.tiles.has_crack)]
    _note_left_out(run, [member for member in members if member not in taken])
    run.stage(*WRITING)
    return taken


def _note_left_out(run: ExportRun, members: list[Member]) -> None:
    n_reviewed = sum(member.tiles.state in FINISHED for member in members)
    if n_reviewed:
        run.listed.append(
            "1 reviewed or approved image has no cracks and is left out; mark it as "
            '"no crack", or include it as an image without cracks.'
            if n_reviewed == 1
            else f"{n_reviewed} reviewed or approved images have no cracks and are left out; mark "
            'them as "no crack", or include them as images without cracks.'
        )
    if n_other := len(members) - n_reviewed:
        run.listed.append(
            "Images left out, because they have no cracks and nobody has said that there are none: "
            f"{n_other}."
        )


def choice_facts(choice: DataSetChoice) -> Mapping[str, Any]:
    """Return a choice for the head of a manifest."""
    return {
        "states": [str(state) for state in choice.states],
        "reviewed_without_cracks_included": choice.include_clean,
        "test_fraction": choice.test_fraction,
        "seed": choice.seed,
    }
