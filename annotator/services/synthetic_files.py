"""Synthetic photographs with their truth as files, laid out like the public crack data sets.

``images/NAME.jpg``, ``masks/NAME.png``, ``centerlines/NAME.json`` and, for `trace --batch`, the
ends of every main crack in ``cracks.jsonl``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from annotator.errors import AnnotatorError
from annotator.storage.atomic import create_folder, write_atomically
from annotator.storage.mask_io import save_mask
from annotator.storage.photograph_writing import save_photograph
from annotator.storage.trace_io import save_record

if TYPE_CHECKING:
    from segmentation.data.synthetic import SyntheticImage, SyntheticParameters

FractionDone = Callable[[float], None]


def surface_names() -> tuple[str, ...]:
    """Return the surfaces that can be generated."""
    from segmentation.data.synthetic import SURFACES

    return tuple(SURFACES)


def synthetic_parameters(
    surface: str, width: int, height: int, seed: int, **overrides: Any
) -> "SyntheticParameters":
    """Draw parameters of a believable photograph; overrides that are not None replace them."""
    from segmentation.data.synthetic import sample_parameters

    if surface not in surface_names():
        names = ", ".join(surface_names())
        raise AnnotatorError(f"There is no surface {surface!r}; choose one of {names}.")
    chosen = {name: value for name, value in overrides.items() if value is not None}
    try:
        return replace(sample_parameters(surface, width, height, seed), **chosen)  # type: ignore[arg-type]
    except ValueError as error:
        raise AnnotatorError(str(error)) from error


def sample_paths(folder: Path, name: str, suffix: str) -> dict[str, Path]:
    """Return where the photograph of a name, its mask and its center lines lie."""
    ends = {"images": suffix, "masks": ".png", "centerlines": ".json"}
    return {kind: folder / kind / (name + end) for kind, end in ends.items()}


def write_sample(
    folder: Path,
    name: str,
    suffix: str,
    parameters: "SyntheticParameters",
    on_progress: FractionDone | None = None,
) -> "SyntheticImage":
    """Generate a photograph and write it with its mask and center lines."""
    from segmentation.data.synthetic import generate

    # Compressed when it is written, a JPEG needs no compression by the generator before.
    drawn = replace(parameters, jpeg_quality=None) if suffix == ".jpg" else parameters
    try:
        sample = generate(drawn, on_progress=on_progress)
    except ValueError as error:
        raise AnnotatorError(str(error)) from error
    paths = sample_paths(folder, name, suffix)
    for path in paths.values():
        create_folder(path.parent)
    save_photograph(paths["images"], sample.image, parameters.jpeg_quality or 95)
    save_mask(paths["masks"], sample.mask)
    save_record(paths["centerlines"], _truth(sample, parameters))
    return sample


def write_data_set(
    folder: Path,
    samples: Mapping[str, "SyntheticParameters"],
    suffix: str,
    *,
    overwrite: bool = False,
    on_progress: FractionDone | None = None,
) -> int:
    """Write named samples and the list of their cracks; return the number of cracks in it.

    Raises AnnotatorError before anything is generated if one of the files exists already.
    """
    if not overwrite:
        for name in samples:
            for path in sample_paths(folder, name, suffix).values():
                if path.exists():
                    raise AnnotatorError(
                        f"{path} exists already; choose another folder or seed, or add --overwrite."
                    )
    lines: list[str] = []
    for number, (name, parameters) in enumerate(samples.items()):

        def report(fraction: float, number: int = number) -> None:
            if on_progress is not None:
                on_progress((number + fraction) / len(samples))

        sample = write_sample(folder, name, suffix, parameters, report)
        lines += _crack_lines(sample, name, suffix)

    def write(file: BinaryIO) -> None:
        file.write("".join(lines).encode())

    write_atomically(folder / "cracks.jsonl", write)
    return len(lines)


def _truth(sample: "SyntheticImage", wanted: "SyntheticParameters") -> dict[str, Any]:
    return {
        "cracks": [
            {
                "centerline": np.round(crack.centerline, 3).tolist(),
                "half_width": np.round(crack.half_width, 3).tolist(),
                "visibility": np.round(crack.visibility, 3).tolist(),
                "parent": crack.parent,
                "length_px": round(crack.length, 3),
            }
            for crack in sample.cracks
        ],
        "contrast": round(sample.contrast, 4),
        "parameters": wanted.to_dict(),
    }


def _crack_lines(sample: "SyntheticImage", name: str, suffix: str) -> list[str]:
    """One line of a batch list for each crack that is not a branch."""
    lines: list[str] = []
    for crack in sample.cracks:
        if crack.parent is None:
            start, end = (np.rint(crack.centerline[i]).astype(int).tolist() for i in (0, -1))
            entry = {"image": name + suffix, "mask": f"{name}.png", "from": start, "to": end}
            lines.append(json.dumps(entry) + "\n")
    return lines
