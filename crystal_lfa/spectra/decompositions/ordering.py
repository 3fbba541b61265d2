"""The order of all values of all symbols: descending, ties by frequency, then by their place there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.exact.integers import as_integer

__all__ = ["order_of", "place_of", "read_place"]


def order_of(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return the places, in C order, of the values of a table from the largest to the smallest."""
    return np.argsort(-values, axis=None, kind="stable")


def place_of(values: NDArray[Any], i: int) -> tuple[int, int]:
    """Return the row and the column of value number i in that order, without sorting all of them."""
    flat = values.ravel()
    value = np.partition(flat, flat.size - 1 - i)[flat.size - 1 - i]
    above = int(np.count_nonzero(flat > value))
    place = int(np.flatnonzero(flat == value)[i - above])
    return place // values.shape[1], place % values.shape[1]


def read_place(i: Any, count: int) -> int:
    """Return the number of a value, 0 to below their count.

    Raises
    ------
    InvalidArgumentError
        If it is none.
    """
    number = as_integer(i, "i")
    if not 0 <= number < count:
        raise InvalidArgumentError(f"i: got {number}; 0 to {count - 1} are the numbers of the {count} values")
    return number
