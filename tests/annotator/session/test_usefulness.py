"""The order "most useful to label first", found out in the background."""

from types import SimpleNamespace

import numpy as np
import pytest

from annotator.document.image_state import ImageState
from annotator.session.project_switch import listed
from annotator.session.usefulness import Usefulness
from annotator.storage.model_versions import BUNDLED, ModelVersion, ModelVersions
from annotator.storage.predictions import CERTAIN, PredictionRecord, PredictionStore
from tests.annotator.exporters.projects import Project
from tests.session_factory import make_session

pytestmark = pytest.mark.gui

PATIENCE_MS = 60_000
SIZE = (96, 64)


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path)
    store = PredictionStore(project.store.folder)
    for number, share in enumerate((0.95, 0.5, 0.7)):
        record = project.add(f"{number}.png", size=SIZE, state=ImageState.NEW)
        codes = np.zeros(SIZE[::-1], np.uint16)
        codes[20:30] = round(share * CERTAIN)
        store.save(PredictionRecord(record.identifier, "key", "M", 0.5, "", SIZE), codes)
    yield project
    project.store.close()


@pytest.fixture
def session(qapp, project):
    session = make_session()
    session.store = project.store
    session.entries = listed(project.store.images(), [])
    yield session
    session.store = None
    session.close()


def test_images_are_ranked_by_the_model_in_use(session, qtbot, monkeypatch):
    model = SimpleNamespace(key="key")
    monkeypatch.setattr(type(session.predictions), "chosen_model", model)
    usefulness = Usefulness(session)
    assert session.review.queue.rank == usefulness.ranks
    assert usefulness.ranks(session.entries) == {}
    qtbot.waitUntil(lambda: bool(usefulness.ranks(session.entries)), timeout=PATIENCE_MS)
    ranks = usefulness.ranks(session.entries)
    names = [entry.identifier for entry in session.entries]
    assert [ranks[name] for name in names] == [2, 0, 1]
    model.key = "other"  # the old ranks hold until the new ones are there
    assert usefulness.ranks(session.entries) == ranks


def test_without_a_model_there_are_no_ranks(session, monkeypatch):
    monkeypatch.setattr(type(session.predictions), "chosen_model", None)
    assert session.usefulness.ranks(session.entries) == {}


def test_a_model_that_is_chosen_otherwise_is_gone_back_from(session, qtbot, tmp_path, project):
    model = tmp_path / "model"
    model.mkdir()
    (model / "card.json").write_text("{}")
    versions = ModelVersions(project.store.folder)
    for key in ("first", "second"):
        versions.add(model, ModelVersion("", key, key), is_used=True)
    session.training.note_use("first")
    qtbot.waitUntil(lambda: versions.read().current == "1", timeout=PATIENCE_MS)
    session.training.note_use("of the program")
    qtbot.waitUntil(lambda: versions.read().current == BUNDLED, timeout=PATIENCE_MS)
    assert versions.go_back() == "1"
