"""The command synth: photographs of cracks with known truth."""

from pathlib import Path
from typing import Annotated

import typer

from annotator.cli.errors import UsageError
from annotator.cli.progress import ProgressLine

SYNTH_HELP = """Generate photographs of cracks whose center line and width are known.

Writes OUTDIR/images, OUTDIR/masks, OUTDIR/centerlines and OUTDIR/cracks.jsonl, which lists the
ends of the cracks for `trace --batch`. The same seed gives the same photograph. What no option sets
is drawn at random, so that the photographs differ.

Examples:

\b
  crack-annotator synth generated --surface concrete --count 20
  crack-annotator synth large --width 8660 --height 5773 --crack-width 2,12
  crack-annotator trace --batch generated/cracks.jsonl --images generated/images -o traced"""

_SUFFIXES = {"jpg": ".jpg", "png": ".png"}


def synth(  # noqa: PLR0913 - the options of the command are its parameters
    folder: Annotated[Path, typer.Argument(metavar="OUTDIR", help="Folder to write to.")],
    *,
    surface: Annotated[
        str, typer.Option(metavar="NAME", help="asphalt, concrete, steel (painted) or plain.")
    ] = "asphalt",
    width: Annotated[int, typer.Option(metavar="PX", help="Width of the photographs.")] = 1536,
    height: Annotated[int, typer.Option(metavar="PX", help="Height of the photographs.")] = 1024,
    count: Annotated[int, typer.Option(min=1, metavar="N", help="Number of photographs.")] = 1,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the first; the next add 1.")] = 0,
    cracks: Annotated[
        int | None, typer.Option(metavar="N", help="Cracks in each, without their branches.")
    ] = None,
    crack_width: Annotated[
        str | None, typer.Option(metavar="PX|MIN,MAX", help="Full width of the cracks.")
    ] = None,
    branches: Annotated[
        float | None, typer.Option(metavar="MEAN", help="Branches of a crack, on average.")
    ] = None,
    contrast: Annotated[
        float | None, typer.Option(metavar="0..1", help="How dark cracks are; 1 is black.")
    ] = None,
    noise: Annotated[
        float | None, typer.Option(metavar="SIGMA", help="Noise of the sensor; 1 is full range.")
    ] = None,
    bright: Annotated[
        bool, typer.Option("--bright", help="Cracks brighter than the surface.")
    ] = False,
    file_format: Annotated[
        str, typer.Option("--format", metavar="jpg|png", help="Format of the photographs.")
    ] = "jpg",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that exist already.")
    ] = False,
) -> None:
    """Generate photographs; what the user reads is SYNTH_HELP."""
    from annotator.services.synthetic_files import synthetic_parameters, write_data_set

    if file_format not in _SUFFIXES:
        raise UsageError(f"--format {file_format!r} is not known; choose jpg or png.")
    overrides = {
        "n_cracks": cracks,
        "crack_width": None if crack_width is None else _width_range(crack_width),
        "branches": branches,
        "contrast": contrast,
        "noise": noise,
        "polarity": "bright" if bright else None,
    }
    seeds = range(seed, seed + count)
    samples = {
        f"{surface}_{number:04d}": synthetic_parameters(surface, width, height, number, **overrides)
        for number in seeds
    }
    with ProgressLine("Generating") as line:
        n_cracks = write_data_set(
            folder,
            samples,
            _SUFFIXES[file_format],
            overwrite=overwrite,
            on_progress=lambda done: line.update(done, f"Generating {count} of {surface}"),
        )
    photographs = "1 photograph" if count == 1 else f"{count} photographs"
    cracks_made = "1 crack" if n_cracks == 1 else f"{n_cracks} cracks"
    typer.echo(f"{photographs} with {cracks_made} written to {folder}")


def _width_range(text: str) -> tuple[float, float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in {1, 2}:
        raise UsageError(f"--crack-width {text!r} is not a width in px or a range, as in 2,5.")
    return numbers[0], numbers[-1]
