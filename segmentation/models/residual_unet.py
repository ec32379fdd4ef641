"""A candidate for the compact default: a plain U-Net of residual blocks with batch normalization.

References
----------
Ronneberger, Fischer, Brox: U-Net, MICCAI 2015; He et al.: Deep residual learning, CVPR 2016.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation.config import ModelConfig
from segmentation.models.base import CrackModel, Network, refuse_pretrained
from segmentation.models.blocks import AttentionGate, ResidualBlock, initialize, initialize_head
from segmentation.models.companions import CompanionHeads
from segmentation.toml_records import Range, Record, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Record):
    """What can be varied.

    Attributes
    ----------
    widths
        Channels at the strides 1, 2, 4 and so on.
    gates
        Attention gates on the skip connections.
    companions
        Deep supervision of all levels of the decoder but the last.
    prior
        Probability of a crack that the outputs begin with.
    """

    widths: Annotated[tuple[int, ...], Range(1, 4096)] = (16, 24, 48, 96, 192, 256)
    gates: bool = False
    companions: bool = True
    prior: Annotated[float, Range(0.001, 0.999)] = 0.02

    def __post_init__(self) -> None:
        """Check each field, and that there is something to go down to."""
        Record.__post_init__(self)
        if len(self.widths) < 2:
            raise ValueError(f"widths has {len(self.widths)} values; it takes at least two.")


class ResidualUNet(Network):
    """Residual blocks down by strides of two, and up again with skip connections.

    Parameters
    ----------
    options
        Widths and switches.
    """

    def __init__(self, options: Options) -> None:
        super().__init__()
        widths = options.widths
        self.stride = 2 ** (len(widths) - 1)
        self.down = nn.ModuleList([ResidualBlock(3, widths[0])])
        for n_above, n_below in pairwise(widths):
            self.down.append(ResidualBlock(n_above, n_below, stride=2))
        self.gates = nn.ModuleList()
        self.up = nn.ModuleList()
        for n_above, n_below in zip(widths[-2::-1], widths[:0:-1], strict=True):
            self.gates.append(AttentionGate(n_above, n_below) if options.gates else nn.Identity())
            self.up.append(ResidualBlock(n_above + n_below, n_above))
        self.head = nn.Conv2d(widths[0], 1, 1)
        initialize(self)
        initialize_head(self.head, options.prior)
        inner = widths[-2:0:-1] if options.companions else ()
        self.companions = CompanionHeads(inner, prior=options.prior)

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Map ``(B, 3, H, W)``, multiples of the stride, to logits ``(B, 1, H, W)``."""
        skips: list[Tensor] = []
        features = images
        for block in self.down:
            features = block(features)
            skips.append(features)
        skips.pop()
        decoded: list[Tensor] = []
        for gate, block in zip(self.gates, self.up, strict=True):
            features = F.interpolate(features, scale_factor=2.0, mode="nearest")
            skip = skips.pop()
            skip = gate(skip, features) if isinstance(gate, AttentionGate) else skip
            features = block(torch.cat([features, skip], dim=1))
            decoded.append(features)
        return self.head(features), self.companions(decoded, images.shape[-2:])


def build(config: ModelConfig) -> CrackModel:
    """Return the network as configured."""
    refuse_pretrained(config)
    return CrackModel(ResidualUNet(read_record(Options, config.options, "model.options")))
