"""The command that judges: its table, its files, and what it refuses."""

import json
import subprocess
import sys

import numpy as np
import pytest
import typer

from segmentation.commands import evaluate
from segmentation.commands.evaluate import Judged
from segmentation.config import ModelConfig
from segmentation.data.errors import DataError
from segmentation.data.image_files import read_image
from segmentation.model_store.card import ModelCard
from tests.segmentation.data.layouts import SIZE, crack, make_cfd, make_pairs, picture, save


def run(*arguments):
    """Run the command; its exit status is raised where it is not 0."""
    app = typer.Typer()
    evaluate.add_to(app)
    app.command("other")(lambda: None)
    return typer.main.get_command(app).main(
        ["evaluate", *map(str, arguments)], standalone_mode=False
    )


@pytest.fixture
def seeing(monkeypatch):
    """A model that sees a crack in rows 5 and 6 of each image, and what it was opened with."""
    asked = []

    def open_model(name, **options):
        asked.append((name, options))
        card = ModelCard(name="seer", model=ModelConfig(), threshold=0.3, temperature=1.5)
        return Judged(name, lambda _, image: crack(5) * np.float32(0.4), card)

    monkeypatch.setattr(evaluate, "open_model", open_model)
    return asked


def test_a_model_is_judged_at_the_threshold_of_its_card(tmp_path, seeing, capsys):
    folder = make_pairs(tmp_path / "own", names=("a", "b", "c"))
    run("--model", "seer", "--data", folder, "--json", tmp_path / "report.json", "--device", "cpu")
    out, _ = capsys.readouterr()
    assert "seer on own (all)" in out
    assert "3 images, 3 with a crack; threshold 0.3" in out
    rows = {line.split("  ")[0]: line.split()[-11:] for line in out.splitlines()}
    assert float(rows["0 px"][0]) == pytest.approx(50.0, abs=0.01)
    assert float(rows["2 px symmetric (disk)"][2]) == 100
    assert "2 px pooled (disk)" in rows
    assert "2 px flexible (disk)" in rows
    content = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert content["model"]["threshold"] == content["protocol"]["threshold"] == 0.3
    assert content["data"]["origins"][0]["items"] == {"train": 3, "val": 0, "test": 0}
    assert content["measures"][0]["aggregate"]["precision"] == 0.5
    assert seeing == [("seer", {"device": "cpu", "engine": "torch", "threads": 0})]


def test_the_choices_of_counting_reach_the_report(tmp_path, seeing, capsys):
    folder = make_cfd(tmp_path / "CFD")
    run("--model", "seer", "--data", folder, "--split", "train", "--threshold", 0.45,
        "--tolerance", 3, "--tolerance", 1, "--counting", "pooled", "--element", "square",
        "--limit", 2, "--out", tmp_path / "report")  # fmt: skip
    content = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert [each["name"] for each in content["measures"]] == [
        "0 px", "3 px pooled (square)", "1 px pooled (square)",
    ]  # fmt: skip
    assert (content["n_images"], content["split"]) == (2, "train")
    assert content["protocol"]["threshold"] == 0.45
    assert content["measures"][0]["aggregate"]["recall"] == 0
    assert (tmp_path / "report" / "images.csv").read_text("utf-8").count("\n") == 3
    assert "CFD/001" in (tmp_path / "report" / "report.html").read_text("utf-8")
    assert capsys.readouterr().out.count(" px pooled (square)") == 2


def test_a_folder_of_probabilities_is_judged_instead_of_a_model(tmp_path, capsys):
    folder = make_pairs(tmp_path / "own", names=("a", "b"))
    for number, name in enumerate("ab"):
        values = crack(5 + number) * np.uint16(40_000)
        save(tmp_path / "out" / f"{name}.png", values)
    save(tmp_path / "out" / "a_mask.png", np.zeros((3, 3), np.uint8))
    run("--from", tmp_path / "out", "--data", folder, "--json", tmp_path / "r.json",
        "--html", tmp_path / "r.html")  # fmt: skip
    content = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert content["measures"][0]["aggregate"]["f1"] == 1
    assert content["predictions"] == str(tmp_path / "out")
    assert "100.00" in capsys.readouterr().out
    assert (tmp_path / "r.html").stat().st_size > 1000


