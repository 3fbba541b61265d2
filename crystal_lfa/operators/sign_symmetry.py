"""Symmetries that turn the signs of some unknowns, as reflections turn components of vectors."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.operators.leaf_symmetry import Frame, Leaf, Sites

__all__ = ["have_signs"]


def have_signs(leaves: list[Leaf], found: list[NDArray[np.int64]]) -> bool:
    """Tell whether one sign an unknown explains by which signs all couplings differ from their images.

    With s the signs, a coupling of unknown i to j has to differ by s_i s_j. Unknowns are the same where they lie at one
    place modulo the finest lattice and have one channel: in whatever cell a crystal is described, it has its signs.

    Parameters
    ----------
    leaves : list of Leaf
    found : list of (K,) int64
        Of every leaf, the sign by which each entry differs.
    """
    if all((signs > 0).all() for signs in found):
        return True
    finest = max((leaf.frame for leaf in leaves), key=lambda frame: frame.index)
    if any(((finest.matrix @ leaf.frame.adjugate) % leaf.frame.index).any() for leaf in leaves):
        return False
    classes: dict[tuple[int, ...], int] = {}
    scale = math.lcm(*(sites.scale * leaf.frame.index for leaf in leaves for sites in (leaf.rows_at, leaf.columns_at)))
    pairs: set[tuple[int, int, int]] = set()
    for leaf, signs in zip(leaves, found, strict=True):
        rows = _classes(leaf.rows_at, leaf.frame, finest, scale, classes)
        columns = _classes(leaf.columns_at, leaf.frame, finest, scale, classes)
        pairs.update(zip(rows[leaf.rows].tolist(), columns[leaf.columns].tolist(), signs.tolist(), strict=True))
    return _can_be_told(pairs, len(classes))


def _classes(
    sites: Sites, frame: Frame, finest: Frame, scale: int, known: dict[tuple[int, ...], int]
) -> NDArray[np.int64]:
    """Return a number for each unknown, equal for those at one place modulo the finest lattice."""
    places = sites.numerators @ (finest.matrix @ frame.adjugate).T
    reduced = places * (scale // (sites.scale * frame.index)) % scale
    keys = ((*place, c) for place, dof in zip(reduced.tolist(), sites.dof.tolist(), strict=True) for c in range(dof))
    return np.array([known.setdefault(key, len(known)) for key in keys], dtype=np.int64)


def _can_be_told(pairs: set[tuple[int, int, int]], count: int) -> bool:
    """Tell whether numbers +-1 exist with these products: none is in one component with its own negative."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    one, other, sign = np.array(sorted(pairs), dtype=np.int64).T
    flipped = np.where(sign > 0, other, other + count)
    # Each unknown twice, with both signs.
    starts = np.concatenate([one, one + count])
    ends = np.concatenate([flipped, (flipped + count) % (2 * count)])
    graph = coo_array((np.ones(len(starts), dtype=np.int8), (starts, ends)), shape=(2 * count, 2 * count))
    _, labels = connected_components(graph, directed=False)
    return bool((labels[:count] != labels[count:]).all())
