"""`synth`: files of a data set with truth, reproducible and never in the place of others."""

import json

import numpy as np
import pytest
from PIL import Image

from annotator.cli.program import main
from annotator.storage.batch_items import read_items
from annotator.storage.image_io import load_image
from annotator.storage.mask_io import load_mask

SMALL = ["--width", "160", "--height", "120"]


def run(*arguments):
    return main(["synth", *[str(argument) for argument in arguments]])


def test_files_and_their_contents(tmp_path, capsys):
    folder = tmp_path / "Riß 裂"
    arguments = ["--surface", "concrete", "--count", "2", "--seed", "7", "--cracks", "2"]
    assert run(folder, *SMALL, *arguments) == 0
    assert "2 photographs with 4 cracks" in capsys.readouterr().out
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))
    assert names == [
        "centerlines/concrete_0007.json", "centerlines/concrete_0008.json", "cracks.jsonl",
        "images/concrete_0007.jpg", "images/concrete_0008.jpg",
        "masks/concrete_0007.png", "masks/concrete_0008.png",
    ]  # fmt: skip
    photograph = load_image(folder / "images" / "concrete_0007.jpg")
    mask = load_mask(folder / "masks" / "concrete_0007.png")
    assert photograph.pixels.shape == (120, 160, 3)
    assert mask.shape == (120, 160)
    truth = json.loads((folder / "centerlines" / "concrete_0007.json").read_text("utf-8"))
    assert sum(crack["parent"] is None for crack in truth["cracks"]) == 2
    for crack in truth["cracks"]:
        line = np.rint(crack["centerline"]).astype(int)
        assert mask[line[:, 1], line[:, 0]].mean() > 0.95
        assert len(crack["half_width"]) == len(line)
    assert truth["parameters"]["seed"] == 7


def test_the_list_of_cracks_serves_trace_batch(tmp_path):
    assert run(tmp_path, *SMALL, "--cracks", "3", "--seed", "2") == 0
    cracks = read_items(tmp_path / "cracks.jsonl")
    assert cracks.problems == ()
    assert len(cracks.items) == 3
    for item in cracks.items:
        assert (tmp_path / "images" / item.image).is_file()
        assert (tmp_path / "masks" / item.mask).is_file()
        assert all(0 <= x < 160 and 0 <= y < 120 for x, y in item.points)


def test_png_is_exactly_what_was_generated_and_seeds_repeat(tmp_path):
    for name in ("a", "b"):
        assert run(tmp_path / name, *SMALL, "--format", "png", "--seed", "5") == 0
    assert run(tmp_path / "c", *SMALL, "--format", "png", "--seed", "6") == 0
    read = [
        load_image(next((tmp_path / name / "images").iterdir())).pixels for name in ("a", "b", "c")
    ]
    np.testing.assert_array_equal(read[0], read[1])
    assert (read[0] != read[2]).any()


def test_options_reach_the_generator(tmp_path):
    options = ["--crack-width", "3,6", "--branches", "0", "--contrast", "0.9", "--noise", "0"]
    assert run(tmp_path, *SMALL, *options, "--bright", "--surface", "plain") == 0
    path = tmp_path / "centerlines" / "plain_0000.json"
    parameters = json.loads(path.read_text("utf-8"))["parameters"]
    wanted = {"crack_width": [3, 6], "branches": 0, "contrast": 0.9, "noise": 0}
    assert {key: parameters[key] for key in wanted} == wanted
    assert parameters["polarity"] == "bright"


def test_single_crack_width(tmp_path):
    assert run(tmp_path, *SMALL, "--crack-width", "4") == 0
    path = tmp_path / "centerlines" / "asphalt_0000.json"
    assert json.loads(path.read_text("utf-8"))["parameters"]["crack_width"] == [4, 4]


def test_existing_files_are_kept_unless_asked(tmp_path, capsys):
    mask = tmp_path / "masks" / "asphalt_0001.png"
    mask.parent.mkdir()
    Image.new("L", (2, 2)).save(mask)
    before = mask.read_bytes()
    assert run(tmp_path, *SMALL, "--count", "2") == 1
    assert "exists already" in capsys.readouterr().err
    assert mask.read_bytes() == before
    assert list(tmp_path.iterdir()) == [mask.parent]
    assert run(tmp_path, *SMALL, "--count", "2", "--overwrite") == 0
    assert load_mask(mask).shape == (120, 160)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--surface", "marble"], "asphalt, concrete, steel"),
        (["--width", "5"], "width"),
        (["--width", "30000", "--height", "30000"], "100,000,000"),
        (["--seed", "-1"], "seed"),
        (["--contrast", "2"], "contrast"),
        (["--crack-width", "9,2"], "crack_width"),
    ],
)
def test_impossible_wishes_are_one_sentence(tmp_path, capsys, arguments, words):
    assert run(tmp_path / "out", *arguments) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert words in lines[0]
    assert not (tmp_path / "out").exists()
