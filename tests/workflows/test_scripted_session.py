"""From a folder of photographs to a CSB data set, by mouse and keys only.

    CRACK_ANNOTATOR_STALL_MS=50 python -m pytest -s tests/workflows/test_scripted_session.py

fails where the window does not come back to its events for longer than that; otherwise the longest
such time is only printed.
"""

import hashlib
import os

import numpy as np
import pytest
from PIL import Image, ImageOps

from annotator.document.mask import union_mask
from annotator.workers.trace_work import EngineTracer
from tests.annotator.exporters.csb_reader import read_entire_images
from tests.session_factory import StraightTracer
from tests.workflows.scripted_session import SIZE, annotate, export_csb, make_photographs
from tests.workflows.stall_watch import StallWatch
from tests.workflows.user_hand import close_window, open_window

pytestmark = pytest.mark.gui
LONGEST_STALL_S = float(os.environ.get("CRACK_ANNOTATOR_STALL_MS", "inf")) / 1000
STATES = ["reviewed", "approved", "approved", "no crack", "needs work"]


@pytest.fixture(params=["straight", pytest.param("engine", marks=pytest.mark.slow)])
def tracer(request):
    return StraightTracer() if request.param == "straight" else EngineTracer()


@pytest.fixture
def hand(qapp, tmp_path, tracer):
    hand = open_window(tmp_path / "settings.ini", tracer)
    yield hand
    close_window(hand)


def digests(paths):
    return {path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
            for path in paths}  # fmt: skip


def upright(path):
    with Image.open(path) as picture:
        return np.asarray(ImageOps.exif_transpose(picture))


def test_from_a_folder_to_a_data_set(hand, tmp_path, record_property):
    photographs = make_photographs(tmp_path / "beams")
    before = digests(photographs)
    target = tmp_path / "sets" / "CSB"
    target.parent.mkdir()
    hand.tempo_ms = 1  # so that nothing but the window itself keeps it from its events
    with StallWatch() as watch:
        hand.open_folder(tmp_path / "beams")
        for _step in annotate(hand):
            pass
        hand.wait_until_quiet()
        export_csb(hand, target)
        hand.wait_for_dialog("export_report").close()
        hand.come_back()
    record_property("longest_stall_ms", round(1000 * watch.longest_s))
    print(watch.report())
    assert watch.longest_s < LONGEST_STALL_S, watch.report()

    entries = hand.session.entries
    assert [str(entry.state) for entry in entries] == STATES

    found = read_entire_images(target)
    groups = {name.partition(".")[0]: group for group, images in found.items() for name in images}
    assert {name: group.partition("_")[0] for name, group in groups.items()} == {
        "beam 1": "crack", "beam 2": "crack", "beam 3": "crack", "beam 4": "nocrack",
    }  # fmt: skip
    assert len(found["crack_test"]) + len(found["nocrack_test"]) == 1
    pairs = {name: pair for images in found.values() for name, pair in images.items()}
    for entry in entries[:4]:
        name = "beam 3.png" if entry.name == "beam 3.jpg" else entry.name
        pixels, mask = pairs[name]
        assert np.array_equal(pixels, upright(entry.path))
        assert np.array_equal(mask, union_mask(entry.cracks, SIZE[::-1]) != 0)
        assert mask.any() == (entry.name != "beam 4.png")
    assert digests(photographs) == before
    assert sorted(path.name for path in (tmp_path / "beams").iterdir()) == sorted(before)
