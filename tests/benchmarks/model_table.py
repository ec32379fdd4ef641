"""A Markdown table of models on sets of images.

    python tests/benchmarks/model_table.py --model default --model research \\
        --set "CFD 058-072=../shared/data/CFD@val" --set UAV75=../shared/data/UAV75

A set is ``[NAME=]SOURCE[@SPLIT]``, the source as ``crack-annotator evaluate --data`` takes it. All
figures are aggregate ones in percent: F1 at the threshold of the model's card, without and with 2
px (symmetric, disk), the same at 0.5, the best single threshold (ODS), average precision, clDice at
the card's threshold. ``--card`` also puts the figures on the models' cards, in front of those of
their validation images and in place of earlier ones of the same sets.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from segmentation.data.errors import DataError
from segmentation.durable_files import NotSavedError, write_file
from segmentation.evaluation.card_metrics import metric_records
from segmentation.evaluation.curves import level_of
from segmentation.evaluation.report import MeasureResult, Protocol, Report
from segmentation.model_store.card import MetricRecord, ModelError, read_card, write_card

TOLERANCE = 2.0
HEADS = (
    "Model", "Set", "Images", "Threshold", "F1 0 px", "F1 2 px", "F1 0 px at 0.5",
    "F1 2 px at 0.5", "ODS 0 px", "ODS 2 px", "AP 2 px", "clDice",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A set of images."""

    name: str
    source: str
    split: str


def parse_set(text: str) -> Place:
    """Return what ``[NAME=]SOURCE[@SPLIT]`` names; options of the source may hold a ``=``."""
    text, _, split = text.rpartition("@") if re.search(r"@\w+$", text) else (text, "", "all")
    name, equals, source = text.partition("=")
    if not equals or re.search(r"[?:/\\]", name):
        source = text
        name = Path(text.partition("?")[0].rpartition(":")[2]).name or text
    return Place(name, source, split)


def at_half(result: MeasureResult) -> float:
    """Return the F1 at 0.5, from the curve."""
    return result.curve.points[level_of(0.5) - 1].f1


def row_of(model: str, place: Place, report: Report) -> list[str]:
    """Return the cells of a row."""
    exact, tolerant = report.result(), report.result(TOLERANCE)
    shares = (
        exact.tally.total.f1,
        tolerant.tally.total.f1,
        at_half(exact),
        at_half(tolerant),
        exact.curve.ods.counts.f1,
        tolerant.curve.ods.counts.f1,
        tolerant.curve.ap,
        report.center_lines.total.f1,
    )
    threshold = f"{report.protocol.threshold:g}"
    texts = [model, place.name, str(len(report.images)), threshold]
    return texts + [f"{100 * share:.1f}" for share in shares]


def to_markdown(rows: list[list[str]]) -> str:
    """Return the table."""
    lines = [HEADS, ("---",) * 2 + ("---:",) * (len(HEADS) - 2), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def rows(arguments: argparse.Namespace) -> Iterator[list[str]]:
    """Yield a row for each model and set."""
    from segmentation.commands.evaluate import judge, open_model
    from segmentation.evaluation.data_items import gather
    from segmentation.evaluation.report_files import write_report
    from segmentation.model_store.catalog import find_model

    places = [parse_set(text) for text in arguments.sets]
    manifests = [gather([place.source], place.split, arguments.limit) for place in places]
    for name in arguments.model:
        model = open_model(
            name, device=arguments.device, engine=arguments.engine, threads=arguments.threads
        )
        threshold = model.card.threshold if model.card else 0.5
        protocol = Protocol(threshold=threshold, countings=("symmetric",), n_worst=0)
        for place, manifest in zip(places, manifests, strict=True):
            report = judge(model, manifest, protocol, place.split)
            if arguments.out:
                folder = re.sub(r"\W+", "_", f"{Path(name).name} {place.name}")
                write_report(report, arguments.out / folder, model.facts())
            if arguments.card:
                put_on_card(find_model(name), metric_records(report, place.name, place.split))
            yield row_of(Path(name).name, place, report)


def put_on_card(folder: Path, records: tuple[MetricRecord, ...]) -> None:
    """Write the figures of one set on a model's card."""
    from segmentation.training.publishing import OWN

    card = read_card(folder)
    named = {record.data for record in records}
    others = [record for record in card.metrics if record.data not in named]
    own = [record for record in others if record.notes == OWN]
    judged = [record for record in others if record.notes != OWN]
    write_card(folder, replace(card, metrics=(*judged, *records, *own)))


def main(texts: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", action="append", required=True)
    parser.add_argument("--set", dest="sets", action="append", required=True)
    parser.add_argument("--out", type=Path, help="folder for the full reports")
    parser.add_argument("--markdown", type=Path, help="file for the table")
    parser.add_argument("--card", action="store_true", help="put the figures on the cards")
    parser.add_argument("--limit", type=int, default=0, help="images of each set; 0 takes all")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args(texts)
    from segmentation.inference.engines import PredictionError

    try:
        table = to_markdown(list(rows(arguments)))
        if arguments.markdown:
            write_file(arguments.markdown, f"{table}\n".encode())
    except (DataError, ModelError, NotSavedError, PredictionError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
