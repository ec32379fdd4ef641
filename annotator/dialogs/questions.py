"""Questions with one verb and a harmless default, and sentences that need no answer."""

from PySide6.QtWidgets import QMessageBox, QWidget

Icon = QMessageBox.Icon


def make_question(parent: QWidget, title: str, text: str, detail: str, *, verb: str) -> QMessageBox:
    """Return a box that offers to do something or to leave it; leaving it is the default."""
    box = QMessageBox(parent)
    box.setObjectName("question")
    box.setIcon(Icon.Question)
    box.setWindowTitle(title)
    box.setText(text)
    box.setInformativeText(detail)
    box.addButton(verb, QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    return box


def ask(parent: QWidget, title: str, text: str, detail: str, *, verb: str) -> bool:
    """Ask and wait for the answer."""
    box = make_question(parent, title, text, detail, verb=verb)
    box.exec()
    clicked = box.clickedButton()
    return clicked is not None and box.buttonRole(clicked) == QMessageBox.ButtonRole.AcceptRole
