"""Drawings of cracks, and what an edit changes of them."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from annotator.canvas.crack_drawing import draw_crack
from annotator.canvas.mask_pyramid import LEVELS
from annotator.document.mask import MaskPatch
from annotator.document.strokes import erased, painted, stroke_segment
from tests.crack_factory import painted_crack, traced_crack

SIZE = (900, 700)


def elements(drawing):
    """All outlines as sets of lines by level: where a path begins does not matter."""
    found = {}
    for level in range(LEVELS):
        for key in drawing.pyramid.levels[level]:
            path = drawing.outline(level, key)
            points = [
                (path.elementAt(i).x, path.elementAt(i).y) for i in range(path.elementCount())
            ]
            starts = [path.elementAt(i).isMoveTo() for i in range(path.elementCount())]
            lines = {(points[i - 1], points[i]) for i in range(1, len(points)) if not starts[i]}
            if lines:
                found[level, key] = lines
    return found


def bounds(drawing, level):
    rect = QRectF()
    for key in drawing.pyramid.levels[level]:
        rect = rect.united(drawing.outline(level, key).boundingRect())
    return rect


def test_the_outline_runs_along_the_pixels_at_each_level():
    drawing = draw_crack(painted_crack((100, 200, 140, 210)))
    assert bounds(drawing, 0) == QRectF(100, 200, 40, 10)
    assert bounds(drawing, 2) == QRectF(100, 200, 40, 12)
    assert bounds(drawing, 5) == QRectF(96, 192, 64, 32)


def test_a_block_has_no_border_towards_its_neighbor():
    drawing = draw_crack(painted_crack((100, 200, 300, 210)))
    assert sorted(drawing.pyramid.levels[0]) == [(0, 1), (1, 1), (2, 1)]
    middle = drawing.outline(0, (1, 1))
    assert middle.boundingRect() == QRectF(128, 200, 128, 10)
    assert middle.elementCount() == 4  # above and below, nothing at the sides


@pytest.mark.parametrize("is_erasing", [False, True])
def test_a_drawing_brought_up_to_date_is_the_one_drawn_anew(is_erasing):
    crack = painted_crack((100, 100, 700, 500), "imported")
    drawing = draw_crack(crack)
    rng = np.random.default_rng(4)
    for _ in range(6):
        start, end = rng.uniform((50, 50), (850, 650), (2, 2))
        patch = stroke_segment(tuple(start), tuple(end), int(rng.integers(1, 60)), SIZE)
        crack = erased(crack, patch) if is_erasing else painted(crack, patch)
        drawing, _ = drawing.updated(crack)
        assert elements(drawing) == elements(draw_crack(crack))
        assert drawing.shows(crack)


def test_a_small_edit_keeps_the_outlines_elsewhere():
    crack = painted_crack((100, 100, 700, 500))
    drawing = draw_crack(crack)
    edited = painted(crack, MaskPatch(720, 300, np.ones((3, 3), np.uint8)))
    assert drawing.count_changes(edited) == 1
    assert not drawing.shows(edited)
    updated, changed = drawing.updated(edited)
    assert changed[0] == {(5, 2)}
    assert updated._outlines[0, (0, 0)] is drawing._outlines[0, (0, 0)]
    assert (0, (5, 2)) not in updated._outlines


def test_the_centerline_and_the_mark_lie_on_the_crack():
    crack = traced_crack([(20, 30), (220, 30)])
    drawing = draw_crack(crack)
    assert drawing.centerline.boundingRect() == QRectF(20.5, 30.5, 200, 0)
    for made in (crack, painted_crack((40, 50, 60, 70))):
        mark = draw_crack(made).mark
        x, y = int(mark.x()), int(mark.y())
        assert made.mask_in((x, y, x + 1, y + 1)).all()


def test_the_memory_of_a_drawing_counts_blocks_and_points():
    small, large = (draw_crack(painted_crack(box)) for box in ((0, 0, 9, 9), (0, 0, 900, 9)))
    assert 0 < small.nbytes < large.nbytes < 1_000_000
