"""The graph of an ONNX model as far as norms are concerned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from crystal_lfa.cnn.network_graph import GraphNode, NetworkGraph, NodeKind
from crystal_lfa.cnn.readers.factors import matrix_norm, pooling_factor
from crystal_lfa.cnn.readers.onnx.constants import Constants
from crystal_lfa.cnn.readers.onnx.files import find_convolutions, only_own_errors, open_model, operations_version
from crystal_lfa.cnn.readers.onnx.scopes import Scope
from crystal_lfa.cnn.readers.onnx.shapes import infer_shapes
from crystal_lfa.errors import CrystalError

__all__ = ["read_onnx_graph"]

_ACTIVATIONS = frozenset({
    "Relu", "LeakyRelu", "Sigmoid", "Tanh", "Clip", "Elu", "Selu", "Softplus", "Softsign", "HardSigmoid", "HardSwish",
    "Gelu", "Mish", "PRelu", "ThresholdedRelu", "Celu", "Erf",
})  # fmt: skip

_ISOMETRIES = frozenset({
    "Identity", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "DepthToSpace", "SpaceToDepth",
    "GlobalAveragePool", "GlobalMaxPool", "Split",
})  # fmt: skip
"""Operations that stretch nothing: they move, or leave out, or average all. Further inputs tell places and shapes."""

_BROADCASTING = frozenset({"Add", "Sub", "Sum", "Mul", "Div"})


def read_onnx_graph(path: Path, input_shape: Any) -> NetworkGraph:
    """Return the graph of a model; what stands in branches and loops is one unknown node.

    Parameters
    ----------
    path : Path
    input_shape : int or sequence of int, optional
        Spatial, of the network's input: on the shapes that follow depends whether operations repeat numbers.
    """
    with only_own_errors(path):
        model = open_model(path)
        found = find_convolutions(model)
        constants = Constants(path.parent, operations_version(model))
        axes = next((len(entry.node.attribute[0].ints) for entry in found if entry.node.attribute), 2)
        shapes = infer_shapes(open_model(path), input_shape, axes or 2, constants)
        names = {entry.number: entry.name for entry in found if not entry.scope.path}
        return _Builder(Scope(model.graph), constants, names, shapes.get("", {})).graph()


@dataclass(frozen=True, slots=True, eq=False)
class _Builder:
    """Makes nodes of a graph's operations, each with the bound that its stored numbers give."""

    scope: Scope
    constants: Constants
    layers: dict[int, str]
    shapes: dict[str, tuple[int | None, ...]]
    numbers: dict[str, int] = field(default_factory=dict)
    nodes: list[GraphNode] = field(default_factory=list)

    def graph(self) -> NetworkGraph:
        stored = set(self.scope.tensors)
        for entry in self.scope.graph.input:
            if entry.name not in stored:
                self._add(GraphNode(entry.name, NodeKind.INPUT), [entry.name])
        for number, node in enumerate(self.scope.graph.node):
            sources = tuple(self.numbers[name] for name in node.input if name in self.numbers)
            # What depends on no input is a constant, and shifts only; a shape is one for images of one size.
            if sources and node.op_type not in {"Shape", "Size"}:
                self._add(self._made(number, node, sources), node.output)
        results = [self.numbers[entry.name] for entry in self.scope.graph.output if entry.name in self.numbers]
        return NetworkGraph(tuple(self.nodes), tuple(dict.fromkeys(results)))

    def _add(self, node: GraphNode, outputs: Any) -> None:
        self.nodes.append(node)
        self.numbers.update({name: len(self.nodes) - 1 for name in outputs if name})

    def _made(self, number: int, node: Any, sources: tuple[int, ...]) -> GraphNode:
        name = node.name or (node.output[0] if node.output else node.op_type)
        if number in self.layers:
            # A weight that depends on the input would be a second source.
            kind = NodeKind.LAYER if len(sources) == 1 else NodeKind.UNKNOWN
            return GraphNode(name, kind, sources, layer=self.layers[number], operation=node.op_type)
        kind, factor = self._bounded(node, sources)
        return GraphNode(name, kind, sources, factor=factor, operation=node.op_type)

    def _bounded(self, node: Any, sources: tuple[int, ...]) -> tuple[NodeKind, float]:
        unknown, single = (NodeKind.UNKNOWN, 1.0), len(sources) == 1
        if node.domain not in {"", "ai.onnx"} or (node.op_type in _BROADCASTING and self._repeats(node)):
            return unknown
        if node.op_type in _ACTIVATIONS:
            return (NodeKind.ACTIVATION, 1.0) if single else unknown
        if node.op_type in _ISOMETRIES:
            return (NodeKind.SCALING, 1.0) if single and node.input[0] in self.numbers else unknown
        if node.op_type in {"Add", "Sub", "Sum"}:
            return (NodeKind.SCALING, 1.0) if single else (NodeKind.SUM, 1.0)
        if node.op_type == "Concat":
            return NodeKind.CONCATENATION, 1.0
        rule = _RULES.get(node.op_type)
        try:
            factor = rule(self, node) if rule is not None and single else None
        except CrystalError:
            factor = None
        return unknown if factor is None else (NodeKind.SCALING, factor)

    def _repeats(self, node: Any) -> bool:
        """Tell whether an operation might repeat the numbers of an input, to fit those of another."""
        result = self.shapes.get(node.output[0])
        inputs = [self.shapes.get(name) for name in node.input if name in self.numbers]
        stored = [self.value(node, place) for place, name in enumerate(node.input) if name not in self.numbers]
        if all(value is not None and value.size == 1 for value in stored) and len(inputs) == 1:
            return False
        return result is None or None in result or any(shape != result for shape in inputs)

    def value(self, node: Any, place: int) -> Any:
        """Return the stored numbers of an input of a node."""
        return self.constants.value(node.input[place], self.scope) if len(node.input) > place else None


