"""Review: the order of things, what the keys decide, the way back."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from annotator.document.image_content import ImageContent
from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import ImageState
from annotator.session.review_order import Workload, in_order, next_candidate
from tests.crack_factory import make_candidate, painted_crack
from tests.session_factory import make_session, watch


class FakeSight:
    """Notes where the view is sent."""

    def __init__(self):
        self.place = 0
        self.shown = []

    def show(self, box):
        self.place += 1
        self.shown.append(box)

    def go_back(self, place):
        self.place = place
        self.shown.append(("back", place))


def three():
    return [
        make_candidate("one", ((10, 20), (80, 40)), 0.9),
        make_candidate("two", ((20, 100), (90, 120)), 0.3),
        make_candidate("three", ((150, 30), (220, 60)), 0.6),
    ]


def put(session, candidates, state=ImageState.PREDICTED, cracks=()):
    """Let a model have proposed candidates on the image that is shown."""
    session.current.content = ImageContent(tuple(cracks), (), state, candidates=tuple(candidates))
    session.selection.follow(session.current.content)


@pytest.fixture
def session(qtbot):
    session = make_session()
    put(session, three())
    session.store = SimpleNamespace(
        is_read_only=False,
        reviews=SimpleNamespace(candidates=list),
        save=lambda *_args: None,
        add_effort=lambda *_args: None,
    )
    session.show_image = lambda index: go_to(session, index)
    session.review.sight = FakeSight()
    start(session, qtbot)
    yield session
    session.runner.shutdown()


def start(session, qtbot):
    session.review.start()
    qtbot.waitUntil(lambda: session.review.is_on or session.runner.find("read candidates") is None)


def go_to(session, index):
    """Show an image at once, as if it had been loaded."""
    session.current = session.entries[index]
    session.history.activate(session.current)
    session.selection.follow(session.current.content)
    session.image_shown.emit()


def add_image(session, candidates, state=ImageState.PREDICTED):
    """Put one more image at the end of the list."""
    content = ImageContent(state=state, candidates=tuple(candidates))
    entry = ImageEntry(len(session.entries) + 1, Path("other.png"), (300, 200), content)
    session.entries.append(entry)
    return entry


def verdicts(session):
    return [candidate.verdict for candidate in session.current.content.candidates]


def item(session):
    return session.review.current.identifier if session.review.current else session.review.stage


def test_each_key_decides_and_leads_on(session):
    assert item(session) == "one"
    session.review.accept()
    assert item(session) == "two"
    session.review.reject()
    session.review.accept(raw=True)
    assert verdicts(session) == ["accepted", "rejected", "accepted raw"]
    assert session.review.stage == "image"
    first, last = session.current.cracks
    assert first.path is not None
    assert last.path is None
    assert [c.identifier for c in (first, last)] == ["one", "three"]
    assert session.current.state is ImageState.IN_PROGRESS


def test_the_view_goes_to_each_item_and_then_to_all_of_the_image(session):
    boxes = [candidate.box for candidate in three()]
    for _ in range(3):
        session.review.reject()
    assert session.review.sight.shown == [*boxes, None]


def test_undo_brings_back_item_and_view(session):
    place = session.review.sight.place
    session.review.accept()
    session.review.reject()
    session.undo()
    assert item(session) == "two"
    session.undo()
    assert item(session) == "one"
    assert session.review.sight.shown[-1] == ("back", place)
    assert session.current.cracks == ()
    session.redo()
    assert item(session) == "two"
    session.undo()
    assert item(session) == "one"


def test_everything_can_be_taken_back_and_done_again(session):
    before = session.current.content
    for decide in (session.review.accept, session.review.skip, session.review.reject):
        decide()
    session.review.accept()  # the image
    while session.history.undo_text:
        session.undo()
    assert session.current.content is before
    assert item(session) == "one"
    while session.history.redo_text:
        session.redo()
    assert verdicts(session) == ["accepted", "skipped", "rejected"]
    assert session.current.state is ImageState.REVIEWED


def test_what_is_skipped_does_not_come_again_in_this_review(session, qtbot):
    session.review.skip()
    session.review.accept()
    session.review.accept()
    assert session.review.stage == "image"
    session.review.stop()
    start(session, qtbot)
    assert item(session) == "one"


def test_an_item_can_be_looked_at_again_and_decided_otherwise(session):
    session.review.accept()
    session.review.reject()
    session.review.back()
    assert item(session) == "two"
    assert verdicts(session) == ["accepted", "rejected", "open"]
    session.review.back()
    assert item(session) == "one"
    session.review.reject()
    assert session.current.cracks == ()
    assert item(session) == "three"


def test_a_verdict_given_again_leads_on_without_an_edit(session):
    session.review.accept()
    text = session.history.last
    session.review.back()
    session.review.accept()
    assert session.history.last is text
    assert item(session) == "two"


def test_the_way_back_ends_where_the_review_began(session):
    notices = watch(session.notice)
    session.review.back()
    assert item(session) == "one"
    assert notices == ["This is where the review began"]


def test_editing_accepts_selects_and_comes_back(session):
    session.review.edit()
    assert session.review.stage == "editing"
    assert not session.review.is_reviewing
    assert session.selection.names == ("one",)
    session.review.reject()  # keys of the review do not count now
    assert verdicts(session) == ["accepted", "open", "open"]
    session.apply("Paint", lambda content: content.with_cracks([painted_crack((5, 5, 9, 9))]))
    assert session.review.stage == "editing"
    session.review.go_on()
    assert item(session) == "two"
    assert session.selection.names == ()


def test_undo_of_the_acceptance_ends_the_editing(session):
    session.review.edit()
    session.undo()
    assert session.review.stage == "candidate"
    assert item(session) == "one"


@pytest.mark.parametrize(
    ("raw", "cracks", "state"),
    [
        (False, True, ImageState.REVIEWED),
        (True, True, ImageState.APPROVED),
        (False, False, ImageState.NO_CRACK),
        (True, False, ImageState.NO_CRACK),
    ],
)
def test_a_yes_to_the_image_says_how_far_it_is(session, raw, cracks, state):
    for _ in range(3):
        (session.review.accept if cracks else session.review.reject)()
    session.review.accept(raw=raw)
    assert session.current.state is state
    assert session.review.stage == "finished"
    session.review.accept()
    assert session.review.stage == "off"


def test_the_next_image_that_has_work_follows(session):
    add_image(session, [], ImageState.NEW)
    add_image(session, [], ImageState.APPROVED)
    entry = add_image(session, [make_candidate("four")])
    for _ in range(3):
        session.review.accept()
    session.review.accept()
    assert session.current is entry
    assert item(session) == "four"


def test_undo_crosses_images(session):
    first = session.current
    second = add_image(session, [make_candidate("four")])
    for _ in range(4):
        session.review.accept()
    assert session.current is second
    assert session.review.undo_text == f"Mark as reviewed in {first.name}"
    assert session.review.undo()
    assert session.current is first
    assert first.state is ImageState.IN_PROGRESS
    assert session.review.stage == "image"
    assert not session.review.undo()  # the image has the last word again
    session.undo()
    assert item(session) == "three"


def test_what_was_done_by_hand_is_taken_back_first(session):
    second = add_image(session, [make_candidate("four")])
    for _ in range(4):
        session.review.accept()
    session.apply("Paint", lambda content: content.with_cracks([painted_crack((5, 5, 9, 9))]))
    assert not session.review.undo()
    session.undo()
    assert session.current is second
    assert session.review.undo()
    assert session.current is not second


def test_an_image_that_was_left_is_come_back_to(session):
    first = session.current
    add_image(session, [make_candidate("four")])
    for _ in range(3):
        session.review.accept()
    session.review.skip()
    assert session.current is not first
    assert session.review.undo()
    assert session.current is first
    assert session.review.stage == "image"


def test_a_state_given_by_its_own_key_leads_on(session):
    second = add_image(session, [make_candidate("four")])
    session.set_state([session.current], ImageState.APPROVED)
    assert session.current is second
    assert session.review.undo()
    assert session.current is not second
    assert session.current.state is ImageState.PREDICTED


def test_candidates_that_are_found_anew_are_gone_on_with(session):
    session.review.accept()
    session.apply("Predict", lambda c: c.with_candidates([make_candidate("new", confidence=0.5)]))
    assert verdicts(session) == ["accepted", "open"]
    assert item(session) == "new"


def test_an_image_changed_by_hand_in_the_middle_keeps_the_item(session):
    session.apply("Paint", lambda content: content.with_cracks([painted_crack((5, 5, 9, 9))]))
    assert item(session) == "one"
    session.undo()
    assert item(session) == "one"


def test_a_locked_crack_is_left_alone(session):
    session.review.accept()
    session.set_locked(["one"], is_locked=True)
    session.review.back()
    problems = watch(session.problem)
    session.review.reject()
    assert len(problems) == 1
    assert "locked" in problems[0]
    assert item(session) == "one"
    assert len(session.current.cracks) == 1


def test_a_read_only_project_can_be_looked_through(session):
    session.store.is_read_only = True
    problems = watch(session.problem)
    session.review.accept()
    session.review.reject()
    session.review.edit()
    assert item(session) == "one"
    assert len(problems) == 3
    session.review.skip()
    assert item(session) == "two"
    session.review.back()
    assert item(session) == "one"
    for _ in range(3):
        session.review.skip()
    assert session.review.stage == "image"
    session.review.accept()
    assert session.review.stage == "image"
    session.review.skip()
    assert session.review.stage == "finished"
    assert verdicts(session) == ["open"] * 3


def test_without_work_there_is_no_review(session, qtbot):
    session.review.stop()
    put(session, [], ImageState.NEW)
    notices = watch(session.notice)
    start(session, qtbot)
    qtbot.waitUntil(lambda: bool(notices))
    assert not session.review.is_on
    assert "nothing to review" in notices[0]


def test_another_project_ends_the_review(session):
    session.store = None
    session.project_changed.emit()
    assert not session.review.is_on


def test_a_candidate_that_is_pointed_at_is_next(session):
    session.review.choose("three")
    assert item(session) == "three"
    session.review.accept()
    assert item(session) == "one"
    session.review.choose("nobody")
    assert item(session) == "one"


@pytest.mark.parametrize(
    ("order", "names"),
    [("listed", ["one", "two", "three"]), ("uncertain", ["two", "three", "one"])],
)
def test_the_order_of_candidates(order, names):
    content = ImageContent(candidates=tuple(three()))
    found, after = [], ""
    for _ in range(3):
        candidate = next_candidate(content, order, after, found)
        after = candidate.identifier
        found.append(after)
    assert found == names
    assert next_candidate(content, order, after, found) is None


def test_skipped_candidates_come_last():
    candidates = three()
    candidates[0] = replace(candidates[0], verdict="skipped")
    content = ImageContent(candidates=tuple(candidates))
    assert next_candidate(content, "listed").identifier == "two"
    assert next_candidate(content, "listed", "", {"two", "three"}).identifier == "one"


def test_the_order_of_images():
    loads = {
        1: Workload(2, 0.5), 2: Workload(5, 0.9), 3: Workload(1, 0.1), 4: Workload(),
    }  # fmt: skip
    entries = [SimpleNamespaceEntry(number) for number in (4, 1, 2, 3)]

    def names(order, ranks=()):
        return [e.identifier for e in in_order(entries, order, loads, dict(ranks))]

    assert names("listed") == [1, 2, 3, 4]
    assert names("uncertain") == [3, 1, 2, 4]
    assert names("cracks") == [2, 1, 3, 4]
    assert names("useful") == names("uncertain")
    assert names("useful", {2: 0, 1: 1, 3: 2}.items()) == [2, 1, 3, 4]


class SimpleNamespaceEntry:
    """An image that is not in memory."""

    content = None
    crack_count = 0

    def __init__(self, identifier):
        self.identifier = identifier


def test_an_image_that_needs_work_does_not_come_again(session):
    second = add_image(session, [make_candidate("four")])
    session.set_state([session.current], ImageState.NEEDS_WORK)
    assert session.current is second
    session.review.accept()
    session.review.reject()  # the image
    assert second.state is ImageState.NEEDS_WORK
    assert session.review.stage == "finished"
    assert session.review.queue.entries == []
    session.undo()
    assert session.review.stage == "image"


def test_nobody_judges_what_cannot_be_opened(session):
    problems = watch(session.problem)
    session.image = None
    session.image_shown.emit()
    assert session.review.stage == "image"
    session.review.accept()
    assert session.review.stage == "image"
    assert "cannot be opened" in problems[0]
    session.review.skip()
    assert session.review.stage == "finished"


def test_a_crack_that_was_deleted_is_made_again_when_it_is_edited(session):
    session.review.accept()
    session.apply("Delete crack", lambda content: content.without(["one"]))
    session.review.back()
    session.review.edit()
    assert session.selection.names == ("one",)
