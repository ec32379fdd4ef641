"""The layer of all masks."""

from dataclasses import dataclass

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from annotator.canvas.crack_drawing import CrackDrawing, draw_crack
from annotator.canvas.mask_fill import MARGIN, MaskFill, level_for
from annotator.document.strokes import painted, stroke_segment
from tests.crack_factory import painted_crack

ORANGE, BLUE = QColor("#E69F00"), QColor("#56B4E9")


@dataclass
class Part:
    drawing: CrackDrawing | None
    color: QColor


def colors(fill, level, exposed):
    """The opaque RGB colors of a cut by position, and the rectangle it covers."""
    cut = fill.cut(level, QRectF(*exposed))
    if cut is None:
        return None
    image, covered = cut
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
    return rows.copy(), covered


@pytest.mark.parametrize(
    ("scale", "level"),
    [(40, 0), (1, 0), (0.75, 0), (0.7, 1), (0.5, 1), (0.3, 2), (0.01, 5), (1e-9, 5)],
)
def test_cells_are_about_as_large_as_screen_pixels(scale, level):
    assert level_for(scale) == level


def test_it_shows_the_union_of_the_masks_the_later_crack_above():
    one, two = painted_crack((100, 100, 200, 160)), painted_crack((150, 120, 300, 140))
    fill = MaskFill(lambda: [Part(draw_crack(one), ORANGE), Part(draw_crack(two), BLUE)])
    shown, covered = colors(fill, 0, (0, 0, 400, 300))
    x, y = int(covered.x()), int(covered.y())
    assert shown[110 - y, 110 - x] == ORANGE.rgba()
    assert shown[130 - y, 170 - x] == BLUE.rgba()
    assert (shown == ORANGE.rgba()).sum() == 100 * 60 - 50 * 20
    assert (shown == BLUE.rgba()).sum() == 150 * 20
    assert ((shown == 0) | (shown == ORANGE.rgba()) | (shown == BLUE.rgba())).all()


def test_any_cut_is_a_part_of_the_whole():
    crack = painted_crack((40, 30, 400, 290))
    fill = MaskFill(lambda: [Part(draw_crack(crack), ORANGE)])
    for level in (0, 2):
        whole, area = colors(fill, level, (0, 0, 500, 400))
        part, covered = colors(fill, level, (120, 70, 150, 210))
        step = 1 << level
        x, y = (int((covered.x() - area.x()) / step), int((covered.y() - area.y()) / step))
        assert np.array_equal(part, whole[y : y + part.shape[0], x : x + part.shape[1]])
        assert covered.width() == pytest.approx(150 + 2 * MARGIN * step, abs=2 * step)


def test_where_there_is_no_crack_there_is_nothing_to_paint():
    fill = MaskFill(lambda: [Part(draw_crack(painted_crack((40, 30, 50, 50))), ORANGE)])
    assert fill.cut(0, QRectF(600, 600, 200, 200)) is None
    assert MaskFill(lambda: [Part(None, ORANGE)]).cut(0, QRectF(0, 0, 100, 100)) is None


def test_translucent_colors_are_premultiplied():
    faint = QColor(230, 159, 0, 120)
    fill = MaskFill(lambda: [Part(draw_crack(painted_crack((40, 30, 50, 50))), faint)])
    cut = fill.cut(0, QRectF(0, 0, 100, 100))
    assert cut[0].pixelColor(42, 32).alpha() == 120
    assert abs(cut[0].pixelColor(42, 32).red() - 230) <= 2


def test_blocks_are_composed_anew_only_where_told():
    crack = painted_crack((40, 30, 50, 50))
    parts = [Part(draw_crack(crack), ORANGE)]
    fill = MaskFill(lambda: parts)
    before, _ = colors(fill, 0, (0, 0, 500, 400))
    edited = painted(crack, stroke_segment((60, 40), (300, 40), 9, (500, 400)))
    parts[0].drawing, changed = parts[0].drawing.updated(edited)
    assert np.array_equal(colors(fill, 0, (0, 0, 500, 400))[0], before)
    fill.forget(changed)
    after, _ = colors(fill, 0, (0, 0, 500, 400))
    assert (after != 0).sum() == edited.mask_in((0, 0, 500, 400)).sum()
    parts.clear()
    fill.clear()
    assert fill.cut(0, QRectF(0, 0, 500, 400)) is None


def test_opacity_is_part_of_the_colors():
    fill = MaskFill(lambda: [Part(draw_crack(painted_crack((40, 30, 50, 50))), ORANGE)])
    assert fill.cut(0, QRectF(0, 0, 100, 100))[0].pixelColor(42, 32).alpha() == 255
    fill.opacity = 0.4
    color = fill.cut(0, QRectF(0, 0, 100, 100))[0].pixelColor(42, 32)
    assert color.alpha() == 102
    assert abs(color.red() - ORANGE.red()) <= 2
