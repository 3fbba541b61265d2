"""Bases: real vectors as the user gave them, times an exact rational matrix."""

from __future__ import annotations

import reprlib
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.errors import InvalidArgumentError, LatticeError, NotFiniteError
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.integers import IntegerMatrix, transpose
from crystal_lfa.geometry.exact.normal_forms import shortening
from crystal_lfa.geometry.exact.rationals import RationalMatrix
from crystal_lfa.geometry.exact.relations import Root, integer_root, related
from crystal_lfa.geometry.exact.tolerances import SINGULAR_BASIS

__all__ = ["Basis", "independent_vectors", "positive_length", "real_points"]

_SHORTEST, _LONGEST = 1e-60, 1e60
"""Lengths whose products, in up to four dimensions and a little beyond, neither overflow nor vanish."""


def positive_length(value: Any, argument: str) -> float:
    """Return a positive finite number.

    Raises
    ------
    InvalidArgumentError
        If it is not one.
    """
    number = np.asarray(value)
    if number.ndim or number.dtype.kind not in "iuf" or not (np.isfinite(number) and number > 0):
        raise InvalidArgumentError(f"{argument}: got {value!r}; a positive finite number is needed")
    return float(number)


def real_points(points: Any, dimension: int, argument: str) -> NDArray[np.float64]:
    """Return points (..., d) as float64.

    Raises
    ------
    InvalidArgumentError
        If they are not real numbers, d on the last axis.
    NotFiniteError
        If one is NaN or infinite.
    """
    try:
        array = _fractions_rounded(np.asarray(points))
    except ValueError:
        array = np.empty(0)
    if array.dtype.kind not in "iuf" or array.ndim == 0 or array.shape[-1] != dimension:
        message = f"{argument}: got {reprlib.repr(points)}; {dimension} real numbers on the last axis are needed"
        raise InvalidArgumentError(message)
    if not np.isfinite(array).all():
        raise NotFiniteError(f"{argument}: got NaN or infinity; finite numbers are needed")
    return array.astype(np.float64)


def _fractions_rounded(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array of fractions or long integers as float64, any other as it is."""
    if array.dtype.kind == "O" and all(isinstance(entry, Rational) for entry in array.flat):
        with suppress(OverflowError):
            return array.astype(np.float64)
    return array


def _real_basis(vectors: ArrayLike) -> NDArray[np.float64]:
    """Check primitive vectors given as rows; return them as columns."""
    try:
        array = _fractions_rounded(np.asarray(vectors))
    except ValueError:
        raise LatticeError(f"vectors: got {vectors!r}; d primitive vectors with d coordinates are needed") from None
    if array.dtype.kind not in "iuf":
        raise LatticeError(f"vectors: got numbers of type {array.dtype}; real primitive vectors are needed")
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.shape[0] == 0:
        message = f"vectors: got shape {array.shape}; d primitive vectors with d coordinates each are needed"
        raise LatticeError(message)
    rows = array.astype(np.float64)
    if not np.isfinite(rows).all():
        raise NotFiniteError(f"vectors: got {rows.tolist()}; primitive vectors have to be finite")
    largest = np.abs(rows).max(axis=1)
    if (largest > _LONGEST).any() or (largest[largest > 0] < _SHORTEST).any():
        message = f"vectors: got {rows.tolist()}; lengths between {_SHORTEST:g} and {_LONGEST:g} are needed"
        raise LatticeError(message)
    lengths = np.linalg.norm(rows, axis=1)
    if not lengths.all() or abs(np.linalg.det(rows / lengths[:, None])) < SINGULAR_BASIS:
        raise LatticeError(f"vectors: got {rows.tolist()}, which are linearly dependent; a basis is needed")
    return np.ascontiguousarray(rows.T)


def independent_vectors(rows: IntegerMatrix, argument: str) -> RationalMatrix:
    """Return vectors given as rows as the columns of a matrix."""
    matrix = rationals.rational_matrix(transpose(rows))
    if rationals.determinant(matrix) == 0:
        raise LatticeError(f"{argument}: got {rows}, which are linearly dependent; a basis is needed")
    return matrix


@dataclass(frozen=True, slots=True)
class Basis:
    """The matrix ``root @ matrix``, whose columns are primitive vectors.

    Lattices derived from one another share the real root, so that their relation is exact.
    """

    root: Root
    matrix: RationalMatrix

    @classmethod
    def read(cls, vectors: ArrayLike) -> Basis:
        """Return the basis of primitive vectors given as rows.

        Raises
        ------
        LatticeError
            If the vectors are linearly dependent, not real, not d of d coordinates, or of absurd lengths.
        NotFiniteError
            If a coordinate is NaN or infinite.
        """
        columns = _real_basis(vectors)
        return cls(tuple(tuple(row) for row in columns.tolist()), rationals.identity(len(columns)))

    def times(self, matrix: RationalMatrix) -> Basis:
        """Return this basis times a rational matrix."""
        return Basis(self.root, rationals.product(self.matrix, matrix))

    def array(self) -> NDArray[np.float64]:
        """Return the primitive vectors as columns, in floating point."""
        basis: NDArray[np.float64] = np.array(self.root) @ rationals.as_floats(self.matrix)
        return basis

    def volume(self) -> float:
        """Return the volume that the vectors span."""
        return float(abs(np.linalg.det(np.array(self.root))) * abs(rationals.determinant(self.matrix)))

    def dual(self) -> Basis:
        """Return the inverse transpose; duals of bases with one root have one root."""
        root = np.linalg.inv(np.array(self.root)).T
        return Basis(
            tuple(tuple(row) for row in root.tolist()), tuple(zip(*rationals.inverse(self.matrix), strict=True))
        )

    def relation(self, other: Basis) -> RationalMatrix:
        """Return the exact rational X with other = self X; of two roots it is recovered from floating point.

        Raises
        ------
        LatticeError
            If the bases are incommensurate up to the stated tolerance; it says by how much.
        """
        if self == other:
            return rationals.identity(len(self.root))
        between = rationals.inverse(self.matrix)
        if self.root != other.root:
            between = rationals.product(between, related(self.root, other.root))
        return rationals.product(between, other.matrix)

    def exact_inverse(self) -> RationalMatrix | None:
        """Return the inverse of a basis whose root has integer entries, else None."""
        root = integer_root(self.root)
        return None if root is None else rationals.inverse(rationals.product(root, self.matrix))

    def shortened(self) -> tuple[Basis, IntegerMatrix]:
        """Return a basis of the same lattice with short vectors, and the rows of integers that make it of this one.

        Which one it is depends on the build of SymPy: it serves display and searches, nothing canonical.
        """
        # Floats are fractions: nothing is rounded, however skew the vectors are.
        root = rationals.rational_matrix([[Fraction(entry) for entry in row] for row in self.root])
        vectors, _ = rationals.over_common_denominator(rationals.product(root, self.matrix))
        rows = shortening(transpose(vectors))
        return self.times(rationals.rational_matrix(zip(*rows, strict=True))), rows
