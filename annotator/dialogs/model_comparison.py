"""The dialog "Compare": the old and the new model on the images held out, and a decision."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.comparison_view import ComparisonView
from annotator.dialogs.forms import bold_label, note_label, resize_on_screen
from annotator.errors import AnnotatorError
from annotator.icons import icon
from annotator.services.model_comparison import (
    FALSE,
    FOUND,
    MISSED,
    ComparedPicture,
    ModelComparison,
    Place,
    Row,
    compared_picture,
)
from annotator.session import Session
from annotator.workers.job_runner import Job, JobContext

TITLE: Final = "Compare the new model with the old one"
NOTE: Final = (
    "Precision, recall and F1 in percent over all pixels, with 2 px of tolerance, each model at "
    "its own threshold. The images held out have taught neither this model nor those before it "
    "that were trained in this project."
)
KINDS: Final = {
    "found now": "Found only by the new one",
    "lost now": "Found only by the old one",
    "false now": "False alarm of the new one",
    "false no more": "False alarm of the old one",
}
SET_HEADS: Final = ("", "Images", "F1 old", "new", "Change", "Precision old", "new", "Recall old",
                    "new")  # fmt: skip
IMAGE_HEADS: Final = ("Image, worst first", "F1 old", "new", "Change")
PLACE_HEADS: Final = ("Difference", "Pixels")
JOB: Final = "compared picture"
NUMBERS: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ROOM: Final = 12
"""Pixels of a table beside its lines."""
USED, KEPT = 10, 11
"""Results of the dialog: the new model is put to use, or the old one stays."""


class ModelComparisonDialog(QDialog):
    """Table, worst cases, pictures; closing it decides nothing."""

    decided = Signal(bool)
    """Whether the new model is put to use."""

    def __init__(
        self, session: Session, comparison: ModelComparison, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(TITLE)
        self.setObjectName("model_comparison")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._comparison = comparison
        self._shown = ""
        self._wanted: Place | None = None
        self._view = ComparisonView(f"Old: {comparison.old_title}", f"New: {comparison.new_title}")
        self._problem = note_label()
        self._images = _tree("compared_images", IMAGE_HEADS)
        self._places = _tree("compared_places", PLACE_HEADS)
        self._arrange()
        self._images.currentItemChanged.connect(self._on_image)
        self._places.currentItemChanged.connect(self._on_place)
        self._fill_images()

    def showEvent(self, event: QShowEvent) -> None:
        """Show the worst image once the pictures have their size."""
        super().showEvent(event)
        self._preferred.setDefault(True)  # the box of buttons has set its first one
        first = self._images.topLevelItem(0)
        if first is not None and not self._shown:
            self._images.setCurrentItem(first)

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(_headline(self._comparison))
        for text in self._comparison.flags:
            layout.addLayout(_flag(text))
        layout.addWidget(self._table())
        layout.addWidget(note_label(NOTE))
        left = QSplitter(Qt.Orientation.Vertical)
        left.addWidget(self._images)
        left.addWidget(self._places)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._view, 1)
        column.addWidget(_legend())
        column.addWidget(self._problem)
        parts = QSplitter()
        parts.addWidget(left)
        parts.addWidget(right)
        parts.setStretchFactor(1, 1)
        parts.setSizes([330, 750])
        layout.addWidget(parts, 1)
        layout.addWidget(self._buttons())
        self._preferred.setDefault(True)
        resize_on_screen(self, QSize(1120, 780))

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole
        use = buttons.addButton("Use the new model", role.AcceptRole)
        keep = buttons.addButton("Keep the old one", role.DestructiveRole)
        later = buttons.addButton("Decide later", role.RejectRole)
        for button, name in ((use, "use_new"), (keep, "keep_old"), (later, "decide_later")):
            button.setObjectName(name)
            button.setAutoDefault(False)
        self._preferred = keep if self._comparison.flags else use
        use.clicked.connect(partial(self._decide, True))
        keep.clicked.connect(partial(self._decide, False))
        later.clicked.connect(self.reject)
        return buttons

    def _decide(self, is_used: bool) -> None:
        self.done(USED if is_used else KEPT)
        self.decided.emit(is_used)

    def _table(self) -> QTreeWidget:
        tree = _tree("compared_sets", SET_HEADS)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        tree.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for row in self._comparison.sets:
            name = f"{row.name[:1].upper()}{row.name[1:]}"
            cells = [name, str(row.n_images), *_change(row)]
            for old, new in list(zip(row.old, row.new, strict=True))[:2]:
                cells += [_percent(old), _percent(new)]
            tree.addTopLevelItem(_item(cells))
        _fit_columns(tree)
        rows = max(tree.topLevelItemCount(), 1)
        height = max(tree.sizeHintForRow(0), tree.fontMetrics().height())
        tree.setFixedHeight(tree.header().sizeHint().height() + rows * height + ROOM)
        return tree

    def _fill_images(self) -> None:
        for row in self._comparison.images:
            item = _item([row.name, *_change(row)])
            item.setToolTip(0, row.name)
            self._images.addTopLevelItem(item)
        _fit_columns(self._images)
        _fit_columns(self._places)

    def _on_image(self, item: QTreeWidgetItem | None) -> None:
        if item is None:
            return
        name = item.text(0)
        self._places.clear()
        for place in self._comparison.places_of(name):
            row = _item([KINDS[place.kind], f"{place.n_pixels:,}"])
            row.setData(0, Qt.ItemDataRole.UserRole, place)
            self._places.addTopLevelItem(row)
        _fit_columns(self._places)
        self._show_image(name)

    def _on_place(self, item: QTreeWidgetItem | None) -> None:
        if item is None:
            return
        place = item.data(0, Qt.ItemDataRole.UserRole)
        if place.image == self._shown:
            self._view.show_place(place.box)
        else:
            self._wanted = place

    def _show_image(self, name: str) -> None:
        """Have the pictures of an image drawn by a worker."""
        comparison = self._comparison
        self._wanted = None

        def work(_context: JobContext) -> ComparedPicture:
            return compared_picture(comparison, name)

        self._session.runner.start(
            Job(
                key=JOB,
                work=work,
                lane="loading",
                on_done=partial(self._on_picture, name),
                on_failed=self._on_no_picture,
            )
        )

    def _on_picture(self, name: str, picture: ComparedPicture) -> None:
        self._shown = name
        self._problem.setText("")
        self._view.set_pictures(picture.old, picture.new)
        if self._wanted is not None and self._wanted.image == name:
            self._view.show_place(self._wanted.box)
        else:
            self._view.fit()

    def _on_no_picture(self, error: AnnotatorError) -> None:
        self._view.clear()
        self._problem.setText(error.text)


def _headline(comparison: ModelComparison) -> QLabel:
    own = comparison.own
    if own is None:
        return bold_label("No image is held out: nothing can be compared.", 1.2)
    points = 100 * own.gain
    word = "better" if points > 0 else "worse"
    if abs(points) < 0.05:
        return bold_label("The new model is as good as the old one on the images held out.", 1.2)
    return bold_label(
        f"The new model is {abs(points):.1f} points {word} on the images held out.", 1.2
    )


def _flag(text: str) -> QHBoxLayout:
    row = QHBoxLayout()
    symbol = QLabel()
    symbol.setPixmap(icon("warning-circle").pixmap(20, 20))
    label = QLabel(text)
    label.setObjectName("worse_flag")
    label.setWordWrap(True)
    row.addWidget(symbol, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label, 1)
    return row


def _legend() -> QLabel:
    marks = (("found", FOUND), ("false alarm", FALSE), ("missed", MISSED))
    parts = [
        f'<span style="color:#{red:02x}{green:02x}{blue:02x}">■</span> {name}'
        for name, (red, green, blue) in marks
    ]
    label = QLabel(" &nbsp; ".join(parts))
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label


def _tree(name: str, heads: Sequence[str]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setObjectName(name)
    tree.setHeaderLabels(list(heads))
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setAlternatingRowColors(True)
    for column in range(1, len(heads)):
        tree.headerItem().setTextAlignment(column, NUMBERS)
    return tree


def _item(cells: Sequence[str]) -> QTreeWidgetItem:
    item = QTreeWidgetItem(list(cells))
    for column in range(1, len(cells)):
        item.setTextAlignment(column, NUMBERS)
    return item


def _fit_columns(tree: QTreeWidget) -> None:
    header = tree.header()
    header.setStretchLastSection(False)
    for column in range(tree.columnCount()):
        mode = QHeaderView.ResizeMode.ResizeToContents if column else QHeaderView.ResizeMode.Stretch
        header.setSectionResizeMode(column, mode)


def _change(row: Row) -> list[str]:
    """Return F1 of the old and the new model and the change; images without a crack have none."""
    return [_percent(row.old[2]), _percent(row.new[2]), f"{100 * row.gain:+.1f}".replace("-", "−")]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
