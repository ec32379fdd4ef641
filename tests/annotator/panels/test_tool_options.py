"""The options of the tool in hand."""

import pytest
from PySide6.QtWidgets import QInputDialog, QLabel

from annotator.canvas.tool import ToolSwitch
from annotator.panels.tool_options import NOTES, TITLES, ToolOptionsPanel
from annotator.tools import TOOLS
from tests.session_factory import make_session

pytestmark = pytest.mark.gui


@pytest.fixture
def session(qtbot):
    session = make_session()
    yield session
    session.runner.shutdown()


@pytest.fixture
def tools(session):
    return ToolSwitch({name: make(session) for name, make in TOOLS.items()})


@pytest.fixture
def panel(session, tools, qtbot):
    panel = ToolOptionsPanel(session, tools, QLabel("how to trace", objectName="tracing"))
    qtbot.addWidget(panel)
    panel.show()
    return panel


def child(panel, name):
    return panel.findChild(object, name)


def test_every_tool_has_a_title(panel, tools):
    assert TITLES.keys() == {*TOOLS, "review"}  # in hand while a review is under way
    assert NOTES.keys() <= TITLES.keys()
    for name in TOOLS:
        tools.choose(name)
        assert TITLES[name] in child(panel, "tool_title").text()
        assert child(panel, "tool_note").isVisible() == (name in NOTES)


@pytest.mark.parametrize(
    ("name", "tools_with_it"),
    [
        ("tracing", {"trace", "select"}),
        ("brush_slider", {"brush", "eraser"}),
        ("box_class", {"box"}),
    ],
)
def test_options_are_shown_for_their_tools_only(panel, tools, name, tools_with_it):
    shown = set()
    for tool in TOOLS:
        tools.choose(tool)
        if child(panel, name).isVisible():
            shown.add(tool)
    assert shown == tools_with_it


def test_the_size_of_the_brush_as_slider_and_number(panel, session):
    slider, field = child(panel, "brush_slider"), child(panel, "brush_size")
    session.brush.diameter = 40
    assert field.value() == 40
    place = slider.value()
    slider.setValue(slider.maximum())
    assert session.brush.diameter == field.value() == 600
    slider.setValue(slider.minimum())
    assert session.brush.diameter == 1
    field.setValue(40)
    assert session.brush.diameter == 40
    assert slider.value() == place


def test_every_size_that_was_chosen_stays(panel, session):
    for diameter in (1, 2, 3, 17, 255, 599, 600):
        session.brush.diameter = diameter
        assert session.brush.diameter == diameter
        assert child(panel, "brush_size").value() == diameter


def test_the_class_of_the_next_box(panel, session):
    chooser = child(panel, "box_class")
    assert [chooser.itemText(row) for row in range(chooser.count())] == ["crack", "corrosion"]
    chooser.setCurrentIndex(1)
    chooser.activated.emit(1)
    assert session.box_classes.current.name == "corrosion"


def test_a_new_class_is_asked_for_and_chosen(panel, session, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args: ("spalling", True))
    child(panel, "new_box_class").click()
    chooser = child(panel, "box_class")
    assert chooser.currentText() == "spalling"
    assert session.box_classes.current.name == "spalling"
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args: ("rust", False))
    child(panel, "new_box_class").click()
    assert chooser.count() == 3
