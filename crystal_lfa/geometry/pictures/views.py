"""Which part of an infinite lattice a picture shows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.geometry.lattice import Lattice

__all__ = ["View", "mean_spacing", "shortest_distance", "view_of"]

_LONGEST = {1: 40.0, 2: 24.0, 3: 7.0}
"""Sides of a view, in mean distances of lattice points, beyond which it ends although the cell does not."""

_MOST_CANDIDATES = 100_000
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class View:
    """A box of Cartesian space with sides along the axes.

    Attributes
    ----------
    lower, upper : (d,) float64
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    @property
    def box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The lower and the upper ends, which points on the boundary do not miss for rounding."""
        slack = _ROUNDING * self.sides.max()
        return self.lower - slack, self.upper + slack

    @property
    def sides(self) -> NDArray[np.float64]:
        """The lengths of the sides, shape (d,)."""
        return self.upper - self.lower

    @property
    def figure_size(self) -> tuple[float, float]:
        """The size in inches of a figure for this view."""
        if len(self.sides) == 1:
            return 7.0, 1.7
        if len(self.sides) == 3:
            return 6.0, 6.0
        width, height = 6.0 * self.sides / self.sides.max()
        return float(max(width, 4.0) + 0.5), float(max(height, 1.2) + 0.6)

    def contains(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Tell which points (..., d) lie inside."""
        array = np.asarray(points, dtype=np.float64)
        lower, upper = self.box
        return np.asarray(((array >= lower) & (array <= upper)).all(axis=-1))

    def candidates(self, lattice: Lattice) -> int:
        """Return how many points `lattice_points` looks at."""
        return math.prod(high - low + 1 for low, high in self._ranges(lattice.reduced(), np.zeros(lattice.dim)))

    def lattice_points(self, lattice: Lattice, shift: ArrayLike = 0.0) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the points z of a lattice for which A z + shift lies inside.

        Returns
        -------
        coordinates : (k, d) int64, lexicographic
        positions : (k, d) float64, A z + shift
        """
        # Short vectors lose no digits to cancellation, and few of their combinations lie outside.
        short, rows = lattice.shortened()
        offset = np.broadcast_to(np.asarray(shift, dtype=np.float64), (lattice.dim,))
        axes = [np.arange(low, high + 1) for low, high in self._ranges(short, offset)]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, lattice.dim)
        positions = short.cartesian(grid) + offset
        inside = self.contains(positions)
        coordinates = grid[inside] @ np.array(rows, dtype=np.int64)
        order = np.lexsort(coordinates.T[::-1])
        return coordinates[order], positions[inside][order]

    def _ranges(self, short: Lattice, shift: NDArray[np.float64]) -> list[tuple[int, int]]:
        inverse = np.linalg.inv(short.basis)
        lower, upper = (end - shift for end in self.box)
        ends = np.stack([inverse * lower, inverse * upper])
        low, high = np.floor(ends.min(axis=0).sum(axis=1)), np.ceil(ends.max(axis=0).sum(axis=1))
        return [(int(a), int(b)) for a, b in zip(low, high, strict=True)]


def view_of(lattice: Lattice, corners: ArrayLike, margin: float, most: int, longest: float | None = None) -> View:
    """Return a view of something on a lattice and of its surroundings.

    Parameters
    ----------
    lattice : Lattice
    corners : (k, d) array_like
        Of what is to be seen, 0 among them or inside.
    margin : around it, a length
    most : int
        How many points of the lattice to show at most; margins shrink for that, and in the end the view does.
    longest : float, optional
        How far from 0 the view reaches at most; default several points of the lattice.
    """
    points = np.asarray(corners, dtype=np.float64)
    if longest is None:
        lengths = np.linalg.norm(lattice.reduced().vectors, axis=1)
        longest = max(_LONGEST[lattice.dim] * mean_spacing(lattice), 1.5 * float(lengths.max()))
    # A basis may be arbitrarily skew; then its vectors leave the view.
    start = View(points.min(axis=0).clip(min=-longest), points.max(axis=0).clip(max=longest))
    return next(view for view in _views(start, margin) if _few(view, lattice, most))


def mean_spacing(lattice: Lattice) -> float:
    """Return the edge of the cube that has the volume of a unit cell."""
    return float(lattice.cell_volume ** (1 / lattice.dim))


def shortest_distance(lattice: Lattice) -> float:
    """Return the distance of neighbouring points of a lattice, or somewhat more."""
    return float(np.linalg.norm(lattice.reduced().vectors, axis=1).min())


def _few(view: View, lattice: Lattice, most: int) -> bool:
    return view.candidates(lattice) <= _MOST_CANDIDATES and len(view.lattice_points(lattice)[0]) <= most


def _views(start: View, margin: float) -> Iterator[View]:
    """Yield boxes around a view, the largest first, thin ones made less so; then ever smaller ones inside it."""
    wanted = np.maximum(margin, (start.sides.max() / 3 - start.sides) / 2)
    for share in (1.0, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.0):
        yield View(start.lower - share * wanted, start.upper + share * wanted)
    reach = float(start.sides.max())
    while True:
        reach /= 2
        yield View(start.lower.clip(min=-reach), start.upper.clip(max=reach))
