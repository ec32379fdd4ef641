"""False cracks on the crack-free tiles of the steel photographs, by their length.

    python tests/benchmarks/steel_false_alarms.py ../shared/data --model default
    python tests/benchmarks/steel_false_alarms.py PHOTOGRAPHS --from PREDICTIONS --sheet FOLDER

PHOTOGRAPHS is a folder in or below which the photographs of ``steel_tiles.csv`` (image, left, top,
side) lie; ``steel_photographs.csv`` says which of them a model may have learned from. Each
photograph is predicted as a whole, once, and its tiles are cut out of that. ``--sheet`` writes the
worst tiles and all photographs with the probability over them; the folder must not be in the
repository, which holds no photographs.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.data.errors import DataError
from segmentation.data.image_files import read_image
from segmentation.data.manifest import Item
from segmentation.durable_files import NotSavedError, write_file
from segmentation.evaluation.false_alarms import LENGTHS, FalseAlarms
from segmentation.inference.probability_files import read_probability
from segmentation.model_store.card import ModelError

LISTS = Path(__file__).parent
REPOSITORY = LISTS.parents[1]
CRACK_COLOR = np.array((0xFF, 0x20, 0xC0), np.float32)  # of neither paint nor rust
SHEET_SIDE = 256
SHEET_COLUMNS = 4
PHOTOGRAPH_SIDE = 1600

Pixels = NDArray[np.uint8]
Probability = NDArray[np.float32]


@dataclass(frozen=True)
class Tile:
    """A square without a crack."""

    image: str
    left: int
    top: int
    side: int

    def part_of(self, values):
        """Return the tile's part of an array of the photograph; a DataError if it lies outside."""
        part = values[self.top : self.top + self.side, self.left : self.left + self.side]
        if part.shape[:2] != (self.side, self.side):
            raise DataError(
                f"The tile {self.left}, {self.top} of {self.side} px lies outside of {self.image}, "
                f"which has {values.shape[1]} x {values.shape[0]} pixels."
            )
        return part


@dataclass(frozen=True)
class Row:
    """What was seen on a tile."""

    tile: Tile
    split: str
    longest: float
    n_false: int

    @property
    def rank(self):
        """Worst first."""
        return -self.longest, -self.n_false, self.tile.image, self.tile.top, self.tile.left


@dataclass
class Result:
    """All tiles, as a whole and by the part that their photographs belong to."""

    threshold: float
    rows: list[Row] = field(default_factory=list)
    alarms: dict[str, FalseAlarms] = field(default_factory=lambda: {"all": FalseAlarms()})

    def add(self, tile: Tile, split: str, probability: Probability) -> Row:
        """Take in a tile's part of a probability."""
        predicted = probability >= np.float32(self.threshold)
        clean = np.zeros(predicted.shape, np.uint8)
        longest = 0.0
        for name in ("all", split):
            longest = self.alarms.setdefault(name, FalseAlarms()).add(predicted, clean) or 0.0
        row = Row(tile, split, longest, int(np.count_nonzero(predicted)))
        self.rows.append(row)
        return row

    def worst(self, n: int) -> list[Row]:
        """Return the tiles with the longest false components; those without any are not bad."""
        return sorted((row for row in self.rows if row.longest), key=lambda row: row.rank)[:n]

    def to_text(self, n_worst: int) -> str:
        """Return the curve over lengths and the worst tiles."""
        names = ["all", *sorted(set(self.alarms) - {"all"})]
        counts = [f"{name} ({self.alarms[name].n_images})" for name in names]
        lines = [
            f"Tiles with a false component longer than so many px, percent; threshold "
            f"{self.threshold:g}",
            f"{'px':>10}" + "".join(f"{text:>14}" for text in counts),
        ]
        for length in LENGTHS:
            shares = (self.alarms[name].share_longer_than(length) or 0.0 for name in names)
            lines.append(f"{length:>10}" + "".join(f"{100 * share:14.2f}" for share in shares))
        means = (self.alarms[name].n_false_pixels / self.alarms[name].n_images for name in names)
        lines.append(f"{'mean px':>10}" + "".join(f"{mean:14.1f}" for mean in means))
        lines.append("Worst tiles: longest component, false pixels, photograph, left, top")
        lines += [
            f"{row.longest:10.0f}{row.n_false:10d}  {row.tile.image} ({row.split}) "
            f"{row.tile.left} {row.tile.top}"
            for row in self.worst(n_worst)
        ]
        return "\n".join(lines)

    def to_json(self) -> str:
        """Return every tile and the curves."""
        content = {
            "threshold": self.threshold,
            "share_longer_than_px": {
                name: {str(length): alarms.share_longer_than(length) for length in LENGTHS}
                for name, alarms in self.alarms.items()
            },
            "n_tiles": {name: alarms.n_images for name, alarms in self.alarms.items()},
            "mean_false_pixels": {
                name: alarms.n_false_pixels / max(alarms.n_images, 1)
                for name, alarms in self.alarms.items()
            },
            "tiles": [
                {**asdict(row.tile), "split": row.split, "longest_px": row.longest,
                 "false_pixels": row.n_false}
                for row in self.rows
            ],
        }  # fmt: skip
        return json.dumps(content, indent=1) + "\n"


