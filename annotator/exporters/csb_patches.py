"""Square patches in the layout of the CSB patch data sets, composed to a ratio of cracks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import Box
from annotator.document.mask import union_sources
from annotator.document.pixel_source import mask_of
from annotator.errors import AnnotatorError
from annotator.exporters.contact_sheet import contact_sheet, sample_of
from annotator.exporters.data_set import Member, choice_facts, members_of
from annotator.exporters.frame import ExportRun, export_with
from annotator.exporters.image_files import as_8_bit, mask_digest
from annotator.exporters.manifest import provenance, write_manifest
from annotator.exporters.patch_composer import Composition, PatchChoice, PatchComposer
from annotator.exporters.patch_crops import crop_origin
from annotator.exporters.patch_files import PATCH_FORMATS, PatchFormat, cut, encoded_pair
from annotator.exporters.patch_grid import PATCH_SIDE, SMALL_IMAGES, PatchGrid, SmallImages
from annotator.exporters.seeded_order import name_rank
from annotator.exporters.selection import authors_of, load_content
from annotator.exporters.splits import SIDES, Side
from annotator.exporters.verification import check_pair, check_sides
from annotator.storage.image_io import load_image
from annotator.storage.project_store import ProjectStore

PATCH_SIDES = (512, 384, 128)
PATCHES = "patch datasets"
CONTACT_SHEET = "contact_sheet.png"

_READ_ME = """\
Patches of photographs with cracks marked pixel by pixel, in the layout of the patch sets of the CSB
data set (Cracks in Steel Bridges). Made by Crack Annotator from the project "{project}".

Each patch X.{format} has its mask beside it, Xmask.{format}; a pixel of the mask brighter than 127
is crack. X is the name of the photograph and the row and the column of the patch's top left pixel
in it, upright. All patches of a photograph are in training or all in test, and so are photographs
that are the same file.

{folders}
manifest.csv, manifest.json    every patch: photograph, box (x1 and y1 exclusive), class, digests
                               (SHA-256), how many crack pixels were traced, painted, imported or
                               predicted
{sheet}              some of the patches, with outlined cracks

