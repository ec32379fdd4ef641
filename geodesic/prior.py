"""Knowledge from elsewhere of where cracks are, such as a network's, as part of the cost.

It works as evidence: where the prior is p, the response counts as at least ``WEIGHT`` times p in
all orientations. So a trace bridges what the filters hardly see, while a prior of zero leaves the
cost as the image alone has it.
"""

from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodesic.parameters import TraceParameters
from geodesic.prepared_image import PreparedImage

WEIGHT = 0.5
"""Response of a place that is certain; that of a crack which stands out clearly is 1."""

_KEPT_TILES = 12


class PriorImage(PreparedImage):
    """A prepared image, with all that it has cached, and a prior; safe to share between threads.

    Parameters
    ----------
    prepared : PreparedImage
        The image; traces on it alone are not affected.
    prior : ndarray of float32, shape (height, width)
        In [0, 1].

    Raises
    ------
    ValueError
        The prior has another shape than the image.
    """

    def __init__(self, prepared: PreparedImage, prior: NDArray[np.float32]) -> None:
        if prior.shape != prepared.shape:
            raise ValueError(f"The prior has shape {prior.shape}, the image {prepared.shape}.")
        self.__dict__.update(prepared.__dict__)  # not `super().__init__`: the caches are shared
        self._response = np.float32(WEIGHT) * prior
        self.evidence = self._response
        self._raised: OrderedDict[tuple[Any, ...], NDArray[np.float32]] = OrderedDict()

    def cost_tile(self, tile: tuple[int, int], parameters: TraceParameters) -> NDArray[np.float32]:
        """Cost of one tile as in `PreparedImage`, nowhere above that of the prior."""
        key = (tile, parameters)
        with self._lock:
            known = self._raised.get(key)
        if known is not None:
            return known
        rows = slice(*(int(edge) for edge in self.rows[tile[0] : tile[0] + 2]))
        cols = slice(*(int(edge) for edge in self.cols[tile[1] : tile[1] + 2]))
        response = self._response[rows, cols]
        highest = 1.0 / (1.0 + parameters.cost_lambda * response**parameters.cost_power)
        cost = np.minimum(super().cost_tile(tile, parameters), highest[:, :, None])
        with self._lock:
            self._raised[key] = cost
            while len(self._raised) > _KEPT_TILES:
                self._raised.popitem(last=False)
        return cost
