"""How long edits take: pauses are capped, each edit has its own share, nothing is lost."""

from types import SimpleNamespace

import pytest

from annotator.document.edits import Change
from annotator.errors import AnnotatorError
from annotator.session.efforts import LONGEST_GAP_S, EffortMeter, Efforts, kind_of
from tests.crack_factory import make_candidate, painted_crack
from tests.session_factory import make_session


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class FakeStore:
    """Keeps what is noted."""

    def __init__(self, is_read_only=False):
        self.is_read_only = is_read_only
        self.noted = []
        self.problem = None

    def add_effort(self, *efforts):
        if self.problem:
            raise AnnotatorError(self.problem)
        self.noted += efforts


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def session(qtbot):
    session = make_session([painted_crack((10, 10, 20, 20), identifier="one")])
    yield session
    session.runner.shutdown()


def test_time_counts_while_there_is_input(clock):
    meter = EffortMeter(clock)
    for passed in (2.0, 300.0, 1.0):
        clock.now += passed
        meter.click()
    meter.key()
    assert meter.take() == (2.0 + LONGEST_GAP_S + 1.0, 3, 1)
    assert meter.take() == (0.0, 0, 0)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Trace crack", "trace"),
        ("Trace crack anew", "trace"),
        ("Paint", "paint"),
        ("Erase from crack", "paint"),
        ("Accept crack", "review"),
        ("Accept raw mask", "review"),
        ("Mark as reviewed", "review"),
        ("Move box", "edit"),
        ("Undo: Accept crack", None),
        ("Redo: Paint", None),
        ("Predict", None),
        ("Add note", None),
    ],
)
def test_the_kind_of_work_is_told_by_the_name_of_the_edit(text, kind):
    assert kind_of(text) == kind


def test_an_edit_is_noted_with_its_crack(session, qtbot, clock):
    session.store = FakeStore()
    session.efforts.meter = EffortMeter(clock)
    clock.now += 3
    session.efforts.meter.click()
    clock.now += 1
    crack = painted_crack((50, 50, 60, 60), identifier="two")
    session.apply("Trace crack", lambda content: content.with_cracks([crack]))
    session.apply("Predict", lambda content: content.with_candidates([make_candidate("c")]))
    clock.now += 2
    session.apply("Delete crack", lambda content: content.without(["one", "two"]))
    qtbot.waitUntil(lambda: len(session.store.noted) == 2)
    traced, deleted = session.store.noted
    assert (traced.kind, traced.crack, traced.seconds, traced.clicks) == ("trace", "two", 4.0, 1)
    assert (deleted.kind, deleted.crack, deleted.seconds) == ("edit", "", 2.0)
    session.undo()
    session.efforts.flush()
    assert len(session.store.noted) == 2


def test_a_read_only_project_is_left_alone(session):
    session.store = FakeStore(is_read_only=True)
    session.efforts.note(session.current, Change(), "Trace crack")
    session.efforts.flush()
    assert session.store.noted == []


def test_what_cannot_be_noted_is_no_trouble(caplog):
    efforts = Efforts(SimpleNamespace(store=FakeStore(), runner=SimpleNamespace(start=print)))
    efforts._session.store.problem = "disk full"
    efforts.note(SimpleNamespace(identifier=1), Change(), "Trace crack")
    efforts.flush()
    assert "disk full" in caplog.text
