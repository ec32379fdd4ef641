"""One image of the quality report, measured on a worker thread."""

from annotator.errors import AnnotatorError, JobCancelled
from annotator.services.quality_report import ImageQuality, Trace, measure_image
from annotator.storage.project_records import ImageRecord
from annotator.storage.project_store import ProjectStore
from annotator.workers.job_runner import JobContext


def measure(
    store: ProjectStore, record: ImageRecord, with_traces: bool, context: JobContext
) -> ImageQuality:
    """Compare an image with what was predicted, and with what two clicks give where wanted."""
    trace = _tracing(record, context) if with_traces and record.n_cracks else None
    return measure_image(store, record, trace=trace)


def _tracing(record: ImageRecord, context: JobContext) -> Trace | None:
    """Return what traces on an image; None where it cannot be opened: its mask still counts."""
    from annotator.services import tracing
    from annotator.storage.image_io import load_image

    try:
        prepared = tracing.prepare(load_image(record.path).pixels)
    except AnnotatorError:
        return None
    parameters = tracing.parameters_from()

    def check() -> bool:
        if context.is_cancelled():
            raise JobCancelled
        return False

    return lambda points: tracing.trace_crack(prepared, points, parameters, is_cancelled=check)
