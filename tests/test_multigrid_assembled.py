"""Predicted against assembled: singular values of composed operators equal those of products of dense matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from shifts import Dense, Grid, colours, patches, relaxed, restrictions, two_grid

import crystal_lfa as lfa
from crystal_lfa import multigrid as mg

N = 16
GRID = Grid(N)
COARSE = Grid(N // 2)
FIVE = {(0, 0): 4.0, (1, 0): -1.0, (-1, 0): -1.0, (0, 1): -1.0, (0, -1): -1.0}
A = mg.poisson(2)
DENSE = GRID.operator(FIVE)
TORUS = A.lattice.torus(N, twist=0.5)
EIGHTH = np.array([1.0, 2.0, 1.0]) / 2


def of(stencil: dict[Any, Any], chosen: Callable[[tuple[int, int]], bool], grid: Grid = GRID) -> Dense:
    return grid.operator({y: m for y, m in stencil.items() if chosen(y)})


def assert_same(operator: lfa.Operator, dense: Dense, torus: lfa.Torus = TORUS) -> None:
    found = np.sort(lfa.svdvals(operator, torus).ravel())
    expected = np.sort(np.linalg.svd(dense, compute_uv=False))
    assert np.abs(found - expected).max() <= 1e-10


def parity(z: Any) -> Any:
    return z.sum(axis=1) % 2 == 0


def coset(first: int, second: int) -> Callable[[Any], Any]:
    return lambda z: (z[:, 0] % 2 == first) & (z[:, 1] % 2 == second)


def chebyshev(kind: int, degree: int) -> Dense:
    # The largest eigenvalue of D^-1 A is 2, at the frequency (1/2, 1/2).
    values, vectors = np.linalg.eigh(DENSE / 4)
    if kind == 1:
        centre, radius = 2 * 1.1 / 2, 2 * 0.9 / 2
        polynomial = np.polynomial.Chebyshev.basis(degree)
        reduced = polynomial((centre - values) / radius) / polynomial(centre / radius)
    else:
        phi = np.arccos(np.clip(1 - values, -1, 1))
        reduced = np.sin((degree + 0.5) * phi) / np.sin(phi / 2) / (2 * degree + 1)
    return np.asarray((vectors * reduced) @ vectors.conj().T)


CROSS = [((0, 0), 0), ((0, -1), 0), ((0, 1), 0), ((-1, 0), 0), ((1, 0), 0)]
ARROW = 4.0 * np.eye(5) - np.array([[0, 1, 1, 1, 1]] + [[1, 0, 0, 0, 0]] * 4)
PAIR = [((0, 0), 0), ((0, 1), 0)]


def zebra() -> Dense:
    lines = of(FIVE, lambda y: y[0] == 0)
    return colours(DENSE, lines, [GRID.where(lambda z: z[:, 0] % 2 == 0), GRID.where(lambda z: z[:, 0] % 2 == 1)])


def squares(omega: float) -> Dense:
    # Blocks of 2 x 2 points: what couples points of one square.
    inside = np.zeros_like(DENSE)
    square = (GRID.points // 2) @ [N, 1]
    same = square[:, None] == square
    inside[same] = DENSE[same]
    return relaxed(DENSE, inside, omega)


def square_sweep() -> Dense:
    lower = np.zeros_like(DENSE)
    square = GRID.points // 2
    for row in range(N * N):
        step = (square - square[row] + N // 4) % (N // 2) - N // 4
        first = (step[:, 0] < 0) | ((step[:, 0] == 0) & (step[:, 1] <= 0))
        lower[row, first] = DENSE[row, first]
    return relaxed(DENSE, lower)


def multiplicative(patch: list[Any], local: Any, colour: int, omega: float) -> Dense:
    total = np.eye(N * N, dtype=np.complex128)
    taken = restrictions(GRID, patch)
    for first in range(colour):
        for second in range(colour):
            chosen = (GRID.points[:, 0] % colour == first) & (GRID.points[:, 1] % colour == second)
            solves = sum(taken[k].conj().T @ np.linalg.solve(local, taken[k]) for k in np.flatnonzero(chosen))
            total = total - omega * solves @ DENSE @ total
    return total


def kaczmarz() -> Dense:
    normal: dict[Any, float] = {}
    for y, a in FIVE.items():
        for x, b in FIVE.items():
            offset = (y[0] - x[0], y[1] - x[1])
            normal[offset] = normal.get(offset, 0.0) + a * b
    lower = of(normal, lambda y: y <= (0, 0))
    return np.asarray(np.eye(N * N) - DENSE.conj().T @ np.linalg.solve(lower, DENSE))


FORWARD = of(FIVE, lambda y: y <= (0, 0))
BACKWARD = of(FIVE, lambda y: y >= (0, 0))
OTHER = of(FIVE, lambda y: (y[1], y[0]) <= (0, 0))

SMOOTHERS: dict[str, tuple[Any, Callable[[], Dense]]] = {
    "jacobi": (mg.Jacobi(0.8), lambda: relaxed(DENSE, 4 * GRID.unit, 0.8)),
    "jacobi lines": (mg.Jacobi(0.7, blocks=mg.lines(1)), lambda: relaxed(DENSE, of(FIVE, lambda y: y[0] == 0), 0.7)),
    "jacobi squares": (mg.Jacobi(0.7, blocks=mg.cells(2)), lambda: squares(0.7)),
    "gauss-seidel": (mg.GaussSeidel(), lambda: relaxed(DENSE, FORWARD)),
    "gauss-seidel backward": (mg.GaussSeidel(reverse=True), lambda: relaxed(DENSE, BACKWARD)),
    "gauss-seidel columns": (mg.GaussSeidel([[0, 1], [1, 0]]), lambda: relaxed(DENSE, OTHER)),
    "gauss-seidel symmetric": (
        mg.GaussSeidel(symmetric=True),
        lambda: relaxed(DENSE, BACKWARD) @ relaxed(DENSE, FORWARD),
    ),
    "gauss-seidel lines": (
        mg.GaussSeidel(blocks=mg.lines(1)),
        lambda: relaxed(DENSE, of(FIVE, lambda y: y[0] <= 0)),
    ),
    "gauss-seidel squares": (mg.GaussSeidel(blocks=mg.cells(2)), square_sweep),
    "sor": (mg.SOR(1.2), lambda: relaxed(DENSE, FORWARD + (1 / 1.2 - 1) * 4 * GRID.unit)),
    "sor backward": (mg.SOR(1.2, reverse=True), lambda: relaxed(DENSE, BACKWARD + (1 / 1.2 - 1) * 4 * GRID.unit)),
    "red-black": (
        mg.RedBlack(),
        lambda: colours(DENSE, 4 * GRID.unit, [GRID.where(parity), GRID.where(lambda z: ~parity(z))]),
    ),
    "four colours": (
        mg.Coloured(2, omega=0.9),
        lambda: colours(DENSE, 4 * GRID.unit, [GRID.where(coset(i, j)) for i in range(2) for j in range(2)], 0.9),
    ),
    "zebra lines": (mg.Coloured((2, 1), blocks=mg.lines(1)), zebra),
    "kaczmarz": (mg.Kaczmarz(), kaczmarz),
    "richardson": (mg.Richardson(0.2), lambda: GRID.unit - 0.2 * DENSE),
    "chebyshev": (mg.Chebyshev(3), lambda: chebyshev(1, 3)),
    "chebyshev, fourth kind": (mg.Chebyshev(4, kind=4), lambda: chebyshev(4, 4)),
    "vanka": (mg.Vanka(0, omega=0.2), lambda: patches(GRID, DENSE, ARROW, CROSS, 0.2)),
    "schwarz": (
        mg.Schwarz(PAIR, omega=0.5),
        lambda: patches(GRID, DENSE, np.array([[4.0, -1.0], [-1.0, 4.0]]), PAIR, 0.5),
    ),
    "schwarz by colours": (
        mg.Schwarz(PAIR, kind="multiplicative", coarse=4),
        lambda: multiplicative(PAIR, np.array([[4.0, -1.0], [-1.0, 4.0]]), 4, 1.0),
    ),
    "vanka by colours": (
        mg.Vanka(0, kind="multiplicative", coarse=4),
        lambda: multiplicative(CROSS, ARROW, 4, 1.0),
    ),
}


@pytest.mark.parametrize("name", SMOOTHERS)
def test_smoothers(name: str) -> None:
    smoother, dense = SMOOTHERS[name]
    assert_same(smoother(A), dense())


def test_every_smoother_is_checked() -> None:
    checked = {type(smoother) for smoother, _ in SMOOTHERS.values()}
    classes = {value for value in vars(mg).values() if isinstance(value, type) and issubclass(value, mg.Smoother)}
    assert checked == classes - {mg.Smoother}


# Transfers ------------------------------------------------------------------------------------------------------

EVEN = GRID.coarse(coset(0, 0))


def tensor(weights: dict[int, float]) -> Dense:
    """The matrix of f(z) = sum of w_i w_j g(z + (i, j))."""
    return GRID.operator({(i, j): a * b for i, a in weights.items() for j, b in weights.items()})


def zero_filled() -> Dense:
    return EVEN.T.astype(np.complex128)


def bilinear() -> Dense:
    return tensor({-1: 0.5, 0: 1.0, 1: 0.5}) @ zero_filled()


def cubic() -> Dense:
    return tensor({-3: -1 / 16, -1: 9 / 16, 0: 1.0, 1: 9 / 16, 3: -1 / 16}) @ zero_filled()


def constant() -> Dense:
    return tensor({-1: 1.0, 0: 1.0}) @ zero_filled()


def centred() -> Dense:
    # Fine points 0 and 1 of a cell lie 1/4 before and after its centre, in units of the coarse spacing.
    return tensor({-2: 0.25, -1: 0.75, 0: 0.75, 1: 0.25}) @ zero_filled()


def half() -> Dense:
    weights = {(0, 0): 0.5, (1, 0): 0.125, (-1, 0): 0.125, (0, 1): 0.125, (0, -1): 0.125}
    return EVEN @ GRID.operator(weights)


PROLONGATIONS: dict[Any, Callable[[], Dense]] = {
    mg.interpolation: bilinear,
    mg.cubic_interpolation: cubic,
    mg.cell_centred: centred,
    mg.piecewise_constant: constant,
    mg.operator_interpolation: bilinear,
}
RESTRICTIONS: dict[Any, Callable[[], Dense]] = {
    mg.full_weighting: lambda: bilinear().conj().T / 4,
    mg.half_weighting: half,
    mg.injection: lambda: EVEN.astype(np.complex128),
    mg.cell_average: lambda: constant().conj().T / 4,
}


def prolongation(function: Any) -> Any:
    if function is mg.operator_interpolation:
        return lambda _, coarse: mg.operator_interpolation(A, coarse)
    return function


@pytest.mark.parametrize("function", [*PROLONGATIONS, *RESTRICTIONS], ids=lambda function: function.__name__)
def test_transfers(function: Any) -> None:
    operator = prolongation(function)(A.domain, A.lattice.sublattice(2))
    assert_same(operator, {**PROLONGATIONS, **RESTRICTIONS}[function]())


def test_every_transfer_is_checked() -> None:
    from crystal_lfa.multigrid import transfers

    assert {getattr(transfers, name) for name in transfers.__all__} == {*PROLONGATIONS, *RESTRICTIONS}


@pytest.mark.parametrize("restriction", RESTRICTIONS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("P", PROLONGATIONS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("rediscretised", [False, True], ids=["galerkin", "rediscretised"])
def test_two_grid_cycles(P: Any, restriction: Any, rediscretised: bool) -> None:
    method = mg.TwoGrid(
        A,
        mg.GaussSeidel(),
        2,
        1,
        post_smoother=mg.Jacobi(0.8),
        prolongation=prolongation(P),
        restriction=restriction,
        coarse_operator=mg.poisson if rediscretised else None,
    )
    dense_p, dense_r = PROLONGATIONS[P](), RESTRICTIONS[restriction]()
    coarse = COARSE.operator(FIVE) / 4 if rediscretised else dense_r @ DENSE @ dense_p
    before = np.linalg.matrix_power(relaxed(DENSE, FORWARD), 2)
    dense = two_grid(DENSE, before, relaxed(DENSE, 4 * GRID.unit, 0.8), dense_p, dense_r, coarse)
    assert_same(method.error_propagator, dense)
    rho = np.abs(np.linalg.eigvals(dense)).max()
    assert float(method.convergence_factor(TORUS)) == pytest.approx(rho, rel=1e-9)
    assert float(method.norm(TORUS)) == pytest.approx(np.linalg.norm(dense, 2), rel=1e-10)
    roots = np.linalg.cholesky(DENSE)
    energy = np.linalg.norm(np.linalg.solve(roots, (roots.conj().T @ dense).conj().T), 2)
    assert float(method.energy_norm(TORUS)) == pytest.approx(energy, rel=1e-9)


@pytest.mark.parametrize(
    ("vectors", "chosen"),
    [
        ([[1, 1], [-1, 1]], parity),
        ((2, 1), lambda z: z[:, 0] % 2 == 0),
        (4, lambda z: (z % 4 == 0).all(axis=1)),
    ],
    ids=["quincunx", "semi-coarsening", "factor 4"],
)
def test_other_coarsenings(vectors: Any, chosen: Any) -> None:
    reach = range(-3, 4)
    inverse = np.linalg.inv(np.array(A.lattice.integer_vectors(vectors), dtype=float))
    weights = {(i, j): np.maximum(0, 1 - np.abs(np.array([i, j]) @ inverse)).prod() for i in reach for j in reach}
    taken = GRID.coarse(chosen)
    dense_p = GRID.operator({y: w for y, w in weights.items() if w}) @ taken.T
    dense_r = dense_p.conj().T * len(taken) / N**2
    method = mg.TwoGrid(A, mg.RedBlack(), 1, 1, coarse=vectors)
    smoother = SMOOTHERS["red-black"][1]()
    assert_same(
        method.error_propagator, two_grid(DENSE, smoother, smoother, dense_p, dense_r, dense_r @ DENSE @ dense_p)
    )


# Several grids --------------------------------------------------------------------------------------------------


def galerkin_levels(grids: int) -> tuple[list[Dense], list[Dense], list[Grid]]:
    """Matrices and prolongations of the Galerkin method, finest first."""
    matrices, prolongations, levels = [DENSE], [], [GRID]
    for level in range(grids - 1):
        grid = levels[-1]
        weights = {(i, j): (1 - abs(i) / 2) * (1 - abs(j) / 2) for i in (-1, 0, 1) for j in (-1, 0, 1)}
        prolongations.append(grid.operator(weights) @ grid.coarse(coset(0, 0)).T)
        matrices.append(prolongations[-1].conj().T @ matrices[-1] @ prolongations[-1] / 4)
        levels.append(Grid(N // 2 ** (level + 1)))
    return matrices, prolongations, levels


def smoother_of(matrix: Dense, grid: Grid, name: str) -> Dense:
    if name == "jacobi":
        return relaxed(matrix, np.diag(np.diag(matrix)), 0.8)
    # Four colours of a nine-point operator.
    projectors = [grid.where(coset(i, j)) for i in range(2) for j in range(2)]
    return colours(matrix, np.diag(np.diag(matrix)), projectors)


def recursion(level: int, cycle: int | str, parts: Any, name: str) -> Dense:
    matrices, prolongations, grids = parts
    matrix, P = matrices[level], prolongations[level]
    smoother = smoother_of(matrix, grids[level], name)
    left = None
    if level + 2 < len(matrices):
        if cycle == "F":
            left = recursion(level + 1, 1, parts, name) @ recursion(level + 1, "F", parts, name)
        else:
            left = np.linalg.matrix_power(recursion(level + 1, cycle, parts, name), int(cycle))
    return two_grid(matrix, smoother, smoother, P, P.conj().T / 4, matrices[level + 1], left)


@pytest.mark.parametrize("cycle", [1, 2, "F"], ids=["V", "W", "F"])
@pytest.mark.parametrize("grids", [3, 4])
@pytest.mark.parametrize("name", ["jacobi", "four colours"])
def test_k_grid_cycles(name: str, grids: int, cycle: int | str) -> None:
    smoother = mg.Jacobi(0.8) if name == "jacobi" else mg.Coloured(2)
    method = mg.KGrid(A, grids, cycle, smoother)
    dense = recursion(0, cycle, galerkin_levels(grids), name)
    assert_same(method.error_propagator, dense)
    rho = np.abs(np.linalg.eigvals(dense)).max()
    assert float(method.convergence_factor(TORUS)) == pytest.approx(rho, rel=1e-8)


def test_levels_that_differ() -> None:
    levels = [
        mg.Level(mg.Jacobi(0.8), pre=2, post=0, coarse=(2, 1)),
        mg.Level(mg.GaussSeidel(), pre=1, post=1, coarse=(1, 2)),
    ]
    method = mg.KGrid(A, levels, cycle=2)
    rows = GRID.coarse(lambda z: z[:, 0] % 2 == 0)
    first_p = GRID.operator({(-1, 0): 0.5, (0, 0): 1.0, (1, 0): 0.5}) @ rows.T
    middle = first_p.conj().T @ DENSE @ first_p / 2
    # On the middle grid of N/2 x N points: semi-coarsened once more, along the other axis.
    index = np.flatnonzero(GRID.points[:, 0] % 2 == 0)
    points = GRID.points[index] // [2, 1]
    offsets = points[None] - points[:, None]
    half = np.array([N // 4, N // 2])
    wrapped = (offsets + half) % (2 * half) - half
    lower = np.where((wrapped[..., 0] < 0) | ((wrapped[..., 0] == 0) & (wrapped[..., 1] <= 0)), middle, 0)
    taken = np.eye(len(index))[points[:, 1] % 2 == 0]
    near = np.zeros((len(index), len(index)), dtype=np.complex128)
    for step, weight in ((-1, 0.5), (0, 1.0), (1, 0.5)):
        goal = points + np.array([0, step])
        column = (goal[:, 0] % (N // 2)) * N + goal[:, 1] % N
        near[np.arange(len(index)), column] += weight * (-1.0) ** (goal[:, 1] // N)
    second_p = near @ taken.T
    coarsest = second_p.conj().T @ middle @ second_p / 2
    inner = two_grid(middle, relaxed(middle, lower), relaxed(middle, lower), second_p, second_p.conj().T / 2, coarsest)
    before = np.linalg.matrix_power(relaxed(DENSE, 4 * GRID.unit, 0.8), 2)
    dense = two_grid(DENSE, before, GRID.unit, first_p, first_p.conj().T / 2, middle, inner @ inner)
    assert_same(method.error_propagator, dense)


def test_an_inexact_coarse_solver() -> None:
    method = mg.TwoGrid(A, mg.Jacobi(0.8), coarse_operator=mg.poisson, coarse_solver=mg.Jacobi(0.9), coarse_sweeps=3)
    coarse = COARSE.operator(FIVE) / 4
    left = np.linalg.matrix_power(relaxed(coarse, COARSE.unit, 0.9), 3)
    smoother = relaxed(DENSE, 4 * GRID.unit, 0.8)
    dense = two_grid(DENSE, smoother, smoother, bilinear(), bilinear().conj().T / 4, coarse, left)
    assert_same(method.error_propagator, dense)


def test_smoothers_work_on_galerkin_operators() -> None:
    P = mg.interpolation(A.domain, 2)
    R = mg.full_weighting(A.domain, 2)
    coarse = R @ A @ P
    dense = bilinear().conj().T @ DENSE @ bilinear() / 4
    near = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    stencil = {y: (12 if y == (0, 0) else -2 if 0 in y else -1) / 16 for y in near}
    assert np.abs(COARSE.operator(stencil) - dense).max() < 1e-14
    assert_same(mg.GaussSeidel()(coarse), relaxed(dense, of(stencil, lambda y: y <= (0, 0), COARSE)))
    assert_same(mg.Jacobi(0.8)(coarse), relaxed(dense, 12 / 16 * COARSE.unit, 0.8))
    halves = [COARSE.where(parity), COARSE.where(lambda z: ~parity(z))]
    assert_same(mg.RedBlack()(coarse), colours(dense, 12 / 16 * COARSE.unit, halves))


# Other lattices -------------------------------------------------------------------------------------------------

M = 12
SKEW = Grid(M)
SEVEN = {(0, 0): 4.0} | dict.fromkeys([(1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1)], -2 / 3)


def six_neighbours() -> dict[tuple[int, int], float]:
    """Of the lattice with vectors at 60 or 120 degrees, whichever the library's has."""
    vectors = lfa.lattices.triangular().vectors
    obtuse = vectors[0] @ vectors[1] < 0
    return {(x, y if not obtuse else -y): value for (x, y), value in SEVEN.items()}


