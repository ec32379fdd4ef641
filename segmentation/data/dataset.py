"""Training and validation samples out of a manifest, the same for any number of workers."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from segmentation.config import DataConfig
from segmentation.data.errors import DataError
from segmentation.data.image_cache import ImageCache, Pair
from segmentation.data.manifest import Item, Manifest
from segmentation.data.mask_files import Mask
from segmentation.data.patches import CropSampler, Patch, compose, cut_patches
from segmentation.data.readers.base import Reader, SourceOptions
from segmentation.data.sources import reader_of
from segmentation.data.transforms import find_augmentation
from segmentation.data.views import View, cut_view

OnDamage = Literal["stop", "skip"]
CACHE_BYTES: Final = 1 << 30
_ATTEMPTS: Final = 20


class SampleKey(NamedTuple):
    """Which sample: patch ``index``, drawn for the ``repeat``-th time more in an epoch."""

    epoch: int
    index: int
    repeat: int = 0


class Sample(NamedTuple):
    """A crop with its mask.

    ``image`` is ``(height, width, 3)`` uint8, ``mask`` ``(height, width)``; ``skipped`` says which
    images were to be shown here but could not be read.
    """

    image: NDArray[np.uint8]
    mask: Mask
    name: str
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOptions:
    """How samples are made of patches.

    Attributes
    ----------
    patch_size
        Side of the patches; 0 is whole images.
    crop_size
        Side of the crop that is cut from a patch each time; 0 takes the patch, enlarged by its
        mirror image where it is smaller than ``patch_size``.
    augmentation
        Name of the list of random changes.
    sampler
        Where crops are cut.
    seed
        Everything random follows from it, the epoch and the patch.
    on_damage
        What becomes of an image that cannot be read: "stop", or "skip", which shows another one
        in its place and says so.
    cache_bytes
        Of decoded images kept in memory by each process.
    """

    patch_size: int = 0
    crop_size: int = 0
    augmentation: str = "none"
    sampler: CropSampler = field(default_factory=CropSampler)
    seed: int = 0
    on_damage: OnDamage = "stop"
    cache_bytes: int = CACHE_BYTES


class PatchDataset(Dataset[Sample]):
    """Patches of the images of a manifest; indexed by `SampleKey`, or by number for epoch 0.

    Parameters
    ----------
    manifest
        The images, of one split.
    patches
        Parts of them, as `list_patches` and `compose` give them.
    options
        How samples are made.
    """

    def __init__(
        self, manifest: Manifest, patches: Sequence[Patch], options: SampleOptions
    ) -> None:
        self.manifest = manifest
        self.patches = tuple(patches)
        self.options = options
        self.augmentation = find_augmentation(options.augmentation)
        self._items = {item.name: item for item in manifest.items}
        self._readers = {origin.name: reader_of(origin) for origin in manifest.origins}
        self._cache = ImageCache(options.cache_bytes)
        self.check()

    def __len__(self) -> int:
        return len(self.patches)

    def __getstate__(self) -> dict[str, object]:
        # A list of random changes is looked up again: functions made by functions do not pickle.
        return {name: value for name, value in vars(self).items() if name != "augmentation"}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self.augmentation = find_augmentation(self.options.augmentation)

    def __getitem__(self, key: SampleKey | int) -> Sample:
        key = SampleKey(*key) if isinstance(key, tuple) else SampleKey(0, key)
        skipped: list[str] = []
        for attempt in range(_ATTEMPTS):
            patch = self.patches[key.index] if not attempt else self._substitute(key, attempt)
            try:
                image, mask = self.load(patch.item, key.epoch)
            except DataError as error:
                if self.options.on_damage == "stop":
                    raise
                skipped.append(str(error))
                continue
            image, mask = self._cut(image, mask, patch, key)
            return Sample(image, mask, patch.name, tuple(skipped))
        raise DataError(f"{_ATTEMPTS} images in a row cannot be read. {skipped[-1]}")

    def check(self) -> None:
        """Raise a DataError if there is nothing to show."""
        if not self.patches:
            raise DataError("There are no patches to show; check the split and the sources.")

    def load(self, name: str, epoch: int = 0) -> Pair:
        """Return an item's image and mask, read-only."""
        item = self._items[name]
        reader, folder, options = self._readers[item.origin]
        if getattr(options, "fresh", False):
            return reader.load(folder, item, options, epoch)
        return self._cache.get(name, lambda: _load(reader, folder, item, options))

    def preload(self) -> int:
        """Load as many images as the cache holds, and return how many.

        Done before workers are started, these share the memory where the system forks processes.
        """
        names = dict.fromkeys(patch.item for patch in self.patches)
        for name in names:
            item = self._items[name]
            if self._cache.n_bytes + _decoded_bytes(item) > self._cache.limit:
                break
            try:
                self.load(name)
            except DataError:
                if self.options.on_damage == "stop":
                    raise
        return len(self._cache)

    @property
    def item_of_patch(self) -> tuple[str, ...]:
        """Name of each patch's image, for an order that goes easy on the cache."""
        return tuple(patch.item for patch in self.patches)

    @property
    def fits_in_cache(self) -> bool:
        """Whether all images that are shown fit in the cache."""
        names = {patch.item for patch in self.patches}
        needed = sum(_decoded_bytes(self._items[name]) for name in names)
        return needed <= self.options.cache_bytes

    def images_in_cache(self) -> int:
        """Return how many images of the largest size fit in half of the cache, at least one."""
        names = {patch.item for patch in self.patches}
        largest = max(_decoded_bytes(self._items[name]) for name in names)
        return max(self.options.cache_bytes // 2 // largest, 1)

    def weights(self) -> NDArray[np.float64]:
        """Return how often each patch is to be drawn: origins by their weights, or all alike."""
        origins = {origin.name: origin.weight for origin in self.manifest.origins}
        of_patch = [self._items[patch.item].origin for patch in self.patches]
        counts = {name: of_patch.count(name) for name in set(of_patch)}
        if not any(origins[name] for name in counts):
            return np.full(len(self.patches), 1.0 / len(self.patches))
        # An origin without a weight of its own weighs 1.
        drawn = np.array([(origins[name] or 1.0) / counts[name] for name in of_patch])
        return drawn / drawn.sum()

    def _substitute(self, key: SampleKey, attempt: int) -> Patch:
        rng = np.random.default_rng([self.options.seed, key.epoch, key.index, key.repeat, attempt])
        return self.patches[int(rng.integers(len(self.patches)))]

    def _cut(self, image: NDArray[np.uint8], mask: Mask, patch: Patch, key: SampleKey) -> Pair:
        rng = self._generator(patch, key)
        options = self.options
        side = options.crop_size or options.patch_size
        size = (side, side) if side else (patch.width, patch.height)
        scale, angle = self.augmentation.draw_pose(rng)
        view = View((0.0, 0.0), size, scale, angle)
        spots = self._items[patch.item].spots
        center = options.sampler.draw(rng, patch, mask, view.extent(), spots)
        crop, labels = cut_view(image, mask, replace(view, center=center))
        crop, labels = self.augmentation(crop, labels, rng)
        return np.ascontiguousarray(crop), np.ascontiguousarray(labels)

    def _generator(self, patch: Patch, key: SampleKey) -> np.random.Generator:
        identity = zlib.crc32(patch.name.encode())
        return np.random.default_rng([self.options.seed, key.epoch, identity, key.repeat])


def list_patches(manifest: Manifest, patch_size: int) -> list[Patch]:
    """Return all patches of a manifest's images; masks are read where images are cut into several.

    Parameters
    ----------
    manifest
        The images.
    patch_size
        Side of the patches; 0 takes whole images.
    """
    patches: list[Patch] = []
    readers = {origin.name: reader_of(origin) for origin in manifest.origins}
    for item in manifest.items:
        if not patch_size or max(item.width, item.height) <= patch_size:
            if item.unlabelled_pixels < item.width * item.height:
                whole = Patch(item.name, 0, 0, item.width, item.height, item.crack_pixels)
                patches.append(whole)
            continue
        if not item.crack_pixels and not item.unlabelled_pixels:
            blank = np.zeros((item.height, item.width), np.uint8)
            patches += cut_patches(item.name, blank, patch_size)
            continue
        reader, folder, options = readers[item.origin]
        patches += cut_patches(item.name, reader.load_mask(folder, item, options), patch_size)
    return patches


def training_dataset(
    manifest: Manifest, config: DataConfig, seed: int, cache_bytes: int = CACHE_BYTES
) -> tuple[PatchDataset, tuple[str, ...]]:
    """Return what a run trains on, and remarks for its log.

    Parameters
    ----------
    manifest
        With splits assigned; its training images are taken.
    config
        Patches, crops and augmentation.
    seed
        Of the run.
    cache_bytes
        Of decoded images kept in memory by each process.
    """
    part = manifest.of_split("train")
    composition = compose(list_patches(part, config.patch_size), config.recipe, seed)
    options = SampleOptions(
        patch_size=config.patch_size,
        crop_size=config.crop_size,
        augmentation=config.augmentation,
        sampler=CropSampler(
            crack_centered=config.crack_centered, hard_negatives=config.hard_negatives
        ),
        seed=seed,
        on_damage=config.on_damage,
        cache_bytes=cache_bytes,
    )
    return PatchDataset(part, composition.patches, options), composition.notes


def validation_dataset(
    manifest: Manifest, config: DataConfig, cache_bytes: int = CACHE_BYTES
) -> PatchDataset:
    """Return the validation images as patches of `DataConfig.patch_size`, nothing random in them.

    Whole images may differ in size; a loader shows those one by one.
    """
    part = manifest.of_split("val")
    options = SampleOptions(
        patch_size=config.patch_size, on_damage=config.on_damage, cache_bytes=cache_bytes
    )
    patches = list_patches(part, config.patch_size)
    most = config.validation_patches
    if 0 < most < len(patches):
        patches = [patches[len(patches) * number // most] for number in range(most)]
    return PatchDataset(part, patches, options)


def _load(reader: Reader, folder: Path, item: Item, options: SourceOptions) -> Pair:
    image, mask = reader.load(folder, item, options)
    return np.ascontiguousarray(image), np.ascontiguousarray(mask)


def _decoded_bytes(item: Item) -> int:
    return 4 * item.width * item.height
