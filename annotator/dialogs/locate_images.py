"""The dialog "Locate missing images": what is missing, and a search through a folder."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QProgressBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.files import ask_folder
from annotator.dialogs.forms import resize_on_screen
from annotator.errors import AnnotatorError
from annotator.session import Session
from annotator.workers.job_runner import Job, JobContext

if TYPE_CHECKING:
    from annotator.services.missing_images import LocatedImages

EXPLANATION = (
    "These photographs are not where the project expects them. Choose a folder to search, with all "
    "folders below it. A photograph that was edited in the project is recognized by its content, "
    "even if it was renamed; the others are recognized by their name and file size."
)
ALL_FOUND = "All photographs of the project are there."
JOB_KEY = "locate images"


class LocateImagesDialog(QDialog):
    """Stays open until everything is found or the user has enough."""

    def __init__(
        self, session: Session, folder: Path | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Locate missing images")
        self.setObjectName("locate_images")
        self._session = session
        self._folder = folder
        self._text = QLabel(EXPLANATION)
        self._text.setWordWrap(True)
        self._list = QTreeWidget()
        self._list.setHeaderLabels(["Photograph", "Expected in"])
        self._list.setRootIsDecorated(False)
        self._list.setAlternatingRowColors(True)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        policy = self._bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._bar.setSizePolicy(policy)
        self._bar.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._search = buttons.addButton("Search a folder…", QDialogButtonBox.ButtonRole.ActionRole)
        self._search.setDefault(True)
        self._search.clicked.connect(self._on_search)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(self._text)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._bar)
        layout.addWidget(buttons)
        self.finished.connect(self._stop)
        resize_on_screen(self, QSize(620, 420))
        self._fill()

    def search(self, folder: Path) -> None:
        """Look for the images in a folder, in the background."""
        store = self._session.store
        if store is None:
            return
        self._folder = folder
        self._search.setEnabled(False)
        self._bar.setRange(0, 0)
        self._bar.show()

        def work(context: JobContext) -> "LocatedImages":
            from annotator.services.missing_images import locate_missing

            return locate_missing(store, folder, context.report, context.is_cancelled)

        self._session.runner.start(
            Job(
                key=JOB_KEY,
                work=work,
                title="Looking for photographs",
                lane="exchange",
                on_done=self._on_done,
                on_failed=self._on_failed,
                on_cancelled=partial(self._on_ended, "The search was cancelled."),
            )
        )

    def _on_search(self) -> None:
        folder = ask_folder(self, "Search a folder for the photographs", self._folder)
        if folder:
            self.search(folder)

    def _on_done(self, located: "LocatedImages") -> None:
        self._session.refresh_images()
        self._session.show_image(max(self._session.index, 0))  # it may be one of those found
        n = located.n_found
        found = f"{n} photograph{'s' * (n != 1)} found."
        self._on_ended(" ".join((found, *located.problems[:3])))

    def _on_failed(self, error: AnnotatorError) -> None:
        self._on_ended(error.text)

    def _on_ended(self, text: str) -> None:
        self._bar.hide()
        self._search.setEnabled(True)
        self._fill()
        is_complete = not self._list.topLevelItemCount()
        self._text.setText(f"{text} {ALL_FOUND if is_complete else ''}")

    def _fill(self) -> None:
        self._list.clear()
        for entry in self._session.entries:
            if entry.is_missing:
                item = QTreeWidgetItem([entry.name, str(entry.path.parent)])
                self._list.addTopLevelItem(item)

    def _stop(self) -> None:
        job = self._session.runner.find(JOB_KEY)
        if job is not None:
            job.on_cancelled = lambda: None  # there is no dialog any more to say so
            self._session.runner.cancel(job)
