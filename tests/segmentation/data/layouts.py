"""Small data sets in every layout that is read, written into a folder."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (48, 32)


def picture(seed, size=SIZE):
    """Return a smooth random RGB picture, with small noise."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8))
    smooth = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC), float)
    return np.clip(smooth + rng.normal(0, 2, smooth.shape), 0, 255).astype(np.uint8)


def crack(row, size=SIZE):
    """Return a 0/1 mask with a horizontal crack of two rows."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    mask[row : row + 2, 4:-4] = 1
    return mask


def save(path, array):
    """Save an array as an image, its folder too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)
    return path


def make_pairs(folder: Path, names=("a", "b", "c"), value=255):
    """Write images/X.png and masks/X.png; the crack of number n begins in row 5 + n."""
    for number, name in enumerate(names):
        save(folder / "images" / f"{name}.png", picture(number))
        save(folder / "masks" / f"{name}.png", crack(5 + number) * np.uint8(value))
    return folder


def make_cfd(folder: Path, numbers=(1, 42, 57, 58, 73)):
    """Write CFD as published, with labels 1 to 4."""
    from scipy.io import savemat

    for number in numbers:
        save(folder / "image" / f"{number:03d}.jpg", picture(number))
        labels = crack(6) + np.uint8(1)
        labels[20:22] = 3
        labels[24:26] = 4
        path = folder / "groundTruth" / f"{number:03d}.mat"
        path.parent.mkdir(exist_ok=True)
        savemat(path, {"groundTruth": {"Segmentation": labels, "Boundaries": labels == 2}})
    return folder


def make_csb_images(folder: Path):
    """Write whole photographs of CSB, one annotation under each of the two keys."""
    top = folder / "CSB_dataset" / "entire images"
    pixels = np.argwhere(crack(9)).tolist()
    for group, name, record in (
        ("crack_train", "A", {"annotations": {"crack_pixels": pixels}}),
        ("crack_train", "B", {"crack pixels": pixels}),
        ("nocrack_train", "C", None),
        ("crack_test", "D", {"annotations": {"crack_pixels": pixels, "tracks": []}}),
        ("nocrack_test", "E", {"annotations": {"crack_pixels": []}}),
    ):
        save(top / group / f"{name}.JPG", picture(ord(name)))
        (top / group / f"._{name}.JPG").write_bytes(b"no image")
        if record is not None:
            (top / group / f"{name}.json").write_text(json.dumps(record))
    return folder


def make_csb_patches(folder: Path, name="70_30"):
    """Write a patch set of CSB with JPEG masks."""
    top = folder / "CSB_dataset" / "patch datasets" / "512_512" / name
    for number, place in enumerate(
        ("train_corrected/P_00000_00000", "train_corrected/sub/P_00000_00512", "test_corrected/Q")
    ):
        save(top / f"{place}.jpg", picture(number))
        Image.fromarray(crack(8) * np.uint8(255)).save(top / f"{place}mask.jpg", quality=95)
    (top / "train_corrected" / "._P_00000_00000mask.jpg").write_bytes(b"no image")
    return folder


def make_deepcrack(folder: Path):
    """Write DeepCrack as published."""
    for number, (split, name) in enumerate(
        (("train", "11111"), ("train", "11289-1"), ("test", "11289-1"))
    ):
        save(folder / f"{split}_img" / f"{name}.jpg", picture(number))
        save(folder / f"{split}_lab" / f"{name}.png", crack(4) * np.uint8(255))
    return folder
