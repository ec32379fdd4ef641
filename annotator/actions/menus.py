"""QActions, menus and toolbar from the catalog."""

from typing import cast

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QToolButton

from annotator.actions.catalog import ACTIONS, MENUS, Row
from annotator.actions.context import Context
from annotator.icons import icon

TOOLBAR: tuple[str, ...] = (
    "open_images", "open_folder", "save_mask", "-", "undo", "redo", "-",
    "previous_image", "next_image", "-", "fit", "actual_size", "-", "cycle_overlay",
)  # fmt: skip
LABELED = ("open_images", "open_folder", "save_mask")
"""Toolbar buttons that say in words what they do."""


class Commands(QObject):
    """One QAction per row; menu, toolbar, key and context menu share it."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.window)
        self._context = context
        self._rows = {row.identifier: row for row in ACTIONS if row.identifier != "-"}
        self._actions = {name: self._build(row) for name, row in self._rows.items()}
        context.shortcut_rows = [
            (row.text.replace("&", "").rstrip("…"), _key_text(row.keys))
            for row in self._rows.values()
            if row.keys
        ]

    def action(self, identifier: str) -> QAction:
        """Return the action of a command."""
        return self._actions[identifier]

    def fill_menus(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Build the menus; returns them by path, so that the window can add its docks."""
        menus = {path: bar.addMenu(path) for path in MENUS}
        for row in ACTIONS:
            if row.menu not in menus:
                parent, title = row.menu.rsplit("/", 1)
                menus[row.menu] = menus[parent].addMenu(title)
            if row.identifier == "-":
                menus[row.menu].addSeparator()
            else:
                menus[row.menu].addAction(self._actions[row.identifier])
        return menus

    def fill_toolbar(self, bar: QToolBar) -> None:
        """Add the commands that are shown as buttons."""
        for name in TOOLBAR:
            if name == "-":
                bar.addSeparator()
            else:
                bar.addAction(self._actions[name])
                if name in LABELED:
                    button = cast("QToolButton", bar.widgetForAction(self._actions[name]))
                    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def canvas_menu(self) -> QMenu:
        """Return the context menu of the canvas."""
        menu = QMenu(self._context.window)
        for name, row in self._rows.items():
            if row.in_canvas_menu:
                menu.addAction(self._actions[name])
        return menu

    def refresh(self) -> None:
        """Enable, check and name the commands as the state asks for."""
        for name, row in self._rows.items():
            action = self._actions[name]
            action.setEnabled(row.enabled_when(self._context))
            if row.checked_when:
                action.setChecked(row.checked_when(self._context))
        history = self._context.session.history
        for name, word, what in (
            ("undo", "&Undo", history.undo_text),
            ("redo", "&Redo", history.redo_text),
        ):
            text = f"{word} {what[:1].lower()}{what[1:]}" if what else word
            self._actions[name].setText(text)

    def tint(self) -> None:
        """Draw the icons in the colors of the current palette."""
        for name, row in self._rows.items():
            if row.icon:
                self._actions[name].setIcon(icon(row.icon))

    def _build(self, row: Row) -> QAction:
        action = QAction(row.text, self)
        action.setObjectName(row.identifier)
        action.setShortcuts([QKeySequence(key) for key in row.keys])
        action.setIconText(row.text.replace("&", "").rstrip("…"))
        action.setCheckable(row.checked_when is not None)
        tip = row.tip or row.text.replace("&", "").rstrip("…")
        action.setToolTip(f"{tip} ({_key_text(row.keys)})" if row.keys else tip)
        action.triggered.connect(lambda: self._run(row))
        self._context.window.addAction(action)
        return action

    def _run(self, row: Row) -> None:
        row.run(self._context)
        self.refresh()


def _key_text(keys: tuple[str, ...]) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(native) for key in keys)
