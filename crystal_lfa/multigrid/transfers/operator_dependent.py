"""Interpolation with weights from the operator: its equations, collapsed onto edges and faces of coarse cells."""

from __future__ import annotations

from math import floor
from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError, SingularSymbolError
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.multigrid.transfers.coarsening import Coarsening, Point
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.arrays import is_symbolic, to_numpy

__all__ = ["operator_interpolation"]

Weights = dict[tuple[int, ...], complex]
"""By coarse lattice point."""


def operator_interpolation(A: CrystalOperator, coarse: Any) -> CrystalOperator:
    r"""Return operator-dependent interpolation: :math:`A e = 0` at the points that are not coarse, as far as it goes.

    Points on the edges of coarse cells come first, then those of their faces, and so on. For the points inside of an
    edge or face the couplings are collapsed onto it, :math:`a_{ij}` moved to the point below j; then

    .. math:: e_I = -A_{II}^{-1} A_{IB} e_B,

    B the points of its border, which are interpolated already; couplings to other points are added to the diagonal.
    For a 5-point Laplacian that is bilinear interpolation; with jumping coefficients, and with convection, it follows
    the operator.

    Parameters
    ----------
    A : CrystalOperator
        With one site a cell; several unknowns are interpolated each by itself, by what couples it to its own kind.
    coarse : int, flat sequence of int, list of vectors (rows) or Lattice
        In coordinates of A's lattice.

    Returns
    -------
    CrystalOperator
        Between the crystals of `interpolation`.

    Raises
    ------
    InvalidArgumentError
        If A has several sites a cell, free parameters, or no multipliers.
    SingularSymbolError
        If the equations of some points do not determine them.

    References
    ----------
    Alcouffe, Brandt, Dendy, Painter: The multigrid method for the diffusion equation with strongly discontinuous
    coefficients, SIAM J. Sci. Stat. Comput. 2 (1981); Trottenberg, Oosterlee, Schueller: Multigrid (2001), 7.7.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> A = mg.poisson(2)
    >>> mg.operator_interpolation(A, 2).allclose(mg.interpolation(A.domain, 2))
    True
    """
    known = getattr(A, "multipliers", None)
    if known is None or is_symbolic(known):
        raise InvalidArgumentError(f"A: got {A!r}; an operator with multipliers that are numbers is needed")
    if len(A.domain.dof) != 1 or not A.domain.is_same_as(A.codomain):
        message = f"A: got {A!r}; one site a cell is needed (Crystal.primitive finds the smallest cell)"
        raise InvalidArgumentError(message)
    where = Coarsening.of(A.domain, coarse)
    channels = [_Collapsed(A, where, channel).found_weights for channel in range(A.domain.size)]
    size = A.domain.size
    multipliers: dict[tuple[int, ...], Any] = {}
    for channel, weights in enumerate(channels):
        for number, point in enumerate(where.points):
            for offset, weight in weights(point).items():
                matrix = multipliers.setdefault(offset, np.zeros((where.cell.size, size), dtype=np.complex128))
                matrix[number * size + channel, channel] += weight
    exact = {offset: matrix.real if A.is_real else matrix for offset, matrix in multipliers.items()}
    return CrystalOperator(where.coarse, where.cell, exact)


class _Collapsed:
    """The weights of one channel's points, found from the edges of the coarse cells to their insides."""

    def __init__(self, A: CrystalOperator, where: Coarsening, channel: int) -> None:
        change = where.coarse.lattice.relation(A.lattice)
        own = to_numpy(A.multipliers)[:, channel, channel]
        steps = [tuple(rationals.apply(change, offset)) for offset in A.offsets.tolist()]
        self.couplings = {step: complex(value) for step, value in zip(steps, own, strict=True) if value}
        self.points = {tuple(x % 1 for x in point) for point in where.points}
        self.found: dict[Point, Weights] = {}
        inside = {_inside(point) for point in self.points}
        for axes in sorted(inside, key=lambda axes: (len(axes), sorted(axes))):
            members = [point for point in sorted(self.points) if _inside(point) == axes]
            self.found.update(self._solved(members, axes))

    def found_weights(self, point: Point) -> Weights:
        """Return the weights of a point, by coarse lattice points."""
        weights = self._known(point)
        assert weights is not None  # noqa: S101 - every point of a cell has been found
        return weights

    def _solved(self, members: list[Point], axes: frozenset[int]) -> dict[Point, Weights]:
        if not axes:
            return {point: {tuple(floor(x) for x in point): 1.0 + 0.0j} for point in members}
        matrix = np.zeros((len(members), len(members)), dtype=np.complex128)
        borders: list[Weights] = [{} for _ in members]
        for row, point in enumerate(members):
            for step, value in self.couplings.items():
                goal = self._collapsed(point, step, axes)
                known = self._known(goal)
                if known is not None:
                    for offset, weight in known.items():
                        borders[row][offset] = borders[row].get(offset, 0) - value * weight
                elif goal in members:
                    matrix[row, members.index(goal)] += value
                else:
                    matrix[row, row] += value
        if np.linalg.matrix_rank(matrix) < len(members):
            places = [str([str(x) for x in point]) for point in members]
            message = f"A: its equations do not determine the points {', '.join(places)} (in coarse coordinates)"
            raise SingularSymbolError(f"{message}, collapsed onto the coarse cells; another interpolation is needed")
        inverse = np.linalg.inv(matrix)
        return {point: _combined(inverse[row], borders) for row, point in enumerate(members)}

    def _collapsed(self, point: Point, step: Point, axes: frozenset[int]) -> Point:
        """Return where a step leads, moved back onto the edge or face, if there is a lattice point."""
        goal = tuple(x + y for x, y in zip(point, step, strict=True))
        moved = tuple(x if i in axes else p for i, (x, p) in enumerate(zip(goal, point, strict=True)))
        return moved if tuple(x % 1 for x in moved) in self.points else goal

    def _known(self, point: Point) -> Weights | None:
        """Return the weights of a point in any cell, None if they are not found yet."""
        home = tuple(x % 1 for x in point)
        weights = self.found.get(home)
        if weights is None:
            return None
        cell = [floor(x) for x in point]
        return {tuple(a + b for a, b in zip(offset, cell, strict=True)): w for offset, w in weights.items()}


def _inside(point: Point) -> frozenset[int]:
    """Return the axes along which a point lies between coarse points."""
    return frozenset(axis for axis, x in enumerate(point) if x % 1)


def _combined(row: Any, borders: list[Weights]) -> Weights:
    total: Weights = {}
    for factor, border in zip(row, borders, strict=True):
        for offset, weight in border.items():
            total[offset] = total.get(offset, 0) + factor * weight
    return {offset: weight for offset, weight in total.items() if abs(weight) > 0}
