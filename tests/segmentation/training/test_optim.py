"""Learning rates by stage and over the epochs, against the formulas."""

import math

import pytest
import torch

from segmentation.config import ModelConfig, OptimizerConfig, ScheduleConfig
from segmentation.models import build_model
from segmentation.models.base import CrackModel
from segmentation.training.optim import (
    build_optimizer,
    learning_rate_factor,
    parameter_groups,
    set_learning_rates,
)

pytestmark = pytest.mark.torch

PAPER = OptimizerConfig(learning_rate=1e-3, weight_decay=1e-5, decay_vectors=True, stage_decay=0.7)


@pytest.fixture(scope="module")
def model() -> CrackModel:
    return build_model(
        ModelConfig(
            name="convnext_scse",
            options={"encoder": "convnext_atto", "widths": (8, 8, 8, 8, 8)},
        )
    )


def test_stages_learn_at_the_rates_of_the_paper(model: CrackModel) -> None:
    rates = {group["name"]: group["lr"] for group in parameter_groups(model, PAPER)}
    expected = {"stage 1": 0.2401e-3, "stage 2": 0.343e-3, "stage 3": 0.49e-3, "stage 4": 0.7e-3}
    assert rates == pytest.approx({**expected, "decoder": 1e-3})


def test_groups_hold_what_their_names_say(model: CrackModel) -> None:
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    held = {
        group["name"]: {names[id(parameter)] for parameter in group["params"]}
        for group in parameter_groups(model, PAPER)
    }
    first = {name.split(".")[3] for name in held["stage 1"]}
    assert first == {"stem_0", "stem_1", "stages_0"}
    for number in (2, 3, 4):
        assert {name.split(".")[3] for name in held[f"stage {number}"]} == {f"stages_{number - 1}"}
    assert all(".encoder." not in name for name in held["decoder"])
    assert {name.split(".")[1] for name in held["decoder"]} == {
        "image_branch",
        "attention",
        "levels",
        "head",
        "companions",
    }


@pytest.mark.parametrize("decay_vectors", [True, False])
def test_each_parameter_learns_once_and_decays_as_asked(
    model: CrackModel, *, decay_vectors: bool
) -> None:
    config = OptimizerConfig(weight_decay=0.02, decay_vectors=decay_vectors)
    groups = parameter_groups(model, config)
    grouped = [parameter for group in groups for parameter in group["params"]]
    assert len(grouped) == len({id(each) for each in grouped}) == len([*model.parameters()])
    for group in groups:
        for parameter in group["params"]:
            decays = decay_vectors or parameter.ndim > 1
            assert group["weight_decay"] == (0.02 if decays else 0.0)


def test_frozen_parameters_are_left_out() -> None:
    model = build_model(ModelConfig(name="residual_unet", options={"widths": (4, 8)}))
    for parameter in model.parameters():
        parameter.requires_grad_(requires_grad=False)
    assert parameter_groups(model, OptimizerConfig()) == []


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_a_step_goes_downhill_at_the_scheduled_rate(name: str) -> None:
    torch.manual_seed(0)
    model = build_model(ModelConfig(name="residual_unet", options={"widths": (4, 8)}))
    optimizer = build_optimizer(
        model,
        OptimizerConfig.from_table({"name": name, "learning_rate": 0.1, "weight_decay": 0.0}),
    )
    image = torch.rand(2, 3, 8, 8)
    before = [parameter.detach().clone() for parameter in model.parameters()]

    def step(factor: float) -> float:
        set_learning_rates(optimizer, factor)
        optimizer.zero_grad()
        loss = model(image).logits.square().mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    first = step(0.0)
    assert all(map(torch.equal, before, model.parameters()))
    step(0.1)
    assert step(0.0) < first
    assert {group["lr"] for group in optimizer.param_groups} == {0.0}
    assert {group["base_lr"] for group in optimizer.param_groups} == {0.1}


def test_the_exponential_schedule_falls_once_per_epoch() -> None:
    schedule = ScheduleConfig(name="exponential", gamma=0.99)
    assert learning_rate_factor(schedule, 0.99, 300) == 1
    assert learning_rate_factor(schedule, 1.0, 300) == pytest.approx(0.99)
    assert learning_rate_factor(schedule, 299.5, 300) == pytest.approx(0.99**299)


def test_the_cosine_schedule_warms_up_and_ends_where_it_should() -> None:
    schedule = ScheduleConfig(name="cosine", warmup_epochs=2.0, final_factor=0.1)
    factors = [learning_rate_factor(schedule, epoch, 12) for epoch in (0, 1, 2, 7, 12, 99)]
    assert factors == pytest.approx([0, 0.5, 1, 0.55, 0.1, 0.1])
    quarter = learning_rate_factor(ScheduleConfig(name="cosine"), 2.5, 10)
    assert quarter == pytest.approx(0.5 + 0.5 * math.cos(math.pi / 4))


def test_the_constant_schedule_may_warm_up() -> None:
    schedule = ScheduleConfig(name="constant", warmup_epochs=4.0)
    assert [learning_rate_factor(schedule, e, 9) for e in (1, 4, 8)] == [0.25, 1, 1]
