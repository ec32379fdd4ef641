"""The script that counts false cracks on tiles, on drawn photographs."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from tests.benchmarks.steel_false_alarms import LISTS, main, read_splits, read_tiles


def save(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


def table(path, heads, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([heads, *rows])
    return path


@pytest.fixture
def bridge(tmp_path):
    """Two photographs with predictions and lists, and the arguments that name them."""
    rng = np.random.default_rng(0)
    for name, lengths in (("A.jpg", (60, 0)), ("B.jpg", (5, 200))):
        image = rng.integers(90, 120, (300, 560, 3), np.uint8)
        save(tmp_path / "photographs" / "images" / name, image)
        probability = np.zeros((300, 560), np.uint16)
        probability[100, 10 : 10 + lengths[0]] = 50_000
        probability[120, 300 : 300 + lengths[1]] = 40_000
        save(tmp_path / "out" / f"{name[0]}.png", probability)
    tiles = [(name, left, 0, 256) for name in ("A.jpg", "B.jpg") for left in (0, 256)]
    table(tmp_path / "tiles.csv", ("image", "left", "top", "side"), tiles)
    parts = (("A.jpg", "test", ""), ("B.jpg", "train", ""))
    table(tmp_path / "list.csv", ("image", "split", "note"), parts)
    lists = ["--tiles", str(tmp_path / "tiles.csv"), "--list", str(tmp_path / "list.csv")]
    return [str(tmp_path / "photographs"), "--from", str(tmp_path / "out"), *lists]


def test_shares_by_length_and_part_and_the_worst_tiles(bridge, tmp_path, capsys):
    assert main([*bridge, "--json", str(tmp_path / "r.json")]) == 0
    out = capsys.readouterr().out
    assert "all (4)" in out
    assert "test (2)" in out
    content = json.loads((tmp_path / "r.json").read_text("utf-8"))
    shares = content["share_longer_than_px"]
    assert [shares["all"][key] for key in ("0", "10", "50", "75", "200")] == [
        0.75, 0.5, 0.5, 0.25, 0.0,
    ]  # fmt: skip
    assert (shares["test"]["50"], shares["test"]["75"]) == (0.5, 0.0)
    assert shares["train"]["150"] == 0.5
    assert content["mean_false_pixels"]["all"] == pytest.approx((60 + 5 + 200) / 4)
    worst = out.partition("Worst tiles")[2].splitlines()[1:]
    assert [line.split()[0] for line in worst] == ["200", "60", "5"]
    assert worst[0].split()[2:] == ["B.jpg", "(train)", "256", "0"]
    assert main([*bridge, "--threshold", "0.7", "--worst", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[0] == "60"


def test_sheets_show_photographs_and_the_worst_tiles(bridge, tmp_path):
    assert main([*bridge, "--sheet", str(tmp_path / "sheet")]) == 0
    names = sorted(path.name for path in (tmp_path / "sheet").iterdir())
    assert names == ["A.jpg", "B.jpg", "worst_tiles.jpg"]
    with Image.open(tmp_path / "sheet" / "A.jpg") as picture:
        assert picture.size == (560, 600)
        pixels = np.asarray(picture).astype(int)
    magenta = pixels[..., 0] - pixels[..., 1] > 60
    assert not magenta[:300].any()
    assert magenta[395:406, 15:65].any()


def test_no_pictures_go_into_the_repository(bridge, capsys):
    assert main([*bridge, "--sheet", str(LISTS / "sheet")]) == 1
    assert "in the repository" in capsys.readouterr().err
    assert not (LISTS / "sheet").exists()


def test_missing_photographs_and_tiles_outside_are_named(bridge, tmp_path, capsys):
    table(tmp_path / "tiles.csv", ("image", "left", "top", "side"), [("A.jpg", 400, 0, 256)])
    assert main(bridge) == 1
    assert "outside of A.jpg, which has 560 x 300" in capsys.readouterr().err
    (tmp_path / "photographs" / "images" / "A.jpg").unlink()
    assert main(bridge) == 1
    assert "holds no A.jpg" in capsys.readouterr().err


def test_the_lists_beside_the_script_fit_together():
    tiles, splits = (
        read_tiles(LISTS / "steel_tiles.csv"),
        read_splits(LISTS / "steel_photographs.csv"),
    )
    assert set(tiles) <= set(splits)
    assert set(splits.values()) == {"train", "test"}
    assert sum(map(len, tiles.values())) >= 200
    assert {tile.side for of_image in tiles.values() for tile in of_image} == {512}
