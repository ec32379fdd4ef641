"""Draws all pictures of the user guide anew: ``python docs/make_pictures.py [NAME...]``.

Generates photographs, makes a project of them and drives the real window by mouse and keys, without
a screen. The pictures are the same each time, up to the fonts of the machine.
"""

import shutil
import sys
from collections.abc import Callable, Sequence

# The studio comes first: it chooses the platform before Qt is loaded.
from picture_studio import (  # isort: skip
    COVER, PICTURES, SURVEY, Studio, draw_number, found, open_studio, save, take_photographs,
)  # fmt: skip

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QDockWidget,
    QLineEdit,
    QPushButton,
    QSlider,
)

from annotator.actions.view_menu import use_theme
from tests.workflows.user_hand import Button, Key, Modifier, Point


def main(names: Sequence[str]) -> int:
    """Draw the pictures of these names, or all."""
    unknown = set(names) - set(SCENES)
    if unknown:
        print(f"There is no picture {', '.join(unknown)}; there are {', '.join(SCENES)}.")  # noqa: T201
        return 2
    if SURVEY.exists():
        print(f"{SURVEY} is in the way; move it away first.")  # noqa: T201
        return 1
    try:
        take_photographs()
        with open_studio() as studio:
            for name, scene in SCENES.items():
                if not names or name in names:
                    studio.begin()
                    scene(studio)
    finally:
        shutil.rmtree(SURVEY, ignore_errors=True)
    return 0


def window(studio: Studio) -> None:
    """Take the whole window."""
    save(studio.grab(), COVER, has_palette=False)


def dark(studio: Studio) -> None:
    """Take the whole window in the dark theme, zoomed in, so that the overview shows."""
    use_theme("dark", studio.window.context)
    studio.zoom((760, 620), 0.9)
    select(studio, 1)
    save(studio.grab(), PICTURES / "dark.png")
    use_theme("light", studio.window.context)


def parts(studio: Studio) -> None:
    """Take the window with a number on each of its parts."""
    studio.zoom((800, 640), 0.62)
    window = studio.window
    picture = studio.grab()
    docks = {name: studio.rect_of(found(studio.window, QDockWidget, name)) for name in DOCKS}
    canvas = studio.rect_of(window.view)
    places = (
        studio.rect_of(window.menuBar()).center() + QPoint(-250, 0),
        studio.rect_of(window.opacity).center() + QPoint(150, 0),
        studio.rect_of(window.tools_bar).center() + QPoint(0, 60),
        docks["images_dock"].center() + QPoint(70, 0),
        canvas.center() + QPoint(-180, -210),
        docks["cracks_dock"].center(),
        docks["tool_dock"].center() + QPoint(60, 0),
        studio.rect_of(window.statusBar()).center() + QPoint(-150, 0),
        studio.rect_of(window.overview).center(),
        studio.rect_of(window.scale_bar).topRight() + QPoint(24, 8),
    )
    for number, place in enumerate(places, 1):
        draw_number(picture, number, place)
    save(picture, PICTURES / "parts.png")


def trace(studio: Studio) -> None:
    """Take a trace under way: one end is clicked, the pointer is on its way to the other."""
    studio.show_inset(has_inset=False)
    studio.zoom((860, 520), 1.3)
    start, end = BRANCH
    studio.hand.click(start, Modifier.ShiftModifier)
    studio.hand.move(end)
    QTest.qWait(100)
    part = studio.around((520, 420), (1240, 700), margin=10)
    picture = studio.grab()
    studio.pointer(picture, end)
    save(studio.with_hint(picture, part), PICTURES / "trace.png")


