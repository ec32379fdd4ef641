"""Readers of what other tools, and this one, wrote: files to masks, boxes and courses.

They know nothing of a project: what they find has names, by which others look for its image.
"""

from pathlib import Path
from typing import Any

from annotator.errors import AnnotatorError
from annotator.importers.annotation import Importer
from annotator.importers.coco import find_coco, is_coco
from annotator.importers.json_files import json_files, read_json
from annotator.importers.labelme import find_labelme, is_labelme
from annotator.importers.masks import find_masks
from annotator.importers.predecessor import find_csb, find_predecessor, is_csb, is_predecessor
from annotator.importers.traces import find_traces, is_traces

IMPORTERS: dict[str, Importer] = {
    "masks": find_masks,
    "coco": find_coco,
    "labelme": find_labelme,
    "predecessor": find_predecessor,
    "csb": find_csb,
    "traces": find_traces,
}
"""Importers by the name that the command line knows them by."""

_MOST_FILES = 20
"""So many JSON files of a folder are looked into before their kind is given up."""


def format_of(path: Path) -> str:
    """Return the name of the importer for a file or folder, by what is in it."""
    if not path.exists():
        raise AnnotatorError(f"{path} does not exist; check the path.")
    if is_csb(path):
        return "csb"
    is_json = path.suffix.lower() == ".json"
    if path.is_file() and not is_json:
        return "masks"
    for file in json_files(path)[:_MOST_FILES]:
        try:
            name = _kind(read_json(file))
        except AnnotatorError:
            if path.is_file():
                raise
            continue
        if name:
            return name
    if is_json:
        raise AnnotatorError(
            f"{path} is in none of the formats {', '.join(IMPORTERS)}; name one if it is."
        )
    return "masks"


def _kind(value: Any) -> str:
    tests = {
        "coco": is_coco,
        "labelme": is_labelme,
        "traces": is_traces,
        "predecessor": is_predecessor,
    }
    return next((name for name, is_it in tests.items() if is_it(value)), "")
