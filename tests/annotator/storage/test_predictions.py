"""Predictions are kept by image and model; what is damaged or outdated counts as none."""

import json

import numpy as np
import pytest

from annotator.errors import AnnotatorError
from annotator.services.project_check import check_project
from annotator.storage.predictions import PredictionRecord, PredictionStore
from annotator.storage.project_store import ProjectStore
from tests.annotator.storage.project_samples import files_below, make_store

KEY = "0123456789ab"
CODES = np.random.default_rng(0).integers(0, 65536, (30, 41)).astype(np.uint16)


def record(image=1, key=KEY, **changes):
    fields = {"threshold": 0.4, "sha256": "5" * 64, "size": (41, 30), "seconds": 1.5}
    return PredictionRecord(image, key, "default", **fields | changes)


@pytest.fixture
def predictions(tmp_path):
    store = PredictionStore(tmp_path)
    store.save(record(), CODES)
    return store


def test_a_prediction_comes_back_as_it_was(predictions):
    found = predictions.load(1, KEY, sha256="5" * 64)
    assert found is not None
    assert found[0] == record()
    np.testing.assert_array_equal(found[1], CODES)
    assert found[1].dtype == np.uint16
    assert predictions.load(2, KEY) is None
    assert predictions.load(1, "other") is None


def test_a_later_prediction_takes_the_place_of_an_earlier_one(predictions):
    predictions.save(record(threshold=0.6), CODES // 2)
    found = predictions.load(1, KEY)
    assert found[0].threshold == 0.6
    np.testing.assert_array_equal(found[1], CODES // 2)
    assert len(files_below(predictions.folder)) == 2


def test_a_prediction_of_a_file_that_was_changed_is_of_no_use(predictions):
    assert predictions.load(1, KEY, sha256="6" * 64) is None
    assert predictions.load(1, KEY) is not None
    predictions.save(record(sha256=""), CODES)
    assert predictions.load(1, KEY, sha256="6" * 64) is not None


@pytest.mark.parametrize("ending", [".png", ".json"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: path.write_bytes(b"null"),
    ],
)
def test_what_is_damaged_is_no_prediction(predictions, ending, damage):
    damage(predictions.folder / "1" / f"{KEY}{ending}")
    assert predictions.load(1, KEY) is None
    assert predictions.leftovers([1]) != []


def test_a_picture_of_another_save_is_no_prediction(predictions):
    path = predictions.folder / "1" / f"{KEY}.png"
    before = path.read_bytes()
    predictions.save(record(), CODES // 2)
    path.write_bytes(before)
    assert predictions.load(1, KEY) is None


def test_a_record_of_another_size_is_no_prediction(predictions):
    path = predictions.folder / "1" / f"{KEY}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"size": [30, 41]}))
    assert predictions.load(1, KEY) is None


def test_predictions_are_listed_and_removed(predictions):
    predictions.save(record(1, "other", made_at="2030"), CODES)
    predictions.save(record(7), CODES)
    assert [item.model_key for item in predictions.records(1)] == ["other", KEY]
    assert len(predictions.records()) == 3
    predictions.remove_model(KEY)
    assert [item.model_key for item in predictions.records()] == ["other"]
    predictions.remove(1, "other")
    predictions.remove(1, "other")
    predictions.remove_image(7)
    assert predictions.records() == []
    assert files_below(predictions.folder) == set()


def test_the_threshold_is_noted_without_the_codes(predictions):
    predictions.set_threshold(1, KEY, 0.75)
    found = predictions.load(1, KEY)
    assert found[0] == record(threshold=0.75)
    np.testing.assert_array_equal(found[1], CODES)
    predictions.set_threshold(2, KEY, 0.75)
    assert predictions.record(2, KEY) is None


def test_codes_must_be_those_of_the_image(predictions):
    with pytest.raises(ValueError, match="shape"):
        predictions.save(record(size=(30, 41)), CODES)
    with pytest.raises(ValueError, match="type"):
        predictions.save(record(), CODES.astype(np.float32))
    with pytest.raises(ValueError, match="no key"):
        predictions.save(record(key="../x"), CODES)


def test_a_project_that_may_only_be_read_takes_none(tmp_path):
    store = make_store(tmp_path)
    store.predictions.save(record(), CODES)
    with ProjectStore.open(store.folder, author="B", read_only=True) as other:
        assert other.predictions.load(1, KEY) is not None
        with pytest.raises(AnnotatorError, match="reading only"):
            other.predictions.save(record(), CODES)
    store.close()


def test_a_removed_image_takes_its_predictions_along(tmp_path):
    with make_store(tmp_path) as store:
        store.predictions.save(record(1), CODES)
        store.predictions.save(record(2), CODES)
        store.remove_images([1])
        assert [item.image for item in store.predictions.records()] == [2]


def test_a_check_removes_what_is_no_prediction(tmp_path):
    with make_store(tmp_path) as store:
        store.predictions.save(record(1), CODES)
        store.predictions.save(record(99), CODES)
        (store.predictions.folder / "1" / ".crack-annotator-0.part").write_bytes(b"x")
        (store.predictions.folder / "1" / "old.png").write_bytes(b"x")
    texts = [item.text for item in check_project(store.folder, author="A").findings]
    assert "4 files are no prediction that can be used." in texts
    check_project(store.folder, author="A", is_repairing=True)
    assert files_below(store.predictions.folder) == {f"1/{KEY}.json", f"1/{KEY}.png"}
    texts = [item.text for item in check_project(store.folder, author="A").findings]
    assert not any("prediction" in text for text in texts)
