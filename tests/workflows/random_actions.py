"""Actions of a user who tries everything, drawn by chance but the same for each seed."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from PySide6.QtCore import Qt

from tests.workflows.user_hand import Hand, Point

Key, Modifier = Qt.Key, Qt.KeyboardModifier

Action = Callable[[], object]

EDITS = ("paint", "paint anew", "erase", "trace", "polygon", "box", "undo", "redo", "state",
         "checkpoint", "step")  # fmt: skip
"""Actions of which nearly all change the document or write it to the disk."""


class RandomUser:
    """Draws actions and does them; a drag now and then is given up by Esc."""

    def __init__(self, hand: Hand, seed: int) -> None:
        self._hand = hand
        self._rng = np.random.default_rng(seed)
        # How often each comes, relative to the others.
        self._actions: dict[str, tuple[int, Action]] = {
            "paint": (8, self._paint),
            "paint anew": (2, lambda: self._paint(Modifier.ShiftModifier)),
            "erase": (5, lambda: self._stroke(Key.Key_E)),
            "erase with the brush": (2, lambda: self._paint(Modifier.AltModifier)),
            "trace": (5, self._trace),
            "polygon": (3, self._polygon),
            "cut out": (2, lambda: self._polygon(Modifier.AltModifier)),
            "contour": (3, self._contour),
            "box": (3, self._box),
            "drag something": (4, self._drag_something),
            "select": (5, self._select),
            "select all": (1, lambda: hand.key(Key.Key_A, Modifier.ControlModifier)),
            "delete": (3, lambda: hand.key(Key.Key_Delete)),
            "lock": (2, lambda: hand.key(Key.Key_L)),
            "duplicate": (1, lambda: hand.key(Key.Key_D, Modifier.ControlModifier)),
            "edit the course": (5, self._edit_course),
            "state": (4, self._state),
            "undo": (8, hand.undo),
            "redo": (5, hand.redo),
            "let go": (3, lambda: hand.key(Key.Key_Escape)),
            "checkpoint": (1, lambda: hand.key(Key.Key_S, Modifier.ControlModifier)),
            "step": (4, self._step),
            "look": (5, self._look),
            "size of the tip": (2, self._resize_tip),
            "begin and leave": (2, self._begin_and_leave),
            "keys in a drag": (4, self._keys_in_a_drag),
        }

    def play(self, names: Sequence[str] = ()) -> Iterator[str]:
        """Do one of these or of all actions after another, without end; yields the last one."""
        chosen = list(names or self._actions)
        shares = np.array([self._actions[name][0] for name in chosen], float)
        while True:
            name = chosen[self._rng.choice(len(chosen), p=shares / shares.sum())]
            self._actions[name][1]()
            yield name

    # Strokes and lines

    def _point(self, margin: float = 4.0) -> Point:
        width, height = self._hand.session.image.size
        x = self._rng.uniform(margin, width - margin)
        return float(x), float(self._rng.uniform(margin, height - margin))

    def _points(self, least: int, most: int) -> list[Point]:
        return [self._point() for _ in range(self._rng.integers(least, most + 1))]

    def _near(self, point: Point, reach: float) -> Point:
        dx, dy = self._rng.uniform(-reach, reach, 2)
        return point[0] + float(dx), point[1] + float(dy)

    def _paint(self, modifier: Modifier = Modifier.NoModifier) -> None:
        self._stroke(Key.Key_B, modifier)

    def _stroke(self, tool: Key, modifier: Modifier = Modifier.NoModifier) -> None:
        self._hand.key(tool)
        points = [self._point()]
        for _ in range(self._rng.integers(1, 6)):
            points.append(self._near(points[-1], 60.0))
        self._hand.drag(points, modifier)

    def _trace(self) -> None:
        hand = self._hand
        hand.key(Key.Key_T)
        hand.key(Key.Key_Escape)
        *first, last = self._points(2, 4)
        for point in first:
            hand.click(point, Modifier.ShiftModifier)
        hand.click(last)
        if self._rng.random() < 0.7:  # else what comes next happens while it runs
            hand.wait(lambda: not hand.session.traces.running, "traces end")

    def _polygon(self, modifier: Modifier = Modifier.NoModifier) -> None:
        hand, center = self._hand, self._point()
        hand.key(Key.Key_P)
        for _ in range(self._rng.integers(2, 6)):
            hand.click(self._near(center, 80.0))
        last = self._near(center, 80.0)
        hand.click(last, modifier)
        if self._rng.random() < 0.5:
            hand.double_click(last)
        hand.key(Key.Key_Return)
        hand.key(Key.Key_Escape)

    def _contour(self) -> None:
        hand, (x, y) = self._hand, self._point(40.0)
        hand.key(Key.Key_P, Modifier.ShiftModifier)
        angles = np.linspace(0.0, self._rng.uniform(4.0, 6.3), 16)
        radius = self._rng.uniform(6.0, 35.0)
        hand.drag([(x + radius * float(np.cos(a)), y + radius * float(np.sin(a))) for a in angles])
        hand.key(Key.Key_Return if self._rng.random() < 0.8 else Key.Key_Escape)

    def _box(self) -> None:
        hand = self._hand
        hand.key(Key.Key_R)
        hand.drag(self._points(2, 2))
        hand.key(Key.Key_Escape)

    def _begin_and_leave(self) -> None:
        """Begin with one tool and take another one in hand, or show another image."""
        hand = self._hand
        hand.key(self._one_of(Key.Key_T, Key.Key_P, Key.Key_R))
        for point in self._points(1, 2):
            hand.click(point)
        if self._rng.random() < 0.5:
            hand.key(self._one_of(Key.Key_B, Key.Key_V))
        else:
            self._step()

    def _keys_in_a_drag(self) -> None:
        """Press keys while the button of the mouse is held."""
        hand = self._hand
        hand.key(self._one_of(Key.Key_B, Key.Key_E, Key.Key_R, Key.Key_V, Key.Key_T, Key.Key_M))
        start = self._place_on_something()
        points = [start, self._near(start, 30.0), self._point(), self._point()]
        control = Modifier.ControlModifier
        pressed = [
            (Key.Key_Z, control), (Key.Key_Y, control), (Key.Key_A, control), (Key.Key_S, control),
            *((key, Modifier.NoModifier) for key in (
                Key.Key_Escape, Key.Key_Delete, Key.Key_Backspace, Key.Key_Return, Key.Key_D,
                Key.Key_A, Key.Key_T, Key.Key_P, Key.Key_L, Key.Key_0, Key.Key_2, Key.Key_O,
                Key.Key_BracketRight, Key.Key_F,
            )),
        ]  # fmt: skip
        choices = [self._one_of(*pressed) for _ in range(2)]
        hand.drag(points, between=lambda: choices and hand.key(*choices.pop()))
        hand.wait(lambda: not hand.session.runner.find("show image"), "the image is shown")

    # Objects

    def _select(self) -> None:
        hand = self._hand
        hand.key(Key.Key_V)
        modifier = self._one_of(Modifier.NoModifier, Modifier.ShiftModifier)
        hand.click(self._place_on_something(), modifier)

    def _place_on_something(self) -> Point:
        """Return a place on a crack or on the edge of a box, where there is one."""
        objects = self._hand.session.current.content.objects
        if not objects or self._rng.random() < 0.1:
            return self._point()
        x0, y0, _, y1 = chosen = objects[self._rng.integers(len(objects))].box
        pixels = getattr(objects[0], "mask_in", None)
        found = np.argwhere(pixels(chosen)) if pixels and chosen == objects[0].box else ()
        if len(found):
            row, column = found[self._rng.integers(len(found))]
            return float(x0 + column), float(y0 + row)
        return float(x0), float(self._rng.uniform(y0, y1))

    def _drag_something(self) -> None:
        """Drag a handle, a box or the image with the tool for selecting."""
        hand = self._hand
        hand.key(Key.Key_V)
        crack = hand.session.selection.crack
        boxes = hand.session.selection.boxes
        if crack and crack.path:
            points = crack.course.waypoints
            start = tuple(map(float, points[self._rng.integers(len(points))]))
        elif boxes:
            start = float(boxes[0].box[0]), float(boxes[0].box[1])
        else:
            start = self._place_on_something()
        hand.drag([start, self._near(start, 20.0), self._point()])

    def _edit_course(self) -> None:
        commands = self._hand.window.commands
        if self._rng.random() < 0.5:
            names = ("retrace", "reverse", "join", "merge", "trace_along", "fill_holes")
            action = commands.action(self._one_of(*names))
            if action.isEnabled():
                action.trigger()
            return
        menu = self._hand.context_menu(self._place_on_something())
        names = ("split", "insert_waypoint", "remove_waypoint", "duplicate", "lock")
        action = commands.action(self._one_of(*names))
        if action in menu.actions() and action.isEnabled():
            self._hand.click_on(menu, menu.actionGeometry(action).center())
        menu.close()
        self._hand.come_back()

    def _state(self) -> None:
        keys = (Key.Key_1, Key.Key_2, Key.Key_3, Key.Key_4, Key.Key_0)
        self._hand.key(self._one_of(*keys))

    # View

    def _step(self) -> None:
        by = int(self._one_of(-1, 1))
        if self._hand.session.can_step(by):
            self._hand.show_image(by)

    def _look(self) -> None:
        hand = self._hand
        way = self._rng.integers(5)
        if way == 0:
            hand.wheel(self._point(), int(self._one_of(-2, 2)))
        elif way == 1:
            hand.drag(self._points(3, 3), button=Qt.MouseButton.MiddleButton)
        elif way == 2:
            hand.key(Key.Key_O)
        elif way == 3:
            hand.key(Key.Key_H)
        hand.key(Key.Key_F)

    def _resize_tip(self) -> None:
        brush = self._hand.session.brush
        larger = brush.diameter < 12 or (brush.diameter < 40 and self._rng.random() < 0.5)
        self._hand.key(Key.Key_BracketRight if larger else Key.Key_BracketLeft)

    def _one_of(self, *choices):
        return choices[self._rng.integers(len(choices))]
