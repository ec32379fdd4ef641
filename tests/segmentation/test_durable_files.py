"""Files and folders that are there as a whole or not at all."""

import errno
from pathlib import Path

import pytest

from segmentation.durable_files import NotSavedError, write_file, write_folder


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_file(path, b"first")
    write_file(path, b"second")
    assert content(tmp_path) == {"new/file": b"second"}


def test_a_failure_leaves_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_file(path, b"first")

    def fail(_path: Path, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(NotSavedError, match="disk is full"):
        write_file(path, b"second")
    assert content(tmp_path) == {"file": b"first"}


def test_a_folder_appears_with_all_its_files_or_not(tmp_path: Path) -> None:
    def second(path: Path) -> None:
        first = path.with_name("first").read_bytes()
        path.write_bytes(first + b"2")

    def broken(_path: Path) -> None:
        raise ValueError("not this one")

    writers = {"first": lambda path: path.write_bytes(b"1") and None, "second": second}
    write_folder(tmp_path / "whole", writers)
    with pytest.raises(ValueError, match="not this one"):
        write_folder(tmp_path / "half", {**writers, "third": broken})
    with pytest.raises(NotSavedError, match="whole was not saved"):
        write_folder(tmp_path / "whole", writers)
    assert content(tmp_path) == {"whole/first": b"1", "whole/second": b"12"}
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]
