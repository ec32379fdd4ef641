"""The frame of every export: a folder that appears whole and checked, or not at all."""

import errno
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from annotator.errors import AnnotatorError, DiskFullError, JobCancelled
from annotator.exporters.frame import ExportRun, refuse_target, run_export


def nothing(run):
    """Verify nothing."""


def one_file(run):
    run.write("deep/er/a.txt", "ä")
    run.n_images = 1


def export(target, write=one_file, verify=nothing, *, report=None, is_cancelled=lambda: False):
    return run_export(target, write, verify, report or (lambda *_: None), is_cancelled)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_the_folder_appears_only_when_all_is_done(tmp_path):
    seen = []

    def write(run):
        one_file(run)
        seen.append((tmp_path / "new/out").exists())
        run.count("texts", 2)
        run.count("texts")
        run.listed.append("a note")

    def verify(run):
        seen.append((tmp_path / "new/out").exists())
        assert (run.folder / "deep/er/a.txt").read_text("utf-8") == "ä"

    report = export(tmp_path / "new/out", write, verify)
    assert seen == [False, False]
    assert names(tmp_path / "new") == ["out", "out/deep", "out/deep/er", "out/deep/er/a.txt"]
    assert report.target == tmp_path / "new/out"
    assert (report.n_images, report.n_files) == (1, 1)
    assert report.counts == {"texts": 3}
    assert (report.listed, report.failures, report.is_verified) == (("a note",), (), True)


def test_an_empty_folder_is_taken_and_others_are_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    assert export(tmp_path / "empty").n_files == 1
    (tmp_path / "file").write_text("mine")
    for target, words in [(tmp_path / "empty", "not empty"), (tmp_path / "file", "is a file")]:
        with pytest.raises(AnnotatorError, match=words):
            export(target)
    assert (tmp_path / "file").read_text() == "mine"
    assert names(tmp_path / "empty") == ["deep", "deep/er", "deep/er/a.txt"]


@pytest.mark.parametrize("step", ["write", "verify"])
@pytest.mark.parametrize(
    "error", [RuntimeError("bug"), AnnotatorError("words"), KeyboardInterrupt()]
)
def test_an_error_leaves_nothing_and_no_new_folders(tmp_path, step, error):
    def fail(run):
        one_file(run)
        raise error

    steps = {"write": one_file, "verify": nothing, step: fail} | (
        {"verify": lambda run: fail_later(error)} if step == "verify" else {}
    )
    with pytest.raises(type(error)):
        export(tmp_path / "a/b/out", **steps)
    assert names(tmp_path) == []


def fail_later(error):
    raise error


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.ENOSPC, DiskFullError, "The disk is full: nothing was exported to"),
        (errno.EDQUOT, DiskFullError, "free some space"),
        (errno.EACCES, AnnotatorError, "is not permitted; choose another folder"),
        (errno.EROFS, AnnotatorError, "is not permitted; choose another folder"),
        (errno.EIO, AnnotatorError, "Nothing was exported to"),
    ],
)
@pytest.mark.parametrize("method", ["write_bytes", "mkdir", "replace"])
def test_a_write_that_fails_is_one_sentence_and_leaves_nothing(
    tmp_path, monkeypatch, number, kind, words, method
):
    original = getattr(Path, method)
    calls = []

    def failing(self, *arguments, **options):
        calls.append(self)
        is_last = method != "write_bytes" or len(calls) == 3
        if is_last and not (method == "mkdir" and ".part" not in self.name):
            raise OSError(number, "reason")
        return original(self, *arguments, **options)

    def write(run):
        for n in range(5):
            run.write(f"{n}.txt", b"x")
        run.n_images = 1

    monkeypatch.setattr(Path, method, failing)
    with pytest.raises(kind) as caught:
        export(tmp_path / "out", write)
    monkeypatch.undo()
    assert words in caught.value.text
    assert names(tmp_path) == []