def test_images_without_a_crack_are_told_apart(tmp_path, seeing, capsys):
    folder = tmp_path / "clean"
    for number in range(4):
        save(folder / "images" / f"{number}.png", picture(number))
    run("--model", "seer", "--data", f"pairs:{folder}?missing=clean")
    out, _ = capsys.readouterr()
    assert "False alarms on 4 images without a crack: 4 components" in out
    assert "20 px: 100.00, 50 px: 0.00" in out


def test_a_mask_of_three_classes_is_refused_in_a_sentence(tmp_path, seeing):
    folder = make_pairs(tmp_path / "own")
    three = crack(5)
    three[20:24] = 2
    save(folder / "masks" / "b.png", three)
    with pytest.raises(DataError, match=r"b\.png has 3 values \(0, 1, 2\) .* crack="):
        run("--model", "seer", "--data", folder)
    run("--model", "seer", "--data", f"pairs:{folder}?crack=1&unlabelled=2")


def test_a_mask_of_another_size_and_an_empty_folder_are_refused(tmp_path, seeing):
    folder = make_pairs(tmp_path / "own")
    save(folder / "masks" / "c.png", crack(5, (40, 32)))
    with pytest.raises(DataError, match=r"c\.png has 40 x 32 pixels, but its image .* 48 x 32"):
        run("--model", "seer", "--data", folder)
    for path in (folder / "masks").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="masks holds no masks"):
        run("--model", "seer", "--data", folder)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match="no layout that is known"):
        run("--model", "seer", "--data", tmp_path / "nothing")


def test_a_probability_that_is_none_is_refused_by_name(tmp_path, monkeypatch):
    folder = make_pairs(tmp_path / "own")
    wrong = Judged("odd", lambda _, image: np.full(SIZE[::-1], np.nan, np.float32))
    monkeypatch.setattr(evaluate, "open_model", lambda name, **_: wrong)
    with pytest.raises(DataError, match="own/a: the probability"):
        run("--model", "odd", "--data", folder)


@pytest.mark.torch
def test_a_model_on_disk_is_judged_as_its_predictions_are(tmp_path, capsys):
    import torch

    from segmentation.inference.predictor import Predictor
    from segmentation.model_store.model_folder import load_model, save_model
    from segmentation.models import build_model

    torch.manual_seed(0)
    config = ModelConfig(name="residual_unet", options={"widths": [4, 8]})
    card = ModelCard(name="small", model=config, threshold=0.4, temperature=2.0)
    model = save_model(tmp_path / "model", build_model(config).eval(), card)
    folder = make_pairs(tmp_path / "own", names=("a", "b"))
    run("--model", model, "--data", folder, "--json", tmp_path / "r.json", "--device", "cpu")
    predictor = Predictor(load_model(model), device="cpu", engine="torch")
    for name in "ab":
        codes = predictor.predict_codes(read_image(folder / "images" / f"{name}.png"))
        save(tmp_path / "out" / f"{name}.png", codes)
    run("--from", tmp_path / "out", "--data", folder, "--json", tmp_path / "f.json",
        "--threshold", 0.4)  # fmt: skip
    ours, theirs = (json.loads((tmp_path / f).read_text("utf-8")) for f in ("r.json", "f.json"))
    assert ours["protocol"] == theirs["protocol"]
    assert ours["model"]["temperature"] == 2.0
    assert ours["model"]["engine"] == "torch"
    for one, other in zip(ours["measures"], theirs["measures"], strict=True):
        assert one["aggregate"] == pytest.approx(other["aggregate"], abs=0.02)
    assert "Engine torch" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "either a model"),
        (("--model", "m", "--from", "f"), "either a model"),
        (("--model", "m", "--threshold", "0"), "threshold is 0"),
        (("--from", "f", "--threshold", "0"), "threshold is 0"),
        (("--model", "m", "--tolerance", "-1"), "tolerance is -1"),
        (("--model", "m", "--counting", "other"), "other"),
    ],
)
def test_a_command_line_that_contradicts_itself_is_refused(tmp_path, arguments, words):
    with pytest.raises(typer.BadParameter, match=words):
        run("--data", tmp_path, *arguments)


def test_help_needs_no_torch():
    code = (
        "import sys, typer; from segmentation.commands import evaluate; app = typer.Typer();"
        "evaluate.add_to(app); typer.main.get_command(app).main(['--help'], standalone_mode=False);"
        "assert 'torch' not in sys.modules and 'cv2' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--tolerance" in done.stdout
