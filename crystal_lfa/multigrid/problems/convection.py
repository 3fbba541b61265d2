"""Convection and diffusion together, by central or one-sided differences."""

from __future__ import annotations

from enum import Enum
from typing import Any

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.multigrid.problems.arguments import read_coefficient, read_vector
from crystal_lfa.multigrid.problems.grids import Grid, read_grid
from crystal_lfa.multigrid.problems.stencils import Stencil, combination
from crystal_lfa.operators import CrystalOperator

__all__ = ["Scheme", "convection_diffusion"]


class Scheme(Enum):
    r"""How a first derivative :math:`v \, \partial u` becomes a difference, with step h along it.

    ======= ============================================================================
    CENTRAL v (u(x + h) - u(x - h)) / (2 h): second order, unstable for small diffusion
    UPWIND  v (u(x) - u(x - h)) / h for v > 0, v (u(x + h) - u(x)) / h for v < 0: first order
    ======= ============================================================================
    """

    CENTRAL = "central"
    UPWIND = "upwind"


def convection_diffusion(where: Any, velocity: Any, eps: Any, scheme: Scheme | str = Scheme.UPWIND) -> CrystalOperator:
    r"""Return diffusion with convection by a constant velocity.

    .. math:: -\varepsilon \Delta u + v \cdot \nabla u

    with second differences for the Laplacian, and the differences of `scheme` along the directions of the grid.

    Parameters
    ----------
    where : int, Lattice or Crystal
        Points along orthogonal directions; a dimension means the integer lattice.
    velocity : sequence of d numbers or SymPy expressions
        The Cartesian components of v; in one dimension a number will do.
    eps : number or SymPy expression, not negative
    scheme : Scheme, or its name
        ``Scheme.UPWIND`` ("upwind") or ``Scheme.CENTRAL`` ("central").

    Returns
    -------
    CrystalOperator
        Not Hermitian, unless v = 0.

    Raises
    ------
    InvalidArgumentError
        If an argument is none of these.
    LatticeError
        If the points do not lie along orthogonal directions.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), chapter 7.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> mg.convection_diffusion(1, 1, 0.25).multipliers.ravel().tolist()
    [-1.25, 1.5, -0.25]
    >>> mg.convection_diffusion(1, 1, 0.25, mg.Scheme.CENTRAL).multipliers.ravel().tolist()
    [-0.75, 0.5, 0.25]
    """
    grid = read_grid(where)
    strength = read_coefficient(eps, "eps")
    along = grid.components(read_vector(velocity, grid.dim, "velocity"))
    try:
        chosen = Scheme(scheme)
    except ValueError:
        message = f'scheme: got {scheme!r}; Scheme.CENTRAL or Scheme.UPWIND ("central", "upwind") is needed'
        raise InvalidArgumentError(message) from None
    diffusion = [(strength, grid.second_difference(axis)) for axis in range(grid.dim)]
    convection = [(1, _first_difference(grid, axis, along[axis], chosen)) for axis in range(grid.dim)]
    return grid.operator(combination(*diffusion, *convection))


def _first_difference(grid: Grid, axis: int, speed: Any, scheme: Scheme) -> Stencil:
    half = speed / (2 * grid.spacings[axis])
    # One-sided is central with as much diffusion as makes one side vanish.
    extra = abs(half) if scheme is Scheme.UPWIND else 0
    return grid.along(axis, -half - extra, 2 * extra, half - extra)
