"""What runs in the child process that predicts: torch and the models stay out of the window's.

Started as a module by `annotator.services.prediction_process`, whose messages it answers.
"""

import hashlib
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from annotator.errors import AnnotatorError, JobCancelled
from annotator.services.child_loop import Desk, run_child
from annotator.storage.image_io import load_image

QUICK_ENGINES: Final = ("openvino", "onnxruntime")
"""Taken in this order where no engine was measured: measuring them all takes longer than a few
images. Without them it is torch."""
PATIENT_FROM: Final = 40_000_000
"""Pixels still to be predicted from which the engines are measured first."""
FULL_CODE: Final = 65535

Codes = NDArray[np.uint16]


class Predictions:
    """Keeps the model of the last request, ready for the next."""

    def __init__(self) -> None:
        self._key: tuple[str, str] | None = None
        self._predictor: Any = None
        self._is_measured = False

    def handle(self, head: dict[str, Any], _payload: bytearray, desk: Desk) -> None:
        """Predict an image: answer with its size, its tiles, and in the end all of it."""
        path = Path(head["image"])
        desk.send({"kind": "stage", "text": "reading the photograph", "share": 0.0})
        pixels = _rgb(load_image(path).pixels)
        desk.send({"kind": "size", "size": (pixels.shape[1], pixels.shape[0])})
        _stop_if(desk)
        predictor = self._make(head, desk)
        _stop_if(desk)
        start = time.perf_counter()
        codes = _predict(predictor, pixels, head.get("viewport"), desk)
        facts = {
            "kind": "done",
            "seconds": time.perf_counter() - start,
            "engine": predictor.choice.name,
            "sha256": _digest(path),
            "size": (pixels.shape[1], pixels.shape[0]),
        }
        desk.send(facts, codes.data)

    def _make(self, head: dict[str, Any], desk: Desk) -> Any:
        """Return the predictor for a request; a model that is loaded stays as it is."""
        key = str(head["key"]), str(head["device"])
        is_patient = int(head["pixels"]) >= PATIENT_FROM
        if self._key == key and (self._is_measured or not is_patient):
            return self._predictor
        desk.send({"kind": "stage", "text": "loading the model", "share": 0.0})
        from segmentation.inference.predictor import Predictor
        from segmentation.model_store.model_folder import load_model

        def tell(text: str) -> None:
            if not text.startswith("Engine "):
                words = text.rstrip(" .")
                desk.send({"kind": "stage", "text": words[:1].lower() + words[1:], "share": 0.0})

        self._key = self._predictor = None  # let go of the memory before more is taken
        loaded = load_model(Path(head["model"]))
        engine = _engine(loaded, key[1], is_patient=is_patient)
        self._predictor = Predictor(loaded, device=key[1], engine=engine, on_notice=tell)
        self._key, self._is_measured = key, engine == "auto"
        return self._predictor


def _engine(loaded: Any, device: str, *, is_patient: bool) -> str:
    """Return the engine to ask for: the fastest, or one that is quickly ready."""
    from platformdirs import user_cache_path

    from segmentation.inference.engine_choice import known_choice
    from segmentation.inference.engines import (
        ENGINES,
        Request,
        available_threads,
        resolve_device,
    )

    resolved = resolve_device(device)
    cache = user_cache_path("crack-annotator", appauthor=False)
    request = Request(loaded, resolved, available_threads(), cache)
    if is_patient or known_choice(request) is not None:
        return "auto"
    kind = resolved.partition(":")[0]
    quick = (
        name
        for name in QUICK_ENGINES
        if kind in ENGINES[name].devices and ENGINES[name].is_installed()
    )
    return next(quick, "torch")


def _predict(
    predictor: Any, pixels: NDArray[np.uint8], viewport: list[int] | None, desk: Desk
) -> Codes:
    from segmentation.inference.predictor import PredictionCancelled
    from segmentation.inference.tiling import Box

    def on_tile(box: Box, probability: NDArray[np.float32]) -> None:
        edges = (box.left, box.top, box.right, box.bottom)
        desk.send({"kind": "tile", "box": edges}, _codes(probability).data)

    def report(share: float, text: str) -> None:
        desk.send({"kind": "stage", "text": text, "share": share})

    try:
        probability = predictor.predict(
            pixels,
            viewport=Box(*viewport) if viewport else None,
            on_tile=on_tile,
            report=report,
            is_cancelled=desk.is_cancelled,
        )
    except PredictionCancelled as error:
        raise JobCancelled from error
    return _codes(probability)


def _codes(probability: NDArray[np.float32]) -> Codes:
    """Return probabilities as whole numbers of which the largest stands for 1; row by row."""
    codes = np.empty(probability.shape, np.uint16)
    rows = (1 << 20) // probability.shape[1] + 1
    for top in range(0, len(codes), rows):
        part = probability[top : top + rows] * np.float32(FULL_CODE) + np.float32(0.5)
        codes[top : top + rows] = np.clip(part, 0, FULL_CODE)
    return codes


def _rgb(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return red, green and blue in 8 bit, as the backend reads photographs."""
    from segmentation.data.image_files import eight_bit

    shown = pixels if pixels.dtype == np.uint8 else eight_bit(pixels)
    if shown.ndim == 2:
        shown = np.repeat(shown[..., None], 3, axis=2)
    return np.ascontiguousarray(shown)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stop_if(desk: Desk) -> None:
    if desk.is_cancelled():
        raise JobCancelled


def explain(error: Exception) -> str | None:
    """Return the sentence of an error that is meant for users."""
    from segmentation.data.errors import DataError
    from segmentation.durable_files import NotSavedError
    from segmentation.inference.engines import PredictionError
    from segmentation.model_store.card import ModelError

    known = (AnnotatorError, DataError, NotSavedError, PredictionError, ModelError)
    return str(error) if isinstance(error, known) else None


def main() -> None:
    """Answer requests until the program is gone."""
    run_child(Predictions().handle, explain)


if __name__ == "__main__":
    main()
