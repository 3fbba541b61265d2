"""Matrices on tori straight from the definition, by plain loops.

The laws compare the library with them, so nothing here goes through its coset arithmetic: only the order of the
points is taken from a torus. Whether a point is another one is decided by Cramer's rule.
"""

from __future__ import annotations

import cmath
from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.geometry import Torus

__all__ = ["adjugate", "coset_matrix", "definition_matrix", "determinant", "place"]


def determinant(rows: list[list[int]]) -> int:
    """Return the determinant, expanded along the first row."""
    if not rows:
        return 1
    first, *others = rows
    minors = ([row[:j] + row[j + 1 :] for row in others] for j in range(len(rows)))
    return sum((-1) ** j * first[j] * determinant(minor) for j, minor in enumerate(minors))


def adjugate(rows: list[list[int]]) -> list[list[int]]:
    """Return the matrix adj with adj N = N adj = det(N) I."""
    size = range(len(rows))

    def without(i: int, j: int) -> list[list[int]]:
        return [row[:j] + row[j + 1 :] for k, row in enumerate(rows) if k != i]

    return [[(-1) ** (i + j) * determinant(without(j, i)) for j in size] for i in size]


def place(torus: Torus, point: ArrayLike) -> tuple[int, complex]:
    """Return the number of the torus point that a lattice point is, and the phase by which functions differ there.

    Raises
    ------
    AssertionError
        If not exactly one of the torus's points is it.
    """
    columns = torus.periods.T.tolist()
    size = determinant(columns)
    # z - p = N w for integer w says that z is the point p; adj(N) (z - p) = det(N) w.
    multiples = (np.asarray(point) - torus.points) @ np.array(adjugate(columns)).T
    (number,) = np.nonzero((multiples % size == 0).all(axis=1))
    if len(number) != 1:
        raise AssertionError(f"the point {point!r} is {len(number)} of the points of {torus!r}; it has to be one")
    winding = (multiples[number[0]] // size).tolist()
    turns = sum((t * w for t, w in zip(torus.exact_twist, winding, strict=True)), Fraction(0)) % 1
    return int(number[0]), cmath.exp(2j * cmath.pi * float(turns))


def definition_matrix(multipliers: Mapping[tuple[int, ...], ArrayLike], torus: Torus) -> NDArray[np.complex128]:
    """Return the matrix of (L f)(z) = sum over y of m_y f(z + y) for functions on a torus.

    Parameters
    ----------
    multipliers : mapping from offset y to m_y, all of one shape (m, n), at least one
    torus : Torus

    Returns
    -------
    (order * m, order * n) complex128
        Rows and columns run through the torus's points, then through the unknowns.
    """
    matrices = {offset: np.asarray(matrix) for offset, matrix in multipliers.items()}
    m, n = next(iter(matrices.values())).shape
    dense = np.zeros((torus.order, m, torus.order, n), dtype=np.complex128)
    for offset, matrix in matrices.items():
        for row, point in enumerate(torus.points):
            column, phase = place(torus, point + np.array(offset))
            dense[row, :, column, :] += phase * matrix
    return dense.reshape(torus.order * m, torus.order * n)


def coset_matrix(
    torus: Torus, coarse_points: Iterable[Iterable[int]], vectors: ArrayLike, cosets: ArrayLike, size: int
) -> NDArray[np.complex128]:
    """Return the matrix that writes a function with a larger cell: value c at Z is the value at M Z + c.

    Parameters
    ----------
    torus : Torus
        Where the function lives.
    coarse_points : the points Z, in coordinates of the sublattice
    vectors : (d, d) integer array_like
        The vectors of the sublattice, one a row: the columns of M.
    cosets : (k, d) integer array_like
        The representatives c.
    size : int
        The number of unknowns at a point.

    Returns
    -------
    (points * k * size, order * size) complex128
    """
    rows = []
    for coarse in coarse_points:
        for coset in np.asarray(cosets):
            number, phase = place(torus, np.array(coarse) @ np.array(vectors) + coset)
            rows.append(np.eye(torus.order)[number] * phase)
    return np.kron(np.array(rows), np.eye(size))
