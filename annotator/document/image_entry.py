"""An image of the project as the window lists it."""

from dataclasses import dataclass
from pathlib import Path

from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState, Subset


@dataclass(slots=True, eq=False)
class ImageEntry:
    """An image file and what is known of it.

    ``content`` is None until it was read from the project; the counts and the state are always
    there, for the list. Only the history replaces ``content``.
    """

    identifier: int
    path: Path
    size: tuple[int, int] | None = None
    """Width and height in px of the upright image, None until it was opened."""
    content: ImageContent | None = None
    listed_state: ImageState = ImageState.NEW
    listed_cracks: int = 0
    listed_candidates: int = 0
    listed_subset: Subset = "auto"
    """What the project says of these, for as long as the content was not read."""
    damages: tuple[str, ...] = ()
    """Sentences on what of the content could not be read, to be told when the image is shown."""
    is_missing: bool = False
    """The file is not where the project expects it."""
    shown_name: str = ""
    """Path relative to the folder of the images, which tells photographs of one name apart."""

    @property
    def name(self) -> str:
        """Name for lists and messages."""
        return self.shown_name or self.path.name

    @property
    def cracks(self) -> tuple[Crack, ...]:
        """Cracks, none until they were read."""
        return self.content.cracks if self.content else ()

    @property
    def boxes(self) -> tuple[BoundingBox, ...]:
        """Boxes, none until they were read."""
        return self.content.boxes if self.content else ()

    @property
    def state(self) -> ImageState:
        """State of the image."""
        return self.content.state if self.content else self.listed_state

    @property
    def subset(self) -> Subset:
        """Part of the data set that the image is assigned to."""
        return self.content.subset if self.content else self.listed_subset

    @property
    def crack_count(self) -> int:
        """Number of cracks."""
        return len(self.content.cracks) if self.content else self.listed_cracks

    @property
    def candidate_count(self) -> int:
        """Number of candidates that are still to be decided on."""
        return len(self.content.open_candidates) if self.content else self.listed_candidates
