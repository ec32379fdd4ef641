"""Plain pairs: a folder of photographs and a folder of masks of the same names."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from annotator.document.image_content import ImageContent
from annotator.document.image_state import FINISHED, ImageState
from annotator.document.mask import union_mask
from annotator.errors import AnnotatorError
from annotator.exporters.annotated_images import write_images
from annotator.exporters.frame import ExportRun, export_with
from annotator.exporters.image_files import encoded_png, mask_digest, place_photograph
from annotator.exporters.selection import SourceImage
from annotator.exporters.verification import check_pair
from annotator.storage.project_store import ProjectStore

IMAGES, MASKS = "images", "masks"


@dataclass(frozen=True, slots=True)
class MaskPairsOptions:
    """Options of the export; ``crack_value`` is the value of crack pixels, background being 0."""

    states: tuple[ImageState, ...] = FINISHED
    crack_value: Literal[255, 1] = 255

    def __post_init__(self) -> None:
        if self.crack_value not in {255, 1}:
            raise AnnotatorError(f"Masks cannot have the value {self.crack_value}; use 255 or 1.")


class _MaskPairs:
    """The export under way; of the masks only digests are kept."""

    def __init__(self, store: ProjectStore, options: MaskPairsOptions) -> None:
        self._store = store
        self._options = options
        self._pairs: list[tuple[str, str, bytes]] = []

    def write(self, run: ExportRun) -> None:
        def write_pair(image: SourceImage, content: ImageContent) -> None:
            mask = union_mask(content.cracks, image.shape)
            name = place_photograph(run, image, IMAGES)
            mask_name = f"{MASKS}/{image.stem}.png"
            run.write(mask_name, encoded_png(mask * np.uint8(self._options.crack_value)))
            run.count("with cracks" if mask.any() else "without cracks")
            self._pairs.append((name, mask_name, mask_digest(mask)))

        for kind in ("with cracks", "without cracks"):
            run.count(kind, 0)  # so that the report has them in this order
        write_images(self._store, run, self._options.states, write_pair)

    def verify(self, run: ExportRun) -> None:
        for index, (name, mask_name, digest) in enumerate(self._pairs):
            run.progress(index / len(self._pairs), f"Reading back {mask_name}")
            check_pair(run, name, mask_name, digest, self._options.crack_value)


export_mask_pairs = export_with(_MaskPairs)
"""Export each photograph with its mask as PNG."""
