"""A candidate for the compact default: small ConvNeXt with overlapping stem, slim decoder.

The overlapping stem sees 1 to 3 px wide cracks whole where a stem of 4×4 patches cuts them; the
decoder is that of König et al. with one residual block per level, and narrow where pixels are
many, which is where the time goes.

References
----------
Liu et al.: A ConvNet for the 2020s, CVPR 2022; König et al., Digital Signal Processing 108 (2021).
"""

from dataclasses import dataclass
from typing import Annotated

from segmentation.config import ModelConfig
from segmentation.models.base import CrackModel
from segmentation.models.blocks import Attention, conv_stack, initialize
from segmentation.models.encoders import TimmEncoder
from segmentation.models.pyramid_unet import Decoder, PyramidUNet
from segmentation.toml_records import Range, Record, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Record):
    """What can be varied.

    Attributes
    ----------
    encoder
        Network of timm with four stages down to stride 32.
    widths
        Channels of the decoder at the strides 16, 8, 4, 2 and 1.
    attention, reduction
        scSE on every feature map of the encoder, or none; channels per inner channel.
    n_residual
        Residual blocks per level of the decoder.
    companions
        Deep supervision of the levels at strides 16, 8, 4 and 2.
    layer_scale
        Start of the encoder's layer scales; with 1e-6 its blocks pass little on for long.
    drop_path
        Stochastic depth of the encoder, rising to this rate.
    prior
        Probability of a crack that the outputs begin with.
    """

    encoder: str = "convnext_femto_ols.d1_in1k"
    widths: Annotated[tuple[int, ...], Range(1, 4096)] = (96, 64, 32, 16, 8)
    attention: Attention = "scse"
    reduction: Annotated[int, Range(1, 64)] = 2
    n_residual: Annotated[int, Range(0, 8)] = 1
    companions: bool = True
    layer_scale: Annotated[float, Range(1e-8, 1.0)] = 0.1
    drop_path: Annotated[float, Range(0.0, 0.9)] = 0.05
    prior: Annotated[float, Range(0.001, 0.999)] = 0.02


def build(config: ModelConfig) -> CrackModel:
    """Return the network as configured."""
    options = read_record(Options, config.options, "model.options")
    encoder = TimmEncoder(
        options.encoder,
        pretrained=config.pretrained,
        drop_path_rate=options.drop_path,
        ls_init_value=options.layer_scale,
    )
    decoder = Decoder(
        widths=options.widths,
        n_residual=options.n_residual,
        attention=options.attention,
        reduction=options.reduction,
        companions=options.companions,
        prior=options.prior,
    )
    branch = conv_stack(3, options.widths[-1])
    initialize(branch)
    return CrackModel(PyramidUNet(encoder, decoder, branch, options.widths[-1]))
