"""Runs over folders: what is found, goes on, is divided, fails and is written meanwhile."""

import json
import threading

import numpy as np
import pytest
from PIL import Image
from scipy.special import expit

from segmentation.data.errors import DataError
from segmentation.durable_files import NotSavedError
from segmentation.inference import folder_run
from segmentation.inference.folder_run import FolderRun, Shard, plan_images
from segmentation.inference.predictor import PredictionCancelled
from segmentation.inference.probability_files import Outputs, read_probability
from tests.segmentation.inference.models_for_tests import (
    RedIsLogit,
    load_small_model,
    noise,
    predictor_with,
)


def _put(file, seed=0, **options):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise(40, 60, seed)).save(file, **options)
    return file


@pytest.fixture
def photos(tmp_path):
    """Three photographs, one of them in a subfolder."""
    for seed, name in enumerate(("a.png", "b.png", "deck/a.png")):
        _put(tmp_path / "photos" / name, seed)
    return tmp_path / "photos"


@pytest.fixture
def engine():
    """Counts what is predicted."""
    return RedIsLogit()


@pytest.fixture
def run(loaded, engine, tmp_path, monkeypatch):
    """A run that writes PNG."""
    return FolderRun(predictor_with(loaded, engine, monkeypatch), tmp_path / "out", Outputs())


def _names(run, paths):
    return [each.name for each in plan_images(paths, run.folder, run.outputs)]


def _go(run, paths, **options):
    return run.run(plan_images(paths, run.folder, run.outputs, run.shard), **options)


def test_folders_are_mirrored_and_masks_and_outputs_left_out(photos, tmp_path, run):
    _put(photos / "a_mask.png")
    _put(photos / "lone_mask.png")
    _put(photos / ".hidden.png")
    _put(photos / ".cache" / "x.png")
    (photos / "notes.txt").write_text("", "utf-8")
    assert _names(run, [photos]) == ["a", "b", "deck/a", "lone_mask"]
    assert _names(run, [photos / "b.png", photos / "deck"]) == ["b", "a"]
    assert _names(run, [photos / "b.png", photos / "b.png"]) == ["b"]
    inside = FolderRun(run.predictor, photos / "out", Outputs())
    _put(photos / "out" / "a.png")
    assert _names(inside, [photos]) == ["a", "b", "deck/a", "lone_mask"]
    above = FolderRun(run.predictor, tmp_path, Outputs())
    assert _names(above, [photos / "deck"]) == ["a"]


def test_two_images_with_one_output_are_both_named(photos, run):
    with pytest.raises(DataError, match=r"photos/a\.png and .*deck/a\.png would both be written"):
        _names(run, [photos / "a.png", photos / "deck"])
    _put(photos / "A.jpg")
    with pytest.raises(DataError, match="would both be written"):
        _names(run, [photos])


def test_a_mask_may_not_be_another_photographs_probability(photos, run):
    _put(photos.parent / "more" / "a_mask.png")
    paths = [photos / "a.png", photos.parent / "more"]
    plan_images(paths, run.folder, Outputs())
    with pytest.raises(DataError, match="would both be written"):
        plan_images(paths, run.folder, Outputs(masks=True))


@pytest.mark.parametrize("where", ["photos", "photos/deck"])
def test_nothing_is_written_beside_photographs(where, photos, tmp_path):
    folder = tmp_path / where
    with pytest.raises(DataError, match="would be written beside it"):
        plan_images([folder], folder, Outputs())


