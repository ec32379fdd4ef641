"""Samples and batches: the same for any number of workers and processes."""

import pickle
from itertools import pairwise

import numpy as np
import pytest
import torch

from segmentation.config import DataConfig
from segmentation.data.dataset import (
    PatchDataset,
    SampleKey,
    SampleOptions,
    list_patches,
    training_dataset,
    validation_dataset,
)
from segmentation.data.errors import DataError
from segmentation.data.image_cache import ImageCache
from segmentation.data.loader import EpochBatches, collate, make_loader, to_device
from segmentation.data.sources import collect
from segmentation.data.splits import assign_splits
from segmentation.presets import load_preset, preset_names
from tests.segmentation.data.layouts import crack, make_pairs, picture

pytestmark = pytest.mark.torch
NAMES = tuple("abcdefgh")


@pytest.fixture
def manifest(tmp_path):
    return collect([str(make_pairs(tmp_path / "own", NAMES))])


def dataset_of(manifest, **options):
    options = {"crop_size": 24, "augmentation": "strong", **options}
    size = options.get("patch_size", 0)
    return PatchDataset(manifest, list_patches(manifest, size), SampleOptions(**options))


def epoch_of(dataset, epoch=0, workers=0, **options):
    batches = EpochBatches(dataset, 3, seed=1, **options)
    loader = make_loader(dataset, batches, workers=workers)
    batches.go_to(epoch)
    return list(loader)


def same(first, second):
    return len(first) == len(second) and all(
        a.names == b.names and torch.equal(a.image, b.image) and torch.equal(a.mask, b.mask)
        for a, b in zip(first, second, strict=True)
    )


def test_a_sample_without_changes_is_the_image_itself(manifest):
    dataset = dataset_of(manifest, crop_size=0, augmentation="none")
    assert len(dataset) == len(NAMES)
    for number in range(3):
        sample = dataset[number]
        assert (sample.image == picture(number)).all()
        assert (sample.mask == crack(5 + number)).all()
        assert sample.name == f"own/{NAMES[number]}@0,0"


def test_samples_depend_on_epoch_and_repeat_only(manifest):
    dataset, other = dataset_of(manifest), dataset_of(manifest, cache_bytes=0)
    for key in (SampleKey(0, 1), SampleKey(3, 1), SampleKey(3, 1, 1)):
        assert (dataset[key].image == other[key].image).all()
        assert (dataset[key].mask == other[key].mask).all()
    distinct = {dataset[SampleKey(e, 1, r)].image.tobytes() for e in range(3) for r in range(2)}
    assert len(distinct) == 6
    part = manifest.with_items(manifest.items[1:])
    assert (dataset_of(part)[SampleKey(2, 0)].image == dataset[SampleKey(2, 1)].image).all()


@pytest.mark.slow
def test_batches_do_not_depend_on_the_number_of_workers(manifest):
    dataset = dataset_of(manifest)
    alone = [epoch_of(dataset, epoch) for epoch in (0, 1)]
    batches = EpochBatches(dataset, 3, seed=1)
    loader = make_loader(dataset, batches, workers=2)
    for epoch, expected in enumerate(alone):
        batches.go_to(epoch)
        assert same(list(loader), expected)
    assert not same(*alone)


def test_iterating_leaves_the_generator_of_torch_alone(manifest):
    dataset = dataset_of(manifest)
    before = torch.get_rng_state()
    epoch_of(dataset)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_last_batch_is_filled_with_other_samples(manifest):
    batches = epoch_of(dataset_of(manifest))
    assert [len(batch.names) for batch in batches] == [3, 3, 3]
    shown = [name for batch in batches for name in batch.names]
    assert set(shown) == {f"own/{name}@0,0" for name in NAMES}
    assert shown[-1] == shown[0]
    assert not torch.equal(batches[-1].image[-1], batches[0].image[0])
    ordered = epoch_of(dataset_of(manifest), shuffle=False)
    assert [len(batch.names) for batch in ordered] == [3, 3, 2]


def test_an_epoch_can_be_entered_in_the_middle(manifest):
    batches = EpochBatches(dataset_of(manifest), 3, seed=1)
    batches.go_to(4)
    whole = list(batches)
    batches.go_to(4, first_batch=1)
    assert list(batches) == whole[1:]


def test_sources_are_drawn_by_their_weights(tmp_path):
    large = make_pairs(tmp_path / "large", [f"l{n}" for n in range(30)])
    small = make_pairs(tmp_path / "small", ["s"])
    manifest = collect([f"{large}?weight=1", f"{small}?weight=3"])
    batches = EpochBatches(dataset_of(manifest), 10, epoch_samples=100)
    keys = [key for batch in batches for key in batch]
    assert len(keys) == 100
    assert sum(key.index == 30 for key in keys) == 75
    assert len(set(keys)) == 100
    batches.go_to(1)
    assert keys != [key for batch in batches for key in batch]


def test_batches_are_ready_for_channels_last(manifest):
    batch = epoch_of(dataset_of(manifest))[0]
    assert batch.image.shape == (3, 3, 24, 24)
    assert batch.mask.shape == (3, 1, 24, 24)
    assert batch.image.is_contiguous(memory_format=torch.channels_last)
    ready = to_device(batch, "cpu")
    assert ready.image.is_contiguous(memory_format=torch.channels_last)
    assert ready.image.dtype == torch.float32
    assert torch.equal((ready.image * 255).round().to(torch.uint8), batch.image)


