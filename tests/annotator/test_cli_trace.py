"""`trace` with the real engine: outputs, orientations, batch lists and bad input."""

import errno
import json

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image

from annotator import __version__
from annotator.cli import progress
from annotator.cli.program import main
from annotator.storage import atomic
from annotator.storage.mask_io import load_mask

# The first trace on a fresh machine compiles the kernels.
pytestmark = pytest.mark.timeout(600)

WIDTH, HEIGHT, CRACK_ROW = 120, 90, 40
POINTS = ["10,40", "110,40"]


def crack_pixels():
    """A dark line of 3 px along row 40 on a noisy wall, columns 6 to 114."""
    pixels = np.random.default_rng(3).normal(180, 5, (HEIGHT, WIDTH, 1)).repeat(3, axis=2)
    pixels[CRACK_ROW - 1 : CRACK_ROW + 2, 6:115] = 60
    return pixels.clip(0, 255).astype(np.uint8)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photos" / "wall.png"
    path.parent.mkdir()
    Image.fromarray(crack_pixels()).save(path)
    return path


@pytest.fixture
def mask(tmp_path):
    return tmp_path / "mask.png"


def run(*arguments):
    return main([str(argument) for argument in arguments])


def fails(capsys, *arguments, status=1):
    """Run a command that must fail and return its sentence."""
    assert run(*arguments) == status
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("Error: ")
    return lines[0]


def assert_is_the_crack(mask_path, horizontal=True):
    mask = load_mask(mask_path)
    mask = mask if horizontal else mask.T
    rows, columns = np.nonzero(mask)
    assert abs(np.median(rows) - CRACK_ROW) <= 1
    assert columns.min() <= 12
    assert columns.max() >= 108
    assert 1 <= mask[:, 20:100].sum(axis=0).mean() <= 6


def test_mask_and_record(photo, mask, tmp_path, capsys):
    record_path = tmp_path / "trace.json"
    assert run("trace", photo, *POINTS, "-o", mask, "--json", record_path) == 0
    captured = capsys.readouterr()
    assert str(mask) in captured.out
    assert captured.err == ""
    with Image.open(mask) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (WIDTH, HEIGHT))
        assert np.unique(np.asarray(picture)).tolist() == [0, 255]
    assert_is_the_crack(mask)

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    record = json.loads(record_path.read_text("utf-8"), parse_constant=refuse)
    line, widths = np.array(record["centerline"]), np.array(record["half_widths"])
    steps = np.hypot(*np.diff(line, axis=0).T)
    assert steps.max() <= 1.002  # coordinates are rounded to 1/1000 px
    assert np.hypot(*(line[0] - [10, 40])) < 5
    assert np.hypot(*(line[-1] - [110, 40])) < 5
    assert widths.shape == line.shape
    assert len(record["confidence"]) == len(record["edge_visible"]) == len(line)
    assert 0 <= min(record["confidence"]) <= max(record["confidence"]) <= 1
    assert record["length_px"] == pytest.approx(steps.sum(), rel=0.01)
    assert set(record["width_px"]) == {"mean", "median", "p95", "max"}
    assert record["seconds"]["total"] > 0
    assert record["parameters"]["polarity"] in {"auto", "dark"}
    assert record["version"] == __version__
    assert record["image"] == {"file": "wall.png", "width": WIDTH, "height": HEIGHT}


def test_waypoints_are_visited_in_order(photo, mask, tmp_path):
    record_path = tmp_path / "trace.json"
    arguments = ["trace", photo, "110,40", "60,40", "10,40", "-o", mask, "--json", record_path]
    assert run(*arguments) == 0
    record = json.loads(record_path.read_text("utf-8"))
    assert [round(x, -1) for x, _ in record["waypoints"]] == [110, 60, 10]
    assert record["centerline"][0][0] > record["centerline"][-1][0]


def test_options_reach_the_record(photo, mask, tmp_path):
    record_path = tmp_path / "trace.json"
    options = ["--scales", "1,3", "--n-orientations", "12", "--polarity", "dark", "--xi", "0.3"]
    assert run("trace", photo, *POINTS, "-o", mask, "--json", record_path, *options) == 0
    parameters = json.loads(record_path.read_text("utf-8"))["parameters"]
    assert parameters["scales"] == [1, 3]
    assert parameters["n_orientations"] == 12
    assert parameters["polarity"] == "dark"
    assert parameters["xi"] == 0.3


