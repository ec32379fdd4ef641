"""The size of the brush."""

import pytest

from annotator.session.brush import LARGEST_DIAMETER, Brush
from tests.session_factory import watch

pytestmark = pytest.mark.gui


@pytest.fixture
def brush(qapp):
    return Brush()


def test_steps_lead_through_all_small_sizes_and_back(brush):
    brush.diameter = 1
    up = [brush.diameter]
    for _ in range(4):
        brush.grow(1)
        up.append(brush.diameter)
    assert up == [1, 2, 3, 4, 5]
    for _ in range(9):
        brush.grow(-1)
    assert brush.diameter == 1


def test_a_large_brush_grows_by_a_share(brush):
    brush.diameter = 100
    brush.grow(1)
    assert brush.diameter == 115
    for _ in range(99):
        brush.grow(1)
    assert brush.diameter == LARGEST_DIAMETER


def test_parts_of_a_step_add_up(brush):
    brush.diameter = 3
    for _ in range(3):
        brush.grow(0.25)
    assert brush.diameter == 3
    brush.grow(0.25)
    assert brush.diameter == 4


def test_only_another_size_is_announced(brush):
    told = watch(brush.changed)
    brush.diameter = brush.diameter
    brush.diameter = 0
    brush.diameter = -5
    assert brush.diameter == 1
    assert len(told) == 1