def test_a_disk_that_fills_while_a_photograph_is_copied(tmp_path, monkeypatch):
    source = tmp_path / "photo.jpg"
    source.write_bytes(b"x" * 100)
    original = Path.open

    class Full:
        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(
        Path, "open", lambda self, mode="r": Full() if mode == "wb" else original(self, mode)
    )
    with pytest.raises(DiskFullError):
        export(tmp_path / "out", lambda run: run.copy("a.jpg", source))
    assert names(tmp_path) == ["photo.jpg"]


def test_a_photograph_that_cannot_be_read_does_not_end_the_export(tmp_path):
    def write(run):
        one_file(run)
        try:
            run.copy("b.jpg", tmp_path / "gone.jpg")
        except AnnotatorError as error:
            run.fail(error.text)

    report = export(tmp_path / "out", write)
    assert names(tmp_path / "out") == ["deep", "deep/er", "deep/er/a.txt"]
    assert "gone.jpg cannot be read" in report.failures[0]
    assert report.is_verified


@pytest.mark.parametrize("step", ["start", "write", "check", "verify"])
def test_cancelling_leaves_nothing(tmp_path, step):
    reached = []

    def write(run):
        run.progress(0.5, "writing")
        one_file(run)
        reached.append("write")

    def verify(run):
        reached.append("check")
        run.progress(0.5, "verifying")
        reached.append("verify")

    after = {"start": 0, "write": 1, "check": 2, "verify": 3}[step]
    with pytest.raises(JobCancelled):
        export(tmp_path / "out", write, verify, is_cancelled=lambda: len(reached) >= after)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "a.txt").write_text("x"), "not on disk as it was written"),
        (lambda folder: (folder / "a.txt").unlink(), "not on disk as it was written"),
        (lambda folder: (folder / "b.txt").write_text("x"), "not written by it"),
    ],
)
def test_what_is_not_on_disk_as_written_is_told(tmp_path, change, words):
    def write(run):
        run.write("a.txt", "text")
        run.n_images = 1
        change(run.folder)

    report = export(tmp_path / "out", write)
    assert not report.is_verified
    assert words in report.failures[0]


def test_a_file_taken_back_is_not_in_the_export(tmp_path):
    def write(run):
        one_file(run)
        run.write("b.txt", "b")
        run.take_back("b.txt")

    report = export(tmp_path / "out", write)
    assert (report.n_files, report.failures) == (1, ())
    assert not (tmp_path / "out/b.txt").exists()


def test_a_name_is_written_once(tmp_path):
    def write(run):
        one_file(run)
        one_file(run)

    with pytest.raises(ValueError, match="twice"):
        export(tmp_path / "out", write)
    assert names(tmp_path) == []


def test_nothing_written_is_an_error_with_the_first_reason(tmp_path):
    with pytest.raises(AnnotatorError, match="nothing to export"):
        export(tmp_path / "out", nothing)
    with pytest.raises(AnnotatorError, match="this is why"):
        export(tmp_path / "out", lambda run: run.fail("this is why"))
    assert names(tmp_path) == []


def test_progress_runs_through_its_stages(tmp_path):
    seen = []
    run = ExportRun(tmp_path, lambda fraction, text: seen.append((fraction, text)), lambda: False)
    run.stage(0.2, 0.6)
    for fraction in (0, 0.5, 2):
        run.progress(fraction, "half")
    assert seen == [(0.2, "half"), (0.4, "half"), (0.6, "half")]


@dataclass
class Store:
    folder: Path
    images_folder: Path | None
    paths: list

    def images(self):
        return [SimpleNamespace(path=path) for path in self.paths]


def test_a_folder_of_photographs_is_no_target(tmp_path):
    store = Store(tmp_path / "x.crackproj", None, [tmp_path / "photos/north/a.jpg"])
    for target in ("photos/north", "photos/north/deep/out", "x.crackproj/out"):
        with pytest.raises(AnnotatorError, match="outside of it"):
            refuse_target(tmp_path / target, store)
    for target in ("photos/south", "out", "photos/northern"):
        refuse_target(tmp_path / target, store)
    store.images_folder = tmp_path / "photos"
    with pytest.raises(AnnotatorError, match="outside of it"):
        refuse_target(tmp_path / "photos/south", store)
