"""The program in a process of its own, playing a session, with a log of what it did.

    python -m tests.workflows.session_process FOLDER LOG [--play script|edits|export|nothing]

The log has a line of JSON for each thing, written before the next one happens: an edit before it
is handed to be saved, a save once it has returned. So whoever kills the process knows afterwards
what the project must hold.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from annotator import app
from annotator.document.image_content import ImageContent
from annotator.main_window import MainWindow
from annotator.storage.project_store import ContentSave, ProjectStore
from annotator.workers.project_saver import ProjectSaver
from tests.session_factory import StraightTracer
from tests.workflows.random_actions import EDITS, RandomUser
from tests.workflows.scripted_session import annotate, export_csb
from tests.workflows.user_hand import Hand


def content_digest(content: ImageContent) -> str:
    """Return a digest of all that is saved of an image."""
    digest = hashlib.sha256(f"{content.state} {content.subset} {content.boxes}".encode())
    for crack in content.cracks:
        facts = (crack.identifier, crack.source, crack.is_locked, crack.box)
        digest.update(repr(facts).encode() + crack.pixels.read(crack.box).tobytes())
        if crack.path is not None:
            for values in (crack.path.waypoints, crack.path.centerline, crack.path.half_widths):
                digest.update(values.tobytes())
    return digest.hexdigest()[:16]


class Log:
    """A file that grows by whole lines."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def add(self, **facts: Any) -> None:
        """Add a line; once this returns, it stays, whatever becomes of the process."""
        os.write(self._descriptor, (json.dumps(facts | {"at": time.monotonic()}) + "\n").encode())


def log_saving(log: Log) -> None:
    """Note every edit before it goes to the saver, and every save once it is done."""
    hand_over, store, store_many = ProjectSaver.save, ProjectStore.save, ProjectStore.save_many

    def noted_edit(self: ProjectSaver, identifier: int, content: ImageContent, text: str) -> None:
        log.add(what="edit", image=identifier, digest=content_digest(content), text=text)
        hand_over(self, identifier, content, text)

    def noted_save(
        self: ProjectStore, identifier: int, content: ImageContent, text: str, **options: bool
    ) -> None:
        store(self, identifier, content, text, **options)
        log.add(what="save", image=identifier, digest=content_digest(content), text=text)

    def noted_saves(self: ProjectStore, saves: Sequence[ContentSave]) -> None:
        store_many(self, saves)
        for save in saves:
            digest = content_digest(save.content)
            log.add(what="save", image=save.identifier, digest=digest, text=save.text)

    ProjectSaver.save, ProjectStore.save = noted_edit, noted_save
    ProjectStore.save_many = noted_saves


def die_at_write(number: int) -> None:
    """Kill this process when it is about to put a file on the disk, or in its place."""
    writes = count(1)

    def deadly(write: Callable[..., None]) -> Callable[..., None]:
        def write_or_die(*arguments: Any, **options: Any) -> None:
            if next(writes) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            write(*arguments, **options)

        return write_or_die

    os.fsync, os.replace, os.unlink = deadly(os.fsync), deadly(os.replace), deadly(os.unlink)


class Player:
    """Plays a session step by step inside the event loop of the program."""

    def __init__(self, options: argparse.Namespace, log: Log) -> None:
        self._options = options
        self._log = log
        self._rng = random.Random(options.seed)
        self._steps: Iterator[str] = iter(())
        self._wait_for_window()

    def _wait_for_window(self) -> None:
        windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
        if not windows or windows[0].session.image is None:
            QTimer.singleShot(10, self._wait_for_window)
            return
        hand = Hand(windows[0], tempo_ms=3)
        content = hand.session.current.content
        self._log.add(
            what="shown", image=hand.session.current.identifier, digest=content_digest(content)
        )
        if self._options.play != "nothing":
            die_at_write(self._options.die_at_write)
        self._steps = self._chosen(hand)
        self._go_on()

    def _chosen(self, hand: Hand) -> Iterator[str]:
        play, seed = self._options.play, self._options.seed
        if play == "script":
            return chain(annotate(hand), RandomUser(hand, seed).play(EDITS))
        if play == "edits":
            return RandomUser(hand, seed).play(EDITS)
        if play == "export":
            export_csb(hand, self._options.target)
        return iter(())

    def _go_on(self) -> None:
        """Do a step, and the next one after a while."""
        name = next(self._steps, "")
        self._log.add(what="step", text=name)
        if name:
            QTimer.singleShot(self._rng.randint(*self._options.pause_ms), self._go_on)


def main() -> int:
    """Run the window as the program does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("log", type=Path)
    parser.add_argument("--play", default="script")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", type=Path, help="where the data set goes")
    parser.add_argument("--pause-ms", type=int, nargs=2, default=(50, 150))
    parser.add_argument("--die-at-write", type=int, default=0, help="counted from the first image")
    options = parser.parse_args()
    log = Log(options.log)
    log_saving(log)
    app.EngineTracer = StraightTracer
    if options.play == "nothing":
        die_at_write(options.die_at_write)
    app.make_application()
    player = Player(options, log)
    status = app.run([options.folder])
    log.add(what="end", text=str(player))
    return status


if __name__ == "__main__":
    raise SystemExit(main())
