"""Images with masks from sources of data, each with the probability to be judged."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from segmentation.data.errors import DataError
from segmentation.data.manifest import SPLITS, Item, Manifest, Split, load_manifest
from segmentation.data.sources import Report, collect, reader_of
from segmentation.evaluation import report as counted
from segmentation.inference.probability_files import read_probability

Part = Split | Literal["all"]
Pixels = NDArray[np.uint8]
Probability = NDArray[np.float32]

ProbabilityOf = Callable[[Item, Pixels], Probability]
"""Gives the probability ``(H, W)`` in [0, 1] of an item and its image ``(H, W, 3)``."""

_SUFFIXES: Final = (".png", ".npz")


def gather(
    sources: Sequence[str], part: Part = "all", limit: int = 0, report: Report | None = None
) -> Manifest:
    """Return the images of a part of some sources.

    Parameters
    ----------
    sources
        As `segmentation.data.sources.parse_source` takes them; or the ``manifest.json`` of a
        training run, which knows its own splits, alone.
    part
        Split, or ``"all"``.
    limit
        Of so many images only, evenly spread; 0 takes all.
    report
        Called with the share done and the name of an item.

    Raises
    ------
    DataError
        There is no such image, or something is missing, damaged or unclear.
    """
    files = [source for source in sources if source.lower().endswith(".json")]
    if files and len(sources) > 1:
        raise DataError(f"{files[0]} is a manifest, which stands alone; evaluate the rest apart.")
    manifest = load_manifest(Path(files[0])) if files else collect(sources, report)
    chosen = manifest if part == "all" else manifest.of_split(part)
    if not chosen.items:
        raise DataError(_nothing_there(sources, part, manifest))
    if not 0 < limit < len(chosen.items):
        return chosen
    return chosen.with_items(chosen.items[len(chosen.items) * k // limit] for k in range(limit))


def _nothing_there(sources: Sequence[str], part: Part, manifest: Manifest) -> str:
    listed = ", ".join(sources)
    counts = Counter(item.split for item in manifest.items)
    if not counts:
        return f"{listed} holds no image with a mask; choose another folder."
    present = ", ".join(f"{split} ({counts[split]} images)" for split in SPLITS if counts[split])
    return f"{listed} holds no images of the split {part!r}; there is {present}, or take 'all'."


class DataItems:
    """What `segmentation.evaluation.report.evaluate` takes; one image is in memory at a time.

    Parameters
    ----------
    manifest
        The images.
    probability_of
        What is judged.
    """

    def __init__(self, manifest: Manifest, probability_of: ProbabilityOf) -> None:
        self.manifest = manifest
        self._probability_of = probability_of
        self._shown: tuple[str, Pixels] | None = None

    def __len__(self) -> int:
        return len(self.manifest.items)

    def __iter__(self) -> Iterator[counted.Item]:
        readers = {origin.name: reader_of(origin) for origin in self.manifest.origins}
        for item in self.manifest.items:
            reader, folder, options = readers[item.origin]
            image, mask = reader.load(folder, item, options)
            self._shown = (item.name, image)
            yield item.name, self._probability_of(item, image), mask

    def picture(self, name: str) -> Pixels | None:
        """Return the photograph that was given last, if it has this name."""
        return self._shown[1] if self._shown and self._shown[0] == name else None


class ProbabilityFolder:
    """Probabilities in the files that ``predict`` writes, PNG of 16 bits or NPZ.

    Called as `ProbabilityOf`. A file has the name of the image, in the folders that the image
    lies in or in none.

    Parameters
    ----------
    folder
        Holds the files.
    manifest
        The images; two of one name need their folders.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        if not folder.is_dir():
            raise DataError(f"{folder} is not a folder; name the one that `predict` wrote.")
        self.folder = folder
        self._stems = Counter(Path(item.image).stem for item in manifest.items)

    def __call__(self, item: Item, image: Pixels) -> Probability:
        """Return the probability of an item; a DataError says what is missing or wrong."""
        path = self._path_of(item)
        probability = read_probability(path)
        if probability.shape != image.shape[:2]:
            raise DataError(
                f"{path} has {probability.shape[1]} x {probability.shape[0]} pixels, but its image "
                f"{item.image} has {image.shape[1]} x {image.shape[0]}; predict it again."
            )
        return probability

    def _path_of(self, item: Item) -> Path:
        flat = Path(item.image).stem
        inside = [Path(item.image).with_suffix("").as_posix(), item.name.partition("/")[2]]
        for name in dict.fromkeys((*inside, flat)):
            for path in (self.folder / f"{name}{suffix}" for suffix in _SUFFIXES):
                if not path.is_file():
                    continue
                if name == flat and self._stems[flat] > 1:
                    raise DataError(
                        f"{self._stems[flat]} images are named {flat}, so that {path} may be of "
                        "any; put the files into folders as the images are, or evaluate each "
                        "split apart."
                    )
                return path
        raise DataError(
            f"{self.folder} holds no {flat}.png for {item.image}; predict this image, or choose "
            "the part of the data that was predicted."
        )
