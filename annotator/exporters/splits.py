"""Splitting a data set by image into training and test, by seed or by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from annotator.document.image_state import FINISHED, ImageState, Subset
from annotator.errors import AnnotatorError
from annotator.exporters.seeded_order import name_rank

Side = Literal["train", "test"]
SIDES: tuple[Side, Side] = ("train", "test")


@dataclass(frozen=True, slots=True)
class DataSetChoice:
    """Which images make a data set, and how it is split.

    Images with cracks are taken in the ``states``; those without where they are marked "no crack",
    and with ``include_clean`` also where they are reviewed or approved. An image that nobody has
    looked at is never taken for one without cracks.
    """

    states: tuple[ImageState, ...] = FINISHED
    include_clean: bool = False
    test_fraction: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.states:
            raise AnnotatorError("No state of images is chosen; choose at least one.")
        if not 0 <= self.test_fraction < 1:
            raise AnnotatorError(
                f"{self.test_fraction:g} is no fraction of images for the test; give one "
                "from 0 to below 1, as in 0.1."
            )

    def takes(self, state: ImageState, *, has_crack: bool) -> bool:
        """Tell whether an image belongs to the data set."""
        if state not in self.states:
            return False
        is_clean = state is ImageState.NO_CRACK or (self.include_clean and state in FINISHED)
        return has_crack or is_clean


class SplitItem(Protocol):
    """What the split needs to know of an image."""

    @property
    def name(self) -> str:
        """Its own name in the project."""
        ...

    @property
    def sha256(self) -> str:
        """Of the file, empty where unknown; images that share it are never parted."""
        ...

    @property
    def subset(self) -> Subset:
        """What was assigned by hand."""
        ...

    @property
    def has_crack(self) -> bool:
        """Whether any pixel is crack."""
        ...


@dataclass(frozen=True, slots=True)
class Split:
    """The images of the test set, by name, and remarks for the report."""

    test: frozenset[str]
    notes: tuple[str, ...] = ()

    def side(self, name: str) -> Side:
        """Return the side that an image is on."""
        return "test" if name in self.test else "train"


def split_images(items: Sequence[SplitItem], test_fraction: float, seed: int) -> Split:
    """Split images with and without cracks apart, each by the same fraction.

    What was assigned by hand stays there and counts. The others are drawn by the seed; of two or
    more images at least one is drawn for the test.
    """
    notes: list[str] = []
    groups = _groups(items)
    sides: list[Side | None] = [_side_by_hand(group, notes) for group in groups]
    test: set[str] = set()
    for has_crack in (True, False):
        chosen: list[tuple[Group, Side | None]] = [
            (group, side)
            for group, side in zip(groups, sides, strict=True)
            if any(item.has_crack for item in group) is has_crack
        ]
        test |= _test_names(chosen, test_fraction, seed)
    return Split(frozenset(test), tuple(notes))


Group = list[SplitItem]


def _groups(items: Sequence[SplitItem]) -> list[Group]:
    """Gather identical files; within a group and among groups by name."""
    groups: dict[str, Group] = {}
    for item in sorted(items, key=lambda item: item.name):
        groups.setdefault(item.sha256 or f"name:{item.name}", []).append(item)
    return list(groups.values())


def _side_by_hand(group: Group, notes: list[str]) -> Side | None:
    wanted: list[Side] = [item.subset for item in group if item.subset != "auto"]
    names = ", ".join(item.name for item in group)
    if len(set(wanted)) > 1:
        notes.append(
            f"{names} are the same file but were assigned to both training and test; all are in "
            f"the {wanted[0]} set."
        )
    elif len(group) > 1:
        notes.append(f"{names} are the same file; they are kept in one set.")
    return wanted[0] if wanted else None


def _test_names(
    groups: Sequence[tuple[Group, Side | None]], test_fraction: float, seed: int
) -> set[str]:
    n_images = sum(len(group) for group, _ in groups)
    n_wanted = int(n_images * test_fraction + 0.5)
    if test_fraction > 0 and len(groups) > 1:
        n_wanted = max(n_wanted, 1)
    names = {item.name for group, side in groups if side == "test" for item in group}
    drawn = [group for group, side in groups if side is None]
    for group in sorted(drawn, key=lambda group: name_rank(seed, group[0].name)):
        if len(names) >= n_wanted:
            break
        names.update(item.name for item in group)
    return names
