"""Numbers as people write them, in a file or on the command line: checked one by one, fractions kept exact."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from typing import Any

from crystal_lfa.errors import CrystalError, InvalidArgumentError, TorusError
from crystal_lfa.geometry.exact.integers import IntegerMatrix, diagonal_matrix, shown
from crystal_lfa.geometry.exact.rationals import fraction_from_text

__all__ = ["Number", "as_number", "located", "read_integer", "read_numbers", "read_periods", "read_turns", "shown"]

Number = int | float | Fraction

_DIGITS = 18
"""Of integers, beyond which none makes sense here."""

_LARGEST = 1e300

_ROOT = re.compile(r"([+-]?)(?:([0-9.]{1,30})\*)?sqrt\(([0-9.]{1,30})\)(?:/([0-9.]{1,30}))?")
"""Square roots, as lattices have them: sqrt(3)/2."""


def _root(sign: str, factor: str | None, square: str, divisor: str | None) -> float | None:
    """Return a multiple of a square root, None if its parts are no numbers."""
    try:
        number = float(factor or 1) * math.sqrt(float(square)) / float(divisor or 1)
    except (ValueError, ZeroDivisionError):
        return None
    return -number if sign == "-" else number


def as_number(value: Any) -> Number | None:
    """Return a number from a number or text, "1/3" as the exact fraction or "sqrt(3)/2"; None from anything else."""
    if isinstance(value, str):
        root = _ROOT.fullmatch(value.replace(" ", ""))
        if root is not None:
            return _root(*root.groups())
        if "/" in value:
            return fraction_from_text(value)
        for kind in (int, float):
            with suppress(ValueError):
                return as_number(kind(value))
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        return None
    # NaN is not between any bounds.
    return value if -_LARGEST <= value <= _LARGEST else None


def read_numbers(values: Iterable[Any], where: str) -> list[Number]:
    """Return finite numbers, from numbers and text.

    Raises
    ------
    InvalidArgumentError
        If one is not; the message begins with `where`.
    """
    numbers = []
    for value in values:
        number = as_number(value)
        if number is None:
            message = f'{where}: got {shown(value)}; finite numbers, or fractions as text such as "1/3", are needed'
            raise InvalidArgumentError(message)
        numbers.append(number)
    return numbers


def read_integer(value: Any, where: str) -> int:
    """Return an integer.

    Raises
    ------
    InvalidArgumentError
        If it is none, or one of very many digits; the message begins with `where`.
    """
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 10**_DIGITS:
        raise InvalidArgumentError(f"{where}: got {shown(value)}; an integer of at most {_DIGITS} digits is needed")
    return value


def read_periods(values: Sequence[Any], dimension: int, where: str) -> IntegerMatrix:
    """Return period vectors (rows) from one integer, one a direction, or all coordinates row by row.

    Raises
    ------
    TorusError
        If there are others than that many.
    InvalidArgumentError
        If one is no integer.
    """
    entries = [read_integer(value, where) for value in values]
    if len(entries) in {1, dimension}:
        return diagonal_matrix(entries * (dimension // len(entries)))
    if len(entries) != dimension**2:
        wanted = f"1 or {dimension} (multiples of the vectors) or {dimension**2} (period vectors, row by row) are"
        raise TorusError(f"{where}: got {len(entries)} integers; {wanted if dimension > 1 else '1 is'} needed")
    return tuple(tuple(entries[i : i + dimension]) for i in range(0, dimension**2, dimension))


def read_turns(values: Sequence[Any], dimension: int, where: str) -> tuple[Number, ...]:
    """Return a twist, one number a period, from one for all of them or one each.

    Raises
    ------
    TorusError
        If there are others than that many.
    InvalidArgumentError
        If one is no finite number.
    """
    entries = tuple(read_numbers(values, where))
    if len(entries) not in {1, dimension}:
        wanted = f"1, or {dimension} (one a period)" if dimension > 1 else "1"
        raise TorusError(f"{where}: got {len(entries)} numbers; {wanted} is needed")
    return entries * (dimension // len(entries))


@contextmanager
def located(where: str) -> Iterator[None]:
    """Say in the message of an error where the bad input is."""
    try:
        yield
    except CrystalError as error:
        raise type(error)(f"{where}: {error}") from None
