"""Whether values are of the types that annotations say, for what was read from files."""

from __future__ import annotations

import numbers
from types import UnionType
from typing import Any, Union, get_args, get_origin

import numpy as np

__all__ = ["conforms"]

_NUMBERS: dict[Any, type[Any]] = {int: numbers.Integral, float: numbers.Real, complex: numbers.Complex}
"""What stands for a number of each type: numpy's scalars, and narrower types, do."""


def conforms(value: Any, hint: Any) -> bool:
    """Tell whether a value is of an annotated type: of a class, a union, a tuple or an ``NDArray``."""
    if hint is Any or hint is None:
        return hint is Any or value is None
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return any(conforms(value, argument) for argument in arguments)
    if origin is tuple:
        return isinstance(value, tuple) and _each_conforms(value, arguments)
    if origin is np.ndarray:
        (scalar,) = get_args(arguments[1])
        kind = get_origin(scalar) or scalar
        return isinstance(value, np.ndarray) and (kind is Any or np.issubdtype(value.dtype, kind))
    if hint in _NUMBERS:
        return isinstance(value, _NUMBERS[hint]) and not isinstance(value, bool)
    return isinstance(value, hint)


def _each_conforms(values: tuple[Any, ...], hints: tuple[Any, ...]) -> bool:
    if len(hints) == 2 and hints[1] is Ellipsis:
        hints = (hints[0],) * len(values)
    return len(values) == len(hints) and all(map(conforms, values, hints))
