"""Readers: each layout as published, found out by itself, and what is wrong in one sentence."""

import numpy as np
import pytest
from PIL import Image

from segmentation.data.errors import DataError
from segmentation.data.readers import READERS, find_reader
from segmentation.data.sources import collect, parse_source, reader_of
from tests.segmentation.data.layouts import (
    crack,
    make_cfd,
    make_csb_images,
    make_csb_patches,
    make_deepcrack,
    make_pairs,
    picture,
    save,
)


def load(manifest, name):
    item = next(item for item in manifest.items if item.name.endswith(name))
    reader, folder, options = reader_of(manifest.origin_of(item))
    return reader.load(folder, item, options)


@pytest.mark.parametrize("value", [1, 255])
def test_pairs(tmp_path, value):
    manifest = collect([str(make_pairs(tmp_path / "own", value=value))])
    assert manifest.origins[0].layout == "pairs"
    assert [item.name for item in manifest.items] == ["own/a", "own/b", "own/c"]
    image, mask = load(manifest, "/b")
    assert (image == picture(1)).all()
    assert (mask == crack(6)).all()
    assert manifest.items[1].crack_pixels == crack(6).sum()
    assert (manifest.items[1].width, manifest.items[1].height) == (48, 32)


def test_lists_and_folders_say_the_split(tmp_path):
    listed = make_pairs(tmp_path / "listed")
    (listed / "train.txt").write_text("a\n")
    (listed / "valid.txt").write_text("b\n\n")
    (listed / "test.txt").write_text("images/c.png masks/c.png\n")
    folders = tmp_path / "folders"
    make_pairs(folders / "train", ["a"])
    make_pairs(folders / "val", ["a"])
    for folder, splits in ((listed, ["train", "val", "test"]), (folders, ["train", "val"])):
        items = collect([str(folder)]).items
        assert [item.split for item in items] == splits
        assert all(item.is_fixed for item in items)


def test_groups_by_expression(tmp_path):
    make_pairs(tmp_path / "own", ["p-1", "p-2", "q-1"])
    items = collect([rf"{tmp_path / 'own'}?group=^(.*)-\d+$"]).items
    assert [item.source for item in items] == ["p", "p", "q"]
    with pytest.raises(DataError, match=r"group=\( is no regular expression"):
        collect([f"{tmp_path / 'own'}?group=("])


def test_three_classes_are_refused_and_can_be_explained(tmp_path):
    folder = make_pairs(tmp_path / "own", ["a"])
    mask = crack(5) * np.uint8(255)
    mask[20:24] = 128
    file = save(folder / "masks" / "a.png", mask)
    with pytest.raises(DataError) as caught:
        collect([str(folder)])
    assert str(caught.value) == (
        f"{file} has 3 values (0, 128, 255) where a mask has two; say which is crack, as in "
        "crack=255, and which nobody has labelled, as in unlabelled=128."
    )
    (item,) = collect([f"{folder}?crack=255"]).items
    assert (item.crack_pixels, item.unlabelled_pixels) == (crack(5).sum(), 0)
    manifest = collect([f"{folder}?unlabelled=128"])
    assert manifest.items[0].unlabelled_pixels == 4 * 48
    assert set(np.unique(load(manifest, "a")[1])) == {0, 1, 255}


def test_what_is_wrong_with_pairs_is_said(tmp_path):
    folder = make_pairs(tmp_path / "own")
    save(folder / "masks" / "b.png", crack(5, (40, 32)))
    with pytest.raises(DataError, match=r"b\.png has 40 x 32 pixels, but its image .*48 x 32; sav"):
        collect([str(folder)])
    (folder / "masks" / "b.png").unlink()
    with pytest.raises(DataError, match=r"images/b\.png has no partner in .*masks; add it"):
        collect([str(folder)])
    assert len(collect([f"{folder}?missing=skip"]).items) == 2
    assert [i.crack_pixels > 0 for i in collect([f"{folder}?missing=clean"]).items] == [1, 0, 1]
    for name in "ac":
        (folder / "masks" / f"{name}.png").unlink()
    with pytest.raises(DataError, match=r"masks holds no masks; put one mask for each image"):
        collect([str(folder)])
    (folder / "masks").rmdir()
    with pytest.raises(DataError, match="has no folder of masks"):
        collect([str(folder)])
    assert len(collect([f"{folder}?missing=clean"]).items) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty, damaged or no image; copy it again"),
        (b"half", "is empty, damaged or no image; copy it again"),
        (None, r"cannot be decoded \(.*truncated.*\); copy it again"),
    ],
)
def test_a_damaged_image_is_named(tmp_path, content, message):
    folder = make_pairs(tmp_path / "own")
    path = folder / "images" / "b.png"
    path.write_bytes(path.read_bytes()[:1500] if content is None else content)
    with pytest.raises(DataError, match=message) as caught:
        collect([str(folder)])
    assert str(path) in str(caught.value)


