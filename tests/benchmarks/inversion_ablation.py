"""What the inversion of the loss is worth where nine patches of ten have no crack.

    python tests/benchmarks/inversion_ablation.py OUT [--steps N] [--from MODEL] [--preset NAME]

Makes a set of 10 % crack and 90 % background patches of synthetic steel, trains a network three
times on it, the loss being all that differs (Dice + BCE with inversion, without it, Tversky), and
prints a table of precision, recall and F1 on validation images. OUT keeps the data and the runs;
what is finished there is not done again.

The network is the compact one, and starts from a model that knows cracks already: it stands for
the pretrained encoder of the paper, without which a few hundred steps on a processor end at "no
crack anywhere" whatever the loss. The steel-bridge system itself is had by ``--preset
steel_bridge/scratch --from ''`` on a graphics card.

Kompanets et al., arXiv 2403.17725 (2024), Table 4, is the experiment on photographs with
pretrained weights: without inversion, and with Tversky, nothing is predicted any more.
"""

import argparse
import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from segmentation.config import RunConfig
from segmentation.data.synthetic import generate, sample_parameters
from segmentation.model_store.catalog import find_model
from segmentation.model_store.model_folder import load_model
from segmentation.presets import load_preset
from segmentation.training.experiment import EPOCHS, gather_data, run_experiment
from segmentation.training.loop import LoopOptions

N_CRACKED, N_CLEAN, N_VALIDATION = 90, 330, 30
IMAGE_SIDE, PATCH_SIDE = 512, 128
STEPS_PER_EPOCH = 40

LOSSES: dict[str, dict[str, object]] = {
    "Dice + BCE with inversion": {"loss.name": "dice_bce", "loss.options.inversion": True},
    "Dice + BCE": {"loss.name": "dice_bce", "loss.options.inversion": False},
    "Tversky": {"loss.name": "tversky"},
}


def make_data(folder: Path) -> None:
    """Write the images of the three runs, unless they are there."""
    parts = {"train": (N_CRACKED, N_CLEAN), "val": (N_VALIDATION, N_VALIDATION)}
    for number, (part, (n_cracked, n_clean)) in enumerate(parts.items()):
        for index in range(n_cracked + n_clean):
            name = f"{part}-{index:04d}.png"
            if (folder / part / "masks" / name).is_file():
                continue
            parameters = sample_parameters(
                "steel", IMAGE_SIDE, IMAGE_SIDE, seed=50_000 + 10_000 * number + index
            )
            if index >= n_cracked:
                parameters = replace(parameters, n_cracks=0)
            made = generate(parameters)
            for kind, pixels in (("images", made.image[..., ::-1]), ("masks", made.mask * 255)):
                (folder / part / kind).mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(folder / part / kind / name), np.ascontiguousarray(pixels))


def run_of(data: Path, loss: dict[str, object], preset: str, n_steps: int) -> RunConfig:
    """Return a run of a preset on the steel-bridge system's kind of patches, but for the loss."""
    changes: dict[str, object] = {
        "data.sources": [f"pairs:{data}/train?split=train", f"pairs:{data}/val?split=val"],
        "data.recipe": "10/90",
        "data.patch_size": PATCH_SIDE,
        "data.crop_size": PATCH_SIDE,
        "data.crack_centered": 0.0,
        "data.hard_negatives": 0.0,
        "data.augmentation": "steel_bridge",
        "data.validation": "fixed",
        "data.epoch_samples": 16 * STEPS_PER_EPOCH,
        "train.batch_size": 16,
        "train.epochs": max(1, n_steps // STEPS_PER_EPOCH),
        "train.precision": "bfloat16",
    }
    return load_preset(preset).config.with_changes(loss | changes)


def rows(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the epochs of a run."""
    with (folder / EPOCHS).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def main() -> None:
    """Make the data, train three times, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--preset", default="subpixel_unet")
    parser.add_argument("--from", dest="start", default="research")
    given = parser.parse_args()
    make_data(given.out / "data")
    print("| Loss | epoch | precision | recall | F1 |\n|---|---|---|---|---|")
    for name, loss in LOSSES.items():
        config = run_of(given.out / "data", loss, given.preset, given.steps)
        folder = (
            given.out / given.preset.replace("/", "-") / name.replace(" ", "_").replace("+", "and")
        )
        is_begun = (folder / EPOCHS).is_file()
        weights = None if is_begun or not given.start else load_model(find_model(given.start))
        options = LoopOptions(
            resume=is_begun, weights=weights.model.state_dict() if weights else None
        )
        run_experiment(config, gather_data(config), folder, options=options)
        epochs = list(rows(folder))
        for row in (*epochs[: len(epochs) - 1 : max(1, len(epochs) // 4)], epochs[-1]):
            scores = (f"{float(row[f'validation {key}']):.3f}" for key in
                      ("precision", "recall", "f1"))  # fmt: skip
            print(f"| {name} | {int(row['epoch']) + 1} | {' | '.join(scores)} |", flush=True)


if __name__ == "__main__":
    main()
