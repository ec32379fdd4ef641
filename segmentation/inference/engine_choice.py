"""Which engine is fastest on this machine: measured once for each model, and remembered."""

import json
import platform
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.special import expit

from segmentation.durable_files import NotSavedError, write_file
from segmentation.inference.engines import (
    ENGINES,
    Batch,
    Engine,
    EngineMemoryError,
    PredictionError,
    Request,
    make_engine,
)
from segmentation.inference.quantization import synthetic_batch
from segmentation.model_store.card import ModelError

SECONDS: Final = 1.0
"""How long a candidate is measured."""
PROBE_SIDE: Final = 512
LARGEST_CHANGE: Final = 0.01
"""Root mean square by which lower precision may change the probabilities of the probe."""

_REQUIRED_GAIN: Final = 0.97
_CHOICES: Final = "engines.json"
_PACKAGES: Final = ("torch", "onnxruntime", "openvino")


@dataclass(frozen=True, slots=True)
class Trial:
    """What was measured of an engine.

    Attributes
    ----------
    seconds
        For a tile of `PROBE_SIDE`, the best of several.
    change
        Root mean square by which its probabilities differ from those of torch in float32.
    problem
        Why it could not be measured, or was not taken.
    """

    seconds: float = 0.0
    change: float = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The engine to take, and why.

    Attributes
    ----------
    name
        Of `segmentation.inference.engines.ENGINES`.
    trials
        What was measured, by engine; empty if it was asked for by name.
    is_remembered
        Whether that was done earlier.
    """

    name: str
    trials: Mapping[str, Trial]
    is_remembered: bool = False

    def sentence(self) -> str:
        """Say which engine was taken and why."""
        if not self.trials:
            return f"Engine {self.name}, as asked for."
        parts: list[str] = []
        for name, trial in self.trials.items():
            time_text = f"{name} {trial.seconds * 1e3:.0f} ms" if trial.seconds else name
            parts.append(f"{time_text} ({trial.problem})" if trial.problem else time_text)
        when = "measured earlier" if self.is_remembered else "measured now"
        return (
            f"Engine {self.name}, the fastest on this machine ({when}, for {PROBE_SIDE} px "
            f"tiles: {', '.join(parts)})."
        )


def choose_engine(
    request: Request, report: Callable[[str], None] | None = None
) -> tuple[EngineChoice, Engine]:
    """Return the fastest engine, measuring at most once per model, machine and versions.

    Parameters
    ----------
    request
        What the engines are made for; its cache holds what was measured.
    report
        Told what is being measured.
    """
    file, key = request.cache / _CHOICES, _key(request)
    remembered = known_choice(request)
    if remembered is not None:
        # What was measured with may be gone or broken since; then it is measured anew.
        with suppress(PredictionError, ModelError, ImportError, OSError):
            return remembered, make_engine(remembered.name, request)
    choice, engine = _measure(request, report or (lambda _: None))
    _remember(file, key, choice)
    return choice, engine


def known_choice(request: Request) -> EngineChoice | None:
    """Return what was measured earlier of the same model, machine and versions."""
    return _remembered(request.cache / _CHOICES).get(_key(request))


def candidates(device: str) -> list[str]:
    """Return the engines that can run on a device here and are worth measuring."""
    kind = device.partition(":")[0]
    return [
        name
        for name, engine in ENGINES.items()
        if kind in engine.devices and engine.is_installed() and engine.is_sensible()
    ]


def seconds_per_run(engine: Engine, batch: Batch, limit: float = SECONDS) -> float:
    """Return the shortest time that a batch takes, after a first run that is not counted."""
    engine.run(batch)
    best, end = float("inf"), time.perf_counter() + limit
    while True:
        start = time.perf_counter()
        engine.run(batch)
        now = time.perf_counter()
        best = min(best, now - start)
        if now >= end:
            return best


def _measure(request: Request, report: Callable[[str], None]) -> tuple[EngineChoice, Engine]:
    batch = synthetic_batch("asphalt", PROBE_SIDE, seed=1)
    temperature = request.loaded.card.temperature
    trials: dict[str, Trial] = {}
    engines: dict[str, Engine] = {}
    exact: Batch | None = None
    for name in candidates(request.device):
        report(f"Measuring the engine {name} ...")
        try:
            engine = make_engine(name, request)
            seconds = seconds_per_run(engine, batch)
            probability = expit(engine.run(batch) / temperature)
        except (PredictionError, ModelError, NotSavedError, EngineMemoryError, ImportError,
                RuntimeError, OSError) as error:  # fmt: skip
            trials[name] = Trial(problem=str(error).split("\n", maxsplit=1)[0])
            continue
        exact = probability.copy() if exact is None else exact
        change = float(np.sqrt(np.mean((probability - exact) ** 2)))
        too_far = not change <= LARGEST_CHANGE  # also where it is not a number
        problem = "changes the result too much" if too_far else ""
        trials[name] = Trial(seconds, change if np.isfinite(change) else 1.0, problem)
        if not problem:
            engines[name] = engine
    if not engines:
        told = "; ".join(f"{name}: {trial.problem}" for name, trial in trials.items())
        raise PredictionError(f"No engine runs the model on {request.device} ({told}).")
    best = _best({name: trials[name].seconds for name in engines})
    return EngineChoice(best, trials), engines[best]


def _best(seconds: Mapping[str, float]) -> str:
    """Return the fastest; one that is listed later must gain more than the noise of measuring."""
    best = next(iter(seconds))
    for name, time_taken in seconds.items():
        if time_taken < _REQUIRED_GAIN * seconds[best]:
            best = name
    return best


def _key(request: Request) -> str:
    """Return all that a measurement depends on."""
    return json.dumps({
        "model": request.loaded.card.weights_sha256,
        "device": _device_name(request.device),
        "threads": request.threads,
        "tile": PROBE_SIDE,
        "versions": {name: _version(name) for name in _PACKAGES},
    })  # fmt: skip


def _device_name(device: str) -> str:
    import torch

    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text("utf-8", "replace").splitlines() if cpu.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{platform.node()} {names[0] if names else platform.processor()}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _remembered(file: Path) -> dict[str, EngineChoice]:
    """Return what was measured earlier; a file that cannot be used counts as none."""
    try:
        return {key: _choice(table) for key, table in json.loads(file.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _choice(table: dict[str, Any]) -> EngineChoice:
    trials = {name: Trial(**trial) for name, trial in table["trials"].items()}
    return EngineChoice(str(table["name"]), trials, is_remembered=True)


def _remember(file: Path, key: str, choice: EngineChoice) -> None:
    known = _remembered(file) | {key: choice}
    table = {
        each: {"name": one.name, "trials": {name: asdict(t) for name, t in one.trials.items()}}
        for each, one in known.items()
    }
    with suppress(NotSavedError):  # then it is measured again the next time
        write_file(file, json.dumps(table, indent=1).encode())
