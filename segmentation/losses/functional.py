"""Losses of single images as pure functions of tensors; all return one value per image.

Everywhere, ``truth`` is 0 or 1, ``probability`` the sigmoid of ``logits``, and ``valid`` is 1
where a pixel counts and 0 where it is unlabelled; all have the shape ``(B, ...)`` and the same
floating type. An image without a single valid pixel has loss 0 and no gradient.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

_SMALLEST_BASE = 1e-7
"""The gradient of a power below 1 is infinite at 0."""


def binary_cross_entropy(logits: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
    """Return the mean cross entropy ``-(y log p + (1 - y) log(1 - p))`` over valid pixels.

    Computed from logits, so that it stays finite however sure the network is.

    Parameters
    ----------
    logits, truth, valid
        ``(B, ...)`` as the module describes.

    Returns
    -------
    Tensor
        ``(B,)``, 0 or more.

    References
    ----------
    Kompanets et al., arXiv 2403.17725 (2024), Eq. (1).
    """
    loss = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    return _sum(loss * valid) / _sum(valid).clamp_min(1.0)


def soft_dice(probability: Tensor, truth: Tensor, valid: Tensor, *, smooth: float = 1.0) -> Tensor:
    """Return ``1 - (2 Σ y p + ε) / (Σ y + Σ p + ε)``, the sums running over valid pixels.

    Parameters
    ----------
    probability, truth, valid
        ``(B, ...)`` as the module describes.
    smooth
        ε, positive.

    Returns
    -------
    Tensor
        ``(B,)`` in [0, 1]. Where there is no crack it is ``S / (S + ε)`` with ``S = Σ p``, with
        the slope ``ε / (S + ε)²``: flat where much is wrong and steep where nearly nothing is.

    References
    ----------
    Milletari, Navab, Ahmadi: V-Net, 3DV 2016, for the loss; Kompanets et al. (2024), Eq. (2), for
    this form, which prints no factor 2, without which a perfect answer would cost 0.5.
    """
    overlap = _sum(probability * truth * valid)
    total = _sum(truth * valid) + _sum(probability * valid)
    return 1.0 - (2.0 * overlap + smooth) / (total + smooth)


def tversky(
    probability: Tensor,
    truth: Tensor,
    valid: Tensor,
    *,
    alpha: float,
    beta: float,
    smooth: float = 1.0,
) -> Tensor:
    """Return ``1 - (TP + ε) / (TP + α FP + β FN + ε)`` with soft counts over valid pixels.

    Parameters
    ----------
    probability, truth, valid
        ``(B, ...)`` as the module describes.
    alpha, beta
        Weights of false positives and of false negatives, not negative.
    smooth
        ε, positive.

    Returns
    -------
    Tensor
        ``(B,)`` in [0, 1]; ``α = β = 1/2`` and ``ε/2`` give the Dice loss with ``ε``.

    References
    ----------
    Salehi, Erdogmus, Gholipour: Tversky loss function for image segmentation using 3D fully
    convolutional deep networks, MLMI 2017, Eq. (4).
    """
    hits = _sum(probability * truth * valid)
    false_positives = _sum(probability * (1.0 - truth) * valid)
    false_negatives = _sum((1.0 - probability) * truth * valid)
    return 1.0 - (hits + smooth) / (
        hits + alpha * false_positives + beta * false_negatives + smooth
    )


def focal_power(loss: Tensor, gamma: float) -> Tensor:
    """Return ``loss ** (1 / γ)``, which with γ above 1 weighs nearly solved images more.

    Parameters
    ----------
    loss
        In [0, 1], of any shape.
    gamma
        Positive; 1 changes nothing.

    References
    ----------
    Abraham, Khan: A novel focal Tversky loss function with improved attention U-Net for lesion
    segmentation, ISBI 2019, Eq. (4).
    """
    return loss if gamma == 1.0 else loss.clamp_min(_SMALLEST_BASE) ** (1.0 / gamma)


def invert_empty(logits: Tensor, truth: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    """Exchange crack and background in the images that have no crack.

    Each image for itself: where ``Σ y = 0`` over valid pixels, ``(y, p)`` becomes
    ``(1 - y, 1 - p)``. Cross entropy stays what it is; the Dice loss of an image of ``N`` pixels
    becomes ``S / (2 N - S + ε)``, with the slope ``(2 N + ε) / (2 N - S + ε)²``, which every false
    positive feels alike.

    Parameters
    ----------
    logits, truth, valid
        ``(B, ...)`` as the module describes.

    Returns
    -------
    logits, truth
        Inverted where the image is empty; ``σ(-z) = 1 - σ(z)``, so logits change their sign.

    References
    ----------
    Kompanets et al., arXiv 2403.17725 (2024), Section 2.3.2, Eq. (5).
    """
    is_empty = _sum(truth * valid) == 0
    is_empty = is_empty.view(-1, *[1] * (truth.ndim - 1))
    return torch.where(is_empty, -logits, logits), torch.where(is_empty, 1.0 - truth, truth)


def _sum(values: Tensor) -> Tensor:
    return values.flatten(1).sum(dim=1)
