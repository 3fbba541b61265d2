"""The isometries of a lattice that keep its origin, in lattice coordinates: its point group, at most 48 in space."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry.exact.tolerances import DISTANCE_TOLERANCE
from crystal_lfa.geometry.lattice import Lattice

__all__ = ["PointGroup", "isometries"]

_MOST_VECTORS = 5_000
"""Integer vectors among which images are looked for; of a skewer basis a shorter one is taken."""

_MOST_DIMENSIONS = 3
"""Beyond, there are hundreds of isometries, and looking at each would cost more than most tori."""


@dataclass(frozen=True, slots=True, eq=False)
class PointGroup:
    """Integer matrices that form a group, with its multiplication table.

    Attributes
    ----------
    matrices : (g, d, d) int64
        The identity first.
    table : (g, g) int64
        ``matrices[table[i, j]] = matrices[i] @ matrices[j]``.
    """

    matrices: NDArray[np.int64]
    table: NDArray[np.int64]

    @classmethod
    def of(cls, matrices: NDArray[np.int64]) -> PointGroup:
        """Return the group of these matrices, sorted so that the identity comes first."""
        count, dimension = matrices.shape[:2]
        flat = matrices.reshape(count, -1)
        unit = (flat == np.eye(dimension, dtype=np.int64).ravel()).all(axis=1)
        ordered = matrices[np.argsort(~unit, kind="stable")]
        largest = int(np.abs(ordered).max())
        kind = np.int64 if (2 * largest + 1) ** (dimension * dimension) < 2**62 else object
        places = (2 * largest + 1) ** np.arange(dimension * dimension, dtype=object)
        products = np.einsum("aij,bjk->abik", ordered, ordered).reshape(count * count, -1)
        keys = ordered.reshape(count, -1).astype(kind) @ places.astype(kind)
        found = products.astype(kind) @ places.astype(kind)
        order = np.argsort(keys)
        table = order[np.searchsorted(keys, found, sorter=order).clip(max=count - 1)]
        if np.abs(products).max() > largest or (keys[table] != found).any():
            # Lengths that are equal up to the tolerance alone need not make a group.
            unit = np.eye(dimension, dtype=np.int64)
            return cls(np.stack([unit, -unit]), np.array([[0, 1], [1, 0]]))
        return cls(ordered, table.reshape(count, count))

    def generated(self, members: NDArray[np.bool_], added: int) -> NDArray[np.bool_]:
        """Return which elements the members of a subgroup and one more generate."""
        found = members.copy()
        found[added] = True
        while True:
            inside = np.flatnonzero(found)
            count = len(inside)
            found[self.table[np.ix_(inside, inside)]] = True
            if np.count_nonzero(found) == count:
                return found


def isometries(lattice: Lattice) -> NDArray[np.int64]:
    r"""Return the integer matrices G with :math:`|A G z| = |A z|` for all z: (g, d, d), in no special order.

    The columns of G are images of the primitive vectors: lattice vectors of the same lengths and angles, up to the
    relative tolerance of distances. In more than three dimensions the identity and its negative alone.

    References
    ----------
    Conway, Sloane: Sphere Packings, Lattices and Groups, chapter 3, section 4.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> [len(isometries(lattice)) for lattice in (lfa.lattices.square(), lfa.lattices.triangular(), lfa.lattices.fcc())]
    [8, 12, 48]
    """
    dimension = lattice.dim
    if dimension > _MOST_DIMENSIONS:
        unit = np.eye(dimension, dtype=np.int64)
        return np.stack([unit, -unit])
    extents = _extents(lattice)
    if math.prod(2 * extent + 1 for extent in extents) <= _MOST_VECTORS:
        return _images(lattice, extents)
    short, rows = lattice.shortened()
    change = np.array(rows, dtype=object).T
    inside = _images(short, _extents(short)).astype(object)
    # G of the basis B change, from that of the basis B.
    back = np.array(np.rint(np.linalg.inv(change.astype(np.float64))), dtype=np.int64).astype(object)
    if (change @ back != np.eye(dimension, dtype=np.int64)).any():
        return np.eye(dimension, dtype=np.int64)[None]
    found = change @ inside @ back
    fits = np.abs(found).reshape(len(found), -1).max(axis=1) < 2**20
    return found.astype(np.int64) if fits.all() else np.eye(dimension, dtype=np.int64)[None]


def _extents(lattice: Lattice) -> tuple[int, ...]:
    """Return the largest coordinates that a vector no longer than the longest primitive one can have."""
    basis = lattice.basis
    reach = np.linalg.norm(np.linalg.inv(basis), axis=1) * np.linalg.norm(basis, axis=0).max()
    return tuple(int(x) for x in np.floor(reach * (1 + DISTANCE_TOLERANCE)))


def _images(lattice: Lattice, extents: tuple[int, ...]) -> NDArray[np.int64]:
    """Return the isometries, whose entries in row i have at most the magnitude `extents[i]`."""
    basis = lattice.basis
    gram = basis.T @ basis
    lengths = np.sqrt(np.diag(gram))
    grid = np.meshgrid(*(np.arange(-extent, extent + 1) for extent in extents), indexing="ij")
    points = np.stack([axis.ravel() for axis in grid], axis=1)
    cartesian = points @ basis.T
    found = np.linalg.norm(cartesian, axis=1)
    # Images of the first primitive vectors, one more at a time.
    chosen = np.zeros((1, 0), dtype=np.int64)
    for j, length in enumerate(lengths):
        candidates = np.flatnonzero(np.abs(found - length) <= DISTANCE_TOLERANCE * length)
        fits = np.ones((len(chosen), len(candidates)), dtype=np.bool_)
        for i in range(j):
            angles = cartesian[chosen[:, i]] @ cartesian[candidates].T
            fits &= np.abs(angles - gram[i, j]) <= DISTANCE_TOLERANCE * lengths[i] * length
        before, after = np.nonzero(fits)
        chosen = np.concatenate([chosen[before], candidates[after][:, None]], axis=1)
    return np.ascontiguousarray(points[chosen].transpose(0, 2, 1).astype(np.int64))
