"""Fields for the parameters of a trace, made from what the engine says about each."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QWidget,
)

from annotator.services.trace_choices import ParameterInfo
from annotator.session.trace_settings import MIXED

MIXED_TEXT = "mixed"
DECIMALS = 4
SHOWN_LETTERS = 8


class CalmComboBox(QComboBox):
    """A combo box that the wheel turns only once it was clicked, and that may be narrow.

    In a list of options that is scrolled, the wheel would change what it passes over.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # As wide as the longest choice, it would push the canvas aside when it unfolds.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(SHOWN_LETTERS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the list, unless this field is being edited."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ParameterEditor(QWidget):
    """A field for one parameter; shows any value without telling that it was edited."""

    edited = Signal(object)
    """The user chose a value."""
    refused = Signal(str)
    """What was typed is no value: a sentence."""

    def __init__(self, info: ParameterInfo, field: QWidget) -> None:
        super().__init__()
        self.info = info
        self.field = field
        field.setObjectName(info.name)
        field.setAccessibleName(info.label)
        field.setAccessibleDescription(info.text)
        self.setToolTip(describe(info))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(field)
        self.setFocusProxy(field)

    def show_value(self, value: Any) -> None:
        """Show a value, or MIXED."""
        was_blocked = self.field.blockSignals(True)
        self._show(value)
        self.field.blockSignals(was_blocked)

    def _show(self, value: Any) -> None:
        raise NotImplementedError


class ChoiceEditor(ParameterEditor):
    """One of some words; ``names`` may give some of them in the user's language."""

    def __init__(self, info: ParameterInfo, names: dict[str, str]) -> None:
        self._combo = CalmComboBox()
        super().__init__(info, self._combo)
        self._combo.setPlaceholderText(MIXED_TEXT)
        for choice in info.choices:
            self._combo.addItem(names.get(choice, choice.capitalize()), choice)
        self._combo.activated.connect(lambda: self.edited.emit(self._combo.currentData()))

    def _show(self, value: Any) -> None:
        self._combo.setCurrentIndex(-1 if value is MIXED else self._combo.findData(value))


class _CalmSpinBox(QDoubleSpinBox):
    """Numbers without trailing zeros; the wheel turns it only once it was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setDecimals(DECIMALS)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)

    def textFromValue(self, value: float) -> str:
        """Write a number as short as it can be."""
        short = self.locale().toString(value, "f", DECIMALS)
        point = self.locale().decimalPoint()
        return short.rstrip("0").rstrip(point) if point in short else short

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the list, unless this field is being edited."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class NumberEditor(ParameterEditor):
    """A number in its range, whole or not.

    MIXED is shown as a value below the range, which leaves the range again with the first edit.
    """

    def __init__(self, info: ParameterInfo) -> None:
        self._low = 0.0 if info.low is None else info.low
        self._spin = _CalmSpinBox()
        super().__init__(info, self._spin)
        self._is_whole = info.kind == "whole"
        if self._is_whole:
            self._spin.setDecimals(0)
            self._spin.setStepType(QAbstractSpinBox.StepType.DefaultStepType)
        self._spin.setKeyboardTracking(False)
        self._spin.setMaximum(1e9 if info.high is None else info.high)
        self._spin.setMinimum(self._low)
        self._spin.valueChanged.connect(self._on_changed)

    def _show(self, value: Any) -> None:
        is_mixed = value is MIXED
        self._spin.setSpecialValueText(MIXED_TEXT if is_mixed else "")
        self._spin.setMinimum(self._low - 1 if is_mixed else self._low)
        self._spin.setValue(self._spin.minimum() if is_mixed else float(value))

    def _on_changed(self, value: float) -> None:
        chosen = max(value, self._low)
        self.show_value(chosen)
        self.edited.emit(round(chosen) if self._is_whole else chosen)


class NumbersEditor(ParameterEditor):
    """Several numbers with commas between them."""

    def __init__(self, info: ParameterInfo) -> None:
        self._line = QLineEdit()
        super().__init__(info, self._line)
        self._line.setPlaceholderText(MIXED_TEXT)
        self._shown = ""
        self._line.editingFinished.connect(self._on_finished)

    def _show(self, value: Any) -> None:
        numbers = () if value is MIXED else value
        self._shown = ", ".join(f"{number:g}" for number in numbers)
        self._line.setText(self._shown)

    def _on_finished(self) -> None:
        text = self._line.text()
        if text == self._shown:
            return
        try:
            numbers = tuple(
                float(part) for part in text.replace(";", ",").split(",") if part.strip()
            )
        except ValueError:
            numbers = ()
        low, high = self.info.low or 0.0, self.info.high or float("inf")
        if numbers and all(low <= number <= high for number in numbers):
            self.edited.emit(numbers)
            return
        self._line.setText(self._shown)
        self.refused.emit(
            f"“{text}” is no list of numbers from {low:g} to {high:g}; "
            f"write them as in {', '.join(f'{number:g}' for number in self.info.default)}."
        )


def make_editor(info: ParameterInfo, names: dict[str, str]) -> ParameterEditor:
    """Return the field that fits a parameter."""
    if info.kind == "choice":
        return ChoiceEditor(info, names)
    return NumbersEditor(info) if info.kind == "numbers" else NumberEditor(info)


def describe(info: ParameterInfo) -> str:
    """Return what a parameter is for, its range and its default."""
    default = info.default
    shown = ", ".join(f"{n:g}" for n in default) if isinstance(default, tuple) else f"{default}"
    range_ = "" if info.low is None else f"{info.low:g} to {info.high:g}, "
    return f"{info.text}\n{range_}default {shown}"
