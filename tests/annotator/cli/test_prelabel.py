"""The command prelabel with a real model in a real process, which is killed on its way."""

import os
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from PIL import Image

from annotator.cli.program import main
from annotator.services.project_check import check_project
from annotator.storage.project_store import ProjectStore

N_IMAGES = 6
PATIENCE_S = 240


@pytest.fixture
def project(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(N_IMAGES):
        grey = np.random.default_rng(number).normal(150, 6, (200, 260))
        course = np.array([(10, 40 + 5 * number), (90, 80), (170, 60), (250, 130)], np.int32)
        dark = np.zeros(grey.shape, np.float64)
        cv2.polylines(dark, [course], False, 1.0, 3)
        grey -= 90 * cv2.GaussianBlur(dark, (0, 0), 0.8)
        Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(photos / f"{number}.png")
    folder = tmp_path / "photos.crackproj"
    assert main(["new", str(folder), "--images", str(photos)]) == 0
    return folder


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def children_of(pid):
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(line) for line in listed.stdout.split()]


def wait_until(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE_S)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_run_that_was_killed_goes_on_where_it_stopped(project, capsys):
    command = [sys.executable, "-m", "annotator", "prelabel", str(project)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        wait_until(lambda: len(list(project.glob("candidates/*/*.zip"))) >= 2 or run.poll() == 0)
        children = children_of(run.pid)
        run.send_signal(signal.SIGKILL)
    wait_until(lambda: not any(map(is_running, children)))
    with ProjectStore.open(project, author="Eve", read_only=True) as store:
        before = store.reviews.candidates()
    assert before
    capsys.readouterr()
    assert main(["prelabel", str(project)]) == 0
    assert "done before" in capsys.readouterr().out
    with ProjectStore.open(project, author="Eve", read_only=True) as store:
        after = store.reviews.candidates()
        assert len(store.predictions.records()) == N_IMAGES
        assert {record.state for record in store.images()} == {"predicted"}
    # What was complete is as it was.
    done = {candidate.image for candidate in before}
    assert [item for item in after if item.image in done] == before
    assert {candidate.image for candidate in after} == set(range(1, N_IMAGES + 1))
    report = check_project(project, author="Eve", is_repairing=True)
    assert report.n_open == 0
