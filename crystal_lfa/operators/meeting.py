"""How operators on different lattices, or on crystals described differently, meet."""

from __future__ import annotations

import numpy as np

from crystal_lfa.errors import CrystalMismatchError
from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.operators.finite_range import CrystalOperator

__all__ = ["common_lattice", "matching_operator", "same_basis"]


def common_lattice(left: Lattice, right: Lattice) -> Lattice:
    """Return where operators meet: the left lattice if both are equal, else the coarser, else the intersection."""
    if left == right or right.contains(left):
        return left
    return right if left.contains(right) else left.intersection(right)


def matching_operator(source: Crystal, target: Crystal, what: str) -> CrystalOperator | None:
    """Return the operator that describes functions on a crystal as functions on an equal one; None if it is the same.

    It permutes sites and shifts them by lattice vectors: with site a of the target at site b of the source plus w,
    (Q f)(z)[a] = f(z + w)[b].

    Raises
    ------
    CrystalMismatchError
        If the crystals differ, even up to the order of their sites and lattice translations; a constant shift that
        would make them equal is named.
    """
    if source is target:
        return None
    pairs = target.matching(source)
    if pairs is None:
        raise CrystalMismatchError(f"{what}: the crystals {target!r} and {source!r} differ{_cure(source, target)}")
    if all(a == b and not any(w) for a, (b, w) in enumerate(pairs)):
        return None
    starts = np.concatenate([[0], np.cumsum(source.dof)])
    multipliers: dict[tuple[int, ...], np.ndarray] = {}
    row = 0
    for (b, w), dof in zip(pairs, target.dof, strict=True):
        matrix = multipliers.setdefault(w, np.zeros((target.size, source.size)))
        matrix[row : row + dof, starts[b] : starts[b] + dof] = np.eye(dof)
        row += dof
    return CrystalOperator(source, target, multipliers)


def _cure(source: Crystal, target: Crystal) -> str:
    """Return what would make the crystals equal, as text."""
    if source.lattice != target.lattice or sorted(source.dof) != sorted(target.dof):
        return ""
    seen = source.in_basis_of(target.lattice)
    first = target.exact_sites[0]
    for site, dof in zip(seen.exact_sites, seen.dof, strict=True):
        shift = [a - b for a, b in zip(first, site, strict=True)]
        if dof == target.dof[0] and seen.shifted(shift) == target:
            return f"; shifting the second by {[str(x) for x in shift]} would make them equal"
    return ""


def same_basis(left: Lattice, right: Lattice) -> bool:
    """Tell whether two lattices have the same basis vectors."""
    return left.dim == right.dim and left == right and right.relation(left) == rationals.identity(left.dim)
