"""Configurations of runs: complete in TOML, changed by dotted names."""

import tomllib
from pathlib import Path

import pytest

from segmentation.config import LossConfig, ModelConfig, OptimizerConfig, RunConfig
from segmentation.presets import load_config, load_preset

CHANGED = RunConfig(
    model=ModelConfig(name="femto_unet", options={"widths": (8, 8, 8, 8, 8), "attention": "none"}),
    loss=LossConfig(name="tversky", options={"alpha": 0.01}, aux_weights=(0.5, 0.25)),
    optimizer=OptimizerConfig(learning_rate=3e-4),
)


@pytest.mark.parametrize("config", [RunConfig(), CHANGED])
def test_the_toml_of_a_run_is_complete(config: RunConfig, tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(config.to_toml(), encoding="utf-8")
    assert load_config(file) == config
    sections = tomllib.loads(config.to_toml())
    assert list(sections) == ["preset", "model", "loss", "optimizer", "schedule", "data", "train"]


def test_changes_by_dotted_name() -> None:
    changed = RunConfig().with_changes(
        {"optimizer.learning_rate": 1, "model.options.widths": [4, 8], "train.precision": "float16"}
    )
    assert changed.optimizer.learning_rate == 1.0
    assert changed.model.options == {"widths": (4, 8)}
    assert changed.values()["train.precision"] == "float16"
    assert RunConfig().model.options == {}


def test_another_model_drops_the_options_of_the_old_one() -> None:
    changes = {"model.name": "koenig2021", "model.options.companions": False}
    assert CHANGED.with_changes(changes).model.options == {"companions": False}
    assert CHANGED.with_changes({"model.name": "femto_unet"}).model == CHANGED.model


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimizer.rate": 1}, r"^optimizer\.rate is not known; known here: name, learning_rate"),
        ({"optimiser.learning_rate": 1}, "there is no section 'optimiser'"),
        ({"train.seed.first": 1}, "there is no section 'seed'"),
        ({"train.epochs": 0}, r"^train\.epochs is 0; it must lie in 1 to"),
        ({"optimizer.betas": [0.9]}, "betas has 1 values; it takes two"),
    ],
)
def test_changes_that_do_not_fit_are_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RunConfig().with_changes(changes)


def test_a_file_may_begin_with_a_preset(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('preset = "steel_bridge_cfd/scratch"\n[train]\nepochs = 3\n', encoding="utf-8")
    preset = load_preset("steel_bridge_cfd/scratch").config
    assert load_config(file) == preset.with_changes({"train.epochs": 3})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[train]\nepoch = 3", r"train\.epoch is not known"),
        ("train = ", "run.toml: .*value"),
        ('preset = "nothing"', "There is no preset 'nothing'"),
        ("preset = 3", "preset is 3; it must be a text"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_fault(
    tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "run.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        load_config(file)
    assert str(file) in str(caught.value)
