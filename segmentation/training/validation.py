"""How good the weights are on images they do not learn from, and what a step costs."""

import math
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import torch
from torch import Tensor, nn

from segmentation import UNLABELLED
from segmentation.config import Precision, Selection
from segmentation.evaluation.counts import Counts
from segmentation.losses.modules import DeepSupervisionLoss
from segmentation.models.base import CrackModel

Batch = Sequence[Any]
"""Images ``(B, 3, H, W)``, float32 in [0, 1] or uint8, and masks ``(B, 1, H, W)`` uint8.

More may follow, as in `segmentation.data.loader.Batch`; its ``skipped`` sentences are told.
"""

_DTYPES: Final = {"bfloat16": torch.bfloat16, "float16": torch.float16}
_GAIN: Final = 1.1


def on_device(batch: Batch, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return floating images and masks of a batch on a device."""
    images = batch[0].to(device, non_blocking=True)
    masks = batch[1].to(device, non_blocking=True)
    return (images if images.is_floating_point() else images.float() / 255.0), masks


def lower_precision(
    precision: Precision, device: torch.device
) -> AbstractContextManager[object, bool | None]:
    """Return the context of a forward pass; losses leave it by themselves."""
    is_lower = precision in _DTYPES
    return torch.autocast(device.type, _DTYPES.get(precision, torch.bfloat16), enabled=is_lower)


def validate(
    model: CrackModel,
    loss: DeepSupervisionLoss,
    batches: Iterable[Batch],
    device: torch.device,
    precision: Precision = "float32",
) -> dict[str, float]:
    """Return loss, precision, recall, F1 and IoU over all validation images together.

    Parameters
    ----------
    model
        Put into evaluation mode, and back.
    loss
        Of the main output; companions are silent in evaluation.
    batches
        Images may have other sizes than in training.
    device, precision
        As in training.

    Returns
    -------
    dict
        ``loss``, the mean over images; and at threshold 0.5 and 0 px, from the sums over all
        labelled pixels, ``precision``, ``recall``, ``f1``, ``iou``. Empty without images.
    """
    was_training = model.training
    model.eval()
    loss_sum, n_images = 0.0, 0
    sums = torch.zeros(3, dtype=torch.int64, device=device)
    with torch.no_grad():
        for batch in batches:
            images, masks = on_device(batch, device)
            with lower_precision(precision, device):
                output = model(images)
            loss_sum += float(loss(output, masks)) * len(images)
            n_images += len(images)
            predicted = (output.logits >= 0) & (masks != UNLABELLED)
            truth = masks == 1
            sums += torch.stack([(predicted & truth).sum(), predicted.sum(), truth.sum()])
    model.train(was_training)
    if not n_images:
        return {}
    hits, n_predicted, n_true = sums.tolist()
    scores = Counts(hits, n_predicted, hits, n_true).scores
    return {
        "loss": loss_sum / n_images,
        "precision": scores.precision,
        "recall": scores.recall,
        "f1": scores.f1,
        "iou": scores.iou,
    }


def score_of(metrics: dict[str, float], select_by: Selection, epoch: int) -> float:
    """Return what the kept epoch is best in; higher is better.

    Without validation images, as with "last", each epoch is better than those before.
    """
    if select_by == "last" or not metrics:
        return float(epoch)
    score = metrics["f1"] if select_by == "f1" else -metrics["loss"]
    return float("-inf") if math.isnan(score) else score


def fastest_precision(
    model: nn.Module,
    loss: DeepSupervisionLoss,
    batch: Batch,
    device: torch.device,
    candidates: tuple[Precision, ...] = ("float32", "bfloat16"),
) -> Precision:
    """Measure a forward and backward pass in each precision and return the fastest.

    Parameters
    ----------
    model
        Left as it was, but for its random generators.
    loss, batch
        Of a typical step.
    device
        Where the model is.
    candidates
        In order of preference: a later one must be faster by a tenth.
    """
    images, masks = on_device(batch, device)
    kept = [buffer.clone() for buffer in model.buffers()]
    best, best_seconds = candidates[0], float("inf")
    for precision in candidates:
        seconds = min(_seconds(model, loss, (images, masks), precision) for _repetition in range(3))
        if seconds * _GAIN < best_seconds:
            best, best_seconds = precision, seconds
    with torch.no_grad():
        for buffer, old in zip(model.buffers(), kept, strict=True):
            buffer.copy_(old)
    model.zero_grad(set_to_none=True)
    return best


def _seconds(
    model: nn.Module, loss: DeepSupervisionLoss, batch: Batch, precision: Precision
) -> float:
    images, masks = batch
    _wait_for(images.device)
    start = time.perf_counter()
    with lower_precision(precision, images.device):
        output = model(images)
    loss(output, masks).backward()
    _wait_for(images.device)
    return time.perf_counter() - start


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
