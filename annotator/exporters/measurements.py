"""Tables of what was measured: cracks.csv, a line for each crack, and images.csv.

Text is UTF-8 with a mark at the start, by which spreadsheets know it. Lengths and widths are in
pixels; what was never traced or vectorized has an area, but neither length nor widths.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np

from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.document.mask import union_mask
from annotator.exporters.annotated_images import write_images
from annotator.exporters.frame import ExportRun, export_with
from annotator.exporters.selection import ALL_STATES, SourceImage
from annotator.storage.project_store import ProjectStore

CRACKS_FILE, IMAGES_FILE = "cracks.csv", "images.csv"

CRACK_COLUMNS = (
    "image", "crack", "source", "length_px", "width_mean_px", "width_median_px", "width_p95_px",
    "width_max_px", "area_px", "confidence_mean", "edge_visible_share", "x0", "y0", "x1", "y1",
    "start_x", "start_y", "end_x", "end_y", "is_locked",
)  # fmt: skip
IMAGE_COLUMNS = (
    "image", "width_px", "height_px", "state", "subset", "cracks", "boxes", "length_px",
    "crack_area_px", "crack_share",
)  # fmt: skip

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MeasurementsOptions:
    """Options of the export."""

    states: tuple[ImageState, ...] = ALL_STATES


class _Measurements:
    """The export under way."""

    def __init__(self, store: ProjectStore, options: MeasurementsOptions) -> None:
        self._store = store
        self._options = options
        self._cracks: list[Row] = []
        self._images: list[Row] = []

    def write(self, run: ExportRun) -> None:
        def write_image(image: SourceImage, content: ImageContent) -> None:
            name = _text(image.record.shown_name)
            rows = [_crack_row(name, n, crack) for n, crack in enumerate(content.cracks, start=1)]
            self._images.append(_image_row(image, content, rows))
            self._cracks += rows
            run.count("cracks", len(rows))

        write_images(self._store, run, self._options.states, write_image)
        run.write(CRACKS_FILE, _table(CRACK_COLUMNS, self._cracks))
        run.write(IMAGES_FILE, _table(IMAGE_COLUMNS, self._images))

    def verify(self, run: ExportRun) -> None:
        for name, rows in ((CRACKS_FILE, self._cracks), (IMAGES_FILE, self._images)):
            text = (run.folder / name).read_text("utf-8-sig")
            found = list(csv.DictReader(StringIO(text, newline="")))
            if found != [{key: str(value) for key, value in row.items()} for row in rows]:
                run.mismatch(f"{name} does not read back as it was measured; export again.")


export_measurements = export_with(_Measurements)
"""Export the measurements of all cracks as tables, without photographs."""


def _crack_row(image: str, number: int, crack: Crack) -> Row:
    patch = crack.mask_patch().tight()
    box = dict(zip(("x0", "y0", "x1", "y1"), patch.box, strict=True))
    row: dict[str, Any] = dict.fromkeys(CRACK_COLUMNS, "")
    row |= {"image": image, "crack": number, "source": crack.source, "area_px": patch.data.sum()}
    row |= {**box, "is_locked": int(crack.is_locked)}
    path = crack.path
    if path is not None:
        (start_x, start_y), (end_x, end_y) = path.centerline[[0, -1]]
        measured = {
            "length_px": path.length_px,
            **{f"width_{name}_px": path.width_px[name] for name in path.width_px},
            "confidence_mean": path.confidence.mean(),
            "edge_visible_share": path.edge_visible.mean(),
            "start_x": start_x,
            "start_y": start_y,
            "end_x": end_x,
            "end_y": end_y,
        }
        row |= {key: _rounded(value) for key, value in measured.items() if key in row}
    return row


def _image_row(image: SourceImage, content: ImageContent, cracks: Sequence[Row]) -> Row:
    area = int(union_mask(content.cracks, image.shape).sum())
    lengths = [crack.path.length_px for crack in content.cracks if crack.path is not None]
    return {
        "image": _text(image.record.shown_name),
        "width_px": image.size[0],
        "height_px": image.size[1],
        "state": str(content.state),
        "subset": content.subset,
        "cracks": len(cracks),
        "boxes": len(content.boxes),
        "length_px": _rounded(sum(lengths)),
        "crack_area_px": area,
        "crack_share": f"{area / (image.size[0] * image.size[1]):.6f}",
    }


def _text(name: str) -> str:
    """Return a name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name


def _rounded(value: float | np.floating[Any]) -> str:
    return f"{value:.3f}"


def _table(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    text = StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")
