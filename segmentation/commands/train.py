"""``train``: a network from data, in a folder that can be gone on with."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console

from segmentation.commands.stopped import STOPPED, StoppedError, stop_flag
from segmentation.config import RunConfig
from segmentation.presets import field_origins, load_config, load_preset, preset_names

if TYPE_CHECKING:
    from segmentation.data.manifest import Item
    from segmentation.training.distributed import Team
    from segmentation.training.experiment import RunData
    from segmentation.training.loop import TrainResult
    from segmentation.training.publishing import Wording

TRAIN_HELP = """Train a network, or go on with a run that was stopped.

FOLDER holds all of a run: run.toml, manifest.json (what was shown, with hashes), checkpoints,
events.jsonl, epochs.csv, and at the end FOLDER/model, which `predict` and `evaluate` take.
Ctrl+C stops after the step in progress; the same command with --resume goes on. A killed run loses
what it did since its last checkpoint.

Several processes: torchrun --nproc-per-node 2 -m segmentation train ...

\b
Examples:
  crack-annotator train -o runs/first --preset subpixel_unet --data bridge.crackproj
  crack-annotator train -o runs/first --resume
  crack-annotator train -o runs/cfd --preset steel_bridge_cfd --data CFD --set train.epochs=50
  crack-annotator train -o runs/fit --from default --data photos --set optimizer.learning_rate=2e-4
  crack-annotator train --presets"""

DEFAULT_PRESET: Final = "subpixel_unet"
HARD_SHARE: Final = 0.3
"""Share of crops with a place where another model was wrong, if the run names none."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train", help=TRAIN_HELP)(train)


def train(  # noqa: PLR0913, PLR0917 - the options of the command line
    folder: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FOLDER", help="Of this run alone.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[LAYOUT:]FOLDER[?NAME=VALUE&...]",
            help="Images with masks: a project, a CSB, CFD or DeepCrack folder, images/ and "
            "masks/, or synthetic:?count=300. May be given several times.",
        ),
    ] = None,
    preset: Annotated[
        str, typer.Option(metavar="NAME", help="Where the run's values come from.")
    ] = "",
    config: Annotated[
        Path | None, typer.Option(metavar="RUN.toml", help="The run as a file.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a value, e.g. train.epochs=50."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in FOLDER.")] = False,
    weights: Annotated[
        str, typer.Option("--from", metavar="MODEL", help="Start from a model's weights.")
    ] = "",
    negatives: Annotated[
        str,
        typer.Option(
            "--hard-negatives-from",
            metavar="MODEL",
            help="Show more of where this model sees cracks that are none.",
        ),
    ] = "",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="On the CPU; 0 takes torch's choice.")] = 0,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that load images; 0 loads between steps.")
    ] = 0,
    minutes: Annotated[
        float, typer.Option(min=0.0, help="Stop after so long, to be gone on with; 0 is off.")
    ] = 0.0,
    lower_precision: Annotated[
        bool,
        typer.Option("--fastest-precision", help="Take bfloat16 if it is measured to be faster."),
    ] = False,
    name: Annotated[str, typer.Option(help="Of the model; that of the folder by default.")] = "",
    title: Annotated[str, typer.Option(help="Of the model, one line for lists.")] = "",
    licence: Annotated[str, typer.Option(help="Of the model's weights, as Apache-2.0.")] = "",
    notes: Annotated[str, typer.Option(help="What users of the model should know.")] = "",
    show: Annotated[
        bool, typer.Option("--show", help="Print the run's values, and where from, and end.")
    ] = False,
    presets: Annotated[bool, typer.Option("--presets", help="List the presets and end.")] = False,
) -> None:
    """Run the command line."""
    if presets:
        _list_presets()
        return
    if resume and (weights or negatives):
        raise typer.BadParameter(
            "--from and --hard-negatives-from begin a new run; --resume goes on with what that was "
            "begun with. Leave out one or the other."
        )
    run = _changed(_starting_values(folder, preset, config, weights, resume=resume), data, changes)
    if negatives and not run.data.hard_negatives:
        run = run.with_changes({"data.hard_negatives": HARD_SHARE})
    if show:
        _show(run)
        return
    if folder is None:
        raise typer.BadParameter("name the folder of the run with -o FOLDER.")
    request = _Request(folder, run, resume, weights, negatives, device, threads, workers)
    result = request.carry_out(
        minutes,
        fastest=lower_precision,
        words={"name": name, "title": title, "licence": licence, "notes": notes},
    )
    if result.reason in ("cancelled", "out of time"):
        raise typer.Exit(STOPPED)


