"""The dialog "Manage models": which there are, what they may be used for, how good they are."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.checkpoints import shown_time
from annotator.dialogs.forms import resize_on_screen
from annotator.dialogs.questions import ask
from annotator.errors import AnnotatorError
from annotator.services.models import ModelChoice, export_model, install_model, remove_user_model
from annotator.session import Session
from annotator.settings import Settings
from annotator.workers.job_runner import Job

JOB: Final = "models"
HEADINGS: Final = ("Model", "From", "Measured", "Licence", "Made")
KINDS: Final = {"bundled": "the program", "user": "you", "project": "this project"}
IN_USE: Final = "● "
INTRODUCTION: Final = (
    "The model in use (●) predicts in this project. Older versions stay: use one of them to go "
    "back."
)


class ModelsDialog(QDialog):
    """A list with what can be done to its models; whatever is done shows at once."""

    def __init__(self, session: Session, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self.setWindowTitle("Manage models")
        self.setObjectName("models")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        introduction = QLabel(INTRODUCTION)
        introduction.setWordWrap(True)
        self._list = self._build_list()
        self._facts = QLabel()
        self._facts.setObjectName("model_facts")
        self._facts.setWordWrap(True)
        self._facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._facts.setMinimumHeight(7 * self.fontMetrics().lineSpacing())
        self._problem = QLabel()
        self._problem.setObjectName("models_problem")
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._use = self._button("&Use", "use_model", self._on_use)
        self._export = self._button("&Export…", "export_model", self._on_export)
        self._remove = self._button("&Remove…", "remove_model", self._on_remove)
        install = self._button("&Install from a folder…", "install_model", self._on_install)
        actions = QHBoxLayout()
        for button in (self._use, self._export, self._remove):
            actions.addWidget(button)
        actions.addStretch(1)
        actions.addWidget(install)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        for part in (introduction, self._list, self._facts, self._problem):
            layout.addWidget(part, 1 if part is self._list else 0)
        layout.addLayout(actions)
        layout.addWidget(close)
        session.predictions.models_changed.connect(self._fill)
        session.predictions.changed.connect(self._mark)
        session.predictions.refresh_models()
        self._fill()
        resize_on_screen(self, QSize(760, 480))

    def _build_list(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setObjectName("models_list")
        tree.setHeaderLabels(list(HEADINGS))
        tree.setRootIsDecorated(False)
        tree.setAlternatingRowColors(True)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        tree.header().setStretchLastSection(False)
        tree.itemSelectionChanged.connect(self._on_selected)
        tree.itemDoubleClicked.connect(lambda _item: self._on_use())
        return tree

    def _button(self, text: str, name: str, on_click: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.clicked.connect(on_click)
        return button

    # The list

    @property
    def _selected(self) -> ModelChoice | None:
        items = self._list.selectedItems()
        return items[0].data(0, Qt.ItemDataRole.UserRole) if items else None

    def _fill(self) -> None:
        selected = self._selected
        self._list.clear()
        for model in self._session.predictions.models:
            texts = ("", KINDS[model.kind], model.figures or "–", _licence(model), _made(model))
            item = QTreeWidgetItem(list(texts))
            item.setData(0, Qt.ItemDataRole.UserRole, model)
            self._list.addTopLevelItem(item)
        self._mark()
        header = self._list.header()
        for column in range(len(HEADINGS)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        wanted = selected or self._session.predictions.chosen_model
        for item in self._items:
            model: ModelChoice = item.data(0, Qt.ItemDataRole.UserRole)
            if wanted is not None and model.folder == wanted.folder:
                self._list.setCurrentItem(item)
        self._on_selected()

    @property
    def _items(self) -> list[QTreeWidgetItem]:
        found = (self._list.topLevelItem(row) for row in range(self._list.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _mark(self) -> None:
        chosen = self._session.predictions.chosen_model
        for item in self._items:
            model: ModelChoice = item.data(0, Qt.ItemDataRole.UserRole)
            is_used = chosen is not None and chosen.folder == model.folder
            item.setText(0, f"{IN_USE if is_used else ''}{model.name}")
            font = item.font(0)
            font.setBold(is_used)
            item.setFont(0, font)
        self._on_selected()

    def _on_selected(self) -> None:
        model = self._selected
        chosen = self._session.predictions.chosen_model
        is_usable = model is not None and not model.problem
        is_used = model is not None and chosen is not None and model.folder == chosen.folder
        self._use.setEnabled(is_usable and not is_used)
        self._export.setEnabled(is_usable)
        self._remove.setEnabled(model is not None and model.kind == "user" and not is_used)
        self._facts.setText(_facts(model) if model else "")

    # What can be done

    def _on_use(self) -> None:
        model = self._selected
        if model is not None and not model.problem:
            self._session.predictions.set_model(model.key)
            self._session.training.note_use(model.key)

    def _on_export(self) -> None:
        model = self._selected
        if model is None:
            return
        start = str((self._settings.export_folder or Path.home()) / f"{model.name} model")
        chosen, _ = QFileDialog.getSaveFileName(self, "Export the model as a folder", start)
        if chosen:
            self._run(f"Exporting {model.name}", partial(export_model, model, Path(chosen)))

    def _on_install(self) -> None:
        start = str(self._settings.export_folder or Path.home())
        chosen = QFileDialog.getExistingDirectory(self, "Folder of a model", start)
        if chosen:
            self._run(f"Installing {Path(chosen).name}", partial(install_model, Path(chosen)))

    def _on_remove(self) -> None:
        model = self._selected
        if model is not None and ask(
            self,
            "Remove the model?",
            f"Remove your model “{model.name}”?",
            "Its folder is deleted; what it predicted stays. Other projects that use it go back to "
            "the model that comes with the program.",
            verb="Remove",
        ):
            self._run(f"Removing {model.name}", partial(remove_user_model, model.name))

    def _run(self, title: str, work: Callable[[], Any]) -> None:
        self._problem.hide()
        self._session.runner.start(
            Job(
                key=JOB,
                work=lambda _context: work(),
                title=title,
                lane="exchange",
                is_cancellable=False,
                on_done=lambda _result: self._session.predictions.refresh_models(),
                on_failed=self._on_failed,
            )
        )

    def _on_failed(self, error: AnnotatorError) -> None:
        self._problem.setText(str(error))
        self._problem.show()


def _licence(model: ModelChoice) -> str:
    if model.problem:
        return "cannot be used"
    text = model.licence or "not stated"
    return f"{text}, non-commercial" if model.is_non_commercial else text


def _made(model: ModelChoice) -> str:
    return shown_time(model.created) if model.created else ""


def _facts(model: ModelChoice) -> str:
    """Return what is to be known of a model, a line each."""
    if model.problem:
        return model.problem
    size = QLocale().formattedDataSize(model.size, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
    lines = (
        f"{model.title}.",
        model.terms,
        model.notes,
        f"Threshold {model.threshold:.2f}, {size}, in {model.folder}",
    )
    return "\n".join(line for line in lines if line)
