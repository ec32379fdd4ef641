"""Light and dark colors for Qt's Fusion style, which looks the same on every platform."""

from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from annotator.settings import Theme

Role = QPalette.ColorRole

SCHEMES: Final[dict[Theme, Qt.ColorScheme]] = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}
# Light, dark. Role.Dark is the ground behind the photograph: neutral, so as not to tint the eye.
COLORS: Final[dict[QPalette.ColorRole, tuple[str, str]]] = {
    Role.Window: ("#f4f5f7", "#26282c"),
    Role.WindowText: ("#1d2024", "#e6e7e9"),
    Role.Base: ("#ffffff", "#1e2023"),
    Role.AlternateBase: ("#f0f2f4", "#2a2c31"),
    Role.Text: ("#1d2024", "#e6e7e9"),
    Role.PlaceholderText: ("#7c828a", "#8b9098"),
    Role.Button: ("#f4f5f7", "#303338"),
    Role.ButtonText: ("#33373d", "#d9dbde"),
    Role.BrightText: ("#b3261e", "#ff8a80"),
    Role.Highlight: ("#2f6fb7", "#3a6ea8"),
    Role.HighlightedText: ("#ffffff", "#ffffff"),
    Role.Link: ("#1d5fa8", "#7ab4f0"),
    Role.ToolTipBase: ("#ffffff", "#33363b"),
    Role.ToolTipText: ("#1d2024", "#e6e7e9"),
    Role.Light: ("#ffffff", "#3d4046"),
    Role.Midlight: ("#e6e8eb", "#34373c"),
    Role.Mid: ("#c9cdd2", "#3f4248"),
    Role.Dark: ("#d5d8dc", "#17181a"),
    Role.Shadow: ("#9aa0a7", "#0c0d0e"),
}
DISABLED: Final = ("#a3a8ae", "#6b7078")

SELECTION_SHARE = 0.24
"""Of the highlight color in the ground of selected rows: icons keep their colors on it."""
FRAME_SHARE = 0.45
"""Of the text color in the frames of empty boxes to check, which Fusion leaves dark on dark."""

STYLE: Final = """
QDockWidget { font-weight: 600; }
QDockWidget > QWidget { font-weight: 400; }
QDockWidget::title { padding: 7px 10px; background: palette(window); }
QHeaderView::section {
  background: palette(base); border: none; border-bottom: 1px solid palette(mid); padding: 5px 6px;
}
QTableView, QListView, QTreeView {
  selection-background-color: SELECTION; selection-color: palette(text); outline: 0;
}
QTableView::item { padding: 0 5px; }
QToolBar { border: none; padding: 3px 4px; spacing: 2px; }
QToolBar:horizontal { border-bottom: 1px solid palette(mid); }
QToolBar:vertical { border-right: 1px solid palette(mid); }
QToolBar QToolButton { padding: 4px 6px; }
QStatusBar { border-top: 1px solid palette(mid); }
QStatusBar::item { border: none; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QCheckBox::indicator:unchecked, QGroupBox::indicator:unchecked {
  background: palette(base); border: 1px solid FRAME; border-radius: 2px;
}
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: palette(mid); border-radius: 3px; margin: 3px; }
QScrollBar::handle:hover { background: palette(shadow); }
QScrollBar::handle:vertical { min-height: 30px; }
QScrollBar::handle:horizontal { min-width: 30px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }
QMainWindow::separator { background: palette(mid); width: 1px; height: 1px; }
"""


class ThemeSwitch(QObject):
    """Applies a theme; "system" follows the desktop while the window is open."""

    def __init__(self, application: QApplication) -> None:
        super().__init__()
        self._application = application
        self._theme: Theme = "system"
        application.styleHints().colorSchemeChanged.connect(self._paint)

    def set_theme(self, theme: Theme) -> None:
        """Use a theme from now on."""
        self._theme = theme
        self._application.styleHints().setColorScheme(SCHEMES[theme])
        self._paint()

    def _paint(self) -> None:
        is_dark = self._theme == "dark" or (
            self._theme == "system"
            and self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        )
        # A palette of our own: some platforms ignore setColorScheme, and Fusion's own is flat.
        # Without the style sheet: widgets that one touches would keep the colors they had.
        palette = make_palette(is_dark=is_dark)
        self._application.setStyleSheet("")
        self._application.setPalette(palette)
        self._application.setStyleSheet(make_style(palette))


def make_palette(*, is_dark: bool) -> QPalette:
    """Return the light or the dark palette."""
    palette = QPalette()
    for role, colors in COLORS.items():
        palette.setColor(role, QColor(colors[is_dark]))
    faded = QColor(DISABLED[is_dark])
    for role in (Role.WindowText, Role.Text, Role.ButtonText, Role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, faded)
    return palette


def make_style(palette: QPalette) -> str:
    """Return the style sheet for a palette."""
    selection = _mixed(palette.color(Role.Base), palette.color(Role.Highlight), SELECTION_SHARE)
    frame = _mixed(palette.color(Role.Window), palette.color(Role.WindowText), FRAME_SHARE)
    return STYLE.replace("SELECTION", selection.name()).replace("FRAME", frame.name())


def _mixed(ground: QColor, tint: QColor, share: float) -> QColor:
    pairs = (
        (ground.red(), tint.red()),
        (ground.green(), tint.green()),
        (ground.blue(), tint.blue()),
    )
    return QColor(*(round((1 - share) * low + share * high) for low, high in pairs))
