"""Which images are most worth labelling."""

import numpy as np
import pytest

from annotator.document.image_state import ImageState
from annotator.services.usefulness import (
    Description,
    describe,
    features_of,
    rank,
    rank_images,
    uncertainty_of,
)
from annotator.storage.predictions import CERTAIN, PredictionRecord, PredictionStore
from tests.annotator.exporters.projects import Project, photograph


def codes(share, *, rows=slice(10, 14), size=(64, 64)):
    values = np.zeros(size, np.uint16)
    values[rows] = round(share * CERTAIN)
    return values


def test_only_what_a_model_cannot_decide_on_counts():
    assert uncertainty_of(codes(0.0)) == 0.0
    assert uncertainty_of(codes(1.0)) == 0.0
    assert uncertainty_of(codes(0.05)) == 0.0
    assert uncertainty_of(codes(0.5)) > uncertainty_of(codes(0.8)) > 0.0
    assert uncertainty_of(codes(0.5, rows=slice(10, 30))) > uncertainty_of(codes(0.5))


def test_a_hairline_counts_alike_at_any_size_of_the_image():
    small, large = (codes(0.5, rows=slice(3, 4), size=(side, side)) for side in (64, 256))
    assert uncertainty_of(small) == pytest.approx(uncertainty_of(large))


def test_photographs_of_one_kind_are_near_each_other():
    def distance(first, second):
        return np.linalg.norm(np.subtract(features_of(first), features_of(second)))

    one, twin = photograph(1, 300, 200), photograph(1, 300, 200)[5:, 5:]
    dark = photograph(1, 300, 200) // 3
    assert distance(one, twin) < distance(one, dark) / 5


def described(uncertainty, *features):
    return Description(uncertainty, tuple(features))


def test_the_least_certain_comes_first():
    images = {1: described(0.1, 0.0), 2: described(0.9, 1.0), 3: described(0.5, 2.0)}
    assert rank(images) == [2, 3, 1]
    assert rank({}) == []


def test_the_twin_of_one_that_was_chosen_comes_later():
    images = {
        1: described(1.0, 0.0, 0.0),
        2: described(0.98, 0.0, 0.01),
        3: described(0.6, 5.0, 1.0),
        4: described(0.5, 0.0, 9.0),
    }
    assert rank(images) == [1, 3, 4, 2]


def test_what_is_like_a_labelled_image_comes_later():
    images = {1: described(1.0, 0.0, 0.0), 2: described(0.8, 5.0, 5.0)}
    assert rank(images) == [1, 2]
    assert rank(images, [(0.0, 0.0)]) == [2, 1]


def test_images_of_a_project_those_without_a_prediction_last(tmp_path):
    project = Project(tmp_path)
    records = [project.add(f"{number}.png", state=ImageState.NEW) for number in range(4)]
    store = PredictionStore(project.store.folder)
    for record, share in zip(records, (0.95, 0.5, None, 0.8), strict=True):
        if share is not None:
            found = codes(share, size=(400, 600))
            store.save(PredictionRecord(record.identifier, "m", "M", 0.5, "", (600, 400)), found)
    names = [record.identifier for record in records]
    told = []
    order = rank_images(project.store, "m", names, [], lambda text, share: told.append(share))
    assert order == [names[1], names[3], names[0], names[2]]
    assert told == [0.0, 0.25, 0.5, 0.75]
    records[1].path.write_bytes(b"")
    assert rank_images(project.store, "m", names, [])[0] == names[3]
    project.store.close()


def test_a_description_holds_both():
    found = describe(codes(0.5), photograph(0, 64, 64))
    assert found.uncertainty == uncertainty_of(codes(0.5))
    assert len(found.features) == 18
