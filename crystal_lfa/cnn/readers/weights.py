"""Which of many named arrays are the weights of convolutions."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

__all__ = ["layer_name", "select_weights"]

CONVOLUTION_AXES = (3, 4, 5)
"""Axes of a weight: two of channels, one to three of the kernel."""


def layer_name(array_name: str) -> str:
    """Return the module path of a weight: "features.0" for "features.0.weight".

    Examples
    --------
    >>> layer_name("features.0.weight"), layer_name("weight"), layer_name("filters")
    ('features.0', 'weight', 'filters')
    """
    return array_name.removesuffix(".weight") or array_name


def select_weights(
    shapes: Iterable[tuple[str, tuple[int, ...]]], patterns: Iterable[str], *, named: bool
) -> list[str]:
    """Return the names of the arrays that are weights of convolutions.

    An array with three to five axes counts if it is called weight, as modules call it, or if a pattern of the
    attributes without a wildcard names it, or (where `named` is false, as in a numpy archive) whatever its name.
    """
    asked = set(patterns)
    return [
        name
        for name, shape in shapes
        if len(shape) in CONVOLUTION_AXES
        and 0 not in shape
        and (
            not named
            or name.rsplit(".", maxsplit=1)[-1] == "weight"
            or any(fnmatchcase(name, pattern) for pattern in asked if "*" not in pattern)
        )
    ]
