"""Starting the window: what is loaded, how it looks, and its picture for the documentation."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QColor, QImage, QPalette

from annotator.screenshot import find_crack_ends
from annotator.theme import COLORS, make_palette, make_style

pytestmark = pytest.mark.gui

HEAVY = ("torch", "torchvision", "timm", "numba", "scipy", "geodesic", "segmentation", "cv2", "PIL")
START = """
import sys
from annotator import app
from annotator.settings import Settings
from annotator.workers.trace_work import EngineTracer
session, window = app.build(app.make_application(), Settings(), EngineTracer())
window.show()
app.QApplication.processEvents()
print(",".join(name for name in sys.argv[1].split(",") if name in sys.modules))
window.close()
"""


def test_the_window_shows_before_anything_heavy_is_loaded(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", START, ",".join(HEAVY)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stdout.strip() == ""


def contrast(first, second):
    """Return the WCAG contrast ratio of two colors."""

    def luminance(color):
        parts = np.array(color.getRgbF()[:3])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return linear @ (0.2126, 0.7152, 0.0722)

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("is_dark", [False, True])
def test_text_is_legible_in_both_themes(is_dark):
    palette, role = make_palette(is_dark=is_dark), QPalette.ColorRole
    for text, ground in (
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.Text, role.AlternateBase),
        (role.ButtonText, role.Button),
        (role.HighlightedText, role.Highlight),
        (role.ToolTipText, role.ToolTipBase),
    ):
        assert contrast(palette.color(text), palette.color(ground)) > 4.5, (text, ground)
    assert all(len(colors) == 2 for colors in COLORS.values())


@pytest.mark.parametrize("is_dark", [False, True])
def test_text_is_legible_on_selected_rows_and_boxes_to_check_are_seen(is_dark):
    palette, role = make_palette(is_dark=is_dark), QPalette.ColorRole
    style = make_style(palette)
    selection = QColor(re.search(r"selection-background-color: (#\w+)", style)[1])
    frame = QColor(re.search(r"border: 1px solid (#\w+); border-radius: 2px", style)[1])
    assert contrast(palette.color(role.Text), selection) > 4.5
    assert contrast(selection, palette.color(role.Base)) > 1.15
    assert contrast(frame, palette.color(role.Window)) > 2.0
    assert not re.search(r"\b[A-Z]{4,}\b", style)  # every placeholder is filled in


def test_ends_of_main_cracks_come_from_the_truth_of_synth(tmp_path):
    folder = tmp_path / "centerlines"
    folder.mkdir()
    cracks = [
        {"centerline": [[1, 2], [5, 6], [9, 4]], "parent": None},
        {"centerline": [[5, 6], [5, 9]], "parent": 0},
    ]
    (folder / "a.json").write_text(json.dumps({"cracks": cracks}))
    assert find_crack_ends(tmp_path / "images" / "a.jpg") == [((1, 2), (9, 4))]
    assert find_crack_ends(tmp_path / "images" / "b.jpg") == []


def run_screenshot(source, target):
    code = (
        "import sys; from pathlib import Path; from annotator.app import run; "
        "sys.exit(run([Path(sys.argv[1])], screenshot=Path(sys.argv[2])))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(source), str(target)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_screenshot_shows_the_image(tmp_path):
    Image.fromarray(np.full((60, 80, 3), (10, 200, 90), np.uint8)).save(tmp_path / "green.png")
    target = tmp_path / "window.png"
    result = run_screenshot(tmp_path / "green.png", target)
    assert result.returncode == 0, result.stderr
    assert list(tmp_path.parent.glob(f"{tmp_path.name}*.crackproj")) == []
    picture = QImage(str(target))
    colors = [
        picture.pixelColor(x, y).getRgb()[:3]
        for x in range(0, picture.width(), 10)
        for y in range(0, picture.height(), 10)
    ]
    assert colors.count((10, 200, 90)) > 0.1 * len(colors)


def test_screenshot_of_nothing_fails_with_a_sentence(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no image")
    target = tmp_path / "window.png"
    result = run_screenshot(tmp_path / "bad.png", target)
    assert result.returncode == 1
    assert "bad.png" in result.stderr
    assert not target.exists()
