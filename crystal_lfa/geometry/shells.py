"""Coordination shells: which sites are neighbours, by distance, and in which cells."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import floor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.exact.integers import IntegerMatrix, as_integer, shown, transpose
from crystal_lfa.geometry.exact.tolerances import DISTANCE_TOLERANCE
from crystal_lfa.geometry.sites import modulo_one

if TYPE_CHECKING:
    from crystal_lfa.geometry.crystal import Crystal
    from crystal_lfa.geometry.lattice import Lattice

__all__ = ["Bond", "Shell", "find_shells", "shell_count"]

_MOST_SHELLS = 10_000

Bond = tuple[int, int, tuple[int, ...]]
"""(a, b, y): site b of the cell y away is a neighbour of site a."""


@dataclass(frozen=True, slots=True)
class Shell:
    """All ordered pairs of sites at one distance.

    Attributes
    ----------
    distance : float, Cartesian
    bonds : tuple of (a, b, offset)
        Site a at lattice point z and site b at z + offset are neighbours; sorted by a, b, offset. Every pair
        comes in both directions.
    coordination : tuple of int
        How many neighbours each site has.
    """

    distance: float
    bonds: tuple[Bond, ...]
    coordination: tuple[int, ...]


def shell_count(value: object, argument: str) -> int:
    """Return a number of shells.

    Raises
    ------
    InvalidArgumentError
        If it is no positive integer, or a huge one.
    """
    wanted = as_integer(value, argument)
    if not 1 <= wanted <= _MOST_SHELLS:
        raise InvalidArgumentError(f"{argument}: got {shown(wanted)}; from 1 to {_MOST_SHELLS} can be asked for")
    return wanted


def find_shells(crystal: Crystal, count: int) -> tuple[Shell, ...]:
    """Return the `count` shells of the smallest distances of a crystal.

    Raises
    ------
    InvalidArgumentError
        If `count` is not a positive integer, or more than 10 000.
    """
    wanted = shell_count(count, "count")
    cell = _ShortCell.of(crystal)
    # As far as sites of this density are from one another; then further, until enough shells are complete.
    radius = 1.2 * (crystal.lattice.cell_volume / len(cell.sites)) ** (1 / crystal.lattice.dim)
    while True:
        distances, pairs = _pairs_within(cell, radius)
        groups = _groups(distances, radius)
        if len(groups) >= wanted:
            return tuple(_shell(cell, distances[group], pairs[group]) for group in groups[:wanted])
        radius *= 1.4


@dataclass(frozen=True, slots=True)
class _ShortCell:
    """The crystal seen with short primitive vectors and every site inside the cell: few cells are near one another.

    Attributes
    ----------
    lattice : with the short vectors
    vectors : their integer coordinates in the crystal's own lattice, rows
    sites : (sites, d) in coordinates of the short vectors, in [0, 1)
    cells : the cell, in the same coordinates, from which each site was moved
    """

    lattice: Lattice
    vectors: IntegerMatrix
    sites: NDArray[np.float64]
    cells: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, crystal: Crystal) -> _ShortCell:
        lattice, vectors = crystal.lattice.shortened()
        exact = crystal.in_basis_of(lattice).exact_sites
        inside = np.array([[float(x) for x in modulo_one(site)] for site in exact])
        return cls(lattice, vectors, inside, tuple(tuple(floor(x) for x in site) for site in exact))

    def own_offset(self, a: int, b: int, short_offset: tuple[int, ...]) -> tuple[int, ...]:
        """Return the offset from site a to site b, found inside the cell, in the crystal's own coordinates."""
        steps = [y + i - j for y, i, j in zip(short_offset, self.cells[a], self.cells[b], strict=True)]
        return tuple(sum(n * x for n, x in zip(steps, column, strict=True)) for column in transpose(self.vectors))


def _pairs_within(cell: _ShortCell, radius: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return distances and (a, b, offset) of all pairs of different sites within a radius, sorted by distance."""
    from scipy.spatial import cKDTree

    # A vector of length r has coordinates up to r |b_i|, b_i the dual vectors; sites add less than 1.
    limits = np.floor(radius * np.linalg.norm(cell.lattice.dual.vectors, axis=1)).astype(int) + 1
    axes = [np.arange(-limit, limit + 1) for limit in limits]
    offsets = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    home = cell.lattice.cartesian(cell.sites)
    everywhere = (cell.lattice.cartesian(offsets)[:, None, :] + home).reshape(-1, len(axes))
    found = cKDTree(home).sparse_distance_matrix(cKDTree(everywhere), radius, output_type="ndarray")
    cells, second = np.divmod(found["j"], len(home))
    pairs = np.column_stack([found["i"], second, offsets[cells]]).astype(np.int64)
    itself = (pairs[:, 0] == pairs[:, 1]) & ~pairs[:, 2:].any(axis=1)
    distances = np.asarray(found["v"], dtype=np.float64)[~itself]
    order = np.argsort(distances, kind="stable")
    return distances[order], pairs[~itself][order]


def _groups(distances: NDArray[np.float64], radius: float) -> list[slice]:
    """Return the runs of equal distances that are complete within the radius."""
    if not len(distances):
        return []
    steps = np.flatnonzero(np.diff(distances) > DISTANCE_TOLERANCE * distances[1:]) + 1
    runs = [slice(start, stop) for start, stop in pairwise([0, *steps.tolist(), len(distances)])]
    return [run for run in runs if distances[run.stop - 1] < radius * (1 - 2 * DISTANCE_TOLERANCE)]


def _shell(cell: _ShortCell, distances: NDArray[np.float64], pairs: NDArray[np.int64]) -> Shell:
    bonds = sorted((a, b, cell.own_offset(a, b, tuple(offset))) for a, b, *offset in pairs.tolist())
    coordination = np.bincount(pairs[:, 0], minlength=len(cell.sites))
    return Shell(float(distances.mean()), tuple(bonds), tuple(coordination.tolist()))
