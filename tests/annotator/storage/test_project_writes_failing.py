"""Full disks and missing permissions: the last good state stays, it is said, and it ends."""

import errno
import os
import shutil
import sqlite3
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.errors import AnnotatorError, DiskFullError
from annotator.storage import atomic
from annotator.storage.project_store import ProjectDamagedError, ProjectStore
from tests.annotator.storage.project_samples import (
    files_below,
    make_images,
    make_store,
    painted_crack,
    same_contents,
    some_content,
    traced_crack,
)

LARGE = ImageContent((painted_crack(size=150, seed=1), traced_crack()))


def is_root():
    return hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def store(tmp_path):
    with make_store(tmp_path) as store:
        store.save(1, some_content(), "Good")
        yield store


def seen(store):
    """All that somebody else sees of the project, and the files of its cracks."""
    with ProjectStore.open(store.folder, author="Eve", read_only=True) as reader:
        contents = []
        for record in reader.images():
            content, damages = reader.load(record.identifier)
            assert damages == []
            contents.append([(crack.identifier, crack.pixels.box) for crack in content.cracks])
        files = files_below(store.folder / "masks") | files_below(store.folder / "paths")
        return reader.images(), contents, reader.journal(), reader.get("a"), files


class FailingConnection:
    """A connection of which one statement fails."""

    def __init__(self, connection, error, at):
        self._connection, self._error, self._left = connection, error, at
        self.has_failed = False

    def execute(self, statement, *values):
        if statement != "ROLLBACK":
            self._left -= 1
            if self._left == 0:
                self.has_failed = True
                raise self._error
        return self._connection.execute(statement, *values)

    def executemany(self, statement, rows):
        for row in rows:
            self.execute(statement, row)

    def __getattr__(self, name):
        return getattr(self._connection, name)


def database_error(code, text):
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


DATABASE_ERRORS = pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (database_error(sqlite3.SQLITE_FULL, "full"), DiskFullError, "disk is full"),
        (database_error(sqlite3.SQLITE_IOERR | 3 << 8, "I/O"), AnnotatorError, "may be full or no"),
        (database_error(sqlite3.SQLITE_READONLY, "ro"), AnnotatorError, "may not be opened or wri"),
        (database_error(sqlite3.SQLITE_BUSY, "busy"), AnnotatorError, "in use by another program"),
        (
            database_error(sqlite3.SQLITE_CORRUPT, "bad"),
            AnnotatorError,
            "open it again, which keeps",
        ),
    ],
)

CHANGES = {
    "save": lambda store: store.save(1, LARGE, "Lost"),
    "set": lambda store: store.set("a", 1),
    "add_images": lambda store: store.add_images(make_images(store.folder.parent / "more", 2)),
    "remove_images": lambda store: store.remove_images([1, 2]),
    "locate": lambda store: store.locate(2, store.folder.parent / "photos" / "IMG 3.jpg"),
    "note_image": lambda store: store.note_image(2, size=(9, 9)),
}


@DATABASE_ERRORS
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_each_statement_may_fail(store, error, kind, words, change):
    writer = store._database._writer
    before = seen(store)
    n_statements = 0
    for at in range(1, 100):
        n_statements = at
        failing = FailingConnection(writer, error, at)
        store._database._writer = failing
        raised = None
        try:
            change(store)
        except AnnotatorError as caught:
            raised = caught
        store._database._writer = writer
        if not failing.has_failed:
            break
        assert type(raised) in (kind, ProjectDamagedError)
        assert words in str(raised)
        assert not writer.in_transaction
        assert seen(store) == before
    assert 3 < n_statements < 99
    assert seen(store) != before
    store.save(3, LARGE, "Afterwards")
    assert same_contents(store.load(3)[0], LARGE)


FILE_ERRORS = pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.ENOSPC, DiskFullError, "The disk is full"),
        (errno.EDQUOT, DiskFullError, "The disk is full"),
        (errno.EACCES, AnnotatorError, "not permitted"),
        (errno.EROFS, AnnotatorError, "not permitted"),
        (errno.EIO, AnnotatorError, "an earlier version of it is unchanged"),
    ],
)


@FILE_ERRORS
@pytest.mark.parametrize("n_good", [0, 1, 2])
def test_each_file_may_fail(store, monkeypatch, number, kind, words, n_good):
    """A content of three files, of which the first, second or third cannot be written."""
    content = ImageContent((*LARGE.cracks,))
    before = seen(store)
    synced = []
    sync = os.fsync

    def fail(descriptor):
        if stat.S_ISREG(os.fstat(descriptor).st_mode):  # not a folder
            synced.append(descriptor)
            if len(synced) > n_good:
                raise OSError(number, os.strerror(number))
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "fsync", fail)
        with pytest.raises(kind, match=words) as raised:
            store.save(1, content, "Paint")
    assert "The last change of IMG 1.jpg (Paint) is not on the disk." in raised.value.text
    assert seen(store) == before
    assert not list(store.folder.rglob("*.part"))
    store.save(1, content, "Again")
    assert same_contents(store.load(1)[0], content)


def test_a_folder_of_masks_may_fail(store, monkeypatch):
    def refuse(self, *_arguments, **_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    before = seen(store)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refuse)
        for change in (
            lambda: store.save(2, LARGE, "Paint"),
            lambda: store.remove_images([1]),
            lambda: store.checkpoint("x"),
        ):
            with pytest.raises(AnnotatorError, match="cannot be created"):
                change()
    assert seen(store) == before
    store.save(2, LARGE, "Again")