def test_paths_without_images_are_refused(photos, tmp_path, run):
    with pytest.raises(DataError, match="does not exist"):
        _names(run, [tmp_path / "none"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no images"):
        _names(run, [tmp_path / "empty"])


def test_outputs_are_the_probabilities_of_upright_images(photos, run):
    exif = Image.Exif()
    exif[0x0112] = 6
    _put(photos / "turned.png", 7, exif=exif)
    result = _go(run, [photos])
    assert [each.name for each in result.predicted] == ["a", "b", "deck/a", "turned"]
    for name, pixels in (("deck/a", noise(40, 60, 2)), ("turned", np.rot90(noise(40, 60, 7), -1))):
        probability = read_probability(run.folder / f"{name}.png")
        expected = expit(20.0 * pixels[..., 0] / 255.0 - 10.0)
        np.testing.assert_allclose(probability, expected, atol=1e-4)


def test_a_second_run_predicts_only_what_has_changed(photos, run, engine):
    _go(run, [photos])
    engine.shapes.clear()
    result = _go(run, [photos])
    assert (len(result.predicted), len(result.kept), engine.shapes) == (0, 3, [])
    _put(photos / "b.png", 9)
    (run.folder / "deck" / "a.png").unlink()
    result = _go(run, [photos])
    assert [each.name for each in result.predicted] == ["b", "deck/a"]
    assert [each.name for each in result.kept] == ["a"]
    assert not _go(run, [photos]).predicted


def test_another_model_or_other_outputs_are_predicted_anew(photos, run, tmp_path, monkeypatch):
    _go(run, [photos])
    masks = FolderRun(run.predictor, run.folder, Outputs(masks=True))
    assert len(_go(masks, [photos]).predicted) == 3
    other = load_small_model(tmp_path / "other", temperature=3.0)
    warmer = FolderRun(predictor_with(other, RedIsLogit(), monkeypatch), run.folder, masks.outputs)
    assert len(_go(warmer, [photos]).predicted) == 3
    assert len(_go(warmer, [photos]).kept) == 3


def test_a_record_that_was_cut_off_costs_one_image(photos, run):
    _go(run, [photos])
    record = run.folder / "predictions.jsonl"
    record.write_bytes(record.read_bytes()[:-30])
    result = _go(run, [photos])
    assert ([each.name for each in result.predicted], len(result.kept)) == (["deck/a"], 2)
    assert len(_go(run, [photos]).kept) == 3


def test_an_image_that_fails_is_listed_and_the_others_are_predicted(photos, run):
    (photos / "aa.png").write_bytes(b"no picture")
    (photos / "c.png").write_bytes((photos / "a.png").read_bytes()[:2000])
    result = _go(run, [photos])
    assert [each.name for each in result.predicted] == ["a", "b", "deck/a"]
    assert [each.image for each in result.failed] == [str(photos / "aa.png"), str(photos / "c.png")]
    assert all(each.image in each.reason for each in result.failed)


def test_parts_are_stable_and_make_up_the_whole(photos, run):
    for number in range(30):
        _put(photos / f"photo{number}.png")
    parts = [
        [each.name for each in plan_images([photos], run.folder, run.outputs, Shard(i, 4))]
        for i in range(1, 5)
    ]
    assert sorted(name for part in parts for name in part) == sorted(_names(run, [photos]))
    assert all(2 < len(part) < 16 for part in parts)
    assert Shard(3, 7).has("photo") == Shard(3, 7).has("photo")
    (photos / "photo3.png").unlink()
    assert [each.name for each in plan_images([photos], run.folder, run.outputs, Shard(1, 4))] == [
        name for name in parts[0] if name != "photo3"
    ]


def test_parts_have_records_of_their_own_that_all_read(photos, run):
    for number in (1, 2):
        part = FolderRun(run.predictor, run.folder, run.outputs, Shard(number, 2))
        _go(part, [photos])
    lines = [
        json.loads(line)["name"]
        for file in sorted(run.folder.glob("predictions-?of2.jsonl"))
        for line in file.read_text("utf-8").splitlines()
        if line
    ]
    assert sorted(lines) == ["a", "b", "deck/a"]
    assert len(_go(run, [photos]).kept) == 3


@pytest.mark.parametrize("error", [PredictionCancelled, KeyboardInterrupt])
def test_what_is_done_is_kept_when_it_is_stopped(error, photos, run, engine):
    usual, n_calls = engine.run, []

    def stopped(batch):
        n_calls.append(1)
        if len(n_calls) == 3:
            raise error
        return usual(batch)

    engine.run = stopped
    with pytest.raises(error):
        _go(run, [photos])
    engine.run = usual
    result = _go(run, [photos])
    assert [each.name for each in result.kept] == ["a", "b"]
    assert [each.name for each in result.predicted] == ["deck/a"]


def test_a_full_disk_ends_the_run(photos, run, monkeypatch):
    def full(*_arguments):
        raise NotSavedError("The disk is full.")

    monkeypatch.setattr(folder_run, "write_outputs", full)
    with pytest.raises(NotSavedError, match="full"):
        _go(run, [photos])


def test_progress_tells_images_and_tiles(photos, run):
    seen = []
    _go(run, [photos], progress=lambda *each: seen.append(each))
    places = [number + share for number, share, _ in seen]
    assert places == sorted(places)
    assert places[-1] == 3.0
    assert any("tile 1 of 1" in text for _, _, text in seen)


def test_reading_and_writing_go_on_during_the_prediction(photos, run, engine, monkeypatch):
    """The second forward pass waits until the third image is read and the first written."""
    third_read, first_written = threading.Event(), threading.Event()
    usual_read, usual_write, usual_run = folder_run.read_image, folder_run.write_outputs, engine.run

    def read(path):
        pixels = usual_read(path)
        if path.parent.name == "deck":
            third_read.set()
        return pixels

    def write(folder, name, codes, outputs):
        files = usual_write(folder, name, codes, outputs)
        first_written.set()
        return files

    def forward(batch):
        if len(engine.shapes) == 1:
            assert third_read.wait(20)
            assert first_written.wait(20)
        return usual_run(batch)

    monkeypatch.setattr(folder_run, "read_image", read)
    monkeypatch.setattr(folder_run, "write_outputs", write)
    engine.run = forward
    assert len(_go(run, [photos]).predicted) == 3
