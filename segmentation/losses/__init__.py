"""Losses: `LOSSES` by name and `build_loss`.

A loss is a pure function in `functional`, a module in `modules` and one line in `LOSSES`.
"""

from segmentation.config import LossConfig
from segmentation.losses.modules import (
    CrossEntropyLoss,
    DeepSupervisionLoss,
    DiceCrossEntropyLoss,
    DiceLoss,
    PixelLoss,
    TverskyLoss,
)
from segmentation.toml_records import read_record

LOSSES: dict[str, type[PixelLoss]] = {
    "dice_bce": DiceCrossEntropyLoss,
    "dice": DiceLoss,
    "bce": CrossEntropyLoss,
    "tversky": TverskyLoss,
}
"""Loss of a single output, by the name that `LossConfig.name` takes."""


def build_loss(config: LossConfig) -> DeepSupervisionLoss:
    """Return the loss of a network's whole output.

    Parameters
    ----------
    config
        Its name, its options and the weights of companion outputs.

    Returns
    -------
    DeepSupervisionLoss
        Maps a network's output and masks ``(B, 1, H, W)`` to a scalar.

    Raises
    ------
    ValueError
        The name or an option is unknown, or a value does not fit; the message names it.
    """
    if config.name not in LOSSES:
        raise ValueError(f"There is no loss {config.name!r}; there are {', '.join(LOSSES)}.")
    loss = LOSSES[config.name]
    options = read_record(loss.options_record, config.options, "loss.options")
    return DeepSupervisionLoss(loss(options), config.aux_weights)
