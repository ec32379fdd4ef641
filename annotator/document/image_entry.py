"""An image of the session with its cracks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from annotator.document.crack_path import CrackPath


@dataclass(slots=True, eq=False)
class ImageEntry:
    """An image file and the cracks traced on it; only edits change ``cracks``."""

    path: Path
    cracks: list[CrackPath] = field(default_factory=list[CrackPath])
    size: tuple[int, int] | None = None
    """Width and height in px of the upright image, None until it was opened."""
    mask_path: Path | None = None
    """Where the mask was saved last."""

    @property
    def name(self) -> str:
        """File name, for lists and messages."""
        return self.path.name

    def find(self, identifier: str) -> CrackPath | None:
        """Return the crack of that identifier, if there is one."""
        return next((crack for crack in self.cracks if crack.identifier == identifier), None)

    def __iter__(self) -> Iterator[CrackPath]:
        return iter(self.cracks)
