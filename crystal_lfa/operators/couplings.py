"""The entries of an assembled matrix, sorted by the offsets that lead from their rows to their columns."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry import Torus
from crystal_lfa.geometry.exact.integers import box_numbers, box_points
from crystal_lfa.geometry.representatives import shortest_representatives

__all__ = ["Couplings", "Entries", "around_torus", "within_box"]


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of a matrix that are not zero.

    Attributes
    ----------
    row, column : (nnz,) numbers of the lattice points
    place : (nnz,) where in a block: row * size + column there
    value : (nnz,) float64 or complex128, in units of `unit`
    unit : a power of two, so large that differences and sums do not overflow
    size : the number of unknowns of a lattice point
    """

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    place: NDArray[np.int64]
    value: NDArray[Any]
    unit: float
    size: int

    @classmethod
    def of(cls, row: NDArray[np.int64], column: NDArray[np.int64], value: NDArray[Any], size: int) -> Entries:
        """Sort the entries of a matrix into blocks."""
        present = value != 0
        if not present.all():
            row, column, value = row[present], column[present], value[present]
        parts = value.view(np.float64)
        unit = 2.0**200 if np.abs(parts).max(initial=0.0) > 2.0**900 else 1.0
        if unit != 1:
            value = value / unit
        if size == 1:
            return cls(row, column, np.zeros_like(row), value, unit, size)
        (row, i), (column, j) = np.divmod(row, size), np.divmod(column, size)
        return cls(row, column, i * size + j, value, unit, size)

    @property
    def largest(self) -> float:
        """The largest absolute value, in units of `unit`."""
        return float(np.abs(self.value).max(initial=0.0))

    def at(self, kept: NDArray[np.bool_]) -> Entries:
        """Return some of the entries."""
        picked = (self.row[kept], self.column[kept], self.place[kept], self.value[kept])
        return Entries(*picked, self.unit, self.size)


@dataclass(frozen=True, slots=True)
class Couplings:
    """Entries with the offsets from their rows to their columns, numbered.

    Attributes
    ----------
    entries : Entries
        Those of the rows that are read.
    torus : Torus
    offset : (nnz,) numbers of the offsets
        Of the points of the torus; or, in a box, of the box of offsets from -reach to reach.
    reach : (d,) or None
        None: the couplings go around the torus. Else only rows so far from every side of the box are read.
    """

    entries: Entries
    torus: Torus
    offset: NDArray[np.int64]
    reach: NDArray[np.int64] | None = None

    @property
    def rows(self) -> int:
        """The number of lattice points whose rows are read."""
        return math.prod(self._inner_shape)

    @property
    def _inner_shape(self) -> tuple[int, ...]:
        if self.reach is None:
            return self.torus.shape
        return tuple((np.array(self.torus.shape) - 2 * self.reach).tolist())

    def points(self) -> NDArray[np.int64]:
        """Return the numbers of the lattice points whose rows are read."""
        inner = box_points(self._inner_shape, np.arange(self.rows))
        return box_numbers(self.torus.shape, inner if self.reach is None else inner + self.reach)

    def vectors(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Return the offsets y with these numbers, and what makes m_y of a value there."""
        if self.reach is not None:
            return box_points((2 * self.reach + 1).tolist(), numbers) - self.reach, np.ones(len(numbers))
        offsets = shortest_representatives(self.torus, box_points(self.torus.shape, numbers))
        # y = p + N w, so f(z + y) = exp(2 pi i t . w) f(z + p), beside which the value stands.
        _, winding = self.torus.locate(offsets)
        return offsets, self.torus.winding_phases(-winding)


def around_torus(entries: Entries, torus: Torus) -> Couplings:
    """Find offsets modulo the periods, as points p of the torus, and the values that stand beside f(z + p)."""
    differences = box_points(torus.shape, entries.column) - box_points(torus.shape, entries.row)
    offset, winding = torus.locate(differences)
    if any(torus.exact_twist):
        # The column's point is z + p + N w, and f there is exp(2 pi i t . w) f(z + p).
        entries = replace(entries, value=entries.value * torus.winding_phases(winding))
    return Couplings(entries, torus, offset)


def within_box(entries: Entries, torus: Torus) -> Couplings:
    """Find offsets as plain differences, and leave only the rows that are away from the boundary.

    Raises
    ------
    InvalidArgumentError
        If the torus is not a box, or all rows are at the boundary.
    """
    if torus.index(np.diag(torus.shape)).any():
        periods = torus.periods.tolist()
        raise InvalidArgumentError(f"N: got the periods {periods}; with periodic=False a diagonal N, a box, is needed")
    points = box_points(torus.shape, entries.row)
    differences = box_points(torus.shape, entries.column) - points
    reach = np.abs(differences).max(axis=0, initial=0)
    inner = np.array(torus.shape) - 2 * reach
    if (inner <= 0).any():
        worst = int(np.abs(differences[:, inner.argmin()]).argmax())
        raise InvalidArgumentError(_all_at_the_boundary(torus, reach, points[worst], differences[worst]))
    inside = ((points >= reach) & (points < reach + inner)).all(axis=1)
    offset = box_numbers((2 * reach + 1).tolist(), differences[inside] + reach)
    return Couplings(entries.at(inside), torus, offset, reach)


def _all_at_the_boundary(
    torus: Torus, reach: NDArray[np.int64], point: NDArray[np.int64], offset: NDArray[np.int64]
) -> str:
    needed = np.maximum(2 * reach + 1, torus.shape)
    return (
        f"N: got a box of {torus.shape} points whose rows reach as far as {tuple(reach.tolist())} along the axes, so "
        f"that all are at the boundary; with that reach a box of at least {tuple(needed.tolist())} is needed (the row "
        f"of the point {tuple(point.tolist())} reaches the offset {tuple(offset.tolist())}; couplings that go around "
        "a torus need periodic=True)"
    )
