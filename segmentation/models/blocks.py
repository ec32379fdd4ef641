"""Building blocks: convolutions with their normalization, residual blocks, attention."""

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Attention = Literal["none", "scse"]

_HEAD_STD = 0.01


def conv_bn_relu(
    n_in: int, n_out: int, *, kernel: int = 3, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    """Return convolution, batch normalization and ReLU; the size is kept but for the stride."""
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(n_out),
        nn.ReLU(inplace=True),
    )


def conv_stack(n_in: int, n_out: int) -> nn.Sequential:
    """Return two 3×3 convolutions, each with batch normalization and ReLU."""
    return nn.Sequential(*conv_bn_relu(n_in, n_out), *conv_bn_relu(n_out, n_out))


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with a short skip: ``y = relu(bn(conv(relu(bn(conv(x))))) + P x)``.

    ``P`` is the identity, or a 1×1 convolution with batch normalization where the number of
    channels or the size changes.

    Parameters
    ----------
    n_in, n_out
        Channels.
    stride
        1, or 2 to halve the size.

    References
    ----------
    He, Zhang, Ren, Sun: Deep residual learning for image recognition, CVPR 2016, Eq. (1), (2).
    """

    def __init__(self, n_in: int, n_out: int, *, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *conv_bn_relu(n_in, n_out, stride=stride),
            nn.Conv2d(n_out, n_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(n_out),
        )
        self.stride = stride
        self.shortcut = nn.Sequential()
        if n_in != n_out or stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out)
            )

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(B, n_in, H, W)`` to ``(B, n_out, H / stride, W / stride)``."""
        # The same as a stride of the 1×1 convolution; see `fitting_memory_format` for why not that.
        seen = features[..., :: self.stride, :: self.stride]
        return F.relu(self.body(features) + self.shortcut(seen))


class PlainResidualBlock(nn.Module):
    """Two 3×3 convolutions with ReLU and no normalization, added to their input.

    References
    ----------
    König et al.: Optimized deep encoder-decoder methods for crack segmentation, Digital Signal
    Processing 108 (2021); nothing follows the addition.
    """

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_channels, n_channels, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(n_channels, n_channels, 3, padding=1),
            nn.ReLU(),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(B, C, H, W)`` to the same shape."""
        return features + self.body(features)


class LargeKernelBlock(nn.Module):
    """Depthwise convolution over a large window, then an inverted bottleneck, with a short skip.

    The order of ConvNeXt's block with batch normalization and ReLU in place of layer
    normalization and GELU, so that prediction can fold the normalization away.

    Parameters
    ----------
    n_channels
        Channels.
    kernel
        Odd side of the depthwise window.
    expansion
        Channels of the bottleneck per channel.

    References
    ----------
    Liu et al.: A ConvNet for the 2020s, CVPR 2022, Section 2.6 and Figure 4.
    """

    def __init__(self, n_channels: int, *, kernel: int = 7, expansion: int = 3) -> None:
        super().__init__()
        n_inner = expansion * n_channels
        self.body = nn.Sequential(
            nn.Conv2d(
                n_channels, n_channels, kernel, padding=kernel // 2, groups=n_channels, bias=False
            ),
            nn.BatchNorm2d(n_channels),
            *conv_bn_relu(n_channels, n_inner, kernel=1),
            nn.Conv2d(n_inner, n_channels, 1, bias=False),
            nn.BatchNorm2d(n_channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(B, C, H, W)`` to the same shape."""
        return features + self.body(features)


class ScSE(nn.Module):
    """Concurrent spatial and channel squeeze and excitation.

    Channels are weighed by ``s = σ(W2 relu(W1 mean(x)))`` and pixels by ``q = σ(w · x)``; the
    two weighed maps are added, ``y = s x + q x``.

    Parameters
    ----------
    n_channels
        Channels.
    reduction
        Channels per channel of the inner layer; Roy et al. take 2.

    References
    ----------
    Roy, Navab, Wachinger: Concurrent spatial and channel 'squeeze & excitation' in fully
    convolutional networks, MICCAI 2018, Eq. (3) to (5).
    """

    def __init__(self, n_channels: int, *, reduction: int = 2) -> None:
        super().__init__()
        n_inner = max(n_channels // reduction, 1)
        self.channel = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(n_channels, n_inner, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(n_inner, n_channels, 1),
            nn.Sigmoid(),
        )
        self.spatial = nn.Sequential(nn.Conv2d(n_channels, 1, 1), nn.Sigmoid())

    def forward(self, features: Tensor) -> Tensor:
        """Map ``(B, C, H, W)`` to the same shape."""
        return features * self.channel(features) + features * self.spatial(features)


class AttentionGate(nn.Module):
    """Weighs a skip connection by what comes up from below.

    ``a = σ(w · relu(Wx x + Wu u + b) + c)``, one channel, and the gate returns ``a x``; ``u`` has
    been upsampled to the size of ``x`` before.

    Parameters
    ----------
    n_skip, n_up
        Channels of the skip connection and of what comes from below.

    References
    ----------
    Oktay et al.: Attention U-Net, MIDL 2018, Eq. (1), (2), for the additive gate.
    """

    def __init__(self, n_skip: int, n_up: int) -> None:
        super().__init__()
        self.of_skip = nn.Conv2d(n_skip, n_skip, 1, bias=False)
        self.of_up = nn.Conv2d(n_up, n_skip, 1)
        self.weight = nn.Conv2d(n_skip, 1, 1)

    def forward(self, skip: Tensor, up: Tensor) -> Tensor:
        """Map ``(B, n_skip, H, W)`` and ``(B, n_up, H, W)`` to the weighed skip connection."""
        gate = F.relu(self.of_skip(skip) + self.of_up(up))
        return skip * torch.sigmoid(self.weight(gate))


def make_attention(kind: Attention, n_channels: int, reduction: int) -> nn.Module:
    """Return the attention of a feature map, the identity for "none"."""
    return ScSE(n_channels, reduction=reduction) if kind == "scse" else nn.Identity()


def initialize(module: nn.Module) -> None:
    """Draw the convolutions of a module anew and reset its normalizations, in place.

    Weights are normal with the variance ``2 / fan_in`` that keeps the scale of activations
    through ReLU; biases are 0.

    References
    ----------
    He et al.: Delving deep into rectifiers, ICCV 2015, Eq. (10).
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
            if part.bias is not None:
                nn.init.zeros_(part.bias)
        elif isinstance(part, nn.BatchNorm2d):
            part.reset_parameters()


def initialize_head(head: nn.Conv2d, prior: float | None = None) -> None:
    """Draw a last layer anew, in place.

    Parameters
    ----------
    head
        The layer that gives logits.
    prior
        Probability that it begins with everywhere: the bias is its logit and the weights have a
        standard deviation of 0.01. None initializes it as any other layer.

    References
    ----------
    Lin et al.: Focal loss for dense object detection, ICCV 2017, Section 4.1.
    """
    initialize(head)
    if prior is not None and head.bias is not None:
        nn.init.normal_(head.weight, std=_HEAD_STD)
        nn.init.constant_(head.bias, math.log(prior / (1.0 - prior)))
