"""The dialog for what should not have happened: what it was, and a report to pass on."""

import logging
import platform
import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, QSize, Qt, Signal, qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from annotator import __version__
from annotator.dialogs.forms import resize_on_screen

log = logging.getLogger(__name__)

TEXT = (
    "Something went wrong inside Crack Annotator. Your work is safe: every edit is written to the "
    "project at once, and the status bar says “saved”. You can go on; if something behaves "
    "strangely, close the window and open the project again. Please send the report below to the "
    "developers."
)


def error_report(error: BaseException) -> str:
    """Return the environment and the traceback as text."""
    lines = [
        f"Crack Annotator {__version__}",
        f"Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}",
        "",
        *traceback.format_exception(error),
    ]
    return "\n".join(line.rstrip("\n") for line in lines)


class ErrorDialog(QDialog):
    """Shows the report and copies it; does not block the window."""

    def __init__(self, error: BaseException, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Unexpected error")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        text = QLabel(TEXT)
        text.setWordWrap(True)
        self._report = QPlainTextEdit(error_report(error))
        self._report.setReadOnly(True)
        self._report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy report", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setIcon(self.style().standardIcon(QStyle.StandardPixmap.SP_FileIcon))
        copy.clicked.connect(self._copy)
        copy.setAutoDefault(False)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(text)
        layout.addWidget(self._report)
        layout.addWidget(buttons)
        resize_on_screen(self, QSize(720, 420))

    @property
    def report(self) -> str:
        """The text of the report."""
        return self._report.toPlainText()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report)


class ErrorReporter(QObject):
    """Sends what nobody caught to the log and to the dialog, from any thread."""

    _caught = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._caught.connect(self.show)

    def install(self) -> None:
        """Take over Python's hooks for uncaught exceptions."""
        sys.excepthook = self._on_exception
        threading.excepthook = lambda caught: self._caught.emit(caught.exc_value)

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def show(self, error: BaseException) -> None:
        """Log the error and open the dialog."""
        log.error("unexpected error", exc_info=error)
        ErrorDialog(error, self._window).show()

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._window.close()
        else:
            self._caught.emit(error)
