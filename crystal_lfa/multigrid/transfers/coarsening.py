"""A crystal and a coarser lattice: the cell with all fine points, and the crystal of the coarse ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np

from crystal_lfa.errors import LatticeError
from crystal_lfa.geometry import Crystal, Lattice, as_crystal
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.operators import CrystalOperator

__all__ = ["Coarsening", "read_coarse", "tensor_weights"]

Point = tuple[Fraction, ...]


def read_coarse(lattice: Lattice, coarse: Any) -> Lattice:
    """Return a coarser lattice, given in coordinates of a lattice.

    Raises
    ------
    InvalidArgumentError
        If the coordinates are no integers.
    LatticeError
        If it is no sublattice.
    """
    if not isinstance(coarse, Lattice):
        vectors = lattice.integer_vectors(coarse, "coarse")
        try:
            return lattice.sublattice(vectors)
        except LatticeError as error:
            raise LatticeError(f"coarse: {str(error).removeprefix('vectors: ')}") from None
    if coarse.dim != lattice.dim or not lattice.contains(coarse):
        message = f"coarse: got {coarse!r}, which is no sublattice of {lattice!r}; integer combinations of its vectors "
        raise LatticeError(f"{message}are needed")
    return coarse


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
    def of(cls, crystal: Any, coarse: Any) -> Coarsening:
        """Return the coarsening of a crystal by a sublattice: int, flat sequence, list of vectors or Lattice."""
        fine = as_crystal(crystal, "crystal")
        lattice = read_coarse(fine.lattice, coarse)
        cell = fine.supercell(lattice)
        own = len(fine.exact_sites)
        cosets = fine.lattice.torus(fine.lattice.integer_vectors(lattice)).points.tolist()
        change = lattice.relation(fine.lattice)
        points = tuple(tuple(rationals.apply(change, coset)) for coset in cosets)
        return cls(fine, Crystal(lattice, cell.exact_sites[:own], fine.dof, fine.labels), cell, points)

    def centred(self) -> Coarsening:
        """Return it with the coarse points moved to the mean of the fine ones of their cells."""
        shift = self.centre()
        return Coarsening(self.fine, self.coarse.shifted(list(shift)), self.cell, self.points)

    def centre(self) -> Point:
        """Return the mean of the fine points of a cell, in coordinates of the coarser lattice."""
        return tuple(sum(axis, Fraction(0)) / len(self.points) for axis in zip(*self.points, strict=True))

    def prolongation(self, weights: Callable[[Point], Iterable[tuple[tuple[int, ...], Fraction | float]]]) -> Any:
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


def tensor_weights(
    point: Point, along: Callable[[Fraction], list[tuple[int, Fraction]]]
) -> list[tuple[tuple[int, ...], Fraction]]:
    """Return the weights of a product of interpolations along each axis; zeros are left out."""
    corners = (tuple(zip(*corner, strict=True)) for corner in product(*(along(x) for x in point)))
    return [(offset, prod(weights)) for offset, weights in corners if all(weights)]
