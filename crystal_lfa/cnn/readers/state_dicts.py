"""Mappings from names to arrays: state dicts of modules, or weights that somebody named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from array_api_compat import array_namespace, is_array_api_obj

from crystal_lfa.cnn.attributes import FoundLayer
from crystal_lfa.cnn.readers.weights import layer_name, select_weights

__all__ = ["read_state_dict"]


def read_state_dict(arrays: Mapping[str, Any], patterns: Iterable[str]) -> list[FoundLayer]:
    """Return the convolutions among named arrays of any library, called after their modules."""
    shapes = [
        (str(name), tuple(int(n) for n in array.shape)) for name, array in arrays.items() if _is_of_numbers(array)
    ]
    # Where nothing is called weight, the names are the user's own, and all of them count.
    named = any(name.rsplit(".", maxsplit=1)[-1] == "weight" for name, _ in shapes)
    return [
        FoundLayer(layer_name(name), _detached(arrays[name])) for name in select_weights(shapes, patterns, named=named)
    ]


def _is_of_numbers(value: Any) -> bool:
    if not is_array_api_obj(value):
        return False
    return bool(array_namespace(value).isdtype(value.dtype, ("real floating", "complex floating")))


def _detached(array: Any) -> Any:
    """Return a parameter's values; gradients are for `conv` on the parameter itself."""
    return array.detach() if hasattr(array, "detach") else array
