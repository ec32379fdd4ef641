"""Names of models: bundled ones, the user's, folders; installing and removing."""

import pytest

from segmentation.model_store import catalog
from segmentation.model_store.card import ModelError
from segmentation.model_store.catalog import find_model, install_model, list_models, remove_model
from tests.segmentation.model_store.toy_models import saved_toy

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(catalog, "bundled_models_folder", lambda: tmp_path / "bundled")
    monkeypatch.setattr(catalog, "user_models_folder", lambda: tmp_path / "own")


def test_names_go_before_folders(tmp_path, monkeypatch):
    bundled = saved_toy(tmp_path / "bundled" / "default")
    own = install_model(saved_toy(tmp_path / "made"), "bridge")
    for name in ("default", "bridge"):
        saved_toy(tmp_path / "here" / name)
    monkeypatch.chdir(tmp_path / "here")
    assert find_model("default") == bundled
    assert find_model("bridge") == own
    assert find_model("./bridge").resolve() == tmp_path / "here" / "bridge"
    assert find_model(tmp_path / "made") == tmp_path / "made"


def test_a_training_run_stands_for_the_model_it_made(tmp_path):
    saved_toy(tmp_path / "run" / "model")
    assert find_model(str(tmp_path / "run")) == tmp_path / "run" / "model"


def test_what_is_missing_is_told(tmp_path):
    with pytest.raises(ModelError, match="'default' is not part of this installation"):
        find_model("default")
    install_model(saved_toy(tmp_path / "made"), "bridge")
    with pytest.raises(ModelError, match=r"Did you mean 'bridge'\? There are default, research"):
        find_model("bridges")
    with pytest.raises(ModelError, match="no such folder either"):
        find_model(tmp_path / "nowhere")


def test_the_list_holds_also_what_cannot_be_read(tmp_path):
    saved_toy(tmp_path / "bundled" / "default")
    install_model(saved_toy(tmp_path / "made"), "bridge")
    (tmp_path / "own" / "broken").mkdir()
    (tmp_path / "own" / ".part-1").mkdir()
    found = {each.name: each for each in list_models()}
    assert list(found) == ["default", "research", "bridge", "broken"]
    assert found["default"].card is not None
    assert found["default"].kind == "bundled"
    assert "not part of this installation" in found["research"].problem
    assert found["bridge"].kind == "user"
    assert "has no card.json" in found["broken"].problem


@pytest.mark.parametrize("name", ["../x", "", "a b", ".hidden", "-x", "dot.", "default"])
def test_names_that_cannot_be_folders_are_refused(tmp_path, name):
    made = saved_toy(tmp_path / "made")
    with pytest.raises(ModelError, match="another"):
        install_model(made, name)
    assert not (tmp_path / "own").exists()


def test_installing_twice_and_removing(tmp_path):
    made = saved_toy(tmp_path / "made")
    target = install_model(made, "bridge")
    assert (target / "card.json").read_bytes() == (made / "card.json").read_bytes()
    with pytest.raises(ModelError, match="There is a model 'bridge' already"):
        install_model(made, "bridge")
    assert remove_model("bridge") == target
    assert not list((tmp_path / "own").iterdir())
    for name, words in (
        ("bridge", "There is no model 'bridge' of yours to remove; you have none"),
        ("../made", "no model '../made' of yours"),
        ("default", "comes with the program and cannot be removed"),
    ):
        with pytest.raises(ModelError, match=words):
            remove_model(name)
    assert made.is_dir()
