"""The list of what a model learns from and is judged on: files, hashes, terms of use, split.

Needs no torch and decodes nothing. Files are named relative to the folder of their origin, so
that a manifest stays valid where the data lies elsewhere.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, Self, get_args

from segmentation.data.errors import DataError
from segmentation.durable_files import write_file

Split = Literal["train", "val", "test"]
Use = Literal["any", "non-commercial", "unknown"]
SPLITS: Final[tuple[Split, ...]] = get_args(Split)
_VERSION: Final = 1
_TWO_ORIGINS: Final = (
    "Two sources are named {}; list the folder once, or give one another name, as in origin=NAME."
)
_TWO_ITEMS: Final = (
    "Two images are named {}, their endings left out; rename one, or move it to another folder."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A data set that items come from.

    Attributes
    ----------
    name
        Unique in the manifest.
    layout
        Key of ``segmentation.data.readers.READERS``.
    folder
        Where the data lies here; empty for what is generated.
    licence, citation
        As the data set states them.
    use
        What the terms allow a model that learned from it to be used for.
    weight
        Share among the origins of what is drawn in an epoch, relative to the others' weights; 0
        goes by the number of patches.
    options
        Of the reader.
    """

    name: str
    layout: str
    folder: str
    licence: str = ""
    citation: str = ""
    use: Use = "unknown"
    weight: float = 0.0
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An image with its mask.

    Attributes
    ----------
    name
        Unique in the manifest, ``"origin/stem"``.
    origin
        Name of its `Origin`.
    image, mask
        Files, relative to the origin's folder; an empty mask says that there is no crack.
    source
        Photograph that it is a part of, or itself; a split never parts a source.
    split
        Part of the data that it belongs to.
    is_fixed
        The split comes with the data set, and was not drawn.
    width, height
        Of the upright image in px.
    image_sha256, mask_sha256
        Of the files' bytes.
    perceptual
        `perceptual_hash` of the image, empty for what is generated.
    crack_pixels, unlabelled_pixels
        Of the mask.
    spots
        Points (x, y) where a model was wrong before, for `CropSampler`.
    facts
        What else the reader needs to load it.
    """

    name: str
    origin: str
    image: str
    mask: str = ""
    source: str = ""
    split: Split = "train"
    is_fixed: bool = False
    width: int = 0
    height: int = 0
    image_sha256: str = ""
    mask_sha256: str = ""
    perceptual: str = ""
    crack_pixels: int = 0
    unlabelled_pixels: int = 0
    spots: tuple[tuple[int, int], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def group(self) -> tuple[str, str]:
        """What a split never parts: origin and source."""
        return self.origin, self.source or self.name


@dataclass(frozen=True, slots=True)
class Manifest:
    """Items and where they come from."""

    origins: tuple[Origin, ...] = ()
    items: tuple[Item, ...] = ()

    def __post_init__(self) -> None:
        _check_unique([origin.name for origin in self.origins], _TWO_ORIGINS)
        _check_unique([item.name for item in self.items], _TWO_ITEMS)
        known = {origin.name for origin in self.origins}
        for item in self.items:
            if item.origin not in known:
                raise DataError(f"{item.name} comes from {item.origin!r}, which is not listed.")

    def origin_of(self, item: Item) -> Origin:
        """Return where an item comes from."""
        return next(origin for origin in self.origins if origin.name == item.origin)

    def of_split(self, split: Split) -> Self:
        """Return the part of the data that belongs to a split."""
        return self.with_items(item for item in self.items if item.split == split)

    def with_items(self, items: Iterable[Item]) -> Self:
        """Return a manifest of the same origins with other items."""
        return replace(self, items=tuple(items))

    def with_folders(self, folders: Mapping[str, str]) -> Self:
        """Return a manifest whose data lies elsewhere; folders by name of the origin."""
        moved = (replace(each, folder=folders.get(each.name, each.folder)) for each in self.origins)
        return replace(self, origins=tuple(moved))

    def digest(self) -> str:
        """Return a SHA-256 of what the items hold and of how they are split."""
        lines = sorted(
            f"{item.name}\t{item.image_sha256}\t{item.mask_sha256}\t{item.split}"
            for item in self.items
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def use(self) -> Use:
        """Return what all origins of the items together allow."""
        present = {item.origin for item in self.items}
        uses = {origin.use for origin in self.origins if origin.name in present}
        for strictest in ("non-commercial", "unknown"):
            if strictest in uses:
                return strictest
        return "any"

    def summary(self) -> dict[str, Any]:
        """Return what a model's card says of its data: origins, terms, numbers and hashes."""
        counts = Counter((item.origin, item.split) for item in self.items)
        return {
            "sha256": self.digest(),
            "use": self.use(),
            "origins": [
                {
                    "name": origin.name,
                    "layout": origin.layout,
                    "licence": origin.licence,
                    "citation": origin.citation,
                    "use": origin.use,
                    "items": {split: counts[origin.name, split] for split in SPLITS},
                    "sha256": self.with_items(
                        item for item in self.items if item.origin == origin.name
                    ).digest(),
                }
                for origin in self.origins
                if any(counts[origin.name, split] for split in SPLITS)
            ],
        }

    def to_json(self) -> str:
        """Return the manifest as JSON text."""
        table = {
            "version": _VERSION,
            "sha256": self.digest(),
            "origins": [asdict(origin) for origin in self.origins],
            "items": [asdict(item) for item in self.items],
        }
        return json.dumps(table, ensure_ascii=False, indent=1) + "\n"

    def save(self, file: Path) -> None:
        """Write the manifest as JSON; a NotSavedError leaves an earlier file as it was."""
        write_file(file, self.to_json().encode())


def load_manifest(file: Path) -> Manifest:
    """Read what `Manifest.save` wrote.

    Raises
    ------
    DataError
        The file cannot be read, is no manifest, or was made by a newer version.
    """
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
        version = table["version"]
        if version > _VERSION:
            raise DataError(
                f"{file} was made by a newer version of this program (format {version}); install "
                "that one to read it."
            )
        origins = tuple(Origin(**origin) for origin in table["origins"])
        items = tuple(Item(**_with_spots(item)) for item in table["items"])
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror or error}).") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{file} is no manifest of this program, or damaged; make it anew.") from (
            error
        )
    return Manifest(origins, items)


def _with_spots(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"spots": tuple((x, y) for x, y in item.get("spots", ()))}


def _check_unique(names: list[str], problem: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(problem.format(repr(twice[0])))
