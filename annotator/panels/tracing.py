"""How the next crack is traced: a preset and the polarity, folded away because none is needed."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from annotator.session import Session
from annotator.workers.trace_work import TraceOptions

POLARITIES: tuple[tuple[str, str | None], ...] = (
    ("As in the preset", None),
    ("Dark or bright (automatic)", "auto"),
    ("Dark", "dark"),
    ("Bright", "bright"),
)

SHOWN_LETTERS = 12

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
"""Label and tooltip of each preset of the engine."""


class TracingPanel(QWidget):
    """A heading that unfolds to the options; what is chosen holds for the next trace."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._heading = QToolButton()
        self._heading.setText("Options")
        self._heading.setObjectName("tracing_heading")
        self._heading.setAutoRaise(True)
        self._heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._heading.clicked.connect(self._toggle)
        self._preset = QComboBox()
        self._preset.setObjectName("preset")
        self._offer(("default",))
        self._polarity = QComboBox()
        self._polarity.setObjectName("polarity")
        for text, value in POLARITIES:
            self._polarity.addItem(text, value)
        self._form = QWidget()
        form = QFormLayout(self._form)
        form.setContentsMargins(10, 4, 10, 10)
        form.addRow("Preset", self._preset)
        form.addRow("Cracks are", self._polarity)
        for combo in (self._preset, self._polarity):
            # As wide as the longest choice, it would push the canvas aside when it unfolds.
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            combo.setMinimumContentsLength(SHOWN_LETTERS)
            combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            combo.currentIndexChanged.connect(self._on_chosen)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._heading)
        layout.addWidget(self._form)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._unfold(False)
        self._on_chosen()

    def set_presets(self, names: tuple[str, ...]) -> None:
        """Offer the engine's presets; known once it is loaded."""
        chosen = self._preset.currentData()
        self._preset.blockSignals(True)
        self._preset.clear()
        self._offer(names)
        self._preset.setCurrentIndex(max(self._preset.findData(chosen), 0))
        self._preset.blockSignals(False)
        self._on_chosen()

    def _offer(self, names: Iterable[str]) -> None:
        for name in names:
            label, tooltip = PRESETS.get(name, (name, ""))
            self._preset.addItem(label, name)
            row = self._preset.count() - 1
            self._preset.setItemData(row, tooltip, Qt.ItemDataRole.ToolTipRole)

    def _toggle(self) -> None:
        self._unfold(self._form.isHidden())

    def _unfold(self, is_open: bool) -> None:
        self._heading.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._form.setVisible(is_open)

    def _on_chosen(self) -> None:
        self._preset.setToolTip(self._preset.currentData(Qt.ItemDataRole.ToolTipRole))
        self._session.options = TraceOptions(
            preset=self._preset.currentData() or "default", polarity=self._polarity.currentData()
        )
