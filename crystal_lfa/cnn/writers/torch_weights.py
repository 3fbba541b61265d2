"""Weights in live PyTorch modules and in files that PyTorch wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from array_api_compat import is_array_api_obj

from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.readers.state_dicts import named_arrays
from crystal_lfa.cnn.readers.torch_files import load_weights
from crystal_lfa.cnn.readers.torch_modules import convolutions_of
from crystal_lfa.cnn.readers.weights import layer_name
from crystal_lfa.cnn.writers.weights import check_shared, in_type, matched
from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.files import write_whole

__all__ = ["replace_in_module", "replace_in_torch_file"]


def replace_in_module(layers: dict[str, ConvLayer], module: Any) -> None:
    """Copy weights into a module's parameters, in place.

    Raises
    ------
    InvalidArgumentError
        If a weight is made of several parameters, as by a weight norm.
    """
    weights = dict(convolutions_of(module))
    shapes = {path: tuple(layer.weight.shape) for path, layer in weights.items()}
    chosen = matched(layers, shapes, layer_name, f"the {type(module).__name__}")
    for path, layer in chosen.items():
        if "weight" not in weights[path]._parameters:  # noqa: SLF001 - what is computed is no parameter
            message = f"layers: the weight of {layer.name!r} is parametrised in the module; remove that first"
            raise InvalidArgumentError(message)
    for path, layer in chosen.items():
        _copy(layer, weights[path].weight)


def replace_in_torch_file(layers: dict[str, ConvLayer], path: Path) -> None:
    """Write a state dict, or a checkpoint that holds one, again with some of its tensors replaced."""
    import torch

    content = load_weights(path)
    arrays = {path.stem: content} if is_array_api_obj(content) else named_arrays(content)
    shapes = {name: tuple(array.shape) for name, array in arrays.items()}
    chosen = matched(layers, shapes, layer_name, str(path))
    check_shared(chosen, {name: array.untyped_storage().data_ptr() for name, array in arrays.items()})
    for name, layer in chosen.items():
        _copy(layer, arrays[name])
    write_whole(path, lambda file: torch.save(content, file))


def _copy(layer: ConvLayer, tensor: Any) -> None:
    """Copy a weight into a tensor, in its type."""
    import torch

    # What half precision cannot hold is refused; bfloat16, which numpy does not know, has the range of single.
    kind = {torch.float16: "float16", torch.float64: "float64"}.get(tensor.dtype, "float32")
    values = in_type(layer, "complex128" if tensor.is_complex() else kind)
    with torch.no_grad():
        tensor.copy_(torch.as_tensor(values.copy()))
