"""Images of a project are predicted one by one; what people did there stays, and a run goes on."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from annotator.cli.program import main
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.document.verdicts import reject
from annotator.errors import AnnotatorError, DiskFullError, JobCancelled
from annotator.services import prelabel
from annotator.services.models import ModelChoice
from annotator.services.prediction_process import PredictedImage
from annotator.services.prelabel import Prelabel, PrelabelOptions, chosen_model
from annotator.storage.image_io import load_image
from annotator.storage.project_store import ProjectStore, hash_file
from tests.crack_factory import painted_crack

MODEL = ModelChoice("0123456789ab", "model", "A model", "user", Path(), threshold=0.6)
N_IMAGES = 4


class DarkIsCrack:
    """Stands for the process that predicts: the probability is how dark a pixel is."""

    def __init__(self, fail_at=""):
        self.predicted = []
        self.is_closed = False
        self._fail_at = fail_at

    def predict(self, request, watcher):
        self.predicted.append(request.image.name)
        watcher.report("tile 1 of 1", 0.5)
        if request.image.name == self._fail_at:
            raise AnnotatorError("The model stumbled.")
        grey = np.asarray(load_image(request.image).pixels, np.float64)
        codes = np.round(np.clip((170 - grey) / 90, 0, 1) * 65535).astype(np.uint16)
        return PredictedImage(codes, hash_file(request.image), 0.1, "none")

    def close(self):
        self.is_closed = True


def write_photograph(path, seed):
    grey = np.random.default_rng(seed).normal(190, 4, (120, 160))
    cv2.line(grey, (10, 30 + seed), (150, 60), 60.0, 4)
    Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(path)


@pytest.fixture
def store(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(N_IMAGES):
        write_photograph(photos / f"{number}.png", number)
    folder = tmp_path / "photos.crackproj"
    with ProjectStore.create(folder, name="p", images_folder=photos, author="Anna") as store:
        store.add_images(sorted(photos.iterdir()))
        yield store


def run(store, process=None, **options):
    process = process or DarkIsCrack()
    result = Prelabel(store, MODEL, PrelabelOptions(**options)).run(process=process)
    assert process.is_closed
    return result, process.predicted


def test_new_images_get_candidates_and_keep_their_predictions(store):
    result, predicted = run(store)
    assert predicted == ["0.png", "1.png", "2.png", "3.png"]
    assert (result.n_images, result.n_predicted, result.n_candidates) == (4, 4, 4)
    assert {record.state for record in store.images()} == {ImageState.PREDICTED}
    assert {record.size for record in store.images()} == {(160, 120)}
    content, _ = store.load(1)
    (candidate,) = content.candidates
    assert candidate.model == MODEL.key
    assert candidate.traced.path is not None
    assert content.cracks == ()
    kept = store.predictions.record(1, MODEL.key)
    assert (kept.threshold, kept.model_name, kept.size) == (0.6, "model", (160, 120))


def test_what_is_done_is_not_done_again(store):
    run(store)
    before = [item.identifier for item in store.reviews.candidates()]
    result, predicted = run(store)
    assert (result.n_images, result.n_done, predicted) == (0, 4, [])
    result, predicted = run(store, threshold=0.5)
    assert (result.n_images, result.n_predicted, predicted) == (4, 0, [])
    assert before != [item.identifier for item in store.reviews.candidates()]
    assert run(store, threshold=0.5, is_anew=True)[0].n_predicted == 4


def test_work_of_people_is_not_touched(store):
    drawn = ImageContent((painted_crack((5, 100, 60, 104)),), state=ImageState.IN_PROGRESS)
    store.save(1, drawn, "Paint")
    store.save(2, ImageContent(state=ImageState.APPROVED), "Mark")
    store.save(3, ImageContent(state=ImageState.NO_CRACK), "Mark")
    result, predicted = run(store)
    assert predicted == ["3.png"]
    assert result.n_left_alone == 3
    result, predicted = run(store, is_all=True)
    assert predicted == ["0.png"]
    content, _ = store.load(1)
    assert len(content.cracks) == len(content.candidates) == 1
    assert content.state is ImageState.IN_PROGRESS
    assert store.load(2)[0].candidates == store.load(3)[0].candidates == ()


def test_a_verdict_stands_when_cracks_are_found_again(store):
    run(store)
    content, _ = store.load(1)
    store.save(1, reject(content, content.candidates[0].identifier), "Reject")
    run(store, is_all=True, threshold=0.5)
    assert [item.verdict for item in store.load(1)[0].candidates] == ["rejected"]


def test_a_run_that_was_stopped_goes_on(store):
    asked = []
    stopped = Prelabel(store, MODEL, PrelabelOptions())
    process = DarkIsCrack()
    with pytest.raises(JobCancelled):
        stopped.run(
            lambda share, _text: asked.append(share), lambda: len(process.predicted) > 1, process
        )
    assert stopped.result.n_images == 1
    assert asked == sorted(asked)
    # The second one was predicted, and not looked at.
    result, predicted = run(store)
    assert (result.n_done, result.n_images, predicted) == (1, 3, ["2.png", "3.png"])


@pytest.mark.parametrize("is_noted", [True, False])
def test_a_photograph_that_was_changed_is_predicted_again(store, is_noted):
    run(store)
    record = store.images()[0]
    write_photograph(record.path, 9)
    if is_noted:
        store.note_image(record.identifier, sha256=hash_file(record.path))
    assert run(store)[1] == ["0.png"]


def test_one_image_that_fails_does_not_cost_the_others(store):
    store.images()[0].path.unlink()
    store.images()[1].path.write_bytes(b"no picture")
    result, _ = run(store, DarkIsCrack(fail_at="2.png"))
    assert result.n_images == 1
    assert len(result.problems) == 3
    assert result.problems[0].startswith("0.png: The file is not at")
    assert "2.png: The model stumbled." in result.problems


def test_a_full_disk_ends_the_run(store, monkeypatch):
    def fail(*_arguments):
        raise DiskFullError("The disk is full.")

    monkeypatch.setattr(store.predictions, "save", fail)
    process = DarkIsCrack()
    with pytest.raises(DiskFullError):
        Prelabel(store, MODEL, PrelabelOptions()).run(process=process)
    assert process.predicted == ["0.png"]
    assert process.is_closed


def test_the_model_and_threshold_are_those_of_the_project(store):
    assert chosen_model(store).kind == "bundled"
    research = chosen_model(store, "research")
    store.set("predictions", {"model": research.key, "thresholds": {research.key: 0.3}})
    assert chosen_model(store).name == "research"
    assert chosen_model(store, research.key) == research
    assert Prelabel(store, research, PrelabelOptions()).threshold == 0.3
    assert Prelabel(store, research, PrelabelOptions(threshold=0.7)).threshold == 0.7
    in_folder = chosen_model(store, str(research.folder))
    assert (in_folder.key, in_folder.threshold) == (research.key, research.threshold)
    with pytest.raises(AnnotatorError, match="nowhere"):
        chosen_model(store, "nowhere")


def test_the_command_says_what_it_did(store, monkeypatch, capsys):
    monkeypatch.setattr(prelabel, "PredictionProcess", lambda: DarkIsCrack(fail_at="1.png"))
    store.close()
    assert main(["prelabel", str(store.folder), "--threshold", "0.5"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Model default, threshold 0.5"
    assert lines[1] == "3 images with 3 candidates; 0 done before, 0 left alone"
    assert lines[2] == "Note: 1.png: The model stumbled."
    assert main(["prelabel", str(store.folder), "--threshold", "1.5"]) == 2
