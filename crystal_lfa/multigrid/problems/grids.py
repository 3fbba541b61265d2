"""Grids: crystals whose points lie along orthogonal directions, and the differences along these."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Any, cast

import numpy as np

from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError, LatticeError
from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.geometry.exact.integers import IntegerMatrix, diagonal_matrix
from crystal_lfa.geometry.exact.tolerances import DISTANCE_TOLERANCE
from crystal_lfa.multigrid.problems.arguments import read_where
from crystal_lfa.multigrid.problems.stencils import Stencil, on_every_unknown
from crystal_lfa.operators import CrystalOperator, identity

__all__ = ["Grid", "find_grid", "is_orthogonal", "read_grid", "read_plane"]

_ROUNDING = 4 * np.finfo(np.float64).eps


@dataclass(frozen=True, slots=True)
class Grid:
    """Points along d orthogonal directions, as a crystal of one site a cell.

    Attributes
    ----------
    target : Crystal
        The crystal that was asked for: the same points, perhaps with a larger cell.
    crystal : Crystal
        With one site a cell.
    steps : d offsets, one a direction, to the next point
    spacings : d distances h_i to the next point
    directions : d unit vectors in Cartesian coordinates
    """

    target: Crystal
    crystal: Crystal
    steps: IntegerMatrix
    spacings: tuple[float, ...]
    directions: tuple[tuple[float, ...], ...]

    @property
    def dim(self) -> int:
        """The dimension d."""
        return len(self.steps)

    def is_along_the_given_vectors(self) -> bool:
        """Tell whether step i is the lattice's vector i."""
        return self.steps == diagonal_matrix([1] * self.dim)

    def along(self, axis: int, before: Any, here: Any, after: Any) -> Stencil:
        """Return the stencil of three points along one direction."""
        step = self.steps[axis]
        return {tuple(-y for y in step): before, (0,) * self.dim: here, step: after}

    def second_difference(self, axis: int) -> Stencil:
        """Return minus the second difference, ``[-1 2 -1] / h^2``."""
        weight = (1 / self.spacings[axis]) ** 2
        return self.along(axis, -weight, 2 * weight, -weight)

    def cross_difference(self, i: int, j: int) -> Stencil:
        """Return the mixed second difference, of four points."""
        weight = 1 / (4 * self.spacings[i] * self.spacings[j])
        signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
        pairs = list(zip(self.steps[i], self.steps[j], strict=True))
        return {tuple(a * x + b * y for x, y in pairs): a * b * weight for a, b in signs}

    def components(self, vector: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the components of a Cartesian vector along the directions."""
        return tuple(_combined(row, vector) for row in self.directions)

    def tensor(self, matrix: tuple[tuple[Any, ...], ...]) -> tuple[tuple[Any, ...], ...]:
        """Return the components of a symmetric Cartesian tensor (rows) along the directions."""
        halfway = [self.components(row) for row in matrix]
        turned = list(zip(*(self.components(column) for column in zip(*halfway, strict=True)), strict=True))
        largest = max((abs(x) for row in turned for x in row if isinstance(x, float)), default=0.0)
        found: list[list[Any]] = [list(row) for row in turned]
        for i, j in combinations(range(self.dim), 2):
            # Of a tensor along the grid, only rounding is left off the diagonal.
            noise = isinstance(found[i][j], float) and abs(found[i][j]) <= _ROUNDING * largest
            found[i][j] = found[j][i] = 0.0 if noise else found[i][j]
        return tuple(map(tuple, found))

    def operator(self, stencil: Stencil) -> CrystalOperator:
        """Return the operator of a stencil on the crystal that was asked for."""
        operator = on_every_unknown(stencil, self.crystal)
        if self.target.is_same_as(self.crystal):
            return operator
        # Identities bring sites into the order asked for.
        unit = identity(self.target)
        return cast("CrystalOperator", unit @ operator.on(self.target.lattice) @ unit)


def _combined(row: tuple[float, ...], vector: tuple[Any, ...]) -> Any:
    """Return the sum of products; integers where a coefficient is one, so that expressions stay exact."""
    terms = [(int(x) if x in {-1.0, 1.0} else x) * y for x, y in zip(row, vector, strict=True) if x]
    return sum(terms[1:], start=terms[0])


def find_grid(target: Crystal) -> Grid | None:
    """Return the grid that the points of a crystal are, None if they are none."""
    try:
        crystal = target.primitive()
    except CrystalMismatchError:
        return None
    lattice, steps = crystal.lattice, diagonal_matrix([1] * target.lattice.dim)
    if not is_orthogonal(lattice):
        lattice, steps = crystal.lattice.shortened()
        if not is_orthogonal(lattice):
            return None
    spacings = tuple(math.hypot(*vector) for vector in lattice.vectors.tolist())
    directions = lattice.vectors / np.array(spacings)[:, None]
    whole = np.round(directions)
    directions = np.where(np.abs(directions - whole) <= _ROUNDING, whole, directions)
    return Grid(target, crystal, steps, spacings, tuple(map(tuple, directions.tolist())))


def is_orthogonal(lattice: Lattice) -> bool:
    """Tell whether the vectors of a lattice are orthogonal."""
    unit = lattice.vectors / np.linalg.norm(lattice.vectors, axis=1, keepdims=True)
    return bool((np.abs(unit @ unit.T - np.eye(lattice.dim)) <= DISTANCE_TOLERANCE).all())


def read_grid(where: Any) -> Grid:
    """Return the grid that a dimension, a lattice or a crystal means.

    Raises
    ------
    InvalidArgumentError
        If it is none of them, or sites differ in their number of unknowns.
    LatticeError
        If its points do not lie along orthogonal directions.
    """
    target = read_where(where)
    grid = find_grid(target)
    if grid is None:
        message = f"where: the points of {target!r} do not lie on a grid of orthogonal directions; "
        raise LatticeError(f"{message}this problem needs one")
    return grid


def read_plane(where: Any) -> Grid:
    """Return a grid in the plane.

    Raises
    ------
    InvalidArgumentError
        If the grid has another dimension; else as `read_grid`.
    """
    grid = read_grid(where)
    if grid.dim != 2:
        raise InvalidArgumentError(f"where: got dimension {grid.dim}; this problem is one of the plane, dimension 2")
    return grid
