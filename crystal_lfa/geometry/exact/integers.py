"""Exact integer matrices: reading them from what users give, reduction modulo a lattice.

Matrices are tuples of rows of Python integers, so nothing overflows.
"""

from __future__ import annotations

import math
import operator
import reprlib
from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.errors import InvalidArgumentError

__all__ = [
    "IntegerMatrix",
    "apply_matrix",
    "as_integer",
    "axes_of",
    "box_numbers",
    "box_points",
    "diagonal_matrix",
    "frequency_numbers",
    "integer_array",
    "integer_points",
    "is_diagonal",
    "modular_product",
    "product",
    "reduce_points",
    "scaled_triangular_inverse",
    "shown",
    "transpose",
    "vector_list",
]

IntegerMatrix = tuple[tuple[int, ...], ...]

_SAFE = 2**62
"""Magnitude up to which sums of two int64 numbers cannot overflow."""


def as_integer(value: object, argument: str) -> int:
    """Return `value` as a Python int; floats and truth values are refused, whatever their value."""
    with suppress(TypeError):
        if not isinstance(value, bool):
            return operator.index(value)  # type: ignore[arg-type]
    message = f"{argument}: got {value!r} of type {type(value).__name__}; an integer is needed"
    raise InvalidArgumentError(message)


def shown(value: object) -> str:
    """Return a value for a message, shortened."""
    try:
        return str(value) if isinstance(value, Fraction) else reprlib.repr(value)
    except ValueError:
        # Python itself refuses to print integers of more than some thousand digits.
        return f"a very long {type(value).__name__}"


def axes_of(value: object) -> int:
    """Return the number of axes of nested sequences; 2 where vectors have different lengths."""
    try:
        return np.ndim(value)  # type: ignore[arg-type]
    except ValueError:
        return 2


def vector_list(value: object, dimension: int, argument: str) -> IntegerMatrix:
    """Read an int, a flat sequence (both diagonal) or a list of vectors as rows of integers.

    Raises
    ------
    InvalidArgumentError
        If an entry is not an integer or the shape is not that of `dimension` vectors.
    """
    if axes_of(value) == 0:
        return diagonal_matrix([as_integer(value, argument)] * dimension)
    entries = list(value)  # type: ignore[call-overload]
    if len(entries) != dimension:
        message = f"{argument}: got {len(entries)} entries; a {dimension}-dimensional lattice needs {dimension}"
        raise InvalidArgumentError(message)
    if all(axes_of(entry) == 0 for entry in entries):
        return diagonal_matrix([as_integer(entry, argument) for entry in entries])
    vectors = [[row] if axes_of(row) == 0 else row for row in entries]
    rows = tuple(tuple(as_integer(x, argument) for x in row) for row in vectors)
    if any(len(row) != dimension for row in rows):
        lengths = [len(row) for row in rows]
        message = f"{argument}: got vectors of lengths {lengths}; each needs {dimension} coordinates"
        raise InvalidArgumentError(message)
    return rows


def integer_array(matrix: Iterable[Iterable[int]]) -> NDArray[Any]:
    """Return a read-only int64 array, or one of Python integers where 64 bits do not hold them."""
    rows = [list(row) for row in matrix]
    fits = all(abs(entry) < 2**63 for row in rows for entry in row)
    array = np.array(rows, dtype=np.int64 if fits else object)
    array.flags.writeable = False
    return array


def integer_points(points: ArrayLike, dimension: int, argument: str) -> NDArray[Any]:
    """Read points with integer coordinates, shape (..., dimension), as int64 or Python integers."""
    try:
        array = np.asarray(points)
    except ValueError:
        message = f"{argument}: got vectors of different lengths; each needs {dimension} coordinates"
        raise InvalidArgumentError(message) from None
    if array.dtype.kind == "f" and not hasattr(points, "dtype"):
        array = np.array(points, dtype=object)  # Python integers beyond 64 bits, beside negative ones, come as floats
    if array.ndim == 0 or array.shape[-1] != dimension:
        message = f"{argument}: got shape {array.shape}; points need {dimension} coordinates on the last axis"
        raise InvalidArgumentError(message)
    if array.dtype == object:
        entries = [as_integer(entry, argument) for entry in array.ravel().tolist()]
        return np.array(entries, dtype=object).reshape(array.shape)
    if array.dtype.kind not in "iu":
        message = f"{argument}: got numbers of type {array.dtype}; integer coordinates are needed"
        raise InvalidArgumentError(message)
    return array.astype(np.int64 if array.dtype != np.uint64 else object)


def frequency_numbers(numbers: ArrayLike) -> NDArray[np.int64]:
    """Read numbers of points of a box, shape (...); floats, text and what 64 bits do not hold are refused."""
    array = np.asarray(numbers)
    if array.dtype.kind in "iu" or array.size == 0:
        return array.astype(np.int64)
    message = f"numbers: got {reprlib.repr(numbers)}; integers are needed, the numbers of frequencies"
    raise InvalidArgumentError(message)


def diagonal_matrix(entries: Iterable[int]) -> IntegerMatrix:
    """Return the diagonal matrix of these entries."""
    values = tuple(entries)
    return tuple(tuple(v if i == j else 0 for j in range(len(values))) for i, v in enumerate(values))


def is_diagonal(matrix: IntegerMatrix) -> bool:
    """Tell whether all entries beside the diagonal are zero."""
    return matrix == diagonal_matrix(row[i] for i, row in enumerate(matrix))


