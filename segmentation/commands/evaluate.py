"""``evaluate``: how good a model, or a folder of probabilities, is on images with masks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from segmentation.data.manifest import Manifest
    from segmentation.evaluation.data_items import ProbabilityOf
    from segmentation.evaluation.report import ImageRow, Protocol, Report
    from segmentation.model_store.card import ModelCard

EVALUATE_HELP = """Compare what a model predicts with masks, whole image by whole image.

A short table goes to standard output: precision, recall, F1 and IoU over all pixels together
(aggregate) and as mean over images (macro), at 0 px and with a tolerance in each counting; the best
single threshold (ODS), the best of each image (OIS), average precision, clDice, and false alarms on
images without a crack. Pixels that nobody labelled are left out.

\b
Examples:
  crack-annotator evaluate --model default --data photographs --json report.json
  crack-annotator evaluate --model runs/first/model --data runs/first/manifest.json --split val
  crack-annotator evaluate --model research --data cfd:CFD --split val --out report
  crack-annotator evaluate --from predictions --data photographs --threshold 0.4"""

Split = Literal["train", "val", "test", "all"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("evaluate", help=EVALUATE_HELP)(evaluate)


def evaluate(  # noqa: PLR0913, PLR0917 - the options of the command line
    data: Annotated[
        list[str],
        typer.Option(
            metavar="[LAYOUT:]FOLDER[?NAME=VALUE&...]",
            help="Images with masks, as for train; or the manifest.json of a training run. May be "
            "given several times.",
        ),
    ],
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="default, research, another name, or a folder.")
    ] = "",
    predictions: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FOLDER",
            help="Judge the 16-bit probabilities that predict wrote there, instead of a model.",
        ),
    ] = None,
    split: Annotated[Split, typer.Option(help="Part of the data.")] = "all",
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="REPORT.json", help="Write all figures there.")
    ] = None,
    html_file: Annotated[
        Path | None, typer.Option("--html", metavar="REPORT.html", help="Write a page there.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="FOLDER",
            help="Write report.json, images.csv and report.html there, with curves and pictures.",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="Probability from which a pixel is crack; that of the model's card."),
    ] = None,
    tolerance: Annotated[
        list[float] | None,
        typer.Option(help="In pixels; 0 is always counted besides. May be given several times."),
    ] = None,
    counting: Annotated[
        list[str] | None,
        typer.Option(
            metavar="symmetric|pooled|flexible",
            help="Of a tolerance; all three by default. May be given several times.",
        ),
    ] = None,
    element: Annotated[
        Literal["disk", "square"], typer.Option(help="Shape of the tolerance.")
    ] = "disk",
    limit: Annotated[
        int, typer.Option(min=0, help="Judge so many images, evenly spread; 0 takes all.")
    ] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    engine: Annotated[
        str,
        typer.Option(
            help="torch gives the same figures everywhere; auto takes the fastest, which may "
            "round more coarsely; or another one's name."
        ),
    ] = "torch",
    threads: Annotated[int, typer.Option(min=0, help="On the CPU; 0 takes the engine's.")] = 0,
) -> None:
    """Run the command line."""
    if bool(model) == (predictions is not None):
        raise typer.BadParameter("name either a model with --model or a folder with --from.")
    from segmentation.evaluation.report_files import to_html, to_json, write_report
    from segmentation.evaluation.summary import to_text

    choices: dict[str, Any] = {"element": element}
    choices["tolerances"] = (2.0,) if tolerance is None else tuple(tolerance)
    if counting:
        choices["countings"] = tuple(dict.fromkeys(counting))
    protocol = _protocol(0.5 if threshold is None else threshold, choices)
    if predictions is None:
        judged = open_model(model, device=device, engine=engine, threads=threads)
        if threshold is None and judged.card is not None:
            protocol = _protocol(judged.card.threshold, choices)
        manifest = _gathered(data, split, limit)
    else:
        manifest = _gathered(data, split, limit)
        judged = from_folder(predictions, manifest)
    report = judge(judged, manifest, protocol, split)
    facts = judged.facts() | {"split": split, "data": manifest.summary()}
    _write(json_file, lambda: to_json(report, facts))
    _write(html_file, lambda: to_html(report))
    if folder is not None:
        write_report(report, folder, facts)
    typer.echo(to_text(report))


@dataclass(frozen=True, slots=True)
class Judged:
    """A model, or what one has predicted.

    Attributes
    ----------
    name
        For headlines.
    probability_of
        Of an image of the data.
    card
        None of a folder of predictions.
    engine
        That calculates.
    """

    name: str
    probability_of: "ProbabilityOf"
    card: "ModelCard | None" = None
    engine: str = ""

    def facts(self) -> dict[str, object]:
        """Return what a report says of it."""
        if self.card is None:
            return {"predictions": self.name}
        names = ("name", "title", "use", "threshold", "temperature", "weights_sha256")
        model = {name: getattr(self.card, name) for name in names}
        return {"model": model | {"engine": self.engine}}


def open_model(name: str, *, device: str, engine: str, threads: int) -> Judged:
    """Return a model, ready to predict whole images.

    Parameters
    ----------
    name
        As `segmentation.model_store.catalog.find_model` takes it.
    device, engine, threads
        As `segmentation.inference.predictor.Predictor` takes them.
    """
    from segmentation.inference.predictor import Predictor
    from segmentation.model_store.catalog import find_model
    from segmentation.model_store.model_folder import load_model

    loaded = load_model(find_model(name))
    predictor = Predictor(
        loaded,
        device=device,
        engine=engine,
        threads=threads or None,
        on_notice=lambda text: typer.echo(text, err=True),
    )
    engine = predictor.choice.name
    return Judged(name, lambda _, image: predictor.predict(image), loaded.card, engine)


def from_folder(folder: Path, manifest: "Manifest") -> Judged:
    """Return the probabilities of a folder; a DataError where there is none."""
    from segmentation.evaluation.data_items import ProbabilityFolder

    return Judged(str(folder), ProbabilityFolder(folder, manifest))


def judge(judged: Judged, manifest: "Manifest", protocol: "Protocol", split: str) -> "Report":
    """Return the report of a model on images, with a bar on standard error.

    Parameters
    ----------
    judged
        What predicts.
    manifest
        The images.
    protocol
        What is counted.
    split
        Which part they are, for the headline.
    """
    from segmentation.data.errors import DataError
    from segmentation.evaluation.data_items import DataItems
    from segmentation.evaluation.report import evaluate as count

    present = {item.origin for item in manifest.items}
    names = ", ".join(origin.name for origin in manifest.origins if origin.name in present)
    items = DataItems(manifest, judged.probability_of)
    with _Bar(len(items)) as bar:
        try:
            return count(
                items,
                protocol,
                picture=items.picture,
                on_image=bar.advance,
                subject=f"{judged.name} on {names} ({split})",
            )
        except DataError:
            raise
        except ValueError as error:  # what does not fit together, named by the image
            raise DataError(str(error)) from error


class _Bar:
    """A bar over images on standard error."""

    def __init__(self, total: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("evaluating", total=total)

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, row: "ImageRow") -> None:
        """Show that an image is done."""
        self._progress.update(self._task, advance=1, description=row.name)


def _gathered(data: list[str], split: Split, limit: int) -> "Manifest":
    from segmentation.evaluation.data_items import gather

    with Console(stderr=True).status("reading the data") as status:
        return gather(
            data, split, limit, lambda share, name: status.update(f"{share:4.0%}  {name}")
        )


def _protocol(threshold: float, choices: dict[str, Any]) -> "Protocol":
    from segmentation.evaluation.report import Protocol

    try:
        return Protocol(threshold=threshold, **choices)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _write(file: Path | None, text: Callable[[], str]) -> None:
    from segmentation.durable_files import write_file

    if file is not None:
        write_file(file, text().encode())
