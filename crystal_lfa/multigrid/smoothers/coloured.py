"""Smoothers by colours: unknowns of one colour at one time, one colour after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry import Lattice
from crystal_lfa.multigrid.smoothers.base import Smoother, composition, finite_range
from crystal_lfa.multigrid.smoothers.blocks import Blocks
from crystal_lfa.multigrid.smoothers.splittings import Splitting, read_blocks, split
from crystal_lfa.multigrid.transfers.coarsening import read_coarse
from crystal_lfa.operators import CrystalOperator, Operator, diagonal, identity
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.reading import read_number

__all__ = ["Coloured", "RedBlack", "colouring"]


@dataclass(frozen=True)
class Coloured(Smoother):
    r"""Relaxation colour by colour; the colours are the cosets of a sublattice.

    .. math:: S = \prod_c (I - \omega \Pi_c D^{-1} A),

    the first colour acting first; :math:`\Pi_c` keeps the unknowns of colour c. Unknowns of one colour are relaxed by
    Jacobi's method; where A does not couple them, that is Gauss-Seidel.

    Parameters
    ----------
    coarse : int, flat sequence of int, list of vectors (rows) or Lattice
        The sublattice; colours come in the order of its torus's points. Zebra lines: (2, 1) with ``lines(1)``.
    blocks : Blocks, optional
        What is relaxed together; each block has to be of one colour.
    omega : number or SymPy expression
    classes : sequence of sequences of int, optional
        Colours of one's own: numbers of the unknowns of the sublattice's cell, point by point, then site, then channel.
        Each unknown comes at least once. `colouring` finds some.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), sections 4.5 and 5.4.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> A = mg.poisson(1)
    >>> mg.Coloured(2)(A).allclose(mg.RedBlack()(A))
    True
    """

    coarse: Any
    blocks: Blocks | None = None
    omega: Any = 1.0
    classes: Sequence[Sequence[int]] | None = None

    def __post_init__(self) -> None:
        read_number(self.omega, "omega")
        read_blocks(self.blocks)
        if self.blocks is not None and self.classes is not None:
            raise InvalidArgumentError("classes: got classes as well as blocks; one of them is needed")

    def __call__(self, A: Operator) -> Operator:
        """Return the product over the colours."""
        finest = finite_range(A, self)
        splitting = split(finest, self.blocks, self)
        coarse = read_coarse(finest.lattice, self.coarse)
        if self.blocks is not None:
            self.blocks.check_in_one_colour(splitting.operator.lattice, coarse)
        relaxed = (self.omega * splitting.own_inverse @ splitting.operator).on(coarse)
        unit = identity(relaxed.domain)
        halves = [unit - diagonal(kept, relaxed.domain) @ relaxed for kept in self._colours(splitting, coarse)]
        return composition(halves[::-1])

    def _colours(self, splitting: Splitting, coarse: Lattice) -> list[NDArray[np.float64]]:
        """Return, for each colour, ones for its unknowns of the sublattice's cell and zeros for the others."""
        within = splitting.operator.domain.size
        points = coarse.index_in(splitting.operator.lattice)
        if self.classes is None:
            return [np.repeat(np.arange(points) == point, within).astype(np.float64) for point in range(points)]
        try:
            masks = np.zeros((len(self.classes), points * within))
        except TypeError:
            message = f"classes: got {self.classes!r}; a list of lists of numbers of unknowns is needed"
            raise InvalidArgumentError(message) from None
        for colour, unknowns in enumerate(self.classes):
            chosen = np.asarray(unknowns)
            if chosen.ndim != 1 or chosen.dtype.kind not in "iu" or not chosen.size:
                message = f"classes: got {unknowns!r} as colour {colour}; a list of numbers of unknowns is needed"
                raise InvalidArgumentError(message)
            if chosen.min() < 0 or chosen.max() >= masks.shape[1]:
                message = f"classes: colour {colour} has unknowns up to {chosen.max()}; those of the cell are 0 to "
                raise InvalidArgumentError(f"{message}{masks.shape[1] - 1}")
            masks[colour, chosen] = 1.0
        left = np.flatnonzero(~masks.any(axis=0)).tolist()
        if left:
            raise InvalidArgumentError(f"classes: the unknowns {left[:5]} have no colour; each needs at least one")
        return list(masks)


