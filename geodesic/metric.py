"""Metrics as data: the dual tensors that one solver marches with.

A metric is a family of quadratic forms G on velocities, multiplied by the squared cost C^2.
Symmetric and forward-only metrics on positions and orientations, planar metrics and tensor fields
differ only in the data they hand to the solver.

References
----------
Duits, Meesters, Mirebeau, Portegies, "Optimal paths for variants of the 2D and 3D Reeds-Shepp car
with applications in image analysis", JMIV 60 (2018).
Bekkers, Duits, Mashtakov, Sanguinetti, "A PDE approach to data-driven sub-Riemannian geodesics in
SE(2)", SIAM J. Imaging Sciences 8 (2015).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Metric(Protocol):
    """What the solver needs of a metric."""

    @property
    def n_theta(self) -> int:
        """Number of orientation layers; 1 for planar metrics."""
        ...

    @property
    def n_classes(self) -> int:
        """Number of classes of points that share their tensors; 1 unless they vary in space."""
        ...

    def dual(self) -> FloatArray:
        """Dual tensors D = G^-1 at unit cost in grid steps (col, row[, layer]).

        Shape (n, d, d) with n = n_classes * n_theta, layers of a class one after the other; or n =
        number of grid points, in the order of a C array indexed [row, col, layer].
        """
        ...

    def headings(self) -> FloatArray | None:
        """Return unit directions (x, y) that motion may not oppose, None if both ways are free.

        Shape (n, 2).
        """
        ...


@dataclass(frozen=True, slots=True)
class LeftInvariantMetric:
    r"""Left-invariant metric on positions and orientations.

    .. math:: G = \xi^2 |\dot x\cdot n|^2 + (\xi/\zeta)^2 (|\dot x|^2 - |\dot x\cdot n|^2)
              + |\dot\theta|^2

    In forward gear only :math:`\dot x\cdot n \ge 0` is allowed, which removes cusps.

    Attributes
    ----------
    xi : float
        Stiffness in 1/px.
    zeta : float
        Price of moving ahead over that of moving sideways, in (0, 1].
    n_theta : int
        Layers over pi (symmetric) or over 2 pi (forward).
    forward : bool
        Forward gear.
    """

    xi: float
    zeta: float
    n_theta: int
    forward: bool

    @property
    def n_classes(self) -> int:
        """One class."""
        return 1

    @property
    def period(self) -> float:
        """Range of theta in radians."""
        return 2 * np.pi if self.forward else np.pi

    @property
    def step(self) -> float:
        """Radians between layers."""
        return self.period / self.n_theta

    @property
    def angles(self) -> FloatArray:
        """Theta of each layer in radians."""
        return self.step * np.arange(self.n_theta, dtype=np.float64)

    @property
    def unit_lengths(self) -> FloatArray:
        """How far (px along, px across, radians) a unit of length goes, shape (3,)."""
        return np.array([1.0 / self.xi, self.zeta / self.xi, 1.0])

    def headings(self) -> FloatArray | None:
        """Directions n(theta) of the layers in forward gear."""
        if not self.forward:
            return None
        return np.stack([np.cos(self.angles), np.sin(self.angles)], axis=1)

    def dual(self) -> FloatArray:
        """Block-diagonal tensors, shape (n_theta, 3, 3)."""
        ahead = np.stack([np.cos(self.angles), np.sin(self.angles)], axis=1)
        sideways = np.stack([-np.sin(self.angles), np.cos(self.angles)], axis=1)
        dual = np.zeros((self.n_theta, 3, 3))
        dual[:, :2, :2] = (
            ahead[:, :, None] * ahead[:, None, :]
            + self.zeta**2 * sideways[:, :, None] * sideways[:, None, :]
        ) / self.xi**2
        dual[:, 2, 2] = 1.0 / self.step**2
        return dual


@dataclass(frozen=True, slots=True)
class DataDrivenMetric:
    r"""A left-invariant metric with a term that follows the image, of rank one and in classes.

    .. math:: G = M (I + \Lambda e e^T) M,\quad D = M^{-1}\left(I - \frac{\Lambda}{1 + \Lambda}
              e e^T\right) M^{-1}

    in the moving frame (along, across, turning), with M the root of the metric without data and e
    the unit vector of a class. See `geodesic.hessian`.

    Attributes
    ----------
    base : LeftInvariantMetric
        The metric without data.
    strength : float
        Lambda >= 0.
    directions : ndarray, shape (n_classes, 3)
        Unit vectors e, at orientations in [0, pi).
    """

    base: LeftInvariantMetric
    strength: float
    directions: FloatArray

    @property
    def n_theta(self) -> int:
        """Layers of the metric without data."""
        return self.base.n_theta

    @property
    def n_classes(self) -> int:
        """One class for each direction."""
        return len(self.directions)

    def headings(self) -> FloatArray | None:
        """Headings of the metric without data."""
        return self.base.headings()

    def dual(self) -> FloatArray:
        """Tensors of all layers, class after class, shape (n_classes * n_theta, 3, 3)."""
        base = self.base
        lengths = base.unit_lengths
        share = self.strength / (1.0 + self.strength)
        outer = self.directions[:, :, None] * self.directions[:, None, :]
        framed = (np.eye(3) - share * outer) * (lengths[:, None] * lengths[None, :])
        # The data knows lines, not headings: the opposite heading has the same tensor.
        angles = base.angles % np.pi
        turn = np.zeros((base.n_theta, 3, 3))
        turn[:, 0, 0] = turn[:, 1, 1] = np.cos(angles)
        turn[:, 1, 0] = np.sin(angles)
        turn[:, 0, 1] = -np.sin(angles)
        turn[:, 2, 2] = 1.0 / base.step
        dual = np.einsum("kia,cab,kjb->ckij", turn, framed, turn)
        return dual.reshape(-1, 3, 3)


@dataclass(frozen=True, slots=True)
class PlanarMetric:
    """The Euclidean metric of the plane, for isotropic marching."""

    @property
    def n_theta(self) -> int:
        """One layer."""
        return 1

    @property
    def n_classes(self) -> int:
        """One class."""
        return 1

    def headings(self) -> None:
        """Both ways are free."""

    def dual(self) -> FloatArray:
        """Return the identity, shape (1, 2, 2)."""
        return np.eye(2)[None]


@dataclass(frozen=True, slots=True)
class TensorField:
    """A symmetric positive definite tensor at each grid point.

    Attributes
    ----------
    tensors : ndarray, shape (height, width, 2, 2) or (height, width, n_theta, 3, 3)
        G in px and, for theta, radians; axes of the tensor are (x, y[, theta]).
    period : float
        Range of theta in radians.
    """

    tensors: FloatArray
    period: float = 2 * np.pi

    @property
    def n_theta(self) -> int:
        """Number of layers."""
        return 1 if self.tensors.ndim == 4 else self.tensors.shape[2]

    @property
    def n_classes(self) -> int:
        """One class: each point has its own tensor."""
        return 1

    def headings(self) -> None:
        """Both ways are free."""

    def dual(self) -> FloatArray:
        """Inverse tensors in grid steps, shape (points, d, d)."""
        size = self.tensors.shape[-1]
        dual = np.asarray(np.linalg.inv(self.tensors.reshape(-1, size, size)), np.float64)
        if size == 3:
            scale = np.array([1.0, 1.0, self.n_theta / self.period])
            dual *= scale[:, None] * scale[None, :]
        return dual
