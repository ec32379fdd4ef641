"""Older projects are brought up to date, newer and foreign ones are refused in words."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from annotator.document.note import Note
from annotator.errors import AnnotatorError
from annotator.storage import project_opening, project_schema
from annotator.storage.project_store import Effort, ProjectStore
from tests.annotator.storage.project_samples import make_store, same_contents, some_content
from tests.crack_factory import make_candidate

FIXTURE = Path(__file__).with_name("project_version_1.sql")


@pytest.fixture
def folder(tmp_path):
    store = make_store(tmp_path)
    store.save(1, some_content(), "Add")
    store.close()
    return store.folder


def add_column(connection):
    connection.execute("ALTER TABLE image ADD COLUMN note TEXT NOT NULL DEFAULT 'older'")


@pytest.fixture
def next_version(folder, monkeypatch):
    """The program knows one more version than the project at hand."""
    migrations = (*project_schema.MIGRATIONS, add_column)
    monkeypatch.setattr(project_schema, "MIGRATIONS", migrations)
    monkeypatch.setattr(project_opening, "MIGRATIONS", migrations)


def value(path, query):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchone()[0]


def test_a_project_of_the_first_version_opens(tmp_path):
    folder = tmp_path / "old.crackproj"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "project.sqlite")) as connection:
        connection.executescript(FIXTURE.read_text(encoding="utf-8"))
    with ProjectStore.open(folder, author="Anna") as store:
        assert [record.shown_name for record in store.images()] == ["IMG 1.jpg", "IMG 2.jpg"]
        content, damages = store.load(1)
        assert damages == []
        assert content.boxes[0].box == (1, 2, 30, 40)
        assert store.get("split", {}) == {"seed": 3}
        assert [line.author for line in store.journal()] == ["Anna", "Anna"]


def test_a_project_of_the_first_version_takes_candidates_notes_and_times(tmp_path):
    folder = tmp_path / "old.crackproj"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "project.sqlite")) as connection:
        connection.executescript(FIXTURE.read_text(encoding="utf-8"))
    with ProjectStore.open(folder, author="Anna") as store:
        content = store.load(1)[0].with_candidates([make_candidate("a")]).with_note(Note(1, 2, "?"))
        store.save(1, content, "Predict")
        store.add_effort(Effort(1, "a", "review", 2.0))
        # The checkpoint of the older version names files in its own way.
        assert [item.name for item in store.checkpoints()][-1] == "format 1"
        store.save(1, content.with_candidates([]), "Delete")
        assert list((folder / "candidates").rglob("*.zip")) == []
        store.save(1, content, "Undo")
    with ProjectStore.open(folder, author="Anna") as store:
        assert same_contents(store.load(1)[0], content)
        assert len(store.efforts()) == 1


def test_all_definitions_are_on_the_first_page(folder):
    # Recovery reads what the file's beginning defines; a root that is no leaf continues elsewhere.
    leaf = 13
    assert (folder / "project.sqlite").read_bytes()[100] == leaf


@pytest.mark.usefixtures("next_version")
def test_an_older_project_is_migrated_and_kept_as_it_was(folder):
    version = len(project_schema.MIGRATIONS)
    with ProjectStore.open(folder, author="Anna") as store:
        assert len(store.load(1)[0].cracks) == 2
        (checkpoint,) = (c for c in store.checkpoints() if c.name.startswith("format"))
    assert value(folder / "project.sqlite", "PRAGMA user_version") == version
    assert value(folder / "project.sqlite", "SELECT note FROM image") == "older"
    assert value(checkpoint.path, "PRAGMA user_version") == version - 1


@pytest.mark.usefixtures("next_version")
def test_an_older_project_is_read_without_touching_it(folder):
    before = (folder / "project.sqlite").read_bytes()
    with ProjectStore.open(folder, author="Anna", read_only=True) as store:
        assert len(store.load(1)[0].cracks) == 2
    assert (folder / "project.sqlite").read_bytes() == before


def test_a_step_that_fails_leaves_the_older_version(folder, monkeypatch, next_version):
    def fail(connection):
        connection.execute("DELETE FROM image")
        raise sqlite3.OperationalError("no such thing")

    steps = (*project_schema.MIGRATIONS[:-1], fail)
    monkeypatch.setattr(project_schema, "MIGRATIONS", steps)
    with pytest.raises(AnnotatorError, match="cannot be used"):
        ProjectStore.open(folder, author="Anna")
    assert value(folder / "project.sqlite", "PRAGMA user_version") == len(steps) - 1
    assert value(folder / "project.sqlite", "SELECT count(*) FROM image") == 3


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_project_is_refused(folder, read_only):
    with closing(sqlite3.connect(folder / "project.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(AnnotatorError, match=r"newer version of this program \(format 99"):
        ProjectStore.open(folder, author="Anna", read_only=read_only)
    assert value(folder / "project.sqlite", "SELECT count(*) FROM image") == 3


def test_a_database_of_another_program_is_refused(tmp_path):
    folder = tmp_path / "x.crackproj"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "project.sqlite")) as connection:
        connection.execute("CREATE TABLE project (a)")
    with pytest.raises(AnnotatorError, match="holds no project of this program"):
        ProjectStore.open(folder, author="Anna")


def test_a_refused_project_is_not_left_locked(folder):
    with closing(sqlite3.connect(folder / "project.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 99")
    for _ in range(2):
        with pytest.raises(AnnotatorError, match="newer version"):
            ProjectStore.open(folder, author="Anna")


def test_contents_survive_the_migration(folder, next_version):
    with ProjectStore.open(folder, author="Anna") as store:
        content = store.load(1)[0]
    with ProjectStore.open(folder, author="Anna") as store:
        assert same_contents(store.load(1)[0], content)
