"""Candidates, notes and times of work are kept in the project, and verdicts cost no file."""

from dataclasses import replace

import pytest

from annotator.document.image_content import ImageContent
from annotator.document.note import Note
from annotator.document.verdicts import accept, reject
from annotator.errors import AnnotatorError
from annotator.services.project_check import check_project
from annotator.storage.candidate_files import decode_candidates, encode_candidates
from annotator.storage.project_store import Effort, ProjectStore
from tests.annotator.storage.project_samples import files_below, make_store, same_contents
from tests.crack_factory import make_candidate

CONTENT = ImageContent(
    candidates=(
        make_candidate("a"),
        make_candidate("b", traced=None, confidence=0.25),
        make_candidate("c", [(5, 90), (300, 140)], verdict="skipped"),
    ),
    notes=(Note(3.5, 4, "Is this one?"), Note(7, 8, "Löcher", is_resolved=True)),
)


@pytest.fixture
def store(tmp_path):
    with make_store(tmp_path) as store:
        yield store


def candidate_files(store):
    return sorted(name for name in files_below(store.folder) if name.startswith("candidates/"))


def test_content_comes_back_as_it_was(store):
    store.save(1, CONTENT, "Predict")
    for content in (store.load(1)[0], reopened(store).load(1)[0]):
        assert same_contents(content, CONTENT)
    assert len(candidate_files(store)) == 1


def reopened(store):
    store.close()
    return ProjectStore.open(store.folder, author="Berta")


def test_a_verdict_writes_no_file_of_candidates(store):
    store.save(1, CONTENT, "Predict")
    files = candidate_files(store)
    content = reject(accept(store.load(1)[0], "a"), "b")
    store.save(1, content, "Review")
    assert candidate_files(store) == files
    assert same_contents(store.load(1)[0], content)


def test_the_file_goes_with_the_last_candidate_in_it(store):
    store.save(1, CONTENT, "Predict")
    decided = reject(CONTENT, "a").with_candidates([make_candidate("d")])
    store.save(1, decided, "Predict")
    assert len(candidate_files(store)) == 2  # that of "a" holds more than is needed now
    store.save(1, ImageContent(), "Delete")
    assert candidate_files(store) == []
    store.save(1, CONTENT, "Undo")
    assert same_contents(store.load(1)[0], CONTENT)


def test_a_checkpoint_keeps_the_files_it_names(store):
    store.save(1, CONTENT, "Predict")
    files = candidate_files(store)
    store.checkpoint("before")
    store.save(1, ImageContent(), "Delete")
    assert candidate_files(store) == files


def test_records_count_what_is_still_open(store):
    store.save(1, reject(CONTENT, "a"), "Predict")
    assert [record.n_candidates for record in store.images()] == [2, 0, 0]


def test_candidates_and_notes_are_listed_without_their_contents(store):
    store.save(2, CONTENT, "Predict")
    listed = store.reviews.candidates()
    assert [(item.image, item.identifier, item.verdict) for item in listed] == [
        (2, "a", "open"), (2, "b", "open"), (2, "c", "skipped"),
    ]  # fmt: skip
    candidate = CONTENT.candidates[0]
    assert listed[0].box == candidate.box
    assert listed[0].length_px == candidate.length_px
    assert listed[0].median_width == candidate.median_width
    notes = store.reviews.notes()
    assert [item.note for item in notes] == list(CONTENT.notes)
    assert {item.made_by for item in notes} == {"Anna"}


def test_another_text_of_a_note_keeps_who_wrote_it(store):
    store.save(1, CONTENT, "Note")
    again = reopened(store)
    note = CONTENT.notes[0]
    again.save(1, again.load(1)[0].with_note_replaced(note.with_text("No.")), "Note")
    first = again.reviews.notes()[0]
    assert (first.note.text, first.made_by, first.changed_by) == ("No.", "Anna", "Berta")


def test_times_of_work_are_added_in_order(store):
    first = Effort(1, "a", "review", 2.5, clicks=0, keys=1)
    store.add_effort(first, Effort(2, "", "trace", 12, clicks=2))
    store.add_effort(Effort(99, "", "trace", 1))  # of an image that is gone
    noted = store.efforts()
    assert [effort.image for effort in noted] == [1, 2]
    assert replace(store.efforts(1)[0], at="", author="") == first
    assert {effort.author for effort in noted} == {"Anna"}
    assert all(effort.at for effort in noted)


def test_a_removed_image_takes_everything_to_the_trash(store):
    store.save(1, CONTENT, "Predict")
    store.add_effort(Effort(1, "a", "review", 2.5))
    (name,) = candidate_files(store)
    store.remove_images([1])
    assert candidate_files(store) == []
    assert (store.reviews.candidates(), store.reviews.notes(), store.efforts()) == ([], [], [])
    (facts,) = store.folder.glob("trash/*/image.json")
    assert '"review"' in facts.read_text()
    assert "Is this one?" in facts.read_text()
    assert (facts.parent / name.rpartition("/")[2]).is_file()


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_candidates_that_cannot_be_read_are_told_and_stay(store, damage):
    store.save(1, CONTENT, "Predict")
    (name,) = candidate_files(store)
    damage(store.folder / name)
    again = reopened(store)
    content, damages = again.load(1)
    assert content.candidates == ()
    assert "Candidates that a model found cannot be used" in damages[0].text
    again.save(1, content.with_note(Note(1, 1, "x")), "Note")
    assert len(again.reviews.candidates()) == 3
    again.close()
    report = check_project(store.folder, author="Anna", is_repairing=False)
    assert any("Candidates" in finding.text for finding in report.findings)
    check_project(store.folder, author="Anna", is_repairing=True)
    with ProjectStore.open(store.folder, author="Anna") as repaired:
        assert repaired.load(1)[1] == []
        assert len(repaired.load(1)[0].notes) == 3


def test_a_leftover_file_is_found(store):
    store.save(1, CONTENT, "Predict")
    stray = store.folder / "candidates" / "1" / "found-0123456789ab.zip"
    stray.write_bytes(b"stray")
    store.close()
    texts = [item.text for item in check_project(store.folder, author="A").findings]
    assert any(text.startswith("1 file belongs to no crack") for text in texts)


@pytest.mark.parametrize("encoded", [b"", b"PK", b"no archive at all"])
def test_what_is_no_archive_is_refused(encoded):
    with pytest.raises(ValueError, match="not a file of candidates"):
        decode_candidates(encoded)


def test_an_archive_cut_short_is_refused():
    encoded = encode_candidates(CONTENT.candidates)
    for length in range(0, len(encoded), 97):
        with pytest.raises(ValueError):  # noqa: PT011 - of any of the codecs
            decode_candidates(encoded[:length])


def test_a_save_that_fails_leaves_no_file(store, monkeypatch):
    def fail(*_arguments):
        raise AnnotatorError("The disk is full.")

    monkeypatch.setattr("annotator.storage.content_storage.add_journal_line", fail)
    with pytest.raises(AnnotatorError, match="disk is full"):
        store.save(1, CONTENT, "Predict")
    assert candidate_files(store) == []
    assert store.load(1)[0].candidates == ()
