"""Sizes of dialogs."""

import pytest
from PySide6.QtCore import QSize

from annotator.dialogs.forms import resize_on_screen
from annotator.dialogs.shortcuts import ShortcutsDialog

pytestmark = pytest.mark.gui


@pytest.fixture
def dialog(qtbot):
    rows = [(f"Menu {n // 9}", f"What the command number {n} does", f"Ctrl+{n}") for n in range(90)]
    dialog = ShortcutsDialog(rows)
    qtbot.addWidget(dialog)
    return dialog


def test_no_dialog_is_larger_than_its_screen(dialog):
    room = dialog.screen().availableGeometry().size()
    resize_on_screen(dialog, QSize(5000, 300))
    assert dialog.width() < room.width()
    assert dialog.height() == 300


def test_the_sheet_of_keys_fits_a_small_screen_at_twice_the_scale(dialog):
    assert dialog.minimumSizeHint().width() <= 400 - 40
    assert dialog.minimumSizeHint().height() <= 250 - 60
    dialog.resize(360, 190)
    dialog.show()
    assert (dialog.width(), dialog.height()) == (360, 190)
    bars = dialog._area.horizontalScrollBar(), dialog._area.verticalScrollBar()
    assert all(bar.maximum() > 0 for bar in bars), "what does not fit is scrolled to"
