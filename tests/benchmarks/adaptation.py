"""What a quick adaptation gains on photographs that a model has not seen before.

    python -m tests.benchmarks.adaptation ../shared/data/NHA12D_concrete --seeds 0 1 2 --out report

FOLDER holds ``images`` and ``masks`` of the same names; the masks play the annotator. For each seed
ten images, drawn at random, become a project in which they are approved; that is trained on as
Model > Retrain does it with its own defaults, in a process of its own. The model to begin with and
the new one are then judged on images that are in no project: those of ``test.txt`` if there is one,
else all others. Figures are F1 over all pixels at the threshold on each model's card, symmetric
with a disk; "best" is the best single threshold of all.
"""

import argparse
import json
import random
import shutil
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.document.mask import MaskPatch
from annotator.services.retraining import THOROUGHNESS, Choice
from annotator.services.training_folder import prepare_run
from annotator.services.training_log import EVENTS
from annotator.services.training_process import TrainingRun
from annotator.storage.image_io import image_size
from annotator.storage.mask_io import load_mask, save_mask
from annotator.storage.project_store import ProjectStore

TOLERANCE = 2.0
PATIENCE_S = 6 * 3600.0


@dataclass(frozen=True)
class Figures:
    """How good a model is, in percent."""

    f1: float
    f1_0px: float
    best: float
    threshold: float


@dataclass(frozen=True)
class Outcome:
    """One seed."""

    seed: int
    before: Figures
    after: Figures
    n_taught: int
    n_held_out: int
    n_judged: int
    n_steps: int
    training_s: float
    step_s: float
    whole_s: float

    @property
    def gain(self) -> float:
        """F1 at 2 px after, less that before."""
        return self.after.f1 - self.before.f1


