"""ONNX files: the same probabilities as torch at any size, and the card in the metadata."""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from segmentation.durable_files import NotSavedError
from segmentation.model_store.card import ModelError, card_from_json
from segmentation.model_store.model_folder import load_model
from segmentation.model_store.onnx_export import INPUT, OPSET, OUTPUT, SMALLEST_SIDE, export_onnx
from segmentation.models import MODELS
from tests.segmentation.model_store.toy_models import LIMITED, saved_toy

pytestmark = pytest.mark.torch

SHAPES = (
    (1, 64, 64),
    (2, 33, 70),
    (1, SMALLEST_SIDE, 5),
    (1, 127, 64),
    (3, 97, 31),
)
"""Batch, height, width: multiples of the stride, odd ones, and smaller than the stride."""


@pytest.mark.parametrize("name", MODELS)
def test_probabilities_are_those_of_torch_at_any_size(tmp_path, name):
    with torch.inference_mode():  # as a prediction under way would export
        loaded = load_model(saved_toy(tmp_path / "m", name))
        file = export_onnx(loaded, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(4)
    for batch, height, width in SHAPES:
        images = torch.rand(batch, 3, height, width, generator=generator)
        (logits,) = session.run([OUTPUT], {INPUT: images.numpy()})
        with torch.inference_mode():
            expected = loaded.model(images).logits.sigmoid().numpy()
        assert logits.shape == expected.shape
        assert np.abs(1 / (1 + np.exp(-logits)) - expected).max() < 1e-4


def test_the_file_holds_the_card(tmp_path):
    loaded = load_model(saved_toy(tmp_path / "m", data=(LIMITED,), temperature=1.5))
    graph = onnx.load(export_onnx(loaded, tmp_path / "model.onnx"))
    properties = {each.key: each.value for each in graph.metadata_props}
    assert properties["use"] == "non-commercial"
    assert float(properties["temperature"]) == 1.5
    assert card_from_json(properties["card"], Path("model.onnx")) == loaded.card
    assert [each.version for each in graph.opset_import if not each.domain] == [OPSET]
    assert {each.name for each in (*graph.graph.input, *graph.graph.output)} == {INPUT, OUTPUT}


def test_an_export_that_fails_leaves_the_earlier_file(tmp_path):
    loaded = load_model(saved_toy(tmp_path / "m"))
    (tmp_path / "model.onnx").mkdir()
    with pytest.raises(NotSavedError, match=r"model\.onnx was not saved"):
        export_onnx(loaded, tmp_path / "model.onnx")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["m", "model.onnx"]


def test_without_the_onnx_package_it_says_what_to_install(tmp_path, monkeypatch):
    loaded = load_model(saved_toy(tmp_path / "m"))
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModelError, match="pip install onnx"):
        export_onnx(loaded, tmp_path / "model.onnx")
