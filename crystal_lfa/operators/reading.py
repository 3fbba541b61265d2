"""Offsets and multipliers, from what users give."""

from __future__ import annotations

import cmath
import math
import numbers
from typing import Any, cast

import numpy as np
from array_api_compat import is_array_api_obj

from crystal_lfa.errors import InvalidArgumentError, MultiplierError, NotFiniteError
from crystal_lfa.geometry.exact.integers import as_integer, axes_of, shown
from crystal_lfa.operators.arrays import as_array, check_finite, to_numpy
from crystal_lfa.operators.symbolic.expressions import is_expression, read_expression

__all__ = ["LARGEST_OFFSET", "is_imaginary", "read_matrix", "read_number", "read_offset"]

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


def read_number(value: Any, argument: str) -> Any:
    """Return a number as a Python float or complex, an expression, or a zero-dimensional array of another library.

    Raises
    ------
    NotFiniteError
        If it is NaN, infinite, or too large for floating point.
    InvalidArgumentError
        If it is none of these.
    """
    if is_expression(value):
        return read_expression(value, argument)
    if is_array_api_obj(value) and not isinstance(value, np.generic | np.ndarray):
        check_finite(value, argument)
        return value
    if isinstance(value, np.ndarray) and value.size != 1:
        raise InvalidArgumentError(f"{argument}: got an array of shape {value.shape}; a number is needed")
    plain = value.item() if isinstance(value, np.generic | np.ndarray) else value
    if not isinstance(plain, numbers.Number):
        raise InvalidArgumentError(f"{argument}: got {value!r}; a number is needed")
    try:
        number = complex(cast("complex", plain))
    except OverflowError:
        number = complex(math.inf)
    if not cmath.isfinite(number):
        raise NotFiniteError(f"{argument}: got {shown(plain)}; a finite number is needed")
    return number if isinstance(plain, complex) else number.real


def is_imaginary(number: Any) -> bool:
    """Tell whether a number is not known to be real."""
    if is_expression(number):
        return number.is_real is not True
    if isinstance(number, int | float | complex):
        return complex(number).imag != 0
    return bool(np.asarray(to_numpy(number)).imag != 0)
