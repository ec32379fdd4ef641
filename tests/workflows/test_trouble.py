"""Disks that are full or locked, and files that are damaged, while somebody annotates."""

import errno
import os
import shutil
import sqlite3
import subprocess
import threading
from contextlib import suppress

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from annotator.exporters import csb_images
from annotator.session.project_switch import EXPORTING
from annotator.storage.project_store import ProjectStore
from annotator.workers import project_saver
from annotator.workers.exchange_work import EXPORT_KEY
from tests.session_factory import StraightTracer
from tests.workflows.killed_process import digests_in, tidy_up
from tests.workflows.scripted_session import export_csb, make_photographs
from tests.workflows.session_process import content_digest
from tests.workflows.user_hand import close_window, open_window

pytestmark = pytest.mark.gui
Key = Qt.Key


@pytest.fixture
def hand(qapp, tmp_path, monkeypatch):
    monkeypatch.setattr(project_saver, "RETRY_MS", 300)
    hand = open_window(tmp_path / "settings.ini", StraightTracer())
    yield hand
    if hand.window.isVisible():
        close_window(hand)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own, of a few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if os.name != "posix" or os.geteuid() or subprocess.run(command, check=False).returncode:
        pytest.skip("a disk for the test cannot be made here")
    yield folder
    if folder.is_mount():
        subprocess.run(["umount", "-l", str(folder)], check=True)


def open_beams(hand, folder):
    make_photographs(folder / "beams")
    hand.session.open_paths([folder / "beams"])
    hand.wait(lambda: hand.session.image is not None)
    hand.wait_until_quiet()
    return hand.session.store.folder


def paint(hand, row):
    """Paint a new crack."""
    hand.key(Key.Key_B)
    line = [(60, row), (200, row + 12), (400, row - 8), (580, row)]
    hand.drag(line, Qt.KeyboardModifier.ShiftModifier)


def saved_state(hand):
    return hand.window.findChild(QToolButton, "saved_state").text()


def fill(folder):
    """Take all the space that is left."""
    rest = folder / "rest"
    with rest.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(folder).free == 0
    return rest


def test_a_full_disk_while_annotating(hand, small_disk):
    project = open_beams(hand, small_disk)
    paint(hand, 60)
    hand.wait_until_quiet()
    good = content_digest(hand.session.current.content)
    rest = fill(small_disk)

    for row in range(100, 260, 20):
        paint(hand, row)
    hand.wait(lambda: saved_state(hand) == "not saved")
    assert "disk is full" in hand.problems[-1]
    assert hand.window.messages.is_open
    n_cracks = len(hand.session.current.cracks)
    hand.show_image(1)
    paint(hand, 300)
    hand.undo()
    hand.redo()
    hand.show_image(-1)
    paint(hand, 320)
    assert len(hand.session.current.cracks) == n_cracks + 1
    assert not hand.session.saver.is_saved
    told = len(hand.problems)
    with ProjectStore.open(project, author="Grace", read_only=True) as store:
        content, damages = store.load(hand.session.current.identifier)
    assert damages == []
    assert len(content.cracks) in range(1, n_cracks)  # the last state that fitted
    assert content_digest(content) == good or len(content.cracks) > 1

    assert hand.window.messages.is_open
    rest.unlink()
    hand.wait(lambda: saved_state(hand) == "saved")
    assert len(hand.problems) == told, "it is told once"
    assert not hand.window.messages.is_open
    shown = {entry.identifier: entry.content for entry in hand.session.entries if entry.content}
    hand.leave_project()
    digests = digests_in(project)
    assert {i: digests[i] for i in shown} == {i: content_digest(c) for i, c in shown.items()}
    assert tidy_up(project) == []


def refuse(*_arguments, **_options):
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


class RefusingConnection:
    """A connection to a file that may not be written."""

    def __init__(self, connection):
        self._connection = connection

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def execute(self, statement, *values):
        if statement == "BEGIN IMMEDIATE":
            error = sqlite3.OperationalError("attempt to write a readonly database")
            error.sqlite_errorcode = sqlite3.SQLITE_READONLY
            raise error
        return self._connection.execute(statement, *values)


@pytest.mark.parametrize("where", ["masks", "database"])
def test_permission_is_denied_while_annotating(hand, tmp_path, monkeypatch, where):
    project = open_beams(hand, tmp_path)
    paint(hand, 60)
    hand.wait_until_quiet()
    before = digests_of_open(hand)
    database = hand.session.store._database
    with monkeypatch.context() as patched:
        if where == "masks":
            patched.setattr("annotator.storage.atomic.os.fsync", refuse)
        else:
            patched.setattr(database, "_writer", RefusingConnection(database._writer))
        paint(hand, 120)
        hand.wait(lambda: saved_state(hand) == "not saved")
        assert "permi" in hand.problems[-1]
        paint(hand, 180)
        hand.click_on(hand.window.findChild(QToolButton, "saved_state"))
        hand.wait(lambda: hand.session.saver.error is not None)
        assert not hand.session.saver.is_saved
        on_disk = digests_on_disk(hand)  # more of them once a neighbor is read ahead
        assert {identifier: on_disk[identifier] for identifier in before} == before
        assert len(hand.problems) == 1
    hand.wait(lambda: saved_state(hand) == "saved")
    assert digests_on_disk(hand) == digests_of_open(hand)
    hand.leave_project()
    assert tidy_up(project) == []


def digests_of_open(hand):
    return {e.identifier: content_digest(e.content) for e in hand.session.entries if e.content}


