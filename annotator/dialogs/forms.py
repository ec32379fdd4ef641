"""Forms whose labels and fields line up, however many of them a dialog is made of."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

WIDEST_LABEL = "A crack patch has  "
"""All forms leave the room of this for their labels."""


def resize_on_screen(window: QWidget, wanted: QSize) -> None:
    """Give a window the size wanted, or as much of it as its screen has."""
    room = window.screen().availableGeometry().size() - QSize(40, 60)
    window.resize(wanted.boundedTo(room))


class Form(QFormLayout):
    """Labels at the left in a column of one width, fields at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(16)
        self.setVerticalSpacing(8)
        self.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)

    def add(self, text: str, field: QWidget | QLayout) -> None:
        """Add a field with its label; a field that belongs to the one above has none."""
        label = QLabel(text)
        label.setMinimumWidth(label.fontMetrics().horizontalAdvance(WIDEST_LABEL))
        if isinstance(field, QWidget):
            label.setBuddy(field)
            self.addRow(label, field)
        else:
            self.addRow(label, field)


def note_label(text: str = "") -> QLabel:
    """Return a label for a remark below a field: it wraps, and is fainter than the field."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


def bold_label(text: str, scale: float = 1.0) -> QLabel:
    """Return a label that stands out, perhaps larger than the text around it."""
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    font.setPointSizeF(scale * font.pointSizeF())
    label.setFont(font)
    return label


def spin_box(name: str, low: int, high: int, value: int, suffix: str = "") -> QSpinBox:
    """Return a field for a whole number, as high as a line of text."""
    box = QSpinBox()
    box.setObjectName(name)
    box.setRange(low, high)
    box.setValue(value)
    box.setSuffix(suffix)
    box.setGroupSeparatorShown(True)
    box.setMinimumHeight(QLineEdit().sizeHint().height())
    return box


def side_by_side(*widgets: QWidget) -> QHBoxLayout:
    """Return widgets in a row, as wide as they need to be."""
    row = QHBoxLayout()
    row.setSpacing(10)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def dividing_line() -> QFrame:
    """Return a horizontal line."""
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Sunken)
    return line
