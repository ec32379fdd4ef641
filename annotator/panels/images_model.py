"""The images of the project as a list for Qt: those that pass the filter, in their order."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import FINISHED, ImageState, Subset
from annotator.panels.thumbnails import ThumbnailStore
from annotator.session import Session

STATE_ROLE = Qt.ItemDataRole.UserRole + 1
"""ImageState."""
DETAIL_ROLE = Qt.ItemDataRole.UserRole + 2
"""The second line of a row."""
PROBLEM_ROLE = Qt.ItemDataRole.UserRole + 3
"""Name of an icon where the file is missing or broken, else empty."""
SHOWN_ROLE = Qt.ItemDataRole.UserRole + 4
"""Whether this is the image on the canvas."""

SUBSETS: dict[Subset, str] = {"auto": "", "train": " · training", "test": " · test"}
"""What is said of the part of the data set; nothing where the seed decides."""

Index = QModelIndex | QPersistentModelIndex


class ImagesModel(QAbstractListModel):
    """Rows of the list are places in ``rows``, which holds rows of the project.

    The image on the canvas stays in the list even where it no longer passes the filter, until
    another one is shown: it would be odd to lose it by marking it as reviewed. A change of one
    image costs the search for its place and no walk through the list.
    """

    def __init__(self, session: Session, thumbnails: ThumbnailStore) -> None:
        super().__init__(session)
        self._session = session
        self._thumbnails = thumbnails
        self._rows: list[int] = []
        self._row_of: dict[int, int] = {}
        self._shown: ImageEntry | None = None
        self._text = ""
        self._states: frozenset[ImageState] = frozenset()
        self._readers: dict[int, Callable[[ImageEntry], Any]] = {
            Qt.ItemDataRole.DisplayRole: lambda entry: entry.name,
            Qt.ItemDataRole.ToolTipRole: lambda entry: str(entry.path),
            Qt.ItemDataRole.DecorationRole: thumbnails.get,
            STATE_ROLE: lambda entry: entry.state,
            DETAIL_ROLE: self._detail,
            PROBLEM_ROLE: self._problem,
            SHOWN_ROLE: lambda entry: entry is self._shown,
        }
        session.images_changed.connect(self._on_images_changed)
        session.project_changed.connect(self._on_images_changed)
        session.document_changed.connect(lambda entry, _change: self._on_entry_changed(entry))
        session.image_shown.connect(self._on_image_shown)
        thumbnails.ready.connect(self._on_thumbnail)

    @property
    def rows(self) -> Sequence[int]:
        """Rows of the project that are listed, ascending."""
        return self._rows

    @property
    def is_filtered(self) -> bool:
        """Tell whether a filter is set."""
        return bool(self._text or self._states)

    def entry_at(self, place: int) -> ImageEntry:
        """Return the image at a place of the list."""
        return self._session.entries[self._rows[place]]

    def row_at(self, place: int) -> int:
        """Return the row of the project at a place of the list."""
        return self._rows[place]

    def place_of(self, entry: ImageEntry | None) -> int:
        """Return where an image is in the list, -1 where it is not."""
        row = self._row_of.get(entry.identifier, -1) if entry else -1
        place = bisect_left(self._rows, row)
        return place if row >= 0 and self._rows[place : place + 1] == [row] else -1

    def set_filter(self, text: str, states: Collection[ImageState]) -> None:
        """List images whose name contains ``text`` and whose state is one of these; none: any."""
        text, chosen = text.strip().casefold(), frozenset(states)
        if (text, chosen) != (self._text, self._states):
            self._text, self._states = text, chosen
            self._reset()

    def count_states(self) -> Counter[ImageState]:
        """Count the images of the project by state."""
        return Counter(entry.state for entry in self._session.entries)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Count images."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Describe an image; its thumbnail is asked for only when a row is painted."""
        read = self._readers.get(role)
        return read(self.entry_at(index.row())) if read else None

    def _detail(self, entry: ImageEntry) -> str:
        problem = self._problem(entry)
        if problem:
            return "file is missing" if problem == "link-break" else "cannot be opened"
        count = entry.crack_count
        cracks = f" · {count} crack{'s' * (count != 1)}" if count else ""
        n_open = 0 if entry.state in FINISHED else entry.candidate_count
        to_review = f" · {n_open} to review" if n_open else ""
        return f"{entry.state}{cracks}{to_review}{SUBSETS[entry.subset]}"

    def _problem(self, entry: ImageEntry) -> str:
        if entry.is_missing:
            return "link-break"
        return "warning" if self._thumbnails.is_broken(entry) else ""

    def _passes(self, entry: ImageEntry) -> bool:
        if entry is self._shown:
            return True
        if self._states and entry.state not in self._states:
            return False
        return self._text in entry.name.casefold()

    def _reset(self) -> None:
        self.beginResetModel()
        entries = self._session.entries
        self._row_of = {entry.identifier: row for row, entry in enumerate(entries)}
        self._rows = [row for row, entry in enumerate(entries) if self._passes(entry)]
        self.endResetModel()

    def _on_images_changed(self) -> None:
        self._shown = self._session.current
        self._reset()

    def _on_image_shown(self) -> None:
        before, self._shown = self._shown, self._session.current
        for entry in (before, self._shown):
            if entry:
                self._on_entry_changed(entry)

    def _on_entry_changed(self, entry: ImageEntry) -> None:
        row = self._row_of.get(entry.identifier)
        if row is None:
            return
        place = bisect_left(self._rows, row)
        is_listed = self._rows[place : place + 1] == [row]
        if self._passes(entry) and not is_listed:
            self.beginInsertRows(QModelIndex(), place, place)
            self._rows.insert(place, row)
            self.endInsertRows()
        elif is_listed and not self._passes(entry):
            self.beginRemoveRows(QModelIndex(), place, place)
            del self._rows[place]
            self.endRemoveRows()
        elif is_listed:
            self.dataChanged.emit(self.index(place), self.index(place))

    def _on_thumbnail(self, identifier: int) -> None:
        row = self._row_of.get(identifier)
        if row is not None:
            place = bisect_left(self._rows, row)
            if self._rows[place : place + 1] == [row]:
                self.dataChanged.emit(self.index(place), self.index(place))
