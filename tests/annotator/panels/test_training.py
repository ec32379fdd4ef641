"""The panel of a training: words, curves, pictures."""

import json

import pytest
from PIL import Image
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton

from annotator.panels.training import NO_TRAINING, TrainingPanel, duration
from annotator.services.training_process import TrainingRun
from tests.session_factory import make_session

pytestmark = pytest.mark.gui

STARTED = {
    "event": "started", "epoch": 0, "step": 0, "n_epochs": 2, "steps_per_epoch": 10,
    "device": "cpu", "precision": "float32", "n_processes": 1,
}  # fmt: skip


@pytest.fixture
def session(qapp):
    session = make_session()
    yield session
    session.close()


@pytest.fixture
def panel(session, qtbot):
    panel = TrainingPanel(session, QAction)
    qtbot.addWidget(panel)
    panel.resize(300, 700)
    panel.show()
    return panel


def tell(folder, *events):
    with (folder / "events.jsonl").open("a") as file:
        for event in events:
            file.write(json.dumps(event) + "\n")


def step(epoch, number, loss=0.5, eta=600.0):
    return {
        "event": "step", "epoch": epoch, "step": number, "loss": loss, "learning_rate": 1e-3,
        "eta_seconds": eta,
    }  # fmt: skip


def epoch(number, f1):
    metrics = {"loss": 0.3, "precision": 0.5, "recall": 0.7, "f1": f1, "iou": 0.3}
    return {
        "event": "epoch", "epoch": number, "step": 10 * (number + 1), "loss": 0.4,
        "learning_rate": 1e-3, "is_best": True, "seconds": 9.0, "eta_seconds": 300.0, "busy": 1.0,
        "metrics": metrics,
    }  # fmt: skip


def show(session, folder, monkeypatch, *, is_locked=True):
    run = TrainingRun(folder)
    monkeypatch.setattr(run, "_is_locked", lambda: is_locked)
    session.training._view = run.view()
    session.training.changed.emit()


def test_without_a_training_it_says_what_one_is_for(panel):
    assert panel._text.text() == NO_TRAINING
    assert not panel._title.isVisible()
    assert not panel._bar.isVisible()
    assert len(panel.findChildren(QToolButton)) >= 4


def test_it_follows_from_the_first_word_to_the_model(session, panel, tmp_path, monkeypatch):
    tell(tmp_path, {"event": "working", "text": "reading the images", "share": 0.5})
    show(session, tmp_path, monkeypatch)
    assert panel._text.text() == "Reading the images…"
    assert panel._curves is None
    tell(tmp_path, {"event": "working", "text": "training", "share": -1.0}, STARTED, step(0, 5))
    show(session, tmp_path, monkeypatch)
    assert panel._title.text() == "Training"
    assert panel._text.text() == "Step 5 of 20. About 10 minutes left."
    assert panel._bar.value() == 250
    Image.new("RGB", (512, 256), "gray").save(tmp_path / "sample.png")
    sample = {"event": "sample", "path": "sample.png", "epoch": 0}
    tell(tmp_path, epoch(0, 0.4), sample, epoch(1, 0.5), sample)
    show(session, tmp_path, monkeypatch)
    curves = panel._curves
    _, f1 = curves._lines[curves._figures, "f1"].getData()
    assert f1.tolist() == [0.4, 0.5]
    assert panel._samples.isVisible()
    assert panel._samples._slider.value() == 1
    assert not panel._samples._picture.pixmap().isNull()
    assert panel._text.text() == "Finishing…"
    tell(tmp_path, {"event": "made", "path": "model"})
    show(session, tmp_path, monkeypatch, is_locked=False)
    assert panel._title.text() == "A new model is ready"
    assert not panel._bar.isVisible()


def test_an_older_picture_stays_when_a_newer_one_comes(session, panel, tmp_path, monkeypatch):
    Image.new("RGB", (512, 256), "gray").save(tmp_path / "sample.png")
    sample = {"event": "sample", "path": "sample.png", "epoch": 0}
    tell(tmp_path, STARTED, sample, sample, sample)
    show(session, tmp_path, monkeypatch)
    panel._samples._slider.setValue(0)
    tell(tmp_path, sample)
    show(session, tmp_path, monkeypatch)
    assert panel._samples._slider.value() == 0
    assert "1 of 4" in panel._samples._note.text()


def test_paused_interrupted_failed(session, panel, tmp_path, monkeypatch):
    tell(tmp_path, STARTED, step(0, 5))
    show(session, tmp_path, monkeypatch, is_locked=False)
    assert panel._title.text() == "Interrupted"
    (tmp_path / "stop").touch()
    show(session, tmp_path, monkeypatch)
    assert panel._title.text() == "Pausing"
    show(session, tmp_path, monkeypatch, is_locked=False)
    assert panel._title.text() == "Paused"
    assert "Step 5 of 20" in panel._text.text()
    tell(tmp_path, {"event": "failed", "text": "The disk is full."})
    show(session, tmp_path, monkeypatch, is_locked=False)
    assert (panel._title.text(), panel._text.text()) == ("Failed", "The disk is full.")


def test_warnings_are_shown_once(session, panel, tmp_path, monkeypatch):
    warning = {"event": "warning", "text": "One image was left out."}
    tell(tmp_path, STARTED, warning, warning)
    show(session, tmp_path, monkeypatch)
    assert panel._warnings.text() == "One image was left out."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "5 seconds"), (42, "40 seconds"), (600, "10 minutes"), (7200, "2.0 hours")],
)
def test_times_in_words(seconds, words):
    assert duration(seconds) == words
