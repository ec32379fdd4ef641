"""Weights in half precision, as far as the probabilities of a model do not feel it.

Rounding changes each weight by at most 1/2048 of itself. In a network that has learned to be
sure the changes add up to some thousandths of probability in single pixels, most of them from the
narrow layers, which are few numbers. So smaller tensors stay in float32 until synthetic
photographs show that nothing changes.
"""

from copy import deepcopy
from functools import cache
from typing import Final

import torch
from torch import Tensor

from segmentation.data.synthetic import SURFACES, SurfaceName, generate, sample_parameters
from segmentation.model_store.card import ModelError
from segmentation.models.base import CrackModel

LARGEST_CHANGE: Final = 1e-3
"""Of the probability of any pixel of the synthetic photographs."""

_KEPT_SIZES: Final = (4096, 16_384, 65_536, 262_144)
_LARGEST_HALF: Final = 6e4
_LOST_SHARE: Final = 2.0**-10
"""Rounding a normal number changes it by at most half as much."""
_SIDE: Final = 256


def compact_tensors(model: CrackModel) -> dict[str, Tensor]:
    """Return the tensors of a model by name as they are to be stored, on the CPU.

    Vectors (statistics of normalization, biases, layer scales), tensors that half precision
    cannot hold, and as many small ones as it takes are float32, the others float16.

    Raises
    ------
    ModelError
        A tensor is not finite.
    """
    whole = {name: _plain(name, value) for name, value in model.state_dict().items()}
    with torch.inference_mode(False), torch.no_grad():
        trial = deepcopy(model).cpu().float().eval()
        images = [_photograph(surface) for surface in SURFACES]
        before = _probabilities(trial, images)
        halves = {name: half for name, each in whole.items() if (half := _halved(each)) is not None}
        for size in _KEPT_SIZES:
            chosen = {name: half for name, half in halves.items() if half.numel() > size}
            tensors = whole | chosen
            trial.load_state_dict(tensors)
            after = _probabilities(trial, images)
            if bool((after - before).abs().max() <= LARGEST_CHANGE):
                return tensors
    return whole


def _plain(name: str, value: Tensor) -> Tensor:
    value = value.detach().cpu().clone(memory_format=torch.contiguous_format)
    if not value.is_floating_point():
        return value
    if not bool(torch.isfinite(value).all()):
        raise ModelError(
            f"The weights are not saved: {name} is not finite, so the training has diverged; "
            "lower optimizer.learning_rate or set train.clip_norm."
        )
    return value.float()


def _halved(value: Tensor) -> Tensor | None:
    """Return a tensor in half precision, None if that does not suit it."""
    if not value.is_floating_point() or value.ndim <= 1 or value.numel() <= _KEPT_SIZES[0]:
        return None
    if bool((value.abs() > _LARGEST_HALF).any()):
        return None
    lost = torch.linalg.vector_norm(value - value.half().float())
    if bool(lost > _LOST_SHARE * torch.linalg.vector_norm(value)):
        return None
    return _rounded(value)


def _rounded(value: Tensor) -> Tensor:
    """Round so that the errors in a filter window, or over all inputs of a neuron, cancel.

    What one weight loses is added to the next one. Neighboring pixels are alike, so their
    weights' errors add up where each is rounded for itself.
    """
    is_window = value[0, 0].numel() > 1
    rows = value.reshape(-1, value[0, 0].numel() if is_window else value.shape[1])
    rounded = torch.empty_like(rows, dtype=torch.float16)
    error = torch.zeros(len(rows))
    for column in range(rows.shape[1]):
        wanted = rows[:, column] + error
        rounded[:, column] = wanted.half()
        error = wanted - rounded[:, column].float()
    return rounded.reshape(value.shape)


@cache
def _photograph(surface: SurfaceName) -> Tensor:
    pixels = generate(sample_parameters(surface, _SIDE, _SIDE, 0)).image
    return torch.tensor(pixels).permute(2, 0, 1)[None].float() / 255.0


def _probabilities(model: CrackModel, images: list[Tensor]) -> Tensor:
    return torch.cat([torch.sigmoid(model(image).logits) for image in images])
