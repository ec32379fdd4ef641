"""Folders of exports under way."""

import signal
import subprocess
import sys

import pytest

from annotator.exporters.unfinished import remove_leftovers, unfinished_folder

EXPORT = """
import sys, time
from pathlib import Path
from annotator.exporters.unfinished import unfinished_folder
with unfinished_folder(Path(sys.argv[1])) as folder:
    folder.mkdir()
    (folder / "1.png").write_bytes(b"1")
    print("filling", flush=True)
    time.sleep(60)
"""


def test_one_in_use_stays_and_leaves_nothing_behind(tmp_path):
    with unfinished_folder(tmp_path) as folder:
        folder.mkdir()
        remove_leftovers(tmp_path)
        assert folder.is_dir()
        folder.rename(tmp_path / "done")
    assert [path.name for path in tmp_path.iterdir()] == ["done"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_one_of_a_killed_process_goes_and_one_of_a_living_process_stays(tmp_path):
    command = [sys.executable, "-c", EXPORT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "filling\n"
        remove_leftovers(tmp_path)
        (folder,) = tmp_path.glob("*.part")
        assert (folder / "1.png").is_file()
        process.kill()
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_can_tell_the_owner_of_is_left_alone(tmp_path):
    (tmp_path / ".crack-annotator-0123.part").mkdir()
    remove_leftovers(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
