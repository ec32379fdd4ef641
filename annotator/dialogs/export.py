"""The dialog "Export": a format, its options, a new folder; the work is done in the background."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.export_formats import FORMATS, Format
from annotator.dialogs.export_panels import NOTHING_TAKEN, OptionsPanel
from annotator.dialogs.export_report import ExportReportDialog
from annotator.dialogs.export_target import TargetChoice
from annotator.dialogs.forms import bold_label, dividing_line
from annotator.dialogs.image_choice import ListedImage
from annotator.dialogs.patch_panel import PatchPanel
from annotator.dialogs.split_table import TEXTS, SplitTable
from annotator.document.image_state import Subset
from annotator.errors import AnnotatorError
from annotator.exporters import EXPORTERS
from annotator.exporters.frame import ExportReport
from annotator.session import Session
from annotator.settings import Settings
from annotator.storage.project_records import ImageRecord
from annotator.workers.exchange_work import (
    EXPORT_KEY,
    count_patches,
    export_project,
    list_records,
)
from annotator.workers.job_runner import Job

if TYPE_CHECKING:
    from annotator.exporters.patch_grid import SmallImages

COUNT_KEY = "count patches"
LIST_KEY = "list images for the export"


class ExportDialog(QDialog):
    """Closes when the export starts; the status bar shows its progress and a report its end."""

    def __init__(
        self, session: Session, settings: Settings, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.setObjectName("export")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        store = session.store
        if store is None:
            raise ValueError("there is no project to export")
        self._session = session
        self._settings = settings
        self._store = store
        self._images: list[ListedImage] = []
        self._are_images_known = False
        self._panels: dict[str, OptionsPanel] = {}
        self._counting: PatchPanel | None = None
        folders = {store.folder, *(entry.path.parent for entry in session.entries)}
        self._target = TargetChoice(folders)
        self._list = QListWidget()
        self._list.setObjectName("formats")
        self._list.setAccessibleName("Formats")
        height = round(1.9 * self.fontMetrics().lineSpacing())
        for chosen in FORMATS.values():
            item = QListWidgetItem(chosen.title, self._list)
            width = self.fontMetrics().horizontalAdvance(chosen.title)
            item.setSizeHint(QSize(width, height))
        self._list.setFixedWidth(self._list.sizeHintForColumn(0) + 40)
        self._stack = QStackedWidget()
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        self._problem.setObjectName("export_problem")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._export = buttons.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self._export.setObjectName("export_button")
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        self._lay_out(buttons)
        self._list.currentRowChanged.connect(self._on_format)
        self._target.changed.connect(self._check)
        self.finished.connect(self._stop_counting)
        session.runner.activity_changed.connect(self._follow_counting)
        self._list.setCurrentRow(list(FORMATS).index(name))
        self._read_images()

    @property
    def format_name(self) -> str:
        """Name of the exporter that is chosen."""
        return list(FORMATS)[self._list.currentRow()]

    @property
    def panel(self) -> OptionsPanel:
        """Options of the format that is chosen."""
        return self._panels[self.format_name]

    @property
    def target(self) -> TargetChoice:
        """Where the export goes."""
        return self._target

    def _lay_out(self, buttons: QDialogButtonBox) -> None:
        page = QVBoxLayout()
        page.setSpacing(12)
        page.addWidget(self._stack, 1)
        page.addWidget(dividing_line())
        page.addWidget(self._target)
        page.addWidget(self._problem)
        columns = QHBoxLayout()
        columns.setSpacing(16)
        columns.addWidget(self._list)
        columns.addLayout(page, 1)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(columns, 1)
        layout.addWidget(buttons)
        room = self.screen().availableSize()
        self.resize(QSize(900, 740).boundedTo(room - QSize(40, 60)))

    def _on_format(self) -> None:
        name = self.format_name
        if name not in self._panels:
            self._panels[name] = self._make_panel(name)
        self._stack.setCurrentIndex(list(self._panels).index(name))
        folder = self._settings.export_folder or self._store.folder.parent
        self._target.suggest(folder, f"{self._store.name}_{name.replace('-', '_')}")
        self._check()

    def _make_panel(self, name: str) -> OptionsPanel:
        panel = FORMATS[name].panel()
        panel.restore(self._settings.export_choices(name))
        panel.changed.connect(self._check)
        panel.split_requested.connect(self._on_split)
        if isinstance(panel, PatchPanel):
            panel.counting_wanted.connect(partial(self._count_patches, panel))
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(14)
        layout.addWidget(_description(FORMATS[name]))
        layout.addWidget(panel)
        layout.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(content)
        self._stack.addWidget(area)
        if self._are_images_known:
            panel.show_images(self._images)
        return panel

    def _read_images(self) -> None:
        """Read the list of images as it is on disk, in the background."""
        self._session.runner.start(
            Job(
                key=LIST_KEY,
                work=partial(list_records, self._store, self._session.saver),
                lane="loading",
                on_done=self._on_images,
                on_failed=lambda error: self._problem.setText(error.text),
            )
        )

    def _on_images(self, records: list[ImageRecord]) -> None:
        self._images = [ListedImage.of(record) for record in records]
        self._are_images_known = True
        for panel in self._panels.values():
            panel.show_images(self._images)
        self._check()

    def _count_patches(self, panel: PatchPanel, small_images: str) -> None:
        self._counting = panel
        wanted: SmallImages = "mirror" if small_images == "mirror" else "skip"
        self._session.runner.start(
            Job(
                key=COUNT_KEY,
                work=partial(count_patches, self._store, self._session.saver, wanted),
                lane="loading",
                on_done=panel.show_tiles,
                on_failed=lambda error: panel.show_failure(error.text),
            )
        )

    def _on_split(self) -> None:
        self._split = SplitTable(self._images, self)
        self._split.assigned.connect(self._assign)
        self._split.open()

    def _assign(self, assignments: Mapping[int, Subset]) -> None:
        """Assign images as edits of the project; the counters follow when they are saved."""
        session = self._session
        for subset, text in TEXTS.items():
            chosen = [e for e in session.entries if assignments.get(e.identifier) == subset]
            if chosen:
                session.apply_to(
                    chosen, f"Data set: {text}",
                    lambda content, subset=subset: content.with_subset(subset),
                )  # fmt: skip
        session.with_contents(
            [entry for entry in session.entries if entry.identifier in assignments],
            self._read_images,
        )

    def _check(self) -> None:
        """Allow to export what can be exported."""
        problem = ""
        try:
            _ = self.panel.options
        except AnnotatorError as error:
            problem = error.text
        if not problem and self._are_images_known and not self.panel.is_anything_chosen:
            problem = NOTHING_TAKEN
        pending = self.panel.pending if self._are_images_known else ""
        self._problem.setText(problem or pending)
        self._export.setEnabled(self._are_images_known and not problem and not self._target.problem)

    def _on_accepted(self) -> None:
        name, panel, session = self.format_name, self.panel, self._session
        options, target = panel.options, self._target.path
        self._settings.remember_export(name, panel.values)
        self._settings.export_folder = self._target.folder
        window = self.parentWidget()
        start_export(session, name, options, target, partial(_show_report, window))
        self.accept()

    def _follow_counting(self) -> None:
        job = self._session.runner.find(COUNT_KEY)
        if job is not None and self._counting is not None:
            self._counting.show_progress(job.fraction)
            self._check()

    def _stop_counting(self) -> None:
        self._session.runner.activity_changed.disconnect(self._follow_counting)
        for key in (COUNT_KEY, LIST_KEY):
            job = self._session.runner.find(key)
            if job is not None:
                self._session.runner.cancel(job)


def start_export(
    session: Session,
    name: str,
    options: object,
    target: Path,
    on_done: Callable[[ExportReport], None],
) -> None:
    """Export in the background; the status bar shows the progress and offers to cancel."""
    store = session.store
    if store is None:
        return
    session.runner.start(
        Job(
            key=EXPORT_KEY,
            work=partial(
                export_project, EXPORTERS[name].export, store, session.saver, target, options
            ),
            title=f"Exporting to {target.name}",
            lane="exchange",
            on_done=on_done,
            on_failed=lambda error: session.problem.emit(f"Nothing was exported: {error.text}"),
            on_cancelled=lambda: session.notice.emit("The export was cancelled; nothing is left"),
        )
    )


def _show_report(window: QWidget | None, report: ExportReport) -> None:
    ExportReportDialog(report, window).show()


def _description(chosen: Format) -> QWidget:
    box = QWidget()
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    text = QLabel(chosen.text)
    text.setWordWrap(True)
    layout.addWidget(bold_label(chosen.title, 1.25))
    layout.addWidget(text)
    return box