def test_soft_inverted_and_colored_masks(tmp_path):
    folder = make_pairs(tmp_path / "own", ["a"])
    file = folder / "masks" / "a.png"
    save(file, (1 - crack(5)) * np.uint8(255))
    with pytest.raises(DataError, match=r"marks 9\d% of the image as crack; .* inverted=true"):
        collect([str(folder)])
    assert collect([f"{folder}?inverted=true"]).items[0].crack_pixels == crack(5).sum()
    save(file, np.arange(48 * 32, dtype=np.uint16).reshape(32, 48).astype(np.uint8))
    with pytest.raises(DataError, match=r"has 256 values.*as in threshold=127"):
        collect([str(folder)])
    assert collect([f"{folder}?threshold=250"]).items[0].crack_pixels == 30
    red = np.zeros((32, 48, 3), np.uint8)
    red[..., 0] = crack(5) * 200
    save(file, red)
    assert collect([str(folder)]).items[0].crack_pixels == crack(5).sum()


def test_photographs_of_16_bit_and_turned_ones(tmp_path):
    folder = tmp_path / "own"
    deep = (np.arange(48 * 32).reshape(32, 48) * 40).astype(np.uint16)
    save(folder / "images" / "deep.png", deep)
    save(folder / "masks" / "deep.png", crack(5))
    exif = Image.Exif()
    exif[0x0112] = 6
    (folder / "images").mkdir(exist_ok=True)
    Image.fromarray(picture(1)).save(folder / "images" / "turned.jpg", exif=exif)
    save(folder / "masks" / "turned.png", np.rot90(crack(5), -1).copy())
    manifest = collect([str(folder)])
    assert load(manifest, "deep")[0][..., 0].tolist() == np.round(deep / 257 - 1e-9).tolist()
    image, mask = load(manifest, "turned")
    assert image.shape[:2] == mask.shape == (48, 32)


def test_cfd_as_published(tmp_path):
    manifest = collect([str(make_cfd(tmp_path / "CFD"))])
    assert manifest.origins[0].layout == "cfd"
    assert manifest.use() == "non-commercial"
    assert [(item.name, item.split) for item in manifest.items] == [
        ("CFD/001", "train"), ("CFD/057", "train"), ("CFD/058", "val"), ("CFD/073", "test"),
    ]  # fmt: skip
    assert (load(manifest, "001")[1] == crack(6)).all()
    assert len(collect([f"{tmp_path / 'CFD'}?exclude=1,58"]).items) == 3


def test_cfd_with_a_damaged_or_missing_truth(tmp_path):
    folder = make_cfd(tmp_path / "CFD", [1])
    truth = folder / "groundTruth" / "001.mat"
    truth.write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"001\.mat is no ground truth of CFD, or damaged"):
        collect([str(folder)])
    truth.unlink()
    with pytest.raises(DataError, match=r"001\.jpg has no ground truth .*001\.mat"):
        collect([f"cfd:{folder}"])


def test_csb_images(tmp_path):
    manifest = collect([str(make_csb_images(tmp_path / "CSB"))])
    assert manifest.origins[0].layout == "csb_images"
    assert {item.name.rpartition("/")[2]: item.split for item in manifest.items} == {
        "A": "train", "B": "train", "C": "train", "D": "test", "E": "test",
    }  # fmt: skip
    for name in "ABD":
        assert (load(manifest, name)[1] == crack(9)).all()
    for name in "CE":
        assert not load(manifest, name)[1].any()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"annotations": {"crack_pixels": [[0, 48]]}}', "has crack pixels outside of its image"),
        ('{"annotations": {"crack_pixels": [[0]]}}', "not pairs of a row and a column"),
        ('{"annotations": {}}', "lists no crack pixels"),
        ("[1", "is no JSON, or damaged"),
        (None, r"has no A\.json beside it; put it back, or move"),
    ],
)
def test_csb_annotations_that_are_wrong(tmp_path, text, message):
    file = make_csb_images(tmp_path) / "CSB_dataset" / "entire images" / "crack_train" / "A.json"
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    with pytest.raises(DataError, match=message):
        collect([str(tmp_path)])