@pytest.mark.parametrize(
    ("vectors", "index"), [("root 3", 3), (2, 4)], ids=["sqrt-3 coarsening", "standard coarsening"]
)
def test_the_triangular_lattice(vectors: Any, index: int) -> None:
    lattice = lfa.lattices.triangular()
    T = lattice.torus(M, twist=0.5)
    laplacian = mg.poisson(lattice)
    if vectors == "root 3":
        obtuse = lattice.vectors[0] @ lattice.vectors[1] < 0
        vectors = [[2, 1], [1, 2]] if obtuse else [[1, 1], [-1, 2]]
    rows = np.array(lattice.integer_vectors(vectors))
    inverse = np.linalg.inv(rows.astype(float))
    lengths = np.linalg.norm(lattice.sublattice(vectors).vectors, axis=1)
    assert lengths == pytest.approx(np.sqrt(index))
    dense = SKEW.operator(six_neighbours())
    taken = SKEW.coarse(lambda z: np.abs(z @ inverse - np.round(z @ inverse)).max(axis=1) < 1e-9)
    reach = range(-3, 4)
    weights = {(i, j): np.maximum(0, 1 - np.abs(np.array([i, j]) @ inverse)).prod() for i in reach for j in reach}
    P = SKEW.operator({y: w for y, w in weights.items() if w}) @ taken.T
    R = P.conj().T / index
    smoother = relaxed(dense, of(six_neighbours(), lambda y: y <= (0, 0), SKEW))
    method = mg.TwoGrid(laplacian, mg.GaussSeidel(), coarse=vectors)
    expected = two_grid(dense, smoother, smoother, P, R, R @ dense @ P)
    assert_same(method.error_propagator, expected, T)
    rho = np.abs(np.linalg.eigvals(expected)).max()
    assert float(method.convergence_factor(T)) == pytest.approx(rho, rel=1e-9)
    assert rho < 0.3


