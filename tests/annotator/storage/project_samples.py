"""Projects, images and cracks for the tests of what is on disk."""

from pathlib import Path

import numpy as np

from annotator.document.block_raster import BlockRaster
from annotator.document.bounding_box import BoundingBox
from annotator.document.candidate import Candidate
from annotator.document.crack import Crack
from annotator.document.crack_path import CrackPath
from annotator.document.image_content import ImageContent
from annotator.document.mask import MaskPatch
from annotator.storage.project_store import ProjectStore


def make_images(folder: Path, n_images: int = 3) -> list[Path]:
    """Files that stand for photographs: the store never decodes them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"IMG {number}.jpg" for number in range(1, n_images + 1)]
    for number, path in enumerate(paths):
        path.write_bytes(b"photograph" * (number + 1))
    return paths


def make_store(root: Path, n_images: int = 3, author: str = "Anna") -> ProjectStore:
    """A project of some images beside their folder."""
    paths = make_images(root / "photos", n_images)
    store = ProjectStore.create(
        root / "photos.crackproj", name="Bridge", images_folder=root / "photos", author=author
    )
    store.add_images(paths)
    return store


def painted_crack(x: int = 100, y: int = 200, size: int = 30, seed: int = 0) -> Crack:
    values = np.random.default_rng(seed).integers(0, 2, (size, size + 5), np.uint8)
    return Crack.from_mask(MaskPatch(x, y, values), "painted")


def straight_path(length: int = 80, x: float = 10.0, y: float = 20.0) -> CrackPath:
    """A horizontal course, 4 px wide."""
    centerline = np.stack((x + np.arange(length) / 1.1, np.full(length, y)), axis=1)
    return CrackPath(
        waypoints=centerline[[0, -1]],
        centerline=centerline,
        half_widths=np.full((length, 2), 2.0),
        confidence=np.linspace(0.3, 1.0, length),
        edge_visible=np.arange(length) % 3 > 0,
        length_px=float(length - 1) / 1.1,
        width_px={"mean": 4.0, "median": 4.0, "p95": 4.0, "max": 4.0},
        parameters={"polarity": "auto", "scales": [1, 2, 4], "xi": 0.4},
        seconds={"total": 0.25},
        notes=("A remark with ünïcode.",),
    )


def traced_crack(path: CrackPath | None = None) -> Crack:
    patch = MaskPatch(10, 18, np.ones((5, 73), np.uint8))
    return Crack.from_mask(patch, "traced", path or straight_path())


def some_content() -> ImageContent:
    content = ImageContent((painted_crack(), traced_crack()))
    return content.with_boxes([BoundingBox((1, 2, 30, 40), "corrosion")])


def add_crack(store: ProjectStore, identifier: int, crack: Crack) -> ImageContent:
    content = store.load(identifier)[0].with_cracks([crack])
    store.save(identifier, content, "Add")
    return content


def same_paths(one: CrackPath | None, other: CrackPath | None) -> bool:
    if one is None or other is None:
        return one is other
    arrays = ("waypoints", "centerline", "half_widths", "confidence", "edge_visible")
    facts = ("length_px", "width_px", "parameters", "seconds", "notes")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays) and all(
        getattr(one, name) == getattr(other, name) for name in facts
    )


def same_cracks(one: Crack, other: Crack) -> bool:
    return (
        (one.identifier, one.source, one.is_locked)
        == (other.identifier, other.source, other.is_locked)
        and one.pixels.equals(other.pixels)
        and same_paths(one.path, other.path)
    )


def same_contents(one: ImageContent, other: ImageContent) -> bool:
    return (
        len(one.cracks) == len(other.cracks)
        and all(map(same_cracks, one.cracks, other.cracks))
        and (one.boxes, one.state, one.subset) == (other.boxes, other.state, other.subset)
        and one.notes == other.notes
        and len(one.candidates) == len(other.candidates)
        and all(map(same_candidates, one.candidates, other.candidates))
    )


def same_candidates(one: Candidate, other: Candidate) -> bool:
    facts = ("identifier", "confidence", "model", "verdict")
    has_traces = one.traced is not None and other.traced is not None
    return (
        all(getattr(one, name) == getattr(other, name) for name in facts)
        and same_cracks(one.raw, other.raw)
        and (same_cracks(one.traced, other.traced) if has_traces else one.traced is other.traced)
    )


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def raster_of(values: np.ndarray, x: int, y: int) -> BlockRaster:
    return BlockRaster.from_array(x, y, values)


def prediction_codes(seed: int) -> np.ndarray:
    """Codes of a prediction of an image of 30 by 20 px."""
    return np.random.default_rng(seed).integers(0, 65536, (20, 30)).astype(np.uint16)
