"""The settings of a project: where it is, who worked on it, and its classes of boxes."""

from collections.abc import Iterable
from dataclasses import asdict

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QDialog,
    QDialogButtonBox,
    QGroupBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.forms import Form, note_label
from annotator.document.bounding_box import BOX_CLASSES, BoxClass
from annotator.session import Session
from annotator.session.box_classes import KEY, OWN_COLORS
from annotator.storage.project_store import ProjectStore
from annotator.workers.job_runner import Job, JobContext

CLASSES_NOTE = (
    "Crack and corrosion are in every project, with the numbers of the CSB data set. A class keeps "
    "its number, so that files exported before stay true."
)
NAME, NUMBER, COLOR = range(3)


class ProjectSettingsDialog(QDialog):
    """Facts, and a table of classes; "Save" writes the classes into the project."""

    def __init__(
        self, session: Session, store: ProjectStore, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Project settings")
        self.setObjectName("project_settings")
        self._session = session
        self._store = store
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._save = buttons.addButton("Save", QDialogButtonBox.ButtonRole.AcceptRole)
        self._save.setEnabled(not store.is_read_only)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(14)
        layout.addLayout(self._facts())
        layout.addWidget(self._classes())
        layout.addWidget(self._problem)
        layout.addWidget(buttons)
        self._read_facts()
        self.resize(560, self.sizeHint().height())

    @property
    def own_classes(self) -> list[BoxClass]:
        """Classes beyond those of every project, as the table holds them."""
        return [
            BoxClass(
                self._text(row, NAME),
                int(self._text(row, NUMBER)),
                self._item(row, COLOR).data(Qt.ItemDataRole.UserRole),
            )
            for row in range(len(BOX_CLASSES), self._table.rowCount())
        ]

    @property
    def problem(self) -> str:
        """What is wrong with the classes, empty where nothing is."""
        names = [name.casefold() for name in self._names()]
        if not all(names):
            return "Every class needs a name."
        twice = next((name for name in names if names.count(name) > 1), None)
        return f"“{twice}” is there twice; every class needs a name of its own." if twice else ""

    def add_class(self, name: str = "") -> None:
        """Add a line for a class of one's own."""
        numbers = [int(self._text(row, NUMBER)) for row in range(self._table.rowCount())]
        color = OWN_COLORS[(self._table.rowCount() - len(BOX_CLASSES)) % len(OWN_COLORS)]
        self._add_row(BoxClass(name, max(numbers) + 1, color), is_own=True)
        item = self._item(self._table.rowCount() - 1, NAME)
        self._table.setCurrentItem(item)
        if not name:
            self._table.editItem(item)

    def _on_add(self) -> None:
        self.add_class()

    def _facts(self) -> Form:
        form = Form()
        store = self._store
        images = store.images_folder
        for name, text in (
            ("Name", store.name),
            ("Folder", str(store.folder)),
            ("Photographs", str(images) if images else "in several folders"),
        ):
            form.add(name, _fact(text))
        self._contents = _fact("…")
        self._authors = _fact("…")
        form.add("Holds", self._contents)
        form.add("Edited by", self._authors)
        return form

    def _classes(self) -> QWidget:
        group = QGroupBox("Classes of boxes")
        self._table = self._make_table()
        add, self._remove = QPushButton("Add class"), QPushButton("Remove")
        for button in (add, self._remove):
            button.setAutoDefault(False)
            button.setEnabled(not self._store.is_read_only)
        add.clicked.connect(self._on_add)
        self._remove.clicked.connect(lambda: self._table.removeRow(self._table.currentRow()))
        self._remove.setEnabled(False)
        row = QHBoxLayout()
        row.addWidget(add)
        row.addWidget(self._remove)
        row.addStretch(1)
        layout = QVBoxLayout(group)
        layout.addWidget(self._table)
        layout.addLayout(row)
        layout.addWidget(note_label(CLASSES_NOTE))
        for number, box_class in enumerate(self._session.box_classes.classes):
            self._add_row(box_class, is_own=number >= len(BOX_CLASSES))
        return group

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 3)
        table.setObjectName("box_classes")
        table.setHorizontalHeaderLabels(["Name", "Number", "Color"])
        table.verticalHeader().hide()
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setMinimumHeight(8 * self.fontMetrics().lineSpacing())
        table.horizontalHeader().setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        table.itemChanged.connect(self._check)
        table.itemSelectionChanged.connect(self._on_selected)
        table.cellDoubleClicked.connect(self._on_double_click)
        return table

    def _add_row(self, box_class: BoxClass, *, is_own: bool) -> None:
        row = self._table.rowCount()
        self._table.insertRow(row)
        fixed = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        name, number = QTableWidgetItem(box_class.name), QTableWidgetItem(str(box_class.number))
        color = QTableWidgetItem()
        _paint(color, box_class.color)
        color.setToolTip("Double-click to choose another color" if is_own else "")
        for item in (number, color) if is_own else (name, number, color):
            item.setFlags(fixed)
        for column, item in ((NUMBER, number), (COLOR, color), (NAME, name)):
            self._table.setItem(row, column, item)

    def _on_selected(self) -> None:
        is_own = self._table.currentRow() >= len(BOX_CLASSES)
        self._remove.setEnabled(is_own and not self._store.is_read_only)

    def _on_double_click(self, row: int, column: int) -> None:
        if column != COLOR or row < len(BOX_CLASSES):
            return
        item = self._item(row, column)
        color = QColorDialog.getColor(QColor(item.data(Qt.ItemDataRole.UserRole)), self)
        if color.isValid():
            _paint(item, color.name())

    def _check(self) -> None:
        self._problem.setText(self.problem)
        self._save.setEnabled(not self.problem and not self._store.is_read_only)

    def _names(self) -> list[str]:
        return [self._text(row, NAME) for row in range(self._table.rowCount())]

    def _text(self, row: int, column: int) -> str:
        return self._item(row, column).text().strip()

    def _item(self, row: int, column: int) -> QTableWidgetItem:
        return self._table.item(row, column) or QTableWidgetItem()

    def _read_facts(self) -> None:
        """Count what the project holds and who worked on it, in the background."""
        entries = list(self._session.entries)
        n_cracks = sum(entry.crack_count for entry in entries)
        self._contents.setText(f"{len(entries)} images, {n_cracks} cracks")
        store = self._store

        def work(_context: JobContext) -> list[str]:
            return sorted({line.author for line in store.journal()})

        def show(authors: Iterable[str]) -> None:
            self._authors.setText(", ".join(authors) or "nobody yet")

        self._session.runner.start(
            Job(key="authors of the project", work=work, lane="loading", on_done=show)
        )

    def _on_accepted(self) -> None:
        """Write the classes; the box tool reads them anew."""
        if self.problem:
            return
        records = [asdict(own) for own in self.own_classes]
        self.accept()
        store, session = self._store, self._session
        session.runner.start(
            Job(
                key="project settings",
                work=lambda _context: store.set(KEY, records),
                lane="saving",
                on_done=lambda _result: session.box_classes.refresh(),
                on_failed=lambda error: session.problem.emit(str(error)),
            )
        )


def _paint(item: QTableWidgetItem, color: str) -> None:
    swatch = QPixmap(28, 14)
    swatch.fill(QColor(color))
    item.setIcon(QIcon(swatch))
    item.setData(Qt.ItemDataRole.UserRole, color)


def _fact(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setWordWrap(True)
    return label
