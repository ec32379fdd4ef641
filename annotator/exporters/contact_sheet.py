"""A picture of some of the patches of a set, with outlined cracks and their class."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from annotator.exporters.manifest import Row
from annotator.storage.image_io import load_image
from annotator.storage.mask_io import load_mask

LARGEST_SAMPLE = 48

_COLUMNS = 8
_PICTURE = 192
_MARGIN, _CAPTION = 6, 30
_CRACK, _BACKGROUND = "#E69F00", "#56B4E9"
_OUTLINE = (0, 255, 255)
_PAPER, _INK = "#FFFFFF", "#202020"


def sample_of(rows: Sequence[Row]) -> list[Row]:
    """Return rows evenly spaced over a set, half of them of each class where there are enough."""
    cracks = [row for row in rows if row["class"] == "crack"]
    others = [row for row in rows if row["class"] != "crack"]
    half = LARGEST_SAMPLE // 2
    n_cracks = min(len(cracks), max(half, LARGEST_SAMPLE - len(others)))
    return _spaced(cracks, n_cracks) + _spaced(others, LARGEST_SAMPLE - n_cracks)


def contact_sheet(folder: Path, rows: Sequence[Row]) -> bytes:
    """Return a PNG of the patches of some rows, read from the folder of the export."""
    n_lines = -(-len(rows) // _COLUMNS)
    width, height = _PICTURE + 2 * _MARGIN, _PICTURE + 2 * _MARGIN + _CAPTION
    sheet = Image.new("RGB", (_COLUMNS * width, n_lines * height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(11)
    for index, row in enumerate(rows):
        line, column = divmod(index, _COLUMNS)
        left, top = column * width + _MARGIN, line * height + _MARGIN
        color = _CRACK if row["class"] == "crack" else _BACKGROUND
        frame = (left - 4, top - 4, left + _PICTURE + 3, top + _PICTURE + 3)
        draw.rectangle(frame, fill=color)
        sheet.paste(_picture(folder, row), (left, top))
        caption = f"{row['class']}, {row['side']}\n{_shortened(Path(row['image']).stem)}"
        draw.text((left, top + _PICTURE + 5), caption, fill=_INK, font=font, spacing=2)
    encoded = BytesIO()
    sheet.save(encoded, format="PNG", compress_level=6)
    return encoded.getvalue()


def _spaced(rows: Sequence[Row], n: int) -> list[Row]:
    n = min(n, len(rows))
    return [rows[index * len(rows) // n] for index in range(n)]


def _picture(folder: Path, row: Row) -> Image.Image:
    pixels = load_image(folder / row["image"]).pixels
    picture = Image.fromarray(pixels).convert("RGB")
    size = (_PICTURE, _PICTURE)
    picture = picture.resize(size, Image.Resampling.BOX)
    picture.paste(_OUTLINE, (0, 0), _outline(load_mask(folder / row["mask"]), size))
    return picture


def _outline(mask: NDArray[np.uint8], size: tuple[int, int]) -> Image.Image:
    """Return the ring of pixels around the crack, so that the crack itself stays in sight."""
    shares = Image.fromarray(mask * np.uint8(255)).resize(size, Image.Resampling.BOX)
    inside = shares.point([0] + [255] * 255)
    grown = np.asarray(inside.filter(ImageFilter.MaxFilter(3)))
    return Image.fromarray(np.where(np.asarray(inside) == 0, grown, np.uint8(0)))


def _shortened(name: str) -> str:
    return name if len(name) <= 30 else f"{name[:10]}...{name[-17:]}"