def mount(folder, options):
    try:
        subprocess.run(
            ["mount", *options, str(folder)], check=True, capture_output=True, timeout=20
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting is not permitted here")


@pytest.fixture
def small_disk(tmp_path):
    """A real disk of six megabytes, where mounting one is permitted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount(folder, ["-t", "tmpfs", "-o", "size=6m", "tmpfs"])
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder, left):
    """Fill a disk but for so many bytes."""
    usage = shutil.disk_usage(folder)
    with suppress(OSError), (folder / "filler").open("wb") as file:
        file.write(bytes(max(usage.free - left, 0)))


def test_a_disk_that_is_really_full(small_disk):
    """Whatever is left on it, a save is there whole or not at all, and later ones work."""
    with make_store(small_disk) as store:
        content = ImageContent((painted_crack(),))
        store.save(1, content, "Good")
        n_failed = 0
        for left in range(0, 120_000, 6_000):
            fill(small_disk, left)
            crack = Crack(painted_crack(size=150, seed=left).pixels)
            larger = ImageContent((crack, traced_crack()))
            try:
                store.save(1, larger, "Paint")
                content = larger
            except DiskFullError as error:
                assert "disk is full" in error.text  # noqa: PT017 - it may also succeed
                n_failed += 1
            with ProjectStore.open(store.folder, author="Eve", read_only=True) as reader:
                loaded, damages = reader.load(1)
            assert damages == []
            assert same_contents(loaded, content)
            (small_disk / "filler").unlink()
            content = ImageContent((painted_crack(seed=left),))
            store.save(1, content, "Again")
        assert n_failed
    with ProjectStore.open(store.folder, author="Anna") as again:
        assert same_contents(again.load(1)[0], content)


def test_a_full_disk_while_a_project_is_made_or_closed(small_disk):
    paths = make_images(small_disk / "photos")
    folder = small_disk / "photos.crackproj"
    fill(small_disk, 20_000)
    with pytest.raises(DiskFullError, match="disk is full"):
        ProjectStore.create(folder, name="x", images_folder=paths[0].parent, author="Anna")
    (small_disk / "filler").unlink()
    with ProjectStore.create(folder, name="x", images_folder=None, author="Anna") as store:
        store.add_images(paths)
        store.save(1, some_content(), "Good")
        fill(small_disk, 0)
    (small_disk / "filler").unlink()
    with ProjectStore.open(folder, author="Anna") as store:
        assert len(store.load(1)[0].cracks) == 2


def test_files_that_may_not_grow(store):
    """The limit on the size of files stands for a quota: another error than a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = seen(store)
    log = store.folder / "project.sqlite-wal"
    for limit in (100, log.stat().st_size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            with pytest.raises(AnnotatorError, match="is not on the disk"):
                store.save(1, LARGE, "Paint")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert seen(store) == before
    store.save(1, LARGE, "Again")
    assert same_contents(store.load(1)[0], LARGE)


def leave_log_behind(store):
    """Return the files of the project as after a kill: with a write-ahead log."""
    files = {
        path: path.read_bytes()
        for path in store.folder.iterdir()
        if path.name.startswith("project.sqlite")
    }
    store.close()
    for path, content in files.items():
        path.write_bytes(content)


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_disk_that_is_really_read_only(small_disk, is_killed):
    store = make_store(small_disk)
    store.save(1, LARGE, "Good")
    if is_killed:
        leave_log_behind(store)
        (store.folder / "project.sqlite-shm").unlink()
    else:
        store.close()
    mount(small_disk, ["-o", "remount,ro"])
    with ProjectStore.open(store.folder, author="Anna") as again:
        assert again.is_read_only
        assert "may not be written" in again.notes[0]
        assert same_contents(again.load(1)[0], LARGE)
        with pytest.raises(AnnotatorError, match="open for reading only"):
            again.save(1, ImageContent(), "Delete")


@pytest.fixture
def plain_user():
    """A folder of a user whom permissions bind."""
    if os.name == "nt":
        pytest.skip("POSIX permissions")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        was_root = is_root()
        if was_root:
            os.chown(folder, 65534, 65534)
            os.setresuid(65534, 65534, 0)
        try:
            yield folder
        finally:
            if was_root:
                os.setresuid(0, 0, 0)


def test_permissions_taken_away_while_working(plain_user):
    with make_store(plain_user) as store:
        store.save(1, some_content(), "Good")
        before = seen(store)
        for name, identifier in (("masks/1", 1), ("masks", 2), ("paths", 2)):
            folder = store.folder / name
            folder.chmod(0o555)
            with pytest.raises(AnnotatorError, match="is not on the disk"):
                store.save(identifier, LARGE, "Paint")
            folder.chmod(0o755)
            assert seen(store) == before
        store.save(1, LARGE, "Again")


def test_a_project_without_write_permission_opens_for_reading(plain_user):
    store = make_store(plain_user)
    store.save(1, LARGE, "Good")
    store.close()
    store.folder.chmod(0o555)
    with ProjectStore.open(store.folder, author="Berta") as again:
        assert again.is_read_only
        assert "may not be written" in again.notes[0]
        assert same_contents(again.load(1)[0], LARGE)
    store.folder.chmod(0o755)


def test_a_database_that_may_not_be_read(plain_user):
    store = make_store(plain_user)
    store.close()
    (store.folder / "project.sqlite").chmod(0)
    for read_only in (False, True):
        with pytest.raises(AnnotatorError, match="cannot be read"):
            ProjectStore.open(store.folder, author="Berta", read_only=read_only)


def test_a_mask_that_may_not_be_read_is_reported(plain_user):
    with make_store(plain_user) as store:
        store.save(1, LARGE, "Good")
        for path in (store.folder / "masks" / "1").iterdir():
            path.chmod(0)
        content, damages = store.load(1)
        assert content.cracks == ()
        assert "the file cannot be read (Permission denied)" in damages[0].text
