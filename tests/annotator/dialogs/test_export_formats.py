"""Every exporter can be chosen in the dialog, and has a command."""

import pytest

from annotator.actions.catalog import ACTIONS
from annotator.dialogs.export_formats import FORMATS
from annotator.dialogs.image_choice import ListedImage
from annotator.dialogs.patch_panel import PatchPanel
from annotator.document.image_state import ImageState
from annotator.exporters import EXPORTERS

pytestmark = pytest.mark.gui

IMAGES = [
    ListedImage(1, "a.png", "", ImageState.REVIEWED, "auto", has_crack=True),
    ListedImage(2, "b.png", "", ImageState.NO_CRACK, "auto", has_crack=False),
    ListedImage(3, "c.png", "", ImageState.NEW, "auto", has_crack=False),
]


def test_every_exporter_is_in_the_dialog_and_in_the_menu():
    assert list(FORMATS) == list(EXPORTERS)
    rows = {row.identifier for row in ACTIONS}
    assert {f"export_{name}" for name in EXPORTERS} <= rows


@pytest.mark.parametrize("name", EXPORTERS)
def test_the_panel_makes_the_options_of_the_exporter_and_remembers_them(qtbot, name):
    panel = FORMATS[name].panel()
    qtbot.addWidget(panel)
    panel.show_images(IMAGES)
    assert panel.options == EXPORTERS[name].options()
    values = panel.values
    other = FORMATS[name].panel()
    qtbot.addWidget(other)
    other.restore(values)
    assert other.values == values
    other.restore({"states": 7, "seed": "x", "sides": None, "recipe": "?"})
    assert other.options is not None


def test_a_panel_knows_whether_anything_fits(qtbot):
    panel = FORMATS["csb-images"].panel()
    qtbot.addWidget(panel)
    assert not panel.is_anything_chosen
    panel.show_images(IMAGES)
    assert panel.is_anything_chosen
    panel.show_images(IMAGES[2:])
    assert not panel.is_anything_chosen


def test_the_composer_says_that_it_counts_and_lets_export_meanwhile(qtbot):
    panel = PatchPanel()
    qtbot.addWidget(panel)
    panel.show_images(IMAGES[2:])
    assert not panel.is_anything_chosen
    panel.show_images(IMAGES)
    assert panel.is_anything_chosen
    panel.show_progress(0.4)
    assert panel.pending == "Counting the patches of the project… 40%"
    panel.show_failure("The disk is gone.")
    assert panel.pending == ""
    assert panel.is_anything_chosen
    panel.show_images(IMAGES)
    panel.show_tiles([])
    assert panel.pending == ""
    assert not panel.is_anything_chosen


def test_dialog_and_menu_use_the_same_words():
    texts = {row.identifier: row.plain_text for row in ACTIONS}
    assert {name: texts[f"export_{name}"] for name in FORMATS} == {
        name: chosen.title for name, chosen in FORMATS.items()
    }
