"""One face for the parameters of the next trace and of the cracks that are selected."""

from dataclasses import replace
from pathlib import Path

import pytest

from annotator.document.edits import Change
from annotator.document.image_entry import ImageEntry
from annotator.session.trace_settings import CUSTOM, MIXED
from annotator.workers.trace_work import TraceOptions
from tests.crack_factory import traced_crack
from tests.session_factory import CHOICES, make_session, watch

pytestmark = pytest.mark.gui

DEFAULT = CHOICES.presets["default"]


def with_parameters(crack, **changes):
    """Return a crack that was traced with the default but for some parameters, as JSON has them."""
    values = {k: list(v) if isinstance(v, tuple) else v for k, v in {**DEFAULT, **changes}.items()}
    return replace(crack, path=replace(crack.course, parameters=values))


@pytest.fixture
def session(qtbot):
    first = with_parameters(traced_crack([(20, 50), (200, 50)], identifier="a"), polarity="dark")
    second = traced_crack([(20, 150), (200, 150)], identifier="b")
    session = make_session([first, with_parameters(second, polarity="dark", weight=2.0)])
    session.trace_settings.learn(CHOICES)
    session.trace_settings._delay.setInterval(20)
    yield session
    session.runner.shutdown()


def settled(qtbot, session, calls):
    qtbot.waitUntil(lambda: len(session.tracer.calls) == calls and not session.traces.running)


def test_what_is_chosen_holds_for_the_next_traces(session):
    settings = session.trace_settings
    settings.set_value("weight", 1.5)
    assert settings.heading == "Next cracks"
    assert session.options == TraceOptions("default", (("weight", 1.5),))
    assert settings.values["weight"] == 1.5
    settings.set_value("weight", 0.5)
    assert session.options == TraceOptions()
    assert settings.is_default


def test_a_preset_takes_over_all_but_what_is_seen_in_the_image(session):
    settings = session.trace_settings
    settings.set_value("weight", 1.5)
    settings.set_value("polarity", "dark")
    settings.set_preset("wide")
    assert session.options == TraceOptions("wide", (("polarity", "dark"),))
    assert settings.values == {**CHOICES.presets["wide"], "polarity": "dark"}
    settings.reset()
    assert session.options == TraceOptions("default")


def test_a_preset_that_the_engine_does_not_know_gives_way_to_the_default(session):
    session.trace_settings.set_next_preset("of another version")
    session.trace_settings.learn(CHOICES)
    assert session.options == TraceOptions("default")


def test_a_selected_crack_shows_its_own_parameters(session):
    settings = session.trace_settings
    session.selection.select(["b"])
    assert settings.heading == "Selected crack"
    assert settings.values == {**DEFAULT, "polarity": "dark", "weight": 2.0}
    assert settings.preset == CUSTOM
    session.selection.select(["a"])
    assert settings.preset == "default"  # the polarity is what was seen


def test_values_that_differ_are_mixed(session):
    settings = session.trace_settings
    session.selection.select(["a", "b"])
    assert settings.heading == "2 selected cracks"
    assert settings.values == {**DEFAULT, "polarity": "dark", "weight": MIXED}
    assert settings.preset is MIXED


def test_a_change_traces_the_selected_cracks_anew_once(qtbot, session):
    settings = session.trace_settings
    session.selection.select(["a", "b"])
    for weight in (3.0, 4.0, 5.0):
        settings.set_value("weight", weight)
    assert settings.values["weight"] == 5.0  # shown before it is traced
    settled(qtbot, session, 2)
    assert {dict(options.overrides)["weight"] for _, options in session.tracer.calls} == {5.0}
    assert session.options == TraceOptions()
    assert all(crack.identifier in "ab" for crack in session.current.content.cracks)


def test_a_preset_for_a_selected_crack_keeps_what_was_seen(qtbot, session):
    session.selection.select(["b"])
    session.trace_settings.set_preset("wide")
    settled(qtbot, session, 1)
    chosen = dict(session.tracer.calls[0][1].overrides)
    assert chosen == {**CHOICES.presets["wide"], "polarity": "dark"}


def test_resetting_a_crack_looks_at_the_image_again(qtbot, session):
    session.selection.select(["b"])
    session.trace_settings.reset()
    settled(qtbot, session, 1)
    assert dict(session.tracer.calls[0][1].overrides) == DEFAULT


def test_a_failed_trace_shows_the_old_value_again(qtbot, session):
    session.tracer.problem = "There is no crack to follow."
    session.selection.select(["b"])
    session.trace_settings.set_value("weight", 7.0)
    settled(qtbot, session, 1)
    assert session.trace_settings.values["weight"] == 2.0


def test_locked_cracks_keep_their_parameters(qtbot, session):
    session.set_locked(["b"], True)
    session.selection.select(["a", "b"])
    assert not session.trace_settings.is_locked
    session.trace_settings.set_value("weight", 9.0)
    settled(qtbot, session, 1)
    assert session.tracer.calls[0][0] == ((20, 50), (200, 50))
    session.selection.select(["b"])
    assert session.trace_settings.is_locked


def test_a_drag_during_a_trace_anew_keeps_the_parameters_asked_for(qtbot, session):
    session.selection.select(["b"])
    session.trace_settings.set_value("weight", 6.0)
    session.trace_settings._retrace()
    crack = session.current.content.find_crack("b")
    session.retrace(crack, [(20, 150), (240, 160)])
    qtbot.waitUntil(lambda: not session.traces.running)
    waypoints, options = session.tracer.calls[-1]
    assert waypoints == ((20, 150), (240, 160))
    assert dict(options.overrides)["weight"] == 6.0


def test_whoever_shows_it_hears_of_it(session):
    seen = watch(session.trace_settings.changed)
    for act in (
        lambda: session.selection.select(["a"]),
        lambda: session.trace_settings.set_next_preset("wide"),
        lambda: session.set_locked(["a"], True),
    ):
        before = len(seen)
        act()
        assert len(seen) > before


def test_only_edits_of_the_image_shown_concern_it(session):
    changes = watch(session.trace_settings.changed)
    session.document_changed.emit(ImageEntry(9, Path("other.png")), Change((), ()))
    assert changes == []
    session.document_changed.emit(session.current, Change((), ()))
    assert len(changes) == 1
