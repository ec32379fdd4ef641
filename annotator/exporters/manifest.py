"""The list of everything in a data set, as CSV for people and as JSON for programs."""

import csv
import json
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from annotator import __version__
from annotator.document.pixel_source import PixelSource
from annotator.exporters.frame import ExportRun

Row = Mapping[str, Any]

_SOURCES = (
    PixelSource.TRACED,
    PixelSource.PAINTED,
    PixelSource.IMPORTED,
    PixelSource.PREDICTED,
)


def provenance(sources: NDArray[np.uint8]) -> dict[str, int]:
    """Return how many crack pixels there are, and how many of each source."""
    counts = np.bincount(sources.ravel(), minlength=256)
    named = {f"pixels_{code.name.lower()}": int(counts[code]) for code in _SOURCES}
    return {"crack_pixels": sum(named.values()), **named}


def write_manifest(
    run: ExportRun, what: str, header: Mapping[str, Any], rows: Sequence[Row]
) -> None:
    """Write manifest.csv with the rows, and manifest.json with the header and the rows.

    Nothing in them depends on when or where the export is made.
    """
    run.write("manifest.csv", _csv(rows))
    facts = {"application": f"Crack Annotator {__version__}", **header}
    lines = [f"  {json.dumps(key)}: {_json(value)}" for key, value in facts.items()]
    listed = ",\n".join(f"    {_json(row)}" for row in rows)
    lines.append(f"  {json.dumps(what)}: [\n{listed}\n  ]")
    run.write("manifest.json", "{\n" + ",\n".join(lines) + "\n}\n")


def _csv(rows: Sequence[Row]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})
    return text.getvalue()


def _cell(value: Any) -> Any:
    return "; ".join(cast("list[str]", value)) if isinstance(value, list) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