def test_every_parameter_is_an_option_with_its_default(capsys):
    from dataclasses import fields

    from annotator.services.tracing import parameters_from

    assert run("trace", "--help") == 0
    text = " ".join(capsys.readouterr().out.split())
    defaults = parameters_from("default")
    for field in fields(defaults):
        default = getattr(defaults, field.name)
        if isinstance(default, tuple):
            default = ",".join(f"{value:g}" for value in default)
        option = text.split(f"--{field.name.replace('_', '-')} ", 1)[1]
        assert option.split("[preset default: ")[1].startswith(f"{default}]")


def test_outputs_are_replaced_and_the_photograph_is_not(photo, mask):
    before = photo.read_bytes()
    mask.write_bytes(b"an earlier mask")
    assert run("trace", photo, *POINTS, "-o", mask) == 0
    assert_is_the_crack(mask)
    assert photo.read_bytes() == before
    assert len(list(photo.parent.iterdir())) == 1


def test_exif_rotated_photograph_is_clicked_and_masked_upright(tmp_path, mask):
    # Stored sideways: upright, the crack is the horizontal line of crack_pixels.
    stored = np.rot90(crack_pixels(), 1)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be turned by 90 degrees clockwise
    path = tmp_path / "phone.jpg"
    Image.fromarray(stored).save(path, exif=exif, quality=95)
    assert run("trace", path, *POINTS, "-o", mask) == 0
    assert load_mask(mask).shape == (HEIGHT, WIDTH)
    assert_is_the_crack(mask)


def test_upright_photograph_of_the_same_pixels(tmp_path, mask):
    path = tmp_path / "upright.png"
    Image.fromarray(np.rot90(crack_pixels(), 1).swapaxes(0, 1)[:, ::-1]).save(path)
    assert run("trace", path, *POINTS, "-o", mask) == 0
    assert_is_the_crack(mask)


def deep(pixels):
    return pixels.astype(np.uint16) * 257


@pytest.mark.parametrize(
    "kind",
    ["deep.tif", "deep_color.tif", "float_nan.tif", "rgba.png", "palette.png", "cmyk.jpg",
     "grey.jpg", "bright.png", "Straße 裂缝.png"],
)  # fmt: skip
def test_every_kind_of_image_can_be_traced(tmp_path, mask, kind):
    pixels, path = crack_pixels(), tmp_path / kind
    picture = Image.fromarray(pixels)
    if kind == "deep.tif":
        tifffile.imwrite(path, deep(pixels[..., 0]))
    elif kind == "deep_color.tif":
        tifffile.imwrite(path, deep(pixels), photometric="rgb")
    elif kind == "float_nan.tif":
        values = pixels[..., 0].astype(np.float32) * 10
        values[70:75, 30:40] = np.nan
        tifffile.imwrite(path, values)
    elif kind == "bright.png":
        Image.fromarray(255 - pixels).save(path)
    else:
        modes = {"rgba.png": "RGBA", "palette.png": "P", "cmyk.jpg": "CMYK", "grey.jpg": "L"}
        picture.convert(modes.get(kind, "RGB")).save(path)
    record_path = tmp_path / "record.json"
    assert run("trace", path, *POINTS, "-o", mask, "--json", record_path) == 0
    assert_is_the_crack(mask)
    notes = json.loads(record_path.read_text("utf-8"))["notes"]
    assert any("NaN" in note for note in notes) == (kind == "float_nan.tif")


def test_a_photograph_20000_px_wide(tmp_path, mask):
    pixels = np.random.default_rng(3).normal(180, 5, (90, 20_000)).clip(0, 255).astype(np.uint8)
    pixels[39:42, 19_800:19_990] = 60
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    assert run("trace", tmp_path / "wide.png", "19810,40", "19980,40", "-o", mask) == 0
    rows, columns = np.nonzero(load_mask(mask))
    assert columns.min() > 19_700
    assert abs(np.median(rows) - 40) <= 1


