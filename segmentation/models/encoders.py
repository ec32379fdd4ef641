"""Encoders of timm as feature pyramids with known strides and stages."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from torch import Tensor, nn

from segmentation.models.timm_import import import_timm

N_STAGES = 4


class PretrainedWeightsError(RuntimeError):
    """The weights to start from are not to be had; the message says what to do."""


class TimmEncoder(nn.Module):
    """A classification network of timm without its classifier.

    Parameters
    ----------
    name
        Of the network, with the tag of its weights if they matter, e.g.
        ``"convnext_tiny.fb_in1k"``.
    pretrained
        Load the weights that timm names, from its cache or over the network.
    options
        Further arguments of ``timm.create_model``.

    Attributes
    ----------
    channels
        Of each feature map, shallow first.
    strides
        Pixels of the image per pixel of each feature map, shallow first.

    Raises
    ------
    PretrainedWeightsError
        The weights cannot be loaded.
    ValueError
        timm knows no such network, or it has no four stages.
    """

    def __init__(self, name: str, *, pretrained: bool = False, **options: object) -> None:
        super().__init__()
        self.body = _create(name, pretrained=pretrained, options=options)
        info = cast("Any", self.body).feature_info
        self.channels: tuple[int, ...] = tuple(info.channels())
        self.strides: tuple[int, ...] = tuple(info.reduction())
        self._last_modules = tuple(part.replace(".", "_") for part in info.module_name())
        if len(self.strides) < N_STAGES:
            raise ValueError(f"The encoder {name} has no {N_STAGES} stages: {self.strides}.")

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map ``(B, 3, H, W)`` to ``(B, channels[i], H / strides[i], W / strides[i])``."""
        return self.body(images)

    def stages(self) -> tuple[tuple[nn.Parameter, ...], ...]:
        """Return the parameters of the four stages; what stands before them is of the first."""
        stages: list[list[nn.Parameter]] = [[] for _ in range(N_STAGES)]
        last_of_stage = self._last_modules[-N_STAGES:]
        stage = 0
        for name, part in self.body.named_children():
            stages[min(stage, N_STAGES - 1)] += part.parameters()
            stage += name in last_of_stage
        return tuple(tuple(stage) for stage in stages)


def _create(name: str, *, pretrained: bool, options: dict[str, object]) -> nn.Module:
    timm = import_timm()
    base = name.partition(".")[0]
    if not timm.is_model(base):
        raise ValueError(f"timm {timm.__version__} knows no network {base!r}.")
    try:
        with _failed_tries_untold():
            return timm.create_model(name, pretrained=pretrained, features_only=True, **options)
    except (OSError, RuntimeError) as error:
        if not pretrained:
            raise
        reason = next(iter(str(error).splitlines()), "")
        raise PretrainedWeightsError(
            f"The pretrained weights of {name} could not be loaded: they come over the network "
            "from huggingface.co, once. Connect this machine, or copy the cache folder of a "
            "machine that has them and set HF_HOME to it, or train from scratch with "
            f"model.pretrained = false. ({type(error).__name__}: {reason})"
        ) from error


@contextmanager
def _failed_tries_untold() -> Iterator[None]:
    """Keep to itself what a download logs of each try; one sentence follows if all fail."""
    logger = logging.getLogger("huggingface_hub")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
