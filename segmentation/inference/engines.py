"""What runs a network on a tile: one small protocol, and `ENGINES` by name.

A new engine is a class with ``run``, a function that makes it, and one line in `ENGINES`.
"""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from segmentation.durable_files import write_file
from segmentation.model_store.model_folder import LoadedModel

Batch = NDArray[np.float32]

_NO_MEMORY: Final = (
    "not enough memory",
    "can't allocate memory",
    "bad_alloc",
    "failed to allocate",
)
_N_COMPILED: Final = 4
"""Shapes that an engine stays compiled for: images upright and across, whole and at half."""


class PredictionError(Exception):
    """Something cannot be predicted as asked; the message says what to do."""


class EngineMemoryError(Exception):
    """A batch is too large for the memory of an engine."""


class Engine(Protocol):
    """Runs a network."""

    def run(self, batch: Batch) -> Batch:
        """Return logits ``(B, 1, H, W)`` of images ``(B, 3, H, W)`` in [0, 1].

        Height and width are multiples of the network's stride. The memory layout of ``batch`` is
        free, and so is that of what is returned, which may be overwritten by the next call.

        Raises
        ------
        EngineMemoryError
            It is too large.
        """
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """What an engine is made for.

    Attributes
    ----------
    loaded
        The model; an engine does not change it.
    device
        "cpu", "cuda" or "cuda:N".
    threads
        Of the CPU.
    cache
        Folder for files that are made of a model once.
    """

    loaded: LoadedModel
    device: str
    threads: int
    cache: Path


@dataclass(frozen=True, slots=True)
class EngineKind:
    """An engine that can be asked for.

    Attributes
    ----------
    make
        Returns it.
    devices
        The kinds of device that it runs on.
    package
        That must be installed.
    is_exact
        Whether it calculates in float32.
    is_sensible
        Whether this machine calculates in its precision at all; tells if "auto" tries it.
    """

    make: Callable[[Request], Engine]
    devices: tuple[str, ...] = ("cpu",)
    package: str = "torch"
    is_exact: bool = True
    is_sensible: Callable[[], bool] = lambda: True

    def is_installed(self) -> bool:
        """Tell whether its package is there."""
        return importlib.util.find_spec(self.package) is not None


class TorchEngine:
    """The network in torch, with its normalizations folded into the convolutions.

    Parameters
    ----------
    request
        Model, device and threads.
    precision
        Of weights and activations between the first and the last layer.
    """

    def __init__(self, request: Request, precision: torch.dtype = torch.float32) -> None:
        self._device = torch.device(request.device)
        self._threads = request.threads
        self._precision = precision
        with torch.inference_mode(False):
            model = fold_normalization(request.loaded.model).to(self._device)
            self._model = model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def run(self, batch: Batch) -> Batch:
        """Return logits."""
        if self._device.type == "cpu" and torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        with torch.inference_mode(), no_memory_told():
            images = torch.from_numpy(batch).to(self._device)
            images = images.contiguous(memory_format=torch.channels_last)
            lower = self._precision != torch.float32
            with torch.autocast(self._device.type, self._precision, enabled=lower):
                logits = self._model(images).logits
            return logits.float().cpu().numpy()


class OnnxEngine:
    """The network in onnxruntime on the CPU.

    Parameters
    ----------
    request
        Model and threads.
    precision
        "f32" or "int8".
    """

    def __init__(self, request: Request, precision: str = "f32") -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = request.threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(onnx_file(request, precision)), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def run(self, batch: Batch) -> Batch:
        """Return logits."""
        with no_memory_told():
            return self._session.run(None, {self._input: np.ascontiguousarray(batch)})[0]


class OpenVinoEngine:
    """The network in OpenVINO on the CPU, compiled for each shape of a batch.

    Parameters
    ----------
    request
        Model and threads.
    precision
        "f32", "bf16" or "int8".
    """

    def __init__(self, request: Request, precision: str = "f32") -> None:
        self._core = _openvino_core()
        self._model: Any = self._core.read_model(onnx_file(request, precision))
        self._settings = {
            # What is left over by 8 bits is calculated in float32.
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
            "INFERENCE_NUM_THREADS": request.threads,
            "PERFORMANCE_HINT": "LATENCY",
        }
        self._compiled: dict[tuple[int, ...], Any] = {}

    def run(self, batch: Batch) -> Batch:
        """Return logits."""
        with no_memory_told():
            request = self._compiled.get(batch.shape) or self._compile(batch.shape)
            return request.infer({0: np.ascontiguousarray(batch)})[0]

    def _compile(self, shape: tuple[int, ...]) -> Any:
        while len(self._compiled) >= _N_COMPILED:
            del self._compiled[next(iter(self._compiled))]
        self._model.reshape(list(shape))
        compiled = self._core.compile_model(self._model, "CPU", self._settings)
        self._compiled[shape] = compiled.create_infer_request()
        return self._compiled[shape]


