"""Notes that are pinned to a place in an image, for whoever works on it next."""

from dataclasses import dataclass, field, replace

from annotator.document.crack import new_identifier


@dataclass(frozen=True, slots=True)
class Note:
    """A remark at (x, y) in pixels of the upright image."""

    x: float
    y: float
    text: str
    is_resolved: bool = False
    identifier: str = field(default_factory=new_identifier)

    def with_text(self, text: str) -> "Note":
        """Return this note with another text."""
        return replace(self, text=text)

    def resolved(self, is_resolved: bool = True) -> "Note":
        """Return this note resolved, or open again."""
        return replace(self, is_resolved=is_resolved)

    def moved_to(self, x: float, y: float) -> "Note":
        """Return this note somewhere else."""
        return replace(self, x=x, y=y)