def _batch_norm(builder: _Builder, node: Any) -> float | None:
    if any(attribute.name == "training_mode" and attribute.i for attribute in node.attribute):
        return None
    scale, variance = builder.value(node, 1), builder.value(node, 4)
    eps = next((attribute.f for attribute in node.attribute if attribute.name == "epsilon"), 1e-5)
    if scale is None or variance is None or not (variance + eps > 0).all():
        return None
    return float(np.max(np.abs(scale) / np.sqrt(variance + eps), initial=0))


def _product(builder: _Builder, node: Any) -> float | None:
    other = next((value for place in (0, 1) if (value := builder.value(node, place)) is not None), None)
    return None if other is None or not np.isfinite(other).all() else float(np.max(np.abs(other), initial=0))


def _quotient(builder: _Builder, node: Any) -> float | None:
    divisor = builder.value(node, 1)
    return None if divisor is None or not np.all(divisor) else float(np.max(1 / np.abs(divisor), initial=0))


def _matrix(builder: _Builder, node: Any) -> float | None:
    matrix = builder.value(node, 1)
    if matrix is None or matrix.ndim != 2:
        return None
    alpha = next((attribute.f for attribute in node.attribute if attribute.name == "alpha"), 1.0)
    return float(abs(alpha) * matrix_norm(matrix))


def _pad(_builder: _Builder, node: Any) -> float | None:
    mode = next((attribute.s for attribute in node.attribute if attribute.name == "mode"), b"constant")
    return 1.0 if mode == b"constant" else None


def _dropout(builder: _Builder, node: Any) -> float | None:
    training = builder.value(node, 2) if len(node.input) > 2 and node.input[2] else np.array(0)
    return None if training is None or training.any() else 1.0


def _cast(_builder: _Builder, node: Any) -> float | None:
    from onnx import TensorProto

    floating = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16}
    return 1.0 if any(attribute.name == "to" and attribute.i in floating for attribute in node.attribute) else None


def _pool(_builder: _Builder, node: Any) -> float | None:
    told = {attribute.name: attribute for attribute in node.attribute}
    if "kernel_shape" not in told:
        return None
    kernel = list(told["kernel_shape"].ints)
    stride = list(told["strides"].ints) if "strides" in told else [1] * len(kernel)
    dilated = "dilations" in told and set(told["dilations"].ints) != {1}
    # Over the border, and in a last window that ends beyond it, fewer pixels may make the mean.
    whole = not ("pads" in told and any(told["pads"].ints)) and "auto_pad" not in told
    whole = whole and not ("ceil_mode" in told and told["ceil_mode"].i)
    return pooling_factor(kernel, stride, mean=node.op_type == "AveragePool" and whole, dilated=dilated)


_RULES: dict[str, Callable[[_Builder, Any], float | None]] = {
    "BatchNormalization": _batch_norm,
    "Mul": _product,
    "Div": _quotient,
    "Neg": lambda _builder, _node: 1.0,
    "Gemm": _matrix,
    "MatMul": _matrix,
    "Pad": _pad,
    "AveragePool": _pool,
    "MaxPool": _pool,
    "Dropout": _dropout,
    "Cast": _cast,
    "ReduceMean": lambda _builder, _node: 1.0,
}
"""Bounds of operations with one input that is computed, from their stored numbers; None where there is none."""