def test_csb_patches(tmp_path):
    manifest = collect([str(make_csb_patches(tmp_path / "CSB"))])
    assert manifest.origins[0].layout == "csb_patches"
    assert [item.split for item in manifest.items] == ["test", "train", "train"]
    assert [item.source for item in manifest.items] == ["Q", "P", "P"]
    assert (load(manifest, "Q")[1] == crack(8)).all()
    make_csb_patches(tmp_path / "CSB", "30_70")
    with pytest.raises(DataError, match=r"holds several patch sets .*30_70, .*; choose one, as in"):
        collect([str(tmp_path / "CSB")])
    assert len(collect([f"{tmp_path / 'CSB'}?set=512_512/70_30"]).items) == 3


def test_deepcrack(tmp_path):
    manifest = collect([str(make_deepcrack(tmp_path / "DeepCrack"))])
    assert manifest.origins[0].layout == "deepcrack"
    assert [(item.name, item.split, item.source) for item in manifest.items] == [
        ("DeepCrack/train__11111", "train", "11111"),
        ("DeepCrack/train__11289-1", "train", "11289"),
        ("DeepCrack/test__11289-1", "test", "11289"),
    ]
    beside = tmp_path / "beside"
    save(beside / "x_image.png", picture(1))
    save(beside / "x_label_viz.png", crack(4) * np.uint8(255))
    (item,) = collect([str(beside)]).items
    assert (item.name, item.crack_pixels) == ("beside/x", crack(4).sum())


def test_synthetic_images_follow_from_their_seed():
    text = "synthetic:?count=5&size=64&seed=3&surfaces=plain,steel&clean_share=0.4"
    manifest = collect([text])
    assert manifest.use() == "any"
    assert sum("clean" in item.name for item in manifest.items) == 2
    assert sum(item.crack_pixels == 0 for item in manifest.items) >= 2
    item = manifest.items[0]
    reader, folder, options = reader_of(manifest.origins[0])
    first, again = (reader.load(folder, item, options) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (reader.load(folder, item, options, epoch=1)[0] == first[0]).all()
    fresh = parse_source(text + "&fresh=true").options
    assert (reader.load(folder, item, fresh, epoch=1)[0] != first[0]).any()
    assert (reader.load(folder, item, fresh, epoch=0)[0] == first[0]).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nowhere", "nowhere is not a folder"),
        ("cfd:nowhere", "nowhere is not a folder"),
        ("synthetic:?count=no", r"count is 'no'; it must be a whole number"),
        ("synthetic:?surfaces=moon", r"surfaces has 'moon'; there are asphalt"),
        ("synthetic:?counts=1", r"counts is not known; known here: origin"),
    ],
)
def test_sources_that_do_not_fit(text, message):
    with pytest.raises(DataError, match=message):
        parse_source(text)


def test_an_unknown_layout_is_explained(tmp_path):
    with pytest.raises(DataError, match="has no layout that is known; put photographs"):
        find_reader(tmp_path)


@pytest.mark.parametrize(
    ("name", "layout", "counts"),
    [
        ("CFD", "cfd", (56, 15, 0)),
        ("DeepCrack_native12", "pairs", (12, 0, 0)),
        ("UAV75", "pairs", (50, 10, 15)),
        ("DRIVE", "pairs", (20, 0, 0)),
    ],
)
def test_public_data(shared_dir, name, layout, counts):
    folder = shared_dir / "data" / name
    if not folder.is_dir():
        pytest.skip("the data set is not here")
    manifest = collect([str(folder)])
    assert manifest.origins[0].layout == layout
    splits = [item.split for item in manifest.items]
    assert tuple(splits.count(split) for split in ("train", "val", "test")) == counts
    assert all(item.crack_pixels for item in manifest.items)


def test_every_reader_has_a_title_and_names_its_options():
    for reader in READERS.values():
        assert reader.title
        reader.options()
