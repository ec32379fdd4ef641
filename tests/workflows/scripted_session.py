"""A session from a folder of photographs to a data set, played by mouse and keys."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QSpinBox, QWidget

from annotator.document.image_state import ImageState
from tests.workflows.user_hand import Hand, Point

Key, Modifier = Qt.Key, Qt.KeyboardModifier

SIZE = (640, 480)
UPRIGHT_TAG, TURNED = 0x0112, 6
"""The tag of EXIF that says how a photograph is to be turned."""


def upper(x: float) -> Point:
    """Return a place on the upper crack of a photograph."""
    return x, 110 + 14 * float(np.sin(x / 45))


def lower(x: float) -> Point:
    """Return a place on the lower crack."""
    return x, 370 + 20 * float(np.sin(x / 60))


def photograph(seed: int) -> np.ndarray:
    """Return a wall with two dark cracks."""
    rng = np.random.default_rng(seed)
    width, height = SIZE
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    pixels = rng.normal(150, 4, (height, width))
    for course in (upper, lower):
        line = np.array([course(x)[1] for x in range(width)])
        pixels -= 80 * np.exp(-(((rows - line[columns.astype(int)]) / 1.8) ** 2))
    return np.clip(np.stack((pixels, pixels - 8, pixels - 16), axis=2), 0, 255).astype(np.uint8)


def make_photographs(folder: Path) -> list[Path]:
    """Write five photographs, the third of them turned as cameras turn them."""
    folder.mkdir(parents=True)
    names = ("beam 1.png", "beam 2.jpg", "beam 3.jpg", "beam 4.png", "beam 5.png")
    for seed, name in enumerate(names):
        picture, options = Image.fromarray(photograph(seed)), {}
        if name == "beam 3.jpg":
            options["exif"] = picture.getexif()
            options["exif"][UPRIGHT_TAG] = TURNED
            picture = picture.transpose(Image.Transpose.ROTATE_90)
        picture.save(folder / name, **options)
    return [folder / name for name in names]


def annotate(hand: Hand) -> Iterator[str]:
    """Annotate five photographs, step by step; yields what was done last."""
    yield from trace_two_cracks(hand)
    yield from paint_and_erase(hand)
    yield from draw_regions_and_boxes(hand)
    yield from lock_and_delete(hand)
    hand.key(Key.Key_2)
    yield "reviewed"
    hand.show_image(1)
    yield "the second photograph"
    yield from trace_anew(hand)
    hand.key(Key.Key_3)
    yield "approved"
    hand.show_image(1)
    yield "the third photograph"
    hand.key(Key.Key_T)
    hand.trace(lower(70), lower(300), lower(580))
    yield "a trace with a point on the way"
    hand.key(Key.Key_3)
    yield "approved"
    hand.show_image(1)
    hand.key(Key.Key_0)
    yield "no crack"
    assert hand.session.current.state is ImageState.NO_CRACK
    hand.show_image(1)
    yield from change_ones_mind(hand)
    for _ in range(4):
        hand.show_image(-1)
        yield "back"
    hand.key(Key.Key_S, Modifier.ControlModifier)
    yield "a checkpoint"


def trace_two_cracks(hand: Hand) -> Iterator[str]:
    """Trace two cracks; give up one that is begun."""
    hand.key(Key.Key_T)
    hand.trace(upper(60), upper(580))
    yield "a trace"
    hand.trace(lower(80), lower(560))
    yield "another trace"
    hand.click((300, 240))
    hand.key(Key.Key_Escape)
    hand.click((300, 240))
    hand.key(Key.Key_Backspace)
    assert not hand.session.traces.running
    yield "a trace given up"


def paint_and_erase(hand: Hand) -> Iterator[str]:
    """Paint a crack, go on with it, erase in it, take all that back and do it again."""
    session = hand.session
    n_cracks = len(session.current.cracks)
    hand.key(Key.Key_B)
    for _ in range(3):
        hand.key(Key.Key_BracketRight)
    hand.drag([(120, 200), (150, 215), (190, 210), (230, 228)])
    assert len(session.current.cracks) == n_cracks + 1
    yield "a painted crack"
    hand.drag([(230, 228), (260, 240), (300, 230)])
    assert len(session.current.cracks) == n_cracks + 1
    yield "more of it"
    hand.key(Key.Key_E)
    hand.drag([(180, 190), (185, 230)])
    yield "erased across it"
    hand.key(Key.Key_Escape)
    hand.drag([(320, 60), (325, 160)])
    yield "erased across a trace"
    for _ in range(4):
        hand.undo()
        yield "undone"
    assert len(session.current.cracks) == n_cracks
    for _ in range(4):
        hand.redo()
        yield "done again"
    assert len(session.current.cracks) == n_cracks + 1


def draw_regions_and_boxes(hand: Hand) -> Iterator[str]:
    """Draw a polygon, a contour and two boxes."""
    session = hand.session
    n_cracks, n_boxes = len(session.current.cracks), len(session.current.boxes)
    hand.key(Key.Key_P)
    for corner in ((400, 220), (470, 230), (460, 270), (410, 262)):
        hand.click(corner)
    hand.key(Key.Key_Return)
    yield "a polygon"
    hand.key(Key.Key_P, Modifier.ShiftModifier)
    around = np.linspace(0, 2 * np.pi, 24)
    hand.drag([(540 + 30 * float(np.cos(a)), 240 + 22 * float(np.sin(a))) for a in around])
    yield "a contour"
    assert len(session.current.cracks) == n_cracks + 2
    hand.key(Key.Key_R)
    hand.drag([(40, 60), (300, 130), (600, 165)])
    yield "a box"
    hand.click((50, 320))
    hand.click((590, 430))
    yield "a box by two clicks"
    assert len(session.current.boxes) == n_boxes + 2


def lock_and_delete(hand: Hand) -> Iterator[str]:
    """Lock a crack, which then cannot be deleted; delete another one, and a box."""
    session = hand.session
    cracks = session.current.cracks
    hand.key(Key.Key_V)
    hand.click((440, 245))
    hand.key(Key.Key_L)
    yield "locked"
    hand.key(Key.Key_Delete)
    assert len(session.current.cracks) == len(cracks)
    assert "locked" in hand.problems[-1]
    hand.key(Key.Key_Escape)
    hand.click((540, 240))
    hand.key(Key.Key_Delete)
    assert len(session.current.cracks) == len(cracks) - 1
    yield "deleted"


def trace_anew(hand: Hand) -> Iterator[str]:
    """Trace a crack, drag one of its ends, turn it round."""
    session = hand.session
    hand.key(Key.Key_T)
    hand.trace(upper(60), upper(500))
    yield "a trace"
    before = session.current.cracks[-1]
    hand.click(upper(280))
    assert session.selection.crack is before
    x, y = before.course.waypoints[-1]
    hand.drag([(x, y), (x + 40, y + 4), upper(590)])
    hand.wait(lambda: session.current.cracks[-1] is not before, "the crack is traced anew")
    after = session.current.cracks[-1]
    assert after.identifier == before.identifier
    assert after.course.waypoints[-1][0] > x + 60
    yield "traced anew"
    hand.choose("Annotate", "Crack", "Reverse")
    hand.wait(lambda: session.current.cracks[-1] is not after, "the crack is turned round")
    yield "turned round"


def change_ones_mind(hand: Hand) -> Iterator[str]:
    """Paint, delete all, bring it back, and leave the photograph to somebody else."""
    session = hand.session
    hand.key(Key.Key_B)
    hand.drag([(100, 100), (200, 140), (300, 120)])
    yield "a painted crack"
    hand.drag([(100, 300), (200, 340), (300, 320)], Modifier.ShiftModifier)
    yield "another one"
    hand.key(Key.Key_A, Modifier.ControlModifier)
    hand.key(Key.Key_Delete)
    assert not session.current.cracks
    yield "all deleted"
    hand.undo()
    assert len(session.current.cracks) == 2
    yield "all back"
    hand.key(Key.Key_4)
    assert session.current.state is ImageState.NEEDS_WORK
    yield "needs work"


def export_csb(hand: Hand, target: Path) -> None:
    """Export a CSB set by the dialog and wait for its report."""
    hand.choose("File", "Export", "CSB data set…")
    dialog = hand.wait_for_dialog("export")
    boxes = {box.objectName(): box for box in dialog.findChildren(QCheckBox)}
    assert boxes["state_reviewed"].isChecked()
    assert not boxes["state_needs_work"].isChecked()
    percent = dialog.findChild(QSpinBox, "test_percent")
    hand.type_into(percent.lineEdit(), "25")
    field = dialog.findChild(QWidget, "export_folder").focusProxy()
    assert isinstance(field, QLineEdit)
    hand.type_into(field, str(target.parent))
    hand.type_into(dialog.findChild(QLineEdit, "export_name"), target.name)
    button = dialog.findChild(QPushButton, "export_button")
    hand.wait(button.isEnabled, "the export can start")
    hand.click_on(button)
