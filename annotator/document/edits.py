"""Edits of an image's cracks as values: the only way the document changes."""

from dataclasses import dataclass
from typing import Literal, Protocol

from annotator.document.crack_path import CrackPath
from annotator.document.image_entry import ImageEntry

Box = tuple[int, int, int, int]
ChangeKind = Literal["added", "removed"]


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit did: which crack came or went, and the box (x0, y0, x1, y1) it covers."""

    kind: ChangeKind
    crack: CrackPath
    box: Box


class Edit(Protocol):
    """A reversible change. ``check`` raises before anything happens, ``apply`` never does."""

    @property
    def text(self) -> str:
        """Name for the undo menu."""
        ...

    @property
    def crack(self) -> CrackPath:
        """The crack that comes or goes; the edit keeps it in memory."""
        ...

    def check(self, entry: ImageEntry) -> None:
        """Raise ValueError where the edit does not fit the document."""
        ...

    def apply(self, entry: ImageEntry) -> Change:
        """Do it."""
        ...

    def revert(self, entry: ImageEntry) -> Change:
        """Take it back; the document is then equal to what it was."""
        ...


@dataclass(frozen=True, slots=True)
class AddCrack:
    """Add a crack to the end of the list."""

    crack: CrackPath
    text: str = "Trace crack"

    def check(self, entry: ImageEntry) -> None:
        """Refuse a crack that is there already."""
        if entry.find(self.crack.identifier) is not None:
            raise ValueError(f"crack {self.crack.identifier} is in {entry.name} already")

    def apply(self, entry: ImageEntry) -> Change:
        """Append the crack."""
        entry.cracks.append(self.crack)
        return Change("added", self.crack, self.crack.mask.box)

    def revert(self, entry: ImageEntry) -> Change:
        """Take the crack out again."""
        entry.cracks.remove(self.crack)
        return Change("removed", self.crack, self.crack.mask.box)


@dataclass(frozen=True, slots=True)
class RemoveCrack:
    """Remove a crack; its place in the list comes back with it."""

    crack: CrackPath
    index: int
    text: str = "Delete crack"

    def check(self, entry: ImageEntry) -> None:
        """Refuse where the crack is not at its place."""
        if not (0 <= self.index < len(entry.cracks) and entry.cracks[self.index] is self.crack):
            raise ValueError(f"crack {self.crack.identifier} is not number {self.index}")

    def apply(self, entry: ImageEntry) -> Change:
        """Take the crack out."""
        del entry.cracks[self.index]
        return Change("removed", self.crack, self.crack.mask.box)

    def revert(self, entry: ImageEntry) -> Change:
        """Put the crack back where it was."""
        entry.cracks.insert(self.index, self.crack)
        return Change("added", self.crack, self.crack.mask.box)
