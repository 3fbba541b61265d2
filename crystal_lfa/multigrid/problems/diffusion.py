"""Diffusion: the Laplacian on any isotropic crystal, anisotropic, rotated, and shifted ones."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np

from crystal_lfa.errors import LatticeError
from crystal_lfa.geometry import Crystal
from crystal_lfa.geometry.exact.tolerances import DISTANCE_TOLERANCE
from crystal_lfa.geometry.shells import Shell
from crystal_lfa.multigrid.problems.arguments import read_axis, read_coefficient, read_real, read_scalar, read_where
from crystal_lfa.multigrid.problems.grids import Grid, find_grid, read_grid, read_plane
from crystal_lfa.multigrid.problems.stencils import combination
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.symbolic.expressions import is_expression

__all__ = ["anisotropic", "helmholtz", "poisson", "rotated_diffusion"]


def poisson(where: Any) -> CrystalOperator:
    r"""Return the Laplacian, :math:`-\Delta`, by second differences or nearest neighbours.

    Of points along orthogonal directions, at distances :math:`h_i`,

    .. math:: (L u)(x) = \sum_i \frac{2 u(x) - u(x - h_i e_i) - u(x + h_i e_i)}{h_i^2},

    else, with the n nearest neighbours :math:`x_j` of each site at distance h, in d dimensions,

    .. math:: (L u)(x) = \frac{2 d}{n h^2} \sum_j \bigl(u(x) - u(x_j)\bigr),

    which is consistent where :math:`\sum_j v_j = 0` and :math:`\sum_j v_j v_j^T = \frac{n h^2}{d} I` with
    :math:`v_j = x_j - x`. Several unknowns a site are not coupled to one another.

    Parameters
    ----------
    where : int, Lattice or Crystal
        A dimension means the integer lattice.

    Returns
    -------
    CrystalOperator
        Hermitian, unless sites differ in their number of neighbours.

    Raises
    ------
    InvalidArgumentError
        If `where` is none of these, or its sites differ in their number of unknowns.
    LatticeError
        If the nearest neighbours of some site are not isotropic.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), chapter 1; Hackbusch: Multi-Grid Methods and
    Applications (1985), chapter 2.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa import multigrid as mg
    >>> mg.poisson(2).allclose(lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]))
    True
    >>> A = mg.poisson(lfa.lattices.triangular())
    >>> A.multipliers.round(12).ravel().tolist()
    [-0.666666666667, -0.666666666667, -0.666666666667, 4.0, -0.666666666667, -0.666666666667, -0.666666666667]
    """
    crystal = read_where(where)
    grid = find_grid(crystal)
    if grid is None:
        return _of_nearest_neighbours(crystal)
    return grid.operator(combination(*((1, grid.second_difference(axis)) for axis in range(grid.dim))))


def _of_nearest_neighbours(crystal: Crystal) -> CrystalOperator:
    shell = crystal.shells()[0]
    _require_isotropic(crystal, shell)
    unit = np.eye(crystal.dof[0])
    weights = [2 * crystal.lattice.dim / (n * shell.distance**2) for n in shell.coordination]
    centre = (0,) * crystal.lattice.dim
    own = [(a, a, centre, n * weights[a] * unit) for a, n in enumerate(shell.coordination)]
    bonds = [(a, b, offset, -weights[a] * unit) for a, b, offset in shell.bonds]
    return CrystalOperator.from_couplings(crystal, crystal, [*own, *bonds])


def _require_isotropic(crystal: Crystal, shell: Shell) -> None:
    """Refuse neighbours for which a sum of differences is no Laplacian to leading order."""
    dimension = crystal.lattice.dim
    positions = crystal.lattice.cartesian(crystal.sites)
    steps: list[list[Any]] = [[] for _ in crystal.dof]
    for a, b, offset in shell.bonds:
        steps[a].append(positions[b] + crystal.lattice.cartesian(np.array(offset)) - positions[a])
    for site, vectors in enumerate(steps):
        unit = np.reshape(vectors, (len(vectors), dimension)) / shell.distance
        mean = np.concatenate([unit.sum(axis=0)[None], unit.T @ unit])
        wanted = np.concatenate([np.zeros((1, dimension)), len(unit) / dimension * np.eye(dimension)])
        if not vectors or (np.abs(mean - wanted) > DISTANCE_TOLERANCE * len(unit)).any():
            message = f"where: the {len(vectors)} nearest neighbours of site {site} of {crystal!r}, at distance "
            message += f"{shell.distance:.6g}, are not isotropic: their differences are no Laplacian. A lattice with "
            raise LatticeError(f"{message}orthogonal vectors, or isotropic neighbours of every site, is needed")


def anisotropic(where: Any, eps: Any, axis: int = 0) -> CrystalOperator:
    r"""Return diffusion that is weaker, or stronger, along one Cartesian axis.

    .. math:: -\varepsilon \, \partial_a^2 u - \sum_{i \ne a} \partial_i^2 u

    by second differences; where the directions of the grid are no Cartesian axes, with four-point differences for
    the mixed derivatives as in `rotated_diffusion`.

    Parameters
    ----------
    where : int, Lattice or Crystal
        Points along orthogonal directions; a dimension means the integer lattice.
    eps : number or SymPy expression, not negative
        Declared real, an expression gives a Hermitian operator.
    axis : int
        The Cartesian axis a, from 0.

    Raises
    ------
    InvalidArgumentError
        If an argument is none of these.
    LatticeError
        If the points do not lie along orthogonal directions.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), chapter 5.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> mg.anisotropic(2, 0.25).multipliers.ravel().tolist()
    [-0.25, -1.0, 2.5, -1.0, -0.25]
    """
    grid = read_grid(where)
    strength = read_coefficient(eps, "eps")
    number = read_axis(axis, grid.dim, "axis")
    rows = [[0.0 if i != j else strength if i == number else 1.0 for j in range(grid.dim)] for i in range(grid.dim)]
    return _diffusion(grid, tuple(map(tuple, rows)))


def rotated_diffusion(where: Any, eps: Any, angle: Any) -> CrystalOperator:
    r"""Return diffusion of strength 1 along a direction of the plane, and eps across it.

    .. math:: -(c^2 + \varepsilon s^2)\, u_{xx} - 2 (1 - \varepsilon)\, c s\, u_{xy} - (s^2 + \varepsilon c^2)\, u_{yy},
       \quad c = \cos\alpha, \; s = \sin\alpha,

    by second differences, and the four-point difference for the mixed derivative: nine points.

    Parameters
    ----------
    where : int, Lattice or Crystal
        Points of the plane along orthogonal directions; 2 means the integer lattice.
    eps : number or SymPy expression, not negative
    angle : number or SymPy expression
        The angle :math:`\alpha` from the Cartesian x axis, in radians.

    Raises
    ------
    InvalidArgumentError
        If an argument is none of these, or the dimension is not 2.
    LatticeError
        If the points do not lie along orthogonal directions.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), chapter 7.

    Examples
    --------
    >>> import math
    >>> from crystal_lfa import multigrid as mg
    >>> mg.rotated_diffusion(2, 0.5, math.pi / 4).multipliers.reshape(3, 3).round(12).tolist()
    [[-0.125, -0.75, 0.125], [-0.75, 3.0, -0.75], [0.125, -0.75, -0.125]]
    """
    grid = read_plane(where)
    weak, alpha = read_coefficient(eps, "eps"), read_real(angle, "angle")
    c, s = _cosine_and_sine(alpha)
    mixed = (1 - weak) * c * s
    return _diffusion(grid, ((c**2 + weak * s**2, mixed), (mixed, s**2 + weak * c**2)))


def _cosine_and_sine(alpha: Any) -> tuple[Any, Any]:
    if is_expression(alpha):
        import sympy

        return sympy.cos(alpha), sympy.sin(alpha)
    return math.cos(alpha), math.sin(alpha)


def _diffusion(grid: Grid, tensor: tuple[tuple[Any, ...], ...]) -> CrystalOperator:
    """Return -div(K grad u) for a symmetric tensor K in Cartesian coordinates."""
    K = grid.tensor(tensor)
    straight = [(K[i][i], grid.second_difference(i)) for i in range(grid.dim)]
    mixed = [(-2 * K[i][j], grid.cross_difference(i, j)) for i, j in combinations(range(grid.dim), 2)]
    return grid.operator(combination(*straight, *mixed))


def helmholtz(where: Any, k2: Any) -> CrystalOperator:
    r"""Return the Helmholtz operator, :math:`-\Delta - k^2`, with the Laplacian of `poisson`.

    A complex :math:`k^2` shifts the Laplacian as preconditioners do; a negative one is a reaction.

    Parameters
    ----------
    where : int, Lattice or Crystal
        As of `poisson`.
    k2 : number or SymPy expression
        The square of the wave number, real or complex.

    Returns
    -------
    CrystalOperator
        Hermitian where `poisson` is and `k2` is real.

    Raises
    ------
    InvalidArgumentError, LatticeError
        As `poisson`, or if `k2` is no number.

    References
    ----------
    Erlangga, Oosterlee, Vuik: A novel multigrid based preconditioner for heterogeneous Helmholtz problems, SIAM J.
    Sci. Comput. 27 (2006).

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> mg.helmholtz(1, 0.5 - 0.25j).multipliers.ravel().tolist()
    [(-1+0j), (1.5+0.25j), (-1+0j)]
    """
    A = poisson(where)
    shift = read_scalar(k2, "k2")
    centre = (0,) * A.lattice.dim
    unit = np.eye(A.domain.size, dtype=np.int64)
    matrices = {tuple(y): matrix for y, matrix in zip(A.offsets.tolist(), A.multipliers, strict=True)}
    matrices[centre] = matrices[centre] - shift * (unit.astype(object) if is_expression(shift) else unit)
    if is_expression(shift):
        matrices = {y: matrix.astype(object) for y, matrix in matrices.items()}
    return CrystalOperator(A.domain, A.codomain, matrices)
