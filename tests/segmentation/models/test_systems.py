"""What the systems are made of: the tables of their publications and their switches."""

import pytest
import torch
from torch import nn

from segmentation.config import ModelConfig
from segmentation.models import build_model
from segmentation.models.base import CrackModel
from segmentation.models.blocks import AttentionGate, ScSE
from segmentation.models.pyramid_unet import PyramidUNet

pytestmark = pytest.mark.torch

SMALL = {"encoder": "test_convnext", "widths": (16, 12, 8, 8, 4)}


def build(name: str, **options: object) -> CrackModel:
    return build_model(ModelConfig.from_table({"name": name, "options": options}))


def count(module: nn.Module, kind: type[nn.Module]) -> int:
    return sum(isinstance(each, kind) for each in module.modules())


@pytest.fixture(scope="module")
def steel_bridge() -> CrackModel:
    return build("convnext_scse").eval()


def test_the_steel_bridge_system_has_the_feature_maps_of_its_table(
    steel_bridge: CrackModel,
) -> None:
    shapes: dict[str, tuple[int, ...]] = {}
    network = steel_bridge.network
    assert isinstance(network, PyramidUNet)
    watched = {
        **{f"scse {number}": part for number, part in enumerate(network.attention)},
        **{f"level {number}": part for number, part in enumerate(network.levels)},
    }
    assert network.image_branch is not None
    watched["image"] = network.image_branch
    handles = [
        part.register_forward_hook(
            lambda _m, _i, output, name=name: shapes.update({name: tuple(output.shape[1:])})
        )
        for name, part in watched.items()
    ]
    with torch.inference_mode():
        steel_bridge(torch.rand(1, 3, 128, 128))
    for handle in handles:
        handle.remove()
    assert shapes == {
        "scse 0": (96, 32, 32),
        "scse 1": (192, 16, 16),
        "scse 2": (384, 8, 8),
        "scse 3": (768, 4, 4),
        "level 0": (256, 8, 8),
        "level 1": (128, 16, 16),
        "level 2": (64, 32, 32),
        "level 3": (32, 64, 64),
        "level 4": (16, 128, 128),
        "image": (16, 128, 128),
    }


def test_its_first_convolutions_read_what_is_concatenated(steel_bridge: CrackModel) -> None:
    network = steel_bridge.network
    assert isinstance(network, PyramidUNet)
    first = [next(iter(level.children())) for level in network.levels]
    assert [layer.in_channels for layer in first if isinstance(layer, nn.Conv2d)] == [
        768 + 384,
        256 + 192,
        128 + 96,
        64,
        32 + 16,
    ]


def test_koenig_has_a_skip_at_stride_two_and_no_norm_in_its_residual_blocks() -> None:
    network = build("koenig2021", encoder="test_resnet", widths=(16, 12, 8, 8, 4)).network
    assert isinstance(network, PyramidUNet)
    assert network.encoder.strides == (2, 4, 8, 16, 32)
    # One after the first convolution of four levels, two in the last.
    assert count(network.levels, nn.BatchNorm2d) == 4 + 2
    assert network.head.kernel_size == (3, 3)


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        ({}, (4, True, 4)),
        ({"attention": "none"}, (0, True, 4)),
        ({"image_branch": False}, (4, False, 4)),
        ({"companions": False}, (4, True, 0)),
    ],
)
def test_ablations_remove_what_they_say(
    switch: dict[str, object], expected: tuple[int, bool, int]
) -> None:
    model = build("convnext_scse", **SMALL, **switch)
    network = model.network
    assert isinstance(network, PyramidUNet)
    output = model(torch.rand(2, 3, 64, 64))
    found = (count(network, ScSE), network.image_branch is not None, len(output.aux_logits))
    assert found == expected


def test_attention_costs_what_the_design_says(steel_bridge: CrackModel) -> None:
    attention = steel_bridge.network.attention
    assert isinstance(attention, nn.ModuleList)
    assert sum(each.numel() for each in attention.parameters()) == 786_964


def test_layer_scale_reaches_the_encoder() -> None:
    model = build("femto_unet", encoder="test_convnext", widths=SMALL["widths"], layer_scale=0.25)
    scales = [value for name, value in model.named_parameters() if name.endswith(".gamma")]
    assert scales
    assert all(bool((value == 0.25).all()) for value in scales)


def test_gates_of_the_residual_unet() -> None:
    assert count(build("residual_unet", widths=(4, 8, 8)), AttentionGate) == 0
    model = build("residual_unet", widths=(4, 8, 8), gates=True)
    assert count(model, AttentionGate) == 2
    assert model(torch.rand(1, 3, 9, 9)).logits.shape == (1, 1, 9, 9)


def test_the_subpixel_unet_may_end_in_subpixel_logits() -> None:
    model = build("subpixel_unet", widths=(8, 8, 8), depths=(1, 1, 1), n_detail=0)
    assert model.eval()(torch.rand(1, 3, 16, 24)).logits.shape == (1, 1, 16, 24)


def test_the_subpixel_unet_does_not_know_where_its_tile_ends() -> None:
    """Nothing is pooled over the input: far from the border, a crop gives the same logits."""
    torch.manual_seed(0)
    model = build("subpixel_unet", widths=(4, 6, 8, 8), depths=(1, 1, 1, 1), kernel=3).eval()
    image = torch.rand(1, 3, 448, 448)
    with torch.inference_mode():
        whole = model(image).logits[..., 192:256, 192:256]
        cut = model(image[..., 64:384, 64:384]).logits[..., 128:192, 128:192]
    torch.testing.assert_close(cut, whole, atol=1e-3, rtol=1e-3)
