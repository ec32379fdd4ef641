"""The figures of a report that stand on a model's card."""

from segmentation.evaluation.report import MeasureResult, Report
from segmentation.model_store.card import MetricRecord


def metric_records(
    report: Report, data: str, split: str, notes: str = ""
) -> tuple[MetricRecord, ...]:
    """Return one record for each measure of a report, from the sums over all images.

    Parameters
    ----------
    report
        Of a model.
    data, split
        What it was evaluated on.
    notes
        Stand with each record.
    """
    return tuple(_record(report, result, (data, split, notes)) for result in report.results)


def _record(report: Report, result: MeasureResult, texts: tuple[str, str, str]) -> MetricRecord:
    scores = result.tally.total.scores
    return MetricRecord(
        data=texts[0],
        split=texts[1],
        measure=result.measure.name,
        threshold=report.protocol.threshold,
        n_images=len(report.images),
        precision=scores.precision,
        recall=scores.recall,
        f1=scores.f1,
        iou=scores.iou,
        notes=texts[2],
    )
