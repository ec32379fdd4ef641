"""Predicting images one after the other on a worker thread, in the order that the user wants."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from annotator.document.block_raster import Box
from annotator.document.image_entry import ImageEntry
from annotator.errors import AnnotatorError
from annotator.services.prediction_process import (
    ModelUnusableError,
    PredictedImage,
    PredictionProcess,
    PredictionRequest,
    Watcher,
)
from annotator.services.probability_pyramid import ProbabilityPyramid
from annotator.storage.predictions import PredictionRecord, PredictionStore
from annotator.workers.job_runner import Job, JobContext, JobRunner

if TYPE_CHECKING:
    from annotator.services.models import ModelChoice

Codes = NDArray[np.uint16]

GUESSED_PIXELS: Final = 12_000_000
"""Of an image whose size is not known yet."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """An image to predict, and with what.

    Attributes
    ----------
    entry
        The image.
    path
        Of its file.
    model
        To use.
    device
        To use.
    threshold
        At which cracks will be looked for.
    is_anew
        Predict also where the same model did so before.
    """

    entry: ImageEntry
    path: Path
    model: "ModelChoice"
    device: str
    threshold: float
    is_anew: bool = False

    @property
    def pixels(self) -> int:
        """About how many there are to predict."""
        width, height = self.entry.size or (0, 0)
        return width * height or GUESSED_PIXELS


@dataclass(slots=True, eq=False)
class ShownPrediction:
    """A prediction as it can be looked at, complete or still growing."""

    entry: ImageEntry
    model_key: str
    codes: Codes
    pyramid: ProbabilityPyramid
    record: PredictionRecord | None = None
    """How it was made, None as long as it is not complete."""
    boxes: list[Box] = field(default_factory=list[Box])
    """Where there are values; of no interest once it is complete."""

    def is_of(self, entry: ImageEntry, model_key: str) -> bool:
        """Tell whether it is what a model says of an image."""
        return self.entry is entry and self.model_key == model_key

    @property
    def is_complete(self) -> bool:
        """Whether all tiles are there."""
        return self.record is not None


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """An image in whose prediction cracks are looked for."""

    entry: ImageEntry
    model_key: str
    threshold: float
    store: PredictionStore


Receive = Callable[[ShownPrediction | None], None]


class Orders:
    """Images still to be predicted; GUI and worker share it."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self._lock = threading.Lock()
        self._waiting = list(orders)
        self._current: Order | None = None
        self._n_taken = 0

    def take(self) -> Order | None:
        """Return the next one, None where all are done."""
        with self._lock:
            self._current = self._waiting.pop(0) if self._waiting else None
            self._n_taken += self._current is not None
            return self._current

    def put_first(self, order: Order) -> None:
        """Have an image predicted next, and not twice."""
        with self._lock:
            same = order.entry, order.model.key
            self._waiting = [o for o in self._waiting if (o.entry, o.model.key) != same]
            self._waiting.insert(0, order)

    def put_last(self, orders: Sequence[Order]) -> None:
        """Have images predicted after the others, and none twice."""
        with self._lock:
            known = {(o.entry.identifier, o.model.key) for o in self._waiting}
            new = [o for o in orders if (o.entry.identifier, o.model.key) not in known]
            self._waiting += new

    def prefer(self, entry: ImageEntry) -> None:
        """Have an image predicted next if it waits at all: it is being looked at."""
        with self._lock:
            self._waiting.sort(key=lambda order: order.entry is not entry)

    @property
    def current(self) -> Order | None:
        """The one being worked on."""
        return self._current

    @property
    def count(self) -> tuple[int, int]:
        """Number of the current one, from 1, and of all."""
        with self._lock:
            return self._n_taken, self._n_taken + len(self._waiting)

    @property
    def waiting_pixels(self) -> int:
        """Pixels of all that wait."""
        with self._lock:
            return sum(order.pixels for order in self._waiting)

    def holds(self, entry: ImageEntry, model_key: str) -> bool:
        """Tell whether an image waits or is being worked on."""
        with self._lock:
            orders = [*self._waiting, *([self._current] if self._current else [])]
            return any(o.entry is entry and o.model.key == model_key for o in orders)


