"""QActions, menus and toolbars from the catalog."""

from typing import cast

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QToolButton

from annotator.actions import image_menu
from annotator.actions.catalog import ACTIONS, MENUS
from annotator.actions.context import Context
from annotator.actions.row import EVERYWHERE, SEPARATOR, Row, Target, situation
from annotator.dialogs.command_palette import CommandPalette, PaletteEntry
from annotator.document.image_state import ImageState
from annotator.icons import icon
from annotator.panels.state_marks import state_icon

TOOLBAR: tuple[str, ...] = (
    "open_folder", "-", "undo", "redo", "-", "previous_image", "next_image", "-",
    "fit", "actual_size", "-", "cycle_overlay", "-", "predict_current",
    "review", "-",
)  # fmt: skip
TOOLS_BAR: tuple[str, ...] = tuple(
    row.identifier for row in ACTIONS if row.identifier.startswith("tool_")
)
IMAGES_MENU: tuple[str, ...] = (
    *(row.identifier for row in ACTIONS if row.identifier.startswith("state_")), "-",
    image_menu.DATA_SET, "-", "show_file", "locate_images", "remove_images",
)  # fmt: skip
"""The context menu of the list of images; a path is a submenu."""
PATH_MARK = " > "
"""Between the menus that lead to a command."""
LABELED = ("open_folder", "predict_current", "review")
"""Toolbar buttons that say in words what they do."""


class Commands(QObject):
    """One QAction per row; menu, toolbar, key and context menu share it."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.window)
        self._context = context
        self._menus: dict[str, QMenu] = {}
        self._rows = {row.identifier: row for row in ACTIONS if row.is_command}
        self._actions = {name: self._build(row) for name, row in self._rows.items()}
        context.open_palette = self.open_palette
        context.shortcut_rows = [
            (plain_path(row.menu), row.plain_text, key_text(row.keys))
            for row in self._rows.values()
            if row.keys
        ]

    @property
    def actions(self) -> list[QAction]:
        """All commands."""
        return list(self._actions.values())

    def action(self, identifier: str) -> QAction:
        """Return the action of a command."""
        return self._actions[identifier]

    def open_palette(self) -> None:
        """Open the list of all commands over the window."""
        self.refresh()
        entries = [
            PaletteEntry(
                self._actions[name], plain_path(row.menu), row.plain_text, key_text(row.keys)
            )
            for name, row in self._rows.items()
            if row.menu and name != "palette"
        ]
        CommandPalette(entries, self._context.window).pop_up()

    def fill_menus(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Build the menus; returns them by path, so that others can fill their submenus."""
        menus = self._menus = {path: bar.addMenu(path) for path in MENUS}
        for menu in menus.values():
            menu.setToolTipsVisible(True)
        for row in ACTIONS:
            if not row.menu:
                continue
            if row.menu not in menus:
                parent, title = row.menu.rsplit("/", 1)
                menus[row.menu] = menus[parent].addMenu(title)
            if row.identifier == SEPARATOR:
                menus[row.menu].addSeparator()
            elif row.is_command:
                menus[row.menu].addAction(self._actions[row.identifier])
        return menus

    def fill_toolbar(self, bar: QToolBar, names: tuple[str, ...] = TOOLBAR) -> None:
        """Add commands as buttons."""
        for name in names:
            if name == SEPARATOR:
                bar.addSeparator()
            else:
                bar.addAction(self._actions[name])
                if name in LABELED:
                    button = cast("QToolButton", bar.widgetForAction(self._actions[name]))
                    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def canvas_menu(self, target: Target = "empty") -> QMenu:
        """Return the menu of what lies under the pointer: its own commands, then the common."""
        self.refresh()
        menu = QMenu(self._context.window)
        rows = list(self._rows.values())
        common = [row for row in rows if row.on_canvas == EVERYWHERE]
        groups: tuple[Target, ...] = ("waypoint", "crack") if target == "waypoint" else (target,)
        own = [[row for row in rows if group in row.on_canvas] for group in groups]
        for part in (*own, common):
            menu.addSeparator()
            menu.addActions(
                [
                    self._actions[row.identifier]
                    for row in part
                    if part is common or row not in common
                ]
            )
        return menu

    def menu(self, names: tuple[str, ...]) -> QMenu:
        """Return a context menu of some commands and submenus."""
        menu = QMenu(self._context.window)
        for name in names:
            if name == SEPARATOR:
                menu.addSeparator()
            elif name in self._menus:
                menu.addMenu(self._menus[name])
            else:
                menu.addAction(self._actions[name])
        self.refresh()
        return menu

    def object_menu(self, target: Target) -> QMenu:
        """Return the menu of what is selected, without commands that need a place on the canvas."""
        rows = self._rows.values()
        return self.menu(
            tuple(
                row.identifier
                for row in rows
                if row.menu and target in row.on_canvas and "empty" not in row.on_canvas
            )
        )

    def refresh(self) -> None:
        """Enable, check and name the commands as the state asks for."""
        now = situation(self._context)
        for name, row in self._rows.items():
            action = self._actions[name]
            action.setEnabled(row.is_enabled(self._context, now))
            if row.checked_when:
                action.setChecked(row.checked_when(self._context))
        history = self._context.session.history
        for name, word, what in (
            ("undo", "&Undo", self._context.session.review.undo_text or history.undo_text),
            ("redo", "&Redo", history.redo_text),
        ):
            text = f"{word} {what[:1].lower()}{what[1:]}" if what else word
            self._actions[name].setText(text)
        self._actions["lock"].setText("Un&lock" if self._actions["lock"].isChecked() else "&Lock")

    def tint(self) -> None:
        """Draw the icons in the colors of the current palette."""
        for name, row in self._rows.items():
            if row.icon:
                self._actions[name].setIcon(icon(row.icon))
        for state in ImageState:
            if f"state_{state.name.lower()}" in self._actions:
                self._actions[f"state_{state.name.lower()}"].setIcon(state_icon(state))

    def _build(self, row: Row) -> QAction:
        action = QAction(row.text, self)
        action.setObjectName(row.identifier)
        action.setShortcuts([QKeySequence(key) for key in row.keys])
        action.setIconText(row.plain_text)
        action.setCheckable(row.checked_when is not None)
        tip = row.tip or row.plain_text
        action.setToolTip(f"{tip} ({key_text(row.keys)})" if row.keys else tip)
        action.triggered.connect(lambda: self._run(row))
        self._context.window.addAction(action)
        return action

    def _run(self, row: Row) -> None:
        row.run(self._context)
        self.refresh()


def key_text(keys: tuple[str, ...]) -> str:
    """Return keys as the platform writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    names = [QKeySequence(key).toString(native) for key in keys]
    return ", ".join("Delete" if name == "Del" else name for name in names)


def plain_path(menu: str) -> str:
    """Return the path of a menu as it is read."""
    return menu.replace("&", "").replace("/", PATH_MARK)