def test_sizes_that_differ_do_not_make_a_batch(tmp_path):
    folder = make_pairs(tmp_path / "own", ["a", "b"])
    for place, array in (("images", picture(0, (40, 32))), ("masks", crack(5, (40, 32)))):
        from PIL import Image

        Image.fromarray(array).save(folder / place / "b.png")
    dataset = dataset_of(collect([str(folder)]), crop_size=0, augmentation="none")
    with pytest.raises(DataError, match="Images of 40 x 32 and of 48 x 32 pixels do not go"):
        collate([dataset[0], dataset[1]])


def test_an_image_damaged_in_mid_epoch_is_named(manifest, tmp_path):
    file = tmp_path / "own" / "images" / "c.png"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"c\.png cannot be decoded"):
        epoch_of(dataset_of(manifest))
    batches = epoch_of(dataset_of(manifest, on_damage="skip"))
    assert [len(batch.names) for batch in batches] == [3, 3, 3]
    sentences = [sentence for batch in batches for sentence in batch.skipped]
    assert len(sentences) >= 1
    assert all("c.png cannot be decoded" in sentence for sentence in sentences)
    assert same(batches, epoch_of(dataset_of(manifest, on_damage="skip")))


def test_nothing_but_damaged_images_is_an_error(tmp_path):
    manifest = collect([str(make_pairs(tmp_path / "own", ["a"]))])
    (tmp_path / "own" / "images" / "a.png").write_bytes(b"")
    with pytest.raises(DataError, match="images in a row cannot be read"):
        _ = dataset_of(manifest, on_damage="skip")[0]


def test_small_patches_are_continued_by_their_mirror(manifest):
    sample = dataset_of(manifest, patch_size=64, crop_size=0, augmentation="none")[0]
    assert sample.image.shape == (64, 64, 3)
    assert (sample.image[16:48, 8:56] == picture(0)).all()
    assert (sample.image[15] == sample.image[17]).all()


def test_a_dataset_goes_to_other_processes_without_its_images(manifest):
    dataset = dataset_of(manifest)
    assert dataset.preload() == len(NAMES)
    copy = pickle.loads(pickle.dumps(dataset))
    assert len(pickle.dumps(dataset)) < 50_000
    assert (copy[SampleKey(1, 2)].image == dataset[SampleKey(1, 2)].image).all()


def test_a_small_cache_is_used_image_by_image(tmp_path):
    manifest = collect([str(make_pairs(tmp_path / "own", NAMES))])
    dataset = dataset_of(manifest, patch_size=16, crop_size=0, cache_bytes=4 * 4 * 48 * 32)
    assert not dataset.fits_in_cache
    keys = [key for batch in EpochBatches(dataset, 4) for key in batch]
    images = [dataset.patches[key.index].item for key in keys[: len(dataset)]]
    changes = sum(a != b for a, b in pairwise(images))
    half = len(images) // len(NAMES) * 2
    assert len(set(images[:half])) == 2
    assert changes > len(NAMES)


def test_the_cache_forgets_what_was_not_used_longest():
    loaded = []

    def load(name):
        loaded.append(name)
        return np.zeros((10, 10, 3), np.uint8), np.zeros((10, 10), np.uint8)

    cache = ImageCache(800)
    for name in ("a", "b", "a", "c", "a", "b"):
        image, _ = cache.get(name, lambda name=name: load(name))
        assert not image.flags.writeable
    assert loaded == ["a", "b", "c", "b"]
    assert cache.n_bytes == 800


@pytest.mark.parametrize("name", preset_names())
def test_presets_make_datasets(name, manifest):
    config = load_preset(name).config.data
    split = assign_splits(manifest, config.validation, config.validation_share)
    training, notes = training_dataset(split, config, seed=0)
    validation = validation_dataset(split, config)
    assert len(validation) == 1
    assert training[0].mask.shape == (config.crop_size or config.patch_size,) * 2
    assert len(notes) == (config.recipe == "30/70")


def test_of_many_validation_patches_some_are_spread_over_all(tmp_path):
    manifest = collect([f"{make_pairs(tmp_path / 'own', tuple('abcdef'))}?split=val"])
    every = validation_dataset(manifest, DataConfig(patch_size=16))
    some = validation_dataset(manifest, DataConfig(patch_size=16, validation_patches=6))
    assert len(every) == 36
    assert len(some) == 6
    assert len({patch.item for patch in some.patches}) == 6
    few = DataConfig(patch_size=16, validation_patches=100)
    assert len(validation_dataset(manifest, few)) == 36


def test_there_must_be_something_to_show(manifest):
    with pytest.raises(DataError, match="There are no patches to show"):
        validation_dataset(manifest, DataConfig())


def test_generated_images_can_change_with_the_epoch():
    same_each, fresh = (
        dataset_of(
            collect([f"synthetic:?count=2&size=64&fresh={fresh}"]),
            crop_size=0,
            augmentation="none",
        )
        for fresh in ("false", "true")
    )
    for dataset, differs in ((same_each, False), (fresh, True)):
        first, second = (dataset[SampleKey(epoch, 0)].image for epoch in (0, 1))
        assert (first != second).any() == differs
