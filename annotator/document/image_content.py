"""What is known of an image: cracks, boxes, candidates, notes, state, as one immutable value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from annotator.document.bounding_box import BoundingBox
from annotator.document.candidate import Candidate
from annotator.document.crack import Crack
from annotator.document.image_state import ImageState, Subset
from annotator.document.note import Note

ImageObject = Crack | BoundingBox


@dataclass(frozen=True, slots=True, eq=False)
class ImageContent:
    """The document of one image. Edits are functions from one content to the next.

    Candidates and notes are no objects of the annotation: they are neither exported nor measured.
    """

    cracks: tuple[Crack, ...] = ()
    boxes: tuple[BoundingBox, ...] = ()
    state: ImageState = ImageState.NEW
    subset: Subset = "auto"
    candidates: tuple[Candidate, ...] = ()
    notes: tuple[Note, ...] = ()

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

    # Candidates

    @property
    def open_candidates(self) -> tuple[Candidate, ...]:
        """Candidates that were not decided on, those that were skipped last."""
        waiting = [candidate for candidate in self.candidates if not candidate.is_decided]
        return tuple(sorted(waiting, key=lambda candidate: candidate.verdict == "skipped"))

    def find_candidate(self, identifier: str) -> Candidate | None:
        """Return the candidate of that identifier, if there is one."""
        return next((item for item in self.candidates if item.identifier == identifier), None)

    def known_candidate(self, identifier: str) -> Candidate:
        """Return a candidate that must be there."""
        candidate = self.find_candidate(identifier)
        if candidate is None:
            raise ValueError(f"there is no candidate {identifier} in the image")
        return candidate

    def with_candidates(self, new: Iterable[Candidate]) -> "ImageContent":
        """Return this content with other candidates; those that were decided on stay."""
        decided = tuple(candidate for candidate in self.candidates if candidate.is_decided)
        names = {candidate.identifier for candidate in decided}
        added = tuple(candidate for candidate in new if candidate.identifier not in names)
        return replace(self, candidates=(*decided, *added))

    def with_candidate_replaced(self, new: Candidate) -> "ImageContent":
        """Return this content with the candidate of the same identifier replaced."""
        candidates = tuple(
            new if item.identifier == new.identifier else item for item in self.candidates
        )
        return replace(self, candidates=candidates)

    # Notes

    def find_note(self, identifier: str) -> Note | None:
        """Return the note of that identifier, if there is one."""
        return next((note for note in self.notes if note.identifier == identifier), None)

    def with_note(self, note: Note) -> "ImageContent":
        """Return this content with one more note."""
        return replace(self, notes=(*self.notes, note))

    def with_note_replaced(self, new: Note) -> "ImageContent":
        """Return this content with the note of the same identifier replaced."""
        notes = tuple(new if note.identifier == new.identifier else note for note in self.notes)
        return replace(self, notes=notes)

    def without_note(self, identifier: str) -> "ImageContent":
        """Return this content without a note; a name that is not there does not matter."""
        return replace(self, notes=tuple(n for n in self.notes if n.identifier != identifier))
