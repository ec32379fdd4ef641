"""Borders of masks."""

from itertools import pairwise

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter

from annotator.canvas.coordinates import lines_to_path
from annotator.canvas.outlines import STEP, border_lines, smoothed

MASKS = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 1)
)


def outline(mask):
    return list(border_lines(np.pad(mask, 1)))


def fill(mask):
    """Fill the outline of a mask with Qt and return the pixels."""
    height, width = mask.shape
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("white"))
    painter.drawPath(lines_to_path(outline(mask), (0, 0), 1))
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return (rows[:, :width] > 0).astype(np.uint8)


def edges(lines):
    """The unit steps of lines, with their direction."""
    found = []
    for line in lines:
        for (xa, ya), (xb, yb) in pairwise(line):
            length = abs(xb - xa) + abs(yb - ya)
            dx, dy = (xb - xa) // length, (yb - ya) // length
            found += [(xa + k * dx, ya + k * dy, dx, dy) for k in range(length)]
    return sorted(found)


def expected_edges(framed):
    """The sides of the pixels within the frame towards pixels that are not set, one by one."""
    found = []
    for row in range(1, framed.shape[0] - 1):
        for column in range(1, framed.shape[1] - 1):
            if framed[row, column]:
                x, y = column - 1, row - 1
                sides = {
                    (-1, 0): (x, y, 1, 0),
                    (0, 1): (x + 1, y, 0, 1),
                    (1, 0): (x + 1, y + 1, -1, 0),
                    (0, -1): (x, y + 1, 0, -1),
                }
                found += [
                    side
                    for (down, right), side in sides.items()
                    if not framed[row + down, column + right]
                ]
    return sorted(found)


@settings(max_examples=60, deadline=None)
@given(MASKS)
def test_filling_the_outline_gives_back_the_mask(mask):
    assert np.array_equal(fill(mask), mask)


@given(
    hnp.arrays(
        np.uint8,
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=3, max_side=12),
        elements=st.integers(0, 1),
    )
)
def test_the_lines_of_a_block_are_its_borders_and_none_towards_its_neighbors(framed):
    assert edges(border_lines(framed)) == expected_edges(framed)


def test_a_line_through_a_block_is_two_lines_from_side_to_side():
    framed = np.zeros((12, 12), np.uint8)
    framed[4:7] = 1
    assert list(border_lines(framed)) == [[(0, 3), (10, 3)], [(10, 6), (0, 6)]]


def test_outline_of_a_square_has_four_corners():
    mask = np.zeros((5, 6), np.uint8)
    mask[1:4, 2:5] = 1
    assert outline(mask) == [[(2, 1), (5, 1), (5, 4), (2, 4), (2, 1)]]


def test_a_hole_is_a_second_polygon():
    mask = np.ones((5, 5), np.uint8)
    mask[2, 2] = 0
    assert [len(line) for line in outline(mask)] == [5, 5]


def test_an_empty_mask_has_no_outline():
    assert outline(np.zeros((3, 3), np.uint8)) == []


def test_a_smoothed_border_stays_near_and_has_no_steps():
    size = 60
    mask = np.tri(size, dtype=np.uint8)
    (line,) = border_lines(np.pad(mask, 1))
    smooth = smoothed(line)
    assert len(smooth) <= 6 < len(line)
    assert smooth[0] == smooth[-1]
    contour = np.array(smooth, np.float32)
    away = [abs(cv2.pointPolygonTest(contour, (float(x), float(y)), True)) for x, y in line]
    assert max(away) <= STEP


def test_smoothing_keeps_the_ends_of_open_lines_and_what_is_small():
    stairs = [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 2)]
    assert smoothed(stairs)[0] == (0, 0)
    assert smoothed(stairs)[-1] == (3, 2)
    assert len(smoothed(stairs)) < len(stairs)
    cell = [(4, 4), (5, 4), (5, 5), (4, 5), (4, 4)]
    assert len(set(smoothed(cell))) >= 3
    assert smoothed([(0, 3), (9, 3)]) == [(0, 3), (9, 3)]
