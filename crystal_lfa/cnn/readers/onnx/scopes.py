"""The nodes of an ONNX graph and of the graphs in its branches and loops, and what their names mean there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from crystal_lfa.errors import ModelFileError

__all__ = ["Scope", "Shapes", "inner_graphs", "shape_of", "walk"]

Shapes = dict[str, dict[str, tuple[int | None, ...]]]
"""From the path of a graph to the shapes of what its names stand for; None for extents that are not known."""

_DEEPEST = 60
"""Graphs in graphs: protobuf's own limit is about this."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What the names in a graph stand for.

    Attributes
    ----------
    graph : GraphProto
    outer : Scope or None
        Of the graph around it, whose names hold here too.
    place : str
        Where the graph stands, as text: empty for the model's own.
    path : str
        The same for machines: the numbers of the nodes, and the names of the attributes, that lead to it.
    tensors : mapping from names to TensorProto, the initialisers
    sparse : names of sparse initialisers
    producers : mapping from names to the nodes that make them
    depth : int
    """

    graph: Any
    outer: Scope | None = None
    place: str = ""
    path: str = ""
    depth: int = 0
    tensors: dict[str, Any] = field(init=False)
    sparse: frozenset[str] = field(init=False)
    producers: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tensors", {tensor.name: tensor for tensor in self.graph.initializer})
        object.__setattr__(self, "sparse", frozenset(t.values.name for t in self.graph.sparse_initializer))
        made = {name: node for node in self.graph.node for name in node.output if name}
        object.__setattr__(self, "producers", made)

    def find(self, name: str) -> tuple[Scope, Any] | None:
        """Return the scope that defines a name, with its initialiser or the node that makes it; None for an input."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.tensors.get(name, scope.producers.get(name))
            if found is not None:
                return scope, found
            if any(entry.name == name for entry in scope.graph.input):
                return None
            scope = scope.outer
        return None

    def is_sparse(self, name: str) -> bool:
        """Tell whether a name is that of a sparse initialiser."""
        return name in self.sparse or (self.outer is not None and self.outer.is_sparse(name))


def inner_graphs(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield (attribute, graph) for the branches of an If, the body of a Loop or a Scan."""
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.name, attribute.g
        for graph in attribute.graphs:
            yield attribute.name, graph


def walk(scope: Scope, defined: frozenset[str] = frozenset()) -> Iterator[tuple[Scope, int, Any]]:
    """Yield every node with its scope and its number there, those of inner graphs after the node that holds them.

    Raises
    ------
    ModelFileError
        If a node uses what is made after it, as in a cycle: ONNX wants nodes in the order of their work.
    """
    if scope.depth > _DEEPEST:
        raise ModelFileError(f"its graphs are nested more than {_DEEPEST} deep; no model is")
    graph = scope.graph
    known = set(defined) | set(scope.tensors) | set(scope.sparse) | {entry.name for entry in graph.input}
    for number, node in enumerate(graph.node):
        missing = [name for name in node.input if name and name not in known]
        if missing:
            message = (
                f"node {node.name or node.op_type!r} uses {missing[0]!r}, which no node before it makes: the graph is "
                "cyclic or out of order; a sound ONNX model is needed"
            )
            raise ModelFileError(message)
        yield scope, number, node
        for name, inner in inner_graphs(node):
            place = f"{name} of {node.name or node.op_type}"
            path = f"{scope.path}/{number}.{name}"
            yield from walk(Scope(inner, scope, place, path, scope.depth + 1), frozenset(known))
        known.update(node.output)


def shape_of(name: str, scope: Scope, shapes: Shapes) -> tuple[int | None, ...] | None:
    """Return the shape of what a name stands for in a scope, where it is known."""
    around: Scope | None = scope
    while around is not None:
        shape = shapes.get(around.path, {}).get(name)
        if shape is not None:
            return shape
        around = around.outer
    return None
