"""Import timm, also beside a torchvision that was built for another torch.

timm imports torchvision whatever it is asked for. A torchvision whose compiled operators do not
load with the installed torch (for instance a CPU-only torch beside the index's torchvision) stops
at import, because it describes operators, ``torchvision::nms`` among them, that were never
defined. Nothing here calls these operators. So they are declared, without an implementation, and
only where the import failed for want of them: with a matching pair nothing is touched.
"""

import importlib
import re
from threading import Lock
from types import ModuleType
from typing import Final

import torch
from torch.library import Library

_SCHEMAS: Final = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_MISSING = re.compile(r"operator torchvision::(\w+) does not exist")
_lock = Lock()
_declared: list[Library] = []
"""Kept for as long as the process lives: a declaration goes with its library object."""


def import_timm(module: str = "timm") -> ModuleType:
    """Return timm or one of its modules.

    Raises
    ------
    ImportError
        timm or torchvision is not installed, or torchvision does not fit torch in another way.
    """
    with _lock:
        _import_torchvision()
    return importlib.import_module(module)


def _import_torchvision() -> None:
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        missing = _MISSING.search(str(error))
        if missing is None or missing[1] not in _SCHEMAS:
            raise ImportError(
                "torchvision does not load with the installed torch: install the two from the "
                f"same package index, in versions that belong together. ({error})"
            ) from error
        _declare_missing()
        importlib.import_module("torchvision")


def _declare_missing() -> None:
    """Declare all operators at once: a second failure would find half of them described."""
    library = Library("torchvision", "FRAGMENT")
    for name, schema in _SCHEMAS.items():
        if not hasattr(torch.ops.torchvision, name):
            library.define(schema)
    _declared.append(library)
