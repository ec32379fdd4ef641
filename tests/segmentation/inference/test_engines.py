"""Every engine gives what the network gives; the fastest is measured once and remembered."""

import gc
import json
import signal
import sys
import time
from threading import Thread

import numpy as np
import pytest
import torch

from segmentation.inference import engine_choice
from segmentation.inference.engine_choice import choose_engine
from segmentation.inference.engines import (
    ENGINES,
    EngineKind,
    EngineMemoryError,
    PredictionError,
    Request,
    fold_normalization,
    make_engine,
    no_memory_told,
    resolve_device,
)
from tests.segmentation.inference.models_for_tests import noise

ON_CPU = [name for name, kind in ENGINES.items() if "cpu" in kind.devices]


@pytest.fixture
def request_(loaded, tmp_path):
    """A request for engines of the small network."""
    return Request(loaded, "cpu", 1, tmp_path)


@pytest.mark.parametrize("name", ON_CPU)
def test_engines_agree_with_the_network(name, request_):
    if not ENGINES[name].is_installed():
        pytest.skip(f"{ENGINES[name].package} is not installed")
    engine = make_engine(name, request_)
    for height, width in ((64, 96), (32, 32), (64, 96)):
        pixels = noise(height, width).transpose(2, 0, 1)[None]  # not contiguous
        batch = np.multiply(pixels, np.float32(1 / 255), dtype=np.float32)
        with torch.no_grad():
            expected = request_.loaded.model(torch.from_numpy(batch)).logits.numpy()
        logits = engine.run(batch)
        assert logits.shape == expected.shape
        assert logits.dtype == np.float32
        limit = 1e-4 if ENGINES[name].is_exact else 0.15
        assert np.sqrt(np.mean((logits - expected) ** 2)) < limit * expected.std()


def test_a_model_is_exported_once(request_):
    pytest.importorskip("onnxruntime")
    make_engine("onnxruntime", request_)
    (file,) = (request_.cache / "onnx").iterdir()
    written = file.stat().st_mtime_ns
    make_engine("onnxruntime", request_)
    assert file.stat().st_mtime_ns == written


def test_folding_changes_no_output_and_not_the_model(loaded):
    before = {name: value.clone() for name, value in loaded.model.state_dict().items()}
    folded = fold_normalization(loaded.model)
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(
            folded(images).logits, loaded.model(images).logits, atol=1e-3, rtol=1e-4
        )
    assert all(
        torch.equal(value, before[name]) for name, value in loaded.model.state_dict().items()
    )
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in folded.network.down.modules())


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_all_ways_of_running_out_of_memory_are_one(error):
    with pytest.raises(EngineMemoryError), no_memory_told():
        raise error
    with pytest.raises(RuntimeError, match="something else"), no_memory_told():
        raise RuntimeError("something else")


@pytest.mark.parametrize(
    ("name", "device", "words"),
    [
        ("abacus", "cpu", "no engine 'abacus'"),
        ("torch-float16", "cpu", "does not run on cpu"),
        ("openvino", "cuda", "does not run on cuda"),
    ],
)
def test_what_is_not_there_is_said(name, device, words, loaded, tmp_path):
    with pytest.raises(PredictionError, match=words):
        make_engine(name, Request(loaded, device, 1, tmp_path))


def test_an_engine_that_is_not_installed_is_named(request_, monkeypatch):
    monkeypatch.setitem(ENGINES, "far", EngineKind(lambda _: None, package="not_there_at_all"))
    with pytest.raises(PredictionError, match="pip install not_there_at_all"):
        make_engine("far", request_)


@pytest.mark.skipif(not ENGINES["openvino"].is_installed(), reason="OpenVINO is not installed")
def test_openvino_reports_to_nobody(request_):
    make_engine("openvino", request_)
    assert sys.modules["openvino_telemetry"] is None


def test_devices():
    assert resolve_device("cpu") == "cpu"
    assert resolve_device("auto") in ("cpu", "cuda")
    for wrong in ("cpu:1", "tpu", "cuda:x", "cuda:99"):
        with pytest.raises(PredictionError, match="no device"):
            resolve_device(wrong)


class _Timed:
    def __init__(self, seconds, value=0.0):
        self.seconds, self.value, self.n_runs = seconds, value, 0

    def run(self, batch):
        self.n_runs += 1
        time.sleep(self.seconds)
        return np.full_like(batch[:, :1], self.value)


@pytest.fixture
def three(monkeypatch):
    """Engines: a slow one, a fast one, and a faster one whose results are wrong."""
    made = {"slow": _Timed(0.05), "fast": _Timed(0.01), "wrong": _Timed(0.001, 5.0)}
    kinds = {name: EngineKind(lambda _, each=each: each) for name, each in made.items()}
    monkeypatch.setattr(engine_choice, "ENGINES", kinds)
    monkeypatch.setattr(engine_choice, "make_engine", lambda name, _request: made[name])
    monkeypatch.setattr(engine_choice.seconds_per_run, "__defaults__", (0.1,))
    return made


def test_the_fastest_that_is_right_is_taken_and_remembered(request_, three):
    said = []
    choice, engine = choose_engine(request_, said.append)
    assert choice.name == "fast"
    assert engine is three["fast"]
    assert len(said) == 3
    assert "wrong" in choice.sentence()
    assert "changes the result too much" in choice.sentence()
    n_runs = three["slow"].n_runs
    again, engine = choose_engine(request_)
    assert again.is_remembered
    assert (again.name, engine) == ("fast", three["fast"])
    assert "measured earlier" in again.sentence()
    assert three["slow"].n_runs == n_runs


def test_other_threads_and_damaged_memories_are_measured_anew(request_, three):
    choose_engine(request_)
    n_runs = three["slow"].n_runs
    other = Request(request_.loaded, "cpu", 7, request_.cache)
    assert not choose_engine(other)[0].is_remembered
    assert three["slow"].n_runs > n_runs
    (request_.cache / "engines.json").write_text("{", "utf-8")
    assert not choose_engine(request_)[0].is_remembered
    assert len(json.loads((request_.cache / "engines.json").read_text("utf-8"))) == 1


def test_engines_that_break_are_passed_over(request_, three):
    def broken(_batch):
        raise RuntimeError("no such kernel\nand a long trace")

    three["fast"].run = broken
    choice, _ = choose_engine(request_)
    assert choice.name == "slow"
    assert choice.trials["fast"].problem == "no such kernel"


def test_signals_are_survived_after_openvino(request_):
    pytest.importorskip("openvino")
    engines = [make_engine("openvino", request_)]
    engines[0].run(np.zeros((1, 3, 32, 32), np.float32))
    other = Thread(target=lambda: (engines.clear(), gc.collect()))  # not where it was made
    other.start()
    other.join()
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append(True))
    try:
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [True]
