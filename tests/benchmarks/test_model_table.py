"""The script that puts models and sets into a table."""

import numpy as np
import pytest

from segmentation.commands import evaluate
from segmentation.commands.evaluate import Judged
from segmentation.config import ModelConfig
from segmentation.model_store.card import MetricRecord, ModelCard, read_card
from segmentation.training.publishing import OWN
from tests.benchmarks.model_table import HEADS, Place, main, parse_set
from tests.segmentation.data.layouts import crack, make_cfd, make_pairs
from tests.segmentation.model_store.toy_models import saved_toy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("data/CFD", Place("CFD", "data/CFD", "all")),
        ("CFD 058-072=data/CFD@val", Place("CFD 058-072", "data/CFD", "val")),
        ("pairs:own?missing=clean@test", Place("own", "pairs:own?missing=clean", "test")),
        ("steel=pairs:own?crack=1", Place("steel", "pairs:own?crack=1", "all")),
    ],
)
def test_a_set_has_a_name_a_source_and_a_part(text, expected):
    assert parse_set(text) == expected


def test_a_row_for_each_model_and_set(tmp_path, monkeypatch, capsys):
    def open_model(name, **options):
        card = ModelCard(name=name, model=ModelConfig(), threshold=0.3)
        row = 5 if name == "right" else 7
        return Judged(name, lambda _, image: crack(row) * np.float32(0.4), card)

    monkeypatch.setattr(evaluate, "open_model", open_model)
    pairs, cfd = make_pairs(tmp_path / "own", names=("a",)), make_cfd(tmp_path / "CFD")
    status = main(["--model", "right", "--model", "other", "--set", f"mine={pairs}",
                   "--set", f"{cfd}@val", "--markdown", str(tmp_path / "table.md"),
                   "--out", str(tmp_path / "reports")])  # fmt: skip
    assert status == 0
    lines = (tmp_path / "table.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len(cells) == 6
    assert {len(row) for row in cells} == {len(HEADS)}
    rows = {(row[0], row[1]): dict(zip(HEADS, row, strict=True)) for row in cells[2:]}
    right = rows["right", "mine"]
    assert (right["F1 0 px"], right["F1 0 px at 0.5"], right["clDice"]) == ("100.0", "0.0", "100.0")
    assert rows["other", "mine"]["F1 0 px"] == "0.0"
    assert rows["other", "mine"]["F1 2 px"] == "100.0"
    assert rows["right", "CFD"]["Images"] == "1"
    assert len(list((tmp_path / "reports").iterdir())) == 4


def test_figures_go_onto_the_card_before_those_of_the_run(tmp_path):
    own = MetricRecord(data="own", measure="0 px", precision=1, recall=1, f1=1, notes=OWN)
    old = MetricRecord(data="wall", measure="0 px", precision=0, recall=0, f1=0)
    model = saved_toy(tmp_path / "toy", metrics=(own, old))
    walls = make_pairs(tmp_path / "walls", names=("a",))
    for _ in range(2):
        given = ["--model", str(model), "--set", f"wall={walls}", "--engine", "torch", "--card"]
        assert main(given) == 0
    records = read_card(model).metrics
    assert [(record.data, record.measure) for record in records] == [
        ("wall", "0 px"), ("wall", "2 px symmetric (disk)"), ("own", "0 px"),
    ]  # fmt: skip
    assert old not in records


def test_what_is_not_there_is_said(tmp_path, capsys):
    assert main(["--model", "right", "--set", str(tmp_path / "none")]) == 1
    assert "none is not a folder" in capsys.readouterr().err