def test_graphene_with_coloured_overlapping_patches() -> None:
    honeycomb = lfa.crystals.honeycomb()
    hopping = lfa.adjacency(honeycomb)
    energy = 3.5
    H = energy * lfa.identity(honeycomb) - hopping
    grid = Grid(8, sites=2)
    T = honeycomb.lattice.torus(8, twist=0.5)
    stencil = {tuple(y): np.asarray(m).real for y, m in zip(H.offsets.tolist(), H.multipliers, strict=True)}
    dense = grid.operator(stencil)
    assert_same(H, dense, T)
    # The hexagon: all six sites around the middle of a cell; three of each kind, found by their distance.
    centre = honeycomb.lattice.cartesian([0.0, 0.0])
    sites = [
        ((i, j), site)
        for i in range(-2, 3)
        for j in range(-2, 3)
        for site in range(2)
        if np.linalg.norm(honeycomb.lattice.cartesian(honeycomb.sites[site] + [i, j]) - centre)
        < 1.01 * np.sqrt(1 / 3) * np.linalg.norm(honeycomb.lattice.vectors[0])
    ]
    assert len(sites) == 6
    unknown = {place: number for number, place in enumerate(sites)}
    local = energy * np.eye(6)
    for (here, a), row in unknown.items():
        for (there, b), column in unknown.items():
            step = (there[0] - here[0], there[1] - here[1])
            if step in stencil and row != column:
                local[row, column] = stencil[step][a, b]
    assert (local < 0).sum() == 12  # a ring of six bonds
    additive = mg.Schwarz(sites, omega=0.3)(H)
    assert_same(additive, patches(grid, dense, local, sites, 0.3), T)
    # Four colours of hexagons, by translations doubled.
    total = np.eye(128, dtype=np.complex128)
    taken = restrictions(grid, sites)
    for first in range(2):
        for second in range(2):
            chosen = (grid.points[:, 0] % 2 == first) & (grid.points[:, 1] % 2 == second)
            solves = sum(taken[k].conj().T @ np.linalg.solve(local, taken[k]) for k in np.flatnonzero(chosen))
            total = total - solves @ dense @ total
    coloured = mg.Schwarz(sites, kind="multiplicative", coarse=2)
    assert_same(coloured(H), total, T)
    method = mg.TwoGrid(H, coloured, 1, 0)
    reach = {(i, j): (1 - abs(i) / 2) * (1 - abs(j) / 2) * np.eye(2) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    P = grid.operator(reach) @ grid.coarse(lambda z: (z % 2 == 0).all(axis=1)).T
    expected = two_grid(dense, total, np.eye(128), P, P.conj().T / 4, P.conj().T @ dense @ P / 4)
    assert_same(method.error_propagator, expected, T)
