"""The numbers in an ONNX model: initialisers, constants, what follows from them, and files beside the model."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.readers.onnx.scopes import Scope, Shapes, shape_of
from crystal_lfa.errors import ModelFileError, UnsafeFileError

__all__ = ["Constants", "scaled_back"]

_FOLDED = frozenset({
    "Abs", "Add", "Cast", "Ceil", "Concat", "ConstantOfShape", "Div", "Exp", "Floor", "Gather", "Identity",
    "Max", "Min", "Mod", "Mul", "Neg", "Pow", "ReduceL2", "ReduceMean", "ReduceProd", "ReduceSum", "Reshape",
    "Slice", "Sqrt", "Squeeze", "Sub", "Transpose", "Unsqueeze",
})  # fmt: skip
"""Operations by which exporters make weights of stored ones, such as a weight norm; none makes large of small."""

_DEEPEST = 50
"""Operations between a stored number and a weight."""

_SMALL = 1024
"""Elements of what is made of a shape alone."""

_LARGEST = 2_000_000_000
"""Elements of what is folded: broadcasting can make large of small."""


@dataclass(frozen=True, slots=True)
class Constants:
    """Where a model's numbers are.

    Attributes
    ----------
    folder : Path
        Of the model: files with its numbers lie in it, and nowhere else.
    opset : int
        The version of the operations.
    shapes : mapping
        From the path of a graph to the shapes of what its names stand for, as far as they are known.
    """

    folder: Path
    opset: int
    shapes: Shapes = field(default_factory=dict)

    def value(self, name: str, scope: Scope, depth: int = 0) -> NDArray[Any] | None:
        """Return the numbers that a name stands for; None if they depend on the network's input.

        Raises
        ------
        ModelFileError
            If a tensor is not what it says.
        UnsafeFileError
            If its numbers lie outside the model's folder.
        """
        found = scope.find(name)
        if found is None or depth > _DEEPEST:
            return None
        place, holder = found
        value: NDArray[Any] | None = None
        match getattr(holder, "op_type", None):
            case None:
                value = self.tensor(holder)
            case "Constant":
                value = self._constant(holder)
            case "DequantizeLinear":
                value = self._dequantised(holder, place, depth)
            case "Shape":
                value = self._shape(holder, place)
            case operation if operation in _FOLDED and holder.domain in {"", "ai.onnx"}:
                value = self._folded(holder, place, depth, name)
        return value

    def tensor(self, tensor: Any) -> NDArray[Any]:
        """Return the numbers of a stored tensor, floating point of any length as one that numpy knows."""
        from onnx import TensorProto, numpy_helper

        shape = tuple(tensor.dims)
        if tensor.data_type not in TensorProto.DataType.values() or tensor.data_type in {0, TensorProto.STRING}:
            raise ModelFileError(f"tensor {tensor.name!r} is of type {tensor.data_type}; numbers are needed")
        if min(shape, default=0) < 0:
            raise ModelFileError(f"tensor {tensor.name!r} has shape {shape}; extents of at least 0 are needed")
        if tensor.data_location == TensorProto.EXTERNAL:
            return self._beside(tensor, shape)
        _require_elements(tensor, math.prod(shape))
        try:
            return _plain(numpy_helper.to_array(tensor))
        except Exception as error:
            # What a damaged tensor says of itself makes onnx and numpy raise nearly anything.
            raise ModelFileError(f"tensor {tensor.name!r} of shape {shape} is damaged: {error}") from error

    def _beside(self, tensor: Any, shape: tuple[int, ...]) -> NDArray[Any]:
        """Return numbers from a file beside the model."""
        from onnx import helper

        told = {entry.key: entry.value for entry in tensor.external_data}
        path = _inside(self.folder, told.get("location", ""), tensor.name)
        dtype = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.data_type))
        needed = math.prod(shape) * dtype.itemsize
        try:
            offset, size = int(told.get("offset", 0)), path.stat().st_size
            length = int(told.get("length", needed))
        except (OSError, ValueError) as error:
            message = f"tensor {tensor.name!r}: its numbers in {path.name!r} cannot be read: {error}"
            raise ModelFileError(message) from None
        if length != needed or offset < 0 or offset + needed > size:
            message = (
                f"tensor {tensor.name!r} of shape {shape} needs {needed} bytes; {length} from byte {offset} of the "
                f"{size} bytes of {path.name!r} are given"
            )
            raise ModelFileError(message)
        values = np.fromfile(path, dtype=dtype, count=math.prod(shape), offset=offset)
        return _plain(values.reshape(shape))

    def _constant(self, node: Any) -> NDArray[Any] | None:
        from onnx import helper

        for attribute in node.attribute:
            if attribute.name == "value":
                return self.tensor(attribute.t)
            if attribute.name in {"value_float", "value_floats", "value_int", "value_ints"}:
                return np.array(helper.get_attribute_value(attribute))
        return None

    def _dequantised(self, node: Any, scope: Scope, depth: int) -> NDArray[Any] | None:
        inputs = [self.value(name, scope, depth + 1) for name in node.input]
        if any(value is None for value in inputs) or len(inputs) < 2:
            return None
        axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 1)
        return scaled_back(*inputs, axis=axis)

    def _shape(self, node: Any, scope: Scope) -> NDArray[Any] | None:
        shape = shape_of(node.input[0], scope, self.shapes) if node.input else None
        if shape is None or None in shape:
            return None
        told = {attribute.name: attribute.i for attribute in node.attribute}
        return np.array(shape[told.get("start", 0) : told.get("end", len(shape))], dtype=np.int64)

    def _folded(self, node: Any, scope: Scope, depth: int, name: str) -> NDArray[Any] | None:
        inputs = {str(key): self.value(key, scope, depth + 1) for key in node.input if key}
        arrays = {key: value for key, value in inputs.items() if value is not None}
        if not inputs or len(arrays) < len(inputs):
            return None
        if node.op_type == "ConstantOfShape" and math.prod(next(iter(arrays.values())).ravel().tolist()) > _SMALL:
            return None
        # Shapes that do not broadcast make nothing large.
        with suppress(ValueError):
            if math.prod(np.broadcast_shapes(*(value.shape for value in arrays.values()))) > _LARGEST:
                return None
        return _evaluated(node, arrays, self.opset, name)


def _evaluated(node: Any, inputs: dict[str, NDArray[Any]], opset: int, name: str) -> NDArray[Any]:
    from onnx.reference import ReferenceEvaluator

    try:
        results = ReferenceEvaluator(node, opsets={"": opset}).run(None, inputs)
        return _plain(np.asarray(results[list(node.output).index(name)]))
    except Exception as error:
        # Sizes and types that do not fit make the evaluation raise nearly anything.
        message = f"node {node.name or node.op_type!r}: {node.op_type} of stored numbers fails: {error}"
        raise ModelFileError(message) from error


def scaled_back(values: Any, scale: Any, zero: Any = None, *, axis: int = 0) -> NDArray[Any] | None:
    """Return quantised numbers as (q - zero) * scale, one scale for all or one a slice along an axis.

    None where there are blocks of another kind.
    """
    if scale.size == 1:
        shape = [1] * values.ndim
    elif scale.ndim == 1 and -values.ndim <= axis < values.ndim and scale.size == values.shape[axis]:
        shape = [1] * values.ndim
        shape[axis] = -1
    else:
        return None
    difference = values.astype(np.float64) - (0 if zero is None else zero.astype(np.float64).reshape(shape))
    return np.asarray(difference * scale.astype(np.float64).reshape(shape))


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Return numbers of a type that numpy has itself: short floats (bfloat16, eight bits) as float32, exactly."""
    if values.dtype.kind in "iufcb":
        return values
    return np.asarray(values.astype(np.float32))


