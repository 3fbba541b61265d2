"""Which of many named arrays are the weights of convolutions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array

from crystal_lfa.errors import ModelFileError
from crystal_lfa.operators.arrays import read_only

__all__ = ["is_a_lie", "layer_name", "named_by_modules", "own_copy", "refuse_quantised", "select_weights"]

CONVOLUTION_AXES = (3, 4, 5)
"""Axes of a weight: two of channels, one to three of the kernel."""

_FLOATING = re.compile(r"float(?:16|32|64|80|96|128)|complex")
_INTEGER = re.compile(r"(?:^|\.)u?int(?:8|16|32|64)$")

_FACTORS = re.compile(r"(?:^|\.)(?:parametrizations\.weight\.original\d*|weight_[gv]|weight_orig)$")
"""What torch calls the parts of which a parametrised weight (weight norm, spectral norm, pruning) is made."""


def layer_name(array_name: str) -> str:
    """Return the module path of a weight: "features.0" for "features.0.weight", "weight" for that of a lone layer.

    Examples
    --------
    >>> layer_name("features.0.weight"), layer_name("weight"), layer_name("filters")
    ('features.0', 'weight', 'filters')
    """
    return array_name.removesuffix(".weight") or "weight"


def is_a_lie(claimed: int, held: int) -> bool:
    """Tell whether so many bytes, from so few, are meant to fill the memory and are no weights."""
    return claimed > 10**8 and claimed > 1000 * held


def own_copy(array: Any) -> Any:
    """Return an array's values, which nobody can change: gradients are for `conv` on the parameter itself."""
    if is_numpy_array(array):
        return read_only(np.array(array))
    if hasattr(array, "detach"):
        return array.detach().clone()
    return array_namespace(array).asarray(array, copy=True)


def refuse_quantised(where: str, types: Iterable[tuple[str, str]], *, named: bool) -> None:
    """Raise for the first weight, of (name, type), that cannot be meant as it is.

    What scales an integer weight of a module to the one that its layer applies stands elsewhere, in as many ways as
    there are tools. Integers under a user's own names are numbers like any other.
    """
    for name, kind in types:
        if not _FLOATING.search(kind) and (named or not _INTEGER.search(kind)):
            message = f"{where}: {name!r} is of type {kind}, quantised; convert it to floating point of 16 bits or more"
            raise ModelFileError(message)


def named_by_modules(names: Iterable[str]) -> bool:
    """Tell whether arrays have the names that modules give them; else the names are the user's own."""
    return any(name.rsplit(".", maxsplit=1)[-1] == "weight" or _FACTORS.search(name) for name in names)


def select_weights(shapes: Iterable[tuple[str, tuple[int, ...]]], patterns: Iterable[str], *, named: bool) -> list[str]:
    """Return the names of the arrays that are weights of convolutions.

    An array with three to five axes counts if it is called weight, as modules call it, or if a pattern of the
    attributes without a wildcard names it, or (where `named` is false, as in a numpy archive) whatever its name.

    Raises
    ------
    ModelFileError
        If weights are stored in parts.
    """
    asked = set(patterns)
    listed = list(shapes)
    for name, shape in listed:
        if len(shape) in CONVOLUTION_AXES and _FACTORS.search(name):
            message = (
                f"{name!r} is a part of a parametrised weight (weight norm, spectral norm, pruning), which only the "
                "module can put together: give the torch module, or save it with the parametrisation removed"
            )
            raise ModelFileError(message)
    return [
        name
        for name, shape in listed
        if len(shape) in CONVOLUTION_AXES
        and 0 not in shape
        and (
            not named
            or name.rsplit(".", maxsplit=1)[-1] == "weight"
            or any(fnmatchcase(name, pattern) for pattern in asked if "*" not in pattern)
        )
    ]
