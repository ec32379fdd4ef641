"""Composing a set of patches: a recipe, and counters that follow every choice."""

from collections.abc import Mapping
from typing import Any, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QVBoxLayout,
)

from annotator.dialogs.export_panels import ChoiceRow, OptionsPanel
from annotator.dialogs.forms import Form, bold_label, dividing_line, side_by_side, spin_box
from annotator.dialogs.image_choice import DataSetControls, ListedImage, whole
from annotator.errors import AnnotatorError
from annotator.exporters.csb_patches import PATCH_SIDES, CsbPatchesOptions
from annotator.exporters.image_tiles import ImageTiles
from annotator.exporters.patch_composer import (
    Composition,
    PatchChoice,
    PatchComposer,
    PatchCounts,
    Recipe,
    recipe_named,
)
from annotator.exporters.splits import Side

CUSTOM = "custom"
RECIPE_TEXTS = {
    "70 % crack, 30 % background": "70/30",
    "30 % crack, 70 % background": "30/70",
    "10 % crack, 90 % background": "10/90",
    "All patches there are": "full",
    "A ratio of your own": CUSTOM,
}
SMALL_TEXTS = {"are left out": "skip", "are continued by their mirror image": "mirror"}
FORMAT_TEXTS = {"JPEG, quality 100 (as CSB)": "jpg", "PNG, lossless": "png"}
COLUMNS = ("Images", "Crack", "Background", "Patches", "With crack")
SIDES: tuple[tuple[Side | Literal["all"], str], ...] = (
    ("train", "Training"), ("test", "Test"), ("all", "Together"),
)  # fmt: skip
COUNTING = "Counting the patches of the project…"
MOST_PATCHES = 10_000_000


