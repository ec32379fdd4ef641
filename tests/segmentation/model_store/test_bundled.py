"""The models that come with the program: whole, small, on clear terms, and able to see a crack."""

import numpy as np
import pytest

from segmentation.data.synthetic import generate, sample_parameters
from segmentation.inference.predictor import Predictor
from segmentation.model_store.card import read_card, weights_size
from segmentation.model_store.catalog import BUNDLED, find_model
from segmentation.model_store.model_folder import load_model

pytestmark = pytest.mark.torch

MEBIBYTE = 2**20
UNSEEN = ("nha12d", "uav75", "pseudogt", "7408")


@pytest.mark.parametrize("name", BUNDLED)
def test_it_is_whole_and_small(name):
    loaded = load_model(find_model(name))
    assert loaded.card.name == name
    assert weights_size(find_model(name)) <= 16 * MEBIBYTE
    assert 2e6 <= loaded.card.n_parameters <= 6e6


@pytest.mark.parametrize("name", BUNDLED)
def test_its_card_says_what_it_learned_from_and_how_good_it_is(name):
    card = read_card(find_model(name))
    assert card.title
    assert card.licence
    assert card.notes
    learned = " ".join(record.origin for record in card.data).lower()
    assert not [word for word in UNSEEN if word in learned]
    assert all(record.licence and record.sha256 for record in card.data)
    measured = {record.data for record in card.metrics}
    assert {"CFD 058-072", "UAV75 test (lines)", "NHA12D concrete"} <= measured
    assert {"0 px", "2 px symmetric (disk)"} <= {record.measure for record in card.metrics}


def test_only_one_may_be_used_for_anything():
    assert read_card(find_model("default")).use == "any"
    assert read_card(find_model("research")).use == "non-commercial"
    assert "non-commercial" in read_card(find_model("research")).terms()


@pytest.mark.parametrize("name", BUNDLED)
def test_it_sees_a_synthetic_crack(name, tmp_path):
    made = generate(sample_parameters("concrete", 384, 384, seed=424_242))
    assert made.mask.any()
    predictor = Predictor(find_model(name), engine="torch", threads=1, cache=tmp_path)
    found = predictor.predict(made.image) >= np.float32(predictor.card.threshold)
    shared = 2 * np.count_nonzero(found & (made.mask == 1))
    assert shared / (np.count_nonzero(found) + np.count_nonzero(made.mask)) > 0.6
