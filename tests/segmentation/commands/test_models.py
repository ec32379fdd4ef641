"""The command ``models``: the list, cards, checks, exports, and the user's own models."""

import json

import pytest
import typer
from typer.testing import CliRunner

from segmentation.commands import models
from segmentation.model_store import catalog
from segmentation.model_store.card import ModelError
from tests.segmentation.model_store.toy_models import FREE, LIMITED, MEASURED, saved_toy

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(catalog, "bundled_models_folder", lambda: tmp_path / "bundled")
    monkeypatch.setattr(catalog, "user_models_folder", lambda: tmp_path / "own")


@pytest.fixture
def limited(tmp_path):
    return saved_toy(
        tmp_path / "bundled" / "research",
        data=(FREE, LIMITED),
        metrics=(MEASURED,),
        run='preset = "x"\n',
        licence="CC-BY-NC-4.0",
    )


def run(*arguments: object) -> str:
    """Return what a command prints; what it raises is raised here."""
    app = typer.Typer()
    app.callback()(lambda: None)
    models.add_to(app)
    given = ["models", *map(str, arguments)]
    result = CliRunner().invoke(app, given, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_list_marks_what_is_not_for_commercial_use(limited, tmp_path):
    saved_toy(tmp_path / "own" / "bridge")
    text = run()
    lines = {line.split()[0]: line for line in text.splitlines() if line}
    rows = text.splitlines()
    (research,) = [row for row in rows if row.startswith("research ")]
    assert "NON-COMMERCIAL" in research
    assert "0.847  CFD val, 2 px symmetric (disk)" in research
    assert str(limited) in research
    (bridge,) = [row for row in rows if row.startswith("bridge ")]
    assert "any" in bridge
    assert "not measured" in bridge
    assert "use only; so are the terms of CFD" in lines["research:"]
    assert "not part of this installation" in lines["default:"]
    assert run("list") == text


def test_the_list_as_json(limited):
    entries = {each["name"]: each for each in json.loads(run("--json"))}
    assert entries["default"]["problem"]
    research = entries["research"]
    assert research["card"]["use"] == "non-commercial"
    assert research["bytes"] == (limited / "model.safetensors").stat().st_size
    assert research["card"]["metrics"][0]["f1"] == 0.847
    assert json.loads(run("list", "--json")) == list(entries.values())


def test_a_card_is_shown_whole(limited):
    text = run("show", "research")
    for words in (
        "NON-COMMERCIAL. For non-commercial use only; so are the terms of CFD",
        "CC-BY-NC-4.0",
        "residual_unet (widths (8, 16, 24))",
        "2 px symmetric (disk)",
        "0.9000",
        "CFD (train): Shi et al. 2016",
        'preset = "x"',
        str(limited),
    ):
        assert words in text
    table = json.loads(run("show", limited, "--json"))
    assert table["folder"] == str(limited)
    assert table["data"][1]["origin"] == "CFD"


def test_a_check_tells_good_from_damaged(limited):
    assert f"{limited}: OK, toy" in run("check", "research")
    file = limited / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(ModelError, match="truncated"):
        run("check", "research")


def test_an_export_says_where_and_on_which_terms(limited, tmp_path):
    text = run("export", limited, tmp_path / "out" / "m.onnx")
    assert (tmp_path / "out" / "m.onnx").stat().st_size > 1000
    assert "For non-commercial use only" in text
    with pytest.raises(AssertionError, match=r"Invalid value"):
        run("export", limited, tmp_path / "m.pt")


def test_installing_and_removing(limited, tmp_path):
    run("install", limited, "--name", "bridge")
    assert "bridge" in run()
    run("install", limited)
    assert (tmp_path / "own" / "toy" / "card.json").is_file()
    run("remove", "bridge")
    assert not (tmp_path / "own" / "bridge").exists()


def test_a_damaged_model_is_not_installed(limited, tmp_path):
    (limited / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="truncated"):
        run("install", limited, "--name", "bridge")
    assert not (tmp_path / "own").exists()
