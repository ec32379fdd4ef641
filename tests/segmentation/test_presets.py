"""Presets: complete, buildable, and every value says where it comes from."""

import subprocess
import sys

import pytest

from segmentation.config import RunConfig
from segmentation.presets import Origin, field_origins, load_preset, preset_names
from segmentation.toml_records import field_forms

NAMES = preset_names()
ALL = [
    *NAMES,
    *(f"{name}/{variant}" for name in NAMES for variant in load_preset(name).variants),
]


@pytest.mark.parametrize("name", ALL)
def test_every_value_has_an_origin(name: str) -> None:
    preset = load_preset(name)
    assert set(preset.origins) == set(preset.config.values()) - {"preset"}
    assert all(origin.note for origin in preset.origins.values())
    assert preset.config.preset == preset.name == name
    if any(origin.kind != "chosen" for origin in preset.origins.values()):
        assert preset.reference


@pytest.mark.parametrize("name", ALL)
def test_every_option_of_model_and_loss_is_written_out(name: str) -> None:
    from segmentation.losses import LOSSES, build_loss
    from segmentation.models import options_record

    config = load_preset(name).config
    build_loss(config.loss)
    assert set(config.model.options) == set(field_forms(options_record(config.model.name)))
    assert set(config.loss.options) == set(field_forms(LOSSES[config.loss.name].options_record))


def test_a_variant_differs_in_what_it_says() -> None:
    base = load_preset("steel_bridge").config.values()
    values = load_preset("steel_bridge/table4_10_90_tversky").config.values()
    changed = {key for key in base.keys() | values.keys() if base.get(key) != values.get(key)}
    assert changed == {
        "preset",
        "data.recipe",
        "loss.name",
        "loss.options.alpha",
        "loss.options.beta",
        "loss.options.gamma",
        "loss.options.inversion",
    }


def test_an_extending_preset_drops_the_options_of_a_model_it_replaces() -> None:
    preset = load_preset("koenig2021_cfd")
    assert "attention" not in preset.config.model.options
    assert preset.config.data == load_preset("steel_bridge_cfd").config.data


def test_a_value_set_for_a_run_is_a_deviation_from_the_paper() -> None:
    config = load_preset("steel_bridge").config.with_changes(
        {"optimizer.learning_rate": 0.01, "train.epochs": 3}
    )
    origins = field_origins(config)
    assert origins["optimizer.learning_rate"] == Origin("deviating", "set for this run")
    assert origins["train.epochs"] == Origin("chosen", "set for this run")
    assert origins["optimizer.stage_decay"] == Origin("paper", "Eq. (8)")
    assert {origin.kind for origin in field_origins(RunConfig()).values()} == {"chosen"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", "There is no preset 'nothing'; there are femto_unet, koenig2021_cfd"),
        ("../presets/steel_bridge", "There is no preset '..'"),
        ("steel_bridge/x", "The preset steel_bridge has no variant 'x'; it has scratch, table3"),
        ("subpixel_unet/x", "has no variant 'x'; it has none"),
    ],
)
def test_an_unknown_preset_is_named(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_preset(name)


def test_presets_and_model_names_need_no_torch() -> None:
    program = (
        "import sys; from segmentation.models import MODELS; import segmentation.presets as p;"
        "[p.load_preset(n) for n in p.preset_names()]; print('torch' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"
