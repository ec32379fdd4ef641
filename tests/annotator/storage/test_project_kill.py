"""Kill -9 at any moment: the project opens with everything that was acknowledged as saved."""

import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from annotator.services.project_check import check_project
from annotator.storage.project_store import ProjectStore
from tests.annotator.storage.project_samples import make_store, prediction_codes

N_KILLS = 30

WRITER = """
import sys
from pathlib import Path
import numpy as np
from annotator.document.block_raster import BlockRaster
from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.storage.project_store import ProjectStore
from tests.annotator.storage.project_samples import traced_crack

number = int(sys.argv[2])
with ProjectStore.open(Path(sys.argv[1]), author="Anna") as store:
    print("open", flush=True)
    while True:
        number += 1
        identifier = number % 3 + 1
        values = np.random.default_rng(number).integers(0, 2, (60, 60), np.uint8)
        values[0, 0] = values[-1, -1] = 1
        content, damages = store.load(identifier)
        assert not damages, damages
        cracks = [c for c in content.cracks if c.identifier != "painted"][-3:]
        cracks.append(Crack(BlockRaster.from_array(number, 0, values), identifier="painted"))
        if number % 4 == 0:
            cracks.append(traced_crack())
        boxes = (BoundingBox((number, 0, number + 1, 1), identifier="box"),)
        store.save(identifier, ImageContent(tuple(cracks), boxes), str(number))
        print(number, flush=True)
        if number % 10 == 0:
            store.checkpoint()
"""


WRITER_OF_MANY = """
import sys
from pathlib import Path
import numpy as np
from annotator.document.block_raster import BlockRaster
from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.storage.project_store import ContentSave, ProjectStore

number = int(sys.argv[2])
with ProjectStore.open(Path(sys.argv[1]), author="Anna") as store:
    print("open", flush=True)
    while True:
        number += 1
        saves = []
        for identifier in range(1, 21):
            values = np.random.default_rng(number + identifier).integers(0, 2, (60, 60), np.uint8)
            values[0, 0] = values[-1, -1] = 1
            crack = Crack(BlockRaster.from_array(number, 0, values), identifier="painted")
            box = BoundingBox((number, 0, number + 1, 1), identifier="box")
            saves.append(ContentSave(identifier, ImageContent((crack,), (box,)), str(number)))
        store.save_many(saves)
        print(number, flush=True)
"""


WRITER_OF_VERDICTS = """
import sys
from pathlib import Path
from annotator.document.note import Note
from annotator.document.verdicts import accept, reject, reopen
from annotator.storage.predictions import PredictionRecord
from annotator.storage.project_store import Effort, ProjectStore
from tests.annotator.storage.project_samples import prediction_codes
from tests.crack_factory import make_candidate

number = int(sys.argv[2])
with ProjectStore.open(Path(sys.argv[1]), author="Anna") as store:
    print("open", flush=True)
    while True:
        number += 1
        content, damages = store.load(1)
        assert not damages, damages
        names = [item.identifier for item in content.open_candidates]
        if not names:
            found = [make_candidate(f"{number}-{place}") for place in range(3)]
            content = content.with_candidates(found)
            record = PredictionRecord(1, "key", "model", 0.5, "", (30, 20), made_at=str(number))
            store.predictions.save(record, prediction_codes(number))
        else:
            content = (accept, reject)[number % 2](content, names[0])
            store.add_effort(Effort(1, names[0], "review", 1.0))
        if number % 7 == 0:
            decided = [item.identifier for item in content.candidates if item.is_decided]
            content = reopen(content, decided[0]) if decided else content
        note = Note(number, 0, str(number), identifier="number")
        content = content.without_note("number").with_note(note)
        store.save(1, content, str(number))
        print(number, flush=True)
"""


