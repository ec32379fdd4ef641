"""Losses against closed forms, brute force and numerical gradients."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from segmentation import UNLABELLED
from segmentation.config import LossConfig
from segmentation.losses import LOSSES, build_loss
from segmentation.losses.functional import (
    binary_cross_entropy,
    focal_power,
    invert_empty,
    soft_dice,
    tversky,
)
from segmentation.losses.modules import PixelLoss
from segmentation.toml_records import read_record

pytestmark = pytest.mark.torch

SHAPE = (3, 1, 5, 7)
N = 35


@pytest.fixture
def logits() -> Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.fixture
def mask() -> Tensor:
    """One image with a crack, one without, one with unlabelled pixels."""
    drawn = torch.rand(SHAPE, generator=torch.Generator().manual_seed(2)) < 0.3
    mask = drawn.to(torch.uint8)
    mask[1] = 0
    mask[2, :, :2] = UNLABELLED
    return mask


def make(name: str, **options: object) -> PixelLoss:
    return LOSSES[name](read_record(LOSSES[name].options_record, options))


def by_hand(logits: Tensor, mask: Tensor, *, inversion: bool) -> tuple[list[float], list[float]]:
    """Cross entropy and Dice of each image, pixel by pixel."""
    entropies, dices = [], []
    for scores, labels in zip(logits.flatten(1).tolist(), mask.flatten(1).tolist(), strict=True):
        pairs = [
            (1 / (1 + math.exp(-score)), label)
            for score, label in zip(scores, labels, strict=True)
            if label != UNLABELLED
        ]
        entropies.append(-sum(math.log(p if y else 1 - p) for p, y in pairs) / len(pairs))
        if inversion and not any(y for _, y in pairs):
            pairs = [(1 - p, 1 - y) for p, y in pairs]
        both = sum(p * y for p, y in pairs)
        total = sum(p for p, _ in pairs) + sum(y for _, y in pairs)
        dices.append(1 - (2 * both + 1) / (total + 1))
    return entropies, dices


@pytest.mark.parametrize("inversion", [True, False])
def test_dice_and_cross_entropy_by_hand(logits: Tensor, mask: Tensor, *, inversion: bool) -> None:
    entropies, dices = by_hand(logits, mask, inversion=inversion)
    expected = {
        "bce": sum(entropies) / 3,
        "dice": sum(dices) / 3,
        "dice_bce": sum(entropies) / 3 + sum(dices) / 3,
    }
    for name, value in expected.items():
        options = {} if name == "bce" else {"inversion": inversion}
        assert make(name, **options)(logits, mask).item() == pytest.approx(value, rel=1e-12)


def test_dice_of_a_perfect_and_of_an_opposite_answer() -> None:
    truth = torch.zeros(1, 1, 4, 5)
    truth[..., 1:3] = 1
    valid = torch.ones_like(truth)
    assert soft_dice(truth, truth, valid).item() == 0
    assert soft_dice(1 - truth, truth, valid).item() == pytest.approx(1 - 1 / 21)


@pytest.mark.parametrize("probability", [0.001, 0.02, 0.5, 0.97])
def test_dice_of_an_empty_image_in_closed_form(probability: float) -> None:
    value = torch.full((1, 1, 8, 8), probability, dtype=torch.float64, requires_grad=True)
    truth, valid = torch.zeros_like(value), torch.ones_like(value)
    total, n = 64 * probability, 64
    plain = soft_dice(value, truth, valid)
    plain.backward()
    assert plain.item() == pytest.approx(total / (total + 1))
    assert value.grad is not None
    assert value.grad[0, 0, 3, 3].item() == pytest.approx(1 / (total + 1) ** 2)

    value.grad = None
    inverted = make("dice")(torch.logit(value), truth.to(torch.uint8))
    inverted.backward()
    assert inverted.item() == pytest.approx(total / (2 * n - total + 1))
    slope = (2 * n + 1) / (2 * n - total + 1) ** 2
    assert value.grad[0, 0, 3, 3].item() == pytest.approx(slope)


def test_inversion_concerns_each_image_alone(logits: Tensor, mask: Tensor) -> None:
    truth = (mask == 1).double()
    valid = (mask != UNLABELLED).double()
    turned, turned_truth = invert_empty(logits, truth, valid)
    assert torch.equal(turned[[0, 2]], logits[[0, 2]])
    assert torch.equal(turned_truth[[0, 2]], truth[[0, 2]])
    assert torch.equal(turned[1], -logits[1])
    assert bool((turned_truth[1] == 1).all())
    entropy = binary_cross_entropy(logits, truth, valid)
    torch.testing.assert_close(binary_cross_entropy(turned, turned_truth, valid), entropy)


def test_an_image_whose_only_crack_is_unlabelled_counts_as_empty() -> None:
    logits = torch.zeros(1, 1, 2, 2, dtype=torch.float64)
    mask = torch.tensor([[[[UNLABELLED, 0], [0, 0]]]], dtype=torch.uint8)
    assert make("dice")(logits, mask).item() == pytest.approx(1.5 / (6 - 1.5 + 1))


def test_tversky_by_hand_and_as_dice() -> None:
    probability = torch.tensor([[0.9, 0.2, 0.6, 0.1]], dtype=torch.float64)
    truth = torch.tensor([[1.0, 1.0, 0.0, 0.0]], dtype=torch.float64)
    valid = torch.ones_like(truth)
    loss = tversky(probability, truth, valid, alpha=0.01, beta=0.99)
    assert loss.item() == pytest.approx(1 - 2.1 / (1.1 + 0.01 * 0.7 + 0.99 * 0.9 + 1))
    half = tversky(probability, truth, valid, alpha=0.5, beta=0.5, smooth=0.5)
    torch.testing.assert_close(half, soft_dice(probability, truth, valid))


def test_tversky_tells_hardly_anything_about_an_empty_image() -> None:
    """Why it fails where most images are empty: with α = 0.01 false positives cost nothing."""
    value = torch.full((1, 1, 64, 64), 0.5, dtype=torch.float64, requires_grad=True)
    truth, valid = torch.zeros_like(value), torch.ones_like(value)
    tversky(value, truth, valid, alpha=0.01, beta=0.99).backward()
    assert value.grad is not None
    total = 64 * 64 * 0.5
    assert value.grad.max().item() == pytest.approx(0.01 / (0.01 * total + 1) ** 2)


def test_focal_power() -> None:
    loss = torch.tensor([0.0, 0.25, 1.0], dtype=torch.float64, requires_grad=True)
    assert focal_power(loss, 1.0) is loss
    powered = focal_power(loss, 2.0)
    assert powered.tolist() == pytest.approx([0.0, 0.5, 1.0], abs=1e-3)
    powered.sum().backward()
    assert loss.grad is not None
    assert bool(torch.isfinite(loss.grad).all())


CASES = [
    ("bce", {}),
    ("dice", {"inversion": False}),
    ("dice", {"inversion": True}),
    ("dice_bce", {"inversion": True}),
    ("tversky", {"alpha": 0.01, "beta": 0.99}),
    ("tversky", {"alpha": 0.3, "beta": 0.7, "gamma": 4 / 3, "inversion": True}),
]


@pytest.mark.parametrize(("name", "options"), CASES)
class TestEveryLoss:
    def test_gradient(
        self, name: str, options: dict[str, object], logits: Tensor, mask: Tensor
    ) -> None:
        loss = make(name, **options)
        assert torch.autograd.gradcheck(
            lambda values: loss(values, mask), (logits.requires_grad_(),)
        )

    def test_unlabelled_pixels_count_nothing(
        self, name: str, options: dict[str, object], logits: Tensor, mask: Tensor
    ) -> None:
        loss = make(name, **options)
        other = logits.clone()
        other[2, :, :2] += 5
        assert loss(other, mask).item() == loss(logits, mask).item()
        logits.requires_grad_()
        loss(logits, mask).backward()
        assert logits.grad is not None
        assert bool((logits.grad[2, :, :2] == 0).all())
        assert bool((logits.grad[2, :, 2:] != 0).all())

    def test_an_unlabelled_image_costs_nothing(
        self, name: str, options: dict[str, object], logits: Tensor, mask: Tensor
    ) -> None:
        loss = make(name, **options)
        logits.requires_grad_()
        value = loss(logits, torch.full_like(mask, UNLABELLED))
        value.backward()
        assert logits.grad is not None
        assert value.item() == pytest.approx(0, abs=1e-5)
        assert logits.grad.abs().max().item() == 0

    def test_the_loss_of_a_batch_is_the_mean_of_its_images(
        self, name: str, options: dict[str, object], logits: Tensor, mask: Tensor
    ) -> None:
        loss = make(name, **options)
        single = [loss(logits[i : i + 1], mask[i : i + 1]).item() for i in range(3)]
        assert loss(logits, mask).item() == pytest.approx(sum(single) / 3)

    def test_a_better_answer_costs_less(
        self, name: str, options: dict[str, object], mask: Tensor
    ) -> None:
        loss = make(name, **options)
        right = torch.where(mask == 1, 4.0, -4.0)
        costs = [loss(scale * right, mask).item() for scale in (-1.0, 0.0, 1.0, 5.0)]
        assert costs == sorted(costs, reverse=True)
        assert costs[-1] < 1e-2

    def test_it_stays_finite_and_precise_in_half_precision(
        self, name: str, options: dict[str, object]
    ) -> None:
        loss = make(name, **options)
        sure = torch.full((1, 1, 300, 300), -60.0, dtype=torch.float16, requires_grad=True)
        mask = torch.zeros(1, 1, 300, 300, dtype=torch.uint8)
        mask[..., 150] = 1
        value = loss(sure, mask)
        value.backward()
        assert value.dtype == torch.float32
        assert math.isfinite(value.item())
        assert value.item() == pytest.approx(loss(sure.double(), mask).item(), rel=1e-4)
        assert sure.grad is not None
        assert bool(torch.isfinite(sure.grad).all())


def test_companions_are_weighed() -> None:
    mask = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    mask[..., 2] = 1
    main, first, second = (torch.randn(2, 1, 4, 4) for _ in range(3))
    output = SimpleNamespace(logits=main, aux_logits=(first, second))
    single = build_loss(LossConfig()).loss

    def total(*weights: float) -> float:
        return build_loss(LossConfig(aux_weights=weights))(output, mask).item()

    parts = [single(each, mask).item() for each in (main, first, second)]
    assert total(1.0) == pytest.approx(sum(parts))
    assert total(0.3) == pytest.approx(parts[0] + 0.3 * (parts[1] + parts[2]))
    assert total(0.0, 2.0) == pytest.approx(parts[0] + 2 * parts[2])
    with pytest.raises(ValueError, match="has 3 values, but the model has 2 companion outputs"):
        total(1.0, 1.0, 1.0)
    plain = SimpleNamespace(logits=main, aux_logits=())
    assert build_loss(LossConfig(aux_weights=(1.0, 1.0)))(plain, mask).item() == parts[0]


def test_input_that_does_not_fit_is_refused() -> None:
    loss = make("dice_bce")
    with pytest.raises(ValueError, match=r"mask has the shape \(1, 4, 4\) and the logits have"):
        loss(torch.zeros(1, 1, 4, 4), torch.zeros(1, 4, 4, dtype=torch.uint8))
    with pytest.raises(ValueError, match=r"mask is torch\.float32; it must hold whole numbers"):
        loss(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 4))
    with pytest.raises(ValueError, match="There is no loss 'focal'; there are dice_bce, dice"):
        build_loss(LossConfig(name="focal"))
    with pytest.raises(ValueError, match=r"loss\.options\.gamma is not known; known here: inv"):
        build_loss(LossConfig(options={"gamma": 2.0}))
