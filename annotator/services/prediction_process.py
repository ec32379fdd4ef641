"""Prediction in a child process that stays ready for the next image."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import Box
from annotator.errors import AnnotatorError, JobCancelled
from annotator.services.child_process import ChildDied, ChildProcess

if TYPE_CHECKING:
    from annotator.services.models import ModelChoice

CHILD: Final = "annotator.services.prediction_child"
POLL_S: Final = 0.05
"""A prediction that is no longer wanted is left after so long, at most."""

_OF_MODEL: Final = ("ModelError", "PredictionError")
"""Errors of the backend that are those of model and device."""

Codes = NDArray[np.uint16]


class ModelUnusableError(AnnotatorError):
    """No image can be predicted with this model and device, not only this one."""


@dataclass(frozen=True, slots=True)
class PredictionRequest:
    """What is to be predicted, and how.

    Attributes
    ----------
    image
        The photograph; the child reads it.
    model
        A model that can be used.
    device
        "auto", "cpu", "cuda" or "cuda:N".
    viewport
        The box of the image that is looked at, whose tiles come first.
    pixels
        About how many pixels will be asked for after each other; from some number on it pays to
        measure first which engine is fastest.
    """

    image: Path
    model: "ModelChoice"
    device: str = "auto"
    viewport: Box | None = None
    pixels: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class PredictedImage:
    """The probability of a crack in each pixel, and how it was made.

    Attributes
    ----------
    codes
        ``(H, W)``: 65535 stands for 1.
    sha256
        Of the file of the photograph.
    seconds
        That the prediction took.
    engine
        That it was made with.
    """

    codes: Codes
    sha256: str
    seconds: float
    engine: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px."""
        return self.codes.shape[1], self.codes.shape[0]


@dataclass(frozen=True, slots=True)
class Watcher:
    """What wants to know how a prediction goes; called on the thread that waits for it.

    Attributes
    ----------
    on_size
        Given the upright (width, height) before the first tile.
    on_tile
        Given a box and its codes; neighbors overlap a little, the later one replaces the earlier.
    report
        Given what is being done, and the share that is done.
    is_cancelled
        Asked often.
    on_restart
        Told in a sentence that the process had died and the image is begun again.
    """

    on_size: Callable[[tuple[int, int]], None] = field(default=lambda _size: None)
    on_tile: Callable[[Box, Codes], None] = field(default=lambda _box, _codes: None)
    report: Callable[[str, float], None] = field(default=lambda _text, _share: None)
    is_cancelled: Callable[[], bool] = field(default=lambda: False)
    on_restart: Callable[[str], None] = field(default=lambda _text: None)


class PredictionProcess:
    """Predicts one image after the other; `predict` is for one thread at a time.

    The child is started with the first prediction, and anew after it died.
    """

    def __init__(self, module: str = CHILD) -> None:
        self._module = module
        self._child: ChildProcess | None = None
        self._lock = threading.Lock()
        self._number = 0
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """Number of the child in the system, None while there is none."""
        return self._child.pid if self._child and self._child.is_alive else None

    def predict(self, request: PredictionRequest, watcher: Watcher) -> PredictedImage:
        """Predict an image; raises AnnotatorError, or JobCancelled where that was asked for.

        Where the child dies the image is begun once more in a new one.
        """
        try:
            return self._attempt(request, watcher)
        except ChildDied as death:
            if self._is_closed:
                raise JobCancelled from death
            watcher.on_restart(
                f"The process that predicts stopped unexpectedly ({death}); {request.image.name} "
                "is begun again."
            )
        try:
            return self._attempt(request, watcher)
        except ChildDied as death:
            words = self._child.words if self._child else ""
            raise AnnotatorError(
                f"The process that predicts stopped unexpectedly again ({death}), so "
                f"{request.image.name} was not predicted; close other programs, or choose another "
                "model or device in the menu Model.",
                words,
            ) from death

    def close(self) -> None:
        """End the child at once; nothing can be predicted after this."""
        with self._lock:
            self._is_closed = True
            if self._child:
                self._child.kill()

    def _attempt(self, request: PredictionRequest, watcher: Watcher) -> PredictedImage:
        child = self._ready_child()
        self._number += 1
        head: dict[str, Any] = {
            "kind": "predict",
            "number": self._number,
            "image": str(request.image),
            "model": str(request.model.folder),
            "key": request.model.key,
            "device": request.device,
            "viewport": request.viewport,
            "pixels": request.pixels,
        }
        child.send(head)
        while True:
            if watcher.is_cancelled():
                child.send({"kind": "cancel", "number": self._number})
                raise JobCancelled
            message = child.receive(POLL_S)
            if message is not None and message[0]["number"] == self._number:
                done = _answer(*message, request, watcher)
                if done is not None:
                    return done

    def _ready_child(self) -> ChildProcess:
        with self._lock:
            if self._is_closed:
                raise JobCancelled
            if self._child is not None and not self._child.is_alive:
                self._child.kill()  # closes what is left of it
                self._child = None
            if self._child is None:
                self._child = ChildProcess(self._module)
            return self._child


def _answer(
    head: dict[str, Any], payload: bytearray, request: PredictionRequest, watcher: Watcher
) -> PredictedImage | None:
    """Tell the watcher; return the prediction once it is complete."""
    kind = head["kind"]
    if kind == "stage":
        watcher.report(head["text"], head["share"])
    elif kind == "size":
        width, height = head["size"]
        watcher.on_size((width, height))
    elif kind == "tile":
        left, top, right, bottom = head["box"]
        codes = np.frombuffer(payload, np.uint16).reshape(bottom - top, right - left)
        watcher.on_tile((left, top, right, bottom), codes)
    elif kind == "done":
        width, height = head["size"]
        codes = np.frombuffer(payload, np.uint16).reshape(height, width)
        return PredictedImage(codes, head["sha256"], head["seconds"], head["engine"])
    elif kind == "cancelled":
        raise JobCancelled
    elif kind == "failed":
        raise _error(head, request)
    return None


def _error(head: dict[str, Any], request: PredictionRequest) -> AnnotatorError:
    if head.get("cause") in _OF_MODEL:
        return ModelUnusableError(f"The model {request.model.name} cannot be used: {head['text']}")
    if head["text"]:
        return AnnotatorError(f"{request.image.name} was not predicted: {head['text']}")
    return AnnotatorError(
        f"{request.image.name} was not predicted: the program met a defect; please report it with "
        "the details.",
        head.get("detail", ""),
    )
