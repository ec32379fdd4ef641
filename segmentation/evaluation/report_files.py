"""A report as JSON, as CSV table and as one HTML page that needs no other file."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Final

from segmentation.durable_files import write_file
from segmentation.evaluation.counts import Scores
from segmentation.evaluation.curves import THRESHOLDS
from segmentation.evaluation.false_alarms import LENGTHS
from segmentation.evaluation.region import Tally
from segmentation.evaluation.report import ImageRow, MeasureResult, Report
from segmentation.evaluation.worst_cases import COLORS, WorstCase, data_uri

SCHEMA: Final = 1
"""Changes when a name in the JSON file does."""

_LINES: Final = (("#0072B2", ""), ("#D55E00", "6 3"), ("#009E73", "2 3"), ("#000000", "8 3 2 3"))
_STYLE: Final = (
    "body{font:15px/1.4 sans-serif;margin:2em;max-width:75em}table{border-collapse:collapse;"
    "margin:1em 0}td,th{border:1px solid #bbb;padding:.2em .6em;text-align:right}"
    "td:first-child,th:first-child{text-align:left}figure{display:inline-block;margin:0 1em 1em 0;"
    "vertical-align:top}img{max-width:100%;background:#000}.key{padding:0 .6em;color:#fff}"
)


def write_report(report: Report, folder: Path, facts: Mapping[str, object] | None = None) -> None:
    """Write ``report.json``, ``images.csv`` and ``report.html`` into a folder.

    Parameters
    ----------
    report
        What was counted.
    folder
        Is created.
    facts
        As for `to_json`.

    Raises
    ------
    segmentation.durable_files.NotSavedError
        The disk is full, or writing is not permitted; earlier files are unchanged.
    """
    write_file(folder / "report.json", to_json(report, facts).encode())
    write_file(folder / "images.csv", to_csv(report).encode())
    write_file(folder / "report.html", to_html(report).encode())


def to_json(report: Report, facts: Mapping[str, object] | None = None) -> str:
    """Return everything that was counted; figures nothing was counted for are null.

    Parameters
    ----------
    report
        What was counted.
    facts
        What else is to stand there by name, such as the model and the data.
    """
    content = {
        "schema": SCHEMA,
        "subject": report.subject,
        **(facts or {}),
        "protocol": asdict(report.protocol),
        "n_images": len(report.images),
        "n_with_crack": sum(image.counts["0 px"].n_true > 0 for image in report.images),
        "measures": [_measure(result) for result in report.results],
        "cl_dice": _cl_dice(report),
        "false_alarms": _false_alarms(report),
        "images": [_image(image) for image in report.images],
        "worst": [{"name": case.name, "f1": case.f1} for case in report.worst.cases],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_csv(report: Report) -> str:
    """Return one line per image; the heads of the columns name the measure."""
    heads = ["image", "height", "width", "labelled pixels"]
    for result in report.results:
        name = result.measure.name
        heads += [f"{ratio}, {name}" for ratio in ("precision", "recall", "F1", "IoU")]
    heads += ["best threshold, 0 px", "best F1, 0 px", "clDice", "longest false component (px)"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    for image in report.images:
        ratios = [
            f"{value:.6f}"
            for counts in image.counts.values()
            for value in asdict(counts.scores).values()
        ]
        cl_dice = "" if image.center_lines is None else f"{image.center_lines.f1:.6f}"
        longest = "" if image.longest_false is None else f"{image.longest_false:.1f}"
        best = (image.best_threshold, f"{image.best_f1:.6f}")
        writer.writerow(
            [image.name, *image.shape, image.n_labelled, *ratios, *best, cl_dice, longest]
        )
    return text.getvalue()


def _measure(result: MeasureResult) -> dict[str, object]:
    measure, curve = result.measure, result.curve
    ods = curve.ods
    points = curve.points
    return {
        "name": measure.name,
        **asdict(measure),
        "counts": asdict(result.tally.total),
        **_tally(result.tally),
        "ods": {"threshold": ods.threshold, **asdict(ods.counts.scores)},
        "ois_f1": curve.ois,
        "ap": curve.ap,
        "curve": {
            "threshold": [round(float(threshold), 2) for threshold in THRESHOLDS],
            "precision": [counts.precision for counts in points],
            "recall": [counts.recall for counts in points],
        },
    }


def _tally(tally: Tally) -> dict[str, object]:
    return {
        "aggregate": asdict(tally.total.scores),
        "macro": _scores(tally.macro),
        "macro_with_crack": _scores(tally.macro_with_crack),
    }


def _scores(scores: Scores | None) -> dict[str, float] | None:
    return None if scores is None else asdict(scores)


def _cl_dice(report: Report) -> dict[str, float | None] | None:
    if not report.protocol.center_lines:
        return None
    tally = report.center_lines
    macro, with_crack = tally.macro, tally.macro_with_crack
    return {
        "aggregate": tally.total.f1,
        "macro": macro.f1 if macro else None,
        "macro_with_crack": with_crack.f1 if with_crack else None,
    }


def _false_alarms(report: Report) -> dict[str, object]:
    alarms = report.false_alarms
    return {
        "n_images": alarms.n_images,
        "n_pixels": alarms.n_pixels,
        "n_false_pixels": alarms.n_false_pixels,
        "n_components": alarms.n_components,
        "share_of_images_with_a_component_longer_than_px": {
            str(length): alarms.share_longer_than(length) for length in LENGTHS
        },
    }


def _image(image: ImageRow) -> dict[str, object]:
    return {
        "name": image.name,
        "height": image.shape[0],
        "width": image.shape[1],
        "n_labelled": image.n_labelled,
        "measures": {name: asdict(counts.scores) for name, counts in image.counts.items()},
        "best_threshold": image.best_threshold,
        "best_f1": image.best_f1,
        "cl_dice": image.center_lines.f1 if image.center_lines else None,
        "longest_false_px": image.longest_false,
    }


def to_html(report: Report) -> str:
    """Return one page with tables, curves and the worst images, all of it inside."""
    title = escape(report.subject or "Evaluation")
    n_clean = report.false_alarms.n_images
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
            f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>",
            f"<p>{len(report.images)} images, {n_clean} of them without a crack. Threshold "
            f"{report.protocol.threshold:g}; unlabelled pixels are left out. <i>Aggregate</i> is "
            "from the sums over all images, <i>macro</i> the mean over images.</p>",
            _summary(report),
            "<h2>Precision and recall over 99 thresholds</h2>",
            _curves(report.results),
            _alarm_table(report),
            _worst(report),
            "<h2>Images</h2>",
            _image_table(report),
            "</body></html>\n",
        ]
    )


def _table(heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>\n" for row in rows
    )
    return f"<table><tr>{head}</tr>\n{body}</table>"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}"


def _summary(report: Report) -> str:
    heads = ["Measure", "P", "R", "F1", "IoU", "macro F1", "macro F1, with crack"]
    heads += ["ODS", "at", "OIS", "AP"]
    rows: list[list[str]] = []
    for result in report.results:
        total, curve = result.tally.total, result.curve
        macro, with_crack = result.tally.macro, result.tally.macro_with_crack
        values = [total.precision, total.recall, total.f1, total.iou]
        values += [macro.f1 if macro else None, with_crack.f1 if with_crack else None]
        rows.append(
            [
                result.measure.name,
                *map(_percent, values),
                _percent(curve.ods.counts.f1),
                f"{curve.ods.threshold:.2f}",
                _percent(curve.ois),
                _percent(curve.ap),
            ]
        )
    cl_dice = ""
    if report.protocol.center_lines:
        cl_dice = f"<p>clDice, aggregate: {_percent(report.center_lines.total.f1)}</p>"
    return "<h2>All images, in percent</h2>" + _table(heads, rows) + cl_dice


def _curves(results: tuple[MeasureResult, ...]) -> str:
    """Return recall to the right and precision upwards as drawing, with a legend."""
    parts = ['<svg viewBox="-45 -10 640 365" width="640" font-size="12" font-family="sans-serif">']
    for tenth in range(0, 11, 2):
        x, y = 32 * tenth, 320 - 32 * tenth
        parts.append(
            f'<path d="M0 {y}H320M{x} 0V320" stroke="#ccc"/><text x="-28" y="{y + 4}">'
            f'{tenth / 10}</text><text x="{x - 8}" y="336">{tenth / 10}</text>'
        )
    for number, result in enumerate(results):
        color, dashes = _LINES[number % len(_LINES)]
        line = " ".join(
            f"{320 * counts.recall:.1f},{320 - 320 * counts.precision:.1f}"
            for counts in result.curve.points
        )
        style = f'fill="none" stroke="{color}" stroke-width="2" stroke-dasharray="{dashes}"'
        y = 14 + 20 * number
        parts.append(
            f'<polyline points="{line}" {style}/><path d="M340 {y}h30" {style}/>'
            f'<text x="378" y="{y + 4}">{escape(result.measure.name)}</text>'
        )
    parts.append('<text x="140" y="352">recall</text>')
    parts.append('<text transform="translate(-34 190) rotate(-90)">precision</text></svg>')
    return "\n".join(parts)


def _alarm_table(report: Report) -> str:
    alarms = report.false_alarms
    if not alarms.n_images:
        return ""
    rows = [[f"{length}", _percent(alarms.share_longer_than(length))] for length in LENGTHS]
    return (
        f"<h2>False alarms on {alarms.n_images} images without a crack</h2>"
        f"<p>{alarms.n_components} false components, {alarms.n_false_pixels} of "
        f"{alarms.n_pixels} pixels.</p>"
        + _table(["Longer than (px)", "Images with such a component, %"], rows)
    )


def _worst(report: Report) -> str:
    if not report.worst.cases:
        return ""
    keys = " ".join(
        f'<span class="key" style="background:rgb{color}">{name}</span>'
        for name, color in COLORS.items()
    )
    name = escape(report.protocol.leading.name)
    cases = "\n".join(map(_figure, report.worst.cases))
    return (
        f"<h2>Worst images by F1, {name}</h2><p>{keys} Shown is the part with the most wrong "
        f"pixels.</p>{cases}"
    )


def _figure(case: WorstCase) -> str:
    row, column = case.corner
    pictures = [case.photograph, case.comparison] if case.photograph else [case.comparison]
    shown = "".join(f'<img alt="" src="{data_uri(png)}">' for png in pictures)
    return (
        f"<figure>{shown}<figcaption>{escape(case.name)}: F1 {_percent(case.f1)} %, "
        f"{case.n_wrong} wrong pixels; from row {row}, column {column}</figcaption></figure>"
    )


def _image_table(report: Report) -> str:
    names = [result.measure.name for result in report.results]
    rows = [
        [
            image.name,
            f"{image.shape[1]} × {image.shape[0]}",
            *(_percent(image.counts[name].f1) for name in names),
            _percent(image.center_lines.f1 if image.center_lines else None),
            "–" if image.longest_false is None else f"{image.longest_false:.0f}",
        ]
        for image in report.images
    ]
    heads = ["Image", "Size", *(f"F1, {name}" for name in names), "clDice", "Longest false, px"]
    return _table(heads, rows)
