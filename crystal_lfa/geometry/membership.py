"""Whether lattices and points lie in a lattice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import LatticeError
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.basis import Basis, real_points
from crystal_lfa.geometry.exact.integers import integer_points, modular_product, transpose
from crystal_lfa.geometry.exact.tolerances import LARGEST_COORDINATE, LATTICE_TOLERANCE

if TYPE_CHECKING:
    from crystal_lfa.geometry.lattice import Lattice

__all__ = ["contains_lattice", "contains_points"]

_ROUNDINGS = 16 * np.finfo(np.float64).eps


def contains_lattice(lattice: Lattice, other: Lattice) -> bool:
    """Tell whether every point of `other` is one of `lattice`; incommensurate lattices contain no other."""
    if lattice.dim == other.dim:
        try:
            relation = lattice.relation(other)
        except LatticeError:
            return False
        return rationals.as_integers(relation) is not None
    raise LatticeError(f"other: got a lattice of dimension {other.dim}; one of dimension {lattice.dim} is needed")


def contains_points(basis: Basis, points: Any) -> NDArray[np.bool_]:
    """Tell for each Cartesian point, shape (..., d), whether it lies in the lattice of a basis."""
    dimension = len(basis.root)
    rounded = real_points(points, dimension, "other")
    inverse = basis.exact_inverse() if np.asarray(points).dtype.kind in "iu" else None
    if inverse is not None:
        matrix, denominator = rationals.over_common_denominator(inverse)
        numerators = modular_product(integer_points(points, dimension, "other"), transpose(matrix), denominator)
        return np.asarray((numerators == 0).all(axis=-1))
    coordinates = np.linalg.solve(basis.array(), rounded[..., None])[..., 0]
    return _nearly_integer(np.asarray(coordinates, dtype=np.float64))


def _nearly_integer(coordinates: NDArray[np.float64]) -> NDArray[np.bool_]:
    largest = np.abs(coordinates).max(initial=0.0)
    if largest > LARGEST_COORDINATE:
        message = f"other: got points with lattice coordinates up to {largest:.3g}; up to {LARGEST_COORDINATE:g} "
        raise LatticeError(message + "floating point can tell whether they are integers")
    tolerance = LATTICE_TOLERANCE + _ROUNDINGS * np.abs(coordinates)
    return np.asarray((np.abs(coordinates - np.rint(coordinates)) <= tolerance).all(axis=-1))
