"""Looking through a project for what is damaged, missing or left over, and repairing it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from annotator.document.crack import Crack
from annotator.document.crack_path import CrackPath
from annotator.document.image_content import ImageContent
from annotator.document.mask import MaskPatch
from annotator.errors import AnnotatorError, JobCancelled
from annotator.storage.image_io import image_size
from annotator.storage.project_leftovers import ProjectLeftovers
from annotator.storage.project_store import Damage, DamagedCrack, ImageRecord, ProjectStore

Progress = Callable[[float, str], None]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong; ``image`` is empty where it concerns the whole project."""

    image: str
    text: str
    is_repaired: bool = False


@dataclass(slots=True)
class CheckReport:
    """What a check found."""

    n_images: int = 0
    n_cracks: int = 0
    findings: list[Finding] = field(default_factory=list[Finding])

    @property
    def n_open(self) -> int:
        """Number of findings that are not repaired."""
        return sum(not finding.is_repaired for finding in self.findings)


def check_project(
    folder: Path,
    *,
    author: str,
    is_repairing: bool = False,
    report: Progress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> CheckReport:
    """Check a project; for a repair nobody else may have it open for writing.

    What a repair takes away or replaces goes to the project's trash.
    """
    with ProjectStore.open(folder, author=author, read_only=not is_repairing) as store:
        if is_repairing and store.is_read_only:
            raise AnnotatorError(f"{folder} may not be written, so nothing can be repaired in it.")
        check = _Check(store)
        records = store.images()
        for number, record in enumerate(records):
            if is_cancelled is not None and is_cancelled():
                raise JobCancelled
            if report is not None:
                report(number / len(records), record.shown_name)
            check.check_image(record)
        check.check_leftovers()
    return check.report


class _Check:
    """A check that is under way; it repairs where the project is open for writing."""

    def __init__(self, store: ProjectStore) -> None:
        self.report = CheckReport()
        self._store = store
        self._is_repairing = not store.is_read_only
        self._leftovers = ProjectLeftovers(store.folder, store.crack_files)
        for damage in store.damages:
            self._add(damage.image, damage.text, is_repaired=self._is_repairing)

    def check_image(self, record: ImageRecord) -> None:
        """Check the file of an image and what is drawn on it."""
        self.report.n_images += 1
        self.report.n_cracks += record.n_cracks
        size = self._check_file(record)
        content, damages = self._store.load(record.identifier)
        if damages:
            content = self._check_cracks(record, content, size, damages)
        if size is not None:
            self._check_places(record, content, size)

    def check_leftovers(self) -> None:
        """Look for files that nothing needs; checkpoints first, as they need files."""
        kinds = (
            (
                self._leftovers.checkpoints,
                "checkpoint cannot be read",
                "checkpoints cannot be read",
            ),
            (self._leftovers.orphans, "file belongs to no crack", "files belong to no crack"),
            (self._leftovers.unfinished, "file is unfinished", "files are unfinished"),
        )
        for find, singular, plural in kinds:
            paths = find()
            if not paths:
                continue
            text = f"{len(paths)} {singular if len(paths) == 1 else plural}."
            if self._is_repairing:
                self._leftovers.move_to_trash(paths)
                text = f"{text} Moved to the project's trash."
            self._add("", text, is_repaired=self._is_repairing)
        self._check_predictions()

    def _check_predictions(self) -> None:
        """Look for predictions that are damaged or of no image: there is nothing to keep."""
        predictions = self._store.predictions
        paths = predictions.leftovers({record.identifier for record in self._store.images()})
        if not paths:
            return
        text = f"{len(paths)} files are no prediction that can be used."
        if len(paths) == 1:
            text = "1 file is no prediction that can be used."
        if self._is_repairing:
            for path in paths:
                path.unlink(missing_ok=True)
            text = f"{text} Removed; models can predict again."
        self._add("", text, is_repaired=self._is_repairing)

    def _add(self, image: str, text: str, *, is_repaired: bool = False) -> None:
        self.report.findings.append(Finding(image, text, is_repaired))

    def _check_file(self, record: ImageRecord) -> Size | None:
        """Check the photograph; return its size, that known before where it cannot be read."""
        name = record.shown_name
        if record.is_missing:
            self._add(name, f"The file is not at {record.path}; locate the missing images.")
            return record.size
        try:
            size = image_size(record.path)
        except AnnotatorError as error:
            self._add(name, error.text)
            return record.size
        if record.size is None and self._is_repairing:
            self._store.note_image(record.identifier, size=size)
        elif record.size not in (None, size):
            before, now = (f"{width} x {height}" for width, height in (record.size, size))
            self._add(name, f"The image has {now} pixels now, {before} when it was drawn on.")
        elif record.path.stat().st_size != record.byte_size:
            self._add(name, "The file is another one than when it was added.")
        return size

    def _check_places(self, record: ImageRecord, content: ImageContent, size: Size) -> None:
        """Look for cracks and boxes that reach beyond the image."""
        width, height = size
        boxes = [crack.box for crack in content.cracks] + [box.box for box in content.boxes]
        n_beyond = sum(x0 < 0 or y0 < 0 or x1 > width or y1 > height for x0, y0, x1, y1 in boxes)
        if n_beyond:
            what = "crack or box reaches" if n_beyond == 1 else "cracks and boxes reach"
            self._add(record.shown_name, f"{n_beyond} {what} beyond the image.")

    def _check_cracks(
        self,
        record: ImageRecord,
        content: ImageContent,
        size: Size | None,
        damages: Sequence[Damage],
    ) -> ImageContent:
        damaged = self._store.damaged(record.identifier)
        of_cracks = {crack.damage.text for crack in damaged}
        others = [damage.text for damage in damages if damage.text not in of_cracks]
        if not self._is_repairing:
            for text in [crack.damage.text for crack in damaged] + others:
                self._add(record.shown_name, text)
            return content
        self._leftovers.keep(record.identifier)
        cracks = list(content.cracks)
        outcomes: list[str] = []
        for crack in damaged:  # in their order, so that each finds its place
            mended, outcome = self._mended(record.identifier, crack, size)
            outcomes.append(f"{crack.damage.text} {outcome}")
            if mended is not None and crack.is_mask_lost:
                cracks.insert(crack.position, mended)
        repaired = replace(content, cracks=tuple(cracks))
        self._store.save(record.identifier, repaired, "Repair", is_repair=True)
        outcomes += [f"{text} What cannot be read was dropped." for text in others]
        for text in outcomes:
            self._add(record.shown_name, text, is_repaired=True)
        return repaired

    def _mended(
        self, image: int, damaged: DamagedCrack, size: Size | None
    ) -> tuple[Crack | None, str]:
        """Return a crack as far as it can be had again, None for not at all."""
        crack = damaged.crack
        if not damaged.is_mask_lost:
            return crack, "It keeps its pixels and cannot be traced anew."
        pixels = self._leftovers.newest_pixels(image, crack.identifier)
        if pixels is not None:
            return replace(crack, pixels=pixels), "An older or newer mask of it was found."
        if crack.path is None:
            return None, "It was dropped: nothing else is known of it."
        try:
            patch = ribbon_of(crack.path, size)
        except ValueError:
            return None, "It was dropped: its course does not lie in the image."
        drawn = Crack.from_mask(patch, "traced")
        return (
            replace(crack, pixels=drawn.pixels),
            "It was drawn anew from its center line and widths; corrections by hand are lost.",
        )


def ribbon_of(path: CrackPath, size: Size | None) -> MaskPatch:
    """Return the mask of a course; a ValueError where it lies beside the image."""
    from geodesic.rasterize import fill_ribbon

    left, right = path.half_widths.T
    if size is None:
        reach = path.half_widths.max() + 2
        size = (int(path.centerline[:, 0].max() + reach), int(path.centerline[:, 1].max() + reach))
    mask, (x, y) = fill_ribbon(path.centerline, left, right, (size[1], size[0]))
    return MaskPatch(x, y, mask.astype(np.uint8, copy=False))
