"""The main window: puts canvas, docks, menus and bars together; decides nothing itself."""

from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QSizePolicy,
    QSlider,
    QToolBar,
    QWidget,
)

from annotator.actions import handlers
from annotator.actions.context import Context
from annotator.actions.menus import Commands
from annotator.canvas.hit_testing import crack_at
from annotator.canvas.scene import CanvasScene
from annotator.canvas.tool import PointerEvent
from annotator.canvas.view import CanvasView
from annotator.icons import application_icon
from annotator.panels.cracks import CracksPanel
from annotator.panels.images import ImagesPanel
from annotator.panels.message_bar import MessageBar
from annotator.panels.start_page import StartPage
from annotator.panels.status import StatusPanel
from annotator.panels.tracing import TracingPanel
from annotator.session import Session
from annotator.settings import Settings
from annotator.theme import ThemeSwitch
from annotator.tools import TOOLS

DEFAULT_SIZE = QSize(1280, 820)
ICON_SIZE = QSize(20, 20)
HIT_RADIUS = 5.0


class MainWindow(QMainWindow):
    """Canvas in the middle, images left, cracks and options right, status below."""

    def __init__(self, session: Session, settings: Settings, theme_switch: ThemeSwitch) -> None:
        super().__init__()
        self.session = session
        self.setWindowTitle("Crack Annotator")
        self.setWindowIcon(application_icon())
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self.tool = next(iter(TOOLS.values()))(session)
        self.scene = CanvasScene(session, self.tool, self)
        self.view = CanvasView(self.scene, self.tool)
        self.setCentralWidget(self.view)
        self.messages = MessageBar(self.view)
        self.context = Context(
            window=self,
            session=session,
            settings=settings,
            scene=self.scene,
            view=self.view,
            tool=self.tool,
            messages=self.messages,
            theme_switch=theme_switch,
        )
        self.commands = Commands(self.context)
        self._build_docks()
        self._build_bars()
        self._start_page = StartPage(
            self.view, [self.commands.action("open_images"), self.commands.action("open_folder")]
        )
        self.messages.raise_()
        self._connect()
        self._reset_layout()
        self._restore_layout()
        self.commands.refresh()
        self.view.setFocus()

    def _build_docks(self) -> None:
        self.images_panel = ImagesPanel(self.session)
        self.cracks_panel = CracksPanel(self.session, self.commands.action("delete_crack"))
        self.tracing_panel = TracingPanel(self.session)
        self._docks = [
            self._dock("images", "Images", self.images_panel),
            self._dock("cracks", "Cracks", self.cracks_panel),
            self._dock("tracing", "Trace tool", self.tracing_panel),
        ]

    def _dock(self, name: str, title: str, panel: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"{name}_dock")
        dock.setWidget(panel)
        dock.setAllowedAreas(
            Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea
        )
        return dock

    def _build_bars(self) -> None:
        menus = self.commands.fill_menus(self.menuBar())
        docks = menus["&View"].addMenu("&Panels")
        for dock in self._docks:
            docks.addAction(dock.toggleViewAction())
        menus["&View"].addAction("&Reset layout", self._reset_layout)
        bar = QToolBar("Commands", self)
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setIconSize(ICON_SIZE)
        bar.toggleViewAction().setEnabled(False)
        self.commands.fill_toolbar(bar)
        bar.addWidget(self._opacity_control())
        self.addToolBar(bar)
        self.commands.tint()
        self.status = StatusPanel(self.session, self.tool, self.view)
        self.setStatusBar(self.status)

    def _opacity_control(self) -> QWidget:
        self.opacity_slider = QSlider(Qt.Orientation.Horizontal)
        self.opacity_slider.setRange(0, 100)
        self.opacity_slider.setValue(round(100 * self.context.opacity))
        self.opacity_slider.setFixedWidth(110)
        self.opacity_slider.setToolTip("Opacity of the masks")
        self.opacity_slider.setAccessibleName("Opacity of the masks")
        self.opacity_slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.opacity_slider.valueChanged.connect(self._on_opacity)
        box = QWidget()
        layout = QHBoxLayout(box)
        layout.setContentsMargins(6, 0, 6, 0)
        layout.addWidget(QLabel("Opacity"))
        layout.addWidget(self.opacity_slider)
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        return box

    def _connect(self) -> None:
        session = self.session
        session.image_shown.connect(self._on_image_shown)
        session.problem.connect(self.messages.show_problem)
        session.document_changed.connect(self.messages.dismiss)
        for signal in (
            session.image_shown,
            session.images_changed,
            session.selection_changed,
            session.history_changed,
            self.tool.preview_changed,
            self.messages.opened_or_closed,
        ):
            signal.connect(self.commands.refresh)
        session.history_changed.connect(self._name_window)
        self.view.menu_requested.connect(self._on_menu_requested)
        self.images_panel.list.clicked.connect(self.view.setFocus)

    def _on_image_shown(self) -> None:
        self._start_page.hide()
        self.messages.dismiss()
        self.view.show_image()
        self._name_window()

    def _name_window(self) -> None:
        entry = self.session.current
        if entry is None:
            return
        self.setWindowTitle(f"{entry.name}[*] – Crack Annotator")
        self.setWindowModified(not self.session.history.is_saved(entry))

    def _on_opacity(self, percent: int) -> None:
        self.context.opacity = percent / 100
        self.context.show_overlay(self.scene.overlay_mode)

    def _on_menu_requested(self, position: QPoint, pointer: PointerEvent) -> None:
        entry = self.session.current
        if entry is None:
            return
        radius = HIT_RADIUS / pointer.zoom
        self.session.select(crack_at(entry.cracks, pointer.x, pointer.y, radius=radius))
        menu = self.commands.canvas_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(position)

    def _reset_layout(self) -> None:
        """Put docks and window size back."""
        images, cracks, tracing = self._docks
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, images)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, cracks)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, tracing)
        for dock in self._docks:
            dock.setFloating(False)
            dock.show()
        if not self.isMaximized() and not self.isFullScreen():
            self.resize(DEFAULT_SIZE)
        self.resizeDocks([images, cracks], [220, 230], Qt.Orientation.Horizontal)

    def _restore_layout(self) -> None:
        layout = self.context.settings.layout
        if layout:
            self.restoreGeometry(layout[0])
            self.restoreState(layout[1])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            handlers.open_paths(self.context, paths)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "commands"):
            self.commands.tint()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved masks, remember the layout, stop all work."""
        if not handlers.may_close(self.context):
            event.ignore()
            return
        self.context.settings.layout = (self.saveGeometry(), self.saveState())
        self.hide()
        self.session.close()
        event.accept()
