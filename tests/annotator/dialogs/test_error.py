"""What nobody caught reaches the user."""

import sys
import threading

import pytest
from PySide6.QtWidgets import QWidget

from annotator.dialogs.error import ErrorDialog, ErrorReporter

pytestmark = pytest.mark.gui


@pytest.fixture
def parent(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    reporter = ErrorReporter(widget)
    reporter.install()
    yield widget
    reporter.uninstall()


def raise_error():
    raise ZeroDivisionError("twelve")


def test_uncaught_exception_opens_the_dialog_with_a_report(parent, qtbot):
    try:
        raise_error()
    except ZeroDivisionError:
        sys.excepthook(*sys.exc_info())
    qtbot.waitUntil(lambda: parent.findChild(ErrorDialog) is not None)
    dialog = parent.findChild(ErrorDialog)
    assert not dialog.isModal()
    assert "ZeroDivisionError: twelve" in dialog.report
    assert "raise_error" in dialog.report
    assert "Python" in dialog.report


def test_exceptions_of_threads_reach_it_too(parent, qtbot):
    thread = threading.Thread(target=raise_error)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: parent.findChild(ErrorDialog) is not None)
    assert "twelve" in parent.findChild(ErrorDialog).report
