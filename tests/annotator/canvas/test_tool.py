"""The switch between tools."""

import pytest

from annotator.canvas.tool import PointerEvent, Preview, Tool, ToolSwitch
from tests.session_factory import watch

pytestmark = pytest.mark.gui


class Noting(Tool):
    """Notes what it is told."""

    def __init__(self, name):
        super().__init__()
        self.name = name
        self.told = []

    @property
    def preview(self):
        return Preview(label=self.name)

    def move(self, event):
        self.told.append(event)

    def activate(self):
        self.told.append("activate")

    def deactivate(self):
        self.told.append("deactivate")


@pytest.fixture
def tools(qapp):
    return {name: Noting(name) for name in ("one", "two")}


@pytest.fixture
def switch(tools):
    return ToolSwitch(tools)


def test_the_first_tool_is_the_current_one(switch, tools):
    assert switch.name == "one"
    assert switch.preview.label == "one"
    event = PointerEvent(1, 2)
    switch.move(event)
    assert tools["one"].told == [event]
    assert tools["two"].told == []


def test_the_new_tool_is_told_where_the_pointer_is(switch, tools):
    switch.move(PointerEvent(1, 2, is_pressed=True))
    switch.choose("two")
    assert tools["one"].told[-1] == "deactivate"
    assert tools["two"].told == ["activate", PointerEvent(1, 2)]
    switch.leave()
    switch.choose("one")
    assert tools["one"].told[-1] == "activate"


def test_only_the_current_tool_is_heard(switch, tools):
    heard = {
        name: watch(getattr(switch, name))
        for name in ("preview_changed", "hint_changed", "cursor_changed")
    }
    for name in heard:
        getattr(tools["two"], name).emit()
    assert not any(heard.values())
    for name in heard:
        getattr(tools["one"], name).emit()
    assert [len(times) for times in heard.values()] == [1, 1, 1]


def test_choosing_the_same_tool_changes_nothing(switch, tools):
    changed = watch(switch.tool_changed)
    switch.choose("one")
    assert not changed
    assert tools["one"].told == []
    switch.choose("two")
    assert len(changed) == 1
