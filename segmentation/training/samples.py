"""Pictures of what a network makes of some images while it learns."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from segmentation.data.errors import DataError
from segmentation.data.manifest import Item, Manifest
from segmentation.data.mask_files import Mask
from segmentation.data.sources import reader_of
from segmentation.durable_files import NotSavedError, write_file
from segmentation.models.base import CrackModel
from segmentation.training.events import OnEvent, Sampled, Warned

FOLDER: Final = "samples"
SIDE: Final = 256
MOST: Final = 4
_TRUTH: Final = (0xE6, 0x9F, 0x00)
_PREDICTED: Final = (0x56, 0xB4, 0xE9)


@dataclass(frozen=True, slots=True)
class _Crop:
    image: NDArray[np.uint8]
    mask: Mask


class Samples:
    """Draws the same crops after each epoch: above as annotated, below as predicted.

    Parameters
    ----------
    folder
        Of the run.
    manifest
        Its data; validation images are shown, and training images where there are none.
    tell
        Told of each picture.
    """

    def __init__(self, folder: Path, manifest: Manifest, tell: OnEvent) -> None:
        self._folder = folder
        self._tell = tell
        self._crops = list(_crops(manifest))

    def __call__(self, model: CrackModel, epoch: int) -> None:
        """Draw the picture of an epoch."""
        if not self._crops:
            return
        columns = [_column(crop, _probability(model, crop.image)) for crop in self._crops]
        picture = np.concatenate(columns, axis=1)
        _, content = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
        file = self._folder / FOLDER / f"epoch-{epoch + 1:05d}.png"
        try:
            write_file(file, content.tobytes())
        except NotSavedError as error:
            self._tell(Warned(str(error)))
            return
        self._tell(Sampled(f"{FOLDER}/{file.name}", epoch))


def _crops(manifest: Manifest) -> list[_Crop]:
    """Return a crop of each of the images with most to see; what cannot be read is passed over."""
    items = manifest.of_split("val").items or manifest.of_split("train").items
    chosen = sorted(items, key=lambda item: -item.crack_pixels)[:MOST]
    crops: list[_Crop] = []
    for item in chosen:
        try:
            crops.append(_crop(manifest, item))
        except DataError:
            continue
    return crops


def _crop(manifest: Manifest, item: Item) -> _Crop:
    reader, folder, options = reader_of(manifest.origin_of(item))
    image, mask = reader.load(folder, item, options)
    sums = cv2.boxFilter((mask == 1).astype(np.float32), -1, (SIDE, SIDE), normalize=False)
    row, column = np.unravel_index(int(sums.argmax()), sums.shape)
    place = tuple(
        slice(start := int(min(max(center - SIDE // 2, 0), max(length - SIDE, 0))), start + SIDE)
        for center, length in zip((row, column), mask.shape, strict=True)
    )
    picture = np.full((SIDE, SIDE, 3), 128, np.uint8)
    labels = np.zeros((SIDE, SIDE), np.uint8)
    height, width = mask[place].shape
    picture[:height, :width], labels[:height, :width] = image[place], mask[place]
    return _Crop(picture, labels)


def _probability(model: CrackModel, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    batch = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None].to(device)
    with torch.no_grad():
        logits = model(batch.float() / 255.0).logits
    model.train(was_training)
    return torch.sigmoid(logits)[0, 0].float().cpu().numpy()


def _column(crop: _Crop, probability: NDArray[np.float32]) -> NDArray[np.uint8]:
    truth = (crop.mask == 1).astype(np.uint8)
    edge = cv2.dilate(truth, np.ones((3, 3), np.uint8)) - truth
    above = crop.image.copy()
    above[edge > 0] = _TRUTH
    share = probability[..., None] * 0.9
    below = crop.image * (1.0 - share) + np.array(_PREDICTED) * share
    return np.concatenate([above, np.clip(below, 0, 255).astype(np.uint8)])
