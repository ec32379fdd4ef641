"""Where the pictures of the user guide are taken: photographs, their project, window and camera."""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_LOGGING_RULES"] = "*.warning=false"

from PIL import Image  # noqa: E402 - the platform is chosen before Qt is loaded
from PySide6.QtCore import QBuffer, QEvent, QPoint, QPointF, QRect, Qt  # noqa: E402
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from annotator import app  # noqa: E402
from annotator.actions import projects  # noqa: E402
from annotator.screenshot import find_crack_ends  # noqa: E402
from annotator.services.importing import (  # noqa: E402
    ImportedImage,
    ImportOptions,
    import_annotations,
    save_imported,
)
from annotator.services.projects import open_project  # noqa: E402
from annotator.services.synthetic_files import synthetic_parameters, write_sample  # noqa: E402
from annotator.settings import Settings  # noqa: E402
from annotator.workers.trace_work import EngineTracer  # noqa: E402
from tests.workflows.user_hand import Hand, Key, Point, close_window  # noqa: E402

_W = TypeVar("_W", bound=QWidget)

PICTURES = ROOT / "docs" / "pictures"
COVER = ROOT / "docs" / "window.png"
SURVEY = Path(tempfile.gettempdir()) / "survey"
"""Always there, because dialogs show it."""
PHOTOGRAPHS = SURVEY / "bridge"
WIDTH, HEIGHT = 1536, 1024
WINDOW = (1280, 800)
MOST_WIDTH = 1400
COLORS = 256
SETTLE_MS = 700
"""Time for thumbnails and layout."""

FIRST = "girder_01"
FIRST_STYLE = {
    "n_cracks": 3, "crack_width": (3.0, 8.0), "crack_length": 0.45, "branches": 0.5, "seams": 0,
    "contrast": 0.7, "marks": 0.0, "stains": 0.4,
}  # fmt: skip
FIRST_SEED = 12
OTHERS: tuple[tuple[str, str, int], ...] = (
    ("girder_02", "steel", 2), ("girder_03", "steel", 5), ("girder_04", "steel", 8),
    ("girder_05", "steel", 11), ("girder_06", "steel", 14), ("deck_01", "concrete", 2),
    ("deck_02", "concrete", 3), ("deck_03", "concrete", 5), ("road_01", "asphalt", 6),
    ("road_02", "asphalt", 7), ("road_03", "asphalt", 9),
)  # fmt: skip
STATES = {
    "deck_01": Key.Key_3, "deck_02": Key.Key_2, "deck_03": Key.Key_2, "girder_02": Key.Key_3,
    "girder_03": Key.Key_4, "girder_04": Key.Key_3, "girder_05": Key.Key_2, "road_02": Key.Key_2,
}  # fmt: skip
WITHOUT_CRACKS = {"road_01", "road_03"}
"""Their empty masks say so when they are imported."""

INK = QColor("#1f4e8c")


def take_photographs() -> None:
    """Generate the photographs, and a project in which all but a few are annotated."""
    drawn = SURVEY / "drawn"
    write_sample(
        drawn, FIRST, ".jpg",
        synthetic_parameters("steel", WIDTH, HEIGHT, FIRST_SEED, **FIRST_STYLE),
    )  # fmt: skip
    for name, surface, seed in OTHERS:
        n_cracks = 0 if name in WITHOUT_CRACKS else None
        parameters = synthetic_parameters(surface, WIDTH, HEIGHT, seed, n_cracks=n_cracks)
        write_sample(drawn, name, ".jpg", parameters)
    (drawn / "images").rename(PHOTOGRAPHS)
    (drawn / "masks" / f"{FIRST}.png").unlink()
    (drawn / "masks" / "girder_06.png").unlink()
    with open_project([PHOTOGRAPHS], author="J. Smith").store as store:
        for found in import_annotations(store, drawn / "masks", ImportOptions("masks")):
            if isinstance(found, ImportedImage):
                save_imported(store, found)


@contextmanager
def open_studio() -> Iterator["Studio"]:
    """Open the window on the project."""
    application = app.make_application()
    settings = Settings(SURVEY / "settings.ini")
    settings.author = "J. Smith"
    settings.theme = "light"
    settings.export_folder = SURVEY
    _session, window = app.build(application, settings, EngineTracer())
    window.resize(*WINDOW)
    app.start_warm_up(window.session, window)
    window.show()
    studio = Studio(Hand(window))
    projects.open_paths(window.context, [PHOTOGRAPHS])
    studio.hand.wait(lambda: window.session.image is not None, "the first photograph is shown")
    try:
        studio.set_up()
        yield studio
    finally:
        close_window(studio.hand)


