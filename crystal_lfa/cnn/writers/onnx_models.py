"""Weights in ONNX models: stored tensors replaced, the graph untouched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.readers.onnx.files import ConvolutionNode, find_convolutions, only_own_errors, open_model
from crystal_lfa.cnn.writers.weights import check_shared, in_type, matched
from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.files import write_whole

__all__ = ["replace_in_onnx"]


def replace_in_onnx(layers: dict[str, ConvLayer], path: Path) -> None:
    """Write a model again with some of its convolutions' stored weights replaced.

    Raises
    ------
    InvalidArgumentError
        If a weight is computed, quantised, in a file beside the model, or shared by layers of which not all are given
        the same one.
    """
    with only_own_errors(path):
        model = open_model(path)
        found = {entry.name: _stored(entry) for entry in find_convolutions(model)}
    shapes = {name: () if stored is None else tuple(stored.tensor.dims) for name, stored in found.items()}
    for name in layers:
        if name in found and found[name] is None:
            message = (
                f"layers: the weight of {name!r} in {path} is computed, quantised or in another file; one stored in "
                "the model is needed"
            )
            raise InvalidArgumentError(message)
    chosen = matched(layers, shapes, str, str(path))
    places = {name: stored for name, stored in found.items() if stored is not None}
    check_shared(chosen, {name: stored.key for name, stored in places.items()})
    for name, layer in chosen.items():
        _replace(places[name].tensor, layer)
    content = model.SerializeToString()
    write_whole(path, lambda file: file.write(content))


@dataclass(frozen=True, slots=True)
class _Stored:
    """A stored weight: the tensor, and the graph and name under which the model has it."""

    tensor: Any
    key: tuple[str, str]


def _stored(entry: ConvolutionNode) -> _Stored | None:
    """Return the tensor that holds a convolution's weight; None if there is none to replace."""
    from onnx import TensorProto

    if entry.node.op_type not in {"Conv", "ConvTranspose", "FusedConv"} or len(entry.node.input) < 2:
        return None
    name = str(entry.node.input[1])
    found = entry.scope.find(name)
    if found is None:
        return None
    place, tensor = found
    if getattr(tensor, "op_type", "") == "Constant":
        tensor = next((attribute.t for attribute in tensor.attribute if attribute.name == "value"), None)
    elif hasattr(tensor, "op_type"):
        return None
    if tensor is None or tensor.data_location == TensorProto.EXTERNAL:
        return None
    return _Stored(tensor, (place.path, name))


def _replace(tensor: Any, layer: ConvLayer) -> None:
    from onnx import helper, numpy_helper

    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.data_type))
    values = in_type(layer, dtype if dtype.kind == "f" else np.float32)
    made = numpy_helper.from_array(values.astype(dtype), tensor.name)
    tensor.CopyFrom(made)
