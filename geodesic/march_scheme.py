"""Stencils flattened to shifts of the point's number in a padded box, and their inverse."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geodesic.march_kernel import Scheme
from geodesic.stencils import Stencils

_Scalar = TypeVar("_Scalar", bound=np.generic)


def flat_scheme(
    stencils: Stencils, shape: tuple[int, int], reach: int, n_theta: int, n_cost: int
) -> Scheme:
    """Flatten stencils, and list for each who has it as a neighbor.

    Parameters
    ----------
    stencils : Stencils
        One per layer, per class and layer, or per point of the box.
    shape : tuple of int
        (height, width) of the box, without its border.
    reach : int
        Width of the border in px.
    n_theta, n_cost : int
        Layers of the map and of the cost.
    """
    offsets, weights, one_sided = stencils.offsets, stencils.weights, stencils.one_sided
    per_point = weights.shape[0] == shape[0] * shape[1] * n_theta != n_theta
    if per_point:
        offsets = _spread(offsets, shape, reach, n_theta)
        weights = _spread(weights, shape, reach, n_theta)
        one_sided = _spread(one_sided, shape, reach, n_theta)
    count = weights.shape[0]
    layer = np.arange(count)[:, None] % n_theta
    pixel_shift = offsets[:, :, 1] * (shape[1] + 2 * reach) + offsets[:, :, 0]
    used = weights > 0
    tables, who, rows, classes = [], [], [], []
    for sign in (-1, 1):
        turned = (layer + sign * offsets[:, :, 2]) % n_theta
        shift = sign * pixel_shift * n_theta + turned - layer
        active = used if sign < 0 else used & ~one_sided
        tables.append(np.where(active, shift, 0))
        # A neighbor q = p + shift has p in its list.
        owner, _ = np.nonzero(active)
        moved = shift[active]
        who.append(owner + moved if per_point else turned[active])
        stencil = owner if per_point else owner % n_theta
        cost_layer = owner % n_theta % n_cost
        rows.append(np.stack([-moved, -sign * pixel_shift[active], cost_layer, stencil], axis=1))
        classes.append(owner // n_theta)
    start, reverse, member = _inverse(
        np.concatenate(who),
        np.concatenate(rows),
        None if per_point else np.concatenate(classes),
        count if per_point else n_theta,
    )
    return Scheme(
        tables[0],
        tables[1],
        np.ascontiguousarray(weights, np.float32),
        start,
        reverse,
        member,
        np.ascontiguousarray(offsets),
    )


def _inverse(
    who: NDArray[np.int64],
    rows: NDArray[np.int64],
    classes: NDArray[np.int64] | None,
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Sort rows by whose list they belong to; rows of several classes are listed once."""
    if classes is None:
        order = np.argsort(who, kind="stable")
        who, rows = who[order], rows[order]
        member = np.ones((1, 1), bool)
    else:
        keyed, row = np.unique(
            np.concatenate([who[:, None], rows], axis=1), axis=0, return_inverse=True
        )
        member = np.zeros((len(keyed), int(classes.max()) + 1), bool)
        member[row.ravel(), classes] = True
        who, rows = keyed[:, 0], keyed[:, 1:]
    start = np.searchsorted(who, np.arange(count + 1)).astype(np.int64)
    return start, np.ascontiguousarray(rows), member


def _spread(
    per_point: NDArray[_Scalar], shape: tuple[int, int], reach: int, n_theta: int
) -> NDArray[_Scalar]:
    """Put per-point data into the padded box, zero in the border."""
    height, width = shape
    tail = per_point.shape[1:]
    padded = np.zeros((height + 2 * reach, width + 2 * reach, n_theta, *tail), per_point.dtype)
    padded[reach : reach + height, reach : reach + width] = per_point.reshape(
        height, width, n_theta, *tail
    )
    return padded.reshape(-1, *tail)
