"""Dense matrices of multigrid methods on an n x n torus, from shifts of a grid alone: nothing of the library enters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Dense = NDArray[np.complex128]
Offset = tuple[int, int]


class Grid:
    """Functions on an n x n torus with a twist of 1/2 in each direction: values change sign going around.

    `stride` 2 and so on are the coarse grids within it; `sites` unknowns at every point.
    """

    def __init__(self, n: int, sites: int = 1) -> None:
        self.n, self.sites = n, sites
        z = np.arange(n * n)
        self.points = np.stack([z // n, z % n], axis=1)
        self.unit = np.eye(n * n * sites, dtype=np.complex128)

    def shift(self, y: Offset) -> Dense:
        """Return the matrix of f(z) -> f(z + y), of one unknown a point."""
        goal = self.points + np.array(y)
        turns = goal // self.n
        number = (goal % self.n) @ [self.n, 1]
        matrix = np.zeros((self.n**2, self.n**2), dtype=np.complex128)
        matrix[np.arange(self.n**2), number] = (-1.0) ** turns.sum(axis=1)
        return matrix

    def operator(self, stencil: Mapping[Offset, Any]) -> Dense:
        """Return the matrix of a stencil of numbers, or of matrices (sites, sites)."""
        return np.asarray(
            sum(np.kron(self.shift(y), np.reshape(m, (self.sites, self.sites))) for y, m in stencil.items())
        )

    def where(self, chosen: Callable[[NDArray[np.int64]], Any]) -> Dense:
        """Return the projector onto the points for which `chosen` holds, of their coordinates (points, 2)."""
        return np.kron(np.diag(np.asarray(chosen(self.points), dtype=np.float64)), np.eye(self.sites))

    def unknowns(self, site: int) -> Dense:
        """Return the projector onto one of the unknowns of each point."""
        return np.kron(np.eye(self.n**2), np.diag(np.arange(self.sites) == site))

    def coarse(self, chosen: Callable[[NDArray[np.int64]], Any]) -> Dense:
        """Return the matrix that takes the values at some points: rows are these."""
        rows = np.flatnonzero(chosen(self.points))
        return np.kron(np.eye(self.n**2)[rows], np.eye(self.sites))


def relaxed(matrix: Dense, inverted: Dense, omega: float = 1.0) -> Dense:
    """Return 1 - omega M^-1 A."""
    return np.asarray(np.eye(len(matrix)) - omega * np.linalg.solve(inverted, matrix))


def colours(matrix: Dense, inverted: Dense, projectors: list[Dense], omega: float = 1.0) -> Dense:
    """Return the product of the relaxations of one colour after the other."""
    step = omega * np.linalg.solve(inverted, matrix)
    total = np.eye(len(matrix), dtype=np.complex128)
    for projector in projectors:
        total = total - projector @ step @ total
    return total


def restrictions(grid: Grid, patch: list[tuple[Offset, int]]) -> list[Dense]:
    """Return, for every point, the matrix that takes the unknowns of the patch there."""
    rows = [np.kron(grid.shift(y), np.eye(grid.sites)[site][None]) for y, site in patch]
    return [np.array([row[number] for row in rows]) for number in range(grid.n**2)]


def patches(grid: Grid, matrix: Dense, local: Dense, patch: list[tuple[Offset, int]], omega: float) -> Dense:
    """Return the additive overlapping relaxation by patches whose equations have the matrix `local`."""
    taken = restrictions(grid, patch)
    solves = sum(r.conj().T @ np.linalg.solve(local, r) for r in taken)
    return np.asarray(np.eye(len(matrix)) - omega * solves @ matrix)


def two_grid(
    matrix: Dense, before: Dense, after: Dense, P: Dense, R: Dense, coarse: Dense, left: Dense | None = None
) -> Dense:
    """Return the error propagator of a two-grid cycle; `left` is what the coarse solver leaves of an error."""
    solve = np.linalg.inv(coarse)
    if left is not None:
        solve = (np.eye(len(coarse)) - left) @ solve
    return np.asarray(after @ (np.eye(len(matrix)) - P @ solve @ R @ matrix) @ before)
