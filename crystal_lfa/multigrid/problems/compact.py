"""The Laplacian by compact stencils: Mehrstellen differences and multilinear finite elements."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.multigrid.problems.grids import Grid, read_grid
from crystal_lfa.multigrid.problems.stencils import Stencil, combination, product
from crystal_lfa.operators import CrystalOperator

__all__ = ["mehrstellen", "q1_poisson"]


def mehrstellen(where: Any) -> CrystalOperator:
    r"""Return the Laplacian, :math:`-\Delta`, by the compact Mehrstellen stencil: 9 points, or 19 in space.

    .. math:: \sum_i D_i - \sum_{i < j} \frac{h_i^2 + h_j^2}{12} D_i D_j, \qquad
       D_i = \frac{1}{h_i^2} \begin{bmatrix} -1 & 2 & -1 \end{bmatrix}

    which with one spacing h in the plane is

    .. math:: \frac{1}{6 h^2} \begin{bmatrix} -1 & -4 & -1 \\ -4 & 20 & -4 \\ -1 & -4 & -1 \end{bmatrix}.

    It is of fourth order where the right-hand side is :math:`f - \frac{1}{12} \sum_i h_i^2 D_i f`, of second order
    for f itself.

    Parameters
    ----------
    where : int, Lattice or Crystal
        Points along orthogonal directions in two or three dimensions; a dimension means the integer lattice.

    Returns
    -------
    CrystalOperator
        Hermitian.

    Raises
    ------
    InvalidArgumentError
        If `where` is none of these.
    LatticeError
        If the points do not lie along orthogonal directions.

    References
    ----------
    Collatz: The Numerical Treatment of Differential Equations (1960), chapter V; Trottenberg, Oosterlee, Schueller:
    Multigrid (2001), chapter 5.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> (6 * mg.mehrstellen(2)).multipliers.reshape(3, 3).round(12).tolist()
    [[-1.0, -4.0, -1.0], [-4.0, 20.0, -4.0], [-1.0, -4.0, -1.0]]
    """
    grid = read_grid(where)
    if grid.dim not in {2, 3}:
        message = f"where: got dimension {grid.dim}; Mehrstellen stencils of dimension 2 and 3 are known here"
        raise InvalidArgumentError(message)
    D = [grid.second_difference(axis) for axis in range(grid.dim)]
    squares = [h**2 for h in grid.spacings]
    pairs = combinations(range(grid.dim), 2)
    mixed = [(-(squares[i] + squares[j]) / 12, product(D[i], D[j])) for i, j in pairs]
    return grid.operator(combination(*((1, difference) for difference in D), *mixed))


def q1_poisson(where: Any) -> CrystalOperator:
    r"""Return the Laplacian, :math:`-\Delta`, by multilinear finite elements on boxes, divided by the cell's volume.

    .. math:: \sum_i D_i \prod_{j \ne i} M_j, \qquad D_i = \frac{1}{h_i^2} \begin{bmatrix} -1 & 2 & -1 \end{bmatrix},
       \quad M_j = \frac{1}{6} \begin{bmatrix} 1 & 4 & 1 \end{bmatrix}

    The stiffness matrix :math:`\int \nabla\varphi_x \cdot \nabla\varphi_y` is this times
    :math:`\prod_i h_i`, the cell's volume. So scaled, it approaches :math:`-\Delta` on every grid, as differences do.

    Parameters
    ----------
    where : int, Lattice or Crystal
        Points along orthogonal directions; a dimension means the integer lattice.

    Returns
    -------
    CrystalOperator
        Hermitian.

    Raises
    ------
    InvalidArgumentError
        If `where` is none of these.
    LatticeError
        If the points do not lie along orthogonal directions.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), chapter 1; Hackbusch: Multi-Grid Methods and Applications
    (1985), chapter 3.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> (3 * mg.q1_poisson(2)).multipliers.reshape(3, 3).round(12).tolist()
    [[-1.0, -1.0, -1.0], [-1.0, 8.0, -1.0], [-1.0, -1.0, -1.0]]
    """
    grid = read_grid(where)
    return grid.operator(combination(*((1, _with_masses(grid, axis)) for axis in range(grid.dim))))


def _with_masses(grid: Grid, axis: int) -> Stencil:
    """Return the second difference along one direction, the mean of the elements along all others."""
    masses = [grid.along(other, 1 / 6, 4 / 6, 1 / 6) for other in range(grid.dim) if other != axis]
    return product(grid.second_difference(axis), *masses)