class Studio:
    """The window, and the camera in front of it."""

    def __init__(self, hand: Hand) -> None:
        self.hand, self.window, self.session = hand, hand.window, hand.session

    def set_up(self) -> None:
        """Say how far the images are, and trace the cracks of the first one."""
        entries = self.session.entries
        for place, entry in enumerate(entries):
            key = STATES.get(Path(entry.name).stem)
            if key is not None:
                self.show(place)
                self.hand.key(key)
        self.show_first()
        for points in find_crack_ends(SURVEY / "drawn" / "images" / f"{FIRST}.jpg"):
            self.hand.trace(*points)
        self.hand.wait_until_quiet()

    def show(self, place: int) -> None:
        """Show an image of the list."""
        entry = self.session.entries[place]
        self.session.show_image(place)
        self.hand.wait(lambda: self.session.current is entry, f"{entry.name} is shown")
        self.hand.come_back()

    def show_first(self) -> None:
        """Show the photograph that most pictures are of."""
        names = [Path(entry.name).stem for entry in self.session.entries]
        self.show(names.index(FIRST))

    def begin(self) -> None:
        """Put everything back for the next picture."""
        self.window.resize(*WINDOW)
        self.window.context.reset_layout()
        self.window.resize(*WINDOW)
        self.show_first()
        self.hand.key(Key.Key_T)
        self.hand.key(Key.Key_Escape)
        self.hand.key(Key.Key_Escape)
        self.hand.key(Key.Key_F)
        QApplication.sendEvent(self.hand.viewport, QEvent(QEvent.Type.Leave))
        self.show_inset(has_inset=True)
        self.rest()

    def show_inset(self, *, has_inset: bool) -> None:
        """Show the overview in the corner of the canvas, or keep the corner free."""
        action = self.window.commands.action("overview")
        if action.isChecked() != has_inset:
            action.trigger()

    def rest(self) -> None:
        """Let thumbnails, layout and what runs come to an end."""
        QTest.qWait(SETTLE_MS)
        self.hand.wait_until_quiet()

    def zoom(self, center: Point, zoom: float) -> None:
        """Look at a part of the photograph."""
        self.window.view.zoom_to(zoom)
        self.window.view.look_at(QPointF(*center))
        self.rest()

    def rect_of(self, widget: QWidget) -> QRect:
        """Return where a part of the window lies in it."""
        return QRect(widget.mapTo(self.window, QPoint(0, 0)), widget.size())

    def around(self, *points: Point, margin: int = 60) -> QRect:
        """Return the part of the window that shows some pixels of the image."""
        view = self.hand.viewport
        places = [view.mapTo(self.window, self.hand.at(point)) for point in points]
        xs, ys = [p.x() for p in places], [p.y() for p in places]
        rect = QRect(QPoint(min(xs), min(ys)), QPoint(max(xs), max(ys)))
        grown = rect.adjusted(-margin, -margin, margin, margin)
        return grown.intersected(self.rect_of(view))

    def hint_rect(self, below: QRect) -> QRect:
        """Return the line of the status bar, as wide as a part above it."""
        status = self.rect_of(self.window.statusBar())
        return QRect(0, status.top(), below.width(), status.height())

    def grab(self) -> QPixmap:
        """Take a picture of the whole window."""
        return self.window.grab()

    def pointer(self, picture: QPixmap, point: Point) -> None:
        """Draw the arrow of the mouse, missing in grabbed windows, at a pixel."""
        place = self.hand.viewport.mapTo(self.window, self.hand.at(point))
        draw_arrow(picture, QPointF(place))

    def with_hint(self, picture: QPixmap, part: QRect) -> QPixmap:
        """Return a part of the canvas with the hint of the status bar below."""
        return stacked(picture.copy(part), picture.copy(self.hint_rect(part)))


def save(picture: QPixmap, path: Path, *, has_palette: bool = True) -> None:
    """Write a picture; with a palette of its own it takes half the space, and nobody sees it."""
    assert picture.width() <= MOST_WIDTH, path
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.ReadWrite)
    picture.save(buffer, "PNG")
    path.parent.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(buffer.data().data())) as image:
        colored = image.convert("RGB")
    if has_palette:
        colored = colored.quantize(COLORS, Image.Quantize.MEDIANCUT, kmeans=3)
    colored.save(path, optimize=True)


def stacked(upper: QPixmap, lower: QPixmap) -> QPixmap:
    """Return two pictures, one below the other."""
    both = QPixmap(max(upper.width(), lower.width()), upper.height() + lower.height())
    both.fill(Qt.GlobalColor.white)
    painter = QPainter(both)
    painter.drawPixmap(0, 0, upper)
    painter.drawPixmap(0, upper.height(), lower)
    painter.end()
    return both


def found(parent: QWidget, kind: type[_W], name: str = "") -> _W:
    """Return a part of a window."""
    part = parent.findChild(kind, name) if name else parent.findChild(kind)
    assert isinstance(part, kind), name
    return part


def draw_arrow(picture: QPixmap, tip: QPointF) -> None:
    """Draw the pointer of the mouse."""
    outline = ((0, 0), (0, 17), (4, 13.5), (7, 20), (10, 18.6), (7, 12.4), (12.5, 12))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(Qt.GlobalColor.white, 1.4))
    painter.setBrush(Qt.GlobalColor.black)
    painter.drawPolygon(QPolygonF([tip + QPointF(x, y) for x, y in outline]))
    painter.end()


def draw_number(picture: QPixmap, number: int, middle: QPoint) -> None:
    """Draw a number in a disk."""
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QApplication.font()
    font.setBold(True)
    font.setPixelSize(17)
    painter.setFont(font)
    disk = QRect(0, 0, 30, 30)
    disk.moveCenter(middle)
    painter.setPen(QPen(Qt.GlobalColor.white, 2))
    painter.setBrush(INK)
    painter.drawEllipse(disk)
    painter.drawText(disk, Qt.AlignmentFlag.AlignCenter, str(number))
    painter.end()
