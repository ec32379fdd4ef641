"""The options of each export, as the dialog shows them."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.forms import Form, bold_label, note_label, side_by_side
from annotator.dialogs.image_choice import (
    DataSetControls,
    ListedImage,
    StatesChoice,
    taken_and_split,
)
from annotator.document.image_state import FINISHED, ImageState
from annotator.errors import AnnotatorError
from annotator.exporters.coco import CocoOptions
from annotator.exporters.csb_images import CsbImagesOptions
from annotator.exporters.labelme import LabelmeOptions
from annotator.exporters.mask_pairs import MaskPairsOptions
from annotator.exporters.measurements import MeasurementsOptions
from annotator.exporters.predecessor import PredecessorOptions

NOTHING_TAKEN = (
    "No image fits this choice: mark images as reviewed (2), approved (3) or without cracks (0), "
    "or choose other states."
)


class OptionsPanel(QWidget):
    """The options of one format; ``changed`` tells when they or what they yield changed."""

    changed = Signal()
    split_requested = Signal()

    @property
    @abstractmethod
    def options(self) -> Any:
        """Options for the exporter; an AnnotatorError says what is wrong with them."""

    @property
    @abstractmethod
    def values(self) -> dict[str, Any]:
        """What is chosen, to be remembered."""

    @property
    def is_anything_chosen(self) -> bool:
        """Tell whether there would be something in the export."""
        return True

    @property
    def pending(self) -> str:
        """A sentence on what is being computed for the panel; empty where nothing is."""
        return ""

    @abstractmethod
    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over what was chosen before."""

    @abstractmethod
    def show_images(self, images: list[ListedImage]) -> None:
        """Count the images of the project."""


class ChoiceRow(QComboBox):
    """A choice of a few values, each with a sentence."""

    def __init__(self, name: str, choices: Mapping[str, Any]) -> None:
        super().__init__()
        self.setObjectName(name)
        for text, value in choices.items():
            self.addItem(text, value)

    def restore(self, value: Any) -> None:
        """Choose a value, if it is one of them."""
        index = self.findData(value)
        if index >= 0:
            self.setCurrentIndex(index)


class StatesPanel(OptionsPanel):
    """Images by their states, and perhaps one choice of the format."""

    default_states: tuple[ImageState, ...] = FINISHED
    note = "Images in which nothing is marked are taken where somebody has finished them."
    row: tuple[str, str, dict[str, Any]] | None = None
    """Label, name of the option, values by their texts."""
    make: Any = PredecessorOptions

    def __init__(self) -> None:
        super().__init__()
        self._states = StatesChoice(self.default_states)
        self._states.changed.connect(self.changed)
        self._images: list[ListedImage] = []
        form = Form(self)
        form.add("Images", self._states)
        form.add("", note_label(self.note))
        self._choice: ChoiceRow | None = None
        if self.row:
            label, name, choices = self.row
            self._choice = ChoiceRow(name, choices)
            self._choice.currentIndexChanged.connect(self.changed)
            form.add(label, side_by_side(self._choice))

    @property
    def options(self) -> Any:
        """Options for the exporter."""
        if not self._states.states:
            raise AnnotatorError("No state of images is chosen; choose at least one.")
        more = {self.row[1]: self._choice.currentData()} if self.row and self._choice else {}
        return self.make(self._states.states, **more)

    @property
    def values(self) -> dict[str, Any]:
        """What is chosen."""
        states = [str(state) for state in self._states.states]
        more = {self.row[1]: self._choice.currentData()} if self.row and self._choice else {}
        return {"states": states, **more}

    @property
    def is_anything_chosen(self) -> bool:
        """Tell whether an image is in one of the states."""
        return any(image.state in self._states.states for image in self._images)

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over what was chosen before."""
        if isinstance(values.get("states"), list):
            self._states.set_states(values["states"])
        if self.row and self._choice:
            self._choice.restore(values.get(self.row[1]))

    def show_images(self, images: list[ListedImage]) -> None:
        """Count the images in each state."""
        self._images = images
        self._states.count(images)
        self.changed.emit()


class MasksPanel(StatesPanel):
    """Photographs and masks."""

    row = ("Crack pixels are", "crack_value", {"255 (white)": 255, "1 (for training code)": 1})
    make = MaskPairsOptions


class CocoPanel(StatesPanel):
    """COCO."""

    row = (
        "Cracks are", "shapes",
        {"Run lengths (every pixel)": "rle", "Polygons (outlines)": "polygons"},
    )  # fmt: skip
    make = CocoOptions


class LabelmePanel(StatesPanel):
    """labelme."""

    row = (
        "Cracks are", "shapes",
        {"Masks (every pixel)": "masks", "Polygons (outlines)": "polygons"},
    )  # fmt: skip
    make = LabelmeOptions


class MeasurementsPanel(StatesPanel):
    """Tables of lengths and widths."""

    default_states = tuple(ImageState)
    note = "Lengths and widths are in pixels."
    make = MeasurementsOptions


class CsbImagesPanel(OptionsPanel):
    """Whole photographs, with the numbers of the four folders."""

    def __init__(self) -> None:
        super().__init__()
        self._controls = DataSetControls()
        self._controls.changed.connect(self._count)
        self._controls.split_requested.connect(self.split_requested)
        self._images: list[ListedImage] = []
        self._numbers: dict[tuple[bool, str], QLabel] = {}
        self._note = QLabel()
        self._note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._controls)
        form = Form()
        form.add("Will hold", self._counters())
        form.add("", self._note)
        layout.addLayout(form)
        self._count()

    @property
    def options(self) -> CsbImagesOptions:
        """Options for the exporter."""
        return CsbImagesOptions(self._controls.choice)

    @property
    def values(self) -> dict[str, Any]:
        """What is chosen."""
        return self._controls.values

    @property
    def is_anything_chosen(self) -> bool:
        """Tell whether any folder would hold an image."""
        return any(label.text() not in ("", "0") for label in self._numbers.values())

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over what was chosen before."""
        self._controls.restore(values)

    def show_images(self, images: list[ListedImage]) -> None:
        """Count the images anew."""
        self._images = images
        self._controls.show_images(images)
        self._count()

    def _counters(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        for column, text in enumerate(("Training", "Test"), start=1):
            grid.addWidget(bold_label(text), 0, column, Qt.AlignmentFlag.AlignRight)
        for row, (text, has_crack) in enumerate(
            (("With cracks", True), ("Without cracks", False)), start=1
        ):
            grid.addWidget(QLabel(text), row, 0)
            for column, side in enumerate(("train", "test"), start=1):
                label = self._numbers[has_crack, side] = QLabel("0")
                label.setObjectName(f"{'crack' if has_crack else 'nocrack'}_{side}")
                grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(3, 1)
        return grid

    def _count(self) -> None:
        try:
            choice = self._controls.choice
        except AnnotatorError as error:
            self._note.setText(error.text)
            for label in self._numbers.values():
                label.setText("0")
        else:
            taken, split = taken_and_split(self._images, choice)
            for (has_crack, side), label in self._numbers.items():
                count = sum(
                    image.has_crack is has_crack and split.side(image.name) == side
                    for image in taken
                )
                label.setText(str(count))
            n_left = sum(image.state in choice.states for image in self._images) - len(taken)
            left = f"{n_left} images in these states have no cracks and are left out. "
            self._note.setText((left if n_left else "") + " ".join(split.notes))
        self.changed.emit()