class PredictionRun(QObject):
    """Works through orders; its signals arrive on the GUI thread."""

    begun = Signal(object, object)
    """This run, and a ShownPrediction without any tile yet."""
    tile_arrived = Signal(object, object)
    """ShownPrediction, and the box that has values now."""
    done = Signal(object, object)
    """Order, and the ShownPrediction that is complete."""
    known = Signal(object)
    """Order of an image whose prediction is stored already."""
    failed = Signal(object, object)
    """Order, AnnotatorError; the next image follows."""
    told = Signal(str)
    """A sentence for the user."""

    def __init__(
        self,
        orders: Orders,
        process: PredictionProcess,
        store: PredictionStore | None,
        viewport_of: Callable[[ImageEntry], Box | None],
    ) -> None:
        super().__init__()
        self.orders = orders
        self._process = process
        self._store = store
        self._viewport_of = viewport_of
        self._seconds, self._pixels = 0.0, 0

    def work(self, context: JobContext) -> None:
        """Predict until nothing waits; on a worker thread."""
        context.report("", 0.0)
        while (order := self.orders.take()) is not None:
            try:
                self._predict(order, context)
            except ModelUnusableError:
                raise  # as would each of the others
            except AnnotatorError as error:
                self.failed.emit(order, error)
            context.report(self._stage("", 1.0), self._share(1.0))

    def _predict(self, order: Order, context: JobContext) -> None:
        if not order.is_anew and self._is_known(order):
            self.known.emit(order)
            return
        start, grown = time.monotonic(), _Growing(order, self)

        def report(text: str, share: float) -> None:
            context.report(self._stage(text, share), self._share(share))

        watcher = Watcher(grown.begin, grown.add, report, context.is_cancelled, self.told.emit)
        request = PredictionRequest(
            order.path,
            order.model,
            order.device,
            self._viewport_of(order.entry),
            order.pixels + self.orders.waiting_pixels,
        )
        predicted = self._process.predict(request, watcher)
        self._seconds += time.monotonic() - start
        self._pixels += predicted.codes.size
        report("storing", 1.0)
        record = _record(order, predicted)
        if self._store is not None:
            self._store.save(record, predicted.codes)
        self.done.emit(order, grown.complete(predicted.codes, record))

    def _is_known(self, order: Order) -> bool:
        """Tell whether the same model predicted the same file before."""
        if self._store is None:
            return False
        record = self._store.record(order.entry.identifier, order.model.key)
        return record is not None and record.sha256 in ("", _digest(order.path))

    def _stage(self, text: str, share: float) -> str:
        """Return which image it is, what is done with it, and how long all will take."""
        number, count = self.orders.count
        order = self.orders.current
        if count < 2 or order is None:
            return text
        left = self._seconds_left(order, share)
        parts = (f"{number} of {count}", order.entry.name, f"about {left} left" if left else text)
        return ", ".join(part for part in parts if part)

    def _share(self, share: float) -> float:
        number, count = self.orders.count
        return (number - 1 + share) / max(count, 1)

    def _seconds_left(self, order: Order, share: float) -> str:
        if not self._pixels:
            return ""
        waiting = self.orders.waiting_pixels + (1.0 - share) * order.pixels
        return in_words(waiting * self._seconds / self._pixels)


class _Growing:
    """The prediction of one image while its tiles arrive; on the worker thread."""

    def __init__(self, order: Order, run: PredictionRun) -> None:
        self._order = order
        self._run = run
        self._shown: ShownPrediction | None = None

    def begin(self, size: tuple[int, int]) -> None:
        width, height = size
        codes = np.zeros((height, width), np.uint16)
        key = self._order.model.key
        self._shown = ShownPrediction(self._order.entry, key, codes, ProbabilityPyramid(size))
        self._run.begun.emit(self._run, self._shown)

    def add(self, box: Box, codes: Codes) -> None:
        shown = self._shown
        if shown is not None:
            x0, y0, x1, y1 = box
            shown.codes[y0:y1, x0:x1] = codes
            shown.pyramid.write(box, codes)
            shown.boxes.append(box)
            self._run.tile_arrived.emit(shown, box)

    def complete(self, codes: Codes, record: PredictionRecord) -> ShownPrediction:
        """Return another value: what is shown must not change between two frames unseen."""
        pyramid = ProbabilityPyramid.of(codes)
        return ShownPrediction(self._order.entry, self._order.model.key, codes, pyramid, record)


def load_prediction(
    store: PredictionStore, entry: ImageEntry, model_key: str
) -> ShownPrediction | None:
    """Return a stored prediction ready to be shown, None where there is none."""
    loaded = store.load(entry.identifier, model_key)
    if loaded is None:
        return None
    record, codes = loaded
    return ShownPrediction(entry, model_key, codes, ProbabilityPyramid.of(codes), record)


def read_stored(
    runner: JobRunner,
    key: str,
    store: PredictionStore,
    entry: ImageEntry,
    model_key: str,
    receive: Receive,
) -> None:
    """Read a stored prediction in the background and hand it over, None where there is none."""
    runner.start(
        Job(
            key=key,
            work=lambda _context: load_prediction(store, entry, model_key),
            lane="loading",
            priority=5,
            on_done=receive,
        )
    )


def in_words(seconds: float) -> str:
    """Return about how long that is."""
    if seconds < 10:
        return "10 s"
    if seconds < 90:
        return f"{round(seconds, -1):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _record(order: Order, predicted: PredictedImage) -> PredictionRecord:
    return PredictionRecord(
        image=order.entry.identifier,
        model_key=order.model.key,
        model_name=order.model.name,
        threshold=order.threshold,
        sha256=predicted.sha256,
        size=predicted.size,
        seconds=round(predicted.seconds, 3),
        engine=predicted.engine,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _digest(path: Path) -> str:
    import hashlib

    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "unreadable"
