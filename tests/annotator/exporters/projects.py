"""Small projects with known masks, for the tests of exports."""

from pathlib import Path

import numpy as np
from PIL import Image

from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack
from annotator.document.crack_path import CrackPath
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.document.mask import MaskPatch, union_mask
from annotator.storage.image_io import image_size
from annotator.storage.project_store import ImageRecord, ProjectStore


def photograph(seed: int, width: int, height: int, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(60, 200, (height // 16 + 1, width // 16 + 1, channels), np.uint8)
    smooth = coarse.repeat(16, 0).repeat(16, 1)[:height, :width]
    return smooth + rng.integers(0, 20, smooth.shape, np.uint8)


def diagonal(width: int, height: int, start: tuple[int, int], length: int) -> np.ndarray:
    """Return a mask with a diagonal line, 3 px wide."""
    mask = np.zeros((height, width), np.uint8)
    for step in range(length):
        x, y = start[0] + step, start[1] + step // 2
        mask[max(y - 1, 0) : y + 2, x : x + 1] = 1
    return mask


def crack_of(mask: np.ndarray, source="painted", path=None) -> Crack:
    return Crack.from_mask(MaskPatch(0, 0, mask), source, path)


def course(points) -> CrackPath:
    line = np.array(points, np.float64)
    n = len(line)
    return CrackPath(
        line, line, np.ones((n, 2)), np.ones(n), np.ones(n, bool), 1.0, {"median": 3.0}, {}, {}
    )


class Project:
    """A project whose photographs are drawn and whose masks are known."""

    def __init__(self, folder: Path) -> None:
        self.photographs = folder / "photographs"
        self.photographs.mkdir(parents=True)
        self.store = ProjectStore.create(
            folder / "bridge.crackproj",
            name="bridge",
            images_folder=self.photographs,
            author="Anna",
        )

    @property
    def records(self) -> list[ImageRecord]:
        return self.store.images()

    def add(self, name: str, mask=None, *, size=(600, 400), save=None, **options) -> ImageRecord:
        """Add a drawn photograph; see `add_file`."""
        path = self.photographs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photograph(len(self.records), *size)).save(path, **(save or {}))
        return self.add_file(path, mask, **options)

    def add_file(
        self, path: Path, mask=None, *, cracks=None, boxes=(), state=None, subset="auto"
    ) -> ImageRecord:
        """Add a photograph with a crack of that mask, APPROVED, or with none, as NO_CRACK."""
        if cracks is None:
            cracks = [] if mask is None else [crack_of(mask)]
        if state is None:
            state = ImageState.APPROVED if cracks else ImageState.NO_CRACK
        (record,) = self.store.add_images([path])
        self.store.note_image(record.identifier, size=image_size(path))
        content = ImageContent(tuple(cracks), tuple(boxes), state, subset)
        self.store.save(record.identifier, content, "Painted")
        return self.store.image(record.identifier)

    def damage(self, record: ImageRecord) -> None:
        """Cut off the file of a crack."""
        file = next((self.store.folder / "masks" / str(record.identifier)).glob("*.png"))
        file.write_bytes(file.read_bytes()[:-20])

    def mask(self, record: ImageRecord) -> np.ndarray:
        width, height = record.size
        content, _ = self.store.load(record.identifier)
        return union_mask(content.cracks, (height, width)) != 0


def tree_of(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def box(values, class_name="crack") -> BoundingBox:
    return BoundingBox(values, class_name)
