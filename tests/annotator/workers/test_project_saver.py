"""Edits reach the project in order, are kept while it cannot be written, and are tried again."""

import threading

import pytest

from annotator.document.image_content import ImageContent
from annotator.errors import DiskFullError
from annotator.workers.job_runner import JobRunner
from annotator.workers.project_saver import ProjectSaver, Unsaved

pytestmark = pytest.mark.gui


class FakeStore:
    """Notes what is saved; can be slow, and can be full."""

    def __init__(self):
        self.saved = []
        self.may_go = threading.Event()
        self.may_go.set()
        self.error = self.error_of_many = None
        self.sizes, self.digested = [], []

    def save(self, identifier, content, text):
        assert self.may_go.wait(5)
        if self.error:
            raise self.error
        self.saved.append((identifier, content, text))

    def save_many(self, saves):
        assert self.may_go.wait(5)
        self.sizes.append(len(saves))
        if self.error or self.error_of_many:
            raise self.error or self.error_of_many
        self.saved += [(save.identifier, save.content, save.text) for save in saves]

    def note_digests(self, identifiers):
        self.digested += identifiers


@pytest.fixture
def runner(qtbot):
    runner = JobRunner()
    yield runner
    runner.shutdown()


@pytest.fixture
def store():
    return FakeStore()


@pytest.fixture
def saver(runner, store):
    saver = ProjectSaver(runner)
    saver.set_store(store)
    return saver


def test_an_edit_is_saved_in_the_background(saver, store, qtbot):
    content = ImageContent()
    store.may_go.clear()
    saver.save(7, content, "Trace crack")
    assert not saver.is_saved
    store.may_go.set()
    qtbot.waitUntil(lambda: saver.is_saved)
    assert store.saved == [(7, content, "Trace crack")]


def test_on_a_slow_disk_only_the_newest_content_is_written(saver, store, qtbot):
    store.may_go.clear()
    contents = [ImageContent() for _ in range(4)]
    saver.save(1, contents[0], "a")
    saver.save(1, contents[1], "b")
    saver.save(2, contents[2], "c")
    saver.save(1, contents[3], "d")
    store.may_go.set()
    qtbot.waitUntil(lambda: saver.is_saved)
    last = {identifier: content for identifier, content, _ in store.saved}
    assert last == {1: contents[3], 2: contents[2]}
    told = "".join(text.replace(" · ", "") for i, _, text in store.saved if i == 1)
    assert told == "abd"  # the journal misses none of them, in their order


def test_what_cannot_be_saved_is_kept_and_tried_again(saver, store, qtbot, monkeypatch):
    saver._retry.setInterval(20)
    store.error = DiskFullError("The disk is full.")
    told = []
    saver.failed.connect(told.append)
    content = ImageContent()
    saver.save(1, content, "a")
    qtbot.waitUntil(lambda: saver.error is not None)
    qtbot.wait(120)  # several attempts fail for the same reason
    assert [error.text for error in told] == ["The disk is full."]
    assert saver.unsaved_count == 1
    store.error = None
    qtbot.waitUntil(lambda: saver.is_saved)
    assert saver.error is None
    assert store.saved == [(1, content, "a")]


def test_an_edit_while_another_fails_is_not_lost(saver, store, qtbot):
    store.error = DiskFullError("The disk is full.")
    saver.save(1, ImageContent(), "a")
    qtbot.waitUntil(lambda: saver.error is not None)
    newer = ImageContent()
    saver.save(1, newer, "b")
    qtbot.waitUntil(lambda: saver._runner.find("save project") is None)
    store.error = None
    saver.retry()
    qtbot.waitUntil(lambda: saver.is_saved)
    assert store.saved == [(1, newer, "a · b")]


def test_flush_writes_at_once(saver, store):
    store.may_go.clear()
    threading.Timer(0.05, store.may_go.set).start()
    content = ImageContent()
    saver.save(1, content, "a")
    assert saver.flush() is None
    assert saver.is_saved
    assert [saved[1] for saved in store.saved] == [content]


def test_flush_tells_why_it_failed(saver, store):
    store.error = DiskFullError("The disk is full.")
    saver.save(1, ImageContent(), "a")
    assert saver.flush() is store.error
    assert not saver.is_saved


def test_an_image_that_cannot_be_written_does_not_hold_up_the_others(saver, store, qtbot):
    save = store.save

    def refuse_one(identifier, content, text):
        if identifier == 1:
            raise DiskFullError("no")
        save(identifier, content, text)

    store.save = refuse_one
    store.error_of_many = DiskFullError("no")
    saver.save(1, ImageContent(), "a")
    saver.save(2, ImageContent(), "b")
    qtbot.waitUntil(lambda: saver.error is not None)
    assert [saved[0] for saved in store.saved] == [2]
    assert saver.unsaved_count == 1


def test_what_waits_is_saved_many_at_once(saver, store, qtbot):
    store.may_go.clear()
    contents = {number: ImageContent() for number in range(600)}
    for number, content in contents.items():
        saver.save(number, content, "Mark")
    store.may_go.set()
    qtbot.waitUntil(lambda: saver.is_saved)
    assert {number: content for number, content, _ in store.saved} == contents
    assert len(store.saved) == 600
    assert 3 <= len(store.sizes) <= 4
    qtbot.waitUntil(lambda: len(store.digested) >= sum(store.sizes))
    assert len(set(store.digested)) == sum(store.sizes)


def test_where_many_fail_each_is_tried_for_itself(saver, store):
    store.error_of_many = DiskFullError("no")
    for number in range(3):
        with saver._lock:
            saver._waiting[number] = Unsaved(ImageContent(), ["Mark"])
    assert saver.flush() is None
    assert [number for number, *_ in store.saved] == [0, 1, 2]


def test_where_the_disk_is_full_all_of_many_stay_unsaved(saver, store, qtbot):
    store.error = DiskFullError("no")
    for number in range(30):
        saver.save(number, ImageContent(), "Mark")
    assert saver.flush() is store.error
    assert saver.unsaved_count == 30
    store.error = None
    assert saver.flush() is None
    assert {number for number, *_ in store.saved} == set(range(30))


def test_edited_again_while_many_are_written(saver, store):
    newer = ImageContent()
    write = store.save_many

    def save_many(saves):
        store.save_many = write
        write(saves)
        with saver._lock:
            saver._waiting[1].content = newer
            saver._waiting[1].texts.append("b")

    store.save_many = save_many
    for number in range(3):
        with saver._lock:
            saver._waiting[number] = Unsaved(ImageContent(), ["a"])
    assert saver.flush() is None
    assert store.saved[-1] == (1, newer, "b")
    assert len(store.saved) == 4
