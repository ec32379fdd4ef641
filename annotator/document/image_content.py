"""What is known of an image: its cracks, its boxes and its state, as one immutable value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack
from annotator.document.image_state import ImageState, Subset

ImageObject = Crack | BoundingBox


@dataclass(frozen=True, slots=True, eq=False)
class ImageContent:
    """The document of one image. Edits are functions from one content to the next."""

    cracks: tuple[Crack, ...] = ()
    boxes: tuple[BoundingBox, ...] = ()
    state: ImageState = ImageState.NEW
    subset: Subset = "auto"

    @property
    def objects(self) -> tuple[ImageObject, ...]:
        """Cracks, then boxes."""
        return (*self.cracks, *self.boxes)

    def find(self, identifier: str) -> ImageObject | None:
        """Return the crack or box of that identifier, if there is one."""
        return next((item for item in self.objects if item.identifier == identifier), None)

    def find_crack(self, identifier: str) -> Crack | None:
        """Return the crack of that identifier, if there is one."""
        return next((crack for crack in self.cracks if crack.identifier == identifier), None)

    def with_cracks(self, cracks: Iterable[Crack]) -> "ImageContent":
        """Return this content with more cracks at the end; refuse those that are there already."""
        added = tuple(cracks)
        for crack in added:
            if self.find(crack.identifier) is not None:
                raise ValueError(f"crack {crack.identifier} is in the image already")
        return replace(self, cracks=(*self.cracks, *added))

    def with_boxes(self, boxes: Iterable[BoundingBox]) -> "ImageContent":
        """Return this content with more boxes at the end."""
        return replace(self, boxes=(*self.boxes, *boxes))

    def without(self, identifiers: Iterable[str]) -> "ImageContent":
        """Return this content without some objects; names that are not there do not matter."""
        gone = set(identifiers)
        return replace(
            self,
            cracks=tuple(crack for crack in self.cracks if crack.identifier not in gone),
            boxes=tuple(box for box in self.boxes if box.identifier not in gone),
        )

    def with_crack_replaced(self, identifier: str, new: Sequence[Crack]) -> "ImageContent":
        """Return this content with one crack replaced, in its place, by any number of others."""
        if self.find_crack(identifier) is None:
            raise ValueError(f"there is no crack {identifier} in the image")
        cracks: list[Crack] = []
        for crack in self.cracks:
            cracks += new if crack.identifier == identifier else [crack]
        return replace(self, cracks=tuple(cracks))

    def with_box_replaced(self, new: BoundingBox) -> "ImageContent":
        """Return this content with the box of the same identifier replaced."""
        boxes = tuple(new if box.identifier == new.identifier else box for box in self.boxes)
        return replace(self, boxes=boxes)

    def with_state(self, state: ImageState) -> "ImageContent":
        """Return this content in another state."""
        return replace(self, state=state)

    def with_subset(self, subset: Subset) -> "ImageContent":
        """Return this content assigned to a part of the data set."""
        return replace(self, subset=subset)