@dataclass(frozen=True, slots=True)
class _Request:
    """A training run as it was asked for."""

    folder: Path
    config: RunConfig
    is_resumed: bool
    weights: str
    negatives: str
    device: str
    threads: int
    workers: int

    def carry_out(
        self, minutes: float, *, fastest: bool, words: Mapping[str, str]
    ) -> "TrainResult":
        """Train, and make a model of the best epoch."""
        import torch

        from segmentation.training.distributed import joined_team
        from segmentation.training.experiment import run_experiment
        from segmentation.training.loop import LoopOptions, refuse_used_folder
        from segmentation.training.progress_bar import ProgressBar
        from segmentation.training.run_state import check_config

        n_threads = self.threads or torch.get_num_threads()
        torch.set_num_threads(n_threads)
        check_config(self.config)
        if not self.is_resumed:
            refuse_used_folder(self.folder)  # before its files are replaced by those of this run
        with joined_team(self.device) as team:
            data = self._data(team)
            torch.set_num_threads(n_threads)  # a model that looked for hard negatives took its own
            if team.is_first:
                self._wording(words).save(self.folder)
            options = LoopOptions(
                team=team,
                resume=self.is_resumed,
                time_budget=minutes * 60.0,
                weights=_weights_of(self.weights) if self.weights else None,
                measure_precision=fastest,
            )
            console = Console(stderr=True, quiet=not team.is_first)
            with stop_flag(once=team.size == 1) as flag, ProgressBar(console) as bar:
                result = run_experiment(
                    self.config,
                    data,
                    self.folder,
                    on_event=bar if team.is_first else None,
                    is_cancelled=flag.is_set,
                    options=options,
                    workers=self.workers,
                )
            if team.is_first:
                self._conclude(data, result)
        return result

    def _wording(self, words: Mapping[str, str]) -> "Wording":
        from segmentation.model_store.card import read_card
        from segmentation.model_store.catalog import find_model
        from segmentation.training.publishing import Wording, kept_wording

        given = {key: text for key, text in words.items() if text}
        if self.is_resumed:
            return replace(kept_wording(self.folder), **given)
        card = read_card(find_model(self.weights)) if self.weights else None
        return Wording(
            name=given.get("name", self.folder.resolve().name),
            title=given.get("title", ""),
            licence=given.get("licence", ""),
            notes=given.get("notes", ""),
            inherited=card.data if card else (),
            ancestry=card.descent("") if card else (),
        )

    def _conclude(self, data: "RunData", result: "TrainResult") -> None:
        """Say how to go on with a run that was stopped, and make a model of what there is."""
        from segmentation.training.loop import load_best

        again = f"go on with: train -o {self.folder} --resume"
        if result.reason in ("cancelled", "out of time"):
            typer.echo(f"Stopped ({result.reason}); {again}", err=True)
        if load_best(self.folder) is None:
            return
        try:
            self._publish(data)
        except KeyboardInterrupt:
            raise StoppedError(
                f"Stopped before the model was made; the checkpoints are kept, {again}"
            ) from None

    def _publish(self, data: "RunData") -> None:
        from segmentation.training.publishing import kept_wording, publish

        with Console(stderr=True).status("making the model") as status:
            wording, threads = kept_wording(self.folder), self.threads or None
            model = publish(self.folder, data.manifest, wording, status.update, threads)
        typer.echo(str(model))

    def _data(self, team: "Team") -> "RunData":
        from segmentation.training.experiment import data_of_run, gather_data

        if self.is_resumed:
            return data_of_run(self.folder, self.config.data.on_damage)
        console = Console(stderr=True, quiet=not team.is_first)
        with console.status("reading the data") as status:
            data = gather_data(
                self.config, lambda share, name: status.update(f"{share:4.0%}  {name}")
            )
            if not self.negatives:
                return data
            looked_at = count(1)
            n_images = len(data.manifest.of_split("train").items)
            return self._with_hard_negatives(
                data,
                lambda item: status.update(
                    f"predicting {next(looked_at)} of {n_images} {item.name}"
                ),
            )

    def _with_hard_negatives(self, data: "RunData", on_item: Callable[["Item"], None]) -> "RunData":
        from segmentation.inference.predictor import Predictor
        from segmentation.model_store.catalog import find_model
        from segmentation.training.hard_negatives import SpotOptions, with_hard_negatives

        predictor = Predictor(
            find_model(self.negatives), device=self.device, threads=self.threads or None
        )
        options = SpotOptions(threshold=predictor.card.threshold)
        manifest = with_hard_negatives(data.manifest, predictor.predict, options, on_item=on_item)
        n_spots = sum(len(item.spots) for item in manifest.items)
        note = f"{self.negatives} is wrong in {n_spots} places, which are shown more often."
        return replace(data, manifest=manifest, notes=(*data.notes, note))


