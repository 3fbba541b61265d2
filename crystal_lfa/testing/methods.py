"""Families of multigrid: smoothers and two-grid cycles, each with a matrix from dense splittings and solves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crystal_lfa.geometry import Crystal, Lattice, Torus, lattices
from crystal_lfa.multigrid import (
    Coloured,
    GaussSeidel,
    Jacobi,
    Kaczmarz,
    RedBlack,
    Schwarz,
    TwoGrid,
    cells,
    interpolation,
    lines,
)
from crystal_lfa.testing.cases import Case
from crystal_lfa.testing.draws import (
    Multipliers,
    RandomOperator,
    random_coarsening,
    random_crystal,
    random_periods,
    random_square,
    random_torus,
    random_twist,
)
from crystal_lfa.testing.families import family, hat_functions
from crystal_lfa.testing.oracle import coset_matrix, place

__all__ = ["part"]

Chosen = Callable[[tuple[int, ...], NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]


def part(draw: RandomOperator, chosen: Chosen) -> RandomOperator:
    """Return what an operator couples where `chosen` says so, of an offset and the numbers of row and column."""
    size = draw.domain.size
    row, column = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    kept: Multipliers = {y: np.where(chosen(y, row, column), m, 0.0) for y, m in draw.multipliers.items()}
    return RandomOperator(draw.domain, draw.codomain, kept)


def _lattice(rng: Generator) -> Lattice:
    return lattices.integer(int(rng.integers(1, 3)))


def _coupled(rng: Generator, crystal: Crystal) -> RandomOperator:
    """Draw a well conditioned operator that couples to both sides, so that no sweep is exact."""
    draw = random_square(rng, crystal)
    scale = 0.2 * float(np.linalg.norm(draw.multipliers[(0,) * crystal.lattice.dim]))
    for side in (-1, 1):
        offset = (*(0,) * (crystal.lattice.dim - 1), side)
        more = scale * rng.standard_normal((crystal.size, crystal.size)) / crystal.size
        draw.multipliers[offset] = draw.multipliers.get(offset, 0.0) + more
    return draw


def _relaxed(dense: NDArray[Any], inverted: NDArray[Any], omega: float = 1.0) -> NDArray[Any]:
    return np.eye(len(dense)) - omega * np.linalg.solve(inverted, dense)


def _sign(offset: tuple[int, ...], order: NDArray[np.int64]) -> int:
    """Return -1 for what lies before a point, lexicographically by the order's coordinates, 1 after, 0 at it."""
    visits = [int(x) for x in order @ np.array(offset)]
    return next((1 if x > 0 else -1 for x in visits if x), 0)


@family("Jacobi")
def _jacobi(rng: Generator) -> Case:
    lattice = _lattice(rng)
    draw, torus, omega = (
        random_square(rng, random_crystal(rng, lattice)),
        random_torus(rng, lattice),
        rng.uniform(0.2, 1),
    )
    if rng.random() < 0.5:
        axis = int(rng.integers(lattice.dim))
        own = part(draw, lambda y, i, _: np.full(i.shape, not any(x for a, x in enumerate(y) if a != axis)))
        smoother = Jacobi(omega, blocks=lines(axis))
    else:
        own = part(draw, lambda y, i, j: (i == j) & (not any(y)))
        smoother = Jacobi(omega)
    return Case(smoother(draw.operator), torus, _relaxed(draw.dense(torus), own.dense(torus), omega))


