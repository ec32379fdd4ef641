"""Losses as modules: options, unlabelled pixels, precision and deep supervision."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Protocol

import torch
from torch import Tensor, nn

from segmentation import UNLABELLED
from segmentation.losses.functional import (
    binary_cross_entropy,
    focal_power,
    invert_empty,
    soft_dice,
    tversky,
)
from segmentation.toml_records import Range, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossEntropyOptions(Record):
    """The mean cross entropy has nothing to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiceOptions(Record):
    """Options of the losses with a Dice term.

    Attributes
    ----------
    inversion
        Exchange crack and background in images without a crack.
    smooth
        The constant ε.
    """

    inversion: bool = True
    smooth: Annotated[float, Range(1e-8, 1e6)] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TverskyOptions(Record):
    """Options of the Tversky losses.

    Attributes
    ----------
    alpha, beta
        Weights of false positives and of false negatives.
    gamma
        Focal exponent; 1 is off.
    inversion
        Exchange crack and background in images without a crack.
    smooth
        The constant ε.
    """

    alpha: Annotated[float, Range(0.0, 1.0)] = 0.3
    beta: Annotated[float, Range(0.0, 1.0)] = 0.7
    gamma: Annotated[float, Range(0.1, 10.0)] = 1.0
    inversion: bool = False
    smooth: Annotated[float, Range(1e-8, 1e6)] = 1.0


class Output(Protocol):
    """What a loss reads of a network's output."""

    @property
    def logits(self) -> Tensor:
        """Of the main output."""
        ...

    @property
    def aux_logits(self) -> Sequence[Tensor]:
        """Of the companions."""
        ...


class PixelLoss(nn.Module):
    """A loss of logits against a mask.

    Subclasses name the record of their options and define `per_image`.
    """

    options_record: ClassVar[type[Record]]

    def forward(self, logits: Tensor, mask: Tensor) -> Tensor:
        """Return the mean loss of a batch.

        Parameters
        ----------
        logits
            ``(B, 1, H, W)``; computed in float32 if they are of lower precision.
        mask
            ``(B, 1, H, W)`` integer: 0, 1, or `UNLABELLED` where a pixel does not count.

        Returns
        -------
        Tensor
            Scalar; images without a labelled pixel count as 0, so that the mean over parts of a
            batch is the mean over all of it.

        Raises
        ------
        ValueError
            The shapes differ or the mask holds fractions.
        """
        truth, valid = split_mask(logits, mask)
        return self.per_image(_at_least_float32(logits), truth, valid).mean()

    def per_image(self, logits: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
        """Return the loss of each image, ``(B,)``."""
        raise NotImplementedError


class CrossEntropyLoss(PixelLoss):
    """Mean binary cross entropy."""

    options_record = CrossEntropyOptions

    def __init__(self, options: CrossEntropyOptions) -> None:
        super().__init__()
        self.options = options

    def per_image(self, logits: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
        """Return the loss of each image, ``(B,)``."""
        return binary_cross_entropy(logits, truth, valid)


class DiceLoss(PixelLoss):
    """Soft Dice loss, inverted where an image has no crack."""

    options_record = DiceOptions

    def __init__(self, options: DiceOptions) -> None:
        super().__init__()
        self.options = options

    def per_image(self, logits: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
        """Return the loss of each image, ``(B,)``."""
        if self.options.inversion:
            logits, truth = invert_empty(logits, truth, valid)
        return soft_dice(torch.sigmoid(logits), truth, valid, smooth=self.options.smooth)


class DiceCrossEntropyLoss(DiceLoss):
    """Soft Dice and cross entropy, added; inversion leaves the second as it is.

    References
    ----------
    Kompanets et al., arXiv 2403.17725 (2024), Eq. (3) and (5).
    """

    def per_image(self, logits: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
        """Return the loss of each image, ``(B,)``."""
        dice = super().per_image(logits, truth, valid)
        return dice + binary_cross_entropy(logits, truth, valid)


class TverskyLoss(PixelLoss):
    """Tversky loss, focal if its exponent is not 1."""

    options_record = TverskyOptions

    def __init__(self, options: TverskyOptions) -> None:
        super().__init__()
        self.options = options

    def per_image(self, logits: Tensor, truth: Tensor, valid: Tensor) -> Tensor:
        """Return the loss of each image, ``(B,)``."""
        options = self.options
        if options.inversion:
            logits, truth = invert_empty(logits, truth, valid)
        loss = tversky(
            torch.sigmoid(logits),
            truth,
            valid,
            alpha=options.alpha,
            beta=options.beta,
            smooth=options.smooth,
        )
        return focal_power(loss, options.gamma)


class DeepSupervisionLoss(nn.Module):
    """The loss of the main output and, weighed, of the companions.

    ``L = L(main) + Σ_i w_i L(companion_i)``

    Parameters
    ----------
    loss
        Of each output.
    weights
        One per companion, or one for all.

    References
    ----------
    Lee et al.: Deeply-supervised nets, AISTATS 2015; Kompanets et al. (2024), Eq. (6).
    """

    def __init__(self, loss: PixelLoss, weights: tuple[float, ...]) -> None:
        super().__init__()
        self.loss = loss
        self.weights = weights

    def forward(self, output: Output, mask: Tensor) -> Tensor:
        """Return the scalar loss of a network's output against masks ``(B, 1, H, W)``.

        Raises
        ------
        ValueError
            There are neither one weight nor as many as companions.
        """
        total = self.loss(output.logits, mask)
        weights = self._weights(len(output.aux_logits))
        for weight, logits in zip(weights, output.aux_logits, strict=True):
            if weight:
                total = total + weight * self.loss(logits, mask)
        return total

    def _weights(self, n_companions: int) -> tuple[float, ...]:
        if len(self.weights) == 1:
            return self.weights * n_companions
        if n_companions not in (0, len(self.weights)):
            raise ValueError(
                f"loss.aux_weights has {len(self.weights)} values, but the model has "
                f"{n_companions} companion outputs; give one for each, or one for all."
            )
        return self.weights[:n_companions]


def split_mask(logits: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return truth and validity of a mask, in the shape and at least the precision of logits.

    Raises
    ------
    ValueError
        The shapes differ or the mask holds fractions.
    """
    if mask.shape != logits.shape:
        raise ValueError(
            f"The mask has the shape {tuple(mask.shape)} and the logits have "
            f"{tuple(logits.shape)}; they must be the same."
        )
    if mask.is_floating_point():
        raise ValueError(f"The mask is {mask.dtype}; it must hold whole numbers.")
    kind = _at_least_float32(logits).dtype
    return (mask == 1).to(kind), (mask != UNLABELLED).to(kind)


def _at_least_float32(logits: Tensor) -> Tensor:
    return logits if logits.dtype == torch.float64 else logits.float()
