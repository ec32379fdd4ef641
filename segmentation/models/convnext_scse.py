"""The steel-bridge system: ConvNeXt encoder, scSE attention, image branch, deep supervision.

References
----------
Kompanets, Pai, Duits, Leonetti, Snijder: Deep learning for segmentation of cracks in
high-resolution images of steel bridges, arXiv 2403.17725 (2024), Sections 2.1, 2.2, 2.4 and
Figure 1. Where it is silent: the decoder has the widths of König et al. (2021), which agree with
the 16 channels of its image branch; the two weighed maps of scSE are added.
"""

from dataclasses import dataclass
from typing import Annotated, Any, cast

from torch import nn

from segmentation.config import ModelConfig
from segmentation.models.base import CrackModel
from segmentation.models.blocks import Attention, conv_stack, initialize
from segmentation.models.companions import Upsampling
from segmentation.models.encoders import TimmEncoder
from segmentation.models.pyramid_unet import Decoder, PyramidUNet
from segmentation.models.timm_import import import_timm
from segmentation.toml_records import Range, Record, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Record):
    """What the system's ablations switch, and what the publication leaves open.

    Attributes
    ----------
    encoder
        Network of timm with four stages down to stride 32.
    widths
        Channels of the decoder at the strides 16, 8, 4, 2 and 1.
    attention, reduction
        scSE on every feature map of the encoder, or none; channels per inner channel.
    image_branch
        Features of the image at full size for the last level.
    companions
        Deep supervision of the levels at strides 16, 8, 4 and 2.
    companion_upsampling
        How companions reach full size.
    layer_scale
        Start of the layer scales in ConvNeXt blocks, 1e-6 as their authors have it.
    drop_path
        Stochastic depth of the encoder, rising to this rate.
    """

    encoder: str = "convnext_tiny.fb_in1k"
    widths: Annotated[tuple[int, ...], Range(1, 4096)] = (256, 128, 64, 32, 16)
    attention: Attention = "scse"
    reduction: Annotated[int, Range(1, 64)] = 2
    image_branch: bool = True
    companions: bool = True
    companion_upsampling: Upsampling = "nearest"
    layer_scale: Annotated[float, Range(1e-8, 1.0)] = 1e-6
    drop_path: Annotated[float, Range(0.0, 0.9)] = 0.0


def build(config: ModelConfig) -> CrackModel:
    """Return the system as configured."""
    options = read_record(Options, config.options, "model.options")
    encoder = TimmEncoder(
        options.encoder,
        pretrained=config.pretrained,
        drop_path_rate=options.drop_path,
        ls_init_value=options.layer_scale,
    )
    decoder = Decoder(
        widths=options.widths,
        attention=options.attention,
        reduction=options.reduction,
        companions=options.companions,
        companion_upsampling=options.companion_upsampling,
    )
    n_features = options.widths[-1] if options.image_branch else 0
    branch = _image_branch(n_features, options.layer_scale) if options.image_branch else None
    return CrackModel(PyramidUNet(encoder, decoder, branch, n_features))


def _image_branch(width: int, layer_scale: float) -> nn.Sequential:
    """Return two 3×3 convolutions, initialized as the decoder is, and a ConvNeXt block."""
    stack = conv_stack(3, width)
    initialize(stack)
    block = cast("Any", import_timm("timm.models.convnext")).ConvNeXtBlock(
        width, ls_init_value=layer_scale
    )
    return nn.Sequential(*stack, block)
