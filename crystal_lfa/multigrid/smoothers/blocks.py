"""Which unknowns are relaxed together: lines, planes, cells; and the splitting of an operator that follows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from crystal_lfa.errors import InvalidArgumentError, LatticeError
from crystal_lfa.geometry import Lattice
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.orderings import masked, read_order, visited_before

__all__ = ["Along", "Blocks", "Cells", "cells", "lines", "planes"]


class Blocks(ABC):
    """A translation-invariant set of blocks, every unknown in one of them; each block is relaxed as a whole."""

    @abstractmethod
    def described(self, A: CrystalOperator) -> CrystalOperator:
        """Return the operator with a cell that does not part any block of finitely many unknowns."""

    @abstractmethod
    def own(self, A: CrystalOperator) -> CrystalOperator:
        """Return what couples unknowns of one block, of an operator that is `described`."""

    @abstractmethod
    def before(self, A: CrystalOperator, order: Any = None) -> CrystalOperator:
        """Return what couples a block to those that a sweep visits before it, of an operator that is `described`."""

    @abstractmethod
    def check_in_one_colour(self, fine: Lattice, colours: Lattice) -> None:
        """Refuse cosets of a lattice that part blocks.

        Raises
        ------
        LatticeError
            If they do.
        """


@dataclass(frozen=True, slots=True)
class Along(Blocks):
    """Lines, planes and so on along some of the lattice's vectors, without end: all unknowns of their cells.

    On a torus they are closed.

    Attributes
    ----------
    axes : tuple of int
    """

    axes: tuple[int, ...]

    def described(self, A: CrystalOperator) -> CrystalOperator:
        """Return the operator as it is.

        Raises
        ------
        InvalidArgumentError
            If the lattice has fewer vectors.
        """
        if max(self.axes) >= A.lattice.dim:
            message = f"blocks: got the axes {list(self.axes)}; the axes of {A.lattice!r} are 0 to {A.lattice.dim - 1}"
            raise InvalidArgumentError(message)
        return A

    def own(self, A: CrystalOperator) -> CrystalOperator:
        """Return what couples cells that differ along the axes alone."""
        across = np.delete(A.offsets, list(self.axes), axis=1)
        return _at_offsets(A, ~across.any(axis=1))

    def before(self, A: CrystalOperator, order: Any = None) -> CrystalOperator:
        """Return what couples a line to those before it: in the order of their points in the plane across."""
        across = A.offsets.copy()
        across[:, list(self.axes)] = 0
        return _at_offsets(A, visited_before(across, read_order(order, A.lattice.dim)) < 0)

    def check_in_one_colour(self, fine: Lattice, colours: Lattice) -> None:
        """Refuse a lattice that does not hold the vectors along the axes."""
        vectors = np.eye(fine.dim, dtype=np.int64)
        parted = fine.torus(fine.integer_vectors(colours)).index(vectors) != 0
        for axis in self.axes:
            if parted[axis]:
                message = f"coarse: got {colours!r}, which parts the blocks along axis {axis}; it has to hold the "
                raise LatticeError(f"{message}vector {vectors[axis].tolist()}, so that each block has one colour")


@dataclass(frozen=True, slots=True)
class Cells(Blocks):
    """The cells of a sublattice: the points of its torus and their translates, with all their unknowns.

    Attributes
    ----------
    shape : int, flat sequence of int or list of vectors (rows)
        In coordinates of the operator's lattice.
    """

    shape: Any

    def described(self, A: CrystalOperator) -> CrystalOperator:
        """Return the operator with the cells of the sublattice."""
        return cast("CrystalOperator", A.on(self.shape))

    def own(self, A: CrystalOperator) -> CrystalOperator:
        """Return what couples the unknowns of one cell."""
        return _at_offsets(A, ~A.offsets.any(axis=1))

    def before(self, A: CrystalOperator, order: Any = None) -> CrystalOperator:
        """Return what couples a cell to those before it, lexicographically by the cells' coordinates."""
        return _at_offsets(A, visited_before(A.offsets, read_order(order, A.lattice.dim)) < 0)

    def check_in_one_colour(self, fine: Lattice, colours: Lattice) -> None:
        """Refuse a lattice that is no sublattice of that of the cells."""
        if not fine.contains(colours):
            message = f"coarse: got {colours!r}, which parts the cells of {fine!r}; a sublattice of it is needed"
            raise LatticeError(message)


def _at_offsets(A: CrystalOperator, chosen: Any) -> CrystalOperator:
    return masked(A, np.broadcast_to(np.asarray(chosen)[:, None, None], (len(A.offsets), *A.shape)))


def lines(axis: int) -> Along:
    """Return the blocks that are lines along one of the lattice's vectors.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> A = mg.poisson(2)
    >>> mg.lines(1).own(A).offsets.tolist()
    [[0, -1], [0, 0], [0, 1]]
    """
    return _along((axis,), "lines")


def planes(*axes: int) -> Along:
    """Return the blocks that are planes along two of the lattice's vectors, or spaces along more."""
    return _along(axes, "planes")


def _along(axes: tuple[Any, ...], name: str) -> Along:
    numbers = tuple(as_integer(axis, f"{name}: axis") for axis in axes)
    if not numbers or min(numbers) < 0 or len(set(numbers)) < len(numbers):
        raise InvalidArgumentError(f"{name}: got the axes {list(numbers)}; different ones, from 0, are needed")
    return Along(numbers)


def cells(shape: Any) -> Cells:
    """Return the blocks that are cells of a sublattice, such as (2, 2); 1 for the cells of the lattice itself.

    Parameters
    ----------
    shape : int, flat sequence of int or list of vectors (rows)

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> A = mg.cells((2, 2)).described(mg.poisson(2))
    >>> A.shape
    (4, 4)
    """
    return Cells(shape)
