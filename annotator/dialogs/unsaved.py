"""Asks what to do with masks that are not saved and with traces that still run."""

from typing import Literal

from PySide6.QtWidgets import QMessageBox, QWidget

Choice = Literal["save", "discard", "cancel"]

STILL_TRACING = "A trace is still running and will be stopped."


def ask_unsaved(parent: QWidget, names: list[str], *, is_tracing: bool) -> Choice:
    """Ask before the window closes; Cancel is the default, and what Esc does."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Masks not saved" if names else "Trace still running")
    title, information = describe(names, is_tracing=is_tracing)
    box.setText(title)
    box.setInformativeText(information)
    if len(names) > 1:
        box.setDetailedText("\n".join(names))
    role = QMessageBox.ButtonRole
    save = box.addButton("Save all", role.AcceptRole) if names else None
    discard = box.addButton("Discard" if names else "Close anyway", role.DestructiveRole)
    cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.exec()
    clicked = box.clickedButton()
    if save and clicked is save:
        return "save"
    return "discard" if clicked is discard else "cancel"


def describe(names: list[str], *, is_tracing: bool) -> tuple[str, str]:
    """Return the question and what is behind it: the images by name, whether a trace runs."""
    if not names:
        return STILL_TRACING, "Its crack is lost when the window closes."
    text = (
        f"The mask of {names[0]} is not saved."
        if len(names) == 1
        else f"The masks of {len(names)} images are not saved."
    )
    lost = "Cracks that are not saved are lost when the window closes."
    return text, f"{lost} {STILL_TRACING}" if is_tracing else lost
