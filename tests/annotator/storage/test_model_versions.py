"""Versions of a project's models: added, used, gone back from, interrupted."""

import pytest

from annotator.errors import AnnotatorError
from annotator.storage import model_versions
from annotator.storage.model_versions import BUNDLED, ModelVersion, ModelVersions


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "run" / "model"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


@pytest.fixture
def versions(tmp_path):
    return ModelVersions(tmp_path / "bridge.crackproj")


def add(versions, model, *, is_used=True, **facts):
    return versions.add(model, ModelVersion("", "Bridge", **facts), is_used=is_used)


def test_at_first_the_bundled_model_is_in_use(versions):
    known = versions.read()
    assert (known.versions, known.current, known.before) == ((), BUNDLED, None)
    with pytest.raises(AnnotatorError, match="before"):
        versions.go_back()


def test_a_version_is_copied_and_used(versions, model):
    added = add(versions, model, held_out=("a.png",), figures={"f1": 0.5}, n_images=8)
    assert added.name == "1"
    known = versions.read()
    assert known.versions == (added,)
    assert (known.current, known.before) == ("1", BUNDLED)
    assert (versions.folder / "1" / "model.safetensors").read_bytes() == b"weights"
    assert versions.path_of("1") == versions.folder / "1"
    assert versions.path_of(BUNDLED) is None


def test_what_is_not_used_is_kept_all_the_same(versions, model):
    add(versions, model, is_used=False)
    assert versions.read().current == BUNDLED
    versions.use("1")
    assert versions.read().current == "1"


def test_going_back_is_one_step_each(versions, model):
    for _ in range(3):
        add(versions, model)
    assert versions.go_back() == "2"
    assert versions.read().current == "2"
    assert versions.go_back() == "1"
    assert versions.go_back() == BUNDLED
    assert versions.read().current == BUNDLED
    with pytest.raises(AnnotatorError, match="before"):
        versions.go_back()
    assert len(versions.read().versions) == 3


def test_a_removed_version_is_not_gone_back_to(versions, model):
    for _ in range(3):
        add(versions, model)
    with pytest.raises(AnnotatorError, match="in use"):
        versions.remove("3")
    versions.remove("2")
    assert versions.go_back() == "1"
    versions.remove("3")
    assert add(versions, model).name == "2"
    assert not (versions.folder / "3").exists()


def test_an_interrupted_copy_leaves_everything_as_it_was(versions, model, monkeypatch):
    add(versions, model)

    def break_off(_known):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(versions, "_write", break_off)
        with pytest.raises(KeyboardInterrupt):
            add(versions, model)
    assert [each.name for each in versions.read().versions] == ["1"]
    assert add(versions, model).name == "3"  # 2 lies there, named by nothing


def test_a_copy_that_fails_says_why(versions, model, monkeypatch):
    def full(*_paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model_versions.shutil, "copytree", full)
    with pytest.raises(AnnotatorError, match="No space left"):
        add(versions, model)
    assert versions.read().versions == ()


def test_a_damaged_list_is_said_to_be_one(versions, model):
    add(versions, model)
    (versions.folder / "versions.json").write_text("{")
    with pytest.raises(AnnotatorError, match="cannot be read"):
        versions.read()


def test_folders_that_are_gone_are_passed_over(versions, model):
    for _ in range(2):
        add(versions, model)
    (versions.folder / "2").rename(versions.folder.parent / "elsewhere")
    known = versions.read()
    assert (known.current, len(known.versions)) == ("1", 1)
