"""The classes of boxes that a project has, and the one for the next box."""

from dataclasses import asdict
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from annotator.document.bounding_box import BOX_CLASSES, BoxClass
from annotator.storage.project_store import ProjectStore
from annotator.workers.job_runner import Job, JobRunner

KEY = "box_classes"
"""Setting of the project that holds the classes beyond those every project has."""

UNKNOWN_COLOR = "#999999"

# Of Okabe and Ito, but those that the first classes have, and those that mean something else on
# the image: sky blue a prediction, purple what is removed.
OWN_COLORS = ("#009E73", "#F0E442", "#0072B2", "#8C6BB1", "#66C2A5", "#A6761D")


class BoxClasses(QObject):
    """Follows the project; new classes are kept there."""

    changed = Signal()
    """There are other classes, or another one is current."""

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._store: ProjectStore | None = None
        self._classes = BOX_CLASSES
        self._name = BOX_CLASSES[0].name

    def set_store(self, store: ProjectStore | None) -> None:
        """Follow another project."""
        self._store = store
        self._adopt(())
        self.refresh()

    def refresh(self) -> None:
        """Read the classes of the project anew, which may have been edited elsewhere."""
        store = self._store
        if store is None:
            return

        def adopt(known: Any) -> None:
            if store is self._store:
                self._adopt(_read(known))

        self._runner.start(
            Job(
                key="read box classes",
                work=lambda _context: store.get(KEY, []),
                lane="saving",  # after a new class that is still being written
                on_done=adopt,
            )
        )

    @property
    def classes(self) -> tuple[BoxClass, ...]:
        """All classes."""
        return self._classes

    @property
    def current(self) -> BoxClass:
        """The class of the next box."""
        found = (known for known in self._classes if known.name == self._name)
        return next(found, self._classes[0])

    def choose(self, name: str) -> None:
        """Make a class the current one."""
        if name != self._name and any(known.name == name for known in self._classes):
            self._name = name
            self.changed.emit()

    def add(self, name: str) -> None:
        """Add a class, with a number and a color of its own, and make it the current one."""
        name = name.strip()
        if not name:
            return
        if all(known.name != name for known in self._classes):
            own = self._classes[len(BOX_CLASSES) :]
            number = max(known.number for known in self._classes) + 1
            added = BoxClass(name, number, OWN_COLORS[len(own) % len(OWN_COLORS)])
            self._classes = (*self._classes, added)
            self._keep([asdict(known) for known in (*own, added)])
        self._name = name
        self.changed.emit()

    def color_of(self, name: str) -> QColor:
        """Return the color of a class, grey for one that the project does not know."""
        colors = (known.color for known in self._classes if known.name == name)
        return QColor(next(colors, UNKNOWN_COLOR))

    def _adopt(self, own: tuple[BoxClass, ...]) -> None:
        usual = {known.name for known in BOX_CLASSES}
        classes = (*BOX_CLASSES, *(known for known in own if known.name not in usual))
        if classes != self._classes:
            self._classes = classes
            self.changed.emit()

    def _keep(self, values: list[dict[str, Any]]) -> None:
        store = self._store
        if store is None or store.is_read_only:
            return
        self._runner.start(
            Job(
                key=("keep box classes", len(values)),
                work=lambda _context: store.set(KEY, values),
                lane="saving",
                is_cancellable=False,
            )
        )


def _read(known: Any) -> tuple[BoxClass, ...]:
    """Return classes as a project holds them; what is no class is left out."""
    classes: list[BoxClass] = []
    for value in known if isinstance(known, list) else []:
        try:
            classes.append(BoxClass(str(value["name"]), int(value["number"]), str(value["color"])))
        except (KeyError, TypeError, ValueError):
            continue
    return tuple(classes)