def read_tiles(path: Path) -> dict[str, list[Tile]]:
    """Return the tiles of each photograph."""
    tiles: dict[str, list[Tile]] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            places = (int(row[name]) for name in ("left", "top", "side"))
            tiles.setdefault(row["image"], []).append(Tile(row["image"], *places))
    return tiles


def read_splits(path: Path) -> dict[str, str]:
    """Return the part of each photograph."""
    with path.open(newline="", encoding="utf-8") as file:
        return {row["image"]: row["split"] for row in csv.DictReader(file)}


def find_photographs(folder: Path, names: Iterable[str]) -> dict[str, Path]:
    """Return where each photograph lies; a DataError names one that is not there."""
    wanted = set(names)
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.name in wanted:
            found.setdefault(path.name, path)
    for name in sorted(wanted - set(found)):
        raise DataError(f"{folder} holds no {name}; name the folder of the steel photographs.")
    return found


def shown(image: Pixels, probability: Probability) -> Pixels:
    """Return a photograph with the probability over it in magenta."""
    opacity = 0.85 * probability[..., None]
    return (image * (1.0 - opacity) + CRACK_COLOR * opacity + 0.5).astype(np.uint8)


def shrunk(image: Pixels, side: int) -> Pixels:
    """Return a picture whose longer side is at most so long."""
    scale = side / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


class Sheets:
    """Pictures of what was predicted, in a folder outside of the repository."""

    def __init__(self, folder: Path, n_worst: int) -> None:
        self.folder = folder.resolve()
        if self.folder.is_relative_to(REPOSITORY):
            raise DataError(f"{folder} lies in the repository, which holds no photographs.")
        self.n_worst = n_worst
        self._worst: list[tuple[Row, Pixels, Pixels]] = []

    def add_photograph(self, name: str, image: Pixels, probability: Probability) -> None:
        """Write a photograph beside itself with the probability over it."""
        small = shrunk(image, PHOTOGRAPH_SIDE)
        size = small.shape[1], small.shape[0]
        # The largest probability in reach, so that thin lines do not fade where they shrink.
        reach = max(round(image.shape[1] / size[0]), 1)
        widened = cv2.dilate(probability, np.ones((reach, reach), np.uint8))
        over = np.asarray(cv2.resize(widened, size, interpolation=cv2.INTER_LINEAR), np.float32)
        stack = np.hstack if size[1] > size[0] else np.vstack
        self._write(f"{Path(name).stem}.jpg", stack([small, shown(small, over)]))

    def add_tile(self, row: Row, image: Pixels, probability: Probability) -> None:
        """Keep a tile if it is among the worst so far."""
        if row.longest:
            part = row.tile.part_of(image).copy()
            self._worst.append((row, part, shown(part, row.tile.part_of(probability))))
            self._worst = sorted(self._worst, key=lambda each: each[0].rank)[: self.n_worst]

    def finish(self) -> None:
        """Write the sheet of the worst tiles: each as it is, and with the probability over it."""
        cells = [self._cell(*each) for each in self._worst]
        if not cells:
            return
        cells += [np.zeros_like(cells[0])] * (-len(cells) % SHEET_COLUMNS)
        lines = [
            np.hstack(cells[k : k + SHEET_COLUMNS]) for k in range(0, len(cells), SHEET_COLUMNS)
        ]
        self._write("worst_tiles.jpg", np.vstack(lines))

    def _cell(self, row: Row, image: Pixels, over: Pixels) -> Pixels:
        size = (SHEET_SIDE, SHEET_SIDE)
        pair = [cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (image, over)]
        cell = np.ascontiguousarray(np.hstack(pair))
        text = f"{row.tile.image} {row.tile.left},{row.tile.top}: {row.longest:.0f} px"
        cell[:22] //= 3
        cv2.putText(
            cell, text, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA
        )
        cell[-2:] = cell[:, -2:] = 255
        return cell

    def _write(self, name: str, picture: Pixels) -> None:
        # Colors at half the resolution would leave little of a thin line.
        settings = [
            *(cv2.IMWRITE_JPEG_QUALITY, 92),
            *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
        ]
        encoded = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), settings)[1]
        write_file(self.folder / name, encoded.tobytes())