def test_bad_images(tmp_path, mask, capsys):
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.jpg").touch()
    Image.fromarray(crack_pixels()).save(tmp_path / "whole.jpg")
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    tifffile.imwrite(tmp_path / "nan.tif", np.full((90, 120), np.nan, np.float32))
    words = {
        "text.jpg": "is not an image",
        "empty.jpg": "zero bytes",
        "cut.jpg": "ends early",
        "nan.tif": "finite",
        "none.jpg": "does not exist",
        ".": "is a folder",
    }
    for name, expected in words.items():
        assert expected in fails(capsys, "trace", tmp_path / name, *POINTS, "-o", mask)
    assert not mask.exists()


def test_one_pixel_image(tmp_path, mask, capsys):
    Image.new("RGB", (1, 1)).save(tmp_path / "a.png")
    assert "same pixel" in fails(capsys, "trace", tmp_path / "a.png", "0,0", "0,0", "-o", mask)
    text = fails(capsys, "trace", tmp_path / "a.png", "0,0", "1,0", "-o", mask)
    assert "outside the image, which is 1 x 1" in text


def test_flat_image(tmp_path, mask, capsys):
    Image.new("L", (WIDTH, HEIGHT), 128).save(tmp_path / "a.png")
    assert "flat" in fails(capsys, "trace", tmp_path / "a.png", *POINTS, "-o", mask)
    assert not mask.exists()


@pytest.mark.parametrize("point", ["-3,5", "-0.9,5", "120,5", "5,90", "1e9,5", "-.6,-7"])
def test_points_outside(photo, mask, capsys, point):
    text = fails(capsys, "trace", photo, point, "110,40", "-o", mask)
    assert "outside the image, which is 120 x 90 pixels" in text
    assert not mask.exists()


def test_points_may_be_fractions_up_to_the_edge_of_the_border_pixels(photo, mask):
    assert run("trace", photo, "-0.4,40.2", "119.3,40", "-o", mask) == 0


def test_both_points_on_one_pixel(photo, mask, capsys):
    assert "same pixel" in fails(capsys, "trace", photo, "10,40", "10.2,40.1", "-o", mask)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["10,40"], "at least two points"),
        (["10,40", "abc"], "'abc' is not a point"),
        (["10,40", "1,2,3"], "'1,2,3' is not a point"),
        (["10,40", "nan,3"], "'nan,3' is not a point"),
        (["10,40", "50"], "'50' is not a point"),
        ([*POINTS, "--polarity", "red"], "dark"),
        ([*POINTS, "--scales", "1;2"], "'1;2'"),
        ([*POINTS, "--scales", "1,nan"], "'1,nan'"),
        ([*POINTS, "--xi", "-1"], "xi is -1"),
        ([*POINTS, "--preset", "best"], "no preset 'best'"),
        ([*POINTS, "--polarty", "dark"], "--polarity"),
        ([*POINTS, "--images", "x"], "--images goes with --batch"),
        (["--batch", "x", "--images", "y"], "neither photograph nor points"),
    ],
)
def test_wrong_command_lines(photo, mask, capsys, arguments, words):
    assert words in fails(capsys, "trace", photo, *arguments, "-o", mask, status=2)
    assert not mask.exists()


def test_incomplete_command_lines(mask, capsys):
    assert "Name a photograph" in fails(capsys, "trace", "-o", mask, status=2)
    text = fails(capsys, "trace", "--batch", "items.jsonl", "-o", mask, status=2)
    assert "--images DIR" in text
    arguments = ["trace", "--batch", "a", "--images", "b", "--json", "c", "-o", mask]
    assert "--json goes with" in fails(capsys, *arguments, status=2)


def test_outputs_that_would_harm_are_refused(photo, mask, capsys):
    before = photo.read_bytes()
    for output in (photo, photo.parent / "WALL.PNG", photo.parent / ".." / "photos" / "wall.png"):
        assert "photograph itself" in fails(capsys, "trace", photo, *POINTS, "-o", output)
    arguments = ["trace", photo, *POINTS, "-o", mask, "--json"]
    assert "photograph itself" in fails(capsys, *arguments, photo)
    assert "mask itself" in fails(capsys, *arguments, mask)
    assert photo.read_bytes() == before
    assert len(list(photo.parent.iterdir())) == 1
    assert not mask.exists()


def test_outputs_that_would_fail_are_refused_before_the_work(photo, tmp_path, capsys):
    outputs = {"mask.jpg": 2, "none/mask.png": 1}
    for name, status in outputs.items():
        text = fails(capsys, "trace", photo, *POINTS, "-o", tmp_path / name, status=status)
        assert ("must end in .png" if status == 2 else "does not exist") in text


