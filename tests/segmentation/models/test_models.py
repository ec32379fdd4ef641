"""Every network of `MODELS`: sizes, parameters, learning, saving and exporting."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_model, save_model
from torch import Tensor

import segmentation.models
from segmentation.config import LossConfig, ModelConfig, OptimizerConfig
from segmentation.losses import build_loss
from segmentation.models import MODELS, build_model, options_record
from segmentation.models.base import CrackModel, LogitsOnly, pad_to_multiple
from segmentation.training.optim import build_optimizer

pytestmark = pytest.mark.torch

PARAMETERS = {
    "residual_unet": 3_449_341,
    "subpixel_unet": 3_155_757,
    "femto_unet": 5_950_801,
    "convnext_scse": 35_077_113,
    "koenig2021": 34_877_733,
}
N_COMPANIONS = {
    "residual_unet": 4,
    "subpixel_unet": 4,
    "femto_unet": 4,
    "convnext_scse": 4,
    "koenig2021": 4,
}
COMPACT = ("residual_unet", "subpixel_unet", "femto_unet")
MEBIBYTE = 2**20

SMALL: dict[str, dict[str, object]] = {
    "residual_unet": {"widths": [8, 16, 24]},
    "subpixel_unet": {"widths": [16, 24, 32, 32], "depths": [1, 1, 1, 1]},
    "femto_unet": {"encoder": "test_convnext", "widths": [32, 16, 16, 8, 8]},
    "convnext_scse": {
        "encoder": "test_convnext",
        "widths": [32, 24, 16, 16, 8],
        "layer_scale": 0.1,
    },
    "koenig2021": {"encoder": "test_resnet", "widths": [32, 24, 16, 16, 8]},
}
"""Options of networks of the same build that learn within seconds."""


def build(name: str, options: dict[str, object] | None = None) -> CrackModel:
    torch.manual_seed(0)
    return build_model(ModelConfig.from_table({"name": name, "options": options or {}}))


def crack_batch(size: int = 64) -> tuple[Tensor, Tensor]:
    """Noisy grey images with a faint dark line of two pixels each, and their masks."""
    generator = torch.Generator().manual_seed(3)
    images = 0.6 + 0.05 * torch.randn(2, 3, size, size, generator=generator)
    masks = torch.zeros(2, 1, size, size, dtype=torch.uint8)
    for column in range(size):
        for image, row in enumerate((size // 3 + column // 4, 5 + 3 * column // 4)):
            masks[image, 0, row : row + 2, column] = 1
    return torch.where(masks == 1, images - 0.12, images).clamp(0, 1), masks


@pytest.fixture(scope="module", params=MODELS)
def whole(request: pytest.FixtureRequest) -> tuple[str, CrackModel]:
    """Each network as it is by default."""
    return request.param, build(request.param)


def test_every_module_with_a_network_is_in_the_dictionary() -> None:
    folder = Path(str(segmentation.models.__file__)).parent
    modules = {
        f"segmentation.models.{file.stem}"
        for file in folder.glob("*.py")
        if "\ndef build(" in file.read_text(encoding="utf-8")
    }
    assert set(MODELS.values()) == modules
    assert set(MODELS) == set(PARAMETERS) == set(SMALL)


def test_parameter_counts(whole: tuple[str, CrackModel]) -> None:
    name, model = whole
    assert sum(parameter.numel() for parameter in model.parameters()) == PARAMETERS[name]
    if name in COMPACT:
        n_bytes = 2 * sum(value.numel() for value in model.state_dict().values())
        assert n_bytes < 16 * MEBIBYTE


def test_any_size_gives_logits_of_that_size(whole: tuple[str, CrackModel]) -> None:
    _, model = whole
    model.eval()
    with torch.inference_mode():
        for height, width in ((64, 64), (33, 70), (1, 5)):
            output = model(torch.rand(1, 3, height, width))
            assert output.logits.shape == (1, 1, height, width)
            assert output.logits.dtype == torch.float32
            assert bool(torch.isfinite(output.logits).all())
            assert output.aux_logits == ()


def test_companions_while_training_and_a_gradient_everywhere(
    whole: tuple[str, CrackModel],
) -> None:
    name, model = whole
    model.train()
    model.zero_grad()
    output = model(torch.rand(2, 3, 65, 50))
    assert [tuple(aux.shape) for aux in output.aux_logits] == [(2, 1, 65, 50)] * N_COMPANIONS[name]
    mask = torch.zeros(2, 1, 65, 50, dtype=torch.uint8)
    mask[..., 20] = 1
    build_loss(LossConfig())(output, mask).backward()
    without = [each for each, value in model.named_parameters() if value.grad is None]
    assert without == []
    model.zero_grad()


@pytest.mark.parametrize("name", MODELS)
def test_one_batch_is_learned_by_heart(name: str) -> None:
    images, masks = crack_batch()
    model = build(name, SMALL[name])
    loss = build_loss(LossConfig(aux_weights=(0.3,)))
    optimizer = build_optimizer(model, OptimizerConfig(learning_rate=4e-3))
    score = 0.0
    for _ in range(150):
        output = model(images)
        found = output.logits > 0
        score = 2 * int((found & (masks == 1)).sum()) / int(found.sum() + (masks == 1).sum())
        if score > 0.98:
            break
        optimizer.zero_grad()
        loss(output, masks).backward()
        optimizer.step()
    assert score > 0.98


@pytest.mark.parametrize("name", MODELS)
def test_saved_weights_give_the_same_logits(name: str, tmp_path: Path) -> None:
    images, _ = crack_batch()
    model = build(name, SMALL[name])
    model(images)  # statistics of the normalizations move
    save_model(model, tmp_path / "model.safetensors")
    torch.manual_seed(1)
    other = build_model(ModelConfig.from_table({"name": name, "options": SMALL[name]}))
    load_model(other, tmp_path / "model.safetensors")
    with torch.inference_mode():
        assert torch.equal(model.eval()(images).logits, other.eval()(images).logits)


@pytest.mark.parametrize("name", MODELS)
def test_half_of_the_bits_are_enough_to_store(name: str) -> None:
    images, _ = crack_batch()
    model = build(name, SMALL[name])
    for _ in range(3):
        model(images)
    model.eval()
    with torch.inference_mode():
        before = model(images).logits.sigmoid()
        for value in model.parameters():
            if value.ndim > 1:  # normalizations are a few kilobytes
                value.copy_(value.half().float())
        assert (model(images).logits.sigmoid() - before).abs().max().item() < 2e-3


@pytest.mark.parametrize("name", MODELS)
def test_an_exported_program_gives_the_same_logits(name: str) -> None:
    images, _ = crack_batch()
    exporter = LogitsOnly(build(name, SMALL[name])).eval()
    program = torch.export.export(exporter, (images,))
    with torch.no_grad():
        torch.testing.assert_close(program.module()(images), exporter(images))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_onnx_gives_the_same_logits_at_any_size(name: str, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    images, _ = crack_batch()
    exporter = LogitsOnly(build(name, SMALL[name])).eval()
    file = tmp_path / "model.onnx"
    torch.onnx.export(
        exporter,
        (images,),
        file,
        input_names=["images"],
        output_names=["logits"],
        dynamic_axes={"images": {0: "batch", 2: "height", 3: "width"}},
        opset_version=17,
        dynamo=False,
    )
    session = runtime.InferenceSession(file, providers=["CPUExecutionProvider"])
    for size in (64, 96):
        images, _ = crack_batch(size)
        (logits,) = session.run(["logits"], {"images": images.numpy()})
        with torch.no_grad():
            torch.testing.assert_close(torch.tensor(logits), exporter(images), atol=1e-4, rtol=1e-4)


def test_the_same_seed_builds_the_same_network() -> None:
    first, second = (build("subpixel_unet", SMALL["subpixel_unet"]) for _ in range(2))
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("name", COMPACT)
def test_compact_networks_begin_with_about_the_share_of_cracks(name: str) -> None:
    images, _ = crack_batch()
    output = build(name)(images)
    for logits in (output.logits, *output.aux_logits):
        assert 0.015 < logits.sigmoid().mean().item() < 0.03


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.zeros(3, 8, 8), r"shape \(3, 8, 8\); it must be \(batch, 3, height, width\)"),
        (torch.zeros(1, 1, 8, 8), r"shape \(1, 1, 8, 8\); it must be"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.uint8), "is torch.uint8; it must be floating"),
    ],
)
def test_input_that_does_not_fit_is_refused(images: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build("residual_unet", SMALL["residual_unet"])(images)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (ModelConfig(name="unet"), "There is no model 'unet'; there are residual_unet"),
        (
            ModelConfig(name="residual_unet", options={"depth": 3}),
            r"^model\.options\.depth is not known; known here: widths",
        ),
        (
            ModelConfig(name="convnext_scse", options={"attention": "se"}),
            r"^model\.options\.attention is 'se'; it must be one of none, scse",
        ),
        (ModelConfig(name="residual_unet", options={"widths": (8,)}), "takes at least two"),
        (ModelConfig(name="subpixel_unet", options={"widths": (8, 8)}), "widths has 2 values"),
        (ModelConfig(name="subpixel_unet", options={"kernel": 4}), "kernel is 4; it must be odd"),
        (
            ModelConfig(name="subpixel_unet", pretrained=True),
            "pretrained is true, but subpixel_unet has no weights to start from",
        ),
        (ModelConfig(name="koenig2021", options={"widths": (8, 8)}), "widths has 2 values"),
    ],
)
def test_a_configuration_that_does_not_fit_is_named(config: ModelConfig, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_model(config)


@pytest.mark.parametrize("name", MODELS)
def test_options_are_explained(name: str) -> None:
    record = options_record(name)
    assert record.__doc__ is not None
    assert all(field in record.__doc__ for field in record.__slots__)


class TestPadding:
    def test_it_mirrors_at_the_lower_right(self) -> None:
        image = torch.arange(12.0).view(1, 1, 3, 4)
        padded = pad_to_multiple(image, 5)
        expected = torch.nn.functional.pad(image, (0, 1, 0, 2), mode="reflect")
        assert torch.equal(padded, expected)

    def test_it_goes_to_and_fro_in_small_images(self) -> None:
        assert pad_to_multiple(torch.arange(3.0).view(1, 1, 1, 3), 8)[0, 0, 0].tolist() == [
            *(0, 1, 2, 1, 0, 1, 2, 1)
        ]

    def test_what_fits_is_left_alone(self) -> None:
        image = torch.rand(1, 3, 8, 16)
        assert pad_to_multiple(image, 8) is image
