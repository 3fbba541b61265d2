"""Equations of points collapsed onto the edges and faces of coarse cells, and solved there."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np

from crystal_lfa.errors import SingularSymbolError
from crystal_lfa.geometry import Lattice
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.coarsening import Point

__all__ = ["Collapsed", "Weights"]

Weights = dict[tuple[int, ...], complex]
"""By coarse point."""


class Collapsed:
    """The interpolation weights of the sites of a cell, found from the edges of the coarse cells to their insides.

    Points are in coordinates of the coarse lattice, the coarse points being integer.

    Parameters
    ----------
    A : CrystalOperator
        With as many channels on each site, on a sublattice of the coarse lattice.
    coarse : Lattice
    origin : Point
        The coarse point that the origin is, in coordinates of `coarse`.
    channel : int
        Which of the unknowns of a site.
    """

    def __init__(self, A: CrystalOperator, coarse: Lattice, origin: Point, channel: int) -> None:
        change = coarse.relation(A.lattice)
        self.back = rationals.inverse(change)
        self.homes: list[Point] = [_less(rationals.apply(change, site), origin) for site in A.domain.exact_sites]
        self.numbers = {self._place(point): number for number, point in enumerate(self.homes)}
        channels = A.domain.dof[0]
        own = to_numpy(A.multipliers)[:, channel::channels, channel::channels]
        self.couplings: list[dict[Point, complex]] = [{} for _ in self.homes]
        for offset, matrix in zip(A.offsets.tolist(), own, strict=True):
            step = rationals.apply(change, offset)
            for row, column in np.argwhere(matrix).tolist():
                goal = _more(self.homes[column], step)
                entries = self.couplings[row]
                entries[goal] = entries.get(goal, 0.0) + complex(matrix[row, column])
        self.found: dict[int, Weights] = {}

    def weights(self) -> list[Weights]:
        """Return the weights of all sites, in their order."""
        order = sorted(range(len(self.homes)), key=lambda number: (len(_inside(self.homes[number])), number))
        for number in order:
            if number not in self.found:
                self._solve(self.homes[number])
        return [self.found[number] for number in range(len(self.homes))]

    def _place(self, point: Point) -> Point:
        """Return which of the points of a cell a point is: its coordinates there, modulo translations."""
        return tuple(x % 1 for x in rationals.apply(self.back, point))

    def _shift(self, point: Point, number: int) -> tuple[int, ...]:
        """Return by which coarse vector a point differs from the site of the cell that it is."""
        return tuple(int(x) for x in _less(point, self.homes[number]))

    def _solve(self, seed: Point) -> None:
        """Find the weights of all points inside of one edge or face, of which one is given."""
        axes = _inside(seed)
        if not axes:
            number = self.numbers[self._place(seed)]
            self.found[number] = {tuple(int(x) for x in seed): 1.0 + 0.0j}
            return
        members = self._beside(seed, axes)
        matrix = np.zeros((len(members), len(members)), dtype=np.complex128)
        borders: list[Weights] = [{} for _ in members]
        for row, point in enumerate(members):
            number = self.numbers[self._place(point)]
            shift = self._shift(point, number)
            for home, value in self.couplings[number].items():
                goal = self._collapsed(point, _more(home, shift), axes)
                known = self._known(goal)
                if known is not None:
                    for offset, weight in known.items():
                        borders[row][offset] = borders[row].get(offset, 0) - value * weight
                else:
                    matrix[row, members.index(goal) if goal in members else row] += value
        if np.linalg.matrix_rank(matrix) < len(members):
            places = ", ".join(str([str(x) for x in point]) for point in members)
            message = (
                f"A: its equations do not determine the points {places} (in coarse coordinates), collapsed onto the "
            )
            raise SingularSymbolError(f"{message}coarse cells; another interpolation is needed")
        inverse = np.linalg.inv(matrix)
        for row, point in enumerate(members):
            number = self.numbers[self._place(point)]
            shift = self._shift(point, number)
            self.found[number] = _moved(_combined(inverse[row], borders), [-x for x in shift])

    def _beside(self, seed: Point, axes: frozenset[int]) -> list[Point]:
        """Return the points inside of the same edge or face of the same coarse cell."""
        corner = [floor(x) for x in seed]
        members = []
        for home in self.homes:
            shift = [a - floor(x) for a, x in zip(corner, home, strict=True)]
            point = _more(home, shift)
            translated = all(x.denominator == 1 for x in rationals.apply(self.back, [Fraction(x) for x in shift]))
            level = all(x == y for axis, (x, y) in enumerate(zip(point, seed, strict=True)) if axis not in axes)
            if translated and level and _inside(point) == axes:
                members.append(point)
        return members

    def _collapsed(self, point: Point, goal: Point, axes: frozenset[int]) -> Point:
        """Return where a coupling leads, moved back onto the edge or face, if there is a lattice point."""
        moved = tuple(x if i in axes else p for i, (x, p) in enumerate(zip(goal, point, strict=True)))
        return moved if self._place(moved) in self.numbers else goal

    def _known(self, point: Point) -> Weights | None:
        """Return the weights of a point in any cell, None if they are not found yet."""
        number = self.numbers[self._place(point)]
        weights = self.found.get(number)
        return None if weights is None else _moved(weights, self._shift(point, number))


def _more(point: Any, step: Any) -> Point:
    return tuple(a + b for a, b in zip(point, step, strict=True))


def _less(point: Any, step: Any) -> Point:
    return tuple(a - b for a, b in zip(point, step, strict=True))


def _inside(point: Point) -> frozenset[int]:
    """Return the axes along which a point lies between coarse points."""
    return frozenset(axis for axis, x in enumerate(point) if x % 1)


def _moved(weights: Weights, shift: Any) -> Weights:
    return {tuple(a + b for a, b in zip(offset, shift, strict=True)): weight for offset, weight in weights.items()}


def _combined(row: Any, borders: list[Weights]) -> Weights:
    total: Weights = {}
    for factor, border in zip(row, borders, strict=True):
        for offset, weight in border.items():
            total[offset] = total.get(offset, 0) + factor * weight
    return {offset: weight for offset, weight in total.items() if abs(weight) > 0}