def transpose(matrix: IntegerMatrix) -> IntegerMatrix:
    """Return the transposed matrix."""
    return tuple(zip(*matrix, strict=True))


def product(left: IntegerMatrix, right: IntegerMatrix) -> IntegerMatrix:
    """Return the matrix product."""
    columns = transpose(right)
    return tuple(tuple(sum(a * b for a, b in zip(row, column, strict=True)) for column in columns) for row in left)


def scaled_triangular_inverse(hermite: IntegerMatrix) -> tuple[IntegerMatrix, int]:
    """Return (K, e) with H^-1 = K / e and e > 0 smallest: the exponent of the group Z^d / H Z^d.

    e is the largest invariant factor, the smallest number with e z in H Z^d for every z.
    """
    size = len(hermite)
    # The adjugate, by forward substitution: all divisions are exact.
    determinant = math.prod(row[i] for i, row in enumerate(hermite))
    adjugate = [[determinant if i == j else 0 for j in range(size)] for i in range(size)]
    for i, row in enumerate(hermite):
        for j in range(i + 1):
            known = sum(row[k] * adjugate[k][j] for k in range(j, i))
            adjugate[i][j] = (adjugate[i][j] - known) // row[i]
    common = math.gcd(determinant, *(entry for row in adjugate for entry in row))
    return tuple(tuple(entry // common for entry in row) for row in adjugate), determinant // common


def box_points(shape: Iterable[int], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the points of a box in C order that have these numbers, as (..., d).

    Raises
    ------
    InvalidArgumentError
        If the box has no point of such a number.
    """
    extents = tuple(shape)
    size = math.prod(extents)
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < size):
        message = f"numbers: got {numbers.min()} to {numbers.max()}; they have to be from 0 to {size - 1}"
        raise InvalidArgumentError(message)
    if size < 2**63:
        return np.stack(np.unravel_index(numbers, extents), axis=-1).astype(np.int64, copy=False)
    # More points than numpy can count; the numbers themselves still fit.
    entries = []
    rest = numbers.astype(object)
    for extent in reversed(extents):
        entries.append(rest % extent)
        rest = rest // extent
    return np.stack(entries[::-1], axis=-1).astype(np.int64)


def box_numbers(shape: Iterable[int], points: NDArray[Any]) -> NDArray[Any]:
    """Return the numbers in C order of points (..., d) of a box; Python integers where 64 bits do not hold them."""
    extents = tuple(shape)
    numbers = np.zeros(points.shape[:-1], dtype=np.int64 if math.prod(extents) < _SAFE else object)
    for axis, extent in enumerate(extents):
        numbers = numbers * extent + points[..., axis]
    return np.asarray(numbers, dtype=np.int64 if math.prod(extents) < _SAFE else object)


def _magnitude(array: NDArray[Any]) -> int:
    if array.size == 0:
        return 0
    return max(abs(int(array.max())), abs(int(array.min())))


def apply_matrix(matrix: IntegerMatrix, points: NDArray[Any]) -> NDArray[Any]:
    """Return M z for integer points z, shape (..., d), exactly; int64 where that cannot overflow."""
    if matrix == diagonal_matrix([1] * len(matrix)):
        return points
    bound = len(matrix) * max(_magnitude(points), 1) * max(abs(entry) for row in matrix for entry in row)
    kind = np.int64 if bound < _SAFE else object
    # Column by column: numpy has no fast integer matrix product, and d is small.
    total = np.zeros(points.shape, dtype=kind)
    for i, column in enumerate(transpose(matrix)):
        total += points[..., i, None].astype(kind) * np.array(column, dtype=kind)
    return total


def modular_product(points: NDArray[Any], matrix: IntegerMatrix, modulus: int) -> NDArray[Any]:
    """Return points @ matrix reduced modulo `modulus`, exactly; int64 where that cannot overflow."""
    reduced = [[entry % modulus for entry in row] for row in matrix]
    largest = max((entry for row in reduced for entry in row), default=0)
    bound = len(matrix) * max(_magnitude(points), 1) * max(largest, 1)
    kind = np.int64 if max(bound, modulus) < _SAFE else object
    # Row by row: numpy has no fast integer matrix product, and d is small.
    total = np.zeros((*points.shape[:-1], len(reduced[0])), dtype=kind)
    columns = points.astype(kind, copy=False)
    for i, row in enumerate(reduced):
        total += columns[..., i, None] * np.array(row, dtype=kind)
    total %= modulus
    return total


def reduce_points(points: NDArray[Any], triangular: IntegerMatrix) -> tuple[NDArray[Any], NDArray[Any]]:
    """Split points z = r + H q with r in the box of diag H, for lower triangular H.

    Parameters
    ----------
    points : (..., d) integer array
    triangular : the matrix H, with positive diagonal.

    Returns
    -------
    remainder, quotient : (..., d) integer arrays
        int64 where no intermediate result can overflow, Python integers otherwise.
    """
    size = len(triangular)
    bounds = [_magnitude(points[..., i]) for i in range(size)]
    for i in range(size):
        quotient_bound = bounds[i] // triangular[i][i] + 1
        for j in range(i, size):
            bounds[j] += quotient_bound * abs(triangular[j][i])
    kind = np.int64 if max(bounds) < _SAFE else object
    remainder = points.astype(kind)
    quotient = np.zeros_like(remainder)
    for i in range(size):
        quotient[..., i] = remainder[..., i] // triangular[i][i]
        for j in range(i, size):
            if triangular[j][i]:
                remainder[..., j] -= quotient[..., i] * triangular[j][i]
    return remainder, quotient
