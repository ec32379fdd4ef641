"""The main window: puts canvas, docks, menus and bars together; decides nothing itself."""

from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QMainWindow, QMenu, QToolBar, QWidget

from annotator.actions import (
    canvas_menu,
    file_menu,
    model_menu,
    projects,
    review_menu,
    review_mode,
    training_rows,
    view_menu,
)
from annotator.actions.context import Context
from annotator.actions.keys import KeyScope
from annotator.actions.menus import IMAGES_MENU, TOOLS_BAR, Commands
from annotator.actions.recent_menu import RecentMenu
from annotator.canvas.confidence_overlay import ConfidenceOverlay
from annotator.canvas.cost_overlay import CostOverlay
from annotator.canvas.prediction_overlay import PredictionOverlay
from annotator.canvas.scene import CanvasScene
from annotator.canvas.tool import PointerEvent, ToolSwitch
from annotator.canvas.view import CanvasView
from annotator.document.image_entry import ImageEntry
from annotator.errors import AnnotatorError
from annotator.icons import application_icon
from annotator.panels.confidence_legend import ConfidenceLegend
from annotator.panels.cracks import CracksPanel
from annotator.panels.display import DisplayPanel
from annotator.panels.images import ImagesPanel
from annotator.panels.message_bar import MessageBar
from annotator.panels.opacity import OpacityControl
from annotator.panels.overview import Overview
from annotator.panels.predictions import PredictionsPanel
from annotator.panels.scale_bar import ScaleBar
from annotator.panels.start_page import StartPage
from annotator.panels.status import StatusPanel
from annotator.panels.tool_options import ToolOptionsPanel
from annotator.panels.tracing import TracingPanel
from annotator.panels.training import TrainingPanel
from annotator.session import Session
from annotator.settings import Settings
from annotator.theme import ThemeSwitch
from annotator.tools import TOOLS
from annotator.tools.review import ReviewTool

TITLE = "Crack Annotator"
DEFAULT_SIZE = QSize(1400, 880)
ICON_SIZE = QSize(20, 20)
LEFT_WIDTH, RIGHT_WIDTH = 250, 290
"""Of the docks, in pixels."""
LEFT, RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
AREAS, ACROSS = LEFT | RIGHT, BOTTOM | Qt.DockWidgetArea.TopDockWidgetArea
CORNERS = {Qt.Corner.BottomLeftCorner: LEFT, Qt.Corner.BottomRightCorner: RIGHT}
"""The docks at the sides are as high as the window."""