def _starting_values(
    folder: Path | None, preset: str, file: Path | None, weights: str, *, resume: bool
) -> RunConfig:
    """Return the run before single values are changed."""
    if sum((bool(preset), file is not None, resume)) > 1:
        raise typer.BadParameter("give one of --preset, --config and --resume.")
    if resume:
        if folder is None or not (folder / "run.toml").is_file():
            raise typer.BadParameter(f"there is no run in {folder} to go on with.")
        file = folder / "run.toml"
    try:
        if file is not None:
            return load_config(file)
        if weights and not preset:
            return _run_of_model(weights)
        return load_preset(preset or DEFAULT_PRESET).config
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read ({error.strerror or error}).") from error
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _changed(run: RunConfig, data: list[str] | None, changes: list[str] | None) -> RunConfig:
    values: dict[str, object] = {"data.sources": data} if data else {}
    for change in changes or []:
        name, equals, text = change.partition("=")
        if not equals:
            raise typer.BadParameter(f"{change!r} should be NAME=VALUE, as train.epochs=50.")
        values[name.strip()] = _value(text)
    try:
        return run.with_changes(values) if values else run
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _value(text: str) -> object:
    """Return a value written as in TOML; what is none is a text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _run_of_model(name: str) -> RunConfig:
    """Return the run that made a model, its data to be named anew."""
    from segmentation.model_store.card import read_card
    from segmentation.model_store.catalog import find_model

    run = RunConfig.from_table(tomllib.loads(read_card(find_model(name)).run))
    return run.with_changes({"data.sources": [], "model.pretrained": False})


def _weights_of(name: str) -> dict[str, Any]:
    from segmentation.model_store.catalog import find_model
    from segmentation.model_store.model_folder import load_model

    return load_model(find_model(name)).model.state_dict()


def _list_presets() -> None:
    for name in preset_names():
        preset = load_preset(name)
        typer.echo(f"{name}: {preset.title}")
        for variant, title in preset.variants.items():
            typer.echo(f"  {name}/{variant}: {title}")


def _show(run: RunConfig) -> None:
    """Print the run as TOML, and behind each value where it comes from."""
    origins = {name: f"{each.kind}: {each.note}" for name, each in field_origins(run).items()}
    section = ""
    for line in run.to_toml().splitlines():
        if line.startswith("["):
            section = line.strip("[]") + "."
        origin = origins.get(section + line.partition(" = ")[0])
        typer.echo(f"{line}  # {origin}" if origin else line)