def pairs_of(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Return image and mask by stem."""
    masks = {path.stem: path for path in (folder / "masks").iterdir()}
    images = sorted((folder / "images").iterdir())
    return {path.stem: (path, masks[path.stem]) for path in images if path.stem in masks}


def listed(folder: Path, name: str) -> list[str]:
    """Return the stems that a list of the data set names."""
    file = folder / f"{name}.txt"
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return [Path(line.split()[0]).stem for line in lines if line.strip()]


def split(folder: Path, n_images: int, seed: int, most: int) -> tuple[list[str], list[str]]:
    """Return stems to approve, and stems to judge by."""
    stems = list(pairs_of(folder))
    held = [stem for stem in listed(folder, "test") if stem in stems]
    pool = [stem for stem in stems if stem not in held]
    random.Random(seed).shuffle(pool)
    judged = held or sorted(pool[n_images:])
    if 0 < most < len(judged):
        judged = [judged[len(judged) * number // most] for number in range(most)]
    return pool[:n_images], judged


def make_project(target: Path, folder: Path, stems: list[str]) -> ProjectStore:
    """Return a project in which these images are approved with their masks."""
    pairs = pairs_of(folder)
    store = ProjectStore.create(
        target, name=target.stem, images_folder=folder / "images", author="ground truth"
    )
    store.add_images([pairs[stem][0] for stem in stems])
    for record in store.images():
        store.note_image(record.identifier, size=image_size(record.path))
        mask = load_mask(pairs[record.path.stem][1])
        cracks = (Crack.from_mask(MaskPatch(0, 0, mask), "imported", None),) if mask.any() else ()
        state = ImageState.APPROVED if cracks else ImageState.NO_CRACK
        store.save(record.identifier, ImageContent(cracks, (), state), "Ground truth")
    return store


def figures(model: str | Path, images: Path, threads: int) -> Figures:
    """Return how good a model is on a folder of images and masks."""
    from segmentation.evaluation.data_items import DataItems, gather
    from segmentation.evaluation.report import Protocol, evaluate
    from segmentation.inference.predictor import Predictor
    from segmentation.model_store.catalog import find_model

    predictor = Predictor(find_model(model), engine="torch", threads=threads or None)
    items = DataItems(gather([f"list:{images}"]), lambda _, image: predictor.predict(image))
    protocol = Protocol(
        threshold=predictor.card.threshold, countings=("symmetric",), n_worst=0, center_lines=False
    )
    report = evaluate(items, protocol)
    tolerant, exact = report.result(TOLERANCE), report.result()
    shares = (tolerant.tally.total.f1, exact.tally.total.f1, tolerant.curve.ods.counts.f1)
    return Figures(*(100.0 * share for share in shares), threshold=protocol.threshold)


def list_judged(target: Path, folder: Path, stems: list[str]) -> Path:
    """Write the list of the images to judge by."""
    from segmentation.data.readers.listed import ListedImage, write_list

    pairs = pairs_of(folder)
    target.mkdir(parents=True)
    (target / "masks").mkdir()
    rows = []
    for stem in stems:
        image, mask = pairs[stem]
        save_mask(target / "masks" / f"{stem}.png", load_mask(mask))
        row = ListedImage(
            name=stem, image=str(image.resolve()), mask=f"masks/{stem}.png", split="test"
        )
        rows.append(row)
    write_list(target, rows)
    return target


def train(store: ProjectStore, choice: Choice) -> tuple[TrainingRun, float]:
    """Carry out a training; return it and how long all of it took."""
    run = TrainingRun(prepare_run(store, choice))
    begin = time.monotonic()
    run.start(gives_way=False)  # no window waits
    run.wait(PATIENCE_S)
    seconds = time.monotonic() - begin
    if run.progress().phase != "made":
        raise SystemExit(f"The training failed: {run.progress().text} {run.last_words()}")
    return run, seconds


def epoch_seconds(run: TrainingRun) -> float:
    """Return how long all epochs of a run took."""
    lines = (run.folder / EVENTS).read_text("utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    return sum(event["seconds"] for event in events if event["event"] == "epoch")


def one_seed(arguments: argparse.Namespace, seed: int, known: dict[str, Figures]) -> Outcome:
    """Adapt to ten images and judge."""
    work = arguments.work / f"{arguments.folder.name}-{seed}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    approved, judged = split(arguments.folder, arguments.images, seed, arguments.judged)
    place = list_judged(work / "judged", arguments.folder, judged)
    key = " ".join(judged)
    if key not in known:
        known[key] = figures(arguments.start, place, arguments.threads)
        print(f"before: {known[key]}", flush=True)
    choice = Choice(
        how=arguments.how, start=arguments.start, compare_with=arguments.start, seed=seed,
        device=arguments.device,
    )  # fmt: skip
    with make_project(work / "adapted.crackproj", arguments.folder, approved) as store:
        run, seconds = train(store, choice)
    after = figures(run.model, place, arguments.threads)
    rows = json.loads((run.folder / "data" / "images.json").read_text("utf-8"))
    n_taught = sum(row["split"] == "train" for row in rows)
    trained = epoch_seconds(run)
    return Outcome(
        seed, known[key], after, n_taught, len(rows) - n_taught, len(judged), run.log.n_steps,
        trained, trained / max(run.log.n_steps, 1), seconds,
    )  # fmt: skip


def to_markdown(folder: Path, how: str, outcomes: list[Outcome]) -> str:
    """Return the table."""
    lines = [
        f"{folder.name}, {how}: F1 in percent",
        "",
        "| Seed | Images taught + held out | Judged | Steps | F1 2 px before | after | Gain "
        "| best threshold before | after | F1 0 px before | after | Training, s | a step, s |",
        "| ---: " * 13 + "|",
    ]
    for each in outcomes:
        before, after = each.before, each.after
        cells = [
            str(each.seed), f"{each.n_taught} + {each.n_held_out}", str(each.n_judged),
            str(each.n_steps), f"{before.f1:.1f}", f"{after.f1:.1f}", f"{each.gain:+.1f}",
            f"{before.best:.1f}", f"{after.best:.1f}", f"{before.f1_0px:.1f}",
            f"{after.f1_0px:.1f}", f"{each.training_s:.0f}", f"{each.step_s:.2f}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    gains = [each.gain for each in outcomes]
    best = [each.after.best - each.before.best for each in outcomes]
    lines += ["", f"Mean gain at 2 px: {statistics.mean(gains):+.1f} points at the cards' "
              f"thresholds, {statistics.mean(best):+.1f} at the best ones."]  # fmt: skip
    return "\n".join(lines) + "\n"


def main(texts: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="with images and masks")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--images", type=int, default=10, help="to approve")
    parser.add_argument("--judged", type=int, default=0, help="images to judge by; 0 takes all")
    parser.add_argument("--how", choices=tuple(THOROUGHNESS), default="quick")
    parser.add_argument("--start", default="default", help="model to begin with")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path("adaptation"), help="folder for projects")
    parser.add_argument("--out", type=Path, help="folder for the report")
    arguments = parser.parse_args(texts)
    known: dict[str, Figures] = {}
    outcomes: list[Outcome] = []
    for seed in arguments.seeds:
        outcomes.append(one_seed(arguments, seed, known))
        table = to_markdown(arguments.folder, arguments.how, outcomes)
        print(table, flush=True)
        if arguments.out:
            arguments.out.mkdir(parents=True, exist_ok=True)
            stem = arguments.out / f"{arguments.folder.name}-{arguments.how}"
            stem.with_suffix(".md").write_text(table, "utf-8")
            rows = json.dumps([asdict(each) for each in outcomes], indent=1)
            stem.with_suffix(".json").write_text(rows, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
