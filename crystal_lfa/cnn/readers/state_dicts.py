"""Mappings from names to arrays: state dicts of modules, or weights that somebody named."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from array_api_compat import array_namespace, is_array_api_obj

from crystal_lfa.cnn.attributes import FoundLayer
from crystal_lfa.cnn.readers.weights import (
    CONVOLUTION_AXES,
    is_a_lie,
    layer_name,
    named_by_modules,
    own_copy,
    refuse_quantised,
    select_weights,
)
from crystal_lfa.errors import ModelFileError

__all__ = ["named_arrays", "read_state_dict"]


def read_state_dict(content: Mapping[Any, Any], patterns: Iterable[str]) -> list[FoundLayer]:
    """Return the convolutions among named arrays of any library, or in a checkpoint that holds such mappings."""
    every = named_arrays(content)
    named = named_by_modules(every)
    arrays = every if named else {name: array for name, array in every.items() if _is_of_numbers(array)}
    for name, array in arrays.items():
        if getattr(array, "is_nested", False):
            raise ModelFileError(f"{name!r} is a nested tensor, of many shapes; a dense tensor with values is needed")
    shapes = [(name, tuple(int(n) for n in array.shape)) for name, array in arrays.items()]
    # Where nothing is called weight, the names are the user's own, and all of them count.
    chosen = select_weights(shapes, patterns, named=named)
    refuse_quantised("the state dict", ((name, _type_name(arrays[name])) for name in chosen), named=named)
    for name in chosen:
        _refuse_hollow(name, arrays[name])
    return [FoundLayer(layer_name(name), own_copy(arrays[name])) for name in chosen]


def named_arrays(content: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the arrays of a state dict, or of those in a checkpoint, by name: the objects themselves."""
    arrays = ((name, array) for name, array in _unwrapped(content).items() if is_array_api_obj(array))
    return {str(name): array for name, array in arrays if isinstance(name, str | int)}


def _unwrapped(content: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return the state dict in a checkpoint; of several (a model and its average), all, under their names."""
    if any(_could_be_weight(value) for value in content.values()):
        return content
    inner = {
        str(key): value
        for key, value in content.items()
        if isinstance(value, Mapping) and any(_could_be_weight(array) for array in value.values())
    }
    if len(inner) == 1:
        return next(iter(inner.values()))
    return {f"{key}.{name}": array for key, value in inner.items() for name, array in value.items()}


def _could_be_weight(value: Any) -> bool:
    return is_array_api_obj(value) and value.ndim in CONVOLUTION_AXES


def _is_of_numbers(array: Any) -> bool:
    # Quantised tensors are of no type that is known there, and are to be refused by name.
    return bool(getattr(array, "is_quantized", False) or array_namespace(array).isdtype(array.dtype, "numeric"))


def _type_name(array: Any) -> str:
    return str(getattr(array.dtype, "name", array.dtype))


def _refuse_hollow(name: str, array: Any) -> None:
    """Raise for a torch tensor that does not hold the values which its shape says."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(array, torch.Tensor):
        return
    if array.is_meta or array.layout is not torch.strided:
        kind = "on the meta device, without values" if array.is_meta else f"of the layout {array.layout}"
        raise ModelFileError(f"{name!r} is {kind}; a dense tensor with values is needed")
    size, held = array.numel() * array.element_size(), array.untyped_storage().nbytes()
    if is_a_lie(size, held):
        shape = tuple(array.shape)
        message = f"{name!r} of shape {shape} is {size} bytes made of {held}; a weight of its own values is needed"
        raise ModelFileError(message)
