"""Coefficients that jump from cell to cell, periodically."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError, LatticeError
from crystal_lfa.multigrid.problems.arguments import read_coefficient
from crystal_lfa.multigrid.problems.grids import Grid, read_grid
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.symbolic.expressions import is_expression

__all__ = ["jumping"]


def jumping(where: Any, pattern: Any) -> CrystalOperator:
    r"""Return diffusion with a coefficient that is constant in every cell, and jumps between cells, periodically.

    .. math:: -\nabla \cdot (a \nabla u), \qquad
       (L u)(x) = \sum_{i, \pm} \frac{2}{a(x)^{-1} + a(x \pm h_i e_i)^{-1}} \cdot \frac{u(x) - u(x \pm h_i e_i)}{h_i^2}

    by finite volumes: unknowns in the middle of the cells, and at each face the harmonic mean of the two cells'
    coefficients, for which the flux is continuous.

    Parameters
    ----------
    where : int, Lattice or Crystal
        Points along orthogonal primitive vectors, one a cell; a dimension means the integer lattice.
    pattern : (n_1, ..., n_d) array_like of positive numbers or SymPy expressions
        The coefficients a of one period, axis i along primitive vector i: that of the point z is
        ``pattern[z_1 mod n_1, ..., z_d mod n_d]``.

    Returns
    -------
    CrystalOperator
        Hermitian, on the crystal ``supercell(pattern.shape)``: its sites are the points of the period in C order.

    Raises
    ------
    InvalidArgumentError
        If `where` is none of these, or `pattern` has another number of axes, or an entry that is not positive.
    LatticeError
        If the primitive vectors are not orthogonal.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), chapter 7; Alcouffe, Brandt, Dendy, Painter: The
    multi-grid method for the diffusion equation with strongly discontinuous coefficients, SIAM J. Sci. Stat.
    Comput. 2 (1981).

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> A = mg.jumping(1, [1, 3])
    >>> A.offsets.tolist(), A.multipliers.tolist()
    ([[-1], [0], [1]], [[[0.0, -1.5], [0.0, 0.0]], [[3.0, -1.5], [-1.5, 3.0]], [[0.0, 0.0], [-1.5, 0.0]]])
    """
    grid = read_grid(where)
    if len(grid.target.exact_sites) != 1:
        message = f"where: {grid.target!r} has {len(grid.target.exact_sites)} sites a cell; one is needed, since the "
        raise InvalidArgumentError(f"{message}axes of a pattern are those of its lattice")
    if not grid.is_along_the_given_vectors():
        message = f"where: the primitive vectors {grid.crystal.lattice.vectors.tolist()} are not orthogonal; "
        raise LatticeError(f"{message}the axes of a pattern need orthogonal ones")
    coefficients = _read_pattern(pattern, grid.dim)
    cell = grid.target.supercell(coefficients.shape)
    return CrystalOperator(cell, cell, _matrices(grid, coefficients))


def _read_pattern(pattern: Any, dimension: int) -> NDArray[Any]:
    try:
        array = np.asarray(pattern, dtype=object)
    except ValueError:
        array = np.empty(0, dtype=object)
    if array.ndim != dimension or array.size == 0:
        message = f"pattern: got shape {array.shape}; an array of coefficients with {dimension} axes is needed"
        raise InvalidArgumentError(message)
    found = np.empty(array.shape, dtype=object)
    for index in np.ndindex(*array.shape):
        found[index] = read_coefficient(array[index], "pattern")
        if found[index] == 0:
            raise InvalidArgumentError(f"pattern: got 0 at {index}; positive coefficients are needed")
    return found


def _matrices(grid: Grid, coefficients: NDArray[Any]) -> dict[tuple[int, ...], NDArray[Any]]:
    """Return the multipliers by offset: every face adds its flux to the two cells that it separates."""
    numbers = np.arange(coefficients.size).reshape(coefficients.shape)
    kind = object if any(is_expression(entry) for entry in coefficients.flat) else np.float64
    matrices: dict[tuple[int, ...], NDArray[Any]] = {}

    def add(row: int, column: int, offset: tuple[int, ...], value: Any) -> None:
        matrix = matrices.setdefault(offset, np.zeros((coefficients.size, coefficients.size), dtype=kind))
        matrix[row, column] += value

    for index, axis in product(np.ndindex(*coefficients.shape), range(grid.dim)):
        wrapped, place = divmod(index[axis] + 1, coefficients.shape[axis])
        other = (*index[:axis], place, *index[axis + 1 :])
        offset = tuple(wrapped if i == axis else 0 for i in range(grid.dim))
        weight = 2 / (1 / coefficients[index] + 1 / coefficients[other]) * (1 / grid.spacings[axis]) ** 2
        for a, b, away in ((index, other, offset), (other, index, tuple(-y for y in offset))):
            add(int(numbers[a]), int(numbers[a]), (0,) * grid.dim, weight)
            add(int(numbers[a]), int(numbers[b]), away, -weight)
    unit = np.eye(grid.crystal.size, dtype=np.int64)
    return {offset: np.kron(matrix, unit) for offset, matrix in matrices.items()}
