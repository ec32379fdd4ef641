"""What was done in a review, and what was in view then: for undo and for the way back."""

from dataclasses import dataclass
from typing import Any, Protocol

from annotator.document.block_raster import Box
from annotator.document.edits import Change
from annotator.document.image_entry import ImageEntry


class Sight(Protocol):
    """What the user sees of the image, as the canvas tells and changes it."""

    @property
    def place(self) -> Any:
        """What is in view, to come back to."""
        ...

    def show(self, box: Box | None) -> None:
        """Bring a part of the image into view, or all of it."""
        ...

    def go_back(self, place: Any) -> None:
        """Bring back what was in view."""
        ...


class NoSight:
    """Stands in for the canvas where there is none."""

    place: Any = None

    def show(self, box: Box | None) -> None:
        """Show nothing."""

    def go_back(self, place: Any) -> None:
        """Show nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Something that was done in a review, and what was in view before."""

    entry: ImageEntry
    item: str
    """Identifier of the candidate, empty for the image as a whole."""
    place: Any
    text: str = ""
    """Name of the edit, empty where nothing was changed."""


@dataclass(slots=True, eq=False)
class Arrival:
    """What to do as soon as an image is shown."""

    step: Step
    takes_back: bool


class Trail:
    """The steps of a review. What was taken back is on neither way any more."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._seen: list[Step] = []

    def clear(self) -> None:
        """Begin anew."""
        self._done, self._seen = [], []

    def add(self, step: Step) -> None:
        """Remember a step."""
        self._done.append(step)
        self._seen.append(step)

    @property
    def last(self) -> Step | None:
        """The newest step that was not taken back."""
        return self._done[-1] if self._done else None

    @property
    def can_go_back(self) -> bool:
        """Tell whether there is an item before the present one."""
        return bool(self._seen)

    def go_back(self) -> Step:
        """Return the step before, each time one further."""
        return self._seen.pop()

    def take_back(self, entry: ImageEntry, item: str) -> Step | None:
        """Forget the newest step at an item, and return it."""
        found = [step for step in self._done if step.entry is entry and step.item == item]
        if not found:
            return None
        self._done.remove(found[-1])
        self._seen = [step for step in self._seen if step is not found[-1]]
        return found[-1]


def reopened(change: Change) -> str:
    """Return the candidate that has no verdict any more, empty where there is none."""
    before = {item.identifier: item.verdict for item in change.candidates_removed}
    names = [
        item.identifier
        for item in change.candidates_added
        if item.verdict == "open" and before.get(item.identifier, "open") != "open"
    ]
    return names[-1] if names else ""
