"""Looking for cracks in a stored prediction, on a worker thread."""

from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from annotator.document.candidate import Candidate
from annotator.document.image_content import ImageContent
from annotator.services import tracing
from annotator.services.candidates import CandidateOptions, find_candidates, with_found
from annotator.storage.image_io import load_image
from annotator.workers.job_runner import JobContext
from annotator.workers.prediction_work import Search
from annotator.workers.trace_work import TraceOptions


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What was found in an image, and the image with it."""

    found: list[Candidate]
    before: ImageContent
    after: ImageContent

    def on(self, content: ImageContent) -> "Outcome":
        """Return the same for an image that was edited meanwhile; not for the GUI thread."""
        return Outcome(self.found, content, with_found(content, self.found))


def search_cracks(
    search: Search,
    content: ImageContent,
    pixels: NDArray[Any] | None,
    options: TraceOptions,
    context: JobContext,
) -> Outcome | None:
    """Return candidates and the content with them, None where there is no prediction.

    ``pixels`` are those of the image where it is open. The prediction remembers the threshold.
    """
    context.report("reading", 0.0)
    loaded = search.store.load(search.entry.identifier, search.model_key)
    if loaded is None:
        return None
    record, codes = loaded
    if pixels is None:
        pixels = load_image(search.entry.path).pixels
    context.report("preparing", 0.0)
    found = find_candidates(
        codes,
        tracing.prepare(pixels),
        CandidateOptions(
            threshold=search.threshold,
            model_key=search.model_key,
            parameters=tracing.parameters_from(options.preset, **dict(options.overrides)),
        ),
        existing=content.cracks,
        report=lambda share, text: context.report(text, share),
        is_cancelled=context.is_cancelled,
    )
    if record.threshold != search.threshold:
        search.store.save(replace(record, threshold=search.threshold), codes)
    return Outcome(found, content, with_found(content, found))
