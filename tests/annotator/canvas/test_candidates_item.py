"""Proposed cracks on the canvas: dashed edges beside the crack, until it is decided on."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from annotator.canvas.candidates_item import CandidatesItem
from annotator.canvas.items import PREDICTION_COLOR
from tests.crack_factory import make_candidate

pytestmark = pytest.mark.gui

AREA = QRectF(0, 0, 120, 80)
GROUND = 0xFFFFFFFF


def painted(item, zoom=4.0):
    """Return the pixels, red, green and blue."""
    image = QImage(round(120 * zoom), round(80 * zoom), QImage.Format.Format_RGB32)
    image.fill(GROUND)
    painter = QPainter(image)
    painter.scale(zoom, zoom)
    option = QStyleOptionGraphicsItem()
    option.exposedRect = QRectF(AREA)
    item.paint(painter, option)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return pixels[..., 2::-1].astype(int)


def blue(pixels):
    """Tell where the color of predictions is."""
    color = PREDICTION_COLOR.red(), PREDICTION_COLOR.green(), PREDICTION_COLOR.blue()
    return np.abs(pixels - color).max(axis=-1) < 40


@pytest.fixture
def candidate():
    return make_candidate("a", ((20, 40), (100, 40)))


def test_dashes_run_beside_the_crack_and_leave_it_free(qapp, candidate):
    item = CandidatesItem()
    item.set_candidates([candidate], AREA)
    pixels = painted(item)
    rows = blue(pixels)[:, 120:360].mean(axis=1)
    assert (pixels[160:164, 120:360] == 255).all(), "the middle of the crack is free"
    # Half widths of 1.5 px and 1 px outward: 2.5 px beside the middle of row 40.
    assert 0.3 < rows[148:155].max() < 0.95
    assert 0.3 < rows[169:176].max() < 0.95


def test_without_a_trace_the_border_of_the_pixels_is_drawn(qapp):
    item = CandidatesItem()
    item.set_candidates([make_candidate("a", ((20, 40), (100, 40)), traced=None)], AREA)
    assert blue(painted(item)).any()


def test_what_was_skipped_is_dimmer(qapp, candidate):
    item = CandidatesItem()
    item.set_candidates([candidate], AREA)
    usual = painted(item)
    item.set_candidates([candidate.with_verdict("skipped")], AREA)
    assert painted(item).sum() > usual.sum()
    assert (painted(item) < 255).any()


def test_what_is_decided_on_goes(qapp, candidate):
    item = CandidatesItem()
    item.set_candidates([candidate], AREA)
    item.set_candidates([], AREA)
    assert (painted(item) == 255).all()
    assert item.shown == []


def test_right_of_a_divider_nothing_is_drawn(qapp, candidate):
    item = CandidatesItem()
    item.set_candidates([candidate], AREA)
    item.set_divider(200)
    drawn = blue(painted(item)).any(axis=0)
    assert drawn[100:200].any()
    assert not drawn[201:].any()
