"""Batches of samples: the order of an epoch, the collection of samples, and torch's loader."""

import math
import signal
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Sampler

from segmentation.data.dataset import PatchDataset, Sample, SampleKey
from segmentation.data.errors import DataError
from segmentation.data.transforms import use_one_thread


class Batch(NamedTuple):
    """Samples that go through the network together.

    ``image`` is uint8 ``(B, 3, H, W)`` in channels-last memory, ``mask`` uint8 ``(B, 1, H, W)``.
    `to_device` makes floats of the image, behind the transfer, which is then a quarter as large.
    """

    image: Tensor
    mask: Tensor
    names: tuple[str, ...]
    skipped: tuple[str, ...]


class EpochBatches(Sampler[list[SampleKey]]):
    """Batches of keys of an epoch, shuffled by the seed; the same for any number of workers.

    Iterating gives the batches of the epoch that it was told to go to last. The last batch is
    filled up with patches from the beginning of the order, each as another sample, unless
    ``shuffle`` is false.

    Parameters
    ----------
    dataset
        What to draw from.
    batch_size
        Of all processes together.
    seed
        Of the order.
    epoch_samples
        Samples drawn in an epoch, by the weights of the origins; 0 is each patch once.
    shuffle
        Whether to; validation keeps the order and its last batch may be smaller.
    """

    def __init__(
        self,
        dataset: PatchDataset,
        batch_size: int,
        seed: int = 0,
        *,
        epoch_samples: int = 0,
        shuffle: bool = True,
    ) -> None:
        self._weights = dataset.weights()
        self._items = np.unique(dataset.item_of_patch, return_inverse=True)[1]
        self._nearby = 0 if dataset.fits_in_cache else dataset.images_in_cache()
        self._n_samples = epoch_samples or len(dataset)
        self._is_weighted = epoch_samples > 0
        self._batch_size, self._seed, self._shuffle = batch_size, seed, shuffle
        self._epoch, self._start = 0, 0

    def go_to(self, epoch: int, first_batch: int = 0) -> None:
        """Choose the epoch to iterate next, and from which of its batches on."""
        self._epoch, self._start = epoch, first_batch

    def __len__(self) -> int:
        return math.ceil(self._n_samples / self._batch_size)

    def __iter__(self) -> Iterator[list[SampleKey]]:
        keys = self._keys()
        for number in range(self._start, len(self)):
            yield keys[number * self._batch_size : (number + 1) * self._batch_size]

    def _keys(self) -> list[SampleKey]:
        if not self._shuffle:
            return [SampleKey(self._epoch, index) for index in range(self._n_samples)]
        rng = np.random.default_rng([self._seed, self._epoch])
        order = self._drawn(rng)
        order = _by_neighborhood(order, self._items, self._nearby, rng)
        n_missing = len(self) * self._batch_size - len(order)
        order = np.concatenate([order, np.resize(order, n_missing)])
        seen: dict[int, int] = {}
        keys: list[SampleKey] = []
        for index in order.tolist():
            keys.append(SampleKey(self._epoch, index, seen.get(index, 0)))
            seen[index] = seen.get(index, 0) + 1
        return keys

    def _drawn(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """Return patches in random order, each about as often as its weight says."""
        if not self._is_weighted:
            return rng.permutation(self._n_samples)
        shuffled = rng.permutation(len(self._weights))
        bounds = np.cumsum(self._weights[shuffled]) * self._n_samples
        places = np.searchsorted(bounds, np.arange(self._n_samples) + rng.random(), side="right")
        return rng.permutation(shuffled[np.minimum(places, len(shuffled) - 1)])


def collate(samples: Sequence[Sample]) -> Batch:
    """Return samples as a batch; a DataError where their sizes differ."""
    sizes = {sample.mask.shape for sample in samples}
    if len(sizes) > 1:
        first, other = sorted(sizes)[:2]
        raise DataError(
            f"Images of {first[1]} x {first[0]} and of {other[1]} x {other[0]} pixels do not go "
            "into one batch; set data.crop_size or data.patch_size, or a batch size of 1."
        )
    images = torch.from_numpy(np.stack([sample.image for sample in samples]))
    masks = torch.from_numpy(np.stack([sample.mask for sample in samples]))
    return Batch(
        images.permute(0, 3, 1, 2),
        masks[:, None],
        tuple(sample.name for sample in samples),
        tuple(sentence for sample in samples for sentence in sample.skipped),
    )


def to_device(batch: Batch, device: torch.device | str) -> Batch:
    """Return a batch on a device, the image as float32 in [0, 1], still in channels-last memory."""
    image = batch.image.to(device, non_blocking=True)
    mask = batch.mask.to(device, non_blocking=True)
    return batch._replace(image=image.float().div_(255.0), mask=mask)


def make_loader(
    dataset: PatchDataset,
    batches: Iterable[list[SampleKey]],
    *,
    workers: int = 0,
    pin_memory: bool = False,
    prefetch: int = 4,
) -> DataLoader[Any]:
    """Return a loader of `Batch` es.

    Parameters
    ----------
    dataset
        `PatchDataset.preload` first lets the workers share what is decoded.
    batches
        Of keys; choose its epoch by ``go_to`` before each pass.
    workers
        Processes that load, kept from epoch to epoch; 0 loads in this one. Each uses one thread,
        and OpenCV in this process does too from then on.
    pin_memory
        For a faster transfer to a CUDA device.
    prefetch
        Batches that each worker is ahead.
    """
    if workers:
        use_one_thread()
    return DataLoader(
        dataset,
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=collate,
        pin_memory=pin_memory,
        worker_init_fn=_start_worker if workers else None,
        persistent_workers=workers > 0,
        prefetch_factor=prefetch if workers else None,
        # Of the loader itself, so that iterating does not draw from torch's own generator.
        generator=torch.Generator(),
    )


def _start_worker(_number: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all; the first process decides
    use_one_thread()


def _by_neighborhood(
    order: NDArray[np.intp], items: NDArray[np.intp], nearby: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Sort an order so that ``nearby`` images at a time are drawn from; 0 leaves it."""
    if not nearby:
        return order
    image_places = rng.permutation(int(items.max()) + 1)
    return order[np.argsort(image_places[items[order]] // nearby, kind="stable")]
