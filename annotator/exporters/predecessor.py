"""Photographs with the JSON of the predecessor beside them."""

from dataclasses import dataclass

from annotator.document.image_content import ImageContent
from annotator.document.image_state import FINISHED, ImageState
from annotator.document.mask import union_mask
from annotator.exporters.annotated_images import write_images
from annotator.exporters.frame import ExportRun, export_with
from annotator.exporters.image_files import mask_digest, place_photograph
from annotator.exporters.predecessor_json import annotated_mask, annotation_json, class_numbers
from annotator.exporters.selection import SourceImage
from annotator.storage.project_store import ProjectStore

IMAGES = "images"


@dataclass(frozen=True, slots=True)
class PredecessorOptions:
    """Options of the export."""

    states: tuple[ImageState, ...] = FINISHED


class _Predecessor:
    """The export under way; of the masks only shapes and digests are kept."""

    def __init__(self, store: ProjectStore, options: PredecessorOptions) -> None:
        self._store = store
        self._options = options
        self._masks: list[tuple[str, tuple[int, int], bytes]] = []

    def write(self, run: ExportRun) -> None:
        own = {item["name"]: int(item["number"]) for item in self._store.get("box_classes", [])}

        def write_image(image: SourceImage, content: ImageContent) -> None:
            mask = union_mask(content.cracks, image.shape)
            name = place_photograph(run, image, IMAGES)
            own.update(class_numbers((box.class_name for box in content.boxes), own))
            text = annotation_json(name.rpartition("/")[2], content, mask, own)
            annotation = f"{IMAGES}/{image.stem}.json"
            run.write(annotation, text)
            run.count("cracks", len(content.cracks))
            run.count("boxes", len(content.boxes))
            self._masks.append((annotation, image.shape, mask_digest(mask)))

        write_images(self._store, run, self._options.states, write_image)
        if run.counts.get("boxes"):
            numbers = sorted((number, name) for name, number in own.items())
            names = ", ".join(f"{number} is {name}" for number, name in numbers)
            run.listed.append(f"Boxes have numbers of classes: {names}.")

    def verify(self, run: ExportRun) -> None:
        for index, (annotation, shape, digest) in enumerate(self._masks):
            run.progress(index / len(self._masks), f"Reading back {annotation}")
            if mask_digest(annotated_mask(run.folder / annotation, shape)) != digest:
                run.mismatch(f"{annotation} does not hold the annotated pixels; export again.")


export_predecessor = export_with(_Predecessor)
"""Export each photograph with its annotation."""
