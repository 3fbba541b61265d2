"""Which spatial shapes reach the layers of an ONNX model, once that of the network's input is known."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from crystal_lfa.cnn.convolution import one_an_axis
from crystal_lfa.cnn.readers.onnx.constants import Constants
from crystal_lfa.cnn.readers.onnx.scopes import Scope, Shapes, inner_graphs, walk
from crystal_lfa.errors import InvalidArgumentError, ModelFileError

__all__ = ["infer_shapes"]

_SMALL = 1024
"""Elements of a tensor that may tell a shape; the numbers of larger ones are let go before the inference."""


_MOST_ROUNDS = 12
"""Each round makes numbers of the shapes found, on which further shapes depend."""

_SHAPED_BY = frozenset({"Expand", "Pad", "Reshape", "Resize", "Slice", "Squeeze", "Tile", "Unsqueeze", "Upsample"})
"""Operations whose further inputs tell the shape of what they make."""


def infer_shapes(model: Any, input_shape: Any, axes: int, constants: Constants) -> Shapes:
    """Return the shapes that follow from the network's input, graph by graph.

    The model loses the numbers of its weights and the shapes that it was stored with.

    Parameters
    ----------
    model : ModelProto
    input_shape : int or sequence of int, optional
        Spatial; None leaves the model's own.
    axes : int
        Spatial axes of the first convolution, of which a single number is meant.
    constants : Constants

    Raises
    ------
    InvalidArgumentError
        If no input of the model has so many axes.
    """
    if input_shape is not None:
        _set_input(model.graph, _extents(model.graph, input_shape, axes))
        _forget(model.graph)
    else:
        _set_batch(model.graph)
    _made_constant(model, constants)
    _strip(model.graph)
    for _ in range(_MOST_ROUNDS):
        shapes = _inferred(model)
        if not _made_constant(model, replace(constants, shapes=shapes)):
            break
    return shapes


def _inferred(model: Any) -> Shapes:
    from onnx import shape_inference

    try:
        found = shape_inference.infer_shapes(model, strict_mode=False, data_prop=True)
    except Exception:  # noqa: BLE001 - whatever a damaged graph makes of it
        # Inference is a service: without it, shapes are assumed, and that is said.
        found = model
    return dict(_collected(found.graph, ""))


def _made_constant(model: Any, constants: Constants) -> int:
    """Store numbers that follow from stored ones and tell shapes, which the inference does not work out itself."""
    from onnx import numpy_helper

    count = 0
    for scope, _, node in list(walk(Scope(model.graph))):
        if node.op_type not in _SHAPED_BY:
            continue
        for place, name in enumerate(node.input):
            found = scope.find(name) if place and name else None
            # The inference sees stored numbers, but not those of a graph further out.
            if found is None or (found[0] is scope and getattr(found[1], "op_type", "Constant") == "Constant"):
                continue
            with suppress(ModelFileError):
                value = constants.value(name, scope)
                if value is not None and value.size <= _SMALL:
                    stored = f"{name}:{place}:{count}:made constant"
                    scope.graph.initializer.append(numpy_helper.from_array(value, stored))
                    node.input[place] = stored
                    count += 1
    return count


def _strip(graph: Any) -> None:
    """Let go of large tensors' numbers, which no shape depends on."""
    for tensor in graph.initializer:
        if math.prod(tensor.dims) > _SMALL:
            for field in ("raw_data", "float_data", "double_data", "int32_data", "int64_data", "uint64_data"):
                tensor.ClearField(field)
    for node in graph.node:
        for _, inner in inner_graphs(node):
            _strip(inner)


def _network_inputs(graph: Any) -> list[Any]:
    """Return the inputs that are no initialisers (old models list those too)."""
    stored = {tensor.name for tensor in graph.initializer}
    return [entry for entry in graph.input if entry.name not in stored]


def _extents(graph: Any, input_shape: Any, axes: int) -> tuple[int, ...]:
    """Return one extent an axis of the network's input."""
    if isinstance(input_shape, Sequence) and not isinstance(input_shape, str):
        return one_an_axis(input_shape, len(input_shape), "input_shape", 1)
    ranks = [len(entry.type.tensor_type.shape.dim) for entry in _network_inputs(graph)]
    # A signal without channels, (batch, samples), has one axis whatever the convolutions in it have.
    return one_an_axis(input_shape, 1 if ranks[:1] in ([1], [2]) else axes, "input_shape", 1)


def _set_input(graph: Any, extents: tuple[int, ...]) -> None:
    inputs = _network_inputs(graph)
    for entry in inputs:
        dims = entry.type.tensor_type.shape.dim
        extra = len(dims) - len(extents)
        if extra in {0, 1, 2}:
            start = _first_spatial(dims, extents, extra)
            for dim, extent in zip(list(dims)[start : start + len(extents)], extents, strict=True):
                dim.dim_value = extent
            _set_batch(graph)
            return
    shapes = ", ".join(f"{entry.name!r} {_shown(entry)}" for entry in inputs) or "none"
    message = (
        f"input_shape: got {extents}; the network's inputs are {shapes}, and the spatial extents of one of them are "
        "needed"
    )
    raise InvalidArgumentError(message)


def _shown(entry: Any) -> str:
    dims = entry.type.tensor_type.shape.dim
    return "(" + ", ".join(str(dim.dim_value or dim.dim_param or "?") for dim in dims) + ")"


def _first_spatial(dims: Any, extents: tuple[int, ...], extra: int) -> int:
    """Return where the spatial axes begin: after batch and channels, or where channels are last after the batch."""
    if extra < 2:
        return extra
    spatial = [dim.dim_value for dim in list(dims)[1:]]
    fits_last = all(have in {0, want} for have, want in zip(spatial[:-1], extents, strict=True)) and spatial[-1]
    fits_first = all(have in {0, want} for have, want in zip(spatial[1:], extents, strict=True)) and spatial[0]
    last_is_channels = 0 < spatial[-1] <= 4 and not 0 < spatial[0] <= 4
    return 1 if (fits_last and not fits_first) or (last_is_channels and not fits_first) else 2


def _set_batch(graph: Any) -> None:
    """Set what is open in the first axis of an input to one: a batch of one image."""
    for entry in _network_inputs(graph):
        dims = entry.type.tensor_type.shape.dim
        if len(dims) > 1 and not dims[0].dim_value:
            dims[0].ClearField("dim_param")
            dims[0].dim_value = 1


def _forget(graph: Any) -> None:
    """Drop the shapes that the model was stored with: they belong to another input."""
    del graph.value_info[:]
    for entry in graph.output:
        entry.type.tensor_type.ClearField("shape")
    for node in graph.node:
        for _, inner in inner_graphs(node):
            _forget(inner)


def _collected(graph: Any, place: str) -> Iterator[tuple[str, dict[str, tuple[int | None, ...]]]]:
    shapes: dict[str, tuple[int | None, ...]] = {}
    for entry in (*graph.input, *graph.value_info, *graph.output):
        tensor = entry.type.tensor_type
        if tensor.HasField("shape"):
            shapes[entry.name] = tuple(dim.dim_value or None for dim in tensor.shape.dim)
    shapes.update({tensor.name: tuple(tensor.dims) for tensor in graph.initializer})
    yield place, shapes
    for number, node in enumerate(graph.node):
        for name, inner in inner_graphs(node):
            yield from _collected(inner, f"{place}/{number}.{name}")
