"""Whole photographs in the layout of the CSB data set, with their cracks as JSON and as masks.

Masks lie in a tree of their own, ``masks/crack_train/X.png`` for ``entire images/crack_train/X``:
readers of the layout take every image file in those folders, or below ``entire images``, for a
photograph, so that no mask may lie there under any name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.document.mask import union_sources
from annotator.document.pixel_source import mask_of
from annotator.errors import AnnotatorError
from annotator.exporters.data_set import Member, choice_facts, members_of
from annotator.exporters.frame import ExportRun, export_with
from annotator.exporters.image_files import (
    encoded_png,
    mask_digest,
    mask_pixels,
    place_photograph,
)
from annotator.exporters.manifest import provenance, write_manifest
from annotator.exporters.predecessor_json import annotated_mask, annotation_json, class_numbers
from annotator.exporters.selection import authors_of, load_content
from annotator.exporters.splits import SIDES, DataSetChoice, Side, split_images
from annotator.exporters.verification import check_pair, check_sides
from annotator.storage.project_store import ProjectStore

PHOTOGRAPHS = "entire images"
MASKS = "masks"
GROUPS = tuple(f"{kind}_{side}" for side in SIDES for kind in ("crack", "nocrack"))

_READ_ME = """\
Photographs with cracks marked pixel by pixel, in the layout of the CSB data set
(Cracks in Steel Bridges). Made by Crack Annotator from the project "{project}".

entire images/crack_train      photographs with cracks, for training
entire images/nocrack_train    photographs without cracks, for training
entire images/crack_test       photographs with cracks, for testing
entire images/nocrack_test     photographs without cracks, for testing
masks/...                      the same cracks as PNG masks, 0 and 255, under the same names;
                               apart from the photographs, so that nobody takes them for some
manifest.csv, manifest.json    every photograph: where it comes from, its digests (SHA-256), how
                               many crack pixels were traced, painted, imported or predicted

Beside each photograph X lies X.json. Its "annotations" hold
  "crack_pixels"       [row, column] of every crack pixel, counted from 0 at the top left
  "tracks"             center lines of traced cracks, [[x ...], [y ...]], pixel centers at integers
  "cracks end-points"  their ends, [x, y], half a pixel further: (0.5, 0.5) is the center of the
                       first pixel
  "box"                boxes, [[x0, y0], [x1, y1]] from the outer corner of the first pixel, and
                       the number of their class: {classes}
All coordinates are those of the upright photograph. Photographs are copies byte for byte, except
for those that an EXIF tag rotates: they are rewritten, upright, as PNG.

{numbers}
"""


@dataclass(frozen=True, slots=True)
class CsbImagesOptions:
    """Options of the export."""

    images: DataSetChoice = field(default_factory=DataSetChoice)


class _CsbImages:
    """The export under way; ``_masks`` are digests, so that memory does not grow with images."""

    def __init__(self, store: ProjectStore, options: CsbImagesOptions) -> None:
        self._store = store
        self._choice = options.images
        self._classes: dict[str, int] = {}
        self._rows: list[dict[str, Any]] = []
        self._masks: list[bytes] = []

    def write(self, run: ExportRun) -> None:
        members = members_of(self._store, run, self._choice)
        tiles = [member.tiles for member in members]
        split = split_images(tiles, self._choice.test_fraction, self._choice.seed)
        run.listed += split.notes
        self._classes = self._class_numbers(members)
        for group in GROUPS:
            run.count(group, 0)  # so that the report has them in this order
        for index, member in enumerate(members):
            run.progress(index / len(members), f"Writing {member.image.record.shown_name}")
            try:
                self._write_image(run, member, split.side(member.tiles.name))
            except AnnotatorError as error:
                run.fail(f"{member.image.record.shown_name} is not in the export: {error.text}")
        run.n_images = len(self._rows)
        write_manifest(run, "images", self._header(), self._rows)
        run.write("README.txt", self._read_me(run))

    def verify(self, run: ExportRun) -> None:
        check_sides(run, self._rows)
        for index, (row, mask) in enumerate(zip(self._rows, self._masks, strict=True)):
            run.progress(index / len(self._rows), f"Reading back {row['image']}")
            check_pair(run, row["image"], row["mask"], mask)
            shape = row["height"], row["width"]
            if mask_digest(annotated_mask(run.folder / row["annotation"], shape)) != mask:
                run.mismatch(f"{row['annotation']} does not hold the annotated pixels.")

    def _write_image(self, run: ExportRun, member: Member, side: Side) -> None:
        image = member.image
        content = load_content(self._store, image.record)
        authors = authors_of(self._store, image)  # what may fail comes before the first file
        sources = union_sources(content.cracks, image.shape)
        mask = mask_of(sources)
        group = f"{'crack' if member.tiles.has_crack else 'nocrack'}_{side}"
        name = place_photograph(run, image, f"{PHOTOGRAPHS}/{group}")
        annotation = f"{PHOTOGRAPHS}/{group}/{image.stem}.json"
        mask_name = f"{MASKS}/{group}/{image.stem}.png"
        text = annotation_json(name.rpartition("/")[2], content, mask, self._classes)
        run.write(annotation, text)
        run.write(mask_name, encoded_png(mask_pixels(mask)))
        run.count(group)
        self._rows.append({
            "image": name,
            "annotation": annotation,
            "mask": mask_name,
            "side": side,
            "source": image.record.shown_name,
            "source_sha256": image.sha256,
            "width": image.size[0],
            "height": image.size[1],
            "state": str(image.record.state),
            "cracks": len(content.cracks),
            **provenance(sources),
            "image_sha256": run.digests[name],
            "annotation_sha256": run.digests[annotation],
            "mask_sha256": run.digests[mask_name],
            "authors": authors,
        })  # fmt: skip
        self._masks.append(mask_digest(mask))

    def _class_numbers(self, members: list[Member]) -> dict[str, int]:
        own = {item["name"]: int(item["number"]) for item in self._store.get("box_classes", [])}
        names = {name for member in members for name in member.box_classes}
        return class_numbers(names, own)

    def _header(self) -> Mapping[str, Any]:
        return {
            "data_set": "CSB layout, whole photographs",
            "project": self._store.name,
            **choice_facts(self._choice),
            "box_classes": self._classes,
        }

    def _read_me(self, run: ExportRun) -> str:
        return _READ_ME.format(
            project=self._store.name,
            classes=", ".join(f"{number} {name}" for name, number in self._classes.items()),
            numbers="\n".join(f"{run.counts.get(group, 0):6d} {group}" for group in GROUPS),
        )


export_csb_images = export_with(_CsbImages)
"""Export whole photographs, split into training and test."""
