"""Projects and models so small that a training takes seconds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from annotator.document.image_state import ImageState
from annotator.services import retraining, training_folder
from segmentation.config import DataConfig, ModelConfig, OptimizerConfig, RunConfig, TrainConfig
from segmentation.model_store.card import ModelCard
from segmentation.model_store.model_folder import save_model
from segmentation.models import build_model
from tests.annotator.exporters.projects import Project, diagonal

SIZE = (96, 64)
CRACK = diagonal(*SIZE, (10, 10), 60)


def make_model(folder: Path, name="base", seed=0, **facts) -> Path:
    """Write a model of a tiny network with random weights."""
    config = ModelConfig(name="subpixel_unet", options={"widths": (4, 8), "depths": (1, 1)})
    run = RunConfig(
        model=config,
        optimizer=OptimizerConfig(learning_rate=1e-3),
        data=DataConfig(augmentation="flips"),
        train=TrainConfig(precision="float32"),
    )
    torch.manual_seed(seed)
    model = build_model(config).eval()
    return save_model(folder, model, ModelCard(name=name, model=config, run=run.to_toml(), **facts))


def make_project(folder: Path, n_images=5) -> Project:
    """Return a project of approved images with a crack each, and one without."""
    project = Project(folder)
    for number in range(n_images):
        project.add(f"{number}.png", CRACK, size=SIZE)
    project.add("clean.png", size=SIZE)
    return project


def make_small(monkeypatch, *, steps=(6, 6), steps_per_epoch=3, **changes) -> None:
    """Have trainings take a few small steps, without older data."""
    small = {"data.crop_size": 32, "data.patch_size": 64, "train.ema_decay": 0.0}
    for how, values in retraining.THOROUGHNESS.items():
        less = replace(
            values,
            steps=steps,
            steps_per_image=1,
            steps_per_epoch=steps_per_epoch,
            replay=0.0,
            changes={**values.changes, **small, **changes},
        )
        monkeypatch.setitem(retraining.THOROUGHNESS, how, less)
    monkeypatch.setattr(
        training_folder, "GUARD", "synthetic:?origin={name}&count=1&size=64&seed=9&split=val"
    )


def set_state(project: Project, name: str, state: ImageState) -> None:
    """Put an image into a state."""
    record = next(each for each in project.records if each.shown_name == name)
    content, _ = project.store.load(record.identifier)
    project.store.save(record.identifier, content.with_state(state), "Mark")


def weights_of(folder: Path) -> dict[str, np.ndarray]:
    """Return the weights of a model."""
    from safetensors.numpy import load_file

    return load_file(folder / "model.safetensors")
