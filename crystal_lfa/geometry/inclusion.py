"""Which lattices contain which: their Hasse diagram."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.lattice import Lattice

__all__ = ["hasse_diagram"]


def hasse_diagram(lattices: Iterable[Any]) -> Any:
    """Return the Hasse diagram of lattices under inclusion.

    Parameters
    ----------
    lattices : iterable of Lattice, all of one dimension
        Equal ones are one node, the first of them.

    Returns
    -------
    networkx.DiGraph
        The lattices are the nodes. An edge leads from a lattice to each of its largest sublattices among them; its
        attribute ``index`` is the index of that. A node's attribute ``level`` is the number of steps down to it, at
        most, as ``networkx.multipartite_layout(graph, subset_key="level")`` draws it.

    Raises
    ------
    InvalidArgumentError
        If something else than a lattice is given.
    LatticeError
        If the dimensions differ.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> line = lfa.lattices.integer(1)
    >>> graph = lfa.lattices.hasse_diagram([line, line.sublattice(2), line.sublattice(3), line.sublattice(6)])
    >>> sorted(index for _, _, index in graph.edges(data="index"))
    [2, 2, 3, 3]
    """
    import networkx as nx

    given = list(lattices)
    for lattice in given:
        if not isinstance(lattice, Lattice):
            message = f"lattices: got {lattice!r} of type {type(lattice).__name__}; lattices are needed"
            raise InvalidArgumentError(message)
    different: list[Lattice] = []
    for lattice in given:
        if lattice not in different:
            different.append(lattice)
    inclusion = nx.DiGraph()
    # Numbers stand for the lattices meanwhile: hashes of lattices tell only their dimensions apart.
    inclusion.add_nodes_from(range(len(different)))
    inclusion.add_edges_from(
        (i, j) for i, a in enumerate(different) for j, b in enumerate(different) if i != j and a.contains(b)
    )
    diagram = nx.transitive_reduction(inclusion)
    for level, numbers in enumerate(nx.topological_generations(diagram)):
        for number in numbers:
            diagram.nodes[number]["level"] = level
    for i, j in diagram.edges:
        diagram.edges[i, j]["index"] = different[j].index_in(different[i])
    return nx.relabel_nodes(diagram, dict(enumerate(different)))
