"""Probability of a crack in each pixel of an image of any size."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path
from scipy.special import expit

from segmentation.inference.coarse_map import CoarseMap
from segmentation.inference.engine_choice import EngineChoice, choose_engine
from segmentation.inference.engines import (
    Engine,
    EngineMemoryError,
    PredictionError,
    Request,
    available_threads,
    make_engine,
    resolve_device,
)
from segmentation.inference.tiling import (
    Box,
    Mosaic,
    Tile,
    cut,
    nearest_first,
    smallest_tile,
    tile_grid,
)
from segmentation.model_store.model_folder import LoadedModel, load_model

DEFAULT_TILE: Final = 1024
DEFAULT_HALO: Final = 48
FAST_TILE: Final = 512
"""Side of the smaller tiles that are tried where empty ones are skipped."""

Image = NDArray[np.uint8]
OnTile = Callable[[Box, NDArray[np.float32]], None]
Report = Callable[[float, str], None]


class PredictionCancelled(Exception):  # noqa: N818 - nothing went wrong
    """A prediction was stopped because it was asked to."""


class Predictor:
    """Applies a model to images.

    Not for several threads at once; make one for each.

    Parameters
    ----------
    model
        A model or its folder.
    device
        "auto", "cpu", "cuda" or "cuda:N".
    engine
        A name of `segmentation.inference.engines.ENGINES`; or "auto", which measures all of them
        on first use and remembers the fastest in the user's cache.
    tile
        Longest side of a tile in pixels; by default what the model's card says.
    threads
        Of the CPU; by default all that this process may use.
    cache
        Folder for what is measured and exported; the user's cache by default.
    on_notice
        Told in a sentence what a user should know: the engine, smaller tiles.

    Raises
    ------
    PredictionError
        The device or the engine is not there, or the tile is too small.
    segmentation.model_store.card.ModelError
        The model cannot be used.
    """

    def __init__(
        self,
        model: LoadedModel | Path,
        *,
        device: str = "auto",
        engine: str = "auto",
        tile: int | None = None,
        threads: int | None = None,
        cache: Path | None = None,
        on_notice: Callable[[str], None] | None = None,
    ) -> None:
        loaded = load_model(model) if isinstance(model, Path) else model
        self.card = loaded.card
        self.stride = loaded.model.network.stride
        self.halo = loaded.card.halo or DEFAULT_HALO
        self.tile = self._checked_tile(tile or loaded.card.tile or DEFAULT_TILE)
        self._notice = on_notice or (lambda _: None)
        folder = cache or user_cache_path("crack-annotator", appauthor=False)
        request = Request(loaded, resolve_device(device), threads or available_threads(), folder)
        self.choice: EngineChoice
        self._engine: Engine
        if engine == "auto":
            self.choice, self._engine = choose_engine(request, self._notice)
        else:
            self.choice = EngineChoice(engine, {})
            self._engine = make_engine(engine, request)
        self._notice(self.choice.sentence())

    def predict(
        self,
        image: Image,
        *,
        viewport: Box | None = None,
        on_tile: OnTile | None = None,
        report: Report | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        half_pass: bool = False,
    ) -> NDArray[np.float32]:
        """Return the probability of a crack in each pixel.

        Parameters
        ----------
        image
            ``(H, W, 3)`` uint8: red, green, blue.
        viewport
            What is looked at; tiles come nearest first.
        on_tile
            Given each tile's box and probability, before it fades into its neighbors.
        report
            Given the share that is done, and a sentence.
        is_cancelled
            Asked before each tile.
        half_pass
            Predict at half the resolution first, and at full resolution only those tiles where
            the first pass finds a probability of at least 0.2 (`coarse_map.SKIP_BELOW`); the
            others keep the first pass's, enlarged. Gains time where most of the image is empty;
            where nothing is, it costs a quarter more.

        Returns
        -------
        ndarray
            ``(H, W)`` float32.

        Raises
        ------
        PredictionCancelled
            `is_cancelled` said so.
        PredictionError
            The memory does not suffice for the smallest tile.
        ValueError
            The image has another shape or type.
        """
        mosaic = Mosaic(image.shape[:2])
        watch = _Watch(on_tile, report, is_cancelled)
        self._fill(mosaic, image, viewport, watch, half_pass=half_pass)
        return mosaic.values

    def predict_codes(
        self,
        image: Image,
        *,
        report: Report | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        half_pass: bool = False,
    ) -> NDArray[np.uint16]:
        """Return the probability times 65535, rounded; see `predict`.

        Takes no memory beside the image and the result but that of a few tiles, and with
        ``half_pass`` a quarter of the image.
        """
        mosaic = Mosaic(image.shape[:2], np.uint16)
        watch = _Watch(None, report, is_cancelled)
        self._fill(mosaic, image, None, watch, half_pass=half_pass)
        return mosaic.values

    def _fill(
        self,
        mosaic: Mosaic,
        image: Image,
        viewport: Box | None,
        watch: "_Watch",
        *,
        half_pass: bool,
    ) -> None:
        _check(image)
        coarse = self._coarse(image, watch) if half_pass and min(image.shape[:2]) > 1 else None
        tiles = self._tiles(_shape(image), coarse)
        for number, tile in enumerate(nearest_first(tiles, viewport)):
            watch.tell(number / len(tiles), f"tile {number + 1} of {len(tiles)}")
            if coarse is not None and coarse.is_empty(tile.kept):
                probability = coarse.enlarged(tile.kept)
            else:
                logits = self._logits(cut(image, tile.window))
                probability = self._probability(logits[tile.kept_in_window])
            mosaic.add(tile, probability)
            watch.on_tile(tile.kept, probability)
        watch.tell(1.0, f"{len(tiles)} tiles")

    def _tiles(self, shape: tuple[int, int], coarse: CoarseMap | None) -> list[Tile]:
        """Return the grid to predict: with empty tiles skipped, the one with the least to do."""
        tiles = tile_grid(shape, self.tile, self.halo, self.stride)
        if coarse is None:
            return tiles
        side = min(self.tile, max(FAST_TILE, smallest_tile(self.halo, self.stride)))
        smaller = tile_grid(shape, side, self.halo, self.stride)

        def n_pixels(grid: list[Tile]) -> int:
            return sum(math.prod(t.window.shape) for t in grid if not coarse.is_empty(t.kept))

        return min(tiles, smaller, key=n_pixels)

    def _coarse(self, image: Image, watch: "_Watch") -> CoarseMap:
        """Return the prediction of the image at half its size."""
        height, width = (-(-size // 2) for size in image.shape[:2])
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        mosaic = Mosaic((height, width), np.uint16)
        silent = _Watch(None, None, watch.is_cancelled)
        self._fill(mosaic, np.asarray(small, np.uint8), None, silent, half_pass=False)
        return CoarseMap(mosaic.values, _shape(image))

    def _probability(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        return expit(logits / np.float32(self.card.temperature))

    def _logits(self, window: Image) -> NDArray[np.float32]:
        """Return the logits of a window; in smaller parts from when the memory was too small."""
        if max(window.shape[:2]) <= self.tile:
            try:
                return self._engine.run(_batch(window))[0, 0]
            except EngineMemoryError as error:
                self._take_smaller_tiles(error)
        logits = np.empty(window.shape[:2], np.float32)
        for part in tile_grid(_shape(window), self.tile, self.halo, self.stride):
            logits[part.kept.slices] = self._logits(cut(window, part.window))[part.kept_in_window]
        return logits

    def _take_smaller_tiles(self, error: EngineMemoryError) -> None:
        smaller = self.tile // 2 // self.stride * self.stride
        if smaller < smallest_tile(self.halo, self.stride):
            raise PredictionError(
                f"The memory does not suffice for tiles of {self.tile} px, and smaller ones are "
                "of no use with this model; close other programs, or predict with --device cpu."
            ) from error
        self._notice(
            f"The memory does not suffice for tiles of {self.tile} px; going on with tiles of "
            f"{smaller} px."
        )
        self.tile = smaller

    def _checked_tile(self, tile: int) -> int:
        least = smallest_tile(self.halo, self.stride)
        if tile < least:
            raise PredictionError(
                f"Tiles of {tile} px are too small for this model, which needs {self.halo} px "
                f"around what it predicts; take at least {least} px."
            )
        return tile


class _Watch:
    """What a caller wants to be told and asked."""

    def __init__(
        self,
        on_tile: OnTile | None,
        report: Report | None,
        is_cancelled: Callable[[], bool] | None,
    ) -> None:
        self.on_tile: OnTile = on_tile or (lambda _box, _probability: None)
        self.report: Report = report or (lambda _share, _text: None)
        self.is_cancelled = is_cancelled or (lambda: False)

    def tell(self, share: float, text: str) -> None:
        """Stop if that is asked for, else tell how far it is."""
        if self.is_cancelled():
            raise PredictionCancelled("The prediction was stopped.")
        self.report(share, text)


def _check(image: NDArray[Any]) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            f"The image has the shape {image.shape} and the type {image.dtype}; it must be "
            "(height, width, 3) and uint8."
        )


def _shape(image: Image) -> tuple[int, int]:
    return image.shape[0], image.shape[1]


def _batch(window: Image) -> NDArray[np.float32]:
    """Return a batch of one whose memory is ordered by pixels, which torch works in anyway."""
    return np.multiply(window, np.float32(1 / 255), dtype=np.float32).transpose(2, 0, 1)[None]
