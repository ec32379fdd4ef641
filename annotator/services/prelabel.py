"""Predicting the images of a project and finding candidates in them, without the window."""

import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from annotator.document.image_state import ImageState
from annotator.errors import AnnotatorError, DiskFullError, JobCancelled, defect_text
from annotator.services.candidates import UNTOUCHED, CandidateOptions, find_candidates, with_found
from annotator.services.models import ModelChoice, model_choice, model_choices
from annotator.services.prediction_process import PredictionProcess, PredictionRequest, Watcher
from annotator.services.tracing import prepare
from annotator.storage.image_io import load_image
from annotator.storage.predictions import Codes, PredictionRecord
from annotator.storage.project_records import utc_now
from annotator.storage.project_store import ImageRecord, ProjectStore, hash_file

SETTING = "predictions"
"""Of the project: the model that was chosen in the window, and thresholds by model."""

BEFORE_WORK = (ImageState.NEW, ImageState.PREDICTED)
NOTHING_FOUND = 0.0
"""Threshold of a prediction in which no cracks were looked for yet."""

Report = Callable[[float, str], None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PrelabelOptions:
    """Which images, by which model.

    ``is_all`` takes images that somebody works on as well, but never those that are approved or
    without cracks. ``threshold`` is that of the project or of the model where it is None.
    ``is_anew`` predicts again what the model has predicted before.
    """

    is_all: bool = False
    threshold: float | None = None
    device: str = "auto"
    is_anew: bool = False


@dataclass(slots=True)
class PrelabelResult:
    """What a run did so far; still true when it is interrupted.

    ``n_predicted`` images were predicted now, the others of ``n_images`` before; ``n_done`` had
    their candidates already; ``n_left_alone`` are approved or worked on.
    """

    n_images: int = 0
    n_predicted: int = 0
    n_candidates: int = 0
    n_done: int = 0
    n_left_alone: int = 0
    problems: list[str] = field(default_factory=list[str])


def chosen_model(store: ProjectStore, name: str = "") -> ModelChoice:
    """Return the model of a name, of a key or in a folder; by default the project's own choice."""
    from segmentation.model_store.card import ModelError
    from segmentation.model_store.catalog import find_model

    choices = model_choices(store.folder)
    if not name:
        return _default_model(store, choices)
    for choice in choices:
        if choice.key and name in (choice.name, choice.key):
            return choice
    try:
        folder = find_model(name)
    except ModelError as error:
        raise AnnotatorError(str(error)) from error
    choice = model_choice(folder.name, folder, "user")
    if choice.problem:
        raise AnnotatorError(choice.problem)
    return choice


def _default_model(store: ProjectStore, choices: Sequence[ModelChoice]) -> ModelChoice:
    usable = [choice for choice in choices if not choice.problem]
    wanted = _settings(store).get("model", "")
    ordered = [choice for choice in usable if choice.key == wanted]
    ordered += [choice for choice in usable if choice.kind == "bundled"]
    if not ordered:
        raise AnnotatorError("No model that can be used was found; install the program anew.")
    return ordered[0]


def _settings(store: ProjectStore) -> dict[str, Any]:
    found = store.get(SETTING, {})
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class _Watch:
    """How an image is told of and stopped."""

    tell: Callable[[float, str], None]
    is_cancelled: Callable[[], bool]

    def part(self, first: float, last: float) -> Callable[[float, str], None]:
        """Return what tells of a part of the work on the image."""
        return lambda share, text: self.tell(first + share * (last - first), text)


class Prelabel:
    """A run over the images of a project; ``result`` can be read at any time.

    Each image is complete on the disk before the next one is begun, so that a run which was
    interrupted goes on where it stopped. Problems of single images do not stop it; a full disk
    does.
    """

    def __init__(self, store: ProjectStore, model: ModelChoice, options: PrelabelOptions) -> None:
        self.result = PrelabelResult()
        known = _settings(store).get("thresholds", {}).get(model.key, model.threshold)
        self.threshold = float(known if options.threshold is None else options.threshold)
        self._store = store
        self._model = model
        self._options = options

    def run(
        self,
        report: Report | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        process: PredictionProcess | None = None,
    ) -> PrelabelResult:
        """Predict and find; JobCancelled is raised where that is asked for."""
        chosen = self._chosen()
        is_stopped = is_cancelled or (lambda: False)
        with closing(process or PredictionProcess()) as running:
            for number, record in enumerate(chosen):

                def tell(share: float, text: str, number: int = number) -> None:
                    if report is not None:
                        report((number + share) / len(chosen), text)

                if is_stopped():
                    raise JobCancelled
                with self._reporting(record):
                    self._complete(record, running, _Watch(tell, is_stopped))
        return self.result

    def _chosen(self) -> list[ImageRecord]:
        """Return the images to work on; count those that are left as they are."""
        chosen: list[ImageRecord] = []
        for record in self._store.images():
            is_begun = record.state not in BEFORE_WORK or record.n_cracks + record.n_boxes
            if record.state in UNTOUCHED or (is_begun and not self._options.is_all):
                self.result.n_left_alone += 1
            elif record.is_missing:
                self.result.problems.append(
                    f"{record.shown_name}: The file is not at {record.path}; locate it first."
                )
            elif self._is_done(record):
                self.result.n_done += 1
            else:
                chosen.append(record)
        return chosen

    def _is_done(self, record: ImageRecord) -> bool:
        if self._options.is_anew or record.state is ImageState.NEW:
            return False
        known = self._store.predictions.record(record.identifier, self._model.key)
        return (
            known is not None
            and known.threshold == self.threshold
            and known.sha256 == record.sha256
        )

    @contextmanager
    def _reporting(self, record: ImageRecord) -> Generator[None, None, None]:
        try:
            yield
        except (DiskFullError, JobCancelled):
            raise
        except AnnotatorError as error:
            self.result.problems.append(f"{record.shown_name}: {error.text}")
        except Exception as error:  # noqa: BLE001 - one image's defect must not cost the others
            _log.debug("defect at %s", record.shown_name, exc_info=True)
            self.result.problems.append(f"{record.shown_name}: {defect_text(error)}")

    def _complete(self, record: ImageRecord, process: PredictionProcess, watch: _Watch) -> None:
        codes = self._codes(record, process, watch)
        content, _ = self._store.load(record.identifier)
        found = find_candidates(
            codes,
            prepare(load_image(record.path).pixels),
            CandidateOptions(threshold=self.threshold, model_key=self._model.key),
            existing=content.cracks,
            report=watch.part(0.7, 1.0),
            is_cancelled=watch.is_cancelled,
        )
        after = with_found(content, found)
        self._store.save(record.identifier, after, "Predict")
        # Last: it says that the candidates of this threshold are there.
        self._store.predictions.set_threshold(record.identifier, self._model.key, self.threshold)
        self.result.n_images += 1
        self.result.n_candidates += len(after.open_candidates)

    def _codes(self, record: ImageRecord, process: PredictionProcess, watch: _Watch) -> Codes:
        """Return what the model said before of the same file, or says now."""
        predictions, model = self._store.predictions, self._model
        digest = hash_file(record.path)
        known = predictions.load(record.identifier, model.key, sha256=digest)
        if known is not None and known[0].sha256 == digest and not self._options.is_anew:
            return known[1]
        tell = watch.part(0.0, 0.7)
        predicted = process.predict(
            PredictionRequest(record.path, model, self._options.device),
            Watcher(
                report=lambda text, share: tell(share, f"{record.shown_name}: {text}"),
                is_cancelled=watch.is_cancelled,
            ),
        )
        self.result.n_predicted += 1
        prediction = PredictionRecord(
            image=record.identifier,
            model_key=model.key,
            model_name=model.name,
            threshold=NOTHING_FOUND,
            sha256=predicted.sha256,
            size=predicted.size,
            seconds=round(predicted.seconds, 3),
            engine=predicted.engine,
            made_at=utc_now(),
        )
        predictions.save(prediction, predicted.codes)
        self._store.note_image(record.identifier, size=predicted.size)
        return predicted.codes
