"""Takes the picture of the window for the documentation: traces known cracks, saves, closes."""

import json
from pathlib import Path

from PySide6.QtCore import QObject, QSize, QTimer

from annotator.main_window import MainWindow
from annotator.session import Session

TIMEOUT_MS = 300_000
SIZE = QSize(1400, 880)
SETTLE_MS = 800
"""Time for thumbnails and layout."""


class Photographer(QObject):
    """Waits for the image, traces the cracks whose ends are known, saves the window as PNG."""

    def __init__(self, session: Session, window: MainWindow, target: Path) -> None:
        super().__init__(window)
        self.error = ""
        self._session = session
        self._window = window
        self._target = target
        window.resize(SIZE)  # whatever the screen is like: without one, it is small
        self._finish = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._finish.timeout.connect(self._take)
        session.image_shown.connect(self._on_image_shown)
        session.traces.changed.connect(self._on_traces_changed)
        session.problem.connect(self._stop)
        QTimer.singleShot(TIMEOUT_MS, self, lambda: self._stop("The picture took too long."))

    def _on_image_shown(self) -> None:
        if self._session.image is None:
            return  # a sentence on it follows
        entry = self._session.current
        ends = find_crack_ends(entry.path) if entry else []
        for start, end in ends:
            self._session.trace([start, end])
        if not ends:
            self._finish.start()

    def _on_traces_changed(self) -> None:
        if not self._session.traces.running:
            self._finish.start()

    def _take(self) -> None:
        if not self._window.grab().save(str(self._target), "PNG"):
            self.error = f"{self._target} could not be written."
        self._close()

    def _stop(self, problem: str) -> None:
        self.error = self.error or problem
        self._finish.stop()
        self._close()

    def _close(self) -> None:
        self._window.context.is_discarding = True
        self._window.close()


def find_crack_ends(image: Path) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return the ends of the main cracks in ``centerlines/NAME.json``, which synth writes."""
    truth = image.parent.parent / "centerlines" / f"{image.stem}.json"
    if not truth.is_file():
        return []
    cracks = json.loads(truth.read_text(encoding="utf-8"))["cracks"]
    lines = [crack["centerline"] for crack in cracks if crack.get("parent") is None]
    return [((line[0][0], line[0][1]), (line[-1][0], line[-1][1])) for line in lines]
