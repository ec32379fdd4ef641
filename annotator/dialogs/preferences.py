"""The preferences: what the user chooses once. Every choice holds at once."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.forms import Form, note_label
from annotator.dialogs.path_field import PathField
from annotator.services.login import login_name
from annotator.session import Session
from annotator.settings import Settings, Theme
from annotator.workers.job_runner import Job, JobContext

THEMES: tuple[tuple[str, Theme], ...] = (
    ("Like the system", "system"),
    ("Light", "light"),
    ("Dark", "dark"),
)
AUTHOR_NOTE = "Goes with every edit: into the project, and into the manifests of exports."
HOME_NOTE = (
    "Where the project of a folder goes that nothing can be written beside, such as one on a "
    "read-only drive. Empty: your folder for application data."
)
PRESET_NOTE = "What the trace tool starts with."
THUMBNAIL_KEY = "thumbnail files"


class PreferencesDialog(QDialog):
    """A form without OK: what is changed is changed."""

    author_chosen = Signal(str)
    theme_chosen = Signal(str)
    opacity_chosen = Signal(float)
    preset_chosen = Signal(str)
    home_chosen = Signal(object)
    """A folder, None for the usual place."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        presets: Mapping[str, str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self.setObjectName("preferences")
        self._session = session
        self._settings = settings
        form = Form()
        form.add("&Annotator", self._author_field())
        form.add("", note_label(AUTHOR_NOTE))
        form.add("&Theme", self._theme_field())
        form.add("&Opacity of masks", self._opacity_field())
        form.add("Trace p&reset", self._preset_field(presets))
        form.add("", note_label(PRESET_NOTE))
        form.add("Own &projects in", self._home_field())
        form.add("", note_label(HOME_NOTE))
        form.add("Thumbnails", self._thumbnail_field())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(16)
        layout.addLayout(form)
        layout.addWidget(buttons)
        self._measure()

    def _author_field(self) -> QWidget:
        self._author = QLineEdit()
        self._author.setObjectName("author")
        self._author.setPlaceholderText(login_name())
        if self._settings.author != login_name():
            self._author.setText(self._settings.author)
        self._author.setMinimumWidth(280)
        self._author.editingFinished.connect(
            lambda: self.author_chosen.emit(self._author.text().strip())
        )
        return self._author

    def _theme_field(self) -> QWidget:
        combo = QComboBox()
        combo.setObjectName("theme")
        for text, theme in THEMES:
            combo.addItem(text, theme)
        combo.setCurrentIndex(combo.findData(self._settings.theme))
        combo.currentIndexChanged.connect(lambda: self.theme_chosen.emit(combo.currentData()))
        return combo

    def _opacity_field(self) -> QWidget:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName("opacity")
        slider.setRange(0, 100)
        slider.setValue(round(100 * self._settings.opacity))
        value = QLabel(f"{slider.value()} %")
        value.setMinimumWidth(self.fontMetrics().horizontalAdvance("100 %"))
        slider.valueChanged.connect(lambda percent: value.setText(f"{percent} %"))
        slider.valueChanged.connect(lambda percent: self.opacity_chosen.emit(percent / 100))
        return _side_by_side(slider, value)

    def _preset_field(self, presets: Mapping[str, str]) -> QWidget:
        combo = QComboBox()
        combo.setObjectName("preset")
        for name, text in presets.items():
            combo.addItem(text, name)
        combo.setCurrentIndex(max(combo.findData(self._settings.preset), 0))
        combo.currentIndexChanged.connect(lambda: self.preset_chosen.emit(combo.currentData()))
        return combo

    def _home_field(self) -> QWidget:
        field = PathField("Folder for projects")
        field.setObjectName("project_home")
        if self._settings.project_home is not None:
            field.set_path(self._settings.project_home)
        field.changed.connect(lambda path: self.home_chosen.emit(None if field.is_empty else path))
        return field

    def _thumbnail_field(self) -> QWidget:
        self._thumbnails = QLabel()
        self._clear = QPushButton("Clear")
        self._clear.setAutoDefault(False)
        self._clear.clicked.connect(self._on_clear)
        return _side_by_side(self._thumbnails, self._clear)

    def _cache(self) -> Path | None:
        store = self._session.store
        return store.folder / "cache" / "thumbnails" if store else None

    def _measure(self) -> None:
        """Look how large the files are, or first delete them, in the background."""
        self._run_on_cache(is_clearing=False)

    def _on_clear(self) -> None:
        self._run_on_cache(is_clearing=True)

    def _run_on_cache(self, *, is_clearing: bool) -> None:
        cache = self._cache()
        self._clear.setEnabled(False)
        if cache is None:
            self._thumbnails.setText("No project is open")
            return

        def work(_context: JobContext) -> tuple[int, int]:
            files = list(cache.glob("*"))
            if is_clearing:
                for file in files:
                    file.unlink(missing_ok=True)
                return 0, 0
            return len(files), sum(file.stat().st_size for file in files)

        self._session.runner.start(
            Job(key=THUMBNAIL_KEY, work=work, lane="thumbnails", on_done=self._show_cache)
        )

    def _show_cache(self, measured: tuple[int, int]) -> None:
        count, size = measured
        noun = "picture" if count == 1 else "pictures"
        is_any = f"{count} {noun} in the project, {QLocale().formattedDataSize(size)}"
        self._thumbnails.setText(is_any if count else "None in the project")
        self._clear.setEnabled(bool(count))


def _side_by_side(first: QWidget, second: QWidget) -> QWidget:
    box = QWidget()
    layout = QHBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(first, 1)
    layout.addWidget(second)
    return box
