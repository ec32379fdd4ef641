"""Companion outputs: logits of a decoder's inner levels, for deep supervision."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation.models.blocks import initialize_head

Upsampling = Literal["nearest", "bilinear", "bilinear_probability"]

_LOWEST_PROBABILITY = 1e-6


class CompanionHeads(nn.Module):
    """A 1×1 convolution per level and the enlargement of what it gives; only while training.

    Parameters
    ----------
    widths
        Channels of the levels, deepest first; empty for no companions.
    upsampling
        How they reach full size, as `upsample_logits` describes.
    prior
        Probability of a crack that they begin with, as `initialize_head` describes.

    References
    ----------
    Lee et al.: Deeply-supervised nets, AISTATS 2015; Kompanets et al., arXiv 2403.17725 (2024),
    Section 2.4.
    """

    def __init__(
        self,
        widths: Sequence[int],
        *,
        upsampling: Upsampling = "nearest",
        prior: float | None = None,
    ) -> None:
        super().__init__()
        self.upsampling: Upsampling = upsampling
        self.heads = nn.ModuleList()
        for width in widths:
            head = nn.Conv2d(width, 1, 1)
            initialize_head(head, prior)
            self.heads.append(head)

    def forward(self, levels: Sequence[Tensor], size: Sequence[int]) -> list[Tensor]:
        """Return logits ``(B, 1, H, W)`` of the first levels ``(B, widths[i], h, w)``.

        Parameters
        ----------
        levels
            At least as many as there are heads; the others are left out.
        size
            ``(H, W)``.

        Returns
        -------
        list of Tensor
            Empty in evaluation mode.
        """
        if not self.training:
            return []
        return [
            upsample_logits(head(level), size, self.upsampling)
            for head, level in zip(self.heads, levels, strict=False)
        ]


def upsample_logits(logits: Tensor, size: Sequence[int], how: Upsampling) -> Tensor:
    """Bring logits to a size.

    Parameters
    ----------
    logits
        ``(B, 1, h, w)``.
    size
        ``(H, W)``.
    how
        By nearest neighbors, which commute with the sigmoid; bilinear; or bilinear of the
        probabilities, as König et al. (2021) do, returned as logits again, within ±13.8.

    Returns
    -------
    Tensor
        ``(B, 1, H, W)``.
    """
    height, width = size
    if how == "nearest":
        return F.interpolate(logits, size=(height, width), mode="nearest")
    if how == "bilinear":
        return F.interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)
    probability = torch.sigmoid(logits.float())
    enlarged = F.interpolate(
        probability, size=(height, width), mode="bilinear", align_corners=False
    )
    return torch.logit(enlarged, eps=_LOWEST_PROBABILITY)
