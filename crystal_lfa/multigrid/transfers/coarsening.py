"""Coarser lattices, as they are given."""

from __future__ import annotations

from typing import Any

from crystal_lfa.errors import LatticeError
from crystal_lfa.geometry import Lattice, as_crystal
from crystal_lfa.operators.coarsening import Coarsening

__all__ = ["coarsening", "read_coarse", "read_coarser"]


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


def read_coarser(lattice: Lattice, coarse: Any) -> Lattice:
    """Return a coarser lattice other than the lattice itself.

    Raises
    ------
    InvalidArgumentError, LatticeError
        As of `read_coarse`, and if it is the same lattice.
    """
    found = read_coarse(lattice, coarse)
    if found.index_in(lattice) == 1:
        raise LatticeError(f"coarse: got {coarse!r}, which is the lattice itself; a coarser one is needed")
    return found


def coarsening(crystal: Any, coarse: Any) -> Coarsening:
    """Return the coarsening of a crystal by a sublattice: int, flat sequence, list of vectors or Lattice."""
    fine = as_crystal(crystal, "crystal")
    return Coarsening.of(fine, read_coarse(fine.lattice, coarse))
