"""Models for runtimes without torch, as ONNX.

The exported graph is the whole `CrackModel`: it takes ``images`` (batch, 3, height, width),
float32, red, green, blue in [0, 1], of any number and any size from `SMALLEST_SIDE` on, mirrors
them up to the stride of the network by itself, and gives ``logits`` (batch, 1, height, width).
The probability of a crack is ``sigmoid(logits / temperature)``. Temperature, threshold, terms of
use and the rest of the card stand in the file's metadata, as texts.
"""

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import torch
from torch.jit import TracerWarning  # pyright: ignore[reportPrivateImportUsage]

from segmentation.durable_files import write_file
from segmentation.model_store.card import ModelCard, ModelError
from segmentation.model_store.model_folder import LoadedModel
from segmentation.models.base import LogitsOnly

OPSET: Final = 17
SMALLEST_SIDE: Final = 2
"""In px; a single row has nothing to be mirrored at."""
INPUT: Final = "images"
OUTPUT: Final = "logits"


def export_onnx(loaded: LoadedModel, file: Path) -> Path:
    """Write a model as ONNX, replacing an earlier file at once.

    Parameters
    ----------
    loaded
        From `segmentation.model_store.model_folder.load_model`; it is not changed.
    file
        To write; its folder is created.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ModelError
        The onnx package is missing.
    segmentation.durable_files.NotSavedError
        The disk is full, or writing is not permitted.
    """
    write_file(file, onnx_bytes(loaded))
    return file


def onnx_bytes(loaded: LoadedModel) -> bytes:
    """Return what `export_onnx` writes."""
    try:
        import onnx
    except ImportError as error:
        raise ModelError(
            "A model cannot be exported without the package onnx; install it: pip install onnx."
        ) from error
    with TemporaryDirectory(prefix="crack-onnx-") as folder:
        draft = Path(folder) / "model.onnx"
        _trace(loaded, draft)
        graph = onnx.load(draft)
    onnx.helper.set_model_props(graph, card_properties(loaded.card))
    onnx.checker.check_model(graph)
    return graph.SerializeToString()


def card_properties(card: ModelCard) -> dict[str, str]:
    """Return what the metadata of an ONNX file says of its model."""
    return {
        "name": card.name,
        "title": card.title,
        "use": card.use,
        "terms": card.terms(),
        "threshold": repr(card.threshold),
        "temperature": repr(card.temperature),
        "tile": str(card.tile),
        "halo": str(card.halo),
        "weights_sha256": card.weights_sha256,
        "card": card.to_json(),
    }


def _trace(loaded: LoadedModel, file: Path) -> None:
    sides = {0: "batch", 2: "height", 3: "width"}
    # No multiple of any stride: what mirrors at the border would be left out of the trace.
    side = 2 * loaded.model.network.stride - 1
    options: dict[str, Any] = {"opset_version": OPSET, "dynamo": False}
    # A model that was read in inference mode cannot be traced, and nothing can inside of it.
    with torch.inference_mode(False), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the exporter that traces
        warnings.simplefilter("ignore", TracerWarning)  # sizes are checked in Python
        torch.onnx.export(
            LogitsOnly(loaded.model).eval(),
            (torch.rand(1, 3, side, side + 2),),
            str(file),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: sides, OUTPUT: sides},
            **options,
        )
