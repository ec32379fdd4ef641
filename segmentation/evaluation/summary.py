"""The figures of a report as a short table of text."""

from segmentation.evaluation.counts import Scores
from segmentation.evaluation.report import MeasureResult, Report

_ALARM_LENGTHS = (0, 20, 50, 100)


def to_text(report: Report) -> str:
    """Return a few lines, in percent: every measure, clDice, false alarms."""
    n_crack = sum(image.counts["0 px"].n_true > 0 for image in report.images)
    width = max(len(result.measure.name) for result in report.results) + 1
    names = f"{'P':>7}{'R':>7}{'F1':>7}{'IoU':>7}"
    lines = [
        report.subject,
        f"{_images(len(report.images))}, {n_crack} with a crack; threshold "
        f"{report.protocol.threshold:g}; percent",
        f"{'':{width}}{'aggregate':>28}{'macro':>28}",
        f"{'':{width}}{names}{names}{'ODS':>7}{'at':>6}{'OIS':>7}{'AP':>7}",
        *(f"{result.measure.name:{width}}{_row(result)}" for result in report.results),
    ]
    if report.protocol.center_lines:
        tally = report.center_lines
        macro = tally.macro_with_crack
        lines.append(
            f"clDice {_percent(tally.total.f1).strip()} aggregate, "
            f"{_percent(macro.f1 if macro else None).strip()} macro over images with a crack"
        )
    return "\n".join([line for line in lines if line] + _alarms(report))


def _row(result: MeasureResult) -> str:
    curve = result.curve
    return (
        _scores(result.tally.total.scores)
        + _scores(result.tally.macro)
        + f"{_percent(curve.ods.counts.f1)}{curve.ods.threshold:6.2f}"
        + _percent(curve.ois)
        + _percent(curve.ap)
    )


def _alarms(report: Report) -> list[str]:
    alarms = report.false_alarms
    if not alarms.n_images:
        return []
    shares = ", ".join(
        f"{length} px: {_percent(alarms.share_longer_than(length)).strip()}"
        for length in _ALARM_LENGTHS
    )
    share = alarms.n_false_pixels / max(alarms.n_pixels, 1)
    return [
        f"False alarms on {_images(alarms.n_images)} without a crack: {alarms.n_components} "
        f"components, {share:.4%} of the pixels",
        f"  images with a component longer than {shares}",
    ]


def _images(count: int) -> str:
    return f"{count} image" if count == 1 else f"{count} images"


def _scores(scores: Scores | None) -> str:
    if scores is None:
        return f"{'–':>7}" * 4
    values = (scores.precision, scores.recall, scores.f1, scores.iou)
    return "".join(map(_percent, values))


def _percent(value: float | None) -> str:
    return f"{'–':>7}" if value is None else f"{100 * value:7.2f}"
