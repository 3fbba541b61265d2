"""Lattices that vectors generate, and lattices along given axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.lattice import Lattice

__all__ = ["aligned", "extended"]


def extended(lattice: Lattice, steps: Iterable[Sequence[Fraction]]) -> Lattice:
    """Return the lattice that a lattice generates together with fractional vectors, in its coordinates."""
    columns = [*rationals.identity(lattice.dim), *steps]
    return lattice.derived(rationals.column_hermite(tuple(zip(*columns, strict=True))))


def aligned(lattice: Lattice) -> Lattice | None:
    """Return a lattice with vectors along the axes of its root, or None if it is no grid along them.

    The root is the lattice that the user gave, from which this one was derived.
    """
    form = rationals.column_hermite(lattice.exact_matrix)
    if any(entry != 0 for i, row in enumerate(form) for j, entry in enumerate(row) if i != j):
        return None
    return lattice.derived(rationals.product(rationals.inverse(lattice.exact_matrix), form))
