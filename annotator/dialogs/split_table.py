"""The table in which images are assigned to training or test by hand."""

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.forms import resize_on_screen
from annotator.dialogs.image_choice import ListedImage
from annotator.document.image_state import Subset

EXPLANATION = (
    "Select images and say where they go. What is assigned here stays, whatever the seed; the seed "
    "draws from the others until the test set is full. Identical files are never parted."
)
TEXTS: dict[Subset, str] = {"auto": "by the seed", "train": "training", "test": "test"}
BUTTONS: tuple[tuple[Subset, str], ...] = (
    ("train", "Training"), ("test", "Test"), ("auto", "By the seed"),
)  # fmt: skip
NAME, STATE, CRACKS, SUBSET = range(4)


class SplitTable(QDialog):
    """Lists the images of the project; emits those that were assigned differently."""

    assigned = Signal(object)
    """New assignments by the identifier of the image: dict[int, Subset]."""

    def __init__(self, images: Iterable[ListedImage], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Training and test by hand")
        self.setObjectName("split_table")
        self._before: dict[int, Subset] = {}
        explanation = QLabel(EXPLANATION)
        explanation.setWordWrap(True)
        self._filter = QLineEdit()
        self._filter.setPlaceholderText("Filter by name")
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(self._hide_others)
        self._list = self._make_list(images)
        row = QHBoxLayout()
        row.addWidget(QLabel("Selected images to"))
        for subset, text in BUTTONS:
            button = QPushButton(text)
            button.setObjectName(f"assign_{subset}")
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._assign, subset))
            row.addWidget(button)
        row.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton("Apply", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(explanation)
        layout.addWidget(self._filter)
        layout.addWidget(self._list, 1)
        layout.addLayout(row)
        layout.addWidget(buttons)
        resize_on_screen(self, QSize(640, 520))

    @property
    def assignments(self) -> dict[int, Subset]:
        """What is assigned differently than before."""
        return {
            identifier: subset
            for item in self._items()
            for identifier, subset in [item.data(NAME, Qt.ItemDataRole.UserRole)]
            if subset != self._before[identifier]
        }

    def select(self, names: Iterable[str]) -> None:
        """Select images by name."""
        chosen = set(names)
        for item in self._items():
            item.setSelected(item.text(NAME) in chosen)

    def _make_list(self, images: Iterable[ListedImage]) -> QTreeWidget:
        table = QTreeWidget()
        table.setHeaderLabels(["Image", "State", "Cracks", "Goes to"])
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setAlternatingRowColors(True)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for image in images:
            self._before[image.identifier] = image.subset
            item = QTreeWidgetItem([image.name, str(image.state), "yes" if image.has_crack else ""])
            _set_subset(item, image.identifier, image.subset)
            table.addTopLevelItem(item)
        header = table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column in (STATE, CRACKS, SUBSET):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        return table

    def _items(self) -> list[QTreeWidgetItem]:
        count = self._list.topLevelItemCount()
        items = (self._list.topLevelItem(row) for row in range(count))
        return [item for item in items if item is not None]

    def _assign(self, subset: Subset, _is_checked: bool = False) -> None:
        for item in self._list.selectedItems():
            if not item.isHidden():
                identifier, _ = item.data(NAME, Qt.ItemDataRole.UserRole)
                _set_subset(item, identifier, subset)

    def _hide_others(self, text: str) -> None:
        for item in self._items():
            item.setHidden(text.casefold() not in item.text(NAME).casefold())

    def _on_accepted(self) -> None:
        assignments = self.assignments
        self.accept()
        if assignments:
            self.assigned.emit(assignments)


def _set_subset(item: QTreeWidgetItem, identifier: int, subset: Subset) -> None:
    item.setData(NAME, Qt.ItemDataRole.UserRole, (identifier, subset))
    item.setText(SUBSET, TEXTS[subset])