def _require_elements(tensor: Any, count: int) -> None:
    """Raise if a tensor does not hold as many numbers as its shape says."""
    from onnx import helper

    fields = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data")
    held = len(tensor.raw_data)
    if tensor.HasField("raw_data"):
        packed = "int4" in str(helper.tensor_dtype_to_string(tensor.data_type)).lower()
        itemsize = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.data_type)).itemsize
        sound = held == (-(-count // 2) if packed else count * itemsize)
    else:
        held = max(len(getattr(tensor, name)) for name in fields)
        # Complex numbers take two places, numbers of four bits half of one.
        sound = held in {count, 2 * count, -(-count // 2)}
    if not sound:
        shape = tuple(tensor.dims)
        message = (
            f"tensor {tensor.name!r} of shape {shape} does not hold its {count} numbers: it has {held} bytes or entries"
        )
        raise ModelFileError(message)


def _inside(folder: Path, location: str, name: str) -> Path:
    """Return the path of a file in the model's folder, links followed; raise where it lies elsewhere."""
    root = folder.resolve()
    try:
        path = (root / location).resolve()
        inside = path.is_relative_to(root) and bool(location) and path != root
        regular = inside and path.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelFileError(f"tensor {name!r}: its file {location!r} cannot be found: {error}") from None
    if not inside:
        message = f"tensor {name!r} lies in {location!r}, outside of the model's folder, and is not read"
        raise UnsafeFileError(message)
    if not regular:
        raise ModelFileError(f"tensor {name!r}: there is no file {location!r} beside the model; it holds the weights")
    return path
