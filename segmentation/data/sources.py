"""Sources of data as one text each, and the manifest of what they hold."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import numpy as np

from segmentation import UNLABELLED
from segmentation.data.errors import DataError
from segmentation.data.manifest import Item, Manifest, Origin
from segmentation.data.mask_files import Mask, check_size
from segmentation.data.readers import READERS, find_reader
from segmentation.data.readers.base import Found, Reader, SourceOptions
from segmentation.toml_records import field_forms, read_record, to_table

Report = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A folder with its layout and the options of its reader."""

    layout: str
    folder: Path
    options: SourceOptions


def parse_source(text: str) -> Source:
    """Return the source that a text names.

    Parameters
    ----------
    text
        ``[layout:]folder[?name=value&...]``, the layout being found out where it is not given; as
        in ``data/CFD``, ``pairs:data/own?missing=clean`` or ``synthetic:?count=300&size=512``.
        Lists are separated by commas.

    Raises
    ------
    DataError
        The folder is not there, its layout is not known, or an option does not fit.
    """
    place, _, listed = text.partition("?")
    layout, colon, rest = place.partition(":")
    if colon and layout in READERS:
        folder = Path(rest)
    else:
        folder = Path(place)
        layout = find_reader(folder)
    if layout != "synthetic" and not folder.is_dir():
        raise DataError(f"{folder} is not a folder; check the path.")
    texts = {each.split("=")[0]: each.partition("=")[2] for each in listed.split("&") if each}
    return Source(layout, folder, _options(READERS[layout].options, texts, text))


def collect(
    sources: Iterable[Source | str],
    report: Report | None = None,
    on_damaged: Callable[[str], None] | None = None,
) -> Manifest:
    """Return the manifest of what some sources hold, every mask read and every file hashed.

    Parameters
    ----------
    sources
        As `parse_source` takes or returns them.
    report
        Called with the share done and the name of an item.
    on_damaged
        Called with a sentence for each image that cannot be used, which is then left out; without
        it the first one is an error.

    Raises
    ------
    DataError
        Something is missing, damaged or unclear, or nothing of a source can be used; the sentence
        names it.
    """
    parsed = [parse_source(each) if isinstance(each, str) else each for each in sources]
    origins: list[Origin] = []
    items: list[Item] = []
    for number, source in enumerate(parsed):
        origin = _origin(source, {each.name for each in origins})
        origins.append(origin)
        found = list(READERS[source.layout].find(source.folder, source.options))
        damaged: list[str] = []
        for done, each in enumerate(found):
            if report is not None:
                report((number + done / len(found)) / len(parsed), f"{origin.name}/{each.name}")
            try:
                items.append(_item(source, origin, each))
            except DataError as error:
                if on_damaged is None:
                    raise
                damaged.append(str(error))
        if found and len(damaged) == len(found):
            raise DataError(f"Nothing of {source.folder} can be used. {damaged[0]}")
        if on_damaged is not None:
            for sentence in damaged:
                on_damaged(sentence)
    return Manifest(tuple(origins), tuple(items))


def reader_of(origin: Origin) -> tuple[Reader, Path, SourceOptions]:
    """Return what loads the items of an origin, as arguments of `Reader.load`."""
    if origin.layout not in READERS:
        raise DataError(
            f"{origin.name} has the layout {origin.layout!r}, which this version does not know; "
            f"it knows {', '.join(READERS)}."
        )
    reader = READERS[origin.layout]
    return reader, Path(origin.folder), read_record(reader.options, origin.options, origin.name)


def changed_items(
    manifest: Manifest, on_damaged: Callable[[str], None] | None = None
) -> Iterator[str]:
    """Yield a sentence for each item whose files are not those of the manifest.

    ``on_damaged`` is told instead of those that cannot be read any more.
    """
    for item in manifest.items:
        reader, folder, _ = reader_of(manifest.origin_of(item))
        found = Found(name=item.name, image=item.image, mask=item.mask, facts=item.facts)
        try:
            image, mask, _ = reader.hashes(folder, found)
        except DataError as error:
            if on_damaged is None:
                yield str(error)
            else:
                on_damaged(str(error))
            continue
        if (image, mask) != (item.image_sha256, item.mask_sha256):
            what = "image" if image != item.image_sha256 else "mask"
            yield f"The {what} of {item.name} is not the one of the manifest; make it anew."


def _options(record: type[SourceOptions], texts: dict[str, str], where: str) -> SourceOptions:
    forms = field_forms(record)
    try:
        table = {key: _value(forms.get(key, str), value) for key, value in texts.items()}
        return read_record(record, table)
    except ValueError as error:
        raise DataError(f"{where}: {error}") from error


def _value(form: Any, text: str) -> Any:
    """Return a text as the kind of value that a field takes; what fits none stays a text."""
    inner = get_args(form)[0] if get_origin(form) is Annotated else form
    if get_origin(inner) is tuple:
        return [_value(get_args(inner)[0], part) for part in text.split(",") if part]
    if inner is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    if inner in {int, float}:
        try:
            return inner(text)
        except ValueError:
            return text
    return text


def _origin(source: Source, taken: set[str]) -> Origin:
    options, reader = source.options, READERS[source.layout]
    name = options.origin or source.folder.resolve().name
    if source.layout == "synthetic" and not options.origin:
        name = "synthetic"
    if not options.origin:
        base, number = name, 2
        while name in taken:
            name, number = f"{base}-{number}", number + 1
    return Origin(
        name=name,
        layout=source.layout,
        folder="" if source.layout == "synthetic" else str(source.folder.resolve()),
        licence=options.licence or reader.licence,
        citation=options.citation or reader.citation,
        use=options.use or reader.use,
        weight=options.weight,
        options=to_table(options),
    )


def _item(source: Source, origin: Origin, found: Found) -> Item:
    reader, options = READERS[source.layout], source.options
    width, height = reader.size_of(source.folder, found)
    image_sha256, mask_sha256, perceptual = reader.hashes(source.folder, found)
    item = Item(
        name=f"{origin.name}/{found.name}",
        origin=origin.name,
        image=found.image,
        mask=found.mask,
        source=_source_name(found, options.group or reader.group, options.group),
        split=options.split or found.split or "train",
        is_fixed=bool(options.split or found.split),
        width=width,
        height=height,
        image_sha256=image_sha256,
        mask_sha256=mask_sha256,
        perceptual=perceptual,
        facts=found.facts,
    )
    mask = reader.load_mask(source.folder, item, options)
    paths = (source.folder / (found.mask or found.image), source.folder / found.image)
    check_size(mask, (width, height), *paths)
    return _counted(item, mask)


def _source_name(found: Found, pattern: str, given: str) -> str:
    if found.source or not pattern:
        return found.source or found.name
    stem = Path(found.name).name
    try:
        match = re.search(pattern, stem)
    except re.error as error:
        raise DataError(f"group={given} is no regular expression ({error}).") from error
    return match.group(1) if match and match.re.groups else found.name


def _counted(item: Item, mask: Mask) -> Item:
    return replace(
        item,
        crack_pixels=int(np.count_nonzero(mask == 1)),
        unlabelled_pixels=int(np.count_nonzero(mask == UNLABELLED)),
    )
