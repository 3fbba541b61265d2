"""An upper bound of what the linear part of a network can stretch, and of its residual blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from crystal_lfa.cnn.network_graph import GraphNode, NetworkGraph, NodeKind

__all__ = ["BlockGain", "NetworkGain", "network_gain"]


@dataclass(frozen=True, slots=True)
class BlockGain:
    """A bound of a residual block: from where its branches part to where they are added.

    Attributes
    ----------
    start, end : str
        Names of the node whose result is branched, and of the sum.
    branches : tuple of float
        Bounds of the branches; one of 1 is a shortcut.
    bound : float
        Their sum.
    """

    start: str
    end: str
    branches: tuple[float, ...]
    bound: float


@dataclass(frozen=True, slots=True)
class NetworkGain:
    r"""An upper bound of the gain of a network's linear part, with all activations replaced by the identity.

    Products along chains, sums where branches are added, roots of sums of squares where they are put side by side, of
    certified norms of convolutions and factors of batch norms, poolings and matrices. With activations
    that are 1-Lipschitz, such as ReLU, it bounds the network's Lipschitz constant too. It is an upper bound, often a
    very loose one: the norm of a product is less than the product of norms.

    Attributes
    ----------
    bound : float
        Infinite where an operation on the way to the result has no known bound.
    blocks : tuple of BlockGain
        In the order of the network; those with a bound.
    unknown : tuple of str
        Operations without a known bound, that stand on the way.
    """

    bound: float
    blocks: tuple[BlockGain, ...]
    unknown: tuple[str, ...]


def network_gain(graph: NetworkGraph, norms: Mapping[str, float]) -> NetworkGain:
    """Return the bound of a network from certified upper bounds of its layers' norms, by name.

    A layer without an entry is unknown: its bound is infinite.
    """
    gains = _gains(graph.nodes, norms, start=None)
    results = [gains[output] for output in graph.outputs]
    unknown = dict.fromkeys(_unknown(graph, norms))
    return NetworkGain(math.hypot(*results) if results else math.inf, tuple(_blocks(graph, norms)), tuple(unknown))


def _gains(nodes: Sequence[GraphNode], norms: Mapping[str, float], start: int | None) -> list[float]:
    """Return a bound of every node's result over that of a start, or over the network's inputs."""
    gains: list[float] = []
    for number, node in enumerate(nodes):
        if number == start:
            gains.append(1.0)
        elif not node.inputs:
            gains.append(1.0 if node.kind is NodeKind.INPUT and start is None else 0.0)
        else:
            gains.append(_factor(node, norms) * _combined(node, [gains[i] for i in node.inputs]))
    return gains


def _factor(node: GraphNode, norms: Mapping[str, float]) -> float:
    if node.kind is NodeKind.LAYER:
        return norms.get(node.layer or "", math.inf)
    return math.inf if node.kind is NodeKind.UNKNOWN else node.factor


def _combined(node: GraphNode, inputs: Sequence[float]) -> float:
    combine: Callable[..., float] = math.hypot if node.kind is NodeKind.CONCATENATION else lambda *x: math.fsum(x)
    total = combine(*inputs)
    # What does not depend on the start has no part in its gain, however large its own factor.
    return total or 0.0


def _unknown(graph: NetworkGraph, norms: Mapping[str, float]) -> list[str]:
    """Return the operations without a bound from which a result follows."""
    needed = set(graph.outputs)
    for number in range(len(graph.nodes) - 1, -1, -1):
        if number in needed:
            needed.update(graph.nodes[number].inputs)
    return [
        node.layer or f"{node.operation} {node.name}".strip()
        for number, node in enumerate(graph.nodes)
        if number in needed and math.isinf(_factor(node, norms))
    ]


def _blocks(graph: NetworkGraph, norms: Mapping[str, float]) -> list[BlockGain]:
    dominators = _dominators(graph)
    found = []
    for number, node in enumerate(graph.nodes):
        start = dominators[number]
        if node.kind is NodeKind.SUM and len(node.inputs) > 1 and start is not None:
            gains = _gains(graph.nodes[: number + 1], norms, start)
            branches = tuple(gains[i] for i in node.inputs)
            if math.isfinite(sum(branches)) and all(branches):
                found.append(BlockGain(graph.nodes[start].name, node.name, branches, math.fsum(branches)))
    return found


def _dominators(graph: NetworkGraph) -> list[int | None]:
    """Return, of every node, the last one that all ways from the inputs to it pass; None where there is none."""
    import networkx as nx

    root = -1
    edges = [(i, number) for number, node in enumerate(graph.nodes) for i in node.inputs]
    edges += [(root, number) for number, node in enumerate(graph.nodes) if node.kind is NodeKind.INPUT]
    ways = nx.DiGraph(edges)
    ways.add_node(root)
    dominated = nx.immediate_dominators(ways, root)
    places = (dominated.get(number, root) for number in range(len(graph.nodes)))
    return [None if place in {root, None} else place for place in places]
