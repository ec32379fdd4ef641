"""The question before the window closes names what is lost."""

from annotator.dialogs.unsaved import STILL_TRACING, describe


def test_a_running_trace_is_mentioned():
    assert STILL_TRACING in describe(["a.png", "b.png"], is_tracing=True)[1]
    assert STILL_TRACING not in describe(["a.png"], is_tracing=False)[1]
    assert describe([], is_tracing=True)[0] == STILL_TRACING


def test_one_image_is_named_and_several_are_counted():
    assert "a.png" in describe(["a.png"], is_tracing=False)[0]
    assert "2 images" in describe(["a.png", "b.png"], is_tracing=False)[0]
