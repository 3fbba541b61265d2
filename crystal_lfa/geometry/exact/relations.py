"""The rational relation between two bases given independently, recovered once, the same in both directions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import LatticeError
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.rationals import RationalMatrix
from crystal_lfa.geometry.exact.tolerances import LATTICE_TOLERANCE

__all__ = ["Root", "integer_root", "related"]

Root = tuple[tuple[float, ...], ...]
"""Primitive vectors, as the user gave them, as columns."""

_ROUNDINGS = 16 * np.finfo(np.float64).eps


def integer_root(root: Root) -> RationalMatrix | None:
    """Return a basis whose entries are integers exactly, None if one is not."""
    if not all(entry.is_integer() for row in root for entry in row):
        return None
    return rationals.rational_matrix([[Fraction(entry) for entry in row] for row in root])


def related(one: Root, other: Root) -> RationalMatrix:
    """Return the rational X with other = one X, exactly the inverse of what the arguments exchanged give.

    Raises
    ------
    LatticeError
        If the bases are incommensurate up to the stated tolerance; it says by how much.
    """
    integers = integer_root(one), integer_root(other)
    if integers[0] is not None and integers[1] is not None:
        return rationals.product(rationals.inverse(integers[0]), integers[1])
    # From the finer one: coordinates of a sublattice in it are integers, not the other way round.
    if _fineness(one) <= _fineness(other):
        return _recovered(one, other)
    return rationals.inverse(_recovered(other, one))


def _fineness(root: Root) -> tuple[float, Root]:
    return abs(float(np.linalg.det(np.array(root)))), root


def _recovered(fine: Root, coarse: Root) -> RationalMatrix:
    source, target = np.array(fine), np.array(coarse)
    coordinates = np.linalg.solve(source, target)
    relation, error = rationals.nearest_rational_matrix(coordinates)
    if relation is None:
        message = f"coordinates of one in the other, {coordinates.tolist()}, miss fractions by {error:.3g}"
        raise LatticeError(f"{message}, too much for their denominators")
    _check(source, target, relation)
    _check(target, source, rationals.inverse(relation))
    return relation


def _check(source: NDArray[np.float64], target: NDArray[np.float64], relation: RationalMatrix) -> None:
    """Refuse a relation that does not give the vectors of the target from those of the source."""
    matrix = rationals.as_floats(relation)
    misses = np.linalg.norm(source @ matrix - target, axis=0)
    lengths = np.linalg.norm(target, axis=0)
    roundings = _ROUNDINGS * np.linalg.norm(np.abs(source) @ np.abs(matrix), axis=0)
    if (misses > LATTICE_TOLERANCE * lengths + roundings).any():
        worst = float((misses / lengths).max())
        raise LatticeError(f"vectors of one miss combinations of the other's by {worst:.3g} of their length")
