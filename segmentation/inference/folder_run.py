"""Prediction of many images into a folder, which goes on where it was stopped.

Beside the outputs lies a record, one JSON line per image that is done, with the hashes of image
and model. An image is predicted anew when it, the model, or what is written of it has changed.
Engine, tile and device are not compared: what they change is far below what a threshold sees.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from segmentation.data.errors import DataError
from segmentation.data.image_files import file_sha256, is_image, read_image
from segmentation.durable_files import NotSavedError
from segmentation.inference.predictor import Predictor
from segmentation.inference.probability_files import (
    MASK_ENDING,
    Codes,
    Outputs,
    write_outputs,
)

RECORD_STEM: Final = "predictions"


@dataclass(frozen=True, slots=True)
class PlannedImage:
    """An image, and the name of its outputs: with "/" before it in subfolders, no suffix."""

    image: Path
    name: str


@dataclass(frozen=True, slots=True)
class Shard:
    """One of ``count`` parts of the images, from 1; each machine takes another."""

    number: int = 1
    count: int = 1

    def has(self, name: str) -> bool:
        """Tell whether an image belongs to this part, by a hash of its outputs' name."""
        digest = hashlib.sha256(name.encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1


@dataclass(frozen=True, slots=True)
class Done:
    """An image that was predicted, as the record has it."""

    name: str
    image: str
    image_sha256: str
    settings: dict[str, Any]
    files: list[str]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Failed:
    """An image that was not predicted, and why."""

    image: str
    reason: str


@dataclass(slots=True)
class RunResult:
    """What became of the images."""

    predicted: list[Done] = field(default_factory=list[Done])
    kept: list[Done] = field(default_factory=list[Done])
    failed: list[Failed] = field(default_factory=list[Failed])


Progress = Callable[[int, float, str], None]
"""Given how many images are done, the share of the one at work, and a text."""


def plan_images(
    paths: Sequence[Path], folder: Path, outputs: Outputs, shard: Shard | None = None
) -> list[PlannedImage]:
    """Find images and name their outputs.

    Parameters
    ----------
    paths
        Images, and folders that are searched with their subfolders; outputs lie in subfolders of
        the same names. Masks named NAME_mask beside an image NAME, hidden files and ``folder``
        itself are left out.
    folder
        Of the outputs.
    outputs
        What is written.
    shard
        The part to take; all by default.

    Raises
    ------
    DataError
        There is no image, two images would have the same output, or one would be written beside
        a photograph; the message names them.
    """
    found = [each for path in paths for each in _find(path, folder.resolve())]
    planned = list({each.image.resolve(): each for each in found}.values())
    if not planned:
        where = ", ".join(str(path) for path in paths)
        raise DataError(f"There are no images in {where}; check the path.")
    _refuse_clashes(planned, folder, outputs)
    return [each for each in planned if shard is None or shard.has(each.name)]


@dataclass(frozen=True, slots=True)
class FolderRun:
    """A prediction of many images.

    Attributes
    ----------
    predictor
        The model.
    folder, outputs
        Where and what is written.
    shard
        The part of the images that this run takes.
    half_pass
        As `Predictor.predict` takes it.
    """

    predictor: Predictor
    folder: Path
    outputs: Outputs
    shard: Shard = Shard()
    half_pass: bool = False

    def run(
        self,
        planned: Sequence[PlannedImage],
        progress: Progress | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> RunResult:
        """Predict images; the next one is read and the last one written meanwhile.

        Parameters
        ----------
        planned
            From `plan_images`, with the same folder, outputs and shard.
        progress
            Told how far it is.
        is_cancelled
            Asked before each tile; what is done is kept.

        Returns
        -------
        RunResult
            An image that fails is listed, and the others are predicted.

        Raises
        ------
        segmentation.inference.predictor.PredictionCancelled
            `is_cancelled` said so.
        segmentation.durable_files.NotSavedError
            An output cannot be written; then the next could not either.
        """
        record = _Record(self)
        result = RunResult()
        tell = progress or (lambda _n, _share, _text: None)
        with (
            ThreadPoolExecutor(1, "reading") as reading,
            ThreadPoolExecutor(1, "writing") as writing,
        ):
            writer = _Writer(writing, result)
            try:
                for number, (each, future) in enumerate(_ahead(reading, record, planned)):

                    def report(share: float, text: str, number: int = number) -> None:
                        tell(number, share, text)

                    report(0.0, each.name)
                    try:
                        content = future.result()
                        if isinstance(content, Done):
                            result.kept.append(content)
                            continue
                        start = time.perf_counter()
                        codes = self.predictor.predict_codes(
                            content.pixels,
                            report=report,
                            is_cancelled=is_cancelled,
                            half_pass=self.half_pass,
                        )
                    except DataError as error:
                        result.failed.append(Failed(str(each.image), str(error)))
                        continue
                    seconds = time.perf_counter() - start
                    writer.put(partial(record.write, each, content.sha256, codes, seconds))
            finally:
                reading.shutdown(wait=False, cancel_futures=True)
                writer.finish()
        tell(len(planned), 0.0, "")
        return result

    def settings(self) -> dict[str, Any]:
        """Return what an output depends on besides its image."""
        card, outputs = self.predictor.card, self.outputs
        settings: dict[str, Any] = {
            "model": card.weights_sha256,
            "temperature": card.temperature,
            "half_pass": self.half_pass,
            "npz": outputs.npz,
            "masks": outputs.masks,
        }
        return settings | ({"threshold": outputs.threshold} if outputs.masks else {})


class _Writer:
    """Writes one image while the next is predicted; never more, to keep the memory bounded."""

    def __init__(self, pool: ThreadPoolExecutor, result: RunResult) -> None:
        self._pool = pool
        self._result = result
        self._pending: Future[Done] | None = None

    def put(self, write: Callable[[], Done]) -> None:
        """Begin to write, once the one before is written."""
        self.finish()
        self._pending = self._pool.submit(write)

    def finish(self) -> None:
        """Wait for what is being written."""
        pending, self._pending = self._pending, None
        if pending is not None:
            self._result.predicted.append(pending.result())


@dataclass(frozen=True, slots=True)
class _Read:
    pixels: NDArray[np.uint8]
    sha256: str


class _Record:
    """Which images are done; lines are only ever added, so that a kill costs the last one at most.

    Each part of a run on several machines has a file of its own; all of them are read.
    """

    def __init__(self, run: FolderRun) -> None:
        self._folder = run.folder
        self._settings = run.settings()
        self._outputs = run.outputs
        part = f"-{run.shard.number}of{run.shard.count}" if run.shard.count > 1 else ""
        self._file = run.folder / f"{RECORD_STEM}{part}.jsonl"
        self._done = {each.name: each for each in _lines(run.folder)}

    def read(self, planned: PlannedImage) -> _Read | Done:
        """Return the pixels of an image, or what the record has of it."""
        digest = file_sha256(planned.image)
        done = self._done.get(planned.name)
        if (
            done is not None
            and done.image_sha256 == digest
            and done.settings == self._settings
            and all((self._folder / file).is_file() for file in done.files)
        ):
            return done
        return _Read(read_image(planned.image), digest)

    def write(self, planned: PlannedImage, digest: str, codes: Codes, seconds: float) -> Done:
        """Write the files of an image, then its line."""
        write_outputs(self._folder, planned.name, codes, self._outputs)
        done = Done(
            planned.name,
            str(planned.image),
            digest,
            self._settings,
            self._outputs.files(planned.name),
            round(seconds, 3),
        )
        line = json.dumps(asdict(done), ensure_ascii=False)
        try:
            with self._file.open("a", encoding="utf-8") as file:
                # A line that a kill has cut off must not swallow this one.
                file.write(f"\n{line}\n")
        except OSError as error:
            raise NotSavedError(
                f"{self._file} was not written ({error.strerror or error}); free some space or "
                "check its permissions, and start again: what is done is kept."
            ) from error
        return done


def _ahead(
    reading: ThreadPoolExecutor, record: _Record, planned: Sequence[PlannedImage]
) -> Iterator[tuple[PlannedImage, "Future[_Read | Done]"]]:
    """Give each image while the next one is being read."""
    following = [reading.submit(record.read, each) for each in planned[:1]]
    for number, each in enumerate(planned):
        current = following.pop()
        # One worker: it begins with this when the current one is read.
        following += [reading.submit(record.read, after) for after in planned[number + 1 :][:1]]
        yield each, current


def _lines(folder: Path) -> Iterator[Done]:
    files = sorted(folder.glob(f"{RECORD_STEM}*.jsonl"), key=lambda file: file.stat().st_mtime)
    for file in files:
        for line in file.read_text("utf-8", "replace").splitlines():
            try:
                yield Done(**json.loads(line))
            except (ValueError, TypeError):
                continue  # cut off, or of another program


def _find(path: Path, excluded: Path) -> Iterator[PlannedImage]:
    if path.is_file():
        yield PlannedImage(path, path.stem)
        return
    if not path.is_dir():
        raise DataError(f"{path} does not exist; check the path.")
    root = path.resolve()
    is_inside = excluded != root and excluded.is_relative_to(root)
    images = [
        each
        for each in sorted(path.rglob("*"))
        if is_image(each)
        and each.is_file()
        and not any(part.startswith(".") for part in each.relative_to(path).parts)
        and not (is_inside and each.resolve().is_relative_to(excluded))
    ]
    stems = {(each.parent, each.stem) for each in images}
    for each in images:
        if (each.parent, each.stem.removesuffix(MASK_ENDING)) in stems - {(each.parent, each.stem)}:
            continue
        yield PlannedImage(each, each.relative_to(path).with_suffix("").as_posix())


def _refuse_clashes(planned: Sequence[PlannedImage], folder: Path, outputs: Outputs) -> None:
    sources: dict[str, Path] = {}
    for each in planned:
        if (folder / each.name).parent.resolve() == each.image.parent.resolve():
            raise DataError(
                f"The prediction of {each.image} would be written beside it; choose another "
                "folder than that of the photographs with -o."
            )
        for file in outputs.files(each.name):
            # Some file systems do not tell upper from lower case.
            other = sources.setdefault(file.casefold(), each.image)
            if other != each.image:
                raise DataError(
                    f"{other} and {each.image} would both be written to {folder / file}; predict "
                    "them into two folders, or rename one."
                )
