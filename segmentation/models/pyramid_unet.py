"""Encoder-decoder over a feature pyramid, after König et al. (2021), for several systems here."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation.models.base import Network
from segmentation.models.blocks import (
    Attention,
    PlainResidualBlock,
    ResidualBlock,
    conv_bn_relu,
    conv_stack,
    initialize,
    initialize_head,
    make_attention,
)
from segmentation.models.companions import CompanionHeads, Upsampling
from segmentation.models.encoders import TimmEncoder

N_LEVELS = 5
"""Steps of the decoder: strides 16, 8, 4, 2 and 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoder:
    """How a decoder is built.

    Attributes
    ----------
    widths
        Channels at the strides 16, 8, 4, 2 and 1.
    n_residual
        Residual blocks per level, the last level excepted.
    has_norm
        Batch normalization inside the residual blocks.
    attention, reduction
        Of the encoder's feature maps, before they enter the decoder.
    companions
        Whether the levels 16, 8, 4 and 2 have outputs of their own while training.
    companion_upsampling
        How those reach full size: of logits, or of probabilities as König et al. do.
    head_kernel
        Side of the last convolution.
    prior
        Probability of a crack that the outputs begin with, None for whatever they give.
    """

    widths: tuple[int, ...]
    n_residual: int = 2
    has_norm: bool = True
    attention: Attention = "none"
    reduction: int = 2
    companions: bool = True
    companion_upsampling: Upsampling = "nearest"
    head_kernel: int = 1
    prior: float | None = None


class PyramidUNet(Network):
    """Logits from the feature maps of an encoder and of the image itself.

    Each step doubles the size by nearest neighbors, appends the encoder's feature map of that
    size if there is one, reduces the channels with a 3×3 convolution and passes residual blocks.
    The last step appends the features of the image branch and ends in two convolutions.

    Parameters
    ----------
    encoder
        Its deepest stride is 32.
    decoder
        How the decoder is built.
    image_branch
        A module that maps the image to features of its size, or none.
    n_image_features
        Channels of these.

    Raises
    ------
    ValueError
        There are not five widths, or the encoder ends at another stride.
    """

    def __init__(
        self,
        encoder: TimmEncoder,
        decoder: Decoder,
        image_branch: nn.Module | None = None,
        n_image_features: int = 0,
    ) -> None:
        super().__init__()
        if len(decoder.widths) != N_LEVELS or encoder.strides[-1] != 2**N_LEVELS:
            raise ValueError(
                f"widths has {len(decoder.widths)} values and the encoder ends at stride "
                f"{encoder.strides[-1]}; {N_LEVELS} and {2**N_LEVELS} belong together."
            )
        self.stride = 2**N_LEVELS
        self.encoder = encoder
        self.image_branch = image_branch
        self.attention = nn.ModuleList(
            make_attention(decoder.attention, n, decoder.reduction) for n in encoder.channels
        )
        self.levels = nn.ModuleList()
        n_skips = dict(zip(encoder.strides, encoder.channels, strict=True))
        n_below = encoder.channels[-1]
        for level, width in enumerate(decoder.widths[:-1]):
            n_in = n_below + n_skips.get(2 ** (N_LEVELS - 1 - level), 0)
            self.levels.append(_level(n_in, width, decoder))
            n_below = width
        self.levels.append(conv_stack(n_below + n_image_features, decoder.widths[-1]))
        kernel = decoder.head_kernel
        self.head = nn.Conv2d(decoder.widths[-1], 1, kernel, padding=kernel // 2)
        initialize(self.attention)
        initialize(self.levels)
        initialize_head(self.head, decoder.prior)
        self.companions = CompanionHeads(
            decoder.widths[:-1] if decoder.companions else (),
            upsampling=decoder.companion_upsampling,
            prior=decoder.prior,
        )

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Map ``(B, 3, H, W)``, multiples of 32, to logits ``(B, 1, H, W)`` and companions."""
        maps = [
            weigh(part) for weigh, part in zip(self.attention, self.encoder(images), strict=True)
        ]
        skips = dict(zip(self.encoder.strides, maps, strict=True))
        if self.image_branch is not None:
            skips[1] = self.image_branch(images)
        features = maps[-1]
        decoded: list[Tensor] = []
        for number, level in enumerate(self.levels):
            features = F.interpolate(features, scale_factor=2.0, mode="nearest")
            skip = skips.get(2 ** (N_LEVELS - 1 - number))
            if skip is not None:
                features = torch.cat([features, skip], dim=1)
            features = level(features)
            decoded.append(features)
        return self.head(features), self.companions(decoded, images.shape[-2:])


def _level(n_in: int, width: int, decoder: Decoder) -> nn.Sequential:
    def block() -> nn.Module:
        return ResidualBlock(width, width) if decoder.has_norm else PlainResidualBlock(width)

    return nn.Sequential(*conv_bn_relu(n_in, width), *(block() for _ in range(decoder.n_residual)))
