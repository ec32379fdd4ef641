"""How useful images are to label, for the order of the review; found out in the background."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import FINISHED
from annotator.errors import AnnotatorError
from annotator.workers.job_runner import Job, JobContext

if TYPE_CHECKING:  # the session holds this
    from annotator.session.session import Session
    from annotator.storage.project_store import ProjectStore

JOB: Final = "usefulness"


class Usefulness(QObject):
    """Ranks images by the predictions of the model in use; the last ranks hold until new ones."""

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._session = session
        self._ranks: dict[int, int] = {}
        self._known: tuple[ProjectStore, str, tuple[int, ...]] | None = None
        """What the ranks, or those that are being found out, are of."""
        session.review.queue.rank = self.ranks

    def ranks(self, waiting: Sequence[ImageEntry]) -> Mapping[int, int]:
        """Return the place of each image, 0 the most useful; empty until that is found out."""
        store, model = self._session.store, self._session.predictions.chosen_model
        if store is None or model is None:
            return {}
        labelled = tuple(e.identifier for e in self._session.entries if e.state in FINISHED)
        wanted = (store, model.key, labelled)
        if wanted != self._known:
            if self._known is None or self._known[0] is not store:
                self._ranks = {}
            self._known = wanted
            self._find_out(model.key, [entry.identifier for entry in waiting], labelled)
        return self._ranks

    def _find_out(self, model_key: str, names: list[int], labelled: tuple[int, ...]) -> None:
        store = self._session.store
        assert store is not None

        def work(context: JobContext) -> list[int]:
            from annotator.services.usefulness import rank_images

            return rank_images(store, model_key, names, labelled, context.report)

        def done(order: list[int]) -> None:
            if self._session.store is store:
                self._ranks = {name: place for place, name in enumerate(order)}

        self._session.runner.start(
            Job(key=JOB, work=work, lane="candidates", on_done=done, on_failed=self._on_failed)
        )

    def _on_failed(self, error: AnnotatorError) -> None:
        self._known = None
        self._session.problem.emit(str(error))
