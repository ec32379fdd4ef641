"""In which order a review goes through images, and through the candidates of an image."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from annotator.document.candidate import Candidate
from annotator.document.image_content import ImageContent
from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import FINISHED, ImageState

Order = Literal["listed", "uncertain", "cracks", "useful"]

ORDER_NAMES: Final[dict[Order, str]] = {
    "listed": "As listed",
    "uncertain": "Least certain first",
    "cracks": "Most cracks first",
    "useful": "Most useful to label first",
}

BEGUN = (ImageState.PREDICTED, ImageState.IN_PROGRESS, ImageState.NEEDS_WORK)
"""States in which an image without candidates still waits to be looked at."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What a review finds on an image."""

    n_open: int = 0
    """Candidates that are still to be decided on."""
    least: float = 1.0
    """Confidence of the least certain one of them."""

    @staticmethod
    def of(content: ImageContent) -> "Workload":
        """Return the workload of a content that was read."""
        confidences = [candidate.confidence for candidate in content.open_candidates]
        return Workload(len(confidences), min(confidences, default=1.0))


Workloads = Mapping[int, Workload]
"""By identifier of the image."""


def workload_of(entry: ImageEntry, read: Workloads) -> Workload:
    """Return the workload of an image, from its content where that is in memory."""
    if entry.content is not None:
        return Workload.of(entry.content)
    return read.get(entry.identifier, Workload())


def has_work(entry: ImageEntry, read: Workloads) -> bool:
    """Tell whether somebody still has to look at an image: what was not begun does not count."""
    if entry.state in FINISHED:
        return False
    return entry.state in BEGUN or workload_of(entry, read).n_open > 0


def in_order(
    entries: Iterable[ImageEntry],
    order: Order,
    read: Workloads,
    ranks: Mapping[int, int],
) -> list[ImageEntry]:
    """Return images in the order of a review; ``ranks`` say how useful they are, 0 the most.

    Images with candidates come before those without; where two are equal, as they are listed.
    """
    loads = {entry: workload_of(entry, read) for entry in entries}

    def key(entry: ImageEntry) -> tuple[bool, float]:
        load = loads[entry]
        place = {
            "listed": 0.0,
            "uncertain": load.least,
            "cracks": -float(load.n_open + entry.crack_count),
            "useful": float(ranks.get(entry.identifier, len(ranks))) if ranks else load.least,
        }[order]
        return load.n_open == 0, place

    return sorted(loads, key=key)


def next_candidate(
    content: ImageContent, order: Order, after: str = "", passed: Container[str] = ()
) -> Candidate | None:
    """Return the candidate to decide on next; those that were skipped before come last.

    As listed it is the one that follows ``after``, and then the first again.
    """
    waiting = [item for item in content.open_candidates if item.identifier not in passed]
    fresh = [item for item in waiting if item.verdict == "open"] or waiting
    if not fresh:
        return None
    if order in ("uncertain", "useful"):
        return min(fresh, key=lambda item: item.confidence)
    behind = _names_behind(content.candidates, after)
    return next((item for item in fresh if item.identifier in behind), fresh[0])


def _names_behind(candidates: Sequence[Candidate], after: str) -> set[str]:
    names = [item.identifier for item in candidates]
    return set(names[names.index(after) + 1 :]) if after in names else set()
