"""Whether an operator of finite range is left as it is by a symmetry of space: lattice map, translation, signs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.operators.finite_range import CrystalOperator

__all__ = ["Frame", "Leaf", "LeafReader", "Placing", "Sites", "SpaceMap"]

_ROUNDING = 32 * float(np.finfo(np.float64).eps)
"""Differences of multipliers, relative to the largest between two unknowns, that products of operators may leave."""

_LARGEST = 2**20
"""Coordinates up to which all products here are exact in 64 bits."""

_MOST_SITES = 256
"""Of which each is compared with each."""

_LARGEST_SCALE = 100_000
"""Common denominators of sites: up to there, places that differ do so by more than the tolerance of sites."""


@dataclass(frozen=True, slots=True, eq=False)
class SpaceMap:
    """The map x -> G x + t of space, in coordinates of one lattice.

    Attributes
    ----------
    matrix : (d, d) int64
    translation : (d,) int64
        In units of 1 / `scale`.
    scale : int
    channels : (d,) int64, optional
        To which channel each is mapped, on sites with d of them; else they stay what they are.
    """

    matrix: NDArray[np.int64]
    translation: NDArray[np.int64]
    scale: int
    channels: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A lattice seen from a sublattice, that of the expression.

    Attributes
    ----------
    matrix : (d, d) int64
        Coordinates of the lattice from those of the sublattice, X.
    adjugate : (d, d) int64
        X^-1 times the index.
    index : int
    """

    matrix: NDArray[np.int64]
    adjugate: NDArray[np.int64]
    index: int

    @classmethod
    def of(cls, lattice: Lattice, around: Lattice) -> Frame | None:
        """Return how a lattice is seen from a sublattice; None where the numbers would be large."""
        relation = lattice.relation(around)
        integers, determinant = rationals.as_integers(relation), rationals.determinant(relation)
        if integers is None or abs(determinant) > _LARGEST or max(abs(x) for row in integers for x in row) > _LARGEST:
            return None
        index = int(abs(determinant))
        scaled = tuple(tuple(index * x for x in row) for row in rationals.inverse(relation))
        back = rationals.as_integers(scaled)
        return None if back is None else cls(np.array(integers, dtype=np.int64), np.array(back, dtype=np.int64), index)

    def __call__(self, of: SpaceMap) -> SpaceMap | None:
        """Return a map in coordinates of the lattice, X G X^-1; None where that does not map the lattice to itself."""
        if self.index == 1 and (self.matrix == np.eye(len(self.matrix), dtype=np.int64)).all():
            return of
        scaled = self.matrix @ of.matrix @ self.adjugate
        if self.index > 1 and (scaled % self.index).any():
            return None
        return SpaceMap(scaled // self.index, self.matrix @ of.translation, of.scale, of.channels)


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """The sites of a crystal as integers over a common denominator.

    Attributes
    ----------
    numerators : (sites, d) int64
    scale : int
    dof : (sites,) int64
    """

    numerators: NDArray[np.int64]
    scale: int
    dof: NDArray[np.int64]

    @classmethod
    def of(cls, crystal: Crystal) -> Sites | None:
        """Return the sites over their common denominator; None where there are many, or numbers would be large."""
        if len(crystal.exact_sites) > _MOST_SITES:
            return None
        common = math.lcm(*(x.denominator for site in crystal.exact_sites for x in site))
        rows = [[int(x * common) for x in site] for site in crystal.exact_sites]
        if common > _LARGEST_SCALE or max(abs(x) for row in rows for x in row) > _LARGEST:
            return None
        return cls(np.array(rows, dtype=np.int64), common, np.array(crystal.dof, dtype=np.int64))

    def image(self, of: SpaceMap) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Return the image of each unknown, and the lattice vector by which it lies beyond; None if there are none."""
        scale = math.lcm(self.scale, of.scale)
        own = self.numerators * (scale // self.scale)
        moved = own @ of.matrix.T + of.translation * (scale // of.scale)
        apart = moved[:, None] - own
        same = (apart % scale == 0).all(axis=2) & (self.dof[:, None] == self.dof)
        if not same.any(axis=1).all():
            return None
        partner = same.argmax(axis=1)
        shift = apart[np.arange(len(partner)), partner] // scale
        if len(own) == 1 and of.channels is None:
            return np.arange(int(self.dof[0])), np.repeat(shift, int(self.dof[0]), axis=0)
        starts = np.cumsum(self.dof) - self.dof
        site = np.repeat(np.arange(len(self.dof)), self.dof)
        channel = np.arange(len(site)) - starts[site]
        if of.channels is not None:
            vectors = self.dof[site] == len(of.channels)
            channel[vectors] = of.channels[channel[vectors]]
        return starts[partner][site] + channel, shift[site]


class Placing:
    """Where a map of space takes the unknowns of crystals: for operators that share some, once.

    Parameters
    ----------
    of : SpaceMap
    """

    def __init__(self, of: SpaceMap) -> None:
        self._of = of
        self._maps: dict[int, SpaceMap | None] = {}
        self._images: dict[tuple[int, int], Any] = {}

    def map_in(self, frame: Frame) -> SpaceMap | None:
        """Return the map in coordinates of a lattice."""
        if id(frame) not in self._maps:
            self._maps[id(frame)] = frame(self._of)
        return self._maps[id(frame)]

    def image(self, frame: Frame, sites: Sites) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Return what `Sites.image` does, of sites in coordinates of a lattice."""
        key = id(frame), id(sites)
        if key not in self._images:
            here = self.map_in(frame)
            self._images[key] = None if here is None else sites.image(here)
        found: tuple[NDArray[np.int64], NDArray[np.int64]] | None = self._images[key]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """The entries of an operator's multipliers, sorted by offset, row and column.

    Attributes
    ----------
    frame : Frame
        The leaf's lattice, seen from that of the expression.
    columns_at, rows_at : Sites
    offsets : (K, d) int64
    rows, columns : (K,) int64
    values, sizes : (K,) arrays
        The entries, and the largest of the same row and column at any offset.
    keys : (K,) int64
    lowest, extents : (d,) int64
    """

    frame: Frame
    columns_at: Sites
    rows_at: Sites
    offsets: NDArray[np.int64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[Any]
    sizes: NDArray[np.float64]
    keys: NDArray[np.int64]
    lowest: NDArray[np.int64]
    extents: NDArray[np.int64]

    def signs_under(self, placing: Placing) -> NDArray[np.int64] | None:
        """Return by which sign each entry differs from its image, +-1; None where it has no such image.

        The image of the coupling of row i to column j at offset y is that of the images of i and j, whose offset is
        G y plus the lattice vector of the column less that of the row.
        """
        here = placing.map_in(self.frame)
        columns, rows = placing.image(self.frame, self.columns_at), placing.image(self.frame, self.rows_at)
        if here is None or columns is None or rows is None:
            return None
        (column_images, column_shifts), (row_images, row_shifts) = columns, rows
        moved = self.offsets @ here.matrix.T + column_shifts[self.columns] - row_shifts[self.rows] - self.lowest
        if (moved < 0).any() or (moved >= self.extents).any():
            return None
        shape = len(row_images), len(column_images)
        keys = _keys(moved, self.extents, row_images[self.rows], column_images[self.columns], shape)
        places = np.searchsorted(self.keys, keys).clip(max=len(keys) - 1)
        if (self.keys[places] != keys).any():
            return None
        images = self.values[places]
        bounds = _ROUNDING * np.minimum(self.sizes, self.sizes[places])
        equal = np.abs(images - self.values) <= bounds
        if equal.all():
            return np.ones(len(keys), dtype=np.int64)
        opposite = np.abs(images + self.values) <= bounds
        return np.where(equal, 1, -1) if (equal | opposite).all() else None


class LeafReader:
    """Reads operators of an expression; lattices and crystals that several have once."""

    def __init__(self, around: Lattice) -> None:
        self._around = around
        self._frames: dict[Any, Frame | None] = {}
        self._sites: dict[Any, Sites | None] = {}

    def _frame(self, lattice: Lattice) -> Frame | None:
        key = lattice.root, lattice.exact_matrix
        if key not in self._frames:
            self._frames[key] = Frame.of(lattice, self._around)
        return self._frames[key]

    def _sites_of(self, crystal: Crystal) -> Sites | None:
        key = crystal.exact_sites, crystal.dof
        if key not in self._sites:
            self._sites[key] = Sites.of(crystal)
        return self._sites[key]

    def __call__(self, operator: CrystalOperator) -> Leaf | None:
        """Return the entries of an operator with numpy's multipliers; None where numbers are too large for this."""
        frame = self._frame(operator.lattice)
        columns_at, rows_at = self._sites_of(operator.domain), self._sites_of(operator.codomain)
        if frame is None or columns_at is None or rows_at is None:
            return None
        if np.abs(operator.offsets).max(initial=0) > _LARGEST:
            return None
        multipliers = operator.multipliers
        sizes = np.abs(multipliers)
        largest = sizes.max(axis=0, initial=0.0)
        places, rows, columns = np.nonzero(sizes > _ROUNDING * largest)
        offsets = operator.offsets[places]
        lowest = offsets.min(axis=0, initial=_LARGEST)
        extents = offsets.max(axis=0, initial=-_LARGEST) - lowest + 1
        if len(offsets) and math.prod(extents.tolist()) * math.prod(operator.shape) >= 2**62:
            return None
        keys = _keys(offsets - lowest, extents, rows, columns, operator.shape)
        values, bounds = multipliers[places, rows, columns], largest[rows, columns]
        return Leaf(frame, columns_at, rows_at, offsets, rows, columns, values, bounds, keys, lowest, extents)


def _keys(
    offsets: NDArray[np.int64],
    extents: NDArray[np.int64],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    shape: tuple[int, int],
) -> NDArray[np.int64]:
    """Return one number for each place of an entry, in the order of the places."""
    keys = np.zeros(len(offsets), dtype=np.int64)
    for axis, extent in enumerate(extents.tolist()):
        keys = keys * extent + offsets[:, axis]
    return (keys * shape[0] + rows) * shape[1] + columns