Predict = Callable[[str, Pixels], Probability]


def judge(
    places: dict[str, Path],
    tiles: dict[str, list[Tile]],
    splits: dict[str, str],
    predict: Predict,
    result: Result,
    sheets: Sheets | None = None,
) -> Iterator[str]:
    """Predict each photograph, look at its tiles, and yield its name.

    ``predict`` takes the photograph's name and pixels.
    """
    for name, of_image in tiles.items():
        image = read_image(places[name])
        probability = predict(name, image)
        for tile in of_image:
            row = result.add(tile, splits.get(name, "unknown"), tile.part_of(probability))
            if sheets is not None:
                sheets.add_tile(row, image, probability)
        if sheets is not None:
            sheets.add_photograph(name, image, probability)
        yield name
    if sheets is not None:
        sheets.finish()


def predictions_in(folder: Path) -> Predict:
    """Return what was predicted into a folder of 16-bit PNG files before."""

    def predict(name: str, image: Pixels) -> Probability:
        probability = read_probability(folder / f"{Path(name).stem}.png")
        if probability.shape != image.shape[:2]:
            raise DataError(f"The prediction of {name} in {folder} has another size than it has.")
        return probability

    return predict


def model_and_threshold(arguments: argparse.Namespace) -> tuple[Predict, float]:
    """Return what predicts, and at which threshold."""
    if arguments.predictions:
        return predictions_in(arguments.predictions), arguments.threshold or 0.5
    from segmentation.commands.evaluate import open_model

    model = open_model(
        arguments.model,
        device=arguments.device,
        engine=arguments.engine,
        threads=arguments.threads,
    )
    threshold = arguments.threshold or (model.card.threshold if model.card else 0.5)
    return lambda name, image: model.probability_of(_as_item(name, image), image), threshold


def _as_item(name: str, image: Pixels) -> Item:
    return Item(name=name, origin="", image=name, width=image.shape[1], height=image.shape[0])


def parsed(texts: list[str] | None) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("photographs", type=Path)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", help="default, research, another name, or a folder")
    what.add_argument("--from", dest="predictions", type=Path, help="16-bit probabilities")
    parser.add_argument("--threshold", type=float, help="that of the model's card by default")
    parser.add_argument("--tiles", type=Path, default=LISTS / "steel_tiles.csv")
    parser.add_argument("--list", type=Path, default=LISTS / "steel_photographs.csv")
    parser.add_argument("--worst", type=int, default=20, help="number of tiles that are listed")
    parser.add_argument("--sheet", type=Path, help="folder for pictures")
    parser.add_argument("--json", type=Path, help="file for all figures")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    return parser.parse_args(texts)


def main(texts: list[str] | None = None) -> int:
    """Run the command line."""
    arguments = parsed(texts)
    from segmentation.inference.engines import PredictionError

    try:
        sheets = Sheets(arguments.sheet, arguments.worst) if arguments.sheet else None
        tiles = read_tiles(arguments.tiles)
        places = find_photographs(arguments.photographs, tiles)
        predict, threshold = model_and_threshold(arguments)
        result = Result(threshold)
        for name in judge(places, tiles, read_splits(arguments.list), predict, result, sheets):
            print(name, file=sys.stderr)
        if arguments.json:
            write_file(arguments.json, result.to_json().encode())
    except (DataError, ModelError, NotSavedError, PredictionError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(result.to_text(arguments.worst))
    return 0


if __name__ == "__main__":
    sys.exit(main())
