"""The commands of the backend as part of the program: passed on word for word."""

import subprocess
import sys

import pytest

from annotator.cli import program
from annotator.services.backend import BACKEND_COMMANDS


def test_the_help_lists_them_with_a_line_each(capsys):
    assert program.main(["--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for name, line in BACKEND_COMMANDS.items():
        assert f"{name} {line}" in text


@pytest.mark.parametrize("name", BACKEND_COMMANDS)
def test_each_has_its_own_help_without_loading_torch(name):
    code = (
        "import sys; from annotator.cli.program import main; status = main(sys.argv[1:]); "
        "assert 'torch' not in sys.modules; sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, name, "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"Usage: crack-annotator {name}" in done.stdout


def test_arguments_and_exit_status_go_through(capsys):
    assert program.main(["train", "--presets"]) == 0
    assert "subpixel_unet:" in capsys.readouterr().out
    assert program.main(["train", "-o", "nowhere", "--set", "nonsense"]) == 2
    assert "'nonsense' should be NAME=VALUE" in capsys.readouterr().err
    assert program.main(["predict", "--nosuch"]) == 2
    assert "--nosuch" in capsys.readouterr().err


def test_a_stop_is_told_once(monkeypatch, capsys):
    def stopped(_arguments: object, _program: str) -> int:
        print("Stopped; what is done is kept.", file=sys.stderr)
        return program.INTERRUPTED

    def interrupted(_arguments: object, _program: str) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "run_backend", stopped)
    assert program.main(["predict", "photos"]) == program.INTERRUPTED
    assert capsys.readouterr().err == "Stopped; what is done is kept.\n"
    monkeypatch.setattr(program, "run_backend", interrupted)
    assert program.main(["predict", "photos"]) == program.INTERRUPTED
    assert capsys.readouterr().err == "Error: Stopped.\n"


def test_a_folder_of_the_same_name_is_not_opened_instead(tmp_path, monkeypatch, capsys):
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    assert program.main(["models", "list"]) == 0
    assert "default" in capsys.readouterr().out