def run_and_kill(folder, start, seconds, writer=WRITER):
    """Run the writer, kill it after a while, and return the last save it acknowledged."""
    command = [sys.executable, "-c", writer, str(folder), str(start)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        if process.stdout.readline() != "open\n":
            raise AssertionError(process.stderr.read())
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        lines, errors = process.communicate()
    assert process.returncode == -signal.SIGKILL, errors
    # A line that was cut off acknowledges nothing.
    whole = [line for line in lines.splitlines(keepends=True) if line.endswith("\n")]
    return max(map(int, whole), default=start)


def number_on(store, identifier):
    """Return the number of the save that an image shows, the same in its crack and its box."""
    content, damages = store.load(identifier)
    assert damages == []
    if not content.boxes:
        return 0
    (painted,) = (crack for crack in content.cracks if crack.identifier == "painted")
    number = content.boxes[0].box[0]
    assert painted.box == (number, 0, number + 60, 60)
    assert all(crack.path is not None for crack in content.cracks if crack is not painted)
    return number


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_what_was_acknowledged_is_there(tmp_path):
    store = make_store(tmp_path)
    store.close()
    dice = random.Random(7)
    last = 0
    for _ in range(N_KILLS):
        acknowledged = run_and_kill(store.folder, last, dice.uniform(0.0, 0.25))
        with ProjectStore.open(store.folder, author="Anna") as again:
            assert again.damages == []
            newest = max(number_on(again, identifier) for identifier in (1, 2, 3))
            # The save in progress may be there or not; no earlier one may be missing.
            assert newest in (acknowledged, acknowledged + 1)
            for number in range(max(newest - 2, 1), newest + 1):
                assert number_on(again, number % 3 + 1) == number
            written = [line.text for line in again.journal() if line.text.isdecimal()]
            assert written == [str(number) for number in range(1, newest + 1)]
        last = newest
    assert last > N_KILLS
    report = check_project(store.folder, author="Anna", is_repairing=True)
    assert report.n_open == 3  # the photographs of the test are none
    assert all("not an image" in f.text for f in report.findings if not f.is_repaired)
    with ProjectStore.open(store.folder, author="Anna") as again:
        assert number_on(again, last % 3 + 1) == last


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_of_many_contents_saved_at_once_all_are_there_or_none(tmp_path):
    store = make_store(tmp_path, 20)
    store.close()
    dice = random.Random(3)
    last = 0
    for _ in range(10):
        acknowledged = run_and_kill(store.folder, last, dice.uniform(0.1, 0.8), WRITER_OF_MANY)
        with ProjectStore.open(store.folder, author="Anna") as again:
            assert again.damages == []
            (last,) = {number_on(again, identifier) for identifier in range(1, 21)}
            assert last in (acknowledged, acknowledged + 1)
            written = [line.text for line in again.journal() if line.text.isdecimal()]
            assert written == [str(n) for n in range(1, last + 1) for _ in range(20)]
    assert last


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_verdicts_and_their_cracks_stay_together(tmp_path):
    store = make_store(tmp_path)
    store.close()
    dice = random.Random(5)
    last = 0
    for _ in range(10):
        acknowledged = run_and_kill(store.folder, last, dice.uniform(0.1, 0.8), WRITER_OF_VERDICTS)
        with ProjectStore.open(store.folder, author="Anna") as again:
            content, damages = again.load(1)
            assert damages == []
            last = int(content.notes[0].text) if content.notes else 0
            assert last in (acknowledged, acknowledged + 1)
            accepted = {item.identifier for item in content.candidates if "acc" in item.verdict}
            assert {crack.identifier for crack in content.cracks} == accepted
            # A prediction is whole, or there is none.
            found = again.predictions.load(1, "key")
            if found is not None:
                codes = prediction_codes(int(found[0].made_at))
                assert np.array_equal(found[1], codes)
    assert last > 10
    check_project(store.folder, author="Anna", is_repairing=True)
    with ProjectStore.open(store.folder, author="Anna") as again:
        assert again.predictions.leftovers([1]) == []
        assert int(again.load(1)[0].notes[0].text) == last