@family("Jacobi by cells")
def _jacobi_by_cells(rng: Generator) -> Case:
    lattice = _lattice(rng)
    draw = random_square(rng, random_crystal(rng, lattice))
    vectors, torus = random_coarsening(rng, lattice)
    grouping = _grouping(torus, vectors, draw.domain.size)
    dense = grouping @ draw.dense(torus) @ grouping.conj().T
    # A block on the diagonal of the whole matrix, without what winds around the torus into the same cell.
    cosets = lattice.torus(vectors).points
    block = np.zeros((len(cosets), draw.domain.size, len(cosets), draw.domain.size), dtype=np.complex128)
    for (i, here), (j, there) in product(enumerate(cosets), repeat=2):
        block[i, :, j, :] = draw.multipliers.get(tuple((there - here).tolist()), 0.0)
    size = len(cosets) * draw.domain.size
    own = np.kron(np.eye(len(dense) // size), block.reshape(size, size))
    return Case(Jacobi(0.8, blocks=cells(vectors.tolist()))(draw.operator), torus, _relaxed(dense, own, 0.8))


def _grouping(torus: Torus, vectors: NDArray[np.int64], size: int) -> NDArray[np.complex128]:
    """Return the unitary matrix that groups points into the cells of a sublattice."""
    lattice = torus.lattice
    points = lattice.sublattice(vectors).torus(torus).points
    return coset_matrix(torus, points, vectors, lattice.torus(vectors).points, size)


@family("Gauss-Seidel")
def _gauss_seidel(rng: Generator) -> Case:
    lattice = _lattice(rng)
    draw, torus = _coupled(rng, random_crystal(rng, lattice)), random_torus(rng, lattice)
    order = random_periods(rng, lattice.dim, 4)
    dense = draw.dense(torus)
    lower = part(draw, lambda y, i, j: (i >= j) if not any(y) else np.full(i.shape, _sign(y, order) < 0))
    upper = part(draw, lambda y, i, j: (i <= j) if not any(y) else np.full(i.shape, _sign(y, order) > 0))
    reverse = bool(rng.random() < 0.5)
    expected = _relaxed(dense, (upper if reverse else lower).dense(torus))
    return Case(GaussSeidel(order.tolist(), reverse=reverse)(draw.operator), torus, expected)


@family("Kaczmarz")
def _kaczmarz(rng: Generator) -> Case:
    lattice = _lattice(rng)
    draw, torus = random_square(rng, Crystal(lattice)), random_torus(rng, lattice)
    squared: Multipliers = {}
    for (y, first), (x, second) in product(draw.multipliers.items(), repeat=2):
        offset = tuple(a - b for a, b in zip(y, x, strict=True))
        squared[offset] = squared.get(offset, 0) + first @ second.conj().T
    normal = RandomOperator(draw.domain, draw.domain, squared)
    unit = np.eye(lattice.dim, dtype=np.int64)
    lower = part(normal, lambda y, i, _: np.full(i.shape, _sign(y, unit) <= 0)).dense(torus)
    dense = draw.dense(torus)
    expected = np.eye(len(dense)) - dense.conj().T @ np.linalg.solve(lower, dense)
    return Case(Kaczmarz()(draw.operator), torus, expected)


@family("coloured relaxation")
def _coloured(rng: Generator) -> Case:
    lattice = _lattice(rng)
    draw = random_square(rng, random_crystal(rng, lattice))
    if rng.random() < 0.3:
        smoother: Any = RedBlack(0.9)
        vectors = np.array([[2]] if lattice.dim == 1 else [[2, 0], [1, 1]])
        periods = random_periods(rng, lattice.dim, 4) @ vectors
        torus = lattice.torus(periods, random_twist(rng, lattice.dim))
    else:
        vectors, torus = random_coarsening(rng, lattice)
        smoother = Coloured(vectors.tolist(), omega=0.9)
    grouping = _grouping(torus, vectors, draw.domain.size)
    own = part(draw, lambda y, i, j: (i == j) & (not any(y))).dense(torus)
    step = 0.9 * grouping @ np.linalg.solve(own, draw.dense(torus)) @ grouping.conj().T
    colours = round(abs(np.linalg.det(vectors)))
    expected = np.eye(len(step), dtype=np.complex128)
    for colour in range(colours):
        kept = np.kron(np.eye(len(step) // (colours * draw.domain.size)), np.diag(np.arange(colours) == colour))
        expected = expected - np.kron(kept, np.eye(draw.domain.size)) @ step @ expected
    return Case(smoother(draw.operator), torus, expected)


@family("overlapping patches")
def _schwarz(rng: Generator) -> Case:
    lattice = _lattice(rng)
    crystal = random_crystal(rng, lattice)
    draw, torus = random_square(rng, crystal), random_torus(rng, lattice)
    sites = range(len(crystal.dof))
    near = list(product(range(-1, 2), repeat=lattice.dim))
    places = [(near[int(rng.integers(len(near)))], int(rng.integers(len(sites)))) for _ in range(3)]
    patch = list(dict.fromkeys([*places, *(((0,) * lattice.dim, site) for site in sites)]))
    starts = np.concatenate([[0], np.cumsum(crystal.dof)])
    unknowns = [(y, int(k)) for y, site in patch for k in range(starts[site], starts[site + 1])]
    local = np.array(
        [
            [np.asarray(draw.multipliers.get(tuple(np.subtract(b, a).tolist()), np.zeros(draw.operator.shape)))[i, j]
             for b, j in unknowns]
            for a, i in unknowns
        ]
    )  # fmt: skip
    size = crystal.size
    solves = np.zeros((torus.order * size,) * 2, dtype=np.complex128)
    for point in torus.points:
        restriction = np.zeros((len(unknowns), torus.order * size), dtype=np.complex128)
        for row, (y, unknown) in enumerate(unknowns):
            number, phase = place(torus, point + np.array(y))
            restriction[row, number * size + unknown] = phase
        solves += restriction.conj().T @ np.linalg.solve(local, restriction)
    expected = np.eye(len(solves)) - 0.3 * solves @ draw.dense(torus)
    return Case(Schwarz([patch], omega=0.3)(draw.operator), torus, expected)


@family("two grids")
def _two_grid(rng: Generator) -> Case:
    lattice = _lattice(rng)
    draw = random_square(rng, Crystal(lattice))
    vectors, torus = random_coarsening(rng, lattice)
    while round(abs(np.linalg.det(vectors))) == 1:
        vectors, torus = random_coarsening(rng, lattice)
    coarse = lattice.sublattice(vectors)
    points = Crystal(coarse)
    coarse_draw = random_square(rng, points)
    weights = RandomOperator.between(rng, Crystal(lattice).supercell(coarse), points)
    prolongation = interpolation(Crystal(lattice), coarse)
    omega, steps = rng.uniform(0.3, 1), (int(rng.integers(3)), int(rng.integers(3)))
    method = TwoGrid(
        draw.operator,
        Jacobi(omega),
        *steps,
        coarse=vectors.tolist(),
        prolongation=prolongation,
        restriction=weights.operator,
        coarse_operator=coarse_draw.operator,
    )
    grouping = _grouping(torus, vectors, 1)
    dense = grouping @ draw.dense(torus) @ grouping.conj().T
    own = part(draw, lambda y, i, j: (i == j) & (not any(y))).dense(torus)
    smoothed = _relaxed(dense, grouping @ own @ grouping.conj().T, omega)
    seen = coarse.torus(torus)
    solved = np.linalg.solve(coarse_draw.dense(seen), weights.dense(seen) @ dense)
    correction = np.eye(len(dense)) - hat_functions(torus, vectors, prolongation) @ solved
    power = np.linalg.matrix_power
    expected = power(smoothed, steps[1]) @ correction @ power(smoothed, steps[0])
    return Case(method.error_propagator, torus, expected)