def fill_the_disk(monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)


def test_disk_full_keeps_the_earlier_mask(photo, mask, capsys, monkeypatch):
    mask.write_bytes(b"an earlier mask")
    fill_the_disk(monkeypatch)
    assert "disk is full" in fails(capsys, "trace", photo, *POINTS, "-o", mask)
    assert mask.read_bytes() == b"an earlier mask"
    assert sorted(path.name for path in mask.parent.iterdir()) == ["mask.png", "photos"]


def test_interrupt_is_quiet(photo, mask, monkeypatch, capsys):
    def interrupt(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("annotator.services.tracing.trace_crack", interrupt)
    assert run("trace", photo, *POINTS, "-o", mask) == 130
    assert "Traceback" not in capsys.readouterr().err
    assert not mask.exists()


# Batch lists


@pytest.fixture
def items(tmp_path):
    """Write a list of cracks and return its path."""

    def write(*lines):
        path = tmp_path / "items.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return path

    return write


def crack(name="wall.png", mask_name="wall.png", **changes):
    return {"image": name, "mask": mask_name, "from": [10, 40], "to": [110, 40], **changes}


def run_batch(path, photo, output):
    return run("trace", "--batch", path, "--images", photo.parent, "-o", output)


def test_batch_writes_a_mask_and_a_record(photo, items, tmp_path, capsys):
    output = tmp_path / "out" / "new"
    lines = [crack(mask_name="1.png", via=[[60, 40]]), crack(mask_name="deep/2.png")]
    assert run_batch(items(*lines), photo, output) == 0
    captured = capsys.readouterr()
    assert "2 cracks traced, 2 masks written" in captured.out
    assert captured.err == ""
    names = {path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file()}
    assert names == {"1.png", "1.json", "deep/2.png", "deep/2.json"}
    record = json.loads((output / "1.json").read_text("utf-8"))
    assert len(record["waypoints"]) == 3
    assert record["image"]["file"] == "wall.png"
    assert_is_the_crack(output / "1.png")
    assert_is_the_crack(output / "deep" / "2.png")


def test_batch_unites_cracks_of_one_mask(photo, items, tmp_path):
    output = tmp_path / "out"
    halves = [crack(to=[50, 40]), crack(**{"from": [70, 40]})]
    assert run_batch(items(halves[0], crack(mask_name="x.png"), halves[1]), photo, output) == 0
    record = json.loads((output / "wall.json").read_text("utf-8"))
    assert len(record["cracks"]) == 2
    assert record["cracks"][0]["centerline"][-1][0] < 60 < record["cracks"][1]["centerline"][0][0]
    mask = load_mask(output / "wall.png")
    assert mask[CRACK_ROW, 20:45].all()
    assert mask[CRACK_ROW, 75:105].all()
    assert not mask[:, 58:62].any()
    assert "centerline" in json.loads((output / "x.json").read_text("utf-8"))


def test_batch_reports_bad_lines_and_goes_on(photo, items, tmp_path, capsys):
    output = tmp_path / "out"
    (photo.parent / "broken.png").write_bytes(b"no picture")
    path = items(
        "{oops",
        crack(mask_name="1.png"),
        crack("none.png", "2.png"),
        crack("broken.png", "3.png"),
        crack("broken.png", "3.png"),
        crack(mask_name="4.png", to=[500, 40]),
        crack(mask_name="../5.png"),
        crack(mask_name="6.png", to=[10, 40]),
        {"image": "wall.png"},
        crack(mask_name="7.png"),
    )
    assert run_batch(path, photo, output) == 1
    captured = capsys.readouterr()
    assert "2 cracks traced, 2 masks written" in captured.out
    reports = captured.err.splitlines()
    numbers = {int(line.split("line ")[1].split(":")[0]) for line in reports[:-1]}
    assert numbers == {1, 3, 4, 5, 6, 7, 8, 9}
    assert len(reports) == 9
    assert reports[-1] == "Error: 8 lines skipped; see above."
    assert all(line.startswith("items.jsonl, line ") for line in reports[:-1])
    names = sorted(path.name for path in output.iterdir())
    assert names == ["1.json", "1.png", "7.json", "7.png"]
    assert not (tmp_path / "5.png").exists()


def test_batch_goes_on_after_a_defect(photo, items, tmp_path, capsys, monkeypatch):
    from annotator.services import batch

    trace = batch.trace_crack

    def sometimes(prepared, points, parameters):
        if len(points) == 3:
            raise RuntimeError("boom")
        return trace(prepared, points, parameters)

    monkeypatch.setattr(batch, "trace_crack", sometimes)
    output = tmp_path / "out"
    lines = [crack(mask_name="1.png", via=[[60, 40]]), crack(mask_name="2.png")]
    assert run_batch(items(*lines), photo, output) == 1
    assert sorted(path.name for path in output.iterdir()) == ["2.json", "2.png"]
    error = capsys.readouterr().err
    assert "line 1" in error
    assert "boom" in error


def test_batch_mask_of_which_one_crack_failed_still_holds_a_list(photo, items, tmp_path):
    output = tmp_path / "out"
    assert run_batch(items(crack(), crack(to=[500, 40])), photo, output) == 1
    assert len(json.loads((output / "wall.json").read_text("utf-8"))["cracks"]) == 1


def test_batch_decodes_each_image_once_in_a_run(photo, items, tmp_path, monkeypatch):
    from annotator.services import trace_files

    opened = []
    load = trace_files.load_image
    monkeypatch.setattr(trace_files, "load_image", lambda path: opened.append(path) or load(path))
    lines = [crack(mask_name=f"{number}.png") for number in range(3)]
    assert run_batch(items(*lines), photo, tmp_path / "out") == 0
    assert opened == [photo.parent / "wall.png"]


def test_batch_never_writes_over_a_photograph(photo, items, tmp_path, capsys):
    before = photo.read_bytes()
    text = fails(capsys, "trace", "--batch", items(crack()), "--images", photo.parent, "-o",
                 photo.parent)  # fmt: skip
    assert "choose another" in text
    # A folder above the images, and a mask name that leads back to one.
    assert run_batch(items(crack(mask_name="photos/Wall.png")), photo, tmp_path) == 1
    assert "would be overwritten" in capsys.readouterr().err
    assert photo.read_bytes() == before
    assert [path.name for path in photo.parent.iterdir()] == ["wall.png"]


def test_batch_stops_on_a_full_disk(photo, items, tmp_path, capsys, monkeypatch):
    fill_the_disk(monkeypatch)
    path = items(crack(mask_name="1.png"), crack(mask_name="2.png"))
    assert run_batch(path, photo, tmp_path / "out") == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "disk is full" in lines[0]
    assert list((tmp_path / "out").iterdir()) == []


def test_batch_interrupted_leaves_whole_files(photo, items, tmp_path, capsys, monkeypatch):
    from annotator.services import batch

    trace, calls = batch.trace_crack, []

    def interrupt(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return trace(*arguments)

    monkeypatch.setattr(batch, "trace_crack", interrupt)
    path = items(crack(mask_name="1.png"), crack(mask_name="2.png"))
    assert run_batch(path, photo, tmp_path / "out") == 130
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1.json", "1.png"]
    assert "Stopped: 1 mask written" in capsys.readouterr().err


def test_batch_without_a_list_or_images(photo, items, tmp_path, capsys):
    missing = ["trace", "--batch", tmp_path / "none", "--images", photo.parent, "-o", tmp_path]
    assert "does not exist" in fails(capsys, *missing)
    no_images = ["trace", "--batch", items(crack()), "--images", tmp_path / "x", "-o", tmp_path]
    assert "no folder of images" in fails(capsys, *no_images)
    empty = ["trace", "--batch", items(""), "--images", photo.parent, "-o", tmp_path / "out"]
    assert "holds no cracks" in fails(capsys, *empty)


def test_progress_bar_appears_only_on_a_terminal_and_after_a_while(monkeypatch, capsys):
    monkeypatch.setattr(progress, "DELAY", 0.0)
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True)
    with progress.ProgressLine("Working") as line:
        line._timer.join()
        line.update(0.5, "Halfway")
        line.say("a remark [not markup]")
    text = capsys.readouterr().err
    assert "a remark [not markup]" in text
    assert "Halfway" in text
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: False)
    with progress.ProgressLine("Working") as line:
        line.update(0.5, "Halfway")
    assert capsys.readouterr().err == ""
