"""The outlines of many cracks, merged."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF

from annotator.canvas.crack_drawing import CrackDrawing, draw_crack
from annotator.canvas.outline_layer import OutlineLayer, OutlineStyle
from annotator.document.mask import MaskPatch
from annotator.document.strokes import painted
from tests.crack_factory import painted_crack

TRACED, LOCKED = OutlineStyle("traced", False), OutlineStyle("traced", True)
ALL = QRectF(0, 0, 1000, 800)


@dataclass
class Part:
    drawing: CrackDrawing | None
    style: OutlineStyle = TRACED


def bounds(paths):
    rect = QRectF()
    for path in paths:
        rect = rect.united(path.boundingRect())
    return rect


def test_cracks_of_one_style_in_one_block_are_one_path():
    boxes = [(10, 10, 30, 20), (40, 40, 60, 90), (10, 95, 100, 110)]
    parts = [Part(draw_crack(painted_crack(box))) for box in boxes]
    layer = OutlineLayer(lambda: [*parts, Part(None)])
    found = layer.outlines(0, ALL)
    assert list(found) == [TRACED]
    (path,) = found[TRACED]
    assert path.boundingRect() == QRectF(10, 10, 90, 100)
    assert path.elementCount() == sum(p.drawing.outline(0, (0, 0)).elementCount() for p in parts)


def test_each_style_has_its_own():
    one, two = (Part(draw_crack(painted_crack(box))) for box in ((0, 0, 9, 9), (20, 20, 29, 29)))
    two.style = LOCKED
    found = OutlineLayer(lambda: [one, two]).outlines(0, ALL)
    assert bounds(found[TRACED]) == QRectF(0, 0, 9, 9)
    assert bounds(found[LOCKED]) == QRectF(20, 20, 9, 9)


def test_what_is_far_away_is_not_there():
    layer = OutlineLayer(lambda: [Part(draw_crack(painted_crack((0, 0, 900, 10))))])
    assert bounds(layer.outlines(0, QRectF(300, 0, 50, 50))[TRACED]).width() == 128
    assert not layer.outlines(0, QRectF(0, 300, 900, 50))


def test_after_an_edit_the_block_and_its_neighbors_are_merged_anew():
    crack = painted_crack((100, 10, 128, 20))
    part = Part(draw_crack(crack))
    layer = OutlineLayer(lambda: [part])
    (closed,) = layer.outlines(0, ALL)[TRACED]
    edited = painted(crack, MaskPatch(128, 10, np.ones((10, 20), np.uint8)))
    part.drawing, changed = part.drawing.updated(edited)
    assert changed[0] == {(1, 0)}
    layer.forget(changed)
    left, right = layer.outlines(0, ALL)[TRACED]
    assert left.elementCount() < closed.elementCount(), "open towards what was added"
    assert left.boundingRect().united(right.boundingRect()) == QRectF(100, 10, 48, 10)
