"""Restrictions: full and half weighting, averages over cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.multigrid.problems.grids import is_orthogonal
from crystal_lfa.multigrid.transfers.coarsening import coarsening
from crystal_lfa.multigrid.transfers.interpolations import piecewise_constant
from crystal_lfa.operators import CrystalOperator, interpolation
from crystal_lfa.operators.algebra import sampled
from crystal_lfa.operators.coarsening import Coarsening

__all__ = ["cell_average", "full_weighting", "half_weighting"]


def full_weighting(crystal: Crystal | Lattice, coarse: Any) -> CrystalOperator:
    r"""Return full weighting: multilinear interpolation transposed, over the index, :math:`R = P^T / |\det M|`.

    It keeps constants. In two dimensions, with twice the spacing: [1 2 1; 2 4 2; 1 2 1] / 16.

    Parameters
    ----------
    crystal : Crystal or Lattice
    coarse : int, flat sequence of int, list of vectors (rows) or Lattice
        The coarser lattice with vectors M, in coordinates of the crystal's.

    Returns
    -------
    CrystalOperator
        From ``crystal.supercell(coarse)`` to the crystal of the coarser lattice with the sites M^-1 s.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), section 2.3.3.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa import multigrid as mg
    >>> R = mg.full_weighting(lfa.lattices.integer(1), 2)
    >>> R.offsets.ravel().tolist(), R.multipliers.tolist()
    ([-1, 0], [[[0.0, 0.25]], [[0.5, 0.25]]])
    """
    where = coarsening(crystal, coarse)
    return interpolation(where.fine, where.coarse.lattice).T / where.index


def half_weighting(crystal: Crystal | Lattice, coarse: Any) -> CrystalOperator:
    r"""Return half weighting: half of the value at the point, and half of the mean over its neighbours.

    Neighbours are the lattice points next to it that are not on the coarser lattice: along orthogonal vectors the two
    on each axis along which the spacing grows, else the nearest ones. In two dimensions, with twice the spacing:
    [0 1 0; 1 4 1; 0 1 0] / 8.

    Parameters, crystals: as of `full_weighting`.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), section 2.3.3.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa import multigrid as mg
    >>> R = mg.half_weighting(lfa.lattices.integer(2), 2)
    >>> (8 * R.multipliers).sum(axis=(0, 1)).tolist()
    [4.0, 2.0, 2.0, 0.0]
    """
    where = coarsening(crystal, coarse)
    fine, steps = where.fine, _neighbours(where)
    unit = np.eye(fine.size)
    weights = {tuple(step): unit / (2 * len(steps)) for step in steps.tolist()}
    own = {(0,) * fine.lattice.dim: unit / 2 if weights else unit}
    return sampled(CrystalOperator(fine, fine, own | weights), where.coarse.lattice)


def _neighbours(where: Coarsening) -> NDArray[np.int64]:
    """Return the steps from a lattice point to its neighbours that are not on the coarser lattice."""
    lattice = where.fine.lattice
    if is_orthogonal(lattice):
        axes = np.eye(lattice.dim, dtype=np.int64)
        steps = np.concatenate([axes, -axes])
    else:
        bonds = Crystal(lattice).shells()[0].bonds
        steps = np.array([offset for _, _, offset in bonds], dtype=np.int64)
    cosets = lattice.torus(lattice.integer_vectors(where.coarse.lattice))
    return np.asarray(steps[cosets.index(steps) != 0])


def cell_average(crystal: Crystal | Lattice, coarse: Any) -> CrystalOperator:
    r"""Return the means over cells, as values at coarse points at their centres: the restriction of `cell_centred`.

    Parameters
    ----------
    crystal, coarse : as of `full_weighting`

    Returns
    -------
    CrystalOperator
        From ``crystal.supercell(coarse)`` to the crystal of the coarser lattice with the sites M^-1 s, moved to the
        centre of the cell.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), section 2.8.4.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa import multigrid as mg
    >>> mg.cell_average(lfa.lattices.integer(1), 2).multipliers.ravel().tolist()
    [0.5, 0.5]
    """
    return piecewise_constant(crystal, coarse).T / coarsening(crystal, coarse).index
