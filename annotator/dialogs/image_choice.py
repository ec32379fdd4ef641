"""Choosing images by how far they are, and how they part into training and test."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from annotator.dialogs.forms import Form, side_by_side, spin_box
from annotator.document.image_state import FINISHED, ImageState, Subset
from annotator.exporters.splits import DataSetChoice, Split, split_images
from annotator.storage.project_records import ImageRecord

MAX_SEED = 999_999


@dataclass(frozen=True, slots=True)
class ListedImage:
    """What choosing needs to know of an image."""

    identifier: int
    name: str
    sha256: str
    state: ImageState
    subset: Subset
    has_crack: bool

    @staticmethod
    def of(record: ImageRecord) -> "ListedImage":
        """Take it from the project's list."""
        return ListedImage(
            record.identifier, record.shown_name, record.sha256, record.state, record.subset,
            record.n_cracks > 0,
        )  # fmt: skip


class StatesChoice(QWidget):
    """A check box for each state, with the number of images in it."""

    changed = Signal()

    def __init__(self, chosen: Iterable[ImageState] = FINISHED) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        self._boxes: dict[ImageState, QCheckBox] = {}
        for number, state in enumerate((*FINISHED, *(s for s in ImageState if s not in FINISHED))):
            box = self._boxes[state] = QCheckBox()
            box.setObjectName(f"state_{state.name.lower()}")
            box.setChecked(state in set(chosen))
            box.toggled.connect(self.changed)
            grid.addWidget(box, number // 3, number % 3)
        self.count(())

    @property
    def states(self) -> tuple[ImageState, ...]:
        """States that are chosen."""
        return tuple(state for state in ImageState if self._boxes[state].isChecked())

    def set_states(self, states: Iterable[str]) -> None:
        """Choose states by their names; names that are none do not matter."""
        chosen = set(states)
        for state, box in self._boxes.items():
            box.setChecked(str(state) in chosen)

    def count(self, images: Iterable[ListedImage]) -> None:
        """Show how many images are in each state."""
        counts = Counter(image.state for image in images)
        for state, box in self._boxes.items():
            box.setText(f"{str(state).capitalize()} ({counts[state]})")


class DataSetControls(QWidget):
    """States, what counts as free of cracks, share of the test, seed."""

    changed = Signal()
    split_requested = Signal()
    """The user wants to assign images by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.states = StatesChoice()
        self._clean = QCheckBox("Reviewed and approved images without cracks too")
        self._clean.setToolTip(
            "Otherwise only images that are marked “no crack” count as images without cracks"
        )
        self._test = spin_box("test_percent", 0, 90, 10, " % of the images")
        self._seed = spin_box("seed", 0, MAX_SEED, 0)
        self._seed.setGroupSeparatorShown(False)
        self._seed.setToolTip("The same seed draws the same images and patches again")
        by_hand = QPushButton("Assign by hand…")
        by_hand.setAutoDefault(False)
        by_hand.clicked.connect(self.split_requested)
        self._assigned = QLabel()
        form = Form(self)
        form.add("Images", self.states)
        form.add("", self._clean)
        form.add("Test set", side_by_side(self._test, QLabel("Seed"), self._seed))
        form.add("", side_by_side(by_hand, self._assigned))
        self.states.changed.connect(self.changed)
        self._clean.toggled.connect(self.changed)
        self._test.valueChanged.connect(self.changed)
        self._seed.valueChanged.connect(self.changed)

    @property
    def choice(self) -> DataSetChoice:
        """What is chosen; an AnnotatorError says why it is no choice."""
        return DataSetChoice(
            self.states.states, self._clean.isChecked(), self._test.value() / 100,
            self._seed.value(),
        )  # fmt: skip

    @property
    def values(self) -> dict[str, Any]:
        """What is chosen, to be remembered."""
        return {
            "states": [str(state) for state in self.states.states],
            "include_clean": self._clean.isChecked(),
            "test_percent": self._test.value(),
            "seed": self._seed.value(),
        }

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take over what was chosen before."""
        if isinstance(values.get("states"), list):
            self.states.set_states(values["states"])
        self._clean.setChecked(bool(values.get("include_clean", False)))
        self._test.setValue(whole(values, "test_percent", 10))
        self._seed.setValue(whole(values, "seed", 0))

    def show_images(self, images: list[ListedImage]) -> None:
        """Count the images in each state, and those assigned by hand."""
        self.states.count(images)
        counts = Counter(image.subset for image in images)
        n_train, n_test = counts["train"], counts["test"]
        self._assigned.setText(
            f"{n_train} to training, {n_test} to the test; the seed draws the others"
            if n_train or n_test
            else "None yet; the seed draws all"
        )


def taken_and_split(
    images: Iterable[ListedImage], choice: DataSetChoice
) -> tuple[list[ListedImage], Split]:
    """Return the images of a data set, and how they part."""
    taken = [image for image in images if choice.takes(image.state, has_crack=image.has_crack)]
    return taken, split_images(taken, choice.test_fraction, choice.seed)


def whole(values: Mapping[str, Any], name: str, default: int) -> int:
    """Return a whole number out of remembered values, which another version may have written."""
    value = values.get(name, default)
    return value if isinstance(value, int) and not isinstance(value, bool) else default