def handles(studio: Studio) -> None:
    """Take a selected crack with a point on the way, and the pointer on it."""
    studio.show_inset(has_inset=False)
    studio.zoom((1000, 565), 0.83)
    select(studio, 1)
    crack = studio.session.selection.crack
    assert crack is not None
    assert crack.path is not None
    middle = tuple(crack.path.centerline[len(crack.path.centerline) // 2])
    studio.hand.double_click(middle)
    studio.rest()
    studio.hand.move(middle)
    QTest.qWait(100)
    part = studio.around((590, 380), (1400, 780), margin=16)
    picture = studio.grab()
    studio.pointer(picture, middle)
    save(studio.with_hint(picture, part), PICTURES / "handles.png")
    studio.hand.undo()
    studio.rest()


def brush(studio: Studio) -> None:
    """Take a stroke of the brush on its way along a fine crack."""
    studio.show_inset(has_inset=False)
    studio.zoom((735, 520), 3.0)
    studio.hand.key(Key.Key_B)
    hand = studio.hand
    path = [(662.0 + 6 * i, 503.0 + 3.2 * i) for i in range(12)]
    hand.move(path[0])
    QTest.mousePress(hand.viewport, Button.LeftButton, Modifier.NoModifier, hand.at(path[0]))
    for point in path[1:]:
        hand.move(point)
    QTest.qWait(100)
    picture = studio.grab()
    part = studio.around((630, 450), (840, 590), margin=0)
    save(studio.with_hint(picture, part), PICTURES / "brush.png")
    hand.key(Key.Key_Escape)
    QTest.mouseRelease(hand.viewport, Button.LeftButton, Modifier.NoModifier, hand.at(path[-1]))


def brightness(studio: Studio) -> None:
    """Take the panel for brightness and contrast beside a photograph that needs it."""
    studio.show_inset(has_inset=False)
    studio.hand.key(Key.Key_C, Modifier.ShiftModifier)
    found(studio.window, QSlider, "brightness").setValue(15)
    found(studio.window, QSlider, "contrast").setValue(30)
    studio.zoom((900, 560), 0.8)
    picture = studio.grab()
    left = studio.rect_of(studio.window.view).center().x() - 60
    toolbar = studio.rect_of(studio.window.view).top()
    height = studio.rect_of(studio.window.statusBar()).top() - toolbar
    save(picture.copy(left, toolbar, picture.width() - left, height), PICTURES / "brightness.png")
    studio.window.context.display.reset()


def cost(studio: Studio) -> None:
    """Take the picture of the cost, and the options that switch it on."""
    studio.show_inset(has_inset=False)
    open_options(studio)
    studio.zoom((860, 560), 0.8)
    click_child(studio, "show_cost")
    preview = studio.session.cost_preview
    studio.hand.wait(lambda: preview.tiles, "the cost is there")
    studio.hand.wait(lambda: not studio.session.runner.find("cost preview"), "all of it")
    trigger(studio, "overlay_off")
    picture = studio.grab()
    left = studio.rect_of(studio.window.view).left() + 130
    toolbar = studio.rect_of(studio.window.view).top()
    height = studio.rect_of(studio.window.statusBar()).top() - toolbar
    part = picture.copy(left, toolbar + 60, picture.width() - left, height - 60)
    save(part, PICTURES / "cost.png", has_palette=False)
    trigger(studio, "overlay_mask")
    click_child(studio, "show_cost")
    open_options(studio)


def images(studio: Studio) -> None:
    """Take the list of images with the menu of states."""
    dock = studio.rect_of(found(studio.window, QDockWidget, "images_dock"))
    save(studio.grab().copy(dock.adjusted(0, 0, 1, 0)), PICTURES / "images.png")


def palette(studio: Studio) -> None:
    """Take the list of all commands while something is looked for."""
    studio.window.context.open_palette()
    window = studio.hand.wait_for_dialog("command_palette")
    studio.hand.type_into(found(window, QLineEdit), "image")
    QTest.qWait(200)
    save(window.grab(), PICTURES / "palette.png")
    window.close()


def export(studio: Studio) -> None:
    """Take the composer of patches, then the report of its export."""
    trigger(studio, "export_csb-patches")
    dialog = studio.hand.wait_for_dialog("export")
    dialog.resize(900, 700)
    button = found(dialog, QPushButton, "export_button")
    studio.hand.wait(button.isEnabled, "the patches are counted")
    QTest.qWait(300)
    save(dialog.grab(), PICTURES / "export.png")
    button.click()
    report = studio.hand.wait_for_dialog("export_report")
    QTest.qWait(300)
    save(report.grab(), PICTURES / "report.png")
    report.close()


def polygon(studio: Studio) -> None:
    """Take an outline under way around a spalled place."""
    studio.show_inset(has_inset=False)
    studio.zoom((280, 640), 1.6)
    studio.hand.key(Key.Key_P)
    corners: list[Point] = [(200, 690), (215, 620), (270, 540), (330, 600), (380, 610), (340, 660)]
    for corner in corners:
        studio.hand.click(corner)
    studio.hand.move((260, 690))
    QTest.qWait(100)
    part = studio.around((120, 500), (480, 730), margin=0)
    picture = studio.grab()
    studio.pointer(picture, (260, 690))
    save(studio.with_hint(picture, part), PICTURES / "polygon.png")
    studio.hand.key(Key.Key_Escape)


def select(studio: Studio, number: int) -> None:
    """Select a crack by its place in the list."""
    current = studio.session.current
    assert current is not None
    cracks = current.cracks
    studio.session.selection.select([cracks[number].identifier])
    QTest.qWait(200)


def trigger(studio: Studio, name: str) -> None:
    """Give a command of the menus."""
    studio.window.commands.action(name).trigger()
    QTest.qWait(200)


def click_child(studio: Studio, name: str) -> None:
    """Click on a part of the window."""
    found(studio.window, QAbstractButton, name).click()
    QTest.qWait(300)


def open_options(studio: Studio) -> None:
    """Unfold the options of the trace tool, or fold them away."""
    click_child(studio, "tracing_heading")


DOCKS = ("images_dock", "cracks_dock", "tool_dock")
BRANCH: tuple[Point, Point] = ((665.0, 502.0), (782.0, 566.0))
SCENES: dict[str, Callable[[Studio], None]] = {
    scene.__name__: scene
    for scene in (
        window, parts, dark, trace, handles, brush, polygon, brightness, cost, images, palette,
        export,
    )
}  # fmt: skip

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
