"""What labelling the most useful images first saves against labelling in random order.

    python -m tests.benchmarks.active_learning ../shared/data/NHA12D_concrete --out report

FOLDER holds ``images`` and ``masks`` of the same names; the masks play the annotator. The
photographs are cut into tiles, as most of what an inspection sees has no crack; those of one half
of the photographs are to be labelled, those of the other half judge. For each seed tiles are
labelled in random order, and in the order of `annotator.services.usefulness.rank`, which is
computed anew with the newly trained model whenever so many tiles were labelled as a budget says.
Each budget is trained on from the same model with the same number of steps. The figure is F1 at 2
px, symmetric, at the best single threshold.
"""

import argparse
import json
import random
import shutil
import statistics
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from annotator.services.usefulness import Description, describe, rank
from annotator.storage.mask_io import load_mask, save_mask
from tests.benchmarks.adaptation import pairs_of

TOLERANCE = 2.0


@dataclass(frozen=True)
class Tile:
    """A part of a photograph, with its mask, as files."""

    name: str
    image: Path
    mask: Path

    def pixels(self) -> np.ndarray:
        """Return the photograph."""
        with Image.open(self.image) as picture:
            return np.asarray(picture.convert("RGB"))


@dataclass(frozen=True)
class Result:
    """F1 after each budget, in percent, of one seed and one order."""

    seed: int
    order: str
    scores: dict[int, float]
    with_cracks: dict[int, int]


def cut(folder: Path, target: Path, stems: list[str], side: int) -> list[Tile]:
    """Write the tiles of some photographs."""
    pairs = pairs_of(folder)
    tiles = []
    for stem in stems:
        image, mask = pairs[stem]
        with Image.open(image) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        labels = load_mask(mask)
        height, width = labels.shape
        for y in range(0, height - side + 1, side):
            for x in range(0, width - side + 1, side):
                name = f"{stem}_{x}_{y}"
                tile = Tile(name, target / f"{name}.png", target / "masks" / f"{name}.png")
                tile.mask.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels[y : y + side, x : x + side]).save(tile.image)
                save_mask(tile.mask, labels[y : y + side, x : x + side])
                tiles.append(tile)
    return tiles


def write_tiles(folder: Path, tiles: list[Tile]) -> str:
    """Write a list of tiles and return it as a source of data."""
    from segmentation.data.readers.listed import ListedImage, write_list

    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        ListedImage(
            name=each.name,
            image=str(each.image.resolve()),
            mask=str(each.mask.resolve()),
            split="train",
        )
        for each in tiles
    ]
    write_list(folder, rows)
    return f"list:{folder}?origin=tiles"


