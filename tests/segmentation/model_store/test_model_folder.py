"""Models on the disk: half precision loses next to nothing, and damage is told."""

import errno
import json
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from segmentation.durable_files import NotSavedError
from segmentation.model_store import model_folder
from segmentation.model_store.card import ModelError, read_card
from segmentation.model_store.model_folder import load_model, save_model
from segmentation.models import MODELS
from tests.segmentation.model_store.toy_models import saved_toy, toy_card, toy_model

pytestmark = pytest.mark.torch


def rewrite_card(folder, **changes):
    file = folder / "card.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | changes), "utf-8")


def rewrite_weights(folder, change):
    """Change the tensors and let the card know, as a faulty writer would."""
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")
    rewrite_card(folder, weights_sha256=model_folder._sha256(folder / "model.safetensors"))


@pytest.mark.parametrize("name", MODELS)
def test_probabilities_survive_half_precision(tmp_path, name):
    card = toy_card(name)
    model = toy_model(card)
    loaded = load_model(save_model(tmp_path / "m", model, card))
    assert not loaded.model.training
    assert {each.dtype for each in loaded.model.parameters()} == {torch.float32}
    images = torch.rand(2, 3, 61, 87, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        before, after = (each(images).logits.sigmoid() for each in (model, loaded.model))
    assert (before - after).abs().max().item() < 2e-3


def test_the_card_is_completed_and_the_weights_name_the_model(tmp_path):
    folder = saved_toy(tmp_path / "m", epoch=7)
    card = read_card(folder)
    assert card.epoch == 7
    assert card.n_parameters == sum(each.numel() for each in toy_model(card).parameters())
    assert set(card.versions) >= {"torch", "safetensors"}
    assert card.created
    with safe_open(folder / "model.safetensors", "pt") as content:
        assert content.metadata() == {"program": "crack-annotator", "format": "1", "name": "toy"}


def test_loading_draws_no_random_numbers_and_gives_trainable_weights(tmp_path):
    folder = saved_toy(tmp_path / "m")
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    with torch.inference_mode():
        loaded = load_model(folder)
    assert torch.equal(torch.rand(3), expected)
    loaded.model(torch.rand(1, 3, 8, 8)).logits.sum().backward()


def test_a_saved_model_is_never_replaced(tmp_path):
    folder = saved_toy(tmp_path / "m")
    with pytest.raises(NotSavedError, match="was not saved"):
        saved_toy(folder)
    assert load_model(folder).card.name == "toy"


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(model_folder, "save_file", fail)
    with pytest.raises(NotSavedError, match="disk is full"):
        saved_toy(tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_diverged_weights_are_not_saved(tmp_path):
    card = toy_card()
    model = toy_model(card)
    with torch.no_grad():
        next(model.parameters())[0, 0, 0, 0] = float("nan")
    with pytest.raises(ModelError, match="is not finite, so the training has diverged"):
        save_model(tmp_path / "m", model, card)


def test_truncated_weights(tmp_path):
    folder = saved_toy(tmp_path / "m")
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"model.safetensors are truncated or not .* copy the"):
        load_model(folder)


def test_other_weights_than_the_card_says(tmp_path):
    folder = saved_toy(tmp_path / "m")
    file = folder / "model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"SHA-256 is another\. Copy the model anew"):
        load_model(folder)


def test_a_pickle_is_refused_and_not_executed(tmp_path):
    folder = saved_toy(tmp_path / "m")
    torch.save({"a": torch.zeros(3)}, folder / "model.safetensors")
    with pytest.raises(ModelError, match="not a safetensors file"):
        load_model(folder)


def test_missing_weights(tmp_path):
    folder = saved_toy(tmp_path / "m")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"has no model.safetensors; copy"):
        load_model(folder)


def test_an_unknown_network_or_option(tmp_path):
    folder = saved_toy(tmp_path / "m")
    rewrite_card(folder, model={"name": "transformer"})
    assert read_card(folder).model.name == "transformer"
    with pytest.raises(ModelError, match=r"architecture 'transformer', which .* has residual_unet"):
        load_model(folder)
    rewrite_card(folder, model={"name": "residual_unet", "options": {"heads": 3}})
    with pytest.raises(ModelError, match=r"cannot be built: model.options.heads is not known"):
        load_model(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda tensors: tensors.pop("network.head.bias"), "network.head.bias is missing"),
        (lambda tensors: tensors.update(extra=torch.zeros(1)), "extra is not known"),
        (
            lambda tensors: tensors.update({"network.head.bias": torch.zeros(2)}),
            r"network.head.bias is \(2,\) instead of \(1,\)",
        ),
    ],
)
def test_weights_of_another_network(tmp_path, change, words):
    folder = saved_toy(tmp_path / "m")
    rewrite_weights(folder, change)
    with pytest.raises(ModelError, match=words):
        load_model(folder)


def test_a_card_never_asks_for_weights_from_the_network(tmp_path):
    card = toy_card("koenig2021")
    wanted = replace(card, model=replace(card.model, pretrained=True))
    folder = save_model(tmp_path / "m", toy_model(card), wanted)
    assert not read_card(folder).model.pretrained


def test_weights_can_be_read_by_whom_the_card_can(tmp_path):
    folder = saved_toy(tmp_path / "m")
    modes = {file.stat().st_mode for file in folder.iterdir()}
    assert len(modes) == 1
