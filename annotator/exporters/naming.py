"""Names in an export: distinct on every system, the same for the same project."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from annotator.storage.names import legal_stem


def distinct_stems(shown_names: Mapping[int, str]) -> dict[int, str]:
    """Return a stem for each image, from its name relative to the folder of the images.

    Photographs of one name are told apart by their folders ("north/a.jpg" is "north_a"), and where
    that is not enough, by a number. Stems differ in more than case and suffix.
    """
    ordered = sorted(shown_names.items(), key=lambda item: (item[1], item[0]))
    short = {key: legal_stem(PurePosixPath(name).stem) for key, name in ordered}
    uses: dict[str, int] = {}
    for stem in short.values():
        uses[stem.casefold()] = uses.get(stem.casefold(), 0) + 1
    stems = {key: stem for key, stem in short.items() if uses[stem.casefold()] == 1}
    taken = {stem.casefold() for stem in stems.values()}
    for key, name in ordered:
        if key not in stems:
            stems[key] = _free(legal_stem(str(PurePosixPath(name).with_suffix(""))), taken)
            taken.add(stems[key].casefold())
    return stems


def _free(stem: str, taken: set[str]) -> str:
    number, free = 1, stem
    while free.casefold() in taken:
        number += 1
        free = f"{stem}_{number}"
    return free
