"""An image made ready for tracing: channels, noise levels and cost tiles, computed when needed.

Tiles lie on a grid fixed by the image alone, and contrast is judged against noise levels of the
whole image, so the cost at a pixel depends neither on the clicks nor on the window of a trace.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from geodesic.cost import cost_from_response
from geodesic.hessian import bend_classes, hessian_filters
from geodesic.metric import LeftInvariantMetric
from geodesic.noise_level import SAMPLE, robust_levels, sample_corners
from geodesic.parameters import Channel, TraceParameters
from geodesic.ridge import RIDGE_APRON, RIDGE_SCALES, ridge_gain, ridge_strength
from geodesic.types import FloatImage
from geodesic.vesselness import (
    QUANTIZATION_NOISE,
    ResponseDesign,
    across_response,
    crack_response,
    filter_gain,
    response_filters,
    transform_length,
)

MIN_APRON = 48
APRON_PER_SCALE = 16
"""Border around a tile that feeds its filters: px, and px per px of the largest scale."""

TILE = 288
"""Tiles are at most about this large, in px."""

CACHE_BYTES = 384 << 20
"""Cost tiles kept per image, in bytes."""

LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue (ITU-R BT.601)."""

_CHANNELS: dict[str, int] = {"red": 0, "green": 1, "blue": 2}


def _mirrored(start: int, stop: int, length: int) -> NDArray[np.intp]:
    """Fold the indices start..stop-1 into 0..length-1 by mirroring at the borders."""
    index = np.arange(start, stop) % (2 * length)
    return np.where(index < length, index, 2 * length - 1 - index)


def apron_of(design: ResponseDesign) -> int:
    """Border in px that the filters read beyond a tile."""
    return max(MIN_APRON, round(APRON_PER_SCALE * max(design.scales)))


def _design_of(parameters: TraceParameters) -> ResponseDesign:
    return ResponseDesign(parameters.n_orientations, parameters.scales, parameters.angular_sigma)


def _tile_edges(length: int) -> NDArray[np.intp]:
    count = max(1, round(length / TILE))
    return np.linspace(0, length, count + 1).round().astype(np.intp)


