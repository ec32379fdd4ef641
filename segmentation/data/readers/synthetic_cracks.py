"""Synthetic cracks as a source: generated when they are needed, the seed being all there is."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import numpy as np

from segmentation.data.errors import DataError
from segmentation.data.manifest import Item
from segmentation.data.mask_files import Mask
from segmentation.data.readers.base import Found, Pixels, Reader, SourceOptions
from segmentation.data.synthetic import SURFACES, generate, sample_parameters
from segmentation.toml_records import Range

_EPOCH_STEP: Final = 1_000_003  # prime, so that the images of different epochs do not meet


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticOptions(SourceOptions):
    """Options of synthetic images.

    Attributes
    ----------
    surfaces
        What is drawn in turn.
    count
        Number of images.
    size
        Side in px of each.
    seed
        Of the first image; the others follow.
    clean_share
        Share of images without a crack.
    fresh
        Draw new images in every epoch; costs about 0.2 s for 512 px each time.
    """

    surfaces: tuple[str, ...] = ("asphalt", "concrete", "steel")
    count: Annotated[int, Range(1, 1_000_000)] = 100
    size: Annotated[int, Range(64, 4096)] = 512
    seed: Annotated[int, Range(0, 2**31)] = 0
    clean_share: Annotated[float, Range(0.0, 1.0)] = 0.2
    fresh: bool = False

    def __post_init__(self) -> None:
        """Check each field, and that the surfaces are known."""
        SourceOptions.__post_init__(self)
        for surface in self.surfaces:
            if surface not in SURFACES:
                raise ValueError(f"surfaces has {surface!r}; there are {', '.join(SURFACES)}.")
        if not self.surfaces:
            raise ValueError("surfaces is empty; name at least one.")


class SyntheticReader(Reader):
    """Generates images; the folder is not looked at."""

    title = "Synthetic cracks"
    options = SyntheticOptions
    licence = "generated"
    use = "any"

    def recognizes(self, folder: Path) -> bool:
        """Tell that no folder is synthetic."""
        return False

    def find(self, folder: Path, options: SyntheticOptions) -> Iterable[Found]:
        """Return what is to be generated; cleans are spread evenly."""
        for number in range(options.count):
            seed = options.seed + number
            surface = options.surfaces[number % len(options.surfaces)]
            share = options.clean_share
            is_clean = int((number + 1) * share) > int(number * share)
            name = f"{surface}-{options.size}-{seed}{'-clean' if is_clean else ''}"
            facts = {"surface": surface, "size": options.size, "seed": seed, "clean": is_clean}
            yield Found(name=name, image=name, facts=facts)

    def load_mask(self, folder: Path, item: Item, options: SyntheticOptions) -> Mask:
        """Return the mask of an item's first image."""
        return self.load(folder, item, options)[1]

    def load(
        self, folder: Path, item: Item, options: SyntheticOptions, epoch: int = 0
    ) -> tuple[Pixels, Mask]:
        """Generate an image; the same seed gives the same."""
        facts = item.facts
        seed = int(facts["seed"]) + (_EPOCH_STEP * epoch if options.fresh else 0)
        parameters = sample_parameters(facts["surface"], facts["size"], facts["size"], seed)
        if facts["clean"]:
            parameters = replace(parameters, n_cracks=0)
        try:
            made = generate(parameters)
        except ValueError as error:
            raise DataError(f"{item.name} cannot be generated: {error}") from error
        return made.image, np.ascontiguousarray(made.mask)

    def size_of(self, folder: Path, found: Found) -> tuple[int, int]:
        """Return the size asked for."""
        return found.facts["size"], found.facts["size"]

    def hashes(self, folder: Path, found: Found) -> tuple[str, str, str]:
        """Return the hash of what is to be generated; no two are alike."""
        digest = hashlib.sha256(json.dumps(found.facts, sort_keys=True).encode()).hexdigest()
        return digest, digest, ""
