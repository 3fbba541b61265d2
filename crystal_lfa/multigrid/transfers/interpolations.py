"""Prolongations by polynomials: cubic, constant, and between the centres of cells."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.multigrid.transfers.coarsening import coarsening
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.coarsening import linear, tensor_weights

__all__ = ["cell_centred", "cubic_interpolation", "piecewise_constant"]


def cubic_interpolation(crystal: Crystal | Lattice, coarse: Any) -> CrystalOperator:
    r"""Return cubic interpolation from a coarser lattice, along each of its vectors as given.

    Between two coarse points, from these and the two next to them: along an axis, at the fraction x of the way,
    :math:`\ell_j(x) = \prod_{k \ne j} (x - k) / (j - k)` with j, k in -1, 0, 1, 2; halfway [-1 9 9 -1] / 16.

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
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), section 3.2.2.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa import multigrid as mg
    >>> P = mg.cubic_interpolation(lfa.lattices.integer(1), 2)
    >>> (16 * P.multipliers[:, 1, 0]).tolist()
    [-1.0, 9.0, 9.0, -1.0]
    """
    return coarsening(crystal, coarse).prolongation(lambda point: tensor_weights(point, _cubic))


def _cubic(x: Fraction) -> list[tuple[int, Fraction]]:
    start, fraction = floor(x), x % 1
    if not fraction:
        return [(start, Fraction(1))]
    weights = []
    for node in (-1, 0, 1, 2):
        weight = Fraction(1)
        for other in {-1, 0, 1, 2} - {node}:
            weight *= (fraction - other) / (node - other)
        weights.append((start + node, weight))
    return weights


def cell_centred(crystal: Crystal | Lattice, coarse: Any) -> CrystalOperator:
    r"""Return multilinear interpolation from coarse points at the centres of their cells.

    A coarse point lies at the mean of the fine points of its cell. Along an axis with twice the spacing the weights are
    3/4 and 1/4.

    Parameters
    ----------
    crystal, coarse : as of `cubic_interpolation`

    Returns
    -------
    CrystalOperator
        From the crystal of the coarser lattice with the sites M^-1 s, moved to the centre of the cell, to
        ``crystal.supercell(coarse)``.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), section 2.8.4; Mohr, Wienands: Cell-centred multigrid
    revisited, Comput. Vis. Sci. 7 (2004).

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa import multigrid as mg
    >>> P = mg.cell_centred(lfa.lattices.integer(1), 2)
    >>> P.domain.sites.tolist(), P.multipliers[:, :, 0].tolist()
    ([[0.25]], [[0.25, 0.0], [0.75, 0.75], [0.0, 0.25]])
    """
    where = coarsening(crystal, coarse).centred()
    centre = where.centre()
    return where.prolongation(
        lambda point: tensor_weights(tuple(x - c for x, c in zip(point, centre, strict=True)), linear)
    )


def piecewise_constant(crystal: Crystal | Lattice, coarse: Any) -> CrystalOperator:
    """Return the prolongation that gives all fine points of a cell the value of the coarse point at its centre.

    Parameters, crystals: as of `cell_centred`.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), section 2.8.4.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa import multigrid as mg
    >>> mg.piecewise_constant(lfa.lattices.integer(1), 2).multipliers.ravel().tolist()
    [1.0, 1.0]
    """
    where = coarsening(crystal, coarse).centred()
    origin = (0,) * where.coarse.lattice.dim
    return where.prolongation(lambda _: [(origin, 1.0)])
