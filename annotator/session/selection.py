"""What is selected on the current image, and which cracks are hidden from view."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent, ImageObject


class Selection(QObject):
    """Selected objects by identifier, so that an edited crack stays selected."""

    changed = Signal()
    visibility_changed = Signal()
    """Other cracks are hidden than before."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: dict[str, ImageObject] = {}
        self._names: tuple[str, ...] = ()
        self._hidden: set[str] = set()

    def follow(self, content: ImageContent | None) -> None:
        """Look up objects in another content; what is no longer there is no longer selected."""
        objects = content.objects if content else ()
        self._known = {item.identifier: item for item in objects}
        self.select(name for name in self._names if name in self._known)

    def select(self, names: Iterable[str]) -> None:
        """Select these objects and no others."""
        chosen = tuple(dict.fromkeys(names))
        if chosen != self._names:
            self._names = chosen
            self.changed.emit()

    @property
    def names(self) -> tuple[str, ...]:
        """Identifiers of what is selected, in the order of selection."""
        return self._names

    @property
    def objects(self) -> list[ImageObject]:
        """What is selected."""
        return [self._known[name] for name in self._names if name in self._known]

    @property
    def cracks(self) -> list[Crack]:
        """Cracks that are selected."""
        return [item for item in self.objects if isinstance(item, Crack)]

    @property
    def boxes(self) -> list[BoundingBox]:
        """Boxes that are selected."""
        return [item for item in self.objects if isinstance(item, BoundingBox)]

    @property
    def crack(self) -> Crack | None:
        """The crack that is selected, if it is the only object that is."""
        only = self._known.get(self._names[0]) if len(self._names) == 1 else None
        return only if isinstance(only, Crack) else None

    def is_hidden(self, identifier: str) -> bool:
        """Tell whether the eye of a crack is closed."""
        return identifier in self._hidden

    def set_hidden(self, identifier: str, is_hidden: bool) -> None:
        """Open or close the eye of a crack. That is a matter of view: it is not saved."""
        if is_hidden != (identifier in self._hidden):
            self._hidden ^= {identifier}
            self.visibility_changed.emit()
