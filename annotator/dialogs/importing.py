"""The dialog "Import": how files of other programs are to be taken, and what became of them."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.export_panels import ChoiceRow
from annotator.dialogs.forms import Form, bold_label, note_label, side_by_side, spin_box
from annotator.errors import AnnotatorError
from annotator.importers.annotation import ParseOptions
from annotator.services.importing import ImportOptions
from annotator.session import Session
from annotator.workers.import_work import ImportOutcome, read_import
from annotator.workers.job_runner import Job

FORMAT_TEXTS = {
    "Found out from the files": "auto",
    "Masks (images)": "masks",
    "COCO": "coco",
    "labelme": "labelme",
    "CSB data set": "csb",
    "Crack segmentation tool": "predecessor",
    "Traces of this program": "traces",
}
EXISTING_TEXTS = {
    "are left as they are": "skip",
    "get more": "add",
    "get these instead; what is locked stays": "replace",
}
COURSES = "Make traced cracks of thin regions"
COURSES_TIP = (
    "They get center line and width and can be traced anew; other regions stay as they are"
)
LABELS_NOTE = "Names separated by commas; without any, every name with “crack” in it counts."
JOB_KEY = "import"
LISTED = 200
"""Sentences of each kind in the report."""


class ImportDialog(QDialog):
    """Asks, imports with a progress bar, and reports in the same place."""

    def __init__(
        self, session: Session, paths: Sequence[Path], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import")
        self.setObjectName("import")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._paths = list(paths)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._question())
        self._pages.addWidget(self._progress())
        self._pages.addWidget(self._report())
        standard = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(standard.Cancel)
        self._import = self._buttons.addButton("Import", QDialogButtonBox.ButtonRole.AcceptRole)
        self._import.setObjectName("import_button")
        self._import.setDefault(True)
        self._buttons.accepted.connect(self._on_accepted)
        self._buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(14)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._buttons)
        session.runner.activity_changed.connect(self._follow)
        self.finished.connect(self._stop)
        self.resize(640, self.sizeHint().height())

    @property
    def options(self) -> ImportOptions:
        """What is chosen."""
        labels = tuple(name.strip() for name in self._labels.text().split(",") if name.strip())
        threshold = self._threshold.value() if self._has_threshold.isChecked() else None
        return ImportOptions(
            self._format.currentData(), self._existing.currentData(), self._courses.isChecked(),
            ParseOptions(labels, threshold, self._inverted.isChecked()),
        )  # fmt: skip

    @property
    def report(self) -> str:
        """The sentences shown at the end, empty before."""
        return self._details.toPlainText()

    def reject(self) -> None:
        """Close; an import under way is stopped first, and says what is imported so far."""
        job = self._session.runner.find(JOB_KEY)
        if job is None:
            super().reject()
        else:
            job.context.cancel()
            self._stage.setText("Stopping")

    def _question(self) -> QWidget:
        self._format = ChoiceRow("format", FORMAT_TEXTS)
        self._existing = ChoiceRow("existing", EXISTING_TEXTS)
        self._courses = QCheckBox(COURSES)
        self._courses.setChecked(True)
        self._courses.setToolTip(COURSES_TIP)
        self._labels = QLineEdit()
        self._labels.setPlaceholderText("any with “crack” in it")
        self._has_threshold = QCheckBox("Brighter than")
        self._threshold = spin_box("threshold", 0, 254, 127)
        self._threshold.setEnabled(False)
        self._has_threshold.toggled.connect(self._threshold.setEnabled)
        self._inverted = QCheckBox("Cracks are dark")
        page = QWidget()
        form = Form(page)
        form.add("From", _wrapping_label(_described(self._paths)))
        form.add("Format", side_by_side(self._format))
        form.add("Images with cracks", side_by_side(self._existing))
        form.add("", self._courses)
        form.add("Mask pixels", side_by_side(self._has_threshold, self._threshold, self._inverted))
        form.add("", note_label("Without a threshold, a mask must hold two values."))
        form.add("Names of cracks", self._labels)
        form.add("", note_label(LABELS_NOTE))
        return page

    def _progress(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._stage = QLabel("Looking for annotations")
        layout.addWidget(bold_label("Importing"))
        layout.addWidget(self._bar)
        layout.addWidget(self._stage)
        layout.addStretch(1)
        return page

    def _report(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        self._headline = bold_label("", 1.25)
        self._headline.setWordWrap(True)
        self._hint = _wrapping_label("")
        self._details = QPlainTextEdit()
        self._details.setObjectName("import_report")
        self._details.setReadOnly(True)
        layout.addWidget(self._headline)
        layout.addWidget(self._hint)
        layout.addWidget(self._details, 1)
        layout.addStretch()
        return page

    def _on_accepted(self) -> None:
        session, store = self._session, self._session.store
        if store is None:
            return
        self._pages.setCurrentIndex(1)
        self._import.setEnabled(False)
        in_memory = {entry.identifier for entry in session.entries if entry.content is not None}
        session.runner.start(
            Job(
                key=JOB_KEY,
                work=partial(
                    read_import, store, session.saver, self._paths, self.options, in_memory
                ),
                title="Importing",
                on_done=self._apply,
                on_failed=self._on_failed,
                on_cancelled=partial(self._show, "The import was cancelled.", "", []),
            )
        )

    def _follow(self) -> None:
        job = self._session.runner.find(JOB_KEY)
        if job is not None:
            self._bar.setRange(0, 100 if job.fraction > 0 else 0)
            self._bar.setValue(round(100 * job.fraction))
            self._stage.setText(job.stage or "Looking for annotations")

    def _apply(self, outcome: ImportOutcome) -> None:
        """Apply what is to be undoable; what was saved meanwhile is read anew."""
        session = self._session
        entries = {entry.identifier: entry for entry in session.entries}
        for found in outcome.to_apply:
            entry = entries.get(found.record.identifier)
            if entry is not None:
                session.apply_to([entry], found.text, found.merged_into)
        saved = [entries[identifier] for identifier in outcome.saved if identifier in entries]
        for entry in saved:
            entry.content = None
        if outcome.saved:
            session.refresh_images()
        if session.current in saved:
            session.show_image(session.index)
        self._show_outcome(outcome)

    def _show_outcome(self, outcome: ImportOutcome) -> None:
        what = [_counted(outcome.n_cracks, "crack")]
        what += [_counted(outcome.n_boxes, "box", "boxes")] if outcome.n_boxes else []
        headline = f"{' and '.join(what)} imported for {_counted(outcome.n_images, 'image')}"
        if not outcome.n_images:
            headline = "Nothing was imported"
        elif outcome.is_cancelled:
            headline = f"Cancelled when {_counted(outcome.n_images, 'image')} were imported"
        hint = "Ctrl+Z takes the import of an image back." if outcome.to_apply else ""
        if outcome.checkpoint:
            hint = (
                f"So many images cannot be taken back one by one: the checkpoint "
                f"“{outcome.checkpoint}” brings the project back as a whole."
            )
        skipped = sum(item.is_skipped for item in outcome.left_out)
        lines = [f"{_counted(skipped, 'file')} left out: the image has cracks or boxes already."]
        lines = lines if skipped else []
        failed = [f"{i.file.name}: {i.text}" for i in outcome.left_out if not i.is_skipped]
        lines += _listed("Not imported", failed) + _listed("To know", outcome.notes)
        self._show(headline, hint, lines)

    def _on_failed(self, error: AnnotatorError) -> None:
        self._show("Nothing was imported", error.text, [])

    def _show(self, headline: str, hint: str, lines: Sequence[str]) -> None:
        self._headline.setText(headline)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._details.setPlainText("\n".join(lines))
        self._details.setVisible(bool(lines))
        self._pages.setCurrentIndex(2)
        self._buttons.clear()
        close = self._buttons.addButton(QDialogButtonBox.StandardButton.Close)
        close.setDefault(True)
        close.setFocus()

    def _stop(self) -> None:
        self._session.runner.activity_changed.disconnect(self._follow)


def _described(paths: Sequence[Path]) -> str:
    if len(paths) == 1:
        return str(paths[0])
    names = ", ".join(path.name for path in paths[:3])
    return f"{len(paths)} files in {paths[0].parent}: {names}{', …' if len(paths) > 3 else ''}"


def _counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def _listed(title: str, texts: Sequence[str]) -> list[str]:
    if not texts:
        return []
    more = [f"… and {len(texts) - LISTED} more"] if len(texts) > LISTED else []
    return [f"{title} ({len(texts)}):", *(f"  {text}" for text in texts[:LISTED]), *more]


def _wrapping_label(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    return label
