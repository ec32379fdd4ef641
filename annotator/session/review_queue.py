"""Which images a review still has to go through, also those that are not in memory."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import FINISHED, ImageState
from annotator.session.review_order import (
    Order,
    Workload,
    Workloads,
    has_work,
    in_order,
)
from annotator.storage.project_records import CandidateRecord
from annotator.workers.job_runner import Job

if TYPE_CHECKING:  # the session holds this
    from annotator.session.session import Session

Rank = Callable[[Sequence[ImageEntry]], Mapping[int, int]]


class ReviewQueue:
    """Images in the order chosen; what was left for later does not come again in a review."""

    def __init__(self, session: "Session") -> None:
        self.order: Order = "listed"
        self.rank: Rank | None = None
        """Ranks images by how useful they are to label, 0 the most; None where nothing can."""
        self._session = session
        self._read: Workloads = {}
        self._left: set[ImageEntry] = set()

    def begin(self, then: Callable[[], None]) -> None:
        """Read what images that are not in memory have to decide on, then go on."""
        store = self._session.store
        self._left = set()

        def keep(records: Sequence[CandidateRecord]) -> None:
            self._read = _workloads(records)
            if self._session.store is store:
                then()

        if store is None:
            return
        self._session.runner.start(
            Job(
                key="read candidates",
                work=lambda _context: store.reviews.candidates(),
                lane="loading",
                priority=20,
                on_done=keep,
                on_failed=lambda error: self._session.problem.emit(str(error)),
            )
        )

    def set_order(self, order: Order) -> None:
        """Go in another order; what is useful is found out from now on, in the background."""
        self.order = order
        if order == "useful" and self.rank is not None:
            self.rank([entry for entry in self._session.entries if self.has_work(entry)])

    def forget(self) -> None:
        """Forget the project."""
        self._read, self._left = {}, set()

    def leave(self, entry: ImageEntry) -> None:
        """Do not come back to an image in this review."""
        self._left.add(entry)

    def want(self, entry: ImageEntry) -> None:
        """Come back to an image after all."""
        self._left.discard(entry)

    def has_work(self, entry: ImageEntry) -> bool:
        """Tell whether somebody still has to look at an image."""
        return has_work(entry, self._read)

    @property
    def entries(self) -> list[ImageEntry]:
        """Images of the list that still have work, in order; what was left is not among them."""
        session = self._session
        rows = range(len(session.entries)) if session.listed_rows is None else session.listed_rows()
        listed = (session.entries[row] for row in rows)
        waiting = [entry for entry in listed if self.has_work(entry) and entry not in self._left]
        ranks = self.rank(waiting) if self.rank and self.order == "useful" else {}
        return in_order(waiting, self.order, self._read, ranks)

    def next_after(self, here: ImageEntry | None) -> ImageEntry | None:
        """Return the image to go to; as listed it is the one behind, and then the first again."""
        waiting = [entry for entry in self.entries if entry is not here]
        if self.order == "listed" and here is not None and here in self._session.entries:
            rows = {entry: row for row, entry in enumerate(self._session.entries)}
            behind = [entry for entry in waiting if rows[entry] > rows[here]]
            waiting = behind or waiting
        return waiting[0] if waiting else None

    @property
    def open_count(self) -> int:
        """Number of candidates of all images that are still to be decided on."""
        entries = self._session.entries
        return sum(entry.candidate_count for entry in entries if entry.state not in FINISHED)

    def count_states(self) -> dict[ImageState, int]:
        """Return how many images are how far, states without images left out."""
        counts = dict.fromkeys(ImageState, 0)
        for entry in self._session.entries:
            counts[entry.state] += 1
        return {state: number for state, number in counts.items() if number}


def _workloads(records: Sequence[CandidateRecord]) -> dict[int, Workload]:
    confidences: dict[int, list[float]] = {}
    for record in records:
        if record.verdict in ("open", "skipped"):
            confidences.setdefault(record.image, []).append(record.confidence)
    return {image: Workload(len(values), min(values)) for image, values in confidences.items()}
