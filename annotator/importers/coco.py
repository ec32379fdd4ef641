"""COCO files: the instances of a category of cracks, and the boxes of all other categories."""

from collections import defaultdict
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from annotator.document.mask import MaskPatch
from annotator.errors import AnnotatorError, defect_text
from annotator.importers.annotation import (
    Annotation,
    Found,
    ParsedBox,
    ParsedImage,
    ParseOptions,
    Size,
    Unreadable,
    repeated,
)
from annotator.importers.boxes import box_of_extent
from annotator.importers.json_files import is_object, json_files, objects_in, read_json, size_in
from annotator.storage.coco_segmentation import patch_of_segmentation

BOX_SUPERCATEGORY = "bounding box"


class _Entry:
    """An image of one or several files: its size and its annotations with their categories."""

    def __init__(self, file: Path, size: Size | None) -> None:
        self.file = file
        self.size = size
        self.annotations: list[tuple[dict[str, Any], _Category]] = []


class _Category:
    """A category: its name, and whether its segmentations are cracks."""

    def __init__(self, name: str, is_crack: bool) -> None:
        self.name = name
        self.is_crack = is_crack


def is_coco(value: Any) -> bool:
    """Tell whether the content of a JSON file looks like COCO."""
    return is_object(value) and "images" in value and "annotations" in value


def find_coco(path: Path, options: ParseOptions) -> Found:
    """Yield the images of a file, or of all COCO files of a folder taken together."""
    entries: dict[str, _Entry] = {}
    for file in json_files(path):
        try:
            value = read_json(file)
            if is_coco(value):
                _add(entries, file, value, options)
            elif path.is_file():
                raise AnnotatorError(f'{file} is no COCO file: it lacks "images" or "annotations".')
        except AnnotatorError as error:
            yield Unreadable(file, error.text)
        except Exception as error:  # noqa: BLE001 - one file's defect must not cost the others
            yield Unreadable(file, defect_text(error))
    twice = repeated(PurePosixPath(name).stem for name in entries)
    for index, (name, entry) in enumerate(entries.items()):
        yield Annotation(
            file=entry.file,
            names=(name,),
            read=partial(_read, entry),
            is_name_unique=PurePosixPath(name).stem.casefold() not in twice,
            fraction=index / len(entries),
        )


def _add(entries: dict[str, _Entry], file: Path, value: Any, options: ParseOptions) -> None:
    categories = _categories(value, options)
    by_image: defaultdict[Any, list[dict[str, Any]]] = defaultdict(list)
    for annotation in objects_in(value["annotations"]):
        by_image[str(annotation.get("image_id"))].append(annotation)
    for image in objects_in(value["images"]):
        name = str(image.get("file_name", "")).replace("\\", "/")
        size = size_in(image.get("width"), image.get("height"))
        entry = entries.setdefault(name, _Entry(file, size))
        for annotation in by_image[str(image.get("id"))]:
            number = str(annotation.get("category_id"))
            category = categories.get(number, _Category(f"category {number}", False))
            entry.annotations.append((annotation, category))


def _categories(value: Any, options: ParseOptions) -> dict[str, _Category]:
    listed = objects_in(value.get("categories"))
    categories: dict[str, _Category] = {}
    for item in listed:
        name = str(item.get("name", ""))
        is_box = item.get("supercategory") == BOX_SUPERCATEGORY
        categories[str(item.get("id"))] = _Category(name, not is_box and options.is_crack(name))
    is_only = len(listed) == 1 and listed[0].get("supercategory") != BOX_SUPERCATEGORY
    if is_only and not options.labels:  # whatever it is called, the file is about nothing else
        next(iter(categories.values())).is_crack = True
    return categories


def _read(entry: _Entry, size: Size) -> ParsedImage:
    size = entry.size or size
    masks: list[MaskPatch] = []
    boxes: list[ParsedBox] = []
    notes: list[str] = []
    for annotation, category in entry.annotations:
        segmentation = annotation.get("segmentation")
        if segmentation and category.is_crack:
            masks.append(_mask(entry, annotation, size))
            continue
        box = box_of_extent(annotation.get("bbox") or ())
        if box is None:
            notes.append(f"annotation {annotation.get('id')} has neither a mask nor a box.")
        else:
            boxes.append(ParsedBox(box, category.name))
    return ParsedImage(size, tuple(masks), tuple(boxes), notes=tuple(notes))


def _mask(entry: _Entry, annotation: dict[str, Any], size: Size) -> MaskPatch:
    try:
        return patch_of_segmentation(annotation["segmentation"], size)
    except ValueError as error:
        raise AnnotatorError(
            f"{entry.file}: annotation {annotation.get('id')} cannot be read: {error}."
        ) from error
