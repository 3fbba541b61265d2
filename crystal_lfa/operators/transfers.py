"""Transfers between a crystal and a coarser one: injection, averaging, multilinear interpolation."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import floor, prod
from typing import Any

import numpy as np

from crystal_lfa.geometry import Crystal, Lattice, as_crystal
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.operators.finite_range import CrystalOperator

__all__ = ["averaging", "injection", "interpolation"]


def _coarsened(crystal: Any, coarse: Any) -> tuple[Crystal, Crystal, Lattice]:
    """Return the crystal with the coarse cell, the coarse crystal with its own sites, and the coarse lattice."""
    fine = as_crystal(crystal, "crystal")
    lattice = fine.lattice.sublattice(coarse) if not isinstance(coarse, Lattice) else coarse
    cell = fine.supercell(lattice)
    own = len(fine.exact_sites)
    # The first coset is the origin: its sites are M^-1 s.
    return cell, Crystal(lattice, cell.exact_sites[:own], fine.dof, fine.labels), lattice


def injection(crystal: Crystal | Lattice, coarse: Any) -> CrystalOperator:
    """Return the operator that takes the values at the points of a coarser lattice.

    Parameters
    ----------
    crystal : Crystal or Lattice
    coarse : int, flat sequence of int, list of vectors (rows) or Lattice
        The coarser lattice with vectors M, in coordinates of the crystal's.

    Returns
    -------
    CrystalOperator
        From ``crystal.supercell(coarse)`` to the crystal of the coarser lattice with the sites M^-1 s.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.injection(lfa.lattices.integer(1), 2).multipliers.tolist()
    [[[1.0, 0.0]]]
    """
    cell, target, lattice = _coarsened(crystal, coarse)
    return CrystalOperator(cell, target, {(0,) * lattice.dim: np.eye(target.size, cell.size)})


def averaging(crystal: Crystal | Lattice, coarse: Any) -> CrystalOperator:
    """Return the operator that takes the means over the cells of a coarser lattice, of each site's values.

    Parameters, crystals: as of `injection`.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.averaging(lfa.lattices.integer(1), 2).multipliers.tolist()
    [[[0.5, 0.5]]]
    """
    cell, target, lattice = _coarsened(crystal, coarse)
    cosets = cell.size // target.size
    means = np.tile(np.eye(target.size), (1, cosets)) / cosets
    return CrystalOperator(cell, target, {(0,) * lattice.dim: means})


def interpolation(crystal: Crystal | Lattice, coarse: Any) -> CrystalOperator:
    r"""Return multilinear interpolation from a coarser lattice: linear along each of its vectors as given.

    The value at a point with coarse coordinates x comes from the coarse points y with the weights
    :math:`\prod_i \max(0, 1 - |x_i - y_i|)`, from sites to the sites of their own kind.

    Parameters
    ----------
    crystal : Crystal or Lattice
    coarse : int, flat sequence of int, list of vectors (rows) or Lattice
        The coarser lattice with vectors M, in coordinates of the crystal's.

    Returns
    -------
    CrystalOperator
        From the crystal of the coarser lattice with the sites M^-1 s to ``crystal.supercell(coarse)``.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), section 2.3.3.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> P = lfa.interpolation(lfa.lattices.integer(1), 2)
    >>> P.offsets.tolist(), P.multipliers.tolist()
    ([[0], [1]], [[[1.0], [0.5]], [[0.0], [0.5]]])
    """
    cell, source, lattice = _coarsened(crystal, coarse)
    fine = as_crystal(crystal, "crystal").lattice
    change = lattice.relation(fine)
    cosets = fine.torus(fine.integer_vectors(lattice)).points.tolist()
    size = source.size
    multipliers: dict[tuple[int, ...], Any] = {}
    for number, coset in enumerate(cosets):
        for offset, weight in _weights(rationals.apply(change, coset)):
            matrix = multipliers.setdefault(offset, np.zeros((cell.size, size)))
            matrix[number * size : (number + 1) * size] += float(weight) * np.eye(size)
    return CrystalOperator(source, cell, multipliers)


def _weights(point: tuple[Fraction, ...]) -> list[tuple[tuple[int, ...], Fraction]]:
    """Return the corners around a point of the integer lattice, and their weights that are not zero."""
    axes = [[(floor(x), 1 - x % 1), (floor(x) + 1, x % 1)] for x in point]
    corners = (tuple(zip(*corner, strict=True)) for corner in product(*axes))
    return [(offset, prod(weights)) for offset, weights in corners if all(weights)]
