"""Half precision is used where nothing is lost by it, and given up where something is."""

import pytest
import torch

from segmentation.model_store import half_precision
from segmentation.model_store.half_precision import LARGEST_CHANGE, compact_tensors
from tests.segmentation.model_store.toy_models import toy_card, toy_model

pytestmark = pytest.mark.torch


def test_large_tensors_are_halved_and_vectors_are_not():
    model = toy_model(toy_card("femto_unet"))
    tensors = compact_tensors(model)
    for name, value in model.state_dict().items():
        expected = torch.float16 if value.numel() > 4096 and value.ndim > 1 else value.dtype
        assert tensors[name].dtype == expected, name
        if expected == value.dtype:
            assert torch.equal(tensors[name], value)
    assert torch.float16 in {each.dtype for each in tensors.values()}
    assert torch.int64 in {each.dtype for each in tensors.values()}


def test_what_half_precision_cannot_hold_stays(monkeypatch):
    monkeypatch.setattr(half_precision, "LARGEST_CHANGE", 1.0)
    model = toy_model(toy_card("femto_unet"))
    large = [name for name, value in model.named_parameters() if value.numel() > 4096]
    weights = dict(model.named_parameters())
    with torch.no_grad():
        weights[large[0]][0, 0] = 7e4
        weights[large[1]].mul_(1e-7)
    tensors = compact_tensors(model)
    assert [tensors[name].dtype for name in large[:2]] == [torch.float32] * 2
    assert {tensors[name].dtype for name in large[2:]} == {torch.float16}


def test_a_network_that_is_very_sure_keeps_more(monkeypatch):
    def size(tensors):
        return sum(each.nbytes for each in tensors.values())

    model = toy_model(toy_card("koenig2021"))
    with torch.no_grad():
        model.network.head.weight.mul_(100.0)
        model.network.head.bias.zero_()
    careful = compact_tensors(model)
    monkeypatch.setattr(half_precision, "LARGEST_CHANGE", 1.0)
    careless = compact_tensors(model)
    assert size(careful) > size(careless)
    image = half_precision._photograph("steel")
    with torch.no_grad():
        before = model(image).logits.sigmoid()
        model.load_state_dict(careful)
        careful_change = (model(image).logits.sigmoid() - before).abs().max().item()
        model.load_state_dict(careless)
        careless_change = (model(image).logits.sigmoid() - before).abs().max().item()
    assert careful_change <= LARGEST_CHANGE < careless_change


def test_the_model_itself_is_not_changed():
    model = toy_model(toy_card()).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    compact_tensors(model)
    assert model.training
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])
