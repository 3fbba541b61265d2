"""Periods of tori in the coordinates of other lattices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crystal_lfa.errors import LatticeError, TorusError
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.integers import IntegerMatrix, transpose

if TYPE_CHECKING:
    from crystal_lfa.geometry.lattice import Lattice
    from crystal_lfa.geometry.torus import Torus

__all__ = ["seen_from"]


def seen_from(lattice: Lattice, torus: Torus) -> IntegerMatrix:
    """Return the periods of a torus of another lattice, as rows of integers in this lattice's coordinates."""
    try:
        relation = lattice.relation(torus.lattice)
    except LatticeError as error:
        message = (
            f"periods: {torus!r} is a torus of another lattice and cannot be seen from {lattice!r}; make it with this "
            f"lattice's own torus(): {error}"
        )
        raise TorusError(message) from None
    columns = rationals.product(relation, rationals.rational_matrix(transpose(torus.period_vectors)))
    integers = rationals.as_integers(columns)
    if integers is None:
        message = (
            f"periods: {torus!r} has periods that do not lie in {lattice!r}: in its coordinates they are "
            f"{[[str(x) for x in row] for row in zip(*columns, strict=True)]}; "
            "each has to be a combination of the primitive vectors (a stride has to divide the input)"
        )
        raise TorusError(message)
    return transpose(integers)
