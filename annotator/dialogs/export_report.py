"""What an export did: what was written where, whether it reads back, and what is not in it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.files import show_in_file_manager
from annotator.dialogs.forms import bold_label
from annotator.exporters.frame import ExportReport
from annotator.icons import icon

COUNT_COLUMNS = 2
WIDTH = 600
MOST_LINES = 12
"""Longer lists scroll, and grow with the dialog."""
VERIFIED = "Everything was read back and is what the project holds."
NOT_VERIFIED = "Something does not read back as it should; do not use this export."


def report_text(report: ExportReport) -> str:
    """Return a report as text, to be passed on."""
    lines = [headline(report), str(report.target), ""]
    lines += [f"{what}: {number}" for what, number in report.counts.items()]
    lines += ["", VERIFIED if report.is_verified else NOT_VERIFIED]
    for title, texts in (("To know", report.listed), ("Failed", report.failures)):
        if texts:
            lines += ["", title, *(f"- {text}" for text in texts)]
    return "\n".join(lines) + "\n"


def headline(report: ExportReport) -> str:
    """Say in a line how it went."""
    images = f"{report.n_images:,} photograph{'s' * (report.n_images != 1)}"
    return f"{images} exported, {report.n_files:,} files"


class ExportReportDialog(QDialog):
    """Stays open beside the window until it is closed."""

    def __init__(self, report: ExportReport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Exported")
        self.setObjectName("export_report")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._report = report
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(self._head())
        if report.counts:
            layout.addLayout(_counts(report))
        for title, texts in (("Not exported", report.failures), ("To know", report.listed)):
            if texts:
                layout.addWidget(bold_label(f"{title} ({len(texts)})"))
                field = _text_list(texts)
                layout.addWidget(field, int(field.maximumHeight() > field.minimumHeight()))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        show = buttons.addButton("Show folder", QDialogButtonBox.ButtonRole.ActionRole)
        copy = buttons.addButton("Copy report", QDialogButtonBox.ButtonRole.ActionRole)
        show.clicked.connect(lambda: show_in_file_manager(report.target))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report_text(report)))
        buttons.rejected.connect(self.close)
        for button in (show, copy):
            button.setAutoDefault(False)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        layout.addWidget(buttons)
        self.resize(max(self.sizeHint().width(), WIDTH), self.sizeHint().height())

    def _head(self) -> QHBoxLayout:
        report = self._report
        is_fine = report.is_verified and not report.failures
        symbol = QLabel()
        symbol.setPixmap(icon("check-circle" if is_fine else "warning-circle").pixmap(40, 40))
        title = bold_label(headline(report), 1.25)
        place = QLabel(str(report.target))
        place.setWordWrap(True)
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        verified = QLabel(VERIFIED if report.is_verified else NOT_VERIFIED)
        verified.setWordWrap(True)
        texts = QVBoxLayout()
        texts.setSpacing(4)
        for label in (title, place, verified):
            texts.addWidget(label)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(symbol, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(texts, 1)
        return head


def _counts(report: ExportReport) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(3)
    for place, (what, number) in enumerate(report.counts.items()):
        row, column = place // COUNT_COLUMNS, 3 * (place % COUNT_COLUMNS)
        grid.addWidget(QLabel(f"{number:,}"), row, column, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(QLabel(what), row, column + 1)
        grid.setColumnMinimumWidth(column + 2, 24)
    grid.setColumnStretch(3 * COUNT_COLUMNS, 1)
    return grid


def _text_list(texts: Sequence[str]) -> QPlainTextEdit:
    """Return a field that is as high as its lines, up to `MOST_LINES`."""
    field = QPlainTextEdit("\n".join(texts))
    field.setReadOnly(True)
    metrics = field.fontMetrics()
    frame = 2 * (field.frameWidth() + round(field.document().documentMargin()))
    room = WIDTH - 80  # what margins and a scroll bar leave of a line
    lines = sum(1 + metrics.horizontalAdvance(text) // room for text in texts)
    height = min(lines, MOST_LINES) * metrics.lineSpacing() + frame
    if lines > MOST_LINES:
        field.setMinimumHeight(height)
    else:
        field.setFixedHeight(height)
    return field