def digests_on_disk(hand):
    store = hand.session.store
    read = {entry.identifier: store.load(entry.identifier) for entry in hand.session.entries}
    assert all(damages == [] for _, damages in read.values())
    known = digests_of_open(hand)
    return {i: content_digest(content) for i, (content, _) in read.items() if i in known}


def test_another_folder_is_not_opened_while_edits_cannot_be_saved(hand, tmp_path, monkeypatch):
    """They would be lost."""
    project = open_beams(hand, tmp_path)
    make_photographs(tmp_path / "other" / "walls")
    database = hand.session.store._database
    with monkeypatch.context() as patched:
        patched.setattr(database, "_writer", RefusingConnection(database._writer))
        paint(hand, 120)
        hand.wait(lambda: saved_state(hand) == "not saved")
        hand.session.open_paths([tmp_path / "other" / "walls"])
        hand.wait(lambda: hand.problems[-1].endswith("no other project is opened."))
        assert hand.session.store.folder == project
    hand.wait(lambda: saved_state(hand) == "saved")
    assert len(hand.session.current.cracks) == 1
    assert digests_on_disk(hand) == digests_of_open(hand)
    hand.session.open_paths([tmp_path / "other" / "walls"])
    hand.wait(lambda: hand.session.store.folder != project)


def test_the_disk_is_taken_out(hand, small_disk):
    open_beams(hand, small_disk)
    paint(hand, 60)
    hand.wait_until_quiet()
    subprocess.run(["umount", "-l", str(small_disk)], check=True)
    paint(hand, 120)
    hand.wait(lambda: saved_state(hand) == "not saved")
    assert "no longer there" in hand.problems[-1]
    hand.key(Key.Key_2)
    close_window(hand)
    assert not hand.window.isVisible()
    assert list(small_disk.iterdir()) == [], "something was written where the disk had been"


def test_the_project_is_moved_while_it_is_open(hand, tmp_path):
    """Files of cracks that went to the old place, and rows to the new one, would not match."""
    project = open_beams(hand, tmp_path)
    paint(hand, 60)
    hand.wait_until_quiet()
    project.rename(tmp_path / "moved")
    paint(hand, 120)
    hand.wait(lambda: saved_state(hand) == "not saved")
    assert "no longer there" in hand.problems[-1]
    assert not project.exists()
    (tmp_path / "moved").rename(project)
    hand.wait(lambda: saved_state(hand) == "saved")
    assert digests_on_disk(hand) == digests_of_open(hand)
    assert len(hand.session.current.cracks) == 2


@pytest.fixture
def annotated(hand, tmp_path):
    """A project with a painted crack on each of two photographs, closed."""
    project = open_beams(hand, tmp_path)
    paint(hand, 60)
    hand.key(Key.Key_Escape)
    paint(hand, 160)
    hand.show_image(1)
    paint(hand, 260)
    hand.wait_until_quiet()
    hand.leave_project()
    return project


def test_a_truncated_mask_is_told_and_the_rest_is_shown(hand, annotated):
    cut = sorted((annotated / "masks" / "1").iterdir())[0]
    cut.write_bytes(cut.read_bytes()[:-20])
    hand.session.open_paths([annotated])
    hand.wait(lambda: hand.session.image is not None)
    hand.show_image(-1)  # the project opens where it was left
    hand.wait(lambda: hand.problems)
    assert "mask" in hand.problems[-1]
    assert "beam 1.png" in hand.problems[-1]
    assert hand.window.messages.is_open
    assert len(hand.session.current.cracks) == 1
    hand.come_back()
    paint(hand, 400)  # what is left can be worked on, and what is damaged is not given up by that
    hand.wait_until_quiet()
    assert cut.exists()
    hand.show_image(1)
    assert len(hand.session.current.cracks) == 1
    hand.leave_project()
    assert any("mask" in text for text in tidy_up(annotated))


def test_a_truncated_database_is_told_and_the_rest_is_shown(hand, annotated):
    database = annotated / "project.sqlite"
    content = database.read_bytes()
    database.write_bytes(content[: int(0.8 * len(content))])
    hand.session.open_paths([annotated])
    hand.wait(lambda: hand.session.image is not None)
    hand.wait(lambda: hand.problems)
    assert "damaged" in " ".join(hand.problems)
    assert hand.window.messages.is_open
    cracks = [entry.crack_count for entry in hand.session.entries]
    assert cracks[:2] == [2, 1]
    assert np.array_equal(sorted(cracks), [0, 0, 0, 1, 2])


def test_another_folder_is_not_opened_while_an_export_runs(hand, annotated, tmp_path, monkeypatch):
    """The export would end in the middle."""
    (tmp_path / "sets").mkdir()
    make_photographs(tmp_path / "other" / "walls")
    hand.session.open_paths([annotated])
    hand.wait(lambda: hand.session.image is not None)
    hand.come_back()
    hand.key(Key.Key_3)
    go_on, digest = threading.Event(), csb_images.mask_digest

    def wait_and_digest(mask):
        go_on.wait(30)
        return digest(mask)

    monkeypatch.setattr(csb_images, "mask_digest", wait_and_digest)
    export_csb(hand, tmp_path / "sets" / "CSB")
    hand.wait(lambda: hand.session.runner.find(EXPORT_KEY))
    hand.session.open_paths([tmp_path / "other" / "walls"])
    hand.wait(lambda: hand.problems == [EXPORTING])
    assert hand.session.store.folder == annotated
    go_on.set()
    hand.wait_for_dialog("export_report").close()
    assert (tmp_path / "sets" / "CSB").is_dir()
    hand.session.open_paths([tmp_path / "other" / "walls"])
    hand.wait(lambda: hand.session.store.folder != annotated)
