"""Splits by source image, drawn by a seed or as the data sets fix them, and leaks across them.

Needs no torch.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, Literal

from segmentation.data.manifest import SPLITS, Item, Manifest, Split
from segmentation.data.perceptual_hash import NEAR_DISTANCE, near_pairs

Validation = Literal["drawn", "fixed"]
LeakKind = Literal["source", "identical", "near"]

_WORDS: Final[dict[LeakKind, str]] = {
    "source": "are parts of the same photograph",
    "identical": "are the same file",
    "near": "look almost the same",
}


@dataclass(frozen=True, slots=True)
class Leak:
    """Two items of different splits that are not independent of each other."""

    first: str
    second: str
    splits: tuple[Split, Split]
    kind: LeakKind

    def __str__(self) -> str:
        return (
            f"{self.first} ({self.splits[0]}) and {self.second} ({self.splits[1]}) "
            f"{_WORDS[self.kind]}."
        )


def assign_splits(
    manifest: Manifest, validation: Validation = "drawn", share: float = 0.1, seed: int = 0
) -> Manifest:
    """Return the manifest with training and validation images; test images stay test images.

    Parameters
    ----------
    manifest
        Items as the readers found them.
    validation
        ``"drawn"``: in each origin a share of all that is not for test, at random. ``"fixed"``: as
        the data set has it, and drawn for origins that fix no validation images.
    share
        Share of each origin's images that is drawn; at least one, if it has several sources.
    seed
        Of the draw; an image's fate does not depend on what else is in the manifest, as far as
        the number to be drawn allows.

    Returns
    -------
    Manifest
        Parts of one source, identical files and near-duplicates are all on one side.
    """
    fixed = {item.origin for item in manifest.items if item.is_fixed and item.split == "val"}
    chosen: set[str] = set()
    for origin in manifest.origins:
        if validation == "fixed" and origin.name in fixed:
            chosen |= {i.name for i in manifest.items if i.origin == origin.name
                       and i.split == "val"}  # fmt: skip
            continue
        pool = [i for i in manifest.items if i.origin == origin.name and i.split != "test"]
        chosen |= _drawn(pool, share, seed)
    return manifest.with_items(
        item if item.split == "test" else _moved(item, "val" if item.name in chosen else "train")
        for item in manifest.items
    )


def find_leaks(manifest: Manifest, distance: int = NEAR_DISTANCE) -> tuple[Leak, ...]:
    """Return the pairs of items across splits that share a source, are identical or nearly so.

    Parameters
    ----------
    manifest
        Items with their splits.
    distance
        Largest number of different bits of near-duplicates' perceptual hashes.
    """
    leaks: dict[tuple[str, str], Leak] = {}
    for before, after in combinations(SPLITS, 2):
        first = [item for item in manifest.items if item.split == before]
        second = [item for item in manifest.items if item.split == after]
        for one, other, kind in _related(first, second, distance):
            key = (one.name, other.name)
            leaks.setdefault(key, Leak(one.name, other.name, (before, after), kind))
    return tuple(leaks.values())


def drop_leaks(
    manifest: Manifest, distance: int = NEAR_DISTANCE
) -> tuple[Manifest, tuple[Leak, ...]]:
    """Return the manifest without those items that leak into a later split, and what leaked.

    Of a leak between training and test, or validation, it is the training image that goes.
    """
    leaks = find_leaks(manifest, distance)
    gone = {leak.first for leak in leaks}
    return manifest.with_items(item for item in manifest.items if item.name not in gone), leaks


def rank(seed: int, *names: object) -> str:
    """Return a text to sort by that is random in the seed and the names, and in nothing else."""
    return hashlib.sha256("\t".join(map(str, (seed, *names))).encode()).hexdigest()


def _moved(item: Item, split: Split) -> Item:
    return replace(item, split=split, is_fixed=item.is_fixed and item.split == split)


def _drawn(pool: Sequence[Item], share: float, seed: int) -> set[str]:
    groups = _groups(pool)
    n_wanted = round(len(pool) * share)
    if share > 0 and len(groups) > 1:
        n_wanted = max(n_wanted, 1)
    chosen: set[str] = set()
    for group in sorted(groups, key=lambda group: rank(seed, *group[0].group)):
        if len(chosen) >= n_wanted or len(chosen) + len(group) == len(pool):
            break
        chosen |= {item.name for item in group}
    return chosen


def _groups(items: Sequence[Item]) -> list[list[Item]]:
    """Gather items that are not independent, each group by name."""
    leader = {item.name: item.name for item in items}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for one, other, _ in _related(items, items, NEAR_DISTANCE):
        first, second = sorted((find(one.name), find(other.name)))
        leader[second] = first
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.name):
        groups[find(item.name)].append(item)
    return list(groups.values())


def _related(
    first: Sequence[Item], second: Sequence[Item], distance: int
) -> Iterable[tuple[Item, Item, LeakKind]]:
    """Yield pairs of different items that are related, an identical file before a near one."""
    by_group: dict[tuple[str, str], list[Item]] = defaultdict(list)
    by_hash: dict[str, list[Item]] = defaultdict(list)
    for item in second:
        by_group[item.group].append(item)
        by_hash[item.image_sha256].append(item)
    for one in first:
        for other in by_hash[one.image_sha256] if one.image_sha256 else ():
            if one.name != other.name:
                yield one, other, "identical"
        for other in by_group[one.group]:
            if one.name != other.name:
                yield one, other, "source"
    hashes = [item.perceptual for item in first], [item.perceptual for item in second]
    for row, column in near_pairs(*hashes, distance):
        if first[row].name != second[column].name:
            yield first[row], second[column], "near"
