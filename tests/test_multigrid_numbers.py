"""Published numbers of multigrid, sampled and as limits; suprema against samples; runs against predictions."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import crystal_lfa as lfa
from crystal_lfa import multigrid as mg

A = mg.poisson(2)
NINE = lfa.stencil(np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]) / 3)

LIMIT = 1e-8
NEAR_SINGULAR = 1e-6


def torus(n: int, dimension: int = 2) -> lfa.Torus:
    return lfa.lattices.integer(dimension).torus(n, twist=0.5)


def rediscretised(smoother: Any, pre: int = 1, post: int = 1, **options: Any) -> mg.TwoGrid:
    return mg.TwoGrid(A, smoother, pre, post, coarse_operator=mg.poisson, **options)


@pytest.mark.parametrize(
    ("smoother", "one", "two", "norm"),
    [
        (mg.Jacobi(0.8), 0.599036364616, 0.358844566690, 0.359084161267),
        (mg.GaussSeidel(), 0.399320174951, 0.192415146816, 0.202643600359),
        (mg.RedBlack(), 0.248799080025, 0.073847411800, 0.140339902372),
    ],
    ids=["jacobi", "gauss-seidel", "red-black"],
)
def test_sampled_two_grid_factors(smoother: Any, one: float, two: float, norm: float) -> None:
    T = torus(64)
    assert float(rediscretised(smoother, 1, 0).convergence_factor(T)) == pytest.approx(one, abs=1e-12)
    assert float(rediscretised(smoother).convergence_factor(T)) == pytest.approx(two, abs=1e-12)
    assert float(rediscretised(smoother).norm(T)) == pytest.approx(norm, abs=1e-12)


@pytest.mark.parametrize(
    ("smoother", "limits"),
    [
        (mg.Jacobi(0.8), [0.6, 0.36, 0.216]),
        (mg.GaussSeidel(), [0.4, 0.192464, 0.118443, 0.083613]),
        (mg.RedBlack(), [1 / 4, 2 / 27, 27 / 512, 128 / 3125]),
    ],
    ids=["jacobi", "gauss-seidel", "red-black"],
)
def test_limits_of_two_grid_factors(smoother: Any, limits: list[float]) -> None:
    for steps, limit in enumerate(limits, start=1):
        found = rediscretised(smoother, steps, 0).convergence_factor()
        exact = len(str(limit)) < 6 or isinstance(smoother, mg.RedBlack)
        assert float(found) == pytest.approx(limit, abs=LIMIT if exact else 5e-7)
        assert found.skipped == 1
        assert not found.certified
        assert [value for _, value in found.history] == sorted(value for _, value in found.history)


def test_limits_of_half_weighting() -> None:
    limits = [0.5, 0.125, 0.0345, 0.0245]
    for steps, limit in enumerate(limits, start=1):
        method = rediscretised(mg.RedBlack(), steps, 0, restriction=mg.half_weighting)
        assert float(method.convergence_factor()) == pytest.approx(limit, abs=5e-5 if limit < 0.1 else LIMIT)


def test_a_supremum_that_is_approached() -> None:
    # The harmonic (1/2, 1/2) of frequencies near 0, which the coarse grid sees less and less of: (1 - 2 * 0.9)^2.
    found = rediscretised(mg.Jacobi(0.9)).convergence_factor()
    assert found.limit
    assert float(found) == pytest.approx(0.64, abs=NEAR_SINGULAR)
    assert np.abs((found.frequency + 0.5) % 1 - 0.5).max() < 1e-3
    assert found.lattice == A.lattice


def test_three_grids_and_blocks() -> None:
    V = mg.KGrid(A, 3, 1, mg.Jacobi(0.8), coarse_operator=mg.poisson)
    assert float(V.convergence_factor(torus(32))) == pytest.approx(0.356981083898, abs=1e-12)
    for size, factor in ((1, 0.355392), (2, 0.318213), (4, 0.270018)):
        method = rediscretised(mg.Jacobi(0.8, blocks=mg.cells(size)))
        assert float(method.convergence_factor(torus(32))) == pytest.approx(factor, abs=5e-7)
    found = lfa.spectral_radius(mg.Jacobi(0.8)(A), torus(32))
    assert float(found) == pytest.approx(0.9961477813377575, abs=1e-14)


def test_one_dimension() -> None:
    method = mg.TwoGrid(mg.poisson(1), mg.Jacobi(2 / 3))
    assert float(method.convergence_factor()) == pytest.approx(1 / 9, abs=LIMIT)


def test_ellipticity() -> None:
    found = mg.h_ellipticity(A)
    assert float(found) == pytest.approx(0.25, abs=1e-12)
    assert np.sort(np.abs((found.frequency + 0.5) % 1 - 0.5)) == pytest.approx([0, 0.25])
    assert float(mg.h_ellipticity(NINE)) == pytest.approx(0.5, abs=1e-12)
    assert float(mg.h_ellipticity(mg.anisotropic(2, 0.01))) == pytest.approx(0.02 / 4.04, abs=1e-10)


# Smoothing factors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "smoother", "factor"),
    [
        (A, mg.Jacobi(0.8), 3 / 5),
        (A, mg.GaussSeidel(), 1 / 2),
        (A, mg.RedBlack(), 1 / 4),
        (mg.poisson(1), mg.Jacobi(2 / 3), 1 / 3),
        (mg.poisson(3), mg.Jacobi(6 / 7), 5 / 7),
        (mg.anisotropic(2, 0.1), mg.GaussSeidel(blocks=mg.lines(1)), 1 / math.sqrt(5)),
        (mg.anisotropic(2, 0.01), mg.GaussSeidel(blocks=mg.lines(1)), 1 / math.sqrt(5)),
    ],
    ids=["jacobi", "gauss-seidel", "red-black", "line", "space", "lines .1", "lines .01"],
)
def test_smoothing_factors(operator: lfa.Operator, smoother: Any, factor: float) -> None:
    found = mg.smoothing_factor(operator, smoother)
    assert float(found) == pytest.approx(factor, abs=LIMIT)
    assert f"{found:.3f}" == f"{factor:.3f}"
    # The frequency is a high one.
    assert np.abs((found.frequency + 0.5) % 1 - 0.5).max() > 0.25 - 1e-9


@pytest.mark.slow
@pytest.mark.parametrize(("smoother", "factor"), [(mg.RedBlack(), 4 / 9), (mg.GaussSeidel(), 0.5669152707)])
def test_smoothing_factors_in_space(smoother: Any, factor: float) -> None:
    assert float(mg.smoothing_factor(mg.poisson(3), smoother)) == pytest.approx(factor, abs=1e-10)


@pytest.mark.parametrize(
    ("coarse", "is_high"),
    [
        ((2, 1), lambda x, _: np.abs(x) >= 0.25),
        ((1, 2), lambda _, y: np.abs(y) >= 0.25),
        ((3, 1), lambda x, _: np.abs(x) >= 1 / 6),
        ([[1, 1], [-1, 1]], lambda x, y: np.abs(x) + np.abs(y) >= 0.5),
        (2, lambda x, y: np.maximum(np.abs(x), np.abs(y)) >= 0.25),
    ],
    ids=["along x", "along y", "by three", "quincunx", "both"],
)
@pytest.mark.parametrize("axis", [0, 1])
def test_high_frequencies_of_other_coarsenings(coarse: Any, is_high: Callable[[Any, Any], Any], axis: int) -> None:
    # With semi-coarsening the frequency 1/2 along the other axis is no high one.
    operator = mg.anisotropic(2, 0.01, axis=axis)
    x, y = np.meshgrid(*[np.linspace(-0.5, 0.5, 241)] * 2, indexing="ij")
    high = is_high(x, y)
    symbols = operator.symbol(np.stack([x, y], axis=-1))[..., 0, 0].real
    left = np.abs(1 - 0.8 * symbols / 2.02)[high].max()
    assert float(mg.smoothing_factor(operator, mg.Jacobi(0.8), coarse=coarse)) == pytest.approx(left, abs=1e-9)
    ratio = symbols[high].min() / symbols.max()
    assert float(mg.h_ellipticity(operator, coarse)) == pytest.approx(ratio, abs=1e-9)


def test_smoothing_factors_of_several_sweeps() -> None:
    for sweeps, factor in zip((1, 2, 3, 4), (0.25, 0.25, 0.32233, 0.39579), strict=True):
        found = mg.smoothing_factor(A, mg.RedBlack(), sweeps=sweeps)
        assert float(found) == pytest.approx(factor, abs=2e-5 if sweeps > 2 else LIMIT)


def test_smoothing_factors_that_tables_round() -> None:
    assert float(mg.smoothing_factor(mg.biharmonic(2), mg.GaussSeidel())) == pytest.approx(0.8019, abs=5e-5)
    assert float(mg.smoothing_factor(mg.anisotropic(2, 0.01), mg.GaussSeidel())) == pytest.approx(0.9804, abs=5e-5)


def test_the_textbook_value_of_a_smoothing_factor_is_that_of_one_frequency() -> None:
    # At (pi / 2, 0) the amplification is 0.8346, which is what tables have; a little beside it, it is larger.
    eps = 0.1
    x, y = math.pi / 2, 2 * math.pi * np.linspace(-0.01, 0.01, 20001)

    def amplification(y: Any) -> Any:
        ahead = eps * np.exp(1j * x) + np.exp(1j * y)
        return np.abs(ahead / (2 + 2 * eps - eps * np.exp(-1j * x) - np.exp(-1j * y)))

    assert amplification(0.0) == pytest.approx(0.8346, abs=5e-5)
    found = mg.smoothing_factor(mg.anisotropic(2, eps), mg.GaussSeidel())
    assert float(found) == pytest.approx(amplification(y).max(), abs=1e-9)


def test_a_frequency_on_the_border_belongs_to_one_side() -> None:
    # On 8 points without twist the border of the low frequencies is sampled: 1 - 0.8 / 2 at (1/4, 0).
    assert float(mg.smoothing_factor(A, mg.Jacobi(0.8), N=8)) == pytest.approx(0.6, abs=1e-12)
    # No other frequency of a line of 4 points but 1/4 and 1/2 is high.
    line = mg.poisson(1)
    assert float(mg.smoothing_factor(line, mg.Jacobi(0.5), N=4)) == pytest.approx(0.5, abs=1e-12)


# Where cancellation eats the digits -----------------------------------------------------------------------------

PLATE = mg.biharmonic(1)
CASES: dict[str, tuple[Callable[[], Any], float, float, bool]] = {
    # Limits by mpmath with 50 digits; of fourth order rounding grows like eps / theta^4.
    "fourth order": (lambda: mg.TwoGrid(PLATE, mg.GaussSeidel()), 0.6033058, 2e-5, True),
    "fourth order, cubic": (
        lambda: mg.TwoGrid(PLATE, mg.GaussSeidel(), prolongation=mg.cubic_interpolation), 0.236076, 1e-5, False,
    ),
    "fourth order, again": (
        lambda: mg.TwoGrid(PLATE, mg.Jacobi(0.6), coarse_operator=mg.biharmonic), 0.6, 1e-5, True,
    ),
    "fourth order, injection": (
        lambda: mg.TwoGrid(PLATE, mg.GaussSeidel(), restriction=mg.injection), 1.0, 1e-6, True,
    ),
    "injection": (lambda: mg.TwoGrid(A, restriction=mg.injection), 0.52, 1e-6, True),
    "injection on a line": (lambda: mg.TwoGrid(mg.poisson(1), restriction=mg.injection), 0.68, 1e-6, True),
    "injection, rediscretised": (
        lambda: mg.TwoGrid(mg.poisson(1), restriction=mg.injection, coarse_operator=mg.poisson), 0.6, 1e-6, True,
    ),
    "a direct method": (lambda: mg.TwoGrid(mg.poisson(1), mg.RedBlack()), 0.0, 1e-12, True),
    "a narrow ridge": (
        lambda: mg.TwoGrid(mg.convection_diffusion(2, (1, 0), 1e-8), mg.GaussSeidel(blocks=mg.lines(1))),
        1 / 9, 1e-6, False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_noise_is_no_maximum(name: str) -> None:
    method, factor, error, limit = CASES[name]
    found = method().convergence_factor()
    assert float(found) == pytest.approx(factor, abs=error)
    assert found.limit == limit


def test_energy_norms_of_projections_are_below_one() -> None:
    assert float(mg.TwoGrid(PLATE, mg.GaussSeidel()).energy_norm()) < 1
    assert float(mg.TwoGrid(A, restriction=mg.injection).norm()) == math.inf


def test_helmholtz_is_singular_on_a_curve() -> None:
    for k2 in (0.1, 0.5, 2.0):
        found = mg.TwoGrid(mg.helmholtz(2, k2), mg.Jacobi(0.5)).convergence_factor()
        assert float(found) == math.inf
        assert "without bound" in repr(found)
    shifted = mg.TwoGrid(mg.helmholtz(2, 0.5 - 0.3j), mg.Jacobi(0.5)).convergence_factor()
    assert 0.6 < float(shifted) < 0.63


def test_a_search_ends_where_it_may_visit_no_more() -> None:
    def helmholtz(where: Any) -> lfa.Operator:
        return mg.helmholtz(where, 0.3 - 1e-4j)

    method = mg.TwoGrid(helmholtz(2), mg.Jacobi(0.8), coarse_operator=helmholtz)
    assert method.convergence_factor(evaluations=1000).evaluations < 4000


def test_sweeps_change_nothing_where_no_harmonics_are_coupled() -> None:
    for sweeps in (1, 20, 500):
        assert float(mg.smoothing_factor(A, mg.Jacobi(0.8), sweeps=sweeps)) == pytest.approx(0.6, abs=1e-12)


# Suprema against samples ----------------------------------------------------------------------------------------

METHODS: dict[str, Callable[[], mg.TwoGrid | mg.KGrid]] = {
    "jacobi": lambda: mg.TwoGrid(A, mg.Jacobi(0.8)),
    "gauss-seidel": lambda: rediscretised(mg.GaussSeidel()),
    "red-black": lambda: rediscretised(mg.RedBlack()),
    "sor": lambda: mg.TwoGrid(A, mg.SOR(1.1)),
    "chebyshev": lambda: mg.TwoGrid(A, mg.Chebyshev(2)),
    "lines": lambda: mg.TwoGrid(mg.anisotropic(2, 0.01), mg.GaussSeidel(blocks=mg.lines(1))),
    "rotated": lambda: mg.TwoGrid(mg.rotated_diffusion(2, 0.1, math.pi / 5), mg.GaussSeidel()),
    "convection": lambda: mg.TwoGrid(mg.convection_diffusion(2, (1, 0.3), 0.1, scheme="upwind"), mg.GaussSeidel()),
    "triangular": lambda: mg.TwoGrid(mg.poisson(lfa.lattices.triangular()), mg.Jacobi(0.8)),
    "semi-coarsening": lambda: mg.TwoGrid(mg.anisotropic(2, 0.1, axis=1), mg.Jacobi(0.7), coarse=(2, 1)),
}


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("n", [64, pytest.param(512, marks=pytest.mark.slow)])
def test_suprema_are_above_samples_and_close(name: str, n: int) -> None:
    method = METHODS[name]()
    supremum = method.convergence_factor()
    lattice = method.operator.lattice
    sampled = [float(method.convergence_factor(lattice.torus(n, twist=t))) for t in (0, 0.5)]
    assert float(supremum) >= max(sampled) - 1e-9
    assert float(supremum) <= max(sampled) + (1e-4 if n == 512 else 6e-3)


# Runs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "smoother",
    [mg.Jacobi(0.8), mg.GaussSeidel(), mg.RedBlack(), mg.Coloured(2), mg.Chebyshev(3), mg.Jacobi(0.8, mg.lines(0))],
    ids=["jacobi", "gauss-seidel", "red-black", "colours", "chebyshev", "lines"],
)
def test_runs_on_a_torus_do_what_is_predicted(smoother: Any) -> None:
    run = mg.simulate(rediscretised(smoother), torus(16), 200)
    assert run.factor == pytest.approx(float(run.predicted), rel=0.01)
    assert run.factors.shape == (200,)
    # Without a twist the constants are left out.
    run = mg.simulate(rediscretised(smoother), 16, 200)
    assert run.predicted.skipped == 1
    assert run.factor == pytest.approx(float(run.predicted), rel=0.01)


@pytest.mark.parametrize(
    ("smoother", "pre", "post", "measured"),
    [
        (mg.Jacobi(0.8), 1, 0, 0.598),
        (mg.RedBlack(), 1, 0, 0.2476),
        (mg.RedBlack(), 1, 1, 0.0738),
        (mg.Coloured(2), 1, 1, None),
        (mg.Jacobi(0.8, mg.cells(2)), 1, 1, None),
    ],
)
def test_runs_with_walls_are_close_to_the_limit(smoother: Any, pre: int, post: int, measured: float | None) -> None:
    run = mg.simulate(rediscretised(smoother, pre, post), 64, 120, kind="dirichlet")
    assert run.factor == pytest.approx(float(run.predicted), rel=0.1)
    if measured is not None:
        assert run.factor == pytest.approx(measured, rel=0.01)


def test_gauss_seidel_with_walls_is_better_than_its_limit() -> None:
    for (pre, post), measured, limit in (((1, 0), 0.303, 0.4), ((1, 1), 0.122, 0.192)):
        run = mg.simulate(rediscretised(mg.GaussSeidel(), pre, post), 32, 300, kind="dirichlet")
        assert run.factor == pytest.approx(measured, rel=0.05)
        assert float(run.predicted) == pytest.approx(limit, abs=1e-3)


def test_a_sequential_sweep_on_a_torus_is_another_method() -> None:
    method = rediscretised(mg.GaussSeidel(), 1, 0)
    sequential = mg.simulate(method, torus(16), 200, kind="sequential")
    wrapped = mg.simulate(method, torus(16), 200)
    assert sequential.factor == pytest.approx(0.363, abs=1e-3)
    assert wrapped.factor == pytest.approx(0.389, abs=1e-3)
    assert float(wrapped.predicted) == float(sequential.predicted)


@pytest.mark.parametrize("smoother", [mg.GaussSeidel(reverse=True), mg.GaussSeidel(symmetric=True), mg.SOR(1.1)])
def test_sequential_runs_of_other_sweeps(smoother: Any) -> None:
    # A sweep over the box from one end to the other, as with walls: of the assembled matrix's triangles.
    T = torus(8)
    matrix = A.to_sparse(T).toarray()
    triangles = [np.tril(matrix), np.triu(matrix)]
    if isinstance(smoother, mg.SOR):
        triangles = [np.tril(matrix) + (1 / 1.1 - 1) * np.diag(np.diag(matrix))]
    elif smoother.reverse:
        triangles = triangles[1:]
    dense = np.eye(64)
    for triangle in triangles:
        dense = (np.eye(64) - np.linalg.solve(triangle, matrix)) @ dense
    lattice = A.lattice.sublattice(2)
    method = mg.TwoGrid(A, smoother, 1, 0, coarse=2)
    run = mg.simulate(method, T, 300, kind="sequential")
    P = mg.interpolation(A.domain, lattice)
    order = lfa.regroup(np.arange(64.0).reshape(64, 1), A.domain, P.codomain, 8).ravel().astype(int)
    phases = lfa.regroup(np.ones((64, 1)), A.domain, P.codomain, T).ravel()
    moved = np.eye(64)[order] * phases[:, None]
    prolongation = moved.T @ P.to_sparse(T).toarray()
    coarse = prolongation.T @ matrix @ prolongation
    correction = np.eye(64) - prolongation @ np.linalg.solve(coarse, prolongation.T @ matrix)
    rho = np.abs(np.linalg.eigvals(correction @ dense)).max()
    assert run.factor == pytest.approx(rho, rel=0.02)


def test_k_grid_and_graphene_runs() -> None:
    w_cycle = mg.KGrid(A, 3, 2, mg.GaussSeidel())
    run = mg.simulate(w_cycle, torus(16), 200)
    assert run.factor == pytest.approx(float(run.predicted), rel=0.01)
    honeycomb = lfa.crystals.honeycomb()
    H = 3.5 * lfa.identity(honeycomb) - lfa.adjacency(honeycomb)
    run = mg.simulate(mg.TwoGrid(H, mg.colouring(H, 1)), 12, 150)
    assert run.factor == pytest.approx(float(run.predicted), rel=0.01)


def test_a_smoother_alone_runs() -> None:
    run = mg.simulate(mg.Jacobi(0.8)(A), torus(16), 400)
    assert run.factor == pytest.approx(float(run.predicted), rel=0.01)


# Best parameters ------------------------------------------------------------------------------------------------


def test_the_best_weight_of_jacobi() -> None:
    best = mg.optimize(lambda omega: mg.smoothing_factor(A, mg.Jacobi(omega)), 0.5, (0.2, 1.2))
    assert best.x == pytest.approx(4 / 5, abs=1e-6)
    assert best.factor == pytest.approx(3 / 5, abs=1e-6)
    parameters, factors = best.curve
    assert (np.diff(parameters) >= 0).all()
    assert factors.min() == best.factor
    assert best.evaluations == len(factors)


def test_the_best_of_two_weights() -> None:
    # Two steps of Richardson on a line: Chebyshev's polynomial on the high eigenvalues of D^-1 A, from 1 to 2, whose
    # ends are frequencies of 8 points.
    line = mg.poisson(1)
    centre, radius = (2 + 1) / 2, (2 - 1) / 2
    least = 1 / float(np.polynomial.Chebyshev.basis(2)(centre / radius))

    def factor(x: Any) -> Any:
        return mg.smoothing_factor(line, lambda L: mg.Jacobi(x[0])(L) @ mg.Jacobi(x[1])(L), N=64)

    best = mg.optimize(factor, [0.5, 0.9], [(0.2, 1.5), (0.2, 1.5)], starts=1)
    nodes = centre + radius * np.cos(math.pi * np.array([0.25, 0.75]))
    assert best.factor == pytest.approx(least, abs=1e-3)
    assert np.sort(best.x) == pytest.approx(np.sort(1 / nodes), abs=1e-3)
    at_best = mg.smoothing_factor(line, lambda L: mg.Jacobi(best.x[0])(L) @ mg.Jacobi(best.x[1])(L))
    assert float(at_best) == pytest.approx(least, abs=1e-3)
    assert len(best.slices) == 2
    for curve in best.slices:
        assert curve.factors.min() == pytest.approx(best.factor, abs=1e-12)


# Smoothers that are one another ---------------------------------------------------------------------------------


def test_optimal_weights_of_the_fourth_kind() -> None:
    # Table 1 of Lottes.
    from crystal_lfa.multigrid.smoothers.polynomial import optimal_weights

    assert optimal_weights(3) == pytest.approx([1.00842544782028, 1.08867839208730, 1.33753125909618], abs=1e-12)
    for degree in range(1, 21):
        weights = optimal_weights(degree)
        assert all(a < b for a, b in pairwise(weights.tolist()))


def test_colourings_are_gauss_seidel_in_another_order() -> None:
    nine = mg.q1_poisson(2)
    found = mg.colouring(nine, 2)
    assert len(found.classes or ()) == 4
    assert float(mg.smoothing_factor(nine, found)) < 0.3
    red_black = mg.colouring(A, 2)
    assert len(red_black.classes or ()) == 2
    assert float(mg.smoothing_factor(A, red_black)) == pytest.approx(0.25, abs=LIMIT)


def test_jacobi_does_not_depend_on_the_cell() -> None:
    for cell in (2, (2, 1), [[1, 1], [-1, 1]]):
        assert mg.Jacobi(0.8)(A.on(cell)).allclose(mg.Jacobi(0.8)(A).on(cell))


def test_an_order_of_unknowns() -> None:
    honeycomb = mg.poisson(lfa.crystals.honeycomb())
    first = mg.GaussSeidel(unknowns=[1, 0])(honeycomb)
    swapped = lfa.Crystal(honeycomb.lattice, honeycomb.domain.sites[::-1])
    other = mg.GaussSeidel()(lfa.identity(swapped) @ honeycomb @ lfa.identity(swapped))
    assert first.allclose(other)
    assert not first.allclose(mg.GaussSeidel()(honeycomb))


def test_jumping_coefficients_and_their_interpolation() -> None:
    jumping = mg.jumping(2, [[1.0, 1.0], [1.0, 100.0]])
    factor = mg.TwoGrid(jumping, mg.Jacobi(0.8)).convergence_factor(8)
    assert 0 < float(factor) < 1
    assert factor.skipped == 1


def test_operator_interpolation_solves_the_equations_of_a_line() -> None:
    # In one dimension nothing is collapsed: A P vanishes at the points that are not coarse.
    coefficients = [1.0, 3.0, 0.5, 7.0]
    jumping = mg.jumping(1, coefficients)
    lattice = lfa.lattices.integer(1)
    for coarse, kept in ((lattice.sublattice(2), [0, 2]), (lattice.sublattice(4), [0])):
        P = mg.operator_interpolation(jumping, coarse)
        product = (jumping @ P).symbol([[0.1], [0.4]])
        others = [row for row in range(4) if row not in kept]
        assert np.abs(product[:, others]).max() < 1e-14
        assert P.symbol([0.0]).sum(axis=1) == pytest.approx(1, abs=1e-14)
        # That makes the Galerkin operator the exact one of the coarse points: two grids with it and injection's
        # counterpart solve the problem.
        exact = mg.TwoGrid(jumping, mg.Jacobi(1.0), 0, 0, coarse=1, prolongation=P, restriction=P.T)
        assert float(exact.convergence_factor(8)) == pytest.approx(1, abs=1e-9)


def test_operator_interpolation_follows_jumps() -> None:
    pattern = np.ones((4, 4))
    pattern[1:3, 1:3] = 1000.0
    jumping, grid = mg.jumping(2, pattern), lfa.lattices.integer(2)
    T = jumping.lattice.torus(8, twist=0.5)

    def factor(P: lfa.Operator) -> float:
        method = mg.TwoGrid(jumping, mg.GaussSeidel(), coarse=1, prolongation=P, restriction=P.T / 4)
        return float(method.convergence_factor(T))

    following = mg.operator_interpolation(jumping, grid.sublattice(2))
    assert following.symbol([0, 0]).sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert factor(following) < 0.15
    assert factor(mg.interpolation(grid, 2).on(jumping.lattice)) > 0.5
    # A cycle hands over the operator of each of its levels.
    levels = mg.KGrid(A, 3, "W", mg.RedBlack(), prolongation=mg.operator_interpolation)
    plain = mg.KGrid(A, 3, 2, mg.RedBlack())
    assert float(levels.convergence_factor(torus(16))) < 1.5 * float(plain.convergence_factor(torus(16)))


def test_operator_interpolation_of_a_box_by_hand() -> None:
    # Nine points, not symmetric: the edges by collapsed rows and columns, the middle by all of its neighbours.
    rng = np.random.default_rng(5)
    weights = -rng.uniform(0.5, 2.0, size=(3, 3))
    weights[1, 1] = 0.3 - weights.sum() + weights[1, 1]
    P = mg.operator_interpolation(lfa.stencil(weights), 2)
    found = {tuple(y): m[:, 0] for y, m in zip(P.offsets.tolist(), P.multipliers, strict=True)}
    rows, columns = weights.sum(axis=1), weights.sum(axis=0)
    down, up = -rows[2] / rows[1], -rows[0] / rows[1]  # of the point (1, 0) from (2, 0) and from (0, 0)
    right, left = -columns[2] / columns[1], -columns[0] / columns[1]
    cosets = P.codomain.exact_sites
    place = {tuple(float(2 * x) for x in site): number for number, site in enumerate(cosets)}
    assert found[1, 0][place[1.0, 0.0]] == pytest.approx(down)
    assert found[0, 0][place[1.0, 0.0]] == pytest.approx(up)
    assert found[0, 1][place[0.0, 1.0]] == pytest.approx(right)
    middle = weights[1, 1]
    corner = -(weights[0, 0] + weights[0, 1] * left + weights[1, 0] * up) / middle
    assert found[0, 0][place[1.0, 1.0]] == pytest.approx(corner)


def test_crystals_matched_by_their_order_are_named() -> None:
    honeycomb = mg.poisson(lfa.crystals.honeycomb())

    def again(lattice: lfa.Lattice) -> lfa.Operator:
        return mg.poisson(lfa.Crystal(lattice, sites=[["1/3", "1/3"], ["2/3", "2/3"]]))

    method = mg.TwoGrid(honeycomb, mg.Jacobi(0.8), coarse_operator=again)
    assert len(method.notes) == 1
    assert "matched" in method.notes[0]
    assert "by their order" in repr(method)
    # Up to the scale of the spacing, the shift of the sites changes no multipliers.
    assert float(method.convergence_factor(8)) > 0
    centred = mg.TwoGrid(A, prolongation=mg.cell_centred, restriction=mg.cell_average, coarse_operator=mg.poisson)
    assert 0 < float(centred.convergence_factor()) < 0.5
