"""Restrictions: full and half weighting, averages over cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.geometry.exact.tolerances import DISTANCE_TOLERANCE
from crystal_lfa.multigrid.transfers.coarsening import Coarsening
from crystal_lfa.multigrid.transfers.interpolations import piecewise_constant
from crystal_lfa.operators import CrystalOperator, injection, interpolation

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
    where = Coarsening.of(crystal, coarse)
    prolongation = interpolation(where.fine, where.coarse.lattice)
    index = prolongation.codomain.size // prolongation.domain.size
    return prolongation.T / index


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
    where = Coarsening.of(crystal, coarse)
    steps = _neighbours(where)
    cosets = where.fine.lattice.torus(where.fine.lattice.integer_vectors(where.coarse.lattice))
    own = injection(where.fine, where.coarse.lattice)
    if not len(steps):
        return own
    numbers, cells = cosets.locate(steps)
    size = where.fine.size
    multipliers: dict[tuple[int, ...], Any] = {tuple(own.offsets[0].tolist()): own.multipliers[0] / 2}
    for number, cell in zip(numbers.tolist(), cells.tolist(), strict=True):
        matrix = multipliers.setdefault(tuple(cell), np.zeros(own.shape))
        multipliers[tuple(cell)] = matrix + _block(own.shape, number, size) / (2 * len(steps))
    return CrystalOperator(own.domain, own.codomain, multipliers)


def _block(shape: tuple[int, int], number: int, size: int) -> NDArray[np.float64]:
    matrix = np.zeros(shape)
    matrix[:, number * size : (number + 1) * size] = np.eye(size)
    return matrix


def _neighbours(where: Coarsening) -> NDArray[np.int64]:
    """Return the steps from a lattice point to its neighbours that are not on the coarser lattice."""
    lattice = where.fine.lattice
    unit = lattice.vectors / np.linalg.norm(lattice.vectors, axis=1, keepdims=True)
    if bool((np.abs(unit @ unit.T - np.eye(lattice.dim)) <= DISTANCE_TOLERANCE).all()):
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
    constants = piecewise_constant(crystal, coarse)
    index = constants.codomain.size // constants.domain.size
    return constants.T / index
