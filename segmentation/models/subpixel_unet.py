"""A candidate for the compact default: a U-Net whose body never works at full size.

Most of a network's time on a CPU goes into its full-size layers, and most of a thin crack's
trace is lost where a network skips them. Here 2×2 pixels become 12 channels of one, which loses
nothing; everything but the last two convolutions works on a quarter of the pixels; and the last
ones take four sub-pixel values per position, beside features of the image itself. Where the maps
are small, 7×7 depthwise windows look far along a crack at little cost. Nothing is pooled over the
whole input, so a tile and the image around it agree wherever the windows do not reach its border.

References
----------
Shi et al.: Real-time single image super-resolution using a sub-pixel convolutional network,
CVPR 2016, Eq. (4), for the rearrangement; the blocks are cited where they are defined.
"""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation.config import ModelConfig
from segmentation.models.base import CrackModel, Network, refuse_pretrained
from segmentation.models.blocks import (
    LargeKernelBlock,
    ResidualBlock,
    conv_bn_relu,
    initialize,
    initialize_head,
)
from segmentation.models.companions import CompanionHeads
from segmentation.toml_records import Range, Record, read_record

FIRST_LARGE_LEVEL = 3
"""From this level on, at stride 16, blocks have large kernels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Record):
    """What can be varied.

    Attributes
    ----------
    widths
        Channels at the strides 2, 4, 8, 16 and so on.
    depths
        Blocks of the encoder at the same strides; the decoder has one each.
    kernel
        Side of the depthwise windows from stride 16 on, odd.
    n_detail
        Channels at full size: of the sub-pixel values and of the image's features; 0 ends in
        four sub-pixel logits per position.
    companions
        Deep supervision of the decoder's levels.
    prior
        Probability of a crack that the outputs begin with.
    """

    widths: Annotated[tuple[int, ...], Range(1, 4096)] = (24, 48, 96, 160, 256)
    depths: Annotated[tuple[int, ...], Range(1, 32)] = (1, 2, 2, 3, 3)
    kernel: Annotated[int, Range(3, 31)] = 7
    n_detail: Annotated[int, Range(0, 256)] = 8
    companions: bool = True
    prior: Annotated[float, Range(0.001, 0.999)] = 0.02

    def __post_init__(self) -> None:
        """Check each field, and that they fit each other."""
        Record.__post_init__(self)
        if len(self.widths) < 2 or len(self.depths) != len(self.widths):
            raise ValueError(
                f"widths has {len(self.widths)} values and depths {len(self.depths)}; they need "
                "the same number, at least two."
            )
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel is {self.kernel}; it must be odd.")


class SubpixelUNet(Network):
    """The network of this module.

    Parameters
    ----------
    options
        Widths, depths and switches.
    """

    def __init__(self, options: Options) -> None:
        super().__init__()
        widths = options.widths
        self.stride = 2 ** len(widths)
        self.down = nn.ModuleList()
        for level, (width, depth) in enumerate(zip(widths, options.depths, strict=True)):
            first = conv_bn_relu(12, width) if level == 0 else _halve(widths[level - 1], width)
            blocks = [_block(width, level, options.kernel) for _ in range(depth)]
            self.down.append(nn.Sequential(*first, *blocks))
        self.reduce = nn.ModuleList()
        self.up = nn.ModuleList()
        for level in range(len(widths) - 2, -1, -1):
            self.reduce.append(conv_bn_relu(widths[level + 1], widths[level], kernel=1))
            self.up.append(_block(widths[level], level, options.kernel))
        self.detail = _Detail(widths[0], options.n_detail)
        initialize(self)
        initialize_head(self.detail.head, options.prior)
        inner = widths[-2::-1] if options.companions else ()
        self.companions = CompanionHeads(inner, prior=options.prior)

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Map ``(B, 3, H, W)``, multiples of the stride, to logits ``(B, 1, H, W)``."""
        features = F.pixel_unshuffle(images, 2)
        skips: list[Tensor] = []
        for level in self.down:
            features = level(features)
            skips.append(features)
        skips.pop()
        decoded: list[Tensor] = []
        for reduce, block in zip(self.reduce, self.up, strict=True):
            below = F.interpolate(reduce(features), scale_factor=2.0, mode="nearest")
            features = block(below + skips.pop())
            decoded.append(features)
        return self.detail(features, images), self.companions(decoded, images.shape[-2:])


class _Detail(nn.Module):
    """From features at stride 2 and the image to logits at full size."""

    def __init__(self, n_features: int, n_detail: int) -> None:
        super().__init__()
        self.n_detail = n_detail
        self.expand = nn.Conv2d(n_features, 4 * max(n_detail, 1), 3, padding=1)
        self.head = self.expand
        if n_detail:
            self.of_image = conv_bn_relu(3, n_detail)
            self.mix = conv_bn_relu(2 * n_detail, n_detail)
            self.head = nn.Conv2d(n_detail, 1, 1)

    def forward(self, features: Tensor, images: Tensor) -> Tensor:
        subpixels = F.pixel_shuffle(self.expand(features), 2)
        if not self.n_detail:
            return subpixels
        return self.head(self.mix(torch.cat([subpixels, self.of_image(images)], dim=1)))


def _halve(n_in: int, n_out: int) -> nn.Sequential:
    return conv_bn_relu(n_in, n_out, stride=2)


def _block(width: int, level: int, kernel: int) -> nn.Module:
    if level < FIRST_LARGE_LEVEL:
        return ResidualBlock(width, width)
    return LargeKernelBlock(width, kernel=kernel)


def build(config: ModelConfig) -> CrackModel:
    """Return the network as configured."""
    refuse_pretrained(config)
    return CrackModel(SubpixelUNet(read_record(Options, config.options, "model.options")))
