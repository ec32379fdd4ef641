"""Asks what to do with masks that are not saved."""

from typing import Literal

from PySide6.QtWidgets import QMessageBox, QWidget

Choice = Literal["save", "discard", "cancel"]


def ask_unsaved(parent: QWidget, names: list[str]) -> Choice:
    """Ask before the window closes; Cancel is the default, and what Esc does."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Masks not saved")
    count = len(names)
    box.setText(
        f"The mask of {names[0]} is not saved."
        if count == 1
        else f"The masks of {count} images are not saved."
    )
    box.setInformativeText("Cracks that are not saved are lost when the window closes.")
    if count > 1:
        box.setDetailedText("\n".join(names))
    save = box.addButton("Save all…", QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.exec()
    clicked = box.clickedButton()
    if clicked is save:
        return "save"
    return "discard" if clicked is discard else "cancel"
