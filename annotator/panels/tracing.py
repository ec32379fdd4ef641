"""How cracks are traced: folded away, because none of it is needed.

Without a selection it holds for the next traces; for traced cracks that are selected it shows their
parameters, and a change traces them anew.
"""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from annotator.panels.cost_options import CostOptions
from annotator.panels.parameter_editors import (
    MIXED_TEXT,
    CalmComboBox,
    ParameterEditor,
    make_editor,
)
from annotator.session import Session
from annotator.session.trace_settings import APPEARANCE, CUSTOM, MIXED

PRESETS: dict[str, tuple[str, str]] = {
    "default": (
        "Annotation (default)",
        "Masks as people draw them: a little beyond the visible edge on each side.",
    ),
    "measurement": (
        "Measurement (optical edge)",
        "Masks end at the visible edge itself; choose this to measure widths.",
    ),
    "wide": (
        "Wide cracks",
        "For cracks about 10 to 100 pixels wide, as in close-up photographs.",
    ),
}
"""Label and purpose of each preset of the engine."""

POLARITY = "polarity"
POLARITIES = {"auto": "Automatic", "dark": "Dark", "bright": "Bright"}
"""Its choices in words that need no knowledge of the engine."""

CUSTOM_TEXT = "Custom"
CUSTOM_PURPOSE = "Parameters of its own; choose a preset to take over all of its values."
LOCKED_TEXT = "Locked: unlock it to change how it is traced (L)."
LEAST_HEIGHT = 280
"""Pixels of an open panel before it scrolls."""


