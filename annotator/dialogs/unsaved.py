"""The question before closing while edits cannot be written to the project."""

from typing import Literal

from PySide6.QtWidgets import QMessageBox, QWidget

Choice = Literal["retry", "discard", "cancel"]


def ask_unsaved(parent: QWidget, problem: str) -> Choice:
    """Ask what to do; the harmless answer is the default."""
    box = QMessageBox(parent)
    box.setObjectName("unsaved")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Edits are not saved")
    box.setText("The last edits could not be written to the project.")
    box.setInformativeText(problem)
    retry = box.addButton("Try again", QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton("Close and lose them", QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton("Keep the window open", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.exec()
    clicked = box.clickedButton()
    return "retry" if clicked is retry else "discard" if clicked is discard else "cancel"