@dataclass(frozen=True)
class RedBlack(Smoother):
    r"""Red-black Gauss-Seidel: points with an even sum of coordinates first, then those with an odd one.

    .. math:: S = (I - \omega \Pi_{odd} D^{-1} A) (I - \omega \Pi_{even} D^{-1} A)

    Parameters
    ----------
    omega : number or SymPy expression

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), sections 2.1.3 and 4.5.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa import multigrid as mg
    >>> S = mg.RedBlack()(mg.poisson(2))
    >>> S.shape, S.lattice.index_in(mg.poisson(2).lattice)
    ((2, 2), 2)
    """

    omega: Any = 1.0

    def __post_init__(self) -> None:
        read_number(self.omega, "omega")

    def __call__(self, A: Operator) -> Operator:
        """Return the product of the two half sweeps."""
        dimension = finite_range(A, self).lattice.dim
        unit = np.eye(dimension, dtype=np.int64)
        even = [2 * unit[0], *(unit[0] + unit[1:])]
        return Coloured([row.tolist() for row in even], omega=self.omega)(A)


def colouring(A: Operator, coarse: Any, *, omega: Any = 1.0, strategy: str = "DSATUR") -> Coloured:
    """Return a coloured smoother whose colours `networkx` finds: no two unknowns of a colour are coupled.

    Parameters
    ----------
    A : CrystalOperator
    coarse : int, flat sequence of int, list of vectors (rows) or Lattice
        Translations by which the colours repeat.
    omega : number or SymPy expression
    strategy : str
        Of ``networkx.greedy_color``.

    Raises
    ------
    InvalidArgumentError
        If A couples an unknown to its own translates: a larger `coarse` is needed.

    Examples
    --------
    The two kinds of sites of graphene, and the three colours of the triangular lattice:

    >>> import crystal_lfa as lfa
    >>> from crystal_lfa import multigrid as mg
    >>> mg.colouring(mg.poisson(lfa.crystals.honeycomb()), 1).classes
    ((0,), (1,))
    >>> len(mg.colouring(mg.poisson(lfa.lattices.triangular()), 3).classes)
    3
    """
    import networkx as nx

    finest = finite_range(A, Coloured(coarse))
    operator = cast("CrystalOperator", finest.on(read_coarse(finest.lattice, coarse)))
    coupled = to_numpy(operator.multipliers) != 0
    coupled = coupled | coupled.transpose(0, 2, 1)
    away = operator.offsets.any(axis=1)
    own = np.flatnonzero(coupled[away].any(axis=0).diagonal()).tolist()
    if own:
        message = f"coarse: got {coarse!r}, by which A couples unknown {own[0]} to its own translates; a larger one, "
        raise InvalidArgumentError(f"{message}such as twice that, is needed")
    graph = nx.Graph()
    graph.add_nodes_from(range(operator.shape[0]))
    rows, columns = np.nonzero(coupled.any(axis=0))
    graph.add_edges_from((a, b) for a, b in zip(rows.tolist(), columns.tolist(), strict=True) if a != b)
    try:
        colours = nx.greedy_color(graph, strategy=strategy)
    except (nx.NetworkXError, TypeError, AttributeError):
        message = f"strategy: got {strategy!r}; one of networkx.greedy_color's, such as 'DSATUR', is needed"
        raise InvalidArgumentError(message) from None
    classes = tuple(
        tuple(sorted(node for node, colour in colours.items() if colour == number))
        for number in range(max(colours.values()) + 1)
    )
    return Coloured(coarse, omega=omega, classes=classes)
