"""Interpolation with weights from the operator: its equations, collapsed onto edges and faces of coarse cells."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError, LatticeError
from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.multigrid.transfers.coarsening import read_coarse
from crystal_lfa.multigrid.transfers.collapsing import Collapsed
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.arrays import is_symbolic
from crystal_lfa.operators.meeting import common_lattice

__all__ = ["operator_interpolation"]


def operator_interpolation(A: CrystalOperator, coarse: Any) -> CrystalOperator:
    r"""Return operator-dependent interpolation: :math:`A e = 0` at the points that are not coarse, as far as it goes.

    Points on the edges of coarse cells come first, then those of their faces, and so on. For the points inside of an
    edge or face the couplings are collapsed onto it, :math:`a_{ij}` moved to the point below j; then

    .. math:: e_I = -A_{II}^{-1} A_{IB} e_B,

    B the points of its border, which are interpolated already; couplings to other points are added to the diagonal.
    For a 5-point Laplacian that is bilinear interpolation; with jumping coefficients, and with convection, it follows
    the operator.

    Parameters
    ----------
    A : CrystalOperator
        Its sites form a lattice: one site a cell, or more, as of coefficients that jump with a pattern. Several
        unknowns of a site are interpolated each by itself, by what couples it to its own kind.
    coarse : int, flat sequence of int, list of vectors (rows) or Lattice
        Where the coarse points are, one a point of this lattice, the first of A's sites one of them. In coordinates of
        A's lattice; a `Lattice` may also be finer than A's, if the sites' lattice holds it.

    Returns
    -------
    CrystalOperator
        From the crystal of the coarse points to that of A, on the lattice where both meet. With one site a cell these
        are the crystals of `interpolation`.

    Raises
    ------
    InvalidArgumentError
        If A has free parameters or no multipliers, or its sites do not form a lattice.
    LatticeError
        If the coarse lattice is no sublattice of that of the sites.
    SingularSymbolError
        If the equations of some points do not determine them.

    References
    ----------
    Alcouffe, Brandt, Dendy, Painter: The multigrid method for the diffusion equation with strongly discontinuous
    coefficients, SIAM J. Sci. Stat. Comput. 2 (1981); Trottenberg, Oosterlee, Schueller: Multigrid (2001), 7.7.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> A = mg.poisson(2)
    >>> mg.operator_interpolation(A, 2).allclose(mg.interpolation(A.domain, 2))
    True

    Coefficients that jump from cell to cell of a pattern of two; the coarse points are the pattern's own lattice:

    >>> jumping = mg.jumping(1, [1.0, 3.0])
    >>> P = mg.operator_interpolation(jumping, 1)
    >>> P.shape, P.symbol([0.0]).real.ravel().round(12).tolist()
    ((2, 1), [1.0, 1.0])
    """
    known = getattr(A, "multipliers", None)
    if known is None or is_symbolic(known):
        raise InvalidArgumentError(f"A: got {A!r}; an operator with multipliers that are numbers is needed")
    points = _read_points(A)
    lattice = coarse if isinstance(coarse, Lattice) else read_coarse(A.lattice, coarse)
    if not points.lattice.contains(lattice):
        message = f"coarse: got {coarse!r}; a sublattice of {points.lattice!r}, which A's sites form, is needed"
        raise LatticeError(message)
    meeting = common_lattice(lattice, A.lattice)
    described = cast("CrystalOperator", A.on(meeting))
    origin = rationals.apply(lattice.relation(A.lattice), A.domain.exact_sites[0])
    source = Crystal(lattice, [origin], points.dof, points.labels)
    domain = source.supercell(meeting)
    cosets = lattice.torus(lattice.integer_vectors(meeting))
    channels = points.dof[0]
    multipliers: dict[tuple[int, ...], Any] = {}
    for channel in range(channels):
        found = Collapsed(described, lattice, origin, channel).weights()
        for row, weights in enumerate(found):
            numbers, cells = cosets.locate(np.array(list(weights), dtype=np.int64))
            for number, cell, weight in zip(numbers.tolist(), cells.tolist(), weights.values(), strict=True):
                matrix = multipliers.setdefault(tuple(cell), np.zeros((described.shape[0], domain.size), np.complex128))
                matrix[row * channels + channel, number * channels + channel] += weight
    exact = {offset: matrix.real if A.is_real else matrix for offset, matrix in multipliers.items()}
    return CrystalOperator(domain, described.domain, exact)


def _read_points(A: CrystalOperator) -> Crystal:
    """Return the points of an operator from a crystal to itself, described with one site a cell.

    Raises
    ------
    InvalidArgumentError
        If they do not form a lattice.
    """
    if not A.domain.is_same_as(A.codomain):
        raise InvalidArgumentError("A: an operator from a crystal to itself is needed, its sites in one order")
    try:
        points = A.domain.primitive()
    except CrystalMismatchError as error:
        raise InvalidArgumentError(f"A: {error}; points that form a lattice are needed") from None
    return points
