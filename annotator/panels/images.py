"""The list of images: what there is, how far it is, and the way to each of them."""

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QListView,
    QVBoxLayout,
    QWidget,
)

from annotator.document.image_entry import ImageEntry
from annotator.panels.image_delegate import ImageDelegate
from annotator.panels.image_filter import ImageFilter
from annotator.panels.images_model import ImagesModel
from annotator.panels.thumbnails import ThumbnailStore, thumbnail_folder
from annotator.session import Session

_STEERING = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home,
    Qt.Key.Key_End, Qt.Key.Key_Return, Qt.Key.Key_Enter,
)  # fmt: skip


class ImagesList(QListView):
    """A click or an arrow key shows an image; Ctrl and Shift select several and show none."""

    opened = Signal(int)
    """Show the image at that place."""
    clicked_once = Signal()
    """An image was clicked, and no others are selected: the keyboard may go to the canvas."""
    menu_requested = Signal(QPoint)
    """Right click: global position. What it is about is selected."""
    view_changed = Signal()
    """Other rows are in sight."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("images_list")
        self.setAccessibleName("Images")
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self.view_changed.emit())

    def places_in_sight(self) -> range:
        """Return the places of the rows that are at least partly visible."""
        count, height = self.model().rowCount(), self.viewport().height()
        first = self.indexAt(QPoint(1, 0))
        if not count or not first.isValid():
            return range(0)
        last = self.indexAt(QPoint(1, height - 1))
        return range(first.row(), (last.row() if last.isValid() else count - 1) + 1)

    def select_alone(self, index: QModelIndex) -> None:
        """Select one row, whatever keys are held: Qt would extend the selection."""
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def keyboardSearch(self, search: str) -> None:
        """Look for nothing: letters are commands, and names are looked for in the filter."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select, but not by a right click on what is selected: the menu is for all of it."""
        if event.button() == Qt.MouseButton.RightButton:
            index = self.indexAt(event.position().toPoint())
            if index.isValid() and not self.selectionModel().isSelected(index):
                self.select_alone(index)
            return
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Show the image that was clicked."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.button() == Qt.MouseButton.LeftButton and is_plain and index.isValid():
            self.opened.emit(index.row())
            self.clicked_once.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the image that an arrow key leads to."""
        super().keyPressEvent(event)
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _STEERING and is_plain and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of what is selected."""
        if not self.selectionModel().hasSelection():
            return
        position = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            row = self.visualRect(self.currentIndex())
            position = self.viewport().mapToGlobal(row.center())
        self.menu_requested.emit(position)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell that other rows are in sight."""
        super().resizeEvent(event)
        self.view_changed.emit()


class ImagesPanel(QWidget):
    """Filter, list, and how many of the images are listed."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._chosen: list[ImageEntry] | None = None
        self._thumbnails = ThumbnailStore(session.runner, self)
        self._model = ImagesModel(session, self._thumbnails)
        self.filter = ImageFilter(self._model.count_states)
        self.list = ImagesList()
        self.list.setModel(self._model)
        self.list.setItemDelegate(ImageDelegate(self.list))
        self._count = QLabel()
        self._count.setObjectName("image_count")
        self._count.setContentsMargins(10, 3, 10, 5)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.filter)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._count)
        session.listed_rows = lambda: self._model.rows
        self._connect()
        self._show_count()

    def _connect(self) -> None:
        session, model = self._session, self._model
        self.filter.changed.connect(self._on_filter)
        self.filter.left.connect(self.list.clicked_once)
        self.filter.list_wanted.connect(self.list.setFocus)
        self.list.opened.connect(self._on_opened)
        self.list.view_changed.connect(self._drop_unseen)
        session.project_changed.connect(self._on_project_changed)
        session.image_shown.connect(self.collapse_selection)
        for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved):
            signal.connect(self._show_count)
        for signal in (
            self.list.selectionModel().selectionChanged,
            model.modelReset,
            model.rowsInserted,
            model.rowsRemoved,
        ):
            signal.connect(self._forget_chosen)
        model.modelReset.connect(self.collapse_selection)

    @property
    def chosen(self) -> list[ImageEntry]:
        """Images that are selected in the list, in its order."""
        if self._chosen is None:
            places = sorted(index.row() for index in self.list.selectionModel().selectedRows())
            self._chosen = [self._model.entry_at(place) for place in places]
        return self._chosen

    def _forget_chosen(self) -> None:
        """Look the selection up again when it is asked for: many commands ask, one by one."""
        self._chosen = None

    def collapse_selection(self) -> None:
        """Select the image that is shown, and no others."""
        place = self._model.place_of(self._session.current)
        if place < 0:
            self.list.clearSelection()
            return
        index = self._model.index(place)
        self.list.select_alone(index)
        self.list.scrollTo(index)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self.filter.tint()
        super().changeEvent(event)

    def _on_filter(self) -> None:
        self._model.set_filter(self.filter.text, self.filter.states)

    def _on_opened(self, place: int) -> None:
        if self._model.entry_at(place) is not self._session.current:
            self._session.show_image(self._model.row_at(place))

    def _on_project_changed(self) -> None:
        store = self._session.store
        self._thumbnails.set_folder(
            thumbnail_folder(store.folder, is_read_only=store.is_read_only) if store else None
        )
        self.filter.clear()

    def _drop_unseen(self) -> None:
        places = self.list.places_in_sight()
        self._thumbnails.keep_only({self._model.entry_at(place).identifier for place in places})

    def _show_count(self, _parent: QModelIndex = QModelIndex()) -> None:  # noqa: B008
        total, listed = len(self._session.entries), self._model.rowCount()
        noun = "image" if total == 1 else "images"
        is_all = not self._model.is_filtered
        self._count.setText(f"{total} {noun}" if is_all else f"{listed} of {total} {noun}")
        self._count.setVisible(total > 0)
