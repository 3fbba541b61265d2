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
from crystal_lfa.errors import CrystalError

__all__ = ["read_onnx_graph"]

_ACTIVATIONS = frozenset({
    "Relu", "LeakyRelu", "Sigmoid", "Tanh", "Clip", "Elu", "Selu", "Softplus", "Softsign", "HardSigmoid", "HardSwish",
    "Gelu", "Mish", "PRelu", "ThresholdedRelu", "Celu", "Erf",
})  # fmt: skip

_ISOMETRIES = frozenset({
    "Identity", "Dropout", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Cast", "Slice", "DepthToSpace",
    "SpaceToDepth", "GlobalAveragePool", "GlobalMaxPool", "Split",
})  # fmt: skip
"""Operations that stretch nothing: they move, or leave out, or average all."""


def read_onnx_graph(path: Path) -> NetworkGraph:
    """Return the graph of a model; what stands in branches and loops is one unknown node."""
    with only_own_errors(path):
        model = open_model(path)
        names = {entry.number: entry.name for entry in find_convolutions(model) if not entry.scope.path}
        builder = _Builder(Scope(model.graph), Constants(path.parent, operations_version(model)), names)
        return builder.graph()


@dataclass(frozen=True, slots=True, eq=False)
class _Builder:
    """Makes nodes of a graph's operations, each with the bound that its stored numbers give."""

    scope: Scope
    constants: Constants
    layers: dict[int, str]
    numbers: dict[str, int] = field(default_factory=dict)
    nodes: list[GraphNode] = field(default_factory=list)

    def graph(self) -> NetworkGraph:
        stored = set(self.scope.tensors)
        for entry in self.scope.graph.input:
            if entry.name not in stored:
                self._add(GraphNode(entry.name, NodeKind.INPUT), [entry.name])
        for number, node in enumerate(self.scope.graph.node):
            sources = tuple(self.numbers[name] for name in node.input if name in self.numbers)
            if sources:
                # What depends on no input is a constant, and shifts only.
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
        single = len(sources) == 1
        if node.op_type in _ACTIVATIONS and single:
            return NodeKind.ACTIVATION, 1.0
        if node.op_type in _ISOMETRIES:
            # A further input that is computed tells a shape.
            return (NodeKind.SCALING, 1.0) if sources[0] == self.numbers.get(node.input[0]) else (NodeKind.UNKNOWN, 1.0)
        if node.op_type in {"Add", "Sub", "Sum"}:
            return (NodeKind.SCALING, 1.0) if single else (NodeKind.SUM, 1.0)
        if node.op_type == "Concat":
            return NodeKind.CONCATENATION, 1.0
        rule = _RULES.get(node.op_type)
        try:
            factor = rule(self, node) if rule is not None and single else None
        except CrystalError:
            factor = None
        return (NodeKind.UNKNOWN, 1.0) if factor is None else (NodeKind.SCALING, factor)

    def value(self, node: Any, place: int) -> Any:
        """Return the stored numbers of an input of a node."""
        return self.constants.value(node.input[place], self.scope) if len(node.input) > place else None


def _batch_norm(builder: _Builder, node: Any) -> float | None:
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


def _windows(node: Any) -> tuple[list[int], list[int], bool]:
    told = {attribute.name: attribute for attribute in node.attribute}
    kernel = list(told["kernel_shape"].ints) if "kernel_shape" in told else []
    stride = list(told["strides"].ints) if "strides" in told else [1] * len(kernel)
    padded = ("pads" in told and any(told["pads"].ints)) or "auto_pad" in told
    dilated = "dilations" in told and set(told["dilations"].ints) != {1}
    return kernel, stride, padded or dilated


def _average_pool(_builder: _Builder, node: Any) -> float | None:
    kernel, stride, padded = _windows(node)
    return pooling_factor(kernel, stride, mean=not padded) if kernel else None


def _max_pool(_builder: _Builder, node: Any) -> float | None:
    kernel, stride, _ = _windows(node)
    return pooling_factor(kernel, stride, mean=False) if kernel else None


_RULES: dict[str, Callable[[_Builder, Any], float | None]] = {
    "BatchNormalization": _batch_norm,
    "Mul": _product,
    "Div": _quotient,
    "Neg": lambda _builder, _node: 1.0,
    "Gemm": _matrix,
    "MatMul": _matrix,
    "Pad": _pad,
    "AveragePool": _average_pool,
    "MaxPool": _max_pool,
    "ReduceMean": lambda _builder, _node: 1.0,
}
"""Bounds of operations with one input that is computed, from their stored numbers; None where there is none."""
