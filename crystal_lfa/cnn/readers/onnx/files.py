"""Convolutions in ONNX models: attributes, weights and input shapes as the graph tells them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from crystal_lfa.cnn.attributes import FoundLayer
from crystal_lfa.cnn.readers.onnx.attributes import geometry_of
from crystal_lfa.cnn.readers.onnx.constants import Constants, scaled_back
from crystal_lfa.cnn.readers.onnx.scopes import Scope, Shapes, shape_of, walk
from crystal_lfa.cnn.readers.onnx.shapes import infer_shapes
from crystal_lfa.cnn.readers.weights import layer_name
from crystal_lfa.errors import CrystalError, MissingLibraryError, ModelFileError

__all__ = ["ConvolutionNode", "find_convolutions", "only_own_errors", "open_model", "operations_version", "read_onnx"]

_CONVOLUTIONS = frozenset({"Conv", "ConvTranspose", "FusedConv", "QLinearConv", "ConvInteger", "NhwcConv"})

_REASONS = {
    "ConvInteger": "it multiplies integers; the scale that makes them a weight is applied by later nodes",
    "NhwcConv": "it is an operation of one runtime, with a layout of its own",
    "DeformConv": "it is deformable: where it looks depends on its input",
}
"""Why convolutions of some kinds are no translation-invariant operators, or not known to be which."""


@dataclass(frozen=True, slots=True)
class ConvolutionNode:
    """A convolution in a graph: its name, unique in the model, its number and node there, the scope of its inputs."""

    name: str
    number: int
    node: Any
    scope: Scope


def read_onnx(path: Path, input_shape: Any) -> list[FoundLayer]:
    """Return the convolutions of a model, in the order of its nodes, those in branches and loops among them.

    Parameters
    ----------
    path : Path
    input_shape : int or sequence of int, optional
        Spatial, of the network's input; where it is not given, the model's own is used as far as it is told.

    Raises
    ------
    ModelFileError
        If the file is damaged, or what it says of itself is wrong.
    UnsafeFileError
        If its weights lie outside of its folder.
    """
    with only_own_errors(path):
        model = open_model(path)
        found = find_convolutions(model)
        constants = Constants(path.parent, operations_version(model))
        layers = [_read(convolution, constants) for convolution in found]
        if not layers:
            return []
        axes = next((layer.weight.ndim - 2 for layer in layers if layer.weight is not None), 2)
        shapes = infer_shapes(model, input_shape, axes, constants)
        return [_placed(layer, convolution, shapes) for layer, convolution in zip(layers, found, strict=True)]


@contextmanager
def only_own_errors(path: Path) -> Iterator[None]:
    """Name the file in what is wrong with it; what damaged messages make protobuf and numpy raise is that too."""
    try:
        yield
    except ModelFileError as error:
        raise type(error)(f"{path}: {error}") from error
    except (CrystalError, MemoryError):
        raise
    except Exception as error:
        raise ModelFileError(f"{path}: this is not a sound ONNX model: {str(error).strip() or 'damaged'}") from error


def open_model(path: Path) -> Any:
    """Return a model as onnx parses it, its local functions written out, its external data not loaded."""
    try:
        import onnx
    except ImportError:
        raise MissingLibraryError.for_extra("onnx", f"reading {path}", "onnx") from None
    model = onnx.load_model(path, format="protobuf", load_external_data=False)
    if len(model.functions):
        from onnx import inliner

        model = inliner.inline_local_functions(model)
    return model


def operations_version(model: Any) -> int:
    """Return the version of ONNX's own operations that a model uses."""
    versions = [entry.version for entry in model.opset_import if entry.domain in {"", "ai.onnx"}]
    return max(versions, default=1)


def find_convolutions(model: Any) -> list[ConvolutionNode]:
    """Return the convolutions of a model under names of their own: those of the nodes, else of their weights."""
    taken: dict[str, int] = {}
    found = []
    for scope, number, node in walk(Scope(model.graph)):
        if _is_convolution(node):
            name = node.name or layer_name(_weight_input(node) or (node.output[0] if node.output else node.op_type))
            taken[name] = taken.get(name, 0) + 1
            unique = name if taken[name] == 1 else f"{name}#{taken[name]}"
            found.append(ConvolutionNode(unique, number, node, scope))
    return found


def _is_convolution(node: Any) -> bool:
    # What else is called a convolution, by whatever runtime, is listed with a reason rather than passed over.
    return node.op_type in _CONVOLUTIONS or "conv" in node.op_type.lower()