class TracingPanel(QWidget):
    """A heading that unfolds to preset and polarity, further to all parameters, and to the cost."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._settings = session.trace_settings
        self.editors: dict[str, ParameterEditor] = {}
        """By name of the parameter; empty until the engine is loaded."""
        self._labels: dict[str, QLabel] = {}
        self._snapping = QCheckBox("Snap to cracks (S)")
        self._snapping.setObjectName("snapping_switch")
        self._snapping.setToolTip(
            "Clicks of the trace tool go to the nearest crack; a ring shows where"
        )
        self._snapping.toggled.connect(session.live_preview.set_snapping)
        session.live_preview.snapping_changed.connect(self._follow_snapping)
        self._inside = QWidget()
        self._body = _Scroller(self._inside)
        self._heading = _fold_button("Options", "tracing_heading", self._body)
        self._all = QWidget()
        self._all_heading = _fold_button("All parameters", "all_parameters", self._all)
        self._subject = QLabel()
        self._subject.setObjectName("trace_subject")
        self._preset = CalmComboBox()
        self._preset.setObjectName("preset")
        self._preset.activated.connect(self._on_preset_chosen)
        self._purpose = QLabel()
        self._purpose.setObjectName("preset_purpose")
        self._purpose.setWordWrap(True)
        self._reset = QToolButton()
        self._reset.setText("Reset")
        self._reset.setObjectName("reset_parameters")
        self._reset.setToolTip("Back to the default preset and its values")
        self._reset.clicked.connect(self._settings.reset)
        self._preset_form = QFormLayout()
        self._form = QFormLayout()
        self._all_form = QFormLayout(self._all)
        self._build()
        self._settings.learned.connect(self._build_editors)
        self._settings.changed.connect(self._follow)
        self._follow_snapping()
        self._build_editors()

    def _build(self) -> None:
        self._preset_form.addRow("Preset", self._preset)
        self._all_form.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self._inside)
        layout.setContentsMargins(10, 4, 10, 10)
        top = QHBoxLayout()
        top.addWidget(self._subject, 1)
        top.addWidget(self._reset)
        layout.addLayout(top)
        layout.addLayout(self._preset_form)
        layout.addWidget(self._purpose)
        layout.addLayout(self._form)
        layout.addWidget(CostOptions(self._session.cost_preview))
        layout.addWidget(self._all_heading)
        layout.addWidget(self._all)
        layout.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 2, 0, 0)
        outer.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(10, 2, 10, 4)
        row.addWidget(self._snapping)
        outer.addLayout(row)
        outer.addWidget(self._heading)
        outer.addWidget(self._body)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def _follow_snapping(self) -> None:
        self._snapping.setChecked(self._session.live_preview.is_snapping)

    def _build_editors(self) -> None:
        """Make a field for each parameter of the engine, once it is loaded."""
        for name in list(self.editors):
            self._form_of(name).removeRow(self.editors.pop(name))
        self._labels.clear()
        for info in self._settings.choices.parameters:
            editor = make_editor(info, POLARITIES if info.name == POLARITY else {})
            editor.edited.connect(lambda value, n=info.name: self._settings.set_value(n, value))
            editor.refused.connect(self._session.problem)
            label = QLabel("Cracks are" if info.name == POLARITY else info.label)
            label.setToolTip(editor.toolTip())
            label.setBuddy(editor)
            self.editors[info.name], self._labels[info.name] = editor, label
            self._form_of(info.name).addRow(label, editor)
        self._preset.clear()
        for name in self._settings.choices.presets:
            self._preset.addItem(PRESETS.get(name, (name, ""))[0], name)
        self._follow()

    def _form_of(self, name: str) -> QFormLayout:
        return self._form if name == POLARITY else self._all_form

    def _on_preset_chosen(self) -> None:
        self._settings.set_preset(self._preset.currentData())

    def _follow(self) -> None:
        """Show what holds now."""
        settings = self._settings
        self._subject.setText(f"<b>{settings.heading}</b>")
        self._inside.setEnabled(not self._session.is_read_only)
        preset = settings.preset
        self._show_preset(self._preset, preset)
        if settings.is_locked:
            self._purpose.setText(LOCKED_TEXT)
        else:
            self._purpose.setText(PRESETS.get(str(preset), ("", CUSTOM_PURPOSE))[1])
        values = settings.values
        for name, editor in self.editors.items():
            editor.show_value(values[name])
            editor.setEnabled(not settings.is_locked)
            font = self._labels[name].font()
            # Of a crack that was traced, what was seen in the image is known and no choice.
            is_choice = name not in APPEARANCE or not settings.cracks
            is_other = values[name] != editor.info.default and values[name] is not MIXED
            font.setBold(is_choice and is_other)
            self._labels[name].setFont(font)
        self._preset.setEnabled(not settings.is_locked)
        self._all_heading.setVisible(bool(self.editors))
        self._reset.setEnabled(not settings.is_default and not settings.is_locked)

    def _show_preset(self, combo: QComboBox, preset: object) -> None:
        is_known = isinstance(preset, str) and preset != CUSTOM
        combo.setPlaceholderText(MIXED_TEXT if preset is MIXED else CUSTOM_TEXT)
        combo.setCurrentIndex(combo.findData(preset) if is_known else -1)


class _Scroller(QScrollArea):
    """Scrolls up and down where the options are longer than the room for them."""

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self._inside = inside
        inside.installEventFilter(self)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask for other room where something inside was unfolded or folded away."""
        if watched is self._inside and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        """Ask for room for everything."""
        return self._inside.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Be as wide as what is inside, which does not scroll sideways, and show some of it."""
        wanted = self._inside.sizeHint()
        width = self._inside.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(width, min(wanted.height(), LEAST_HEIGHT))


def _fold_button(text: str, name: str, folded: QWidget) -> QToolButton:
    """Return a heading that unfolds a widget, which is folded away at first."""
    heading = QToolButton()
    heading.setText(text)
    heading.setObjectName(name)
    heading.setAutoRaise(True)
    heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def unfold(is_open: bool) -> None:
        heading.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        folded.setVisible(is_open)

    heading.clicked.connect(lambda: unfold(folded.isHidden()))
    unfold(False)
    return heading
