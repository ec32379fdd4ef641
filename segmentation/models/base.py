"""What all networks share: their output, and the frame of normalization and padding around them."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from segmentation.config import ModelConfig
from segmentation.models.encoders import TimmEncoder

IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_STD: Final = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """Logits of a batch of ``B`` images of ``H × W`` pixels; their sigmoid is the probability.

    Attributes
    ----------
    logits
        ``(B, 1, H, W)``, any real number, above 0 where a crack is more likely than not.
    aux_logits
        Companion outputs of the same shape for deep supervision, deepest first; empty in
        evaluation mode and for networks without them.
    """

    logits: Tensor
    aux_logits: tuple[Tensor, ...] = ()


class Network(nn.Module):
    """What stands inside a `CrackModel`."""

    stride: int
    """Both sides of its input are multiples of this."""

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return logits and, while training, companion logits, all of the input's size."""
        raise NotImplementedError


class CrackModel(nn.Module):
    """A network with everything between a photograph and its logits.

    Normalizes colors, mirrors the image at its right and lower border up to a size that the
    network can halve often enough, and cuts the output back.

    Parameters
    ----------
    network
        Maps normalized images to logits.
    mean, std
        Per channel, of images in [0, 1]; ImageNet's by default.
    """

    def __init__(
        self,
        network: Network,
        *,
        mean: tuple[float, ...] = IMAGENET_MEAN,
        std: tuple[float, ...] = IMAGENET_STD,
    ) -> None:
        super().__init__()
        self.network = network
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, -1, 1, 1), persistent=False)
        self.memory_format = fitting_memory_format(network)
        self.network.to(memory_format=self.memory_format)  # pyright: ignore[reportCallIssue]

    def forward(self, images: Tensor) -> ModelOutput:
        """Return the logits of a batch.

        Parameters
        ----------
        images
            ``(B, 3, H, W)`` floating, red, green, blue in [0, 1], of any height and width.

        Returns
        -------
        ModelOutput
            Logits of the same height and width.

        Raises
        ------
        ValueError
            The batch has another shape or holds whole numbers.
        """
        if images.ndim != 4 or images.shape[1] != self.mean.shape[1]:
            expected = f"(batch, {self.mean.shape[1]}, height, width)"
            raise ValueError(f"images has the shape {tuple(images.shape)}; it must be {expected}.")
        if not images.is_floating_point():
            raise ValueError(f"images is {images.dtype}; it must be floating, from 0 to 1.")
        height, width = images.shape[-2:]
        padded = pad_to_multiple((images - self.mean) / self.std, self.network.stride)
        logits, companions = self.network(padded.contiguous(memory_format=self.memory_format))
        return ModelOutput(
            logits[..., :height, :width], tuple(aux[..., :height, :width] for aux in companions)
        )

    def encoder_stages(self) -> tuple[tuple[nn.Parameter, ...], ...]:
        """Return the parameters of each encoder stage, shallow first; none without an encoder."""
        encoder = getattr(self.network, "encoder", None)
        return encoder.stages() if isinstance(encoder, TimmEncoder) else ()


def fitting_memory_format(network: nn.Module) -> torch.memory_format:
    """Return channels-last, in which CPUs and GPUs convolve fastest, where it is safe.

    The backward pass of 1×1 convolutions with a stride over channels-last images writes beyond
    its buffers on the CPU with torch 2.13, seen for 3 to 8, 8 to 16 and 12 to 24 channels.
    Networks with such layers stay in the usual order.
    """
    convolutions = [each for each in network.modules() if isinstance(each, nn.Conv2d)]
    strided = any(each.kernel_size == (1, 1) and each.stride != (1, 1) for each in convolutions)
    return torch.contiguous_format if strided else torch.channels_last


class LogitsOnly(nn.Module):
    """A model whose output is the plain tensor of logits, for exporters.

    Parameters
    ----------
    model
        In evaluation mode.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        """Return logits ``(B, 1, H, W)`` of images ``(B, 3, H, W)``."""
        return self.model(images).logits


def pad_to_multiple(images: Tensor, multiple: int) -> Tensor:
    """Mirror images at their right and lower border up to sides that are multiples.

    Parameters
    ----------
    images
        ``(B, C, H, W)``.
    multiple
        Positive; images that fit already are returned as they are.

    Returns
    -------
    Tensor
        ``(B, C, H', W')`` with the images in the upper left corner. The border row itself is
        not repeated; images narrower than what is added are mirrored to and fro.
    """
    for axis in (2, 3):
        size = images.shape[axis]
        padded = (size + multiple - 1) // multiple * multiple  # exporters floor no negative
        if padded != size:
            images = images.index_select(axis, _mirrored(size, padded, images.device))
    return images


def _mirrored(size: int, padded: int, device: torch.device) -> Tensor:
    index = torch.arange(padded, device=device)
    period = max(2 * (size - 1), 1)
    index = index % period
    return torch.where(index < size, index, period - index)


def refuse_pretrained(config: ModelConfig) -> None:
    """Raise ValueError if a run asks for weights of a network that has none."""
    if config.pretrained:
        raise ValueError(
            f"model.pretrained is true, but {config.name} has no weights to start from; "
            "set it to false."
        )
