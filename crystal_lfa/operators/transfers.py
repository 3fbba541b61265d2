"""Transfers between a crystal and a coarser one: injection, averaging, multilinear interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np

from crystal_lfa.geometry import Crystal, Lattice, as_crystal
from crystal_lfa.operators.coarsening import Coarsening, linear, tensor_weights
from crystal_lfa.operators.finite_range import CrystalOperator

__all__ = ["averaging", "injection", "interpolation"]


def _coarsening(crystal: Any, coarse: Any) -> Coarsening:
    fine = as_crystal(crystal, "crystal")
    return Coarsening.of(fine, coarse if isinstance(coarse, Lattice) else fine.lattice.sublattice(coarse))


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
    where = _coarsening(crystal, coarse)
    taken = np.eye(where.coarse.size, where.cell.size)
    return CrystalOperator(where.cell, where.coarse, {(0,) * where.coarse.lattice.dim: taken})


def averaging(crystal: Crystal | Lattice, coarse: Any) -> CrystalOperator:
    """Return the operator that takes the means over the cells of a coarser lattice, of each site's values.

    Parameters, crystals: as of `injection`.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.averaging(lfa.lattices.integer(1), 2).multipliers.tolist()
    [[[0.5, 0.5]]]
    """
    where = _coarsening(crystal, coarse)
    means = np.tile(np.eye(where.coarse.size), (1, where.index)) / where.index
    return CrystalOperator(where.cell, where.coarse, {(0,) * where.coarse.lattice.dim: means})


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
    return _coarsening(crystal, coarse).prolongation(lambda point: tensor_weights(point, linear))
