"""The program itself: help, version, light start, exit statuses and one-sentence errors."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import annotator.__main__
from annotator import __version__
from annotator.cli.program import COMMANDS, main
from annotator.errors import AnnotatorError
from annotator.services.kernel_cache import choose_kernel_cache

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ["numba", "scipy", "torch", "PySide6", "cv2", "tifffile", "PIL", "numpy", "rich"]


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch):
    monkeypatch.delenv("CRACK_ANNOTATOR_DEBUG", raising=False)


def run_python(*arguments):
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def one_error(capsys):
    """Return the only line on stderr."""
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert len(lines) == 1, captured.err
    assert lines[0].startswith("Error: ")
    assert "Traceback" not in captured.err
    return lines[0]


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"crack-annotator {__version__}\n"


def test_help_names_every_command_and_gives_examples(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert f"  {command} " in text
    assert "crack-annotator trace wall.jpg 120,80 940,610 -o wall_mask.png" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(capsys, command):
    assert main([command, "--help"]) == 0
    assert f"crack-annotator {command}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["demo", "--help"]])
def test_start_is_light(arguments):
    program = (
        "import sys; from annotator.cli.program import main; "
        f"assert main({arguments}) == 0; "
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    assert run_python("-c", program).stderr.strip() == "[]"


def test_module_runs_as_a_program():
    done = run_python("-m", "annotator", "--version")
    assert (done.returncode, done.stdout) == (0, f"crack-annotator {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trac"], "Did you mean 'trace'"),
        (["--versoin"], "No such option"),
        (["synth"], "Missing argument"),
        (["synth", "x", "--width", "wide"], "--width"),
        (["synth", "x", "--count", "0"], "--count"),
        (["synth", "x", "--format", "gif"], "jpg or png"),
        (["synth", "x", "--crack-width", "a,b"], "'a,b'"),
        (["trace", "a.jpg", "1,2", "3,4"], "--output"),
    ],
)
def test_wrong_command_lines_are_one_sentence_and_status_2(capsys, arguments, words):
    assert main(arguments) == 2
    assert words in one_error(capsys)


def test_debug_shows_where_an_error_arose(tmp_path, monkeypatch):
    missing = str(tmp_path / "none.jpg")
    for arguments in (["--debug", "open", missing], ["open", missing, "--debug"]):
        with pytest.raises(AnnotatorError, match="does not exist"):
            main(arguments)
    monkeypatch.setenv("CRACK_ANNOTATOR_DEBUG", "1")
    with pytest.raises(AnnotatorError, match="does not exist"):
        main(["open", missing])


def test_a_defect_is_one_sentence_that_asks_for_a_report():
    program = (
        "import sys, annotator.cli.window as window, annotator.__main__ as entry\n"
        "def broken(_screenshot): raise ZeroDivisionError('by nothing')\n"
        "window.require_screen = broken\n"
        "sys.argv = ['crack-annotator', 'demo'] + sys.argv[1:]\n"
        "sys.exit(entry.main())"
    )
    done = run_python("-c", program)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "ZeroDivisionError: by nothing" in done.stderr
    assert "--debug" in done.stderr
    done = run_python("-c", program, "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_entry_point_returns_the_status(monkeypatch, capsys):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(sys, "argv", ["crack-annotator", "trac"])
    monkeypatch.setenv("NUMBA_CACHE_DIR", "stays")
    assert annotator.__main__.main() == 2
    one_error(capsys)
    assert annotator.__main__.sys.excepthook is not sys.__excepthook__


@pytest.mark.parametrize(("before", "after"), [("mine", "mine"), (None, "kernels")])
def test_kernels_are_kept_where_the_user_may_write(monkeypatch, before, after):
    monkeypatch.setenv("NUMBA_CACHE_DIR", before or "")
    if before is None:
        monkeypatch.delenv("NUMBA_CACHE_DIR")
    choose_kernel_cache()
    assert Path(os.environ["NUMBA_CACHE_DIR"]).name == after


def test_out_of_memory_is_a_sentence(monkeypatch, capsys):
    def exhausted(_screenshot):
        raise MemoryError

    monkeypatch.setattr("annotator.cli.window.require_screen", exhausted)
    assert main(["demo"]) == 1
    assert "not enough memory" in one_error(capsys)


@pytest.fixture
def window(monkeypatch):
    """Stand in for the window and record how it was opened."""
    calls = []

    def run(paths, *, screenshot=None):
        calls.append((list(paths), screenshot))
        return 7 if paths == [Path("gives seven")] else 0

    monkeypatch.setitem(sys.modules, "annotator.app", SimpleNamespace(run=run))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return calls


@pytest.fixture
def no_screen(monkeypatch, window):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "QT_LOGGING_RULES"):
        monkeypatch.setenv(name, "")
    return window


def test_no_command_opens_the_window(window):
    assert main([]) == 0
    assert window == [([], None)]


def test_open_passes_paths(window, tmp_path):
    photo = tmp_path / "é 裂.jpg"
    photo.touch()
    assert main(["open", str(photo), str(tmp_path)]) == 0
    assert main([str(photo)]) == 0  # a photograph dropped on the program
    assert window == [([photo, tmp_path], None), ([photo], None)]


def test_open_refuses_what_is_not_there(window, tmp_path, capsys):
    assert main(["open", str(tmp_path / "none")]) == 1
    assert "does not exist" in one_error(capsys)
    assert window == []


def test_status_of_the_window_is_the_status_of_the_program(window, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("gives seven").touch()
    assert main(["open", "gives seven"]) == 7


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux may lack a screen")
@pytest.mark.parametrize("arguments", [[], ["open"], ["demo"]])
def test_without_a_screen_a_sentence_says_what_to_do(no_screen, capsys, arguments):
    assert main(arguments) == 2
    text = one_error(capsys)
    assert "xvfb-run" in text
    assert "--screenshot" in text
    assert no_screen == []


def test_missing_library_is_a_sentence(monkeypatch, capsys):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setitem(sys.modules, "annotator.app", None)  # what makes an import fail
    assert main([]) == 1
    assert "README" in one_error(capsys)


@pytest.fixture
def small_samples(monkeypatch):
    monkeypatch.setattr("annotator.services.sample_project.WIDTH", 96)
    monkeypatch.setattr("annotator.services.sample_project.HEIGHT", 64)


def test_demo_makes_three_photographs_once(window, small_samples, tmp_path):
    folder = tmp_path / "sample é"
    assert main(["demo", "--folder", str(folder)]) == 0
    names = sorted(path.name for path in (folder / "images").iterdir())
    assert names == ["asphalt.jpg", "concrete.jpg", "steel.jpg"]
    assert (folder / "masks" / "steel.png").is_file()
    (folder / "images" / "steel.jpg").write_bytes(b"mine")
    (folder / "masks" / "asphalt.png").unlink()
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    assert main(["demo", "--folder", str(folder)]) == 0
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before
    assert window == [([folder / "images"], None)] * 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux may lack a screen")
def test_demo_screenshot_needs_no_screen(no_screen, small_samples, tmp_path, monkeypatch):
    picture = tmp_path / "window.png"
    arguments = ["demo", "--folder", str(tmp_path / "s"), "--screenshot", str(picture)]
    assert main(arguments) == 0
    assert no_screen == [([tmp_path / "s" / "images"], picture)]
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"


def test_demo_folder_that_cannot_be_made(window, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["demo", "--folder", str(tmp_path / "file")]) == 1
    assert "is a file" in one_error(capsys)
    assert window == []


def test_default_sample_folder_is_in_the_users_data(monkeypatch, tmp_path):
    from annotator.services.sample_project import default_sample_folder

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = default_sample_folder()
    assert folder.name == "sample"
    assert folder.parent.name == "crack-annotator"
