"""The ribbon between click and cursor as it is painted."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from annotator.canvas.items import CRACK_COLOR
from annotator.canvas.preview_item import PreviewItem
from annotator.canvas.ribbon import changed_rects, paint_ribbon
from annotator.canvas.tool import Preview
from tests.annotator.canvas.painting import is_painted, paint_item
from tests.live_factory import straight_path

pytestmark = pytest.mark.gui

GROUNDS = {"rust": (116, 58, 34), "concrete": (176, 172, 165), "asphalt": (62, 62, 64)}


def paint(path, scale, color, exposed=None):
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor(*color))
    painter = QPainter(image)
    if exposed:
        painter.setClipRect(exposed)
    painter.scale(scale, scale)
    part = exposed or QRectF(0, 0, 400, 300)
    paint_ribbon(painter, path, QRectF(part.x() / scale, part.y() / scale,
                                       part.width() / scale, part.height() / scale))  # fmt: skip
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(300, 400, 4)[..., 2::-1].astype(int)


@pytest.mark.parametrize("ground", GROUNDS)
def test_both_edges_stand_out_on_any_ground(qapp, ground):
    """Orange on rust is not enough: beside it is a dark rim."""
    pixels = paint(straight_path((20, 50), (180, 50), width=20), 2.0, GROUNDS[ground])
    column = pixels[:, 200].sum(axis=1)
    for row in (round(2 * (50.5 - 10)), round(2 * (50.5 + 10))):
        near = column[row - 4 : row + 5]
        assert near.max() - near.min() > 150, near


def test_a_coarse_ribbon_is_lighter_and_its_edges_are_dashed(qapp):
    path = straight_path((20, 50), (180, 50), width=20)
    fine, coarse = (
        paint(replace(path, is_coarse=is_coarse), 2.0, GROUNDS["concrete"])
        for is_coarse in (False, True)
    )
    orange = np.array(CRACK_COLOR.getRgb()[:3])
    edge = slice(80, 84)

    def share(pixels):
        return (np.abs(pixels[edge, 60:340] - orange).sum(axis=2).min(axis=0) < 90).mean()

    assert share(fine) > 0.9
    assert 0.2 < share(coarse) < 0.8
    assert coarse[90, 200, 2] > fine[90, 200, 2], "less yellow in between"


@pytest.mark.parametrize("scale", [0.2, 1.0, 4.0])
def test_a_part_is_repainted_as_the_whole_was(qapp, scale):
    """Else lines would jump where the cursor leads a part of them elsewhere."""
    path = straight_path((5, 10), (90, 60), width=6, bend=9)
    whole = paint(path, scale, GROUNDS["asphalt"])
    part = QRectF(60, 40, 50, 60)
    cut = paint(path, scale, GROUNDS["asphalt"], part)
    inner = np.s_[42:98, 62:108]
    assert np.abs(whole[inner] - cut[inner]).max() <= 40


def test_only_what_changed_is_repainted_and_nothing_stays(qapp):
    item = PreviewItem()
    item.set_area(QRectF(0, 0, 400, 300))
    old = straight_path((20, 100), (320, 100))
    turned = replace(old, points=old.points.copy(), left=old.left.copy(), right=old.right.copy())
    for line in (turned.points, turned.left, turned.right):
        line[250:, 1] += 40
    rects = list(changed_rects(old, turned, 4.0))
    assert min(rect.left() for rect in rects) > 240
    assert list(changed_rects(old, old, 4.0)) == []
    item.set_preview(Preview(points=((20, 100),), cursor=(320, 100), ribbons=(old,)))
    before = is_painted(paint_item(item, (0, 0, 400, 300)))
    item.set_preview(Preview(points=((20, 100),), cursor=(320, 140), ribbons=(turned,)))
    after = is_painted(paint_item(item, (0, 0, 400, 300)))
    allowed = np.zeros_like(before)
    for rect in changed_rects(old, turned, 16.0):
        x0, y0, x1, y1 = (int(edge) for edge in rect.getCoords())
        allowed[y0 : y1 + 1, x0 : x1 + 1] = True
    assert not ((before != after) & ~allowed).any()
