"""Exact rational matrices and vectors, and the one border where floats become fractions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry.exact.integers import IntegerMatrix
from crystal_lfa.geometry.exact.normal_forms import hermite_form
from crystal_lfa.geometry.exact.tolerances import (
    CONVINCING_FRACTION,
    LARGEST_RELATION,
    MAXIMAL_DENOMINATOR,
    SITE_TOLERANCE,
)

__all__ = [
    "RationalMatrix",
    "apply",
    "as_floats",
    "as_integers",
    "column_hermite",
    "common_sublattice",
    "common_superlattice",
    "determinant",
    "exact_site_coordinate",
    "identity",
    "inverse",
    "nearest_rational_matrix",
    "nearest_simple_fraction",
    "over_common_denominator",
    "product",
    "rational_matrix",
]

_FRACTION = re.compile(r"[+-]?(?:[0-9]{1,30}(?:/[0-9]{1,30})?|[0-9]{0,30}\.[0-9]{0,30})")
"""No decimal exponents: Python would make integers of that many digits of them."""

_SITE_GRID = 2**40
"""Finer than `SITE_TOLERANCE`, coarser than the rounding of coordinates of any cell nearby."""

RationalMatrix = tuple[tuple[Fraction, ...], ...]


def fraction_from_text(text: str) -> Fraction | None:
    """Return the fraction that text such as "1/3" means, None if it means none, or one of very many digits."""
    if _FRACTION.fullmatch(text.replace(" ", "")) is None:
        return None
    try:
        return Fraction(text.replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        return None


def rational_matrix(rows: Iterable[Iterable[int | Fraction]]) -> RationalMatrix:
    """Return a matrix of fractions."""
    return tuple(tuple(Fraction(entry) for entry in row) for row in rows)


def identity(size: int) -> RationalMatrix:
    """Return the identity matrix."""
    return tuple(tuple(Fraction(int(i == j)) for j in range(size)) for i in range(size))


def product(left: RationalMatrix, right: RationalMatrix) -> RationalMatrix:
    """Return the matrix product."""
    columns = tuple(zip(*right, strict=True))
    return tuple(tuple(_inner_product(row, column) for column in columns) for row in left)


def apply(matrix: RationalMatrix, vector: Sequence[Fraction | int]) -> tuple[Fraction, ...]:
    """Return matrix times vector."""
    return tuple(_inner_product(row, vector) for row in matrix)


def _inner_product(row: Sequence[Fraction], vector: Sequence[Fraction | int]) -> Fraction:
    # Most entries of what occurs here are zero, and arithmetic of fractions is slow.
    return sum((a * b for a, b in zip(row, vector, strict=True) if a and b), Fraction(0))


def _eliminate(matrix: RationalMatrix) -> tuple[Fraction, RationalMatrix]:
    """Gauss-Jordan elimination: the determinant and, where that is not zero, the inverse."""
    size = len(matrix)
    rows = [[*row, *unit] for row, unit in zip(matrix, identity(size), strict=True)]
    det = Fraction(1)
    for i in range(size):
        pivot = next((k for k in range(i, size) if rows[k][i] != 0), None)
        if pivot is None:
            return Fraction(0), ()
        if pivot != i:
            rows[i], rows[pivot] = rows[pivot], rows[i]
            det = -det
        det *= rows[i][i]
        rows[i] = [entry / rows[i][i] if entry else entry for entry in rows[i]]
        for k in range(size):
            if k != i and rows[k][i] != 0:
                factor = rows[k][i]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i], strict=True)]
    return det, tuple(tuple(row[size:]) for row in rows)


def determinant(matrix: RationalMatrix) -> Fraction:
    """Return the determinant."""
    return _eliminate(matrix)[0]


def inverse(matrix: RationalMatrix) -> RationalMatrix:
    """Return the inverse of a nonsingular matrix."""
    return _eliminate(matrix)[1]


def as_integers(matrix: RationalMatrix) -> IntegerMatrix | None:
    """Return the matrix as integers, or None if an entry is not one."""
    if any(entry.denominator != 1 for row in matrix for entry in row):
        return None
    return tuple(tuple(entry.numerator for entry in row) for row in matrix)


def as_floats(matrix: RationalMatrix) -> NDArray[np.float64]:
    """Return the matrix in floating point."""
    return np.array([[float(entry) for entry in row] for row in matrix])


def over_common_denominator(matrix: RationalMatrix) -> tuple[IntegerMatrix, int]:
    """Return (K, e) with matrix = K / e, e > 0 the smallest possible."""
    scale = math.lcm(*(entry.denominator for row in matrix for entry in row))
    return tuple(tuple(int(entry * scale) for entry in row) for row in matrix), scale


def column_hermite(matrix: RationalMatrix) -> RationalMatrix:
    """Hermite form of the lattice that the columns generate (any number of them, full rank)."""
    numerators, scale = over_common_denominator(matrix)
    form = hermite_form(numerators)
    if form is None:
        raise AssertionError("the columns of a nonsingular matrix have full rank")
    return tuple(tuple(Fraction(entry, scale) for entry in row) for row in form[0])


def common_superlattice(left: RationalMatrix, right: RationalMatrix) -> RationalMatrix:
    """Return the Hermite form of the lattice that the columns of both matrices generate together."""
    return column_hermite(tuple((*a, *b) for a, b in zip(left, right, strict=True)))


def common_sublattice(left: RationalMatrix, right: RationalMatrix) -> RationalMatrix:
    """Return the Hermite form of the intersection of the lattices generated by the columns.

    The intersection is the dual of the lattice that both duals generate together.
    """
    duals = (tuple(zip(*inverse(matrix), strict=True)) for matrix in (left, right))
    return column_hermite(tuple(zip(*inverse(common_superlattice(*duals)), strict=True)))


def nearest_rational_matrix(matrix: NDArray[np.float64]) -> tuple[RationalMatrix | None, float]:
    """Recover a nonsingular rational matrix from a float one, and the largest error made by that.

    Returns None in place of the matrix where an entry is further than `CONVINCING_FRACTION` / q^2 from every fraction
    p/q of denominator at most `MAXIMAL_DENOMINATOR`, or too large to tell, or where the fractions are singular.
    """
    if np.abs(matrix).max() > LARGEST_RELATION:
        return None, math.inf
    rows = tuple(tuple(Fraction(x).limit_denominator(MAXIMAL_DENOMINATOR) for x in row) for row in matrix.tolist())
    errors = np.abs(as_floats(rows) - matrix)
    squares = np.array([[float(x.denominator**2) for x in row] for row in rows])
    recovered = (errors <= CONVINCING_FRACTION / squares).all() and determinant(rows) != 0
    return (rows if recovered else None), float(errors.max())


def exact_site_coordinate(value: float | Fraction, tolerance: float = SITE_TOLERANCE) -> Fraction:
    """Return the simple fraction p/q that a finite number means, else the number to 40 binary places.

    It means one within the tolerance and `CONVINCING_FRACTION` / q^2, both widened to the rounding of a large number.
    """
    roundings = 2.0**-51 * abs(float(value))
    simple = nearest_simple_fraction(Fraction(value), max(tolerance, roundings))
    if simple is not None:
        convincing = CONVINCING_FRACTION / float(simple.denominator**2)
        if abs(float(simple - Fraction(value))) <= max(convincing, roundings):
            return simple
    return Fraction(round(Fraction(value) * _SITE_GRID), _SITE_GRID)


def nearest_simple_fraction(value: Fraction, tolerance: float) -> Fraction | None:
    """Return the fraction of a small denominator within the tolerance of a number, if there is one."""
    simple = value.limit_denominator(MAXIMAL_DENOMINATOR)
    return simple if abs(simple - value) <= tolerance else None