class PatchPanel(OptionsPanel):
    """Asks for the numbers of the project's patches once, then composes at every change."""

    counting_wanted = Signal(str)
    """Count the patches anew; small images are treated as named."""

    def __init__(self) -> None:
        super().__init__()
        self._composer: PatchComposer | None = None
        self._composition: Composition | None = None
        self._images: list[ListedImage] = []
        self._fraction = 0.0
        self._failure = ""
        self._controls = DataSetControls()
        self._controls.split_requested.connect(self.split_requested)
        self._recipe = ChoiceRow("recipe", RECIPE_TEXTS)
        self._percent = spin_box("crack_percent", 1, 100, 45, " % crack")
        self._limit = QCheckBox("At most")
        self._limit.setObjectName("is_limited")
        self._n_crack = spin_box("n_crack", 1, MOST_PATCHES, 1000, " crack patches")
        self._min_pixels = spin_box("min_pixels", 1, 512 * 512, 1, " or more crack pixels")
        self._sides = {side: QCheckBox(f"{side} px") for side in PATCH_SIDES}
        self._format = ChoiceRow("patch_format", FORMAT_TEXTS)
        self._small = ChoiceRow("small_images", SMALL_TEXTS)
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setObjectName("patch_notes")
        for side, box in self._sides.items():
            box.setObjectName(f"side_{side}")
        self._sides[PATCH_SIDES[0]].setChecked(True)
        self._lay_out()
        self._connect()
        self._compose()

    @property
    def options(self) -> CsbPatchesOptions:
        """Options for the exporter."""
        sides = tuple(side for side, box in self._sides.items() if box.isChecked())
        return CsbPatchesOptions(
            self._choice, sides, self._format.currentData(), self._small.currentData()
        )

    @property
    def values(self) -> dict[str, Any]:
        """What is chosen."""
        return {
            **self._controls.values,
            "recipe": self._recipe.currentData(),
            "crack_percent": self._percent.value(),
            "n_crack": self._n_crack.value() if self._limit.isChecked() else 0,
            "min_pixels": self._min_pixels.value(),
            "sides": [side for side, box in self._sides.items() if box.isChecked()],
            "patch_format": self._format.currentData(),
            "small_images": self._small.currentData(),
        }

    @property
    def is_anything_chosen(self) -> bool:
        """Tell whether there would be a patch; until they are counted, whether an image fits."""
        if self._composer is None:
            choice = self._controls.choice
            return any(choice.takes(i.state, has_crack=i.has_crack) for i in self._images)
        return bool(self._composition and self._composition.counts["all"].n_patches)

    @property
    def pending(self) -> str:
        """Tell how far the counting is; the export itself does not wait for it."""
        if self._composer is not None or self._failure:
            return ""
        return f"{COUNTING} {self._fraction:.0%}"

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over what was chosen before."""
        self._controls.restore(values)
        self._recipe.restore(values.get("recipe"))
        self._percent.setValue(whole(values, "crack_percent", 45))
        n_crack = whole(values, "n_crack", 0)
        self._limit.setChecked(n_crack > 0)
        self._n_crack.setValue(n_crack or 1000)
        self._min_pixels.setValue(whole(values, "min_pixels", 1))
        if isinstance(values.get("sides"), list):
            for side, box in self._sides.items():
                box.setChecked(side in values["sides"])
        self._format.restore(values.get("patch_format"))
        self._small.restore(values.get("small_images"))

    def show_images(self, images: list[ListedImage]) -> None:
        """Count images; their patches take a moment longer."""
        self._images = images
        self._controls.show_images(images)
        self._ask_for_counting()

    def show_progress(self, fraction: float) -> None:
        """Tell how far the counting of patches is."""
        self._fraction = fraction

    def show_failure(self, text: str) -> None:
        """Say why the patches could not be counted."""
        self._failure = text
        self._compose()

    def show_tiles(self, tiles: list[ImageTiles]) -> None:
        """Take over the numbers of the project's patches."""
        self._composer = PatchComposer(tiles)
        self._compose()

    @property
    def _ratio(self) -> Recipe:
        name = self._recipe.currentData()
        percent = self._percent.value()
        return recipe_named(f"{percent}/{100 - percent}" if name == CUSTOM else name)

    @property
    def _choice(self) -> PatchChoice:
        limit = self._n_crack.value() if self._limit.isChecked() else None
        return PatchChoice(self._controls.choice, self._ratio, limit, self._min_pixels.value())

    def _lay_out(self) -> None:
        form = Form()
        form.add("Recipe", side_by_side(self._recipe, self._percent))
        form.add("Number", side_by_side(self._limit, self._n_crack))
        form.add("A crack patch has", side_by_side(self._min_pixels))
        form.add("Sizes", side_by_side(*self._sides.values()))
        form.add("Files", side_by_side(self._format))
        form.add("Small images", side_by_side(self._small))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._controls)
        layout.addLayout(form)
        layout.addWidget(dividing_line())
        numbers = Form()
        numbers.add("Will hold", self._counters())
        numbers.add("", self._note)
        layout.addLayout(numbers)

    def _counters(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        right = Qt.AlignmentFlag.AlignRight
        self._numbers: dict[tuple[str, str], QLabel] = {}
        for column, text in enumerate(COLUMNS, start=1):
            grid.addWidget(bold_label(text), 0, column, right)
        for row, (side, text) in enumerate(SIDES, start=1):
            grid.addWidget(QLabel(text), row, 0)
            for column, name in enumerate(COLUMNS, start=1):
                label = self._numbers[side, name] = QLabel("–")
                label.setObjectName(f"{side}_{name.lower().replace(' ', '_')}")
                grid.addWidget(label, row, column, right)
        grid.setColumnStretch(len(COLUMNS) + 1, 1)
        return grid

    def _connect(self) -> None:
        self._controls.changed.connect(self._compose)
        self._recipe.currentIndexChanged.connect(self._compose)
        self._limit.toggled.connect(self._compose)
        for spin in (self._percent, self._n_crack, self._min_pixels):
            spin.valueChanged.connect(self._compose)
        self._small.currentIndexChanged.connect(self._ask_for_counting)
        for box in self._sides.values():
            box.toggled.connect(self.changed)
        self._format.currentIndexChanged.connect(self.changed)

    def _ask_for_counting(self) -> None:
        self._composer, self._fraction, self._failure = None, 0.0, ""
        self._compose()
        self.counting_wanted.emit(self._small.currentData())

    def _compose(self) -> None:
        """Show what the present choice yields."""
        self._percent.setEnabled(self._recipe.currentData() == CUSTOM)
        is_full = self._recipe.currentData() == "full"
        self._limit.setEnabled(not is_full)
        self._n_crack.setEnabled(self._limit.isChecked() and not is_full)
        self._composition = None
        notes: tuple[str, ...] = (self._failure,)
        try:
            if self._composer is not None:
                self._composition = self._composer.compose(self._choice)
                notes = self._composition.notes
        except AnnotatorError as error:
            notes = (error.text,)
        self._show_counts()
        self._note.setText("\n".join(notes))
        self.changed.emit()

    def _show_counts(self) -> None:
        for side, _ in SIDES:
            counts = self._composition.counts[side] if self._composition else None
            for name, text in _texts(counts, "…" if self.pending else "–").items():
                self._numbers[side, name].setText(text)


def _texts(counts: PatchCounts | None, unknown: str) -> dict[str, str]:
    if counts is None:
        return dict.fromkeys(COLUMNS, unknown)
    values = (
        f"{counts.n_images:,}", f"{counts.n_crack:,}", f"{counts.n_background:,}",
        f"{counts.n_patches:,}", f"{counts.crack_percent:.1f} %" if counts.n_patches else "–",
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))
