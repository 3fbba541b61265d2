"""What the keys of a description take, read from numbers and lists of a file or from text of the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.descriptions import entries
from crystal_lfa.geometry.descriptions.entries import Number, as_number, read_periods, shown
from crystal_lfa.geometry.exact.integers import IntegerMatrix

__all__ = [
    "check_taken",
    "listed",
    "read_choice",
    "read_complex",
    "read_flag",
    "read_integer",
    "read_number",
    "read_numbers",
    "read_vectors",
]


def listed(value: Any) -> list[Any]:
    """Return the entries of a list or of lists of them, the words of a text, or a value as a list."""
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list | tuple):
        return [entry for item in value for entry in (item if isinstance(item, list | tuple) else [item])]
    return [value]


def read_number(value: Any, where: str) -> float:
    """Return a finite number, "2/3" and "sqrt(3)/2" as text included.

    Raises
    ------
    InvalidArgumentError
        If it is none; as of all functions here the message begins with `where`.
    """
    number = as_number(value)
    if number is None:
        raise InvalidArgumentError(f"{where}: got {_said(value)}; a finite number, such as 0.8 or 2/3, is needed")
    return float(number)


def read_complex(value: Any, where: str) -> float | complex:
    """Return a real number, or a complex one from text such as "0.5-0.2j"."""
    number = as_number(value)
    if number is not None:
        return float(number)
    try:
        found = complex(value.replace(" ", "")) if isinstance(value, str) else complex("nan")
    except ValueError:
        found = complex("nan")
    if not np.isfinite(found):
        raise InvalidArgumentError(f"{where}: got {_said(value)}; a finite number, such as 0.5 or 0.5-0.2j, is needed")
    return found


def read_numbers(value: Any, where: str) -> tuple[Number, ...]:
    """Return one finite number or several, fractions exact."""
    return tuple(entries.read_numbers(listed(value), where))


def read_integer(value: Any, where: str) -> int:
    """Return an integer."""
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        raise InvalidArgumentError(f"{where}: got {_said(value)}; an integer is needed") from None
    return entries.read_integer(number, where)


def read_vectors(value: Any, dimension: int, where: str) -> IntegerMatrix:
    """Return vectors (rows) from one integer, one an axis, or all coordinates row by row."""
    return read_periods([read_integer(entry, where) for entry in listed(value)], dimension, where)


def read_flag(value: Any, where: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise InvalidArgumentError(f"{where}: got {_said(value)}; true or false is needed")
    return value


def read_choice(value: Any, choices: Iterable[str], where: str) -> str:
    """Return one of some names."""
    names = list(choices)
    name = value.strip() if isinstance(value, str) else None
    if name not in names:
        raise InvalidArgumentError(f"{where}: got {_said(value)}; one of {', '.join(names)} is needed")
    return str(name)


def check_taken(
    name: str, description: Mapping[str, Any], every: Iterable[str], taken: Sequence[str], required: Sequence[str]
) -> None:
    """Refuse keys that what is named does not take, or the lack of one that it needs.

    Parameters
    ----------
    name : str
    description : mapping of keys to values
    every : keys that things of this kind take
    taken, required : those that this one takes, and of them what has no default

    Raises
    ------
    InvalidArgumentError
        If there are such.
    """
    texts = [key if key in required else f"[{key}]" for key in taken]
    takes = f"{name} takes {', '.join(texts) if texts else 'no parameters'}"
    for key in every:
        if key in description and key not in taken:
            raise InvalidArgumentError(f"{key}: got {_said(description[key])}, but {takes}")
    for key in required:
        if key not in description:
            raise InvalidArgumentError(f"{key}: got none; {takes}")


def _said(value: Any) -> str:
    return shown(value.strip() if isinstance(value, str) else value)
