"""A crystal and a coarser lattice: the cell with all fine points, and the crystal of the coarse ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import floor, prod
from typing import Any

import numpy as np

from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.operators.finite_range import CrystalOperator

__all__ = ["Coarsening", "Point", "linear", "tensor_weights"]

Point = tuple[Fraction, ...]

Weights = Iterable[tuple[tuple[int, ...], Fraction | float]]
"""Pairs of a coarse point and its weight."""


@dataclass(frozen=True, slots=True)
class Coarsening:
    """Where transfers lead from and to.

    Attributes
    ----------
    fine : Crystal
    coarse : Crystal
        Of the coarser lattice, with the sites M^-1 s, perhaps moved.
    cell : Crystal
        The fine crystal with the cell of the coarser lattice.
    points : tuple of d fractions
        The fine lattice points of that cell, in coordinates of the coarser lattice.
    """

    fine: Crystal
    coarse: Crystal
    cell: Crystal
    points: tuple[Point, ...]

    @classmethod
    def of(cls, fine: Crystal, lattice: Lattice) -> Coarsening:
        """Return the coarsening of a crystal by a sublattice."""
        cell = fine.supercell(lattice)
        # The first coset is the origin: its sites are M^-1 s.
        own = len(fine.exact_sites)
        cosets = fine.lattice.torus(fine.lattice.integer_vectors(lattice)).points.tolist()
        change = lattice.relation(fine.lattice)
        points = tuple(tuple(rationals.apply(change, coset)) for coset in cosets)
        return cls(fine, Crystal(lattice, cell.exact_sites[:own], fine.dof, fine.labels), cell, points)

    @property
    def index(self) -> int:
        """The number of fine lattice points of a cell."""
        return len(self.points)

    def centred(self) -> Coarsening:
        """Return it with the coarse points moved to the mean of the fine ones of their cells."""
        shift = self.centre()
        return Coarsening(self.fine, self.coarse.shifted(list(shift)), self.cell, self.points)

    def centre(self) -> Point:
        """Return the mean of the fine points of a cell, in coordinates of the coarser lattice."""
        return tuple(sum(axis, Fraction(0)) / self.index for axis in zip(*self.points, strict=True))

    def prolongation(self, weights: Callable[[Point], Weights]) -> CrystalOperator:
        """Return the operator from coarse to fine points that takes these weights, of each unknown by itself.

        Parameters
        ----------
        weights : callable
            From a fine point in coarse coordinates to pairs of a coarse point and its weight.
        """
        size = self.fine.size
        multipliers: dict[tuple[int, ...], Any] = {}
        for number, point in enumerate(self.points):
            for offset, weight in weights(point):
                matrix = multipliers.setdefault(offset, np.zeros((self.cell.size, size)))
                matrix[number * size : (number + 1) * size] += float(weight) * np.eye(size)
        return CrystalOperator(self.coarse, self.cell, multipliers)


def linear(x: Fraction) -> list[tuple[int, Fraction]]:
    """Return the two integers around a number, and the weights of linear interpolation between them."""
    return [(floor(x), 1 - x % 1), (floor(x) + 1, x % 1)]


def tensor_weights(
    point: Point, along: Callable[[Fraction], list[tuple[int, Fraction]]]
) -> list[tuple[tuple[int, ...], Fraction]]:
    """Return the weights of a product of interpolations along each axis; zeros are left out."""
    corners = (tuple(zip(*corner, strict=True)) for corner in product(*(along(x) for x in point)))
    return [(offset, prod(weights)) for offset, weights in corners if all(weights)]
