"""Points modulo the periods of a torus: the shortest vector of each class."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product as all_combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.geometry.exact.integers import box_points, integer_array, product
from crystal_lfa.geometry.exact.tolerances import DISTANCE_TOLERANCE
from crystal_lfa.geometry.torus import Torus

__all__ = ["shortest_representatives"]


def shortest_representatives(torus: Torus, points: ArrayLike) -> NDArray[np.int64]:
    r"""Return, for lattice points z, a shortest of the vectors :math:`z + N w`, w integer, by Cartesian length.

    Parameters
    ----------
    torus : Torus
        Its twist plays no part.
    points : (k, d) integer array_like

    Returns
    -------
    (k, d) int64
        The same for equal points modulo the periods. Of several shortest ones (lengths are compared with a relative
        tolerance of 1e-9) the lexicographically greatest is taken at one of z and -z and its negative at the other,
        so the representative of -z is minus that of z, except where z and -z are equal modulo the periods.

    Notes
    -----
    A nearest vector of the periods' lattice is found from a reduced basis b_i of it: rounding leaves a remainder of
    length at most R, and the shortest one differs from it by coordinates of at most R |b_i*| + 1/2, b_i* the dual
    basis. All of these are looked at, so the result is right for every basis, and fast for a reduced one.

    References
    ----------
    Agrell, Eriksson, Vardy, Zeger: Closest point search in lattices, IEEE Trans. Inf. Theory 48 (2002), section III.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> torus = lfa.lattices.integer(2).torus((4, 3))
    >>> shortest_representatives(torus, [[3, 0], [0, 2], [1, 4], [2, 1], [2, 2]]).tolist()
    [[-1, 0], [0, -1], [1, 1], [2, 1], [-2, -1]]
    """
    numbers, _ = torus.locate(points)
    opposite, _ = torus.locate(-box_points(torus.shape, numbers))
    flipped = opposite < numbers
    start, steps = _nearly_shortest(torus, box_points(torus.shape, np.minimum(numbers, opposite)))
    candidates = [start + step for step in steps]
    lengths = np.stack([_lengths(torus, candidate) for candidate in candidates])
    shortest = lengths.min(axis=0) * (1 + DISTANCE_TOLERANCE)
    best, found = start, np.zeros(len(start), dtype=bool)
    for candidate, length in zip(candidates, lengths, strict=True):
        better = (length <= shortest) & (~found | _greater(candidate, best))
        best = np.where(better[:, None], candidate, best)
        found |= better
    return np.where(flipped[:, None], -best, best)


def _nearly_shortest(torus: Torus, points: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    """Return short representatives, and the periods of which some leads from each to every shortest one."""
    short, combinations = torus.lattice.sublattice(torus.period_vectors).shortened()
    vectors = integer_array(product(combinations, torus.period_vectors))
    start = points - np.rint(short.coordinates(torus.lattice.cartesian(points))).astype(np.int64) @ vectors
    radius = _lengths(torus, start).max(initial=0.0)
    # Half a step more than rounding leaves, and a little, so that no tie is lost to rounding.
    limits = np.floor(radius * np.linalg.norm(short.dual.vectors, axis=1) * (1 + DISTANCE_TOLERANCE) + 0.5 + 1e-6)
    return start, [step @ vectors for step in _box_around_zero(limits.astype(int).tolist())]


def _box_around_zero(limits: list[int]) -> Iterator[NDArray[np.int64]]:
    for step in all_combinations(*(range(-limit, limit + 1) for limit in limits)):
        yield np.array(step, dtype=np.int64)


def _lengths(torus: Torus, points: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(torus.lattice.cartesian(points), axis=-1), dtype=np.float64)


def _greater(left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell for each row whether it comes after the other one lexicographically."""
    difference = left - right
    first = (difference != 0).argmax(axis=-1)[:, None]
    return np.asarray(np.take_along_axis(difference, first, axis=-1)[:, 0] > 0)
