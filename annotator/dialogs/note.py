"""A few lines of text for a note that is pinned to the image."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

ROWS = 4
WIDTH = 380


class NoteDialog(QDialog):
    """Return keeps what was written, Shift+Return begins another line."""

    written = Signal(str)

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Edit note" if text else "Note")
        self.setObjectName("note_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._field = QPlainTextEdit(text)
        self._field.setObjectName("note_text")
        self._field.setAccessibleName("Note")
        self._field.setPlaceholderText("What should the next one know about this place?")
        self._field.setTabChangesFocus(True)
        self._field.setFixedHeight(ROWS * self.fontMetrics().lineSpacing() + 16)
        self._field.installEventFilter(self)
        self._field.selectAll()
        hint = QLabel("It goes with the project and is in no export.")
        hint.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._keep = buttons.addButton("Keep note", QDialogButtonBox.ButtonRole.AcceptRole)
        self._keep.setDefault(True)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(self._field)
        layout.addWidget(hint)
        layout.addWidget(buttons)
        self._field.textChanged.connect(self._check)
        self.setMinimumWidth(WIDTH)
        self._check()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the note with Return, as a line of text would be."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if is_return and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._on_accepted()
                return True
        return super().eventFilter(watched, event)

    def _check(self) -> None:
        self._keep.setEnabled(bool(self._field.toPlainText().strip()))

    def _on_accepted(self) -> None:
        if self._keep.isEnabled():
            self.accept()
            self.written.emit(self._field.toPlainText())
