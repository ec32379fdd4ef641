"""Review: one candidate after the other, then the image as a whole, then the next image."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from annotator.document import verdicts
from annotator.document.candidate import Candidate, Verdict
from annotator.document.crack import Crack
from annotator.document.edits import Change
from annotator.document.image_content import ImageContent
from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import FINISHED, ImageState
from annotator.session.review_order import Order, next_candidate
from annotator.session.review_queue import ReviewQueue
from annotator.session.review_trail import Arrival, NoSight, Sight, Step, Trail, reopened

if TYPE_CHECKING:  # the session holds this
    from annotator.session.session import Session

Stage = Literal["off", "loading", "candidate", "image", "editing", "finished"]
"""Where a review is: at a candidate, at an image whose candidates are all decided on, ..."""

Decision = Callable[[ImageContent, str], ImageContent]

NOTHING = (
    "There is nothing to review: no image has candidates, and none is in progress. Let a model "
    "propose cracks first (Model > Predict all)."
)
LOCKED_CRACK = "The crack that was made of this candidate is locked; unlock it first (L)."
MARKED = (*FINISHED, ImageState.NEEDS_WORK)
"""States after which a review goes on to the next image."""


class Review(QObject):
    """Knows what is to be decided next; whatever is decided is an edit like any other."""

    changed = Signal()
    """Another item, stage, order or count."""
    stepped = Signal(object)
    """Something was done: Step."""

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self.sight: Sight = NoSight()
        """The canvas, once there is one."""
        self.queue = ReviewQueue(session)
        self._session = session
        self._stage: Stage = "off"
        self._item = ""
        self._trail = Trail()
        self._passed: set[str] = set()
        self._top: object = None
        """Newest edit of the image that is the review's business: newer ones were made by hand."""
        self._arrival: Arrival | None = None
        self._is_own = False
        session.image_shown.connect(self._on_image_shown)
        session.document_changed.connect(self._on_document_changed)
        session.images_changed.connect(self._on_images_changed)
        session.project_changed.connect(self._on_project_changed)

    # What there is

    @property
    def stage(self) -> Stage:
        """Where the review is."""
        return self._stage

    @property
    def is_on(self) -> bool:
        """Tell whether a review is under way, be it that a crack is being edited."""
        return self._stage != "off"

    @property
    def is_reviewing(self) -> bool:
        """Tell whether the keys of the review count."""
        return self._stage not in ("off", "editing")

    @property
    def current(self) -> Candidate | None:
        """The candidate to decide on, None at an image as a whole."""
        content = self._content
        if content is None or self._stage not in ("candidate", "editing") or not self._item:
            return None
        return content.find_candidate(self._item)

    @property
    def verdict_on_image(self) -> ImageState:
        """What a yes to the image as a whole makes of it."""
        entry = self._session.current
        return ImageState.REVIEWED if entry and entry.cracks else ImageState.NO_CRACK

    # Beginning and end

    def start(self) -> None:
        """Begin with the image that is shown if it has work, else with the first that has."""
        if not self.is_on:
            self.queue.begin(self._begin)

    def stop(self) -> None:
        """End the review; all that was decided stays."""
        self._arrival = None
        self._set("off")

    def set_order(self, order: Order) -> None:
        """Go through what is left in another order."""
        if order != self.queue.order:
            self.queue.set_order(order)
            self.changed.emit()

    def _begin(self) -> None:
        if self.is_on:
            return
        self._trail.clear()
        self._passed = set()
        current = self._session.current
        if current is not None and self.queue.has_work(current):
            self._adopt()
        elif self.queue.entries:
            self.next_image()
        else:
            self._session.notice.emit(NOTHING)

    # Decisions

    def accept(self, *, raw: bool = False) -> None:
        """Say yes: to the re-traced crack, or to the raw pixels; to the image as a whole."""
        if self._stage == "editing":
            self.go_on()
        elif self._stage == "finished":
            self.stop()
        elif self._stage == "image":
            is_approved = raw and self.verdict_on_image is ImageState.REVIEWED
            self._mark(ImageState.APPROVED if is_approved else self.verdict_on_image)
        elif candidate := self.current:
            verdict: Verdict = "accepted raw" if raw or not candidate.traced else "accepted"
            text = "Accept raw mask" if raw else "Accept crack"
            self._decide(candidate, text, partial(verdicts.accept, raw=raw), verdict)

    def reject(self) -> None:
        """Say no: this is no crack; the image as a whole needs work."""
        if self._stage == "image":
            self._mark(ImageState.NEEDS_WORK)
        elif self._stage == "candidate" and (candidate := self.current):
            self._decide(candidate, "Reject candidate", verdicts.reject, "rejected")

    def skip(self) -> None:
        """Leave the candidate, or the image, for later."""
        if self._stage == "image":
            self._leave_image()
        elif self._stage == "candidate" and (candidate := self.current):
            self._passed.add(candidate.identifier)
            if candidate.verdict == "open" and not self._session.is_read_only:
                self._decide(candidate, "Skip candidate", verdicts.skip, "skipped")
            else:
                self._note(candidate.identifier)
                self._advance()

    def edit(self) -> None:
        """Take the candidate as a crack and correct it by hand; `go_on` comes back."""
        session = self._session
        if self._stage not in ("candidate", "image") or session.is_read_only:
            self._refuse_read_only()
            return
        candidate = self.current
        is_new = candidate is not None and self._crack_of(candidate) is None
        if candidate and is_new and not self._apply(candidate, "Accept crack", verdicts.accept):
            return
        self._set("editing", self._item)
        session.selection.select([candidate.identifier] if candidate else [])

    def go_on(self) -> None:
        """Come back from correcting by hand."""
        if self._stage == "editing":
            self._session.selection.select(())
            self._advance()

    def back(self) -> None:
        """Look again at the item before this one; a verdict on it stays until another is given."""
        if self._stage in ("off", "loading"):
            return
        if self._trail.can_go_back:
            self._go_to(self._trail.go_back(), takes_back=False)
        else:
            self._session.notice.emit("This is where the review began")

    def choose(self, identifier: str) -> None:
        """Go to a candidate of the image that the user points at."""
        if self.is_reviewing and self._known(identifier):
            self._set("candidate", identifier)

    def next_image(self) -> None:
        """Show the next image that has work; the review is over where there is none."""
        entry = self.queue.next_after(self._session.current)
        if entry is None:
            self._set("finished")
            return
        self._set("loading")
        self._session.show_image(self._session.entries.index(entry))

    # Taking back

    @property
    def undo_text(self) -> str:
        """What undo takes back on another image, empty where the image itself has the last word."""
        step = self._step_elsewhere
        return f"{step.text or 'going on'} in {step.entry.name}" if step else ""

    def undo(self) -> bool:
        """Go back to the last decision where it was made elsewhere; tell whether it was."""
        step = self._step_elsewhere
        if step is None:
            return False
        if not step.text:
            self._trail.take_back(step.entry, step.item)
        self._go_to(step, takes_back=bool(step.text))
        return True

    @property
    def _step_elsewhere(self) -> Step | None:
        session, step = self._session, self._trail.last
        if not self.is_on or step is None or session.history.last is not self._top:
            return None
        is_here = step.entry is session.current and bool(step.text)
        return None if is_here or step.entry not in session.entries else step

    def _go_to(self, step: Step, *, takes_back: bool) -> None:
        session = self._session
        self.queue.want(step.entry)
        arrival = Arrival(step, takes_back)
        if step.entry is session.current:
            self._arrive(arrival)
        elif step.entry in session.entries:
            self._arrival = arrival
            self._set("loading")
            session.show_image(session.entries.index(step.entry))

    def _arrive(self, arrival: Arrival) -> None:
        self._arrival = None
        session, step = self._session, arrival.step
        self._top = session.history.last
        if arrival.takes_back and session.history.undo_text == step.text:
            session.undo()  # `_on_document_changed` brings back item and view
            return
        self._set("candidate" if self._known(step.item) else "image", step.item)
        self.sight.go_back(step.place)

    def _bring_back(self, item: str) -> None:
        """Stand where a decision was made that was taken back now."""
        entry = self._session.current
        if entry is None:
            return
        self.queue.want(entry)
        self._top = self._session.history.last
        self._passed.discard(item)
        self._set("candidate" if item else "image", item)
        step = self._trail.take_back(entry, item)
        if step is not None:
            self.sight.go_back(step.place)
        else:
            self._look()

    # What happens elsewhere

    def _on_image_shown(self) -> None:
        if not self.is_on:
            return
        arrival, self._arrival = self._arrival, None
        if arrival is not None and arrival.step.entry is self._session.current:
            self._arrive(arrival)
        else:
            self._adopt()

    def _on_document_changed(self, entry: ImageEntry, change: Change) -> None:
        if self.is_on and not self._is_own and entry is self._session.current:
            self._follow(entry, change)
            self.changed.emit()

    def _follow(self, entry: ImageEntry, change: Change) -> None:
        """Go along with an edit that is not the review's, or with undo and redo."""
        item = reopened(change)
        last = self._trail.last
        if item:
            self._bring_back(item)
        elif change.is_state_changed and entry.state in MARKED and self._stage != "editing":
            self._note("", f"Mark as {entry.state}")
            self.queue.leave(entry)
            self.next_image()
        elif change.is_state_changed and last and last.entry is entry and not last.item:
            self._bring_back("")
        elif self._stage == "candidate" and change.are_candidates_changed:
            candidate = self.current
            if candidate is None or candidate.is_decided:
                self._note(self._item, self._session.history.undo_text)
                self._advance()
        elif self._stage in ("image", "finished") and change.are_candidates_changed:
            self._advance()

    def _on_images_changed(self) -> None:
        if self.is_on:
            self.changed.emit()

    def _on_project_changed(self) -> None:
        self.queue.forget()
        self.stop()

    # How it is done

    @property
    def _content(self) -> ImageContent | None:
        return self._session.current.content if self._session.current else None

    def _crack_of(self, candidate: Candidate) -> Crack | None:
        return self._content.find_crack(candidate.identifier) if self._content else None

    def _known(self, item: str) -> bool:
        return bool(item and self._content and self._content.find_candidate(item))

    def _decide(
        self,
        candidate: Candidate,
        text: str,
        transform: Decision,
        verdict: Verdict,
    ) -> None:
        is_gone = verdict in ("accepted", "accepted raw") and self._crack_of(candidate) is None
        if candidate.verdict == verdict and not is_gone:
            self._advance()  # looked at again, and left as it is
        elif self._apply(candidate, text, transform):
            self._advance()

    def _apply(
        self,
        candidate: Candidate,
        text: str,
        transform: Decision,
    ) -> bool:
        session, name = self._session, candidate.identifier
        crack = self._crack_of(candidate)
        if crack is not None and crack.is_locked:
            session.problem.emit(LOCKED_CRACK)
            return False
        place = self.sight.place
        self._is_own = True
        is_applied = session.apply(text, lambda content: transform(content, name))
        self._is_own = False
        if is_applied:
            self._note(name, text, place)
        return is_applied

    def _note(self, item: str, text: str = "", place: Any = None) -> None:
        """Remember what was done; ``place`` is what was in view before, else what is."""
        entry = self._session.current
        if entry is None:
            return
        step = Step(entry, item, self.sight.place if place is None else place, text)
        self._trail.add(step)
        self._top = self._session.history.last
        self.stepped.emit(step)

    def _advance(self) -> None:
        """Go on to the next candidate of the image, else to the image as a whole."""
        content, entry = self._content, self._session.current
        found = (
            next_candidate(content, self.queue.order, self._item, self._passed) if content else None
        )
        if found is not None:
            self._set("candidate", found.identifier)
        elif entry is not None and entry.state in FINISHED:
            self.next_image()
            return
        else:
            self._set("image")
        self._look()

    def _adopt(self) -> None:
        """Begin with the image that is shown."""
        content = self._content
        self._top = self._session.history.last
        found = None
        if content is not None and self._session.image is not None:  # nobody judges unseen
            found = next_candidate(content, self.queue.order, "", self._passed)
        self._set("candidate" if found else "image", found.identifier if found else "")
        self._look()

    def _mark(self, state: ImageState) -> None:
        session, entry = self._session, self._session.current
        if entry is None:
            return
        if session.is_read_only:
            self._refuse_read_only()
            return
        place = self.sight.place
        is_same = entry.state is state
        self._is_own = True
        session.set_state([entry], state)
        self._is_own = False
        if entry.state is state:
            self._note("", "" if is_same else session.history.undo_text, place)
            self.queue.leave(entry)
            self.next_image()

    def _leave_image(self) -> None:
        if self._session.current is not None:
            self._note("")
            self.queue.leave(self._session.current)
        self.next_image()

    def _refuse_read_only(self) -> None:
        if self._session.is_read_only:
            self._session.apply("", lambda content: content)  # says why

    def _look(self) -> None:
        candidate = self.current
        self.sight.show(candidate.box if candidate else None)

    def _set(self, stage: Stage, item: str = "") -> None:
        self._stage, self._item = stage, item
        candidate = self.current
        if stage == "candidate" and candidate is not None:
            # So that it can be painted as a crack the moment it is accepted.
            self._session.drawings.hand_over(candidate.best, lambda _drawing: None)
        self.changed.emit()
