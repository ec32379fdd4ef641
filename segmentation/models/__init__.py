"""Networks: `MODELS` by name and `build_model`.

A network is one module here with a function ``build(config)`` and a record ``Options`` of what
it can be configured with, and one line in `MODELS`. The modules import torch, this one does not.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from segmentation.config import ModelConfig
from segmentation.toml_records import Record

if TYPE_CHECKING:
    from segmentation.models.base import CrackModel

MODELS: dict[str, str] = {
    "residual_unet": "segmentation.models.residual_unet",
    "subpixel_unet": "segmentation.models.subpixel_unet",
    "femto_unet": "segmentation.models.femto_unet",
    "convnext_scse": "segmentation.models.convnext_scse",
    "koenig2021": "segmentation.models.koenig2021",
}
"""Module of each network, by the name that `ModelConfig.name` takes."""


def build_model(config: ModelConfig) -> "CrackModel":
    """Return a network in training mode.

    Parameters
    ----------
    config
        Its name, its options and whether to start from pretrained weights. Those who load
        weights of their own afterwards set ``pretrained`` to false.

    Returns
    -------
    CrackModel
        Maps images ``(B, 3, H, W)`` in [0, 1] to a `ModelOutput`.

    Raises
    ------
    ValueError
        The name or an option is unknown, or a value does not fit; the message names it.
    PretrainedWeightsError
        The pretrained weights cannot be loaded.
    """
    return _module(config.name).build(config)


def options_record(name: str) -> type[Record]:
    """Return the record of the options of a network, whose docstring explains them.

    Raises
    ------
    ValueError
        There is no such network.
    """
    return _module(name).Options


def _module(name: str) -> ModuleType:
    if name not in MODELS:
        raise ValueError(f"There is no model {name!r}; there are {', '.join(MODELS)}.")
    return import_module(MODELS[name])
