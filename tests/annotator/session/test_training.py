"""The session and a training: begun, followed, broken off, concluded."""

import json
import os
import signal
from types import SimpleNamespace

import pytest

from annotator.services.retraining import Choice
from annotator.services.training_folder import prepare_run
from annotator.services.training_process import LAUNCH, TrainingRun
from annotator.session.training import INTERRUPTED, READY
from annotator.storage.model_versions import BUNDLED, ModelVersions
from tests.session_factory import make_session
from tests.training_factory import make_model, make_project, make_small

pytestmark = [pytest.mark.gui, pytest.mark.torch, pytest.mark.slow, pytest.mark.timeout(900)]

PATIENCE_MS = 240_000


@pytest.fixture
def project(tmp_path):
    project = make_project(tmp_path)
    yield project
    project.store.close()


@pytest.fixture
def choice(tmp_path):
    base = make_model(tmp_path / "base")
    return Choice(start=str(base), compare_with=str(base))


@pytest.fixture
def session(qapp, project):
    session = make_session()
    session.told = []
    session.problem.connect(session.told.append)
    session.notice.connect(session.told.append)
    open_in(session, project.store)
    yield session
    close(session)


def open_in(session, store):
    session.store = store
    session.saver.set_store(store)
    session.project_changed.emit()


def close(session):
    run = session.training._run
    if run is not None:
        run.stop()
        run.wait(60.0)
    session.store = None
    session.close()


def wait(qtbot, condition):
    qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)


def phase(session):
    return session.training.view.progress.phase if session.training.view else ""


def model_in_use(session):
    model = session.predictions.chosen_model
    return model.key if model else ""


def kill(session):
    folder = session.training.view.folder
    os.kill(json.loads((folder / LAUNCH).read_bytes())["pid"], signal.SIGKILL)


def test_from_the_menu_to_a_version_in_use_and_back(qtbot, session, choice, project, monkeypatch):
    make_small(monkeypatch)
    keys = []
    session.training.models_changed.connect(keys.append)
    session.training.start(choice)
    with qtbot.waitSignal(session.training.made, timeout=PATIENCE_MS):
        pass
    assert READY in session.told
    assert ModelVersions(project.store.folder).read().versions == ()  # nothing silently
    shown = []
    session.training.with_comparison(shown.append)
    wait(qtbot, lambda: shown)
    assert shown[0].own.n_images == 1
    folder = session.training.view.folder
    session.training.conclude(is_used=True)
    wait(qtbot, lambda: keys)
    known = session.training.versions()
    assert (known.current, known.versions[0].key) == ("1", keys[0])
    wait(qtbot, lambda: model_in_use(session) == keys[0])
    assert known.versions[0].held_out
    assert known.versions[0].n_images == 5
    assert session.training.view is None
    assert not folder.exists()
    session.training.go_back()
    wait(qtbot, lambda: len(keys) == 2)
    assert session.training.versions().current == BUNDLED
    wait(qtbot, lambda: model_in_use(session) == keys[1] != keys[0])


def test_the_old_model_stays_in_use_where_that_is_decided(
    qtbot, session, choice, project, monkeypatch
):
    make_small(monkeypatch)
    session.training.start(choice)
    with qtbot.waitSignal(session.training.made, timeout=PATIENCE_MS):
        pass
    session.training.conclude(is_used=False)
    wait(qtbot, lambda: session.training.view is None)
    known = session.training.versions()
    assert (known.current, len(known.versions)) == (BUNDLED, 1)


def test_a_killed_process_is_started_again(qtbot, session, choice, monkeypatch):
    make_small(monkeypatch, steps=(40, 40), steps_per_epoch=4)
    session.training.start(choice)
    wait(qtbot, lambda: phase(session) == "running" and session.training.view.epochs)
    kill(session)
    with qtbot.waitSignal(session.training.made, timeout=PATIENCE_MS):
        pass
    assert any("goes on from where it was" in text for text in session.told)
    assert session.training.view.n_steps == 40


def test_a_window_opened_later_finds_the_training(qtbot, session, choice, project, monkeypatch):
    make_small(monkeypatch, steps=(4000, 4000), steps_per_epoch=2000)
    session.training.start(choice)
    wait(qtbot, lambda: phase(session) == "running" and session.training.view.n_steps > 0)
    process = session.training._run._process
    open_in(session, None)
    assert session.training.view is None
    assert process.poll() is None  # it goes on without a window
    open_in(session, project.store)
    wait(qtbot, lambda: phase(session) == "running")
    session.training.pause()
    wait(qtbot, lambda: phase(session) == "paused")
    session.training.go_on()
    wait(qtbot, lambda: phase(session) == "running")
    folder = session.training.view.folder
    session.training.cancel()
    assert session.training.view is None
    wait(qtbot, lambda: (folder / "discarded").exists() or not folder.exists())
    wait(qtbot, lambda: TrainingRun(folder).sweep())


def test_what_broke_off_unwatched_is_told_and_not_started_by_itself(
    qtbot, session, choice, project, monkeypatch
):
    make_small(monkeypatch)
    run = TrainingRun(prepare_run(project.store, choice))
    open_in(session, project.store)
    wait(qtbot, lambda: phase(session) == "interrupted")
    wait(qtbot, lambda: INTERRUPTED in session.told)
    assert not run.is_alive()


def test_a_second_training_and_a_read_only_project_are_refused(
    qtbot, session, choice, project, monkeypatch
):
    make_small(monkeypatch)
    prepare_run(project.store, choice)
    open_in(session, project.store)
    wait(qtbot, lambda: session.training.view is not None)
    session.training.start(choice)
    assert "already" in session.told[-1]
    session.store = SimpleNamespace(is_read_only=True)
    session.training.start(choice)
    assert "read-only" in session.told[-1]
    session.store = project.store


def test_what_cannot_be_learned_from_is_said(qtbot, session, tmp_path, choice):
    from tests.annotator.exporters.projects import Project

    empty = Project(tmp_path / "other")
    open_in(session, empty.store)
    session.training.start(choice)
    wait(qtbot, lambda: any("approve at least 2" in text for text in session.told))
    session.store = None
    empty.store.close()