@cache
def _openvino_core() -> Any:
    """Return OpenVINO's core, which lives as long as the process.

    Its plugin for CPUs replaces the thread's alternate stack for signals and frees that stack when
    it is unloaded: the next signal that Python handles would end the process (seen with 2026.4).
    """
    # Else it would send figures of its use to its makers, from a process that it forks.
    sys.modules.setdefault("openvino_telemetry", None)  # pyright: ignore[reportArgumentType]
    import openvino  # pyright: ignore[reportMissingImports]

    return openvino.Core()


def _torch(precision: torch.dtype) -> Callable[[Request], Engine]:
    return lambda request: TorchEngine(request, precision)


def _onnx(precision: str) -> Callable[[Request], Engine]:
    return lambda request: OnnxEngine(request, precision)


def _openvino(precision: str) -> Callable[[Request], Engine]:
    return lambda request: OpenVinoEngine(request, precision)


def _has_bfloat16() -> bool:
    """Tell whether the CPU multiplies in bfloat16; elsewhere it is emulated and slow."""
    flags = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return any(bool(flags.get(name)) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def _has_quick_bfloat16() -> bool:
    return _has_bfloat16() or torch.cuda.is_available()


ENGINES: Final[dict[str, EngineKind]] = {
    "torch": EngineKind(_torch(torch.float32), ("cpu", "cuda")),
    "torch-bfloat16": EngineKind(
        _torch(torch.bfloat16), ("cpu", "cuda"), is_exact=False, is_sensible=_has_quick_bfloat16
    ),
    "torch-float16": EngineKind(_torch(torch.float16), ("cuda",), is_exact=False),
    "onnxruntime": EngineKind(OnnxEngine, package="onnxruntime"),
    "onnxruntime-int8": EngineKind(_onnx("int8"), package="onnxruntime", is_exact=False),
    "openvino": EngineKind(_openvino("f32"), package="openvino"),
    "openvino-bfloat16": EngineKind(
        _openvino("bf16"), package="openvino", is_exact=False, is_sensible=_has_bfloat16
    ),
    # Quantized by onnxruntime, which is always there.
    "openvino-int8": EngineKind(_openvino("int8"), package="openvino", is_exact=False),
}
"""Engines by the name that a user gives. The first one is there always."""


def make_engine(name: str, request: Request) -> Engine:
    """Return an engine by its name.

    Raises
    ------
    PredictionError
        There is none of that name, it is not installed, or does not run on the device.
    """
    if name not in ENGINES:
        raise PredictionError(f"There is no engine {name!r}; choose auto, {', '.join(ENGINES)}.")
    kind = ENGINES[name]
    device = request.device.partition(":")[0]
    if device not in kind.devices:
        raise PredictionError(
            f"The engine {name} does not run on {device}, only on {' and '.join(kind.devices)}; "
            "choose another engine or device."
        )
    if not kind.is_installed():
        raise PredictionError(
            f"The engine {name} is not installed; install it with pip install {kind.package}, "
            "or choose another."
        )
    return kind.make(request)


def fold_normalization(model: nn.Module) -> nn.Module:
    """Return a copy, in evaluation mode, whose convolutions do the normalization behind them."""
    model = deepcopy(model).eval()
    for part in model.modules():
        if not isinstance(part, nn.Sequential):
            continue
        for number in range(len(part) - 1):
            first, second = part[number], part[number + 1]
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                part[number] = fuse_conv_bn_eval(first, second)
                part[number + 1] = nn.Identity()
    return model


def resolve_device(device: str) -> str:
    """Return "cpu" or a CUDA device; "auto" takes the graphics card if there is one.

    Raises
    ------
    PredictionError
        There is no such device.
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = device.partition(":")
    if kind == "cpu" and not number:
        return device
    if kind != "cuda" or (number and not number.isdigit()):
        raise PredictionError(f"There is no device {device!r}; choose auto, cpu, cuda or cuda:N.")
    if int(number or 0) >= torch.cuda.device_count():
        raise PredictionError(
            f"There is no device {device!r} here: torch finds {torch.cuda.device_count()} CUDA "
            "devices. Choose cpu."
        )
    return device


def available_threads() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return os.cpu_count() or 1


@contextmanager
def no_memory_told() -> Iterator[None]:
    """Turn the ways in which engines run out of memory into an EngineMemoryError."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise EngineMemoryError(str(error)) from error
    except RuntimeError as error:
        if not any(words in str(error).lower() for words in _NO_MEMORY):
            raise
        raise EngineMemoryError(str(error)) from error


def onnx_file(request: Request, precision: str = "f32") -> Path:
    """Return the model as ONNX, made on first use; in 8 bits for "int8"."""
    import onnxruntime

    from segmentation.inference.quantization import quantize
    from segmentation.model_store.onnx_export import OPSET, export_onnx

    name = f"{request.loaded.card.weights_sha256[:24]}-{OPSET}-{torch.__version__}"
    file = request.cache / "onnx" / f"{name}.onnx"
    if not file.is_file():
        export_onnx(request.loaded, file)
    if precision != "int8":
        return file
    smaller = request.cache / "onnx" / f"{name}-int8-{onnxruntime.__version__}.onnx"
    if not smaller.is_file():
        write_file(smaller, quantize(file))
    return smaller