def _weight_input(node: Any) -> str:
    place = 3 if node.op_type == "QLinearConv" else 1
    return str(node.input[place]) if len(node.input) > place else ""


def _read(convolution: ConvolutionNode, constants: Constants) -> FoundLayer:
    node, scope = convolution.node, convolution.scope
    notes = (f"inside {scope.place}",) if scope.place else ()
    weight, reason = _weight(node, scope, constants)
    try:
        known = geometry_of(node, None if weight is None else weight.shape)
    except CrystalError as error:
        known, reason = {}, reason or str(error)
    if weight is not None and reason is None and _was_quantised(node, scope):
        notes = (*notes, "its weight is stored in few bits, and scaled back")
    return FoundLayer(convolution.name, weight, known, notes, reason)


def _weight(node: Any, scope: Scope, constants: Constants) -> tuple[NDArray[Any] | None, str | None]:
    """Return the weight of a convolution, or why there is none."""
    name = _weight_input(node)
    if node.op_type in _REASONS or node.op_type not in _CONVOLUTIONS:
        return None, _REASONS.get(node.op_type, f"{node.domain or 'ONNX'} {node.op_type} is no convolution known here")
    if not name or scope.is_sparse(name):
        return None, "its weight is stored as a sparse tensor" if name else "it has no weight"
    weight = constants.value(name, scope)
    if weight is None:
        return None, f"its weight {name!r} is not stored: other nodes compute it from the network's input"
    if node.op_type == "QLinearConv":
        return _scaled_weight(node, weight, scope, constants)
    return weight, _unusable(weight)


def _unusable(weight: NDArray[Any]) -> str | None:
    """Return why a weight cannot be one, if it cannot."""
    if weight.ndim not in {3, 4, 5} or 0 in weight.shape:
        return f"its weight has shape {weight.shape}; (channels, channels, *kernel), 1 to 3 axes, is known here"
    return None if weight.dtype.kind == "f" else f"its weight is of type {weight.dtype}, not floating point"


def _scaled_weight(
    node: Any, weight: NDArray[Any], scope: Scope, constants: Constants
) -> tuple[NDArray[Any] | None, str | None]:
    scale, zero = (constants.value(node.input[place], scope) for place in (4, 5))
    scaled = None if scale is None or zero is None else scaled_back(weight, scale, zero)
    if scaled is None:
        return None, "it is quantised, and its scale is not stored"
    return scaled, _unusable(scaled)


def _was_quantised(node: Any, scope: Scope) -> bool:
    found = scope.find(_weight_input(node))
    return node.op_type == "QLinearConv" or (
        found is not None and getattr(found[1], "op_type", "") == "DequantizeLinear"
    )


def _placed(layer: FoundLayer, convolution: ConvolutionNode, shapes: Shapes) -> FoundLayer:
    """Return a layer with the shape of its input, where inference tells it, and what a Pad in front of it does."""
    known: dict[str, Any] = dict(layer.known)
    extents = _input_extents(convolution, shapes, len(layer.known.get("stride", ())))
    if extents is not None:
        known["input_shape"] = extents
    mode = _padded_before(convolution)
    if mode is not None and not any(known.get("padding") or ()):
        known["padding_mode"] = mode
    return FoundLayer(layer.name, layer.weight, known, layer.notes, layer.reason)


def _input_extents(convolution: ConvolutionNode, shapes: Shapes, axes: int) -> tuple[int, ...] | None:
    inputs = convolution.node.input
    shape = shape_of(inputs[0], convolution.scope, shapes) if inputs else None
    if shape is None or len(shape) != axes + 2 or not axes:
        return None
    spatial = tuple(n for n in shape[2:] if n is not None)
    return spatial if len(spatial) == axes else None


def _padded_before(convolution: ConvolutionNode) -> str | None:
    """Return the padding mode of a Pad node whose output the convolution takes."""
    found = convolution.scope.find(convolution.node.input[0]) if convolution.node.input else None
    if found is None or getattr(found[1], "op_type", "") != "Pad":
        return None
    modes: Mapping[str, str] = {
        "constant": "zeros", "reflect": "reflect", "edge": "replicate", "wrap": "circular",
    }  # fmt: skip
    given = next((a.s.decode(errors="replace") for a in found[1].attribute if a.name == "mode"), "constant")
    return modes.get(given)
