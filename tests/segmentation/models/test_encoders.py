"""timm encoders: pyramids, stages, weights that cannot be had, torchvision that does not fit."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from segmentation.config import ModelConfig
from segmentation.models import build_model
from segmentation.models.encoders import PretrainedWeightsError, TimmEncoder
from segmentation.models.timm_import import import_timm

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("name", ["test_convnext", "test_resnet", "convnext_atto_ols"])
def test_feature_maps_have_the_strides_and_channels_announced(name: str) -> None:
    encoder = TimmEncoder(name).eval()
    with torch.inference_mode():
        maps = encoder(torch.rand(1, 3, 64, 96))
    expected = [
        (1, channels, 64 // stride, 96 // stride)
        for channels, stride in zip(encoder.channels, encoder.strides, strict=True)
    ]
    assert [tuple(each.shape) for each in maps] == expected


@pytest.mark.parametrize("name", ["test_convnext", "test_resnet"])
def test_stages_part_the_parameters(name: str) -> None:
    encoder = TimmEncoder(name)
    stages = encoder.stages()
    assert len(stages) == 4
    assert all(stages)
    held = [id(parameter) for stage in stages for parameter in stage]
    assert sorted(held) == sorted(id(parameter) for parameter in encoder.parameters())


def test_the_stem_belongs_to_the_first_stage() -> None:
    encoder = TimmEncoder("test_resnet")
    first = {id(parameter) for parameter in encoder.stages()[0]}
    names = {name.split(".")[1] for name, p in encoder.named_parameters() if id(p) in first}
    assert "conv1" in names
    assert "layer1" in names
    assert "layer2" not in names


def test_weights_that_are_not_to_be_had_are_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, *, pretrained: bool, **options: object) -> None:
        raise FileNotFoundError("no route to the hub")

    monkeypatch.setattr(import_timm(), "create_model", refuse)
    config = ModelConfig(name="convnext_scse", pretrained=True)
    with pytest.raises(PretrainedWeightsError) as caught:
        build_model(config)
    sentence = str(caught.value)
    for part in ("convnext_tiny.fb_in1k", "huggingface.co", "HF_HOME", "model.pretrained = false"):
        assert part in sentence
    assert "no route to the hub" in sentence


def test_failed_tries_of_a_download_are_not_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("huggingface_hub.tries")

    def retry(name: str, *, pretrained: bool, **options: object) -> None:
        logger.warning("Retrying in 8s")
        raise OSError("gave up\nafter five tries")

    monkeypatch.setattr(import_timm(), "create_model", retry)
    with pytest.raises(PretrainedWeightsError, match=r"\(OSError: gave up\)$"):
        TimmEncoder("convnext_tiny.fb_in1k", pretrained=True)
    assert caplog.records == []
    logger.warning("of somebody else")
    assert len(caplog.records) == 1


def test_an_unknown_encoder_is_named() -> None:
    with pytest.raises(ValueError, match="knows no network 'convnext_minute'"):
        TimmEncoder("convnext_minute.fb_in1k")


IMPORT = """
import sys
from segmentation.models import timm_import
try:
    timm_import.import_timm()
except ImportError as error:
    print("refused:", error)
else:
    import torchvision
    print(torchvision.__name__, len(timm_import._declared))
"""


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("", "torchvision 0"),
        (
            "import torch\n"
            "for name in ('nms', 'qnms'):\n"
            "    if not hasattr(torch.ops.torchvision, name):\n"
            "        raise RuntimeError(f'operator torchvision::{name} does not exist')\n",
            "torchvision 1",
        ),
        ("raise RuntimeError('out of luck')", "refused: torchvision does not load"),
        (
            "raise RuntimeError('operator torchvision::warp does not exist')",
            "refused: torchvision does not load",
        ),
        ("raise ImportError('no torchvision')", "refused: no torchvision"),
    ],
    ids=["fits", "operators missing", "breaks", "unknown operator", "absent"],
)
def test_torchvision_is_mended_only_where_operators_are_missing(
    tmp_path: Path, program: str, expected: str
) -> None:
    for package, source in (("torchvision", program), ("timm", "")):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text(source, encoding="utf-8")
    root = Path(__file__).resolve().parents[3]
    result = subprocess.run(
        [sys.executable, "-c", IMPORT],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(root)])},
    )
    assert result.stdout.startswith(expected)
