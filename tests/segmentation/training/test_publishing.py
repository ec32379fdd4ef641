"""From the best epoch to a model, where validation images do not tell enough."""

from pathlib import Path

import pytest
import torch

from segmentation.config import RunConfig
from segmentation.data.manifest import Manifest
from segmentation.model_store.card import read_card
from segmentation.training.experiment import gather_data, run_experiment
from segmentation.training.publishing import Wording, publish, without_folders
from segmentation.training.run_state import TrainingError
from tests.segmentation.data.layouts import make_pairs

pytestmark = pytest.mark.torch


def test_without_a_crack_to_validate_on_the_model_is_made_uncalibrated(tmp_path: Path) -> None:
    images = make_pairs(tmp_path / "own", ("a", "b", "clean"))
    (images / "masks" / "clean.png").unlink()
    (images / "val.txt").write_text("clean", "utf-8")
    run = RunConfig.from_table(
        {
            "model": {"name": "residual_unet", "options": {"widths": [4, 8]}},
            "data": {
                "sources": [f"{images}?missing=clean"],
                "validation": "fixed",
                "patch_size": 0,
                "crop_size": 16,
            },
            "train": {"epochs": 1, "batch_size": 2},
        }
    )
    data = gather_data(run)
    run_experiment(run, data, tmp_path / "run")
    words = Wording(name="toy", notes="A toy.")
    torch.set_num_threads(2)
    card = read_card(publish(tmp_path / "run", data.manifest, words, threads=1))
    assert torch.get_num_threads() == 1
    assert (card.temperature, card.threshold) == (1.0, 0.5)
    assert card.notes.startswith("A toy. Not calibrated: The validation pixels are all background")
    assert {record.n_images for record in card.metrics} == {1}


def test_without_an_epoch_there_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no epoch yet"):
        publish(tmp_path, Manifest(), Wording())


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("pairs:/some/where/walls?use=any", "pairs:walls?use=any"),
        ("/some/where/walls/", "walls"),
        ("walls", "walls"),
        ("cfd:CFD", "cfd:CFD"),
        ("C:\\data\\walls", "walls"),
        ("synthetic:?count=3", "synthetic:?count=3"),
    ],
)
def test_a_card_does_not_say_where_data_lay(source, kept):
    run = RunConfig().with_changes({"data.sources": [source]})
    assert without_folders(run).data.sources == (kept,)