class PreparedImage:
    """An upright image with its caches; safe to share between threads.

    Parameters
    ----------
    image : ndarray, shape (height, width) or (height, width, 3 or 4)
        uint8, uint16 or float (values in [0, 1]); a fourth channel is ignored.

    Raises
    ------
    ValueError
        Wrong number of dimensions or data type, or values that are not finite or lie outside
        [0, 1].
    """

    evidence: NDArray[np.float32] | None = None
    """Response (height, width) that is known from elsewhere; the coarse levels heed it, too."""

    def __init__(self, image: NDArray[Any]) -> None:
        if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 3, 4)):
            raise ValueError(
                f"The image has shape {image.shape}; "
                "(height, width) or (height, width, 3) is needed."
            )
        if image.size == 0:
            raise ValueError("The image has no pixels.")
        if image.dtype == np.uint8:
            self._scale = np.float32(1 / 255)
        elif image.dtype == np.uint16:
            self._scale = np.float32(1 / 65535)
        elif np.issubdtype(image.dtype, np.floating):
            self._scale = np.float32(1)
            low, high = float(image.min()), float(image.max())
            if not np.isfinite(low + high):
                raise ValueError(
                    "The image holds values that are not finite numbers (NaN, infinite)."
                )
            if low < 0 or high > 1:
                raise ValueError(
                    f"The image's values go from {low:g} to {high:g}; scale them to 0 to 1 first."
                )
        else:
            raise ValueError(f"The image has type {image.dtype}; uint8, uint16 or float is needed.")
        self._pixels = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
        self.rows = _tile_edges(image.shape[0])
        self.cols = _tile_edges(image.shape[1])
        self._lock = threading.Lock()
        self._levels: dict[tuple[Channel, ResponseDesign], NDArray[np.float32]] = {}
        self._ridge_levels: dict[tuple[Channel, tuple[float, ...]], NDArray[np.float32]] = {}
        self._tiles: OrderedDict[tuple[Any, ...], NDArray[Any]] = OrderedDict()
        self._begun: dict[tuple[Any, ...], Future[NDArray[Any]]] = {}
        self.executor = ThreadPoolExecutor(os.cpu_count() or 1, "score")
        self._ahead = ThreadPoolExecutor(os.cpu_count() or 1, "tiles")
        """Waits for the other one; nothing that runs on it may wait for this one."""

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in px."""
        return self._pixels.shape[0], self._pixels.shape[1]

    @property
    def is_color(self) -> bool:
        """Whether there is a channel to choose."""
        return self._pixels.ndim == 3

    def plane(self, channel: Channel) -> NDArray[Any]:
        """Grey values of the whole image, integers where it has them; `block` is exact."""
        if self._pixels.ndim == 2:
            return np.ascontiguousarray(self._pixels)
        if channel in _CHANNELS:
            return np.ascontiguousarray(self._pixels[:, :, _CHANNELS[channel]])
        if self._pixels.dtype not in (np.uint8, np.uint16):
            return np.clip(self._pixels[:, :, :3].astype(np.float32) @ LUMINANCE, 0, 1)
        code = cv2.COLOR_RGB2GRAY if self._pixels.shape[2] == 3 else cv2.COLOR_RGBA2GRAY
        return np.asarray(cv2.cvtColor(self._pixels, code))

    def knows_ridge_levels(
        self, channel: Channel, scales: tuple[float, ...] = RIDGE_SCALES
    ) -> bool:
        """Tell whether `ridge_levels` returns at once."""
        with self._lock:
            return (channel, scales) in self._ridge_levels

    def block(self, top: int, left: int, bottom: int, right: int, channel: Channel) -> FloatImage:
        """Grey values of a box of pixels, mirrored where it leaves the image.

        Parameters
        ----------
        top, left, bottom, right : int
            Box in px, the last two exclusive.
        channel : str
            "luminance", "red", "green" or "blue"; ignored for grey images.

        Returns
        -------
        ndarray of float32, shape (bottom - top, right - left)
            In [0, 1].
        """
        height, width = self.shape
        if top >= 0 and left >= 0 and bottom <= height and right <= width:
            pixels = self._pixels[top:bottom, left:right]
        else:
            rows, cols = _mirrored(top, bottom, height), _mirrored(left, right, width)
            pixels = self._pixels[rows[:, None], cols[None, :]]
        if pixels.ndim == 3:
            if channel in _CHANNELS:
                pixels = pixels[:, :, _CHANNELS[channel]]
            else:
                grey = pixels[:, :, :3].astype(np.float32) @ (LUMINANCE * self._scale)
                return np.asarray(grey, np.float32)
        return pixels.astype(np.float32) * self._scale

    def levels(self, channel: Channel, design: ResponseDesign) -> NDArray[np.float32]:
        """Robust standard deviation of the across response of each scale, over the whole image.

        1.4826 times the median absolute value on sample windows spread evenly over the image, and
        never less than what a quarter of the 8-bit rounding noise produces.

        Returns
        -------
        ndarray of float32, shape (n_scales,)
        """
        key = (channel, design)
        with self._lock:
            known = self._levels.get(key)
        if known is not None:
            return known
        apron = apron_of(design)
        edge = transform_length(SAMPLE + 2 * apron)
        filters = response_filters((edge, edge), design)
        quarter = slice(None, None, max(1, design.n_orientations // 4))
        inner = slice(apron, apron + SAMPLE)

        def one_window(corner: tuple[int, int]) -> NDArray[np.float32]:
            top, left = corner[0] - apron, corner[1] - apron
            block = self.block(top, left, top + edge, left + edge, channel)
            response = across_response(block, filters, quarter)[:, :, inner, inner][..., ::2, ::2]
            return response.swapaxes(0, 1).reshape(len(design.scales), -1)

        windows = list(self.executor.map(one_window, sample_corners(self.shape)))
        floor = 0.25 * QUANTIZATION_NOISE * filter_gain(filters)
        levels = robust_levels(windows, floor)
        with self._lock:
            self._levels[key] = levels
        return levels

    def levels_for(self, parameters: TraceParameters) -> NDArray[np.float32]:
        """Response of a sure crack at each scale: `levels` times ``contrast_level``."""
        levels = self.levels(parameters.channel, _design_of(parameters))
        return np.float32(parameters.contrast_level) * levels

    def ridge_levels(
        self, channel: Channel, scales: tuple[float, ...] = RIDGE_SCALES
    ) -> NDArray[np.float32]:
        """Robust standard deviation of the ridge strength of each scale, over the whole image.

        Returns
        -------
        ndarray of float32, shape (n_scales,)
        """
        with self._lock:
            known = self._ridge_levels.get((channel, scales))
        if known is not None:
            return known
        a = RIDGE_APRON
        windows = []
        for top, left in sample_corners(self.shape):
            block = self.block(top - a, left - a, top + SAMPLE + a, left + SAMPLE + a, channel)
            strength = ridge_strength(block, scales)[:, a:-a:2, a:-a:2]
            windows.append(strength.reshape(len(scales), -1))
        levels = robust_levels(windows, 0.25 * QUANTIZATION_NOISE * ridge_gain(scales))
        with self._lock:
            self._ridge_levels[channel, scales] = levels
        return levels

    def cost_tile(self, tile: tuple[int, int], parameters: TraceParameters) -> NDArray[np.float32]:
        """Cost of one tile of the grid (`rows`, `cols`), computed once and kept.

        Parameters
        ----------
        tile : tuple of int
            (row, column) in the grid.
        parameters : TraceParameters
            With ``polarity`` and ``channel`` resolved (not "auto").

        Returns
        -------
        ndarray of float32, shape (height, width, n_orientations)
            In (0, 1].
        """
        p = parameters
        design = _design_of(p)
        key = (tile, design, p.channel, p.polarity, p.contrast_level, p.cost_lambda, p.cost_power)

        def compute() -> NDArray[np.float32]:
            block, inner = self._tile_block(tile, p)
            response = crack_response(
                block,
                response_filters((block.shape[0], block.shape[1]), design),
                self.levels_for(p),
                inner,
                dark=p.polarity != "bright",
                executor=self.executor,
            )
            return cost_from_response(response, p.cost_lambda, p.cost_power)

        return self._kept(key, compute)

    def bend_tile(self, tile: tuple[int, int], parameters: TraceParameters) -> NDArray[np.uint8]:
        """Classes of the data-driven metric in one tile, computed once and kept.

        Parameters
        ----------
        tile : tuple of int
            (row, column) in the grid.
        parameters : TraceParameters
            With ``channel`` resolved.

        Returns
        -------
        ndarray of uint8, shape (height, width, n_orientations)
            Numbers of `geodesic.hessian.class_directions`.
        """
        p = parameters
        sigma = float(np.median(p.scales))
        key = (tile, p.channel, p.n_orientations, sigma, p.xi, p.zeta)

        def compute() -> NDArray[np.uint8]:
            block, inner = self._tile_block(tile, p)
            filters = hessian_filters((block.shape[0], block.shape[1]), p.n_orientations, sigma)
            lengths = LeftInvariantMetric(p.xi, p.zeta, p.n_orientations, False).unit_lengths
            return bend_classes(block, filters, lengths, inner, self.executor)

        return self._kept(key, compute)

    def _tile_block(
        self, tile: tuple[int, int], parameters: TraceParameters
    ) -> tuple[FloatImage, tuple[slice, slice]]:
        """Grey values of a tile with its apron, and where the tile lies in them."""
        apron = apron_of(_design_of(parameters))
        top, bottom = (int(edge) for edge in self.rows[tile[0] : tile[0] + 2])
        left, right = (int(edge) for edge in self.cols[tile[1] : tile[1] + 2])
        height = transform_length(int(np.diff(self.rows).max()) + 2 * apron)
        width = transform_length(int(np.diff(self.cols).max()) + 2 * apron)
        block = self.block(
            top - apron,
            left - apron,
            top - apron + height,
            left - apron + width,
            parameters.channel,
        )
        return block, (slice(apron, apron + bottom - top), slice(apron, apron + right - left))

    def begin_tiles(
        self, tiles: Sequence[tuple[int, int]], parameters: TraceParameters
    ) -> Callable[[], None]:
        """Have `cost_tile` computed in the background, in this order.

        Returns
        -------
        callable
            Gives up those that have not been begun.
        """
        futures = [self._ahead.submit(self.cost_tile, tile, parameters) for tile in tiles]

        def give_up() -> None:
            for future in futures:
                future.cancel()

        return give_up

    def _kept(self, key: tuple[Any, ...], compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return what the cache has under a key, or compute and keep it; never twice at a time."""
        with self._lock:
            known = self._tiles.get(key)
            if known is not None:
                self._tiles.move_to_end(key)
                return known
            begun = self._begun.get(key)
            mine: Future[NDArray[Any]] = Future()
            if begun is None:
                self._begun[key] = mine
        if begun is not None:
            return begun.result()
        try:
            tile = compute()
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(tile)
            self._keep(key, tile)
            return tile
        finally:
            with self._lock:
                del self._begun[key]

    def _keep(self, key: tuple[Any, ...], tile: NDArray[Any]) -> None:
        with self._lock:
            self._tiles[key] = tile
            while (
                sum(t.nbytes for t in self._tiles.values()) > CACHE_BYTES and len(self._tiles) > 1
            ):
                self._tiles.popitem(last=False)
