"""Offsets and multipliers, from what users give."""

from __future__ import annotations

from typing import Any

from crystal_lfa.errors import InvalidArgumentError, MultiplierError
from crystal_lfa.geometry.exact.integers import as_integer, axes_of
from crystal_lfa.operators.arrays import as_array

__all__ = ["LARGEST_OFFSET", "read_matrix", "read_offset"]

LARGEST_OFFSET = 2**53
"""So far, sums and the arithmetic of tori stay within 64 bits."""


def read_offset(key: Any, dimension: int) -> tuple[int, ...]:
    """Return an offset of d integers.

    Raises
    ------
    MultiplierError
        If it is none.
    """
    entries = (key,) if axes_of(key) == 0 else tuple(key)
    try:
        offset = tuple(as_integer(entry, "multipliers") for entry in entries)
    except InvalidArgumentError:
        raise MultiplierError(f"multipliers: got the offset {key!r}; {dimension} integers are needed") from None
    if len(offset) != dimension:
        raise MultiplierError(f"multipliers: got the offset {key!r}; {dimension} integers are needed")
    if max(abs(entry) for entry in offset) > LARGEST_OFFSET:
        message = f"multipliers: got the offset {key!r}; its entries have to be at most {LARGEST_OFFSET}"
        raise MultiplierError(message)
    return offset


def read_matrix(value: Any, shape: tuple[int, int], offset: tuple[int, ...]) -> Any:
    """Return a matrix of the given shape, numbers where that is (1, 1).

    Raises
    ------
    MultiplierError
        If it has another shape, or entries that are no numbers.
    """
    matrix = as_array(value, f"multipliers[{offset}]")
    if matrix.ndim == 0 and shape == (1, 1):
        matrix = matrix.reshape((1, 1))
    if tuple(matrix.shape) != shape:
        message = (
            f"multipliers[{offset}]: got shape {tuple(matrix.shape)}; (codomain.size, domain.size) = {shape} is needed"
        )
        raise MultiplierError(message)
    return matrix