Composition {recipe} (crack/background patches), seed {seed}. Crack pixels that make a crack patch:
{min_pixels} or more; background patches have none. Patches of 512 px lie side by side, only those
of the last row and column overlap others. Smaller ones are crops of those: where a patch has a
crack, the crop that keeps most of its pixels (the seed decides among equals), elsewhere any.
With the same seed, whole images are split in the same way.
"""


@dataclass(frozen=True, slots=True)
class CsbPatchesOptions:
    """Options of the export."""

    choice: PatchChoice = field(default_factory=PatchChoice)
    sides: tuple[int, ...] = (PATCH_SIDE,)
    """Sizes to write, of 512, 384 and 128 px; each holds the same patches."""
    patch_format: PatchFormat = "jpg"
    small_images: SmallImages = "skip"

    def __post_init__(self) -> None:
        if not self.sides or set(self.sides) - set(PATCH_SIDES):
            raise AnnotatorError("Patches are 512, 384 or 128 px large; choose one or more.")
        if self.patch_format not in PATCH_FORMATS:
            raise AnnotatorError(f"Patches are written as {' or '.join(PATCH_FORMATS)}.")
        if self.small_images not in SMALL_IMAGES:
            raise AnnotatorError(f"Small images are treated by {' or '.join(SMALL_IMAGES)}.")


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """A patch of 512 px, cut."""

    member: Member
    side: Side
    box: Box
    pixels: NDArray[np.uint8]
    sources: NDArray[np.uint8]
    authors: list[str]

    @property
    def stem(self) -> str:
        return f"{self.member.image.stem}_{self.box[1]:05d}_{self.box[0]:05d}"

    def crop(self, side: int, seed: int) -> "_Patch":
        """Return a smaller patch out of this one."""
        rank = name_rank(seed, f"{self.member.tiles.name}:{self.box}:{side}")
        x, y = crop_origin(mask_of(self.sources), side, rank)
        x0, y0 = self.box[0] + x, self.box[1] + y
        inner = (x, y, x + side, y + side)
        return _Patch(
            self.member, self.side, (x0, y0, x0 + side, y0 + side),
            cut(self.pixels, inner), cut(self.sources, inner), self.authors,
        )  # fmt: skip


class _CsbPatches:
    """The export under way; ``_masks`` are digests, so that memory holds one image at a time."""

    def __init__(self, store: ProjectStore, options: CsbPatchesOptions) -> None:
        self._store = store
        self._options = options
        self._choice = options.choice
        self._rows: list[dict[str, Any]] = []
        self._masks: list[bytes] = []

    def write(self, run: ExportRun) -> None:
        members = members_of(self._store, run, self._choice.images, self._options.small_images)
        self._note_small(run, members)
        composition = PatchComposer([member.tiles for member in members]).compose(self._choice)
        run.listed += composition.notes
        self._count_none(run)
        self._write_images(run, members, composition)
        run.n_images = len({row["source"] for row in self._rows})
        if not self._rows:
            return
        write_manifest(run, "patches", self._header(), self._rows)
        run.write("README.txt", self._read_me())
        largest = [row for row in self._rows if row["size"] == max(self._options.sides)]
        run.write(CONTACT_SHEET, contact_sheet(run.folder, sample_of(largest)))

    def verify(self, run: ExportRun) -> None:
        check_sides(run, self._rows)
        for index, (row, mask) in enumerate(zip(self._rows, self._masks, strict=True)):
            run.progress(index / len(self._rows), f"Reading back {row['image']}")
            check_pair(run, row["image"], row["mask"], mask)

    def _count_none(self, run: ExportRun) -> None:
        """Put the numbers of the report in an order that does not depend on the split."""
        for size in self._options.sides:
            for side in SIDES:
                for kind in ("crack", "background"):
                    run.count(f"{size} px, {side}, {kind}", 0)

    def _write_images(
        self, run: ExportRun, members: list[Member], composition: Composition
    ) -> None:
        numbers: dict[int, list[int]] = {}
        for side in SIDES:
            for image, patch in composition.chosen[side].tolist():
                numbers.setdefault(image, []).append(patch)
        for image, patches in sorted(numbers.items()):
            member = members[image]
            run.progress(image / len(members), f"Writing {member.tiles.name}")
            try:
                self._write_image(run, member, composition.split.side(member.tiles.name), patches)
            except AnnotatorError as error:
                run.fail(f"{member.tiles.name} is not in the export: {error.text}")

    def _write_image(self, run: ExportRun, member: Member, side: Side, numbers: list[int]) -> None:
        image = member.image
        content = load_content(self._store, image.record)
        sources = union_sources(content.cracks, image.shape)
        pixels = load_image(image.path).pixels
        if pixels.dtype != np.uint8:
            run.listed.append(f"{member.tiles.name} was reduced to 8 bit per channel.")
        pixels = as_8_bit(pixels)
        authors = authors_of(self._store, image)
        grid = PatchGrid.over(image.size, PATCH_SIDE, self._options.small_images)
        for number in numbers:
            run.check_cancelled()
            box = grid.box(number)
            patch = _Patch(member, side, box, cut(pixels, box), cut(sources, box), authors)
            for size in self._options.sides:
                is_whole = size == PATCH_SIDE
                shown = patch if is_whole else patch.crop(size, self._choice.images.seed)
                self._write_patch(run, shown, patch, size)

    def _write_patch(self, run: ExportRun, patch: _Patch, whole: _Patch, size: int) -> None:
        folder = self._folder(size, patch.side)
        suffix = self._options.patch_format
        name, mask_name = (f"{folder}/{whole.stem}{end}.{suffix}" for end in ("", "mask"))
        mask = mask_of(patch.sources)
        try:
            encoded, encoded_mask = encoded_pair(patch.pixels, mask, suffix)
        except AnnotatorError as error:
            run.fail(f"{name} is not in the export: {error.text}")
            return
        run.write(name, encoded)
        run.write(mask_name, encoded_mask)
        counts = provenance(patch.sources)
        kind = "crack" if counts["crack_pixels"] else "background"
        run.count(f"{size} px, {patch.side}, {kind}")
        x0, y0, x1, y1 = patch.box
        self._masks.append(mask_digest(mask))
        self._rows.append({
            "image": name,
            "mask": mask_name,
            "size": size,
            "side": patch.side,
            "class": kind,
            "source": patch.member.tiles.name,
            "source_sha256": patch.member.image.sha256,
            "x0": x0, "y0": y0, "x1": x1, "y1": y1,
            "patch_x0": whole.box[0], "patch_y0": whole.box[1],
            **counts,
            "image_sha256": run.digests[name],
            "mask_sha256": run.digests[mask_name],
            "authors": patch.authors,
        })  # fmt: skip

    def _folder(self, size: int, side: Side) -> str:
        """Return the folder of a set, under the names that readers of the layout look for."""
        sized = f"{PATCHES}/{size}_{size}"
        if size != PATCH_SIDE:
            return f"{sized}/{side}"
        recipe = self._choice.recipe.folder
        return f"{sized}/{recipe}/{side}{'_corrected' if recipe == '70_30' else ''}"

    def _note_small(self, run: ExportRun, members: list[Member]) -> None:
        small = [member for member in members if member.tiles.is_too_small]
        sizes = [f"{m.tiles.name} ({m.image.size[0]} x {m.image.size[1]})" for m in small]
        if small:
            run.listed.append(
                f"Images smaller than {PATCH_SIDE} px have no patches; their continuation by "
                f"their mirror can be included. Left out: {', '.join(sizes)}."
            )

    def _header(self) -> Mapping[str, Any]:
        return {
            "data_set": "CSB layout, patches",
            "project": self._store.name,
            **choice_facts(self._choice.images),
            "recipe": self._choice.recipe.name,
            "crack_patches_asked_for": self._choice.n_crack,
            "min_crack_pixels": self._choice.min_pixels,
            "sizes": list(self._options.sides),
            "format": self._options.patch_format,
            "small_images": self._options.small_images,
        }

    def _read_me(self) -> str:
        numbers: dict[str, dict[str, int]] = {}
        for row in self._rows:
            counts = numbers.setdefault(row["image"].rpartition("/")[0], {})
            counts[row["class"]] = counts.get(row["class"], 0) + 1
        return _READ_ME.format(
            project=self._store.name,
            format=self._options.patch_format,
            folders="".join(
                f"{folder}: {counts.get('crack', 0)} crack, {counts.get('background', 0)} "
                "background patches\n"
                for folder, counts in sorted(numbers.items())
            ),
            sheet=CONTACT_SHEET,
            recipe=self._choice.recipe.name,
            seed=self._choice.images.seed,
            min_pixels=self._choice.min_pixels,
        )


export_csb_patches = export_with(_CsbPatches)
"""Export patches in the ratio of a recipe, split into training and test by photograph."""
