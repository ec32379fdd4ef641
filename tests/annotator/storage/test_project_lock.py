"""One process writes, others read; the lock ends with its process, however that ends."""

import json
import subprocess
import sys
import threading

import pytest

from annotator.document.image_content import ImageContent
from annotator.errors import AnnotatorError
from annotator.storage.project_lock import LOCK_NAME
from annotator.storage.project_store import ProjectLockedError, ProjectStore
from tests.annotator.storage.project_samples import (
    add_crack,
    make_store,
    painted_crack,
    same_contents,
)

HOLDER = """
import sys, time
from pathlib import Path
from annotator.storage.project_store import ProjectStore
store = ProjectStore.open(Path(sys.argv[1]), author="Berta")
print("open", flush=True)
time.sleep(100)
"""


@pytest.fixture
def folder(tmp_path):
    store = make_store(tmp_path)
    store.close()
    return store.folder


@pytest.fixture
def holder(folder):
    """Another process that has the project open."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def test_another_process_has_it(folder, holder):
    with pytest.raises(ProjectLockedError, match=r"open in another window \(by Berta on .* since"):
        ProjectStore.open(folder, author="Anna")


def test_the_lock_vanishes_with_its_process(folder, holder):
    holder.kill()
    holder.wait()
    with ProjectStore.open(folder, author="Anna") as store:
        add_crack(store, 1, painted_crack())


def test_the_same_process_cannot_open_it_twice_either(folder):
    with (
        ProjectStore.open(folder, author="Anna"),
        pytest.raises(ProjectLockedError),
    ):
        ProjectStore.open(folder, author="Anna")
    ProjectStore.open(folder, author="Anna").close()


def test_a_store_may_be_closed_by_another_thread(folder):
    store = ProjectStore.open(folder, author="Anna")
    thread = threading.Thread(target=store.close)
    thread.start()
    thread.join()
    ProjectStore.open(folder, author="Anna").close()


def test_reading_while_another_writes(folder):
    with (
        ProjectStore.open(folder, author="Anna") as writer,
        ProjectStore.open(folder, author="Berta", read_only=True) as reader,
    ):
        for seed in range(5):
            content = ImageContent((painted_crack(seed=seed),))
            writer.save(1, content, "Paint")
            loaded, damages = reader.load(1)
            assert damages == []
            assert same_contents(loaded, content)
        writer.checkpoint()
        assert reader.checkpoints()[0].author == "Anna"


def test_a_reader_can_change_nothing(folder):
    with ProjectStore.open(folder, author="Berta", read_only=True) as store:
        for change in (
            lambda: store.save(1, ImageContent((painted_crack(),)), "Add"),
            lambda: store.set("a", 1),
            lambda: store.add_images([folder / "project.sqlite"]),
            lambda: store.remove_images([1]),
            lambda: store.note_image(1, size=(3, 4)),
            lambda: store.locate(1, folder),
            store.checkpoint,
        ):
            with pytest.raises(AnnotatorError, match="open for reading only"):
                change()
    assert not (folder / "masks").exists()
    assert not (folder / "trash").exists()


def test_a_note_that_is_garbled_does_not_matter(folder, holder):
    for text in ("", "[]", json.dumps({"author": "x"})):
        (folder / "project.owner.json").write_text(text, encoding="utf-8")
        with pytest.raises(ProjectLockedError, match="open in another window; close it"):
            ProjectStore.open(folder, author="Anna")


def test_a_file_system_without_locks_is_told(folder, monkeypatch):
    from filelock import FileLock

    def refuse(_self, *_args, **_options):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(FileLock, "acquire", refuse)
    with pytest.raises(AnnotatorError, match="cannot be locked"):
        ProjectStore.open(folder, author="Anna")
    ProjectStore.open(folder, author="Anna", read_only=True).close()


def test_the_file_of_the_lock_stays(folder):
    """Removing it would let two processes hold it at once."""
    assert (folder / LOCK_NAME).exists()
