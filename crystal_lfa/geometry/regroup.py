"""One function, two descriptions: another cell, another order of sites, sites moved by lattice vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace, device
from numpy.typing import NDArray

from crystal_lfa.errors import CrystalMismatchError
from crystal_lfa.geometry.crystal import Crystal, as_crystal
from crystal_lfa.geometry.exact.integers import integer_points
from crystal_lfa.geometry.functions import check_function
from crystal_lfa.geometry.torus import Torus

__all__ = ["regroup"]


def regroup(f: Any, source: Any, target: Any, torus: Any) -> Any:
    """Return the same function on an equal crystal with another cell, site order or translation.

    Parameters
    ----------
    f : (..., source order, source.size) array of any array library
        A function on `source`, points as in ``source.lattice.torus(torus).points``.
    source, target : Crystal or Lattice
        Two descriptions of one set of points: their supercells on a common lattice are equal.
    torus : int, flat sequence of int, list of vectors or Torus
        In coordinates of the source's lattice, or the torus of any lattice whose periods both lattices contain.

    Returns
    -------
    (..., target order, target.size) array of the same library
        Every number of `f` once; with a twist, times the phase of the winding by which a point moved.

    Raises
    ------
    CrystalMismatchError
        If the crystals are not equal up to cell, order and lattice translations.
    InvalidArgumentError
        If `f` does not have the shape stated.

    Examples
    --------
    Eight samples of a signal, seen as four cells of two:

    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> signal = lfa.Crystal(lfa.lattices.integer(1))
    >>> lfa.regroup(np.arange(8.0).reshape(8, 1), signal, signal.supercell(2), 8).tolist()
    [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]]
    """
    origin, goal = as_crystal(source, "source"), as_crystal(target, "target")
    start = origin.lattice.torus(torus)
    check_function(f, start.order, origin.size, "f")
    places, phases = _gather(origin, goal, start)
    xp = array_namespace(f)
    flat = xp.reshape(f, (*f.shape[:-2], start.order * origin.size))
    moved = xp.take(flat, xp.asarray(places.ravel(), device=device(f)), axis=-1)
    moved = xp.reshape(moved, (*f.shape[:-2], *places.shape))
    if (phases == 1).all():
        return moved
    factors = xp.asarray(phases, device=device(f))
    if f.dtype in (xp.float32, xp.complex64):
        factors = xp.astype(factors, xp.float32 if xp.isdtype(factors.dtype, "real floating") else xp.complex64)
    return moved * factors


def _gather(source: Crystal, target: Crystal, torus: Torus) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return, for every number of the target, its place in the flattened source, and its phase."""
    common = source.lattice.intersection(target.lattice)
    matching = target.supercell(common).matching(source.supercell(common))
    if matching is None:
        raise CrystalMismatchError(f"target: {target!r} does not describe the same points as the source, {source!r}")
    goal = target.lattice.torus(torus)
    # A point z of the target's lattice is the point Z of the common lattice plus a coset representative.
    target_cosets = target.lattice.torus(target.lattice.integer_vectors(common))
    source_vectors = source.lattice.integer_vectors(common)
    source_cosets = source.lattice.torus(source_vectors).points
    coset, common_point = target_cosets.locate(goal.points)
    source_starts = np.concatenate([[0], np.cumsum(source.dof)])
    places, phases = [], []
    for site in range(len(target.exact_sites)):
        pairs = [matching[c * len(target.exact_sites) + site] for c in range(target_cosets.order)]
        partner = np.array([b for b, _ in pairs])[coset]
        shift = np.array([w for _, w in pairs])[coset]
        source_coset, source_site = np.divmod(partner, len(source.exact_sites))
        vectors = integer_points(source_vectors, source.lattice.dim, "vectors")
        index, winding = torus.locate((common_point + shift) @ vectors + source_cosets[source_coset])
        start = index * source.size + source_starts[source_site]
        width = target.dof[site]
        places.append(start[:, None] + np.arange(width))
        phases.append(np.repeat(torus.winding_phases(winding)[:, None], width, axis=1))
    return np.concatenate(places, axis=1), np.concatenate(phases, axis=1)
