"""``models``: what models there are, what their cards say, and care for the user's own."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from segmentation.model_store.card import ModelCard, ModelError, read_card, weights_size
from segmentation.model_store.catalog import (
    ListedModel,
    find_model,
    install_model,
    list_models,
    remove_model,
)
from segmentation.toml_records import to_table

if TYPE_CHECKING:
    from rich.table import Table

    from segmentation.model_store.model_folder import LoadedModel

MODELS_HELP = """List the models, or look after them.

A model is a folder with card.json (what it is, what it learned from, on which terms, how good it
is) and model.safetensors. MODEL is a name from the list, or such a folder.

\b
Examples:
  crack-annotator models
  crack-annotator models show default
  crack-annotator models check runs/first/model
  crack-annotator models export default default.onnx
  crack-annotator models install runs/first/model --name bridge
  crack-annotator models remove bridge"""

NON_COMMERCIAL: Final = "NON-COMMERCIAL"
_USES: Final = {"any": "any", "non-commercial": NON_COMMERCIAL, "unknown": "unknown"}
_MEGABYTE: Final = 1e6
_WIDE: Final = 200
_CHECKED_SIDE: Final = 256

ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="Name from the list, or folder of a model.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(app: typer.Typer) -> None:
    """Add the command and those below it."""
    models = typer.Typer(rich_markup_mode=None, help=MODELS_HELP)
    models.callback(invoke_without_command=True)(list_command)
    models.command("list")(print_list)
    models.command("show")(show)
    models.command("check")(check)
    models.command("export")(export)
    models.command("install")(install)
    models.command("remove")(remove)
    app.add_typer(models, name="models")


def list_command(context: typer.Context, *, as_json: JsonOption = False) -> None:
    """List the models if nothing else is asked for."""
    if context.invoked_subcommand is None:
        print_list(as_json=as_json)
    elif as_json:
        raise typer.BadParameter("put --json behind the command, as in models show MODEL --json.")


def print_list(*, as_json: JsonOption = False) -> None:
    """List the models: terms of use, size, and how good they are by which measure."""
    listed = list_models()
    if as_json:
        _print_json([_entry(each) for each in listed])
        return
    _print_table(_listing(listed))
    for each in listed:
        if each.card is not None and each.card.use != "any":
            typer.echo(f"{each.name}: {each.card.terms()}")
        if each.problem:
            typer.echo(f"{each.name}: {each.problem}")


def show(model: ModelArgument, *, as_json: JsonOption = False) -> None:
    """Print all that the card of a model says."""
    folder = find_model(model)
    card = read_card(folder)
    if as_json:
        _print_json(_card_table(card) | {"folder": str(folder), "bytes": weights_size(folder)})
        return
    width = max(len(label) for label, _ in _facts(card, folder))
    for label, text in _facts(card, folder):
        typer.echo(f"{label:<{width}}  {text}")
    for title, table in (("Data", _data_table(card)), ("Measured", _metrics_table(card))):
        typer.echo(f"\n{title}")
        _print_table(table) if table.row_count else typer.echo("nothing is recorded")
    for record in card.data:
        if record.citation:
            typer.echo(f"\n{record.origin} ({record.split}): {record.citation}")
    if card.run:
        typer.echo(f"\nTraining run\n{card.run.rstrip()}")


def check(model: ModelArgument) -> None:
    """Load a model, compare its hash and try it on noise; says OK or what is wrong."""
    import torch

    loaded = _load(model)
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, 3, _CHECKED_SIDE, _CHECKED_SIDE, generator=generator)
    with torch.inference_mode():
        logits = loaded.model(image).logits
    if logits.shape[-2:] != image.shape[-2:] or not bool(torch.isfinite(logits).all()):
        raise ModelError(
            f"The model in {loaded.folder} gives no usable output; copy it anew, or train it again."
        )
    typer.echo(
        f"{loaded.folder}: OK, {loaded.card.name}, {loaded.card.n_parameters:,} parameters, "
        f"SHA-256 {loaded.card.weights_sha256}"
    )
    typer.echo(loaded.card.terms())


def export(
    model: ModelArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE.onnx", help="To write.")],
) -> None:
    """Write a model as ONNX, for programs without torch; takes images of any size."""
    from segmentation.model_store.onnx_export import export_onnx

    if file.suffix.lower() != ".onnx":
        raise typer.BadParameter(f"{file} should end in .onnx.")
    loaded = _load(model)
    export_onnx(loaded, file)
    typer.echo(f"{file}: {_megabytes(file.stat().st_size)}")
    typer.echo(loaded.card.terms())


def install(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of a model.")],
    *,
    name: Annotated[
        str, typer.Option(metavar="NAME", help="In the list.  [default: that on the card]")
    ] = "",
) -> None:
    """Check a model and copy it into your own, to be used by its name."""
    loaded = _load(folder)
    target = install_model(loaded.folder, name or loaded.card.name)
    typer.echo(f"{target.name}: installed in {target}")
    typer.echo(loaded.card.terms())


def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of one of your own models.")],
) -> None:
    """Remove one of your own models."""
    typer.echo(f"{name}: removed from {remove_model(name).parent}")


def _load(model: str | Path) -> "LoadedModel":
    from segmentation.model_store.model_folder import load_model

    return load_model(find_model(model))


def _listing(listed: list[ListedModel]) -> "Table":
    table = _new_table("Name", "Use", "Weights", "Parameters", "F1", "On", "Folder")
    for each in listed:
        table.add_row(each.name, *_described(each), str(each.folder))
    return table


def _described(listed: ListedModel) -> tuple[str, str, str, str, str]:
    card = listed.card
    if card is None:
        return "cannot be used", "", "", "", ""
    f1, data = "", "not measured"
    if card.metrics:
        first = card.metrics[0]
        f1 = f"{first.f1:.3f}"
        data = f"{first.data} {first.split}".rstrip() + f", {first.measure}"
    size = _megabytes(weights_size(listed.folder))
    return _USES[card.use], size, f"{card.n_parameters:,}", f1, data


def _facts(card: ModelCard, folder: Path) -> list[tuple[str, str]]:
    options = ", ".join(f"{name} {value}" for name, value in card.model.options.items())
    versions = ", ".join(f"{name} {value}" for name, value in card.versions.items())
    facts = [
        ("Name", card.name),
        ("Title", card.title),
        ("Use", f"{_USES[card.use]}. {card.terms()}"),
        ("Licence", card.licence or "not stated"),
        ("Network", f"{card.model.name}{f' ({options})' if options else ''}"),
        ("Parameters", f"{card.n_parameters:,}"),
        ("Threshold", f"{card.threshold:g}"),
        ("Temperature", f"{card.temperature:g}"),
        ("Tiles", f"{card.tile} px, halo {card.halo} px" if card.tile else "any size"),
        ("Preset", card.preset),
        ("Epoch", str(card.epoch or "")),
        ("Made", card.created),
        ("With", versions),
        ("Notes", card.notes),
        ("Weights", f"{_megabytes(weights_size(folder))}, SHA-256 {card.weights_sha256}"),
        ("Folder", str(folder)),
    ]
    return [(label, text) for label, text in facts if text]


def _data_table(card: ModelCard) -> "Table":
    table = _new_table("From", "Part", "Images", "With cracks", "Use", "Licence", "SHA-256")
    for each in card.data:
        numbers = str(each.n_images), str(each.n_crack_images)
        table.add_row(
            each.origin,
            each.split,
            *numbers,
            _USES[each.use],
            each.licence or "not stated",
            each.sha256[:12],
        )
    return table


def _metrics_table(card: ModelCard) -> "Table":
    table = _new_table(
        "On", "Part", "Images", "Measure", "Threshold", "Precision", "Recall", "F1", "IoU", "Notes"
    )
    for each in card.metrics:
        shares = (each.precision, each.recall, each.f1, each.iou)
        table.add_row(
            each.data,
            each.split,
            str(each.n_images),
            each.measure,
            f"{each.threshold:g}",
            *("" if share is None else f"{share:.4f}" for share in shares),
            each.notes,
        )
    return table


def _entry(listed: ListedModel) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": listed.name,
        "kind": listed.kind,
        "folder": str(listed.folder),
        "problem": listed.problem,
    }
    if listed.card is not None:
        entry |= {"bytes": weights_size(listed.folder), "card": _card_table(listed.card)}
    return entry


def _card_table(card: ModelCard) -> dict[str, Any]:
    return to_table(card) | {"use": card.use, "terms": card.terms()}


def _new_table(*headings: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _print_table(table: "Table") -> None:
    import sys

    from rich.console import Console

    # Into a file or a pipe nothing is wrapped: who reads it there goes by lines.
    width = None if sys.stdout.isatty() else _WIDE
    Console(width=width, highlight=False, markup=False).print(table)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def _megabytes(size: int) -> str:
    return f"{size / _MEGABYTE:.1f} MB"