class MainWindow(QMainWindow):
    """Canvas in the middle, images left, cracks and options right, status below."""

    def __init__(self, session: Session, settings: Settings, theme_switch: ThemeSwitch) -> None:
        super().__init__()
        self.session = session
        self.setWindowTitle(TITLE)
        self.setWindowIcon(application_icon())
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        tools = {name: make(session) for name, make in TOOLS.items()}
        self.tool = ToolSwitch({**tools, review_mode.TOOL: ReviewTool(session)}, self)
        self.scene = CanvasScene(session, self.tool, self)
        self.view = CanvasView(self.scene, self.tool)
        CostOverlay(session, self.scene, self.view)
        PredictionOverlay(session, self.scene, self.view)
        confidence = ConfidenceOverlay(session, self.scene)
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
            confidence=confidence,
            opacity=settings.opacity,
            reset_layout=self._reset_layout,
        )
        self.commands = Commands(self.context)
        self._tool_state: tuple[bool, bool] = (False, False)
        self._build_canvas()
        self._build_docks()
        self._build_bars()
        self._connect()
        self._reset_layout()
        self._restore_layout()
        self.commands.refresh()
        self.view.setFocus()

    def _build_canvas(self) -> None:
        """Put the tools beside the canvas, and into its corners what lies on top of it."""
        middle = QWidget()
        layout = QHBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.tools_bar = self._bar("tools_bar", "Tools", Qt.Orientation.Vertical)
        self.commands.fill_toolbar(self.tools_bar, TOOLS_BAR)
        layout.addWidget(self.tools_bar)
        layout.addWidget(self.view, 1)
        self.setCentralWidget(middle)
        display = self.context.display
        self.overview = Overview(self.session, self.view, display)
        self.scale_bar = ScaleBar(self.session, self.view)
        self.confidence_legend = ConfidenceLegend(self.context.confidence, self.view)
        self.start_page = StartPage(
            self.view,
            [self.commands.action("open_folder"), self.commands.action("open_project")],
            lambda: self.context.settings.recent_projects,
            lambda folder: projects.open_paths(self.context, [folder]),
        )
        self.messages.raise_()

    def _build_docks(self) -> None:
        self.images_panel = ImagesPanel(self.session)
        self.cracks_panel = CracksPanel(self.session, self.commands.action("delete"))
        self.tracing_panel = TracingPanel(self.session)
        options = ToolOptionsPanel(self.session, self.tool, self.tracing_panel)
        self.display_panel = DisplayPanel(self.session, self.context.display)
        self.review_mode = review_mode.ReviewMode(self.context, self.commands.action)
        for corner, area in CORNERS.items():
            self.setCorner(corner, area)
        self.predictions_panel = PredictionsPanel(self.session, self.commands.action)
        self.training_panel = TrainingPanel(self.session, self.commands.action)
        self._docks = [
            self._dock(view_menu.IMAGES_DOCK, "Images", self.images_panel),
            self._dock("cracks_dock", "Cracks", self.cracks_panel),
            self._dock("tool_dock", "Tool options", options),
            self._dock(view_menu.ADJUSTMENT_DOCK, "Brightness and contrast", self.display_panel),
            self._dock(review_menu.STRIP_DOCK, "Crack strip", self.review_mode.strip_panel, ACROSS),
            self._dock(review_mode.DOCK, "Review", self.review_mode.panel),
            self._dock(model_menu.DOCK, "Prediction", self.predictions_panel),
            self._dock(training_rows.DOCK, "Training", self.training_panel),
        ]

    def _dock(
        self, name: str, title: str, panel: QWidget, areas: Qt.DockWidgetArea = AREAS
    ) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(panel)
        dock.setAllowedAreas(areas)
        dock.toggleViewAction().toggled.connect(self.commands.refresh)
        return dock

    def _build_bars(self) -> None:
        menus = self.commands.fill_menus(self.menuBar())
        for dock in self._docks:
            menus[view_menu.PANELS].addAction(dock.toggleViewAction())
        RecentMenu(menus[file_menu.RECENT], self.context)
        bar = self._bar("toolbar", "Commands", Qt.Orientation.Horizontal)
        self.commands.fill_toolbar(bar)
        self.opacity = OpacityControl(self.context.opacity)
        bar.addWidget(self.opacity)
        self.addToolBar(bar)
        self.commands.tint()
        self.status = StatusPanel(self.session, self.tool, self.view)
        self.setStatusBar(self.status)

    def _bar(self, name: str, title: str, orientation: Qt.Orientation) -> QToolBar:
        bar = QToolBar(title, self)
        bar.setObjectName(name)
        bar.setOrientation(orientation)
        bar.setMovable(False)
        bar.setIconSize(ICON_SIZE)
        return bar

    def _connect(self) -> None:
        self._connect_session()
        context, view, panel = self.context, self.view, self.images_panel
        display = context.display
        display.changed.connect(lambda: self.scene.set_adjustment(display.adjustment))
        display.changed.connect(self.commands.refresh)
        context.chosen_images = lambda: panel.chosen
        context.opacity_changed = self.opacity.follow
        self.opacity.changed.connect(context.set_opacity)
        view.opacity_wheeled.connect(self.opacity.turn)
        view.focused.connect(panel.collapse_selection)
        view.menu_requested.connect(self._on_canvas_menu)
        panel.list.menu_requested.connect(self._on_images_menu)
        panel.filter.changed.connect(self.commands.refresh)
        panel.list.clicked_once.connect(view.setFocus)
        self.cracks_panel.table.clicked_once.connect(view.setFocus)
        self.cracks_panel.table.menu_requested.connect(self._on_cracks_menu)
        self.tool.tool_changed.connect(self.commands.refresh)
        live = self.session.live_preview
        live.snapping_changed.connect(self._on_snapping_changed)
        live.set_snapping(self.context.settings.is_snapping)
        context.confidence.shown_changed.connect(self.commands.refresh)
        self.session.predictions.set_device(self.context.settings.device)
        self.session.predictions.display.restore(self.context.settings.prediction_look)
        self.tool.preview_changed.connect(self._on_preview_changed)
        self.messages.opened_or_closed.connect(self.commands.refresh)
        self.project_watch = projects.ProjectWatch(context)
        self.keys = KeyScope(self, view, self.commands.actions)
        self.keys.watch_docks(self._docks)

    def _connect_session(self) -> None:
        session = self.session
        session.project_changed.connect(self._offer_projects)
        session.image_shown.connect(self._on_image_shown)
        session.problem.connect(self.messages.show_problem)
        session.document_changed.connect(self._on_document_changed)
        session.saver.failed.connect(self._on_not_saved)
        session.saver.changed.connect(self._on_saver_changed)
        for signal in (
            session.image_shown,
            session.images_changed,
            session.selection.changed,
            session.traces.changed,
            session.history_changed,
            session.review.changed,
            session.notes.changed,
            session.predictions.changed,
            session.training.changed,
            session.predictions.display.changed,
        ):
            signal.connect(self.commands.refresh)
        session.selection.changed.connect(self.messages.go_on)
        for signal in (session.saver.changed, session.project_changed, session.images_changed):
            signal.connect(self._name_window)

    def _on_document_changed(self, entry: ImageEntry) -> None:
        """Take messages away; refresh once where a thousand images are edited at a time."""
        self.messages.pass_by()
        if entry is self.session.current:
            self.commands.refresh()

    def _on_image_shown(self) -> None:
        self.messages.pass_by()
        self.view.show_image()
        self._name_window()

    def _offer_projects(self) -> None:
        """Show the start page while no project is open, also while its first image loads."""
        is_empty = self.session.store is None
        self.start_page.setVisible(is_empty)
        if is_empty:
            self.start_page.refresh()

    def _name_window(self) -> None:
        entry, store = self.session.current, self.session.store
        parts = [entry.name] if entry else []
        if store:
            parts.append(f"{store.name}[*]{' (read-only)' if store.is_read_only else ''}")
        self.setWindowTitle(" – ".join((*parts, TITLE)))
        is_modified = not self.session.saver.is_saved
        if is_modified != self.isWindowModified():
            self.setWindowModified(is_modified)

    def _on_not_saved(self, error: AnnotatorError) -> None:
        self.messages.show_problem(str(error), stays=True)

    def _on_saver_changed(self) -> None:
        if self.session.saver.error is None:
            self.messages.end_lasting()

    def _on_preview_changed(self) -> None:
        """Refresh commands where it makes a difference: previews change with every mouse move."""
        state = self.context.is_drawing, self.tool.is_busy
        if state != self._tool_state:
            self._tool_state = state
            self.commands.refresh()

    def _on_snapping_changed(self) -> None:
        self.context.settings.is_snapping = self.session.live_preview.is_snapping
        self.commands.refresh()

    def _on_canvas_menu(self, position: QPoint, pointer: PointerEvent) -> None:
        if self.session.current is not None:
            canvas_menu.pop_up(self.context, self.commands, position, pointer)

    def _on_images_menu(self, position: QPoint) -> None:
        self._pop_up(self.commands.menu(IMAGES_MENU), position)

    def _on_cracks_menu(self, position: QPoint) -> None:
        target = "crack" if self.session.selection.cracks else "box"
        self._pop_up(self.commands.object_menu(target), position)

    def _pop_up(self, menu: QMenu, position: QPoint) -> None:
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(position)

    def _reset_layout(self) -> None:
        """Put docks and window size back."""
        images, cracks, options, adjustment, strip, *others = self._docks
        self.addDockWidget(LEFT, images)
        self.addDockWidget(BOTTOM, strip)
        for dock in (cracks, options, adjustment):
            self.addDockWidget(RIGHT, dock)
        for dock in others:
            self.addDockWidget(RIGHT, dock)
            self.tabifyDockWidget(options, dock)
        for dock in self._docks:
            dock.setFloating(False)
            dock.setVisible(dock in (images, cracks, options))
        if not self.isMaximized() and not self.isFullScreen():
            self.resize(DEFAULT_SIZE.boundedTo(self.screen().availableSize()))
        self.resizeDocks([images, cracks], [LEFT_WIDTH, RIGHT_WIDTH], Qt.Orientation.Horizontal)

    def _restore_layout(self) -> None:
        layout = self.context.settings.layout
        if layout:
            self.restoreGeometry(layout[0])
            self.restoreState(layout[1])
        for inset in (self.overview, self.scale_bar):
            inset.set_wanted(self.context.settings.is_shown(inset.objectName()))

    def createPopupMenu(self) -> QMenu:
        """Offer the panels where a bar or the title of a panel is clicked with the right button."""
        menu = QMenu(self)
        for dock in self._docks:
            menu.addAction(dock.toggleViewAction())
        menu.addSeparator()
        menu.addAction(self.commands.action("reset_layout"))
        return menu

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            projects.open_paths(self.context, paths)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme, and the state of the window."""
        if hasattr(self, "commands"):
            if event.type() == QEvent.Type.PaletteChange:
                self.commands.tint()
            elif event.type() == QEvent.Type.WindowStateChange:
                self.commands.refresh()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Write what waits, remember the layout, stop all work."""
        if not projects.may_close(self.context):
            event.ignore()
            return
        self.context.settings.layout = (self.saveGeometry(), self.saveState())
        for inset in (self.overview, self.scale_bar):
            self.context.settings.set_shown(inset.objectName(), inset.is_wanted)
        self.context.settings.prediction_look = self.session.predictions.display.remembered
        self.hide()
        self.session.close()
        event.accept()
