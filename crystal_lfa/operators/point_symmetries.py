"""The point symmetries of an operator: isometries of its lattice that leave all that it is made of as it is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from array_api_compat import is_numpy_array
from numpy.typing import NDArray

from crystal_lfa.errors import SingularSymbolError
from crystal_lfa.frequencies import Cost, Plan, Reduction, make_plan
from crystal_lfa.frequencies.reduction import bytes_of_search
from crystal_lfa.geometry import Lattice, Torus
from crystal_lfa.geometry.frequency_maps import frequency_maps
from crystal_lfa.geometry.isometries import PointGroup, isometries
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.leaf_symmetry import Frame, Leaf, LeafReader, Placing, SpaceMap
from crystal_lfa.operators.sign_symmetry import have_signs

__all__ = ["naming_others", "point_symmetries", "reduction", "symmetric_plan"]

_WORTH = 8_000_000
"""Bytes of working arrays of all frequencies together below which a search for symmetries takes longer than it saves.

Measured on two cores: a byte takes about a nanosecond, a search 2 to 10 ms. From Laplacians to two-grid methods and
kagome bands, with this much or more the search was won back (1.0 to 3 times as fast), with less it was mostly not.
"""

_COMPARED = 8
"""Times the bytes of all multipliers, as complex numbers, that comparing them takes."""

_MOST_TRANSLATIONS = 64
"""How many translations are tried with each isometry."""

_QUICK = 9
"""Numbers in multipliers from which on their strengths are compared before anything else is done."""

_ALIKE = 1e-9
"""Relative difference of squares, beyond any rounding, by which two strengths are told apart."""


def symmetric_plan(operator: Operator, torus: Torus, cost: Cost, memory: int) -> Plan:
    """Return the plan that visits one of all frequencies which symmetries of an operator map to one another.

    Point symmetries are left out where looking for them takes longer than it saves, on small tori, and where `memory`
    does not hold the list of the frequencies to visit.

    Parameters
    ----------
    operator : Operator
    torus : Torus
        Of its lattice.
    cost, memory
        As of `make_plan`.

    Raises
    ------
    MemoryBudgetError
        As `make_plan`.
    """
    halved = operator.is_real and torus.has_real_functions
    plan = make_plan(torus, cost, memory, Reduction(torus, halved))
    if torus.order * cost.working < _WORTH or (halved and torus.lattice.dim == 1):
        return plan
    spare = memory - torus.order * cost.result - cost.fixed - cost.working
    if _COMPARED * cost.fixed > spare:
        return plan
    reduced = reduction(operator, torus, spare)
    if reduced.representatives is None or reduced.held_bytes > spare:
        return plan
    return make_plan(torus, cost, memory, reduced)


@contextmanager
def naming_others(plan: Plan) -> Iterator[None]:
    """Say of frequencies at which an inverse does not exist that they stand for others.

    Raises
    ------
    SingularSymbolError
        The one that was raised inside.
    """
    try:
        yield
    except SingularSymbolError as error:
        if not plan.reduction.maps:
            raise
        message = f"{error}; and at the frequencies to which symmetries of the operator map these"
        raise SingularSymbolError(message) from None


def reduction(operator: Operator, torus: Torus, memory: float = math.inf) -> Reduction:
    r"""Return which frequencies of a torus stand for all: of a real operator, and by its point symmetries.

    Parameters
    ----------
    operator : Operator
    torus : Torus
        Of its lattice.
    memory : number
        How many bytes a list of frequencies, and finding them, may take; if it does not suffice, point symmetries are
        left out.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> A = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    >>> reduction(A, A.lattice.torus(64))
    Reduction(561 of 4096 frequencies, 0.137: 8 symmetries)
    """
    halved = operator.is_real and torus.has_real_functions
    matrices = point_symmetries(operator)
    maps = frequency_maps(torus, matrices, real=operator.is_real) if len(matrices) > 1 else ()
    fits = bytes_of_search(torus, len(maps)) <= memory
    return Reduction.by(torus, maps if fits else (), halved=halved)


def point_symmetries(operator: Operator) -> NDArray[np.int64]:
    r"""Return the integer matrices G of the isometries that, with some translation, leave an operator as it is.

    With x -> G x + t every operator of finite range in the expression keeps its multipliers, up to one sign an unknown:
    :math:`m_{G y} = P m_y Q^H`, P and Q permuting sites with lattice vectors that are phases of the symbol. So
    :math:`L_{G^{-T} \kappa} = P_\kappa L_\kappa Q_\kappa^H`, with unitary P and Q: equal singular values and, from a
    crystal to itself, equal eigenvalues. Channels stay what they are or, where a site has one a dimension, are turned
    as components of a vector.

    Parameters
    ----------
    operator : Operator
        What has no multipliers in numpy, or is composed in a way of one's own, is not judged: the identity alone.

    Returns
    -------
    (g, d, d) int64
        A group, the identity first.

    References
    ----------
    Evarestov, Smirnov: Site Symmetry in Crystals (1997), chapters 2 and 3.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> laplacian = lfa.adjacency(lfa.lattices.triangular())
    >>> len(point_symmetries(laplacian)), len(point_symmetries((laplacian + 9 * lfa.identity(laplacian.domain)).inv()))
    (12, 12)
    """
    trivial = np.eye(operator.lattice.dim, dtype=np.int64)[None]
    finite = _parts(Program.of(operator))
    if not finite or any(_rigid(part) for part in finite):
        return trivial
    read = LeafReader(operator.lattice)
    found = [read(part) for part in finite]
    leaves = sorted((leaf for leaf in found if leaf is not None), key=lambda leaf: len(leaf.keys))
    if len(leaves) < len(finite):
        return trivial
    search = _Search(leaves)
    group = PointGroup.of(isometries(operator.lattice))
    known = np.arange(len(group.matrices)) == 0
    refused = np.zeros_like(known)
    for number in range(1, len(known)):
        if known[number] or refused[number]:
            continue
        if search.finds(group.matrices[number]):
            known = group.generated(known, number)
        else:
            refused[number] = True
        # What differs from a refused one by symmetries is none either.
        members = np.flatnonzero(known)
        refused[group.table[np.ix_(np.flatnonzero(refused), members)]] = True
        refused[group.table[np.ix_(members, np.flatnonzero(refused))]] = True
    return np.asarray(group.matrices[known])


def _parts(program: Program) -> list[CrystalOperator]:
    """Return the operators of finite range of a program; none if there is something else that is not judged."""
    parts = []
    for step in program.steps:
        operator = step.operator
        if step.inputs:
            if not operator.keeps_symmetries:
                return []
        elif type(operator) is CrystalOperator and _has_numbers(operator):
            parts.append(operator)
        else:
            return []
    return parts


def _has_numbers(operator: CrystalOperator) -> bool:
    return bool(is_numpy_array(operator.multipliers)) and operator.multipliers.dtype != object


def _rigid(operator: CrystalOperator) -> bool:
    """Tell whether couplings of strengths that no others have fix all directions: quickly said of arbitrary numbers."""
    rows, columns = operator.codomain, operator.domain
    multipliers = operator.multipliers
    if multipliers.size < _QUICK:
        return False
    largest = max(float(np.abs(part).max()) for part in (multipliers.real, multipliers.imag))
    if not 0 < largest < np.inf:
        return False
    # By a power of two: squares of the largest numbers are not finite.
    multipliers = multipliers * np.ldexp(1.0, -np.clip(np.frexp(largest)[1], -1000, 1000))
    squares = multipliers.real**2 + multipliers.imag**2 if np.iscomplexobj(multipliers) else multipliers**2
    for axis, dof in ((1, rows.dof), (2, columns.dof)):
        starts = np.cumsum(dof, dtype=np.int64) - np.array(dof)
        squares = np.add.reduceat(squares, starts, axis=axis) if len(dof) > 1 else squares.sum(axis=axis, keepdims=True)
    order = np.argsort(squares, axis=None)
    sorted_squares = squares.ravel()[order]
    apart = np.diff(sorted_squares) > _ALIKE * sorted_squares[-1]
    alone = order[np.concatenate([[sorted_squares[0] > 0], apart]) & np.concatenate([apart, [True]])]
    places, row_sites, column_sites = np.unravel_index(alone, squares.shape)
    bonds = operator.offsets[places] + columns.sites[column_sites] - rows.sites[row_sites]
    return bool(np.linalg.matrix_rank(bonds) == bonds.shape[1])


class _Search:
    """Whether isometries are, with some translation, symmetries of all of several operators.

    Translations are those by which a crystal with few sites can be mapped to itself.
    """

    def __init__(self, leaves: list[Leaf]) -> None:
        self._leaves = leaves
        crystals = [(leaf.frame, sites) for leaf in leaves for sites in (leaf.columns_at, leaf.rows_at)]
        frame, sites = min(crystals, key=lambda one: len(one[1].dof) * one[0].index)
        # In coordinates of the expression's lattice, all places of one of its cells.
        self._scale = sites.scale * frame.index
        own = sites.numerators @ frame.adjugate.T
        shifts = _cosets(frame) @ frame.adjugate.T * sites.scale
        self._first = own[0]
        self._has_vectors = any(own.shape[1] in sites.dof for _, sites in crystals)
        self._places = (own[sites.dof == sites.dof[0]][:, None] + shifts).reshape(-1, own.shape[1])

    def finds(self, matrix: NDArray[np.int64]) -> bool:
        """Tell whether an isometry is, with one translation, a symmetry of all."""
        steps = (self._places - matrix @ self._first)[:_MOST_TRANSLATIONS] % self._scale
        channels = _turned(matrix) if self._has_vectors else None
        turns = [None] if channels is None else [None, channels]
        return any(self._fits(SpaceMap(matrix, step, self._scale, turn)) for step in steps for turn in turns)

    def _fits(self, one: SpaceMap) -> bool:
        signs = []
        placing = Placing(one)
        for leaf in self._leaves:
            found = leaf.signs_under(placing)
            if found is None:
                return False
            signs.append(found)
        return have_signs(self._leaves, signs)


def _turned(matrix: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return to which component each component of a vector is mapped, where axes are mapped to other axes."""
    size = np.abs(matrix)
    if (size.sum(axis=0) != 1).any() or (np.diag(size) == 1).all():
        return None
    return np.asarray(size.argmax(axis=0), dtype=np.int64)


def _cosets(frame: Frame) -> NDArray[np.int64]:
    """Return points of a lattice, one of each coset of its sublattice."""
    dimension = len(frame.matrix)
    if frame.index == 1:
        return np.zeros((1, dimension), dtype=np.int64)
    return Lattice(np.eye(dimension)).torus(frame.matrix.T.tolist()).points
