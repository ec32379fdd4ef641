"""A child process that predicts without a model: what is dark is crack, tile by tile.

Names of images say what happens: "deadly" ends the process each time, "fragile" only once (the
file ``fragile`` beside the image says that it did), "broken" fails with a sentence, "defect" with
something unforeseen. The device "slow" takes its time for each tile, "none" is not there.
"""

import hashlib
import os
import time
from pathlib import Path

import numpy as np

from annotator.errors import AnnotatorError, JobCancelled
from annotator.services.child_loop import run_child
from annotator.storage.image_io import load_image


class ModelError(AnnotatorError):
    """As the one of the backend, which is not loaded here."""


TILE = 64
SLOW_S = 0.15


def handle(head, _payload, desk):
    path = Path(head["image"])
    desk.send({"kind": "stage", "text": "loading the model", "share": 0.0})
    if head["device"] == "none":
        raise ModelError("there is no such device.")
    if "broken" in path.name:
        raise AnnotatorError("it is broken on purpose.")
    if "defect" in path.name:
        raise ZeroDivisionError("unforeseen")
    pixels = load_image(path).pixels
    grey = pixels if pixels.ndim == 2 else pixels[..., 0]
    codes = (255 - grey.astype(np.uint16)) * np.uint16(257)
    height, width = codes.shape
    desk.send({"kind": "size", "size": (width, height)})
    boxes = [
        (x, y, min(x + TILE, width), min(y + TILE, height))
        for y in range(0, height, TILE)
        for x in range(0, width, TILE)
    ]
    for number, (x0, y0, x1, y1) in enumerate(boxes):
        if desk.is_cancelled():
            raise JobCancelled
        desk.send({"kind": "stage", "text": f"tile {number + 1} of {len(boxes)}",
                   "share": number / len(boxes)})  # fmt: skip
        if head["device"] == "slow":
            time.sleep(SLOW_S)
        if number == 1:
            _perish(path)
        part = np.ascontiguousarray(codes[y0:y1, x0:x1])
        desk.send({"kind": "tile", "box": (x0, y0, x1, y1)}, part.data)
    facts = {
        "kind": "done",
        "seconds": 0.1,
        "engine": "fake",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "size": (width, height),
    }
    desk.send(facts, codes.data)


def _perish(path):
    mark = path.with_name("fragile")
    if "fragile" in path.name and not mark.exists():
        mark.touch()
        os._exit(9)
    if "deadly" in path.name:
        os._exit(9)


if __name__ == "__main__":
    run_child(handle, lambda _error: None)
