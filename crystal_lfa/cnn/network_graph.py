"""How the layers of a network hang together, as far as its norms are concerned, whatever format told it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["GraphNode", "NetworkGraph", "NodeKind"]


class NodeKind(Enum):
    """What a node does to norms."""

    INPUT = "an input of the network"
    LAYER = "a convolution, bounded by its certified norm"
    SCALING = "linear, bounded by a factor"
    ACTIVATION = "nonlinear, acting on every number by itself; it is left out of the linear part"
    SUM = "the sum of its inputs"
    CONCATENATION = "its inputs side by side"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node of a network.

    Attributes
    ----------
    name : str
    kind : NodeKind
    inputs : tuple of int
        Numbers of the nodes whose results it takes, each before it.
    layer : str or None
        The convolution's name in the report.
    factor : float
        By how much the node can stretch its input, of a SCALING.
    operation : str
        What the model calls it.
    """

    name: str
    kind: NodeKind
    inputs: tuple[int, ...] = ()
    layer: str | None = None
    factor: float = 1.0
    operation: str = ""


@dataclass(frozen=True, slots=True)
class NetworkGraph:
    """The nodes of a network in the order of their work, and which of them are its results."""

    nodes: tuple[GraphNode, ...]
    outputs: tuple[int, ...]
