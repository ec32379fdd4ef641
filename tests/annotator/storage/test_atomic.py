"""A save that fails leaves the earlier file and no debris, and says what to do."""

import errno
import os
import stat
import subprocess
from pathlib import Path

import pytest

from annotator.errors import AnnotatorError
from annotator.storage import atomic
from annotator.storage.atomic import create_folder, write_atomically

OLD, NEW = b"the earlier version", b"the new version"


def write_new(file):
    file.write(NEW)


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "mask.png"
    path.write_bytes(OLD)
    return path


def assert_untouched(target):
    assert target.read_bytes() == OLD
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_writes_and_replaces(target):
    write_atomically(target, write_new)
    assert target.read_bytes() == NEW
    assert [path.name for path in target.parent.iterdir()] == ["mask.png"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_new_files_get_ordinary_permissions(tmp_path):
    write_atomically(tmp_path / "a.png", write_new)
    (tmp_path / "b.png").write_bytes(b"")
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "b.png").stat().st_mode


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "not permitted"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "earlier version of it is unchanged"),
    ],
)
def test_a_failing_write_keeps_the_earlier_file(target, number, words):
    def fail(file):
        file.write(NEW)
        raise OSError(number, os.strerror(number))

    with pytest.raises(AnnotatorError, match=words) as caught:
        write_atomically(target, fail)
    assert str(target) in str(caught.value)
    assert_untouched(target)


def test_disk_full_at_fsync(target, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(AnnotatorError, match="disk is full"):
        write_atomically(target, write_new)
    assert_untouched(target)


def test_failing_replace_as_when_windows_holds_the_file(target, monkeypatch):
    def held(_self, _target):
        raise PermissionError(errno.EACCES, "The process cannot access the file")

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(AnnotatorError, match="open in another program"):
        write_atomically(target, write_new)
    assert_untouched(target)


def test_the_temporary_file_is_closed_before_it_is_renamed(target, monkeypatch):
    seen = []
    replace = Path.replace

    def spy(self, goal):
        seen.append(handle.closed)
        return replace(self, goal)

    def write(file):
        nonlocal handle
        handle = file
        file.write(NEW)

    handle = None
    monkeypatch.setattr(Path, "replace", spy)
    write_atomically(target, write)
    assert seen == [True]


def test_interrupt_while_writing(target):
    def interrupt(file):
        file.write(NEW)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, interrupt)
    assert_untouched(target)


def test_missing_folder(tmp_path):
    with pytest.raises(AnnotatorError, match="does not exist; create it"):
        write_atomically(tmp_path / "none" / "mask.png", write_new)


def test_target_is_a_folder(tmp_path):
    with pytest.raises(AnnotatorError, match="is a folder"):
        write_atomically(tmp_path, write_new)


def test_name_too_long(tmp_path):
    with pytest.raises(AnnotatorError, match="too long"):
        write_atomically(tmp_path / ("x" * 400 + ".png"), write_new)
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_the_longest_legal_length(tmp_path):
    write_atomically(tmp_path / ("x" * 251 + ".png"), write_new)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_stays_a_link(target):
    link = target.with_name("link.png")
    link.symlink_to(target)
    write_atomically(link, write_new)
    assert link.is_symlink()
    assert target.read_bytes() == NEW


def test_write_protected_file_is_not_overwritten(target, monkeypatch):
    monkeypatch.setattr(atomic.os, "access", lambda _path, _mode: False)  # root may write all
    with pytest.raises(AnnotatorError, match="write-protected"):
        write_atomically(target, write_new)
    assert_untouched(target)


def is_root():
    return hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.mark.skipif(os.name == "nt" or is_root(), reason="needs a user whom permissions bind")
def test_read_only_folder(target):
    folder = target.parent
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(AnnotatorError, match="not permitted"):
            write_atomically(folder / "other.png", write_new)
        assert_untouched(target)
    finally:
        folder.chmod(stat.S_IRWXU)


@pytest.fixture
def small_disk(tmp_path):
    """Mount a real disk of 64 KiB, where that is permitted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting is not permitted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_really_full(small_disk):
    target = small_disk / "mask.png"
    target.write_bytes(OLD)
    with pytest.raises(AnnotatorError, match="disk is full"):
        write_atomically(target, lambda file: file.write(bytes(200_000)))
    assert_untouched(target)
    write_atomically(target, write_new)
    assert target.read_bytes() == NEW


def test_a_folder_that_is_really_read_only(small_disk):
    target = small_disk / "mask.png"
    target.write_bytes(OLD)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(AnnotatorError, match="read-only"):
        write_atomically(small_disk / "other.png", write_new)
    with pytest.raises(AnnotatorError, match="write-protected"):
        write_atomically(target, write_new)
    assert_untouched(target)


def test_create_folder(tmp_path):
    create_folder(tmp_path / "a" / "b")
    create_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    for blocked in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(AnnotatorError, match="choose a"):
            create_folder(blocked)
