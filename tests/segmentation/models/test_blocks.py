"""Building blocks against their formulas."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from segmentation.models.blocks import (
    AttentionGate,
    LargeKernelBlock,
    PlainResidualBlock,
    ResidualBlock,
    ScSE,
    conv_bn_relu,
    initialize,
    initialize_head,
)
from segmentation.models.companions import CompanionHeads, upsample_logits

pytestmark = pytest.mark.torch


def test_scse_adds_channel_and_pixel_weights() -> None:
    torch.manual_seed(0)
    block = ScSE(6, reduction=2)
    features = torch.randn(2, 6, 4, 5)
    mean = features.mean(dim=(2, 3))
    _, first, _, second, _ = block.channel
    assert isinstance(first, nn.Conv2d)
    assert isinstance(second, nn.Conv2d)
    inner = torch.relu(mean @ first.weight[:, :, 0, 0].T + first.bias)
    channel = torch.sigmoid(inner @ second.weight[:, :, 0, 0].T + second.bias)
    at_pixels = block.spatial[0]
    assert isinstance(at_pixels, nn.Conv2d)
    assert at_pixels.bias is not None
    pixel = torch.sigmoid(
        torch.einsum("bchw,c->bhw", features, at_pixels.weight[0, :, 0, 0]) + at_pixels.bias
    )
    expected = features * channel[:, :, None, None] + features * pixel[:, None]
    torch.testing.assert_close(block(features), expected)


def test_scse_has_the_parameters_of_the_publication() -> None:
    # Two layers C × C/2 with biases, and C weights and a bias per pixel.
    n_parameters = sum(each.numel() for each in ScSE(96, reduction=2).parameters())
    assert n_parameters == 96 * 48 + 48 + 48 * 96 + 96 + 96 + 1


def test_a_gate_lets_through_or_closes() -> None:
    gate = AttentionGate(4, 6)
    skip, up = torch.randn(1, 4, 3, 3), torch.randn(1, 6, 3, 3)
    assert gate.weight.bias is not None
    nn.init.zeros_(gate.weight.weight)
    for bias, factor in ((50.0, 1.0), (0.0, 0.5), (-50.0, 0.0)):
        nn.init.constant_(gate.weight.bias, bias)
        torch.testing.assert_close(gate(skip, up), factor * skip)
    nn.init.normal_(gate.weight.weight)
    inner = F.relu(gate.of_skip(skip) + gate.of_up(up))
    torch.testing.assert_close(gate(skip, up), skip * torch.sigmoid(gate.weight(inner)))


@pytest.mark.parametrize(
    "block", [ResidualBlock(5, 5), LargeKernelBlock(5), PlainResidualBlock(5)], ids=type
)
def test_a_residual_block_whose_body_is_silent_changes_nothing(block: nn.Module) -> None:
    for parameter in block.body.parameters():  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
        nn.init.zeros_(parameter)
    features = torch.rand(2, 5, 6, 7)
    torch.testing.assert_close(block(features), features)


def test_a_residual_block_halves_and_widens() -> None:
    assert ResidualBlock(4, 8, stride=2)(torch.rand(2, 4, 10, 6)).shape == (2, 8, 5, 3)


def test_a_large_kernel_sees_as_far_as_it_says() -> None:
    block = LargeKernelBlock(1, kernel=7, expansion=1).eval()
    for parameter in block.parameters():
        nn.init.constant_(parameter, 0.5)
    image = torch.zeros(1, 1, 15, 15)
    image[..., 7, 7] = 1
    changed = (block(image) - block(torch.zeros_like(image))).abs() > 0
    rows, columns = changed[0, 0].nonzero(as_tuple=True)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 10, 4, 10)


def test_initialization_keeps_the_scale_of_activations() -> None:
    torch.manual_seed(0)
    stack = nn.Sequential(*(nn.Sequential(nn.Conv2d(64, 64, 3), nn.ReLU()) for _ in range(8)))
    initialize(stack)
    values = torch.randn(2, 64, 40, 40)
    ratio = stack(values).square().mean() / values.square().mean()
    assert 0.3 < ratio.item() < 3
    biases = [layer.bias for layer in stack.modules() if isinstance(layer, nn.Conv2d)]
    assert all(bias is not None and bool((bias == 0).all()) for bias in biases)


def test_a_prior_is_the_first_probability() -> None:
    head = nn.Conv2d(4, 1, 1)
    initialize_head(head, 0.02)
    probability = torch.sigmoid(head(torch.randn(1, 4, 9, 9)))
    assert probability.mean().item() == pytest.approx(0.02, rel=0.05)
    initialize_head(head)
    assert head.bias is not None
    assert head.bias.item() == 0
    assert head.weight.std().item() > 0.1


def test_convolutions_keep_the_size_but_for_the_stride() -> None:
    image = torch.rand(2, 3, 8, 12)
    assert conv_bn_relu(3, 4, kernel=5)(image).shape == (2, 4, 8, 12)
    assert conv_bn_relu(3, 4, stride=2)(image).shape == (2, 4, 4, 6)


class TestCompanions:
    def test_nearest_neighbors_commute_with_the_sigmoid(self) -> None:
        logits = 3 * torch.randn(1, 1, 3, 4)
        enlarged = upsample_logits(logits, (12, 16), "nearest")
        of_probability = F.interpolate(logits.sigmoid(), size=(12, 16), mode="nearest")
        torch.testing.assert_close(enlarged.sigmoid(), of_probability)

    def test_bilinear_of_probabilities_is_not_that_of_logits(self) -> None:
        logits = torch.tensor([[[[-8.0, 8.0]]]])
        of_probability = upsample_logits(logits, (1, 4), "bilinear_probability").sigmoid()
        expected = F.interpolate(logits.sigmoid(), size=(1, 4), mode="bilinear")
        torch.testing.assert_close(of_probability, expected)
        of_logits = upsample_logits(logits, (1, 4), "bilinear").sigmoid()
        assert (of_logits - expected).abs().max().item() > 0.2

    @pytest.mark.parametrize("how", ["nearest", "bilinear", "bilinear_probability"])
    def test_sure_logits_stay_finite(self, how: str) -> None:
        logits = torch.tensor([[[[-200.0, 200.0]]]], requires_grad=True)
        enlarged = upsample_logits(logits, (4, 4), how)  # pyright: ignore[reportArgumentType]
        enlarged.sum().backward()
        assert logits.grad is not None
        assert bool(torch.isfinite(enlarged).all())
        assert bool(torch.isfinite(logits.grad).all())

    def test_they_speak_only_while_training(self) -> None:
        heads = CompanionHeads([3, 5], prior=0.1)
        levels = [torch.zeros(1, 3, 2, 2), torch.zeros(1, 5, 4, 4), torch.zeros(1, 7, 8, 8)]
        outputs = heads(levels, (8, 8))
        assert [tuple(each.shape) for each in outputs] == [(1, 1, 8, 8)] * 2
        assert outputs[0].sigmoid().mean().item() == pytest.approx(0.1)
        assert heads.eval()(levels, (8, 8)) == []
