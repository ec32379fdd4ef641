"""Lists of models: where they are from, what their cards say, and what is wrong with them."""

import json
import shutil

import pytest

from annotator.errors import AnnotatorError
from annotator.services.models import (
    export_model,
    install_model,
    model_choices,
    remove_user_model,
)
from segmentation.model_store.catalog import bundled_models_folder


@pytest.fixture(autouse=True)
def own_models(tmp_path, monkeypatch):
    """Keep away from the models of the person who runs the tests."""
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_args, **_kw: tmp_path / "data")
    return tmp_path / "data" / "models"


@pytest.fixture
def project(tmp_path):
    """A project with two versions of a model, what a writer left, and a file."""
    models = tmp_path / "a.crackproj" / "models"
    for name in ("2", "10"):
        shutil.copytree(bundled_models_folder() / "default", models / name)
    (models / ".part-11").mkdir()
    (models / "versions.json").write_text("{}")
    return models.parent


def by_name(choices):
    return {choice.name: choice for choice in choices}


def test_without_a_project_there_are_the_bundled_ones():
    assert [choice.kind for choice in model_choices(None)] == ["bundled", "bundled"]


def test_versions_are_listed_newest_first(project):
    assert [(c.kind, c.name) for c in model_choices(project)] == [
        ("project", "10"),
        ("project", "2"),
        ("bundled", "default"),
        ("bundled", "research"),
    ]


def test_a_choice_says_what_the_card_says():
    choices = by_name(model_choices(None))
    default, research = choices["default"], choices["research"]
    card = json.loads((default.folder / "card.json").read_text("utf-8"))
    assert default.key == card["weights_sha256"][:12]
    assert default.threshold == card["threshold"]
    assert default.licence == "Apache-2.0"
    assert not default.is_non_commercial
    assert research.is_non_commercial
    assert "non-commercial" in research.terms
    assert default.figures.startswith("F1 ")
    assert default.size == (default.folder / "model.safetensors").stat().st_size


def test_a_card_without_a_digest_is_told_by_its_weights(project):
    card = project / "models" / "2" / "card.json"
    table = json.loads(card.read_text("utf-8"))
    digest = table.pop("weights_sha256")
    card.write_text(json.dumps(table), "utf-8")
    assert by_name(model_choices(project))["2"].key == digest[:12]


@pytest.mark.parametrize("name", ["card.json", "model.safetensors"])
def test_what_cannot_be_used_is_listed_with_its_reason(project, name):
    (project / "models" / "2" / name).unlink()
    choice = by_name(model_choices(project))["2"]
    assert choice.key == ""
    assert name in choice.problem


def test_a_model_is_exported_installed_and_removed(tmp_path, own_models):
    default = by_name(model_choices(None))["default"]
    export_model(default, tmp_path / "out")
    with pytest.raises(AnnotatorError, match="out"):
        export_model(default, tmp_path / "out")
    assert install_model(tmp_path / "out").parent == own_models
    again = install_model(tmp_path / "out")
    names = [choice.name for choice in model_choices(None) if choice.kind == "user"]
    assert again.name in names
    assert len(names) == 2
    remove_user_model(again.name)
    assert again.name not in by_name(model_choices(None))


def test_what_is_no_model_is_not_installed(tmp_path):
    with pytest.raises(AnnotatorError, match=r"card\.json"):
        install_model(tmp_path)


def test_a_bundled_model_is_not_removed():
    with pytest.raises(AnnotatorError, match="comes with the program"):
        remove_user_model("default")
