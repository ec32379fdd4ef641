"""The encoder-decoder of König et al. (2021) with a ResNet-50, as the steel-bridge paper compares.

References
----------
König, Jenkins, Mannion, Barrie, Morison: Optimized deep encoder-decoder methods for crack
segmentation, Digital Signal Processing 108 (2021), 102907. Where the text is silent, the authors'
published model decides: no normalization in the residual blocks, a 3×3 convolution at the end,
companions enlarged bilinearly after their sigmoid.
"""

from dataclasses import dataclass
from typing import Annotated

from segmentation.config import ModelConfig
from segmentation.models.base import CrackModel
from segmentation.models.blocks import conv_stack, initialize
from segmentation.models.companions import Upsampling
from segmentation.models.encoders import TimmEncoder
from segmentation.models.pyramid_unet import Decoder, PyramidUNet
from segmentation.toml_records import Range, Record, read_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Record):
    """What can be varied.

    Attributes
    ----------
    encoder
        Network of timm with feature maps at the strides 2 to 32.
    widths
        Channels of the decoder at the strides 16, 8, 4, 2 and 1.
    companions
        Deep supervision of the levels at strides 16, 8, 4 and 2.
    companion_upsampling
        How companions reach full size.
    """

    encoder: str = "resnet50.tv_in1k"
    widths: Annotated[tuple[int, ...], Range(1, 4096)] = (256, 128, 64, 32, 16)
    companions: bool = True
    companion_upsampling: Upsampling = "bilinear_probability"


def build(config: ModelConfig) -> CrackModel:
    """Return the system as configured."""
    options = read_record(Options, config.options, "model.options")
    encoder = TimmEncoder(options.encoder, pretrained=config.pretrained)
    decoder = Decoder(
        widths=options.widths,
        has_norm=False,
        companions=options.companions,
        companion_upsampling=options.companion_upsampling,
        head_kernel=3,
    )
    branch = conv_stack(3, options.widths[-1])
    initialize(branch)
    return CrackModel(PyramidUNet(encoder, decoder, branch, options.widths[-1]))