class Bench:
    """Trains and judges, always in the same way."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        from segmentation.config import RunConfig
        from segmentation.model_store.catalog import find_model
        from segmentation.model_store.model_folder import load_model

        self._arguments = arguments
        self.base = load_model(find_model(arguments.start))
        self._run = RunConfig.from_table(tomllib.loads(self.base.card.run)).with_changes(
            {
                "data.validation": "fixed", "data.validation_share": 0.0, "data.recipe": "all",
                "data.patch_size": 0, "data.crop_size": arguments.crop,
                "data.crack_centered": 0.5, "data.epoch_samples": arguments.batch * arguments.steps,
                "train.batch_size": arguments.batch, "train.epochs": 1, "train.select_by": "last",
                "train.ema_decay": 0.95, "optimizer.learning_rate": 5e-4,
                "schedule.warmup_epochs": 0.1,
            }
        )  # fmt: skip

    def trained(self, tiles: list[Tile], seed: int, folder: Path):
        """Return the base model trained on some tiles."""
        from segmentation.training.experiment import gather_data, run_experiment
        from segmentation.training.loop import LoopOptions
        from segmentation.training.publishing import best_of_run

        shutil.rmtree(folder, ignore_errors=True)
        source = write_tiles(folder / "tiles", tiles)
        run = self._run.with_changes({"data.sources": [source], "train.seed": seed})
        weights = self.base.model.state_dict()
        run_experiment(run, gather_data(run), folder, options=LoopOptions(weights=weights))
        return best_of_run(folder)

    def predictor(self, loaded):
        """Return what predicts with a model."""
        from segmentation.inference.predictor import Predictor

        return Predictor(loaded, engine="torch", threads=self._arguments.threads or None)

    def score(self, loaded, judged: str) -> float:
        """Return F1 at the best threshold, in percent."""
        from segmentation.evaluation.data_items import DataItems, gather
        from segmentation.evaluation.report import Protocol, evaluate

        predictor = self.predictor(loaded)
        items = DataItems(gather([judged]), lambda _, image: predictor.predict(image))
        protocol = Protocol(countings=("symmetric",), n_worst=0, center_lines=False)
        return 100.0 * evaluate(items, protocol).result(TOLERANCE).curve.ods.counts.f1

    def describe(self, loaded, tiles: list[Tile]) -> dict[int, Description]:
        """Return what a model thinks of tiles, by their places in the list."""
        predictor = self.predictor(loaded)
        return {
            place: describe(predictor.predict_codes(tile.pixels()), tile.pixels())
            for place, tile in enumerate(tiles)
        }


def budgets_of(order: str, arguments: argparse.Namespace) -> list[int]:
    """Return the budgets of an order: of the useful ones up to half is what counts."""
    budgets, half = arguments.budgets, arguments.budgets[-1] // 2
    if not arguments.short:
        return budgets
    return [each for each in budgets if (each <= half if order == "useful" else each >= half)]


def label(bench: Bench, order: str, seed: int, pool: list[Tile], judged: str, arguments) -> Result:
    """Label tiles in an order, and train and judge at each budget."""
    shuffled = random.Random(seed).sample(pool, len(pool))
    chosen: list[Tile] = []
    scores, with_cracks = {}, {}
    model = bench.base
    for budget in budgets_of(order, arguments):
        left = [tile for tile in shuffled if tile not in chosen]
        if order == "useful":
            known = bench.describe(model, left + chosen)
            labelled = [known[place].features for place in range(len(left), len(known))]
            places = rank({place: known[place] for place in range(len(left))}, labelled)
            left = [left[place] for place in places]
        chosen += left[: budget - len(chosen)]
        folder = arguments.work / f"{order}-{seed}-{budget}"
        model = bench.trained(chosen, seed, folder)
        scores[budget] = bench.score(model, judged)
        with_cracks[budget] = sum(bool(load_mask(tile.mask).any()) for tile in chosen)
        print(f"{order}, seed {seed}, {budget} tiles ({with_cracks[budget]} with a crack): "
              f"{scores[budget]:.1f}", flush=True)  # fmt: skip
        shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    return Result(seed, order, scores, with_cracks)


def one_seed(bench: Bench, seed: int, arguments: argparse.Namespace) -> list[Result]:
    """Compare both orders on one division of the photographs."""
    stems = list(pairs_of(arguments.folder))
    random.Random(seed).shuffle(stems)
    half = len(stems) // 2
    place = arguments.work / f"tiles-{seed}"
    shutil.rmtree(place, ignore_errors=True)
    rng = random.Random(seed)
    pool = cut(arguments.folder, place / "pool", stems[:half], arguments.tile)
    test = cut(arguments.folder, place / "judged", stems[half:], arguments.tile)
    pool = rng.sample(pool, min(arguments.pool, len(pool)))
    test = rng.sample(test, min(arguments.judged, len(test)))
    judged = write_tiles(place / "test", test)
    print(f"before, seed {seed}: {bench.score(bench.base, judged):.1f}", flush=True)
    return [label(bench, order, seed, pool, judged, arguments) for order in ("random", "useful")]


def to_markdown(arguments: argparse.Namespace, results: list[Result]) -> str:
    """Return the table."""
    lines = [
        f"{arguments.folder.name}: F1 2 px in percent at the best threshold, mean of "
        f"{len({each.seed for each in results})} seeds; {arguments.pool} tiles of "
        f"{arguments.tile} px to choose from, {arguments.judged} to judge by, {arguments.steps} "
        f"steps of {arguments.batch} crops of {arguments.crop} px",
        "",
        "| Tiles labelled | random order | most useful first | with a crack: random | useful |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    means: dict[str, dict[int, float]] = {"random": {}, "useful": {}}
    for budget in arguments.budgets:
        scores, cracks = [], []
        for order, known in means.items():
            own = [e for e in results if e.order == order and budget in e.scores]
            if own:
                known[budget] = statistics.mean(each.scores[budget] for each in own)
            scores.append(f"{known[budget]:.1f}" if own else "")
            with_cracks = [each.with_cracks[budget] for each in own]
            cracks.append(f"{statistics.mean(with_cracks):.1f}" if own else "")
        lines.append(f"| {budget} | {' | '.join(scores + cracks)} |")
    most = arguments.budgets[-1]
    wanted = means["random"][most]
    enough = [budget for budget, score in means["useful"].items() if score >= wanted]
    verdict = (
        f"Random order reaches {wanted:.1f} with {most} tiles, the most useful ones first with "
        f"{enough[0]}." if enough else f"The {wanted:.1f} of random order were not reached."
    )  # fmt: skip
    return "\n".join([*lines, "", verdict]) + "\n"


def main(texts: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="with images and masks")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--budgets", type=int, nargs="+", default=[8, 16, 32])
    parser.add_argument(
        "--short", action="store_true", help="only what is needed to compare with half as many"
    )
    parser.add_argument("--tile", type=int, default=256)
    parser.add_argument("--pool", type=int, default=120)
    parser.add_argument("--judged", type=int, default=80)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--crop", type=int, default=160)
    parser.add_argument("--start", default="default", help="model to begin with")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path("active_learning"))
    parser.add_argument("--out", type=Path, help="folder for the report")
    arguments = parser.parse_args(texts)
    bench = Bench(arguments)
    results: list[Result] = []
    for seed in arguments.seeds:
        results += one_seed(bench, seed, arguments)
        table = to_markdown(arguments, results)
        print(table, flush=True)
        if arguments.out:
            arguments.out.mkdir(parents=True, exist_ok=True)
            stem = arguments.out / f"{arguments.folder.name}-active"
            stem.with_suffix(".md").write_text(table, "utf-8")
            rows = [vars_of(each) for each in results]
            stem.with_suffix(".json").write_text(json.dumps(rows, indent=1), "utf-8")
    return 0


def vars_of(result: Result) -> dict:
    """Return a result as JSON knows it."""
    return {
        "seed": result.seed, "order": result.order, "scores": result.scores,
        "with_cracks": result.with_cracks,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
