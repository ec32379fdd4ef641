"""``predict``: probabilities of cracks for photographs, into a folder of their own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from segmentation.commands.stopped import StoppedError

if TYPE_CHECKING:
    from segmentation.inference.folder_run import FolderRun, RunResult, Shard

PREDICT_HELP = """Predict cracks in photographs.

PATH is an image, or a folder that is searched with its subfolders. Of each image NAME,
OUTDIR/NAME.png has 16 bits per pixel, 65535 standing for probability 1; what comes from subfolders
goes into subfolders. OUTDIR/predictions.jsonl notes what is done: after a stop, the same command
goes on, and predicts anew only where an image, the model or what is asked for has changed.

An image that cannot be read is named, the others are predicted, and the exit status is 1.

\b
Examples:
  crack-annotator predict photos -o predicted --masks
  crack-annotator predict a.jpg b.jpg -o predicted --model research
  crack-annotator predict photos -o predicted --shard 1/4      (on the first of four machines)"""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("predict", help=PREDICT_HELP)(predict)


def predict(  # noqa: PLR0913, PLR0917 - the options of the command line
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Images or folders.")],
    folder: Annotated[
        Path, typer.Option("-o", "--out", metavar="OUTDIR", help="Not one of the photographs.")
    ],
    model: Annotated[
        str, typer.Option(metavar="NAME|FOLDER", help="default, research, or a model's folder.")
    ] = "default",
    masks: Annotated[
        bool, typer.Option("--masks", help="Write NAME_mask.png, 255 where a crack is, as well.")
    ] = False,
    npz: Annotated[
        bool, typer.Option("--npz", help="Write NAME.npz (float32) in place of NAME.png.")
    ] = False,
    threshold: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Of masks; by default what the model's card says."),
    ] = None,
    tile: Annotated[
        int, typer.Option(min=0, help="Longest side of a tile in px; 0 takes the card's.")
    ] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    engine: Annotated[
        str,
        typer.Option(
            help="auto takes the one measured to be fastest here; or torch, torch-bfloat16, "
            "torch-float16, onnxruntime, onnxruntime-int8, openvino, openvino-bfloat16, "
            "openvino-int8."
        ),
    ] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="Of the CPU; 0 takes all.")] = 0,
    fast: Annotated[
        bool,
        typer.Option(
            "--fast",
            help="Look at half the resolution first and skip what is empty there; may lose thin "
            "cracks.",
        ),
    ] = False,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Predict the I-th of N parts of the images.")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was done as JSON on standard output.")
    ] = False,
) -> None:
    """Run the command line."""
    part = _shard(shard)
    say = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    from segmentation.inference.folder_run import FolderRun, plan_images
    from segmentation.inference.predictor import Predictor
    from segmentation.inference.probability_files import Outputs
    from segmentation.model_store.card import read_card
    from segmentation.model_store.catalog import find_model

    found = find_model(model)
    outputs = Outputs(npz, masks, read_card(found).threshold if threshold is None else threshold)
    planned = plan_images(paths, folder, outputs, part)
    try:
        predictor = Predictor(
            found,
            device=device,
            engine=engine,
            tile=tile or None,
            threads=threads or None,
            on_notice=say.print,
        )
        run = FolderRun(predictor, folder, outputs, part, fast)
        with _progress(say, len(planned)) as progress:
            result = run.run(planned, progress)
    except KeyboardInterrupt:
        raise StoppedError("Stopped; what is done is kept, and the same command goes on.") from None
    _tell(run, result, as_json=as_json)
    if result.failed:
        raise typer.Exit(1)


def _shard(text: str) -> "Shard":
    from segmentation.inference.folder_run import Shard

    if not text:
        return Shard()
    number, slash, count = text.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal()):
        raise typer.BadParameter(f"--shard is {text!r}; it must be as 1/4.")
    if not 1 <= int(number) <= int(count):
        raise typer.BadParameter(
            f"--shard is {text!r}; the parts go from 1/{count} to {count}/{count}."
        )
    return Shard(int(number), int(count))


@contextmanager
def _progress(console: Console, n_images: int) -> Iterator[Any]:
    """Show images and tiles as a bar with the time left, on standard error."""
    with Progress(
        TextColumn("{task.fields[done]}/{task.total:.0f}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
        console=console,
    ) as bar:
        task = bar.add_task("", total=n_images, done=0)

        def show(number: int, share: float, text: str) -> None:
            bar.update(task, completed=number + share, done=number, description=text)

        yield show


def _tell(run: "FolderRun", result: "RunResult", *, as_json: bool) -> None:
    """Print what became of the images."""
    if as_json:
        table = {
            "folder": str(run.folder),
            "model": run.predictor.card.name,
            "engine": run.predictor.choice.name,
            "threshold": run.outputs.threshold,
            **asdict(result),
        }
        typer.echo(json.dumps(table, ensure_ascii=False, indent=1))
    for each in result.failed:
        typer.echo(f"Not predicted: {each.reason}", err=True)
    kept = f", {len(result.kept)} had been done before" if result.kept else ""
    failed = f", {len(result.failed)} failed" if result.failed else ""
    typer.echo(f"{len(result.predicted)} predicted{kept}{failed}; see {run.folder}", err=as_json)
