"""Point symmetries: found where they are, none where not; what they save, and that they change nothing."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import strategies as st

import crystal_lfa as lfa
from crystal_lfa import multigrid as mg
from crystal_lfa.errors import SingularSymbolError
from crystal_lfa.frequencies import Cost, Reduction, parse_memory
from crystal_lfa.geometry.frequency_maps import frequency_maps
from crystal_lfa.geometry.isometries import PointGroup, isometries
from crystal_lfa.multigrid.factors.smoothing import smoothing_operator
from crystal_lfa.operators import point_symmetries as module
from crystal_lfa.operators.point_symmetries import point_symmetries, reduction, symmetric_plan
from crystal_lfa.operators.tabulated import Tabulated
from crystal_lfa.testing.draws import random_periods

SQUARE, CUBIC, TRIANGULAR = lfa.lattices.square(), lfa.lattices.cubic(), lfa.lattices.triangular()
RECTANGULAR = lfa.Lattice([[1, 0], [0, 1.5]])


@contextmanager
def searching(worth: float) -> Iterator[None]:
    """Search for symmetries on tori of any size (0), or on none (inf)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_WORTH", worth)
        yield


def both_ways(call: Callable[[], Any]) -> tuple[Any, Any]:
    with searching(0):
        on = call()
    with searching(math.inf):
        return on, call()


def count_of(operator: Any) -> int:
    return len(point_symmetries(operator))


# Isometries -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lattice", "count"),
    [
        (lfa.lattices.integer(1), 2),
        (SQUARE, 8),
        (RECTANGULAR, 4),
        (lfa.lattices.oblique(1, 1.3, 70), 2),
        (TRIANGULAR, 12),
        (CUBIC, 48),
        (lfa.lattices.fcc(), 48),
        (lfa.lattices.bcc(), 48),
        (lfa.Lattice(np.diag([1, 1, 2])), 16),
        (lfa.Lattice([[1, 0, 0], [0.5, 0.75**0.5, 0], [0, 0, 1.6]]), 24),
        (lfa.lattices.integer(4), 2),
        (lfa.Lattice([[1, 0], [0, 1 + 1e-4]]), 4),
    ],
)
def test_isometries_are_those_of_the_textbook(lattice: lfa.Lattice, count: int) -> None:
    found = isometries(lattice)
    assert len(found) == count
    gram = lattice.basis.T @ lattice.basis
    np.testing.assert_allclose(found.transpose(0, 2, 1) @ gram @ found, np.broadcast_to(gram, found.shape), atol=1e-9)
    group = PointGroup.of(found)
    assert (group.matrices[0] == np.eye(lattice.dim)).all()
    products = np.einsum("aij,bjk->abik", group.matrices, group.matrices)
    assert (products == group.matrices[group.table]).all()


@pytest.mark.parametrize("lattice", [SQUARE, TRIANGULAR, CUBIC, lfa.lattices.fcc()], ids=["4", "6", "m3m", "fcc"])
@pytest.mark.parametrize("steps", [1, 7, 30])
def test_a_skew_basis_has_the_same_isometries(lattice: lfa.Lattice, steps: int) -> None:
    change = np.eye(lattice.dim, dtype=int) + np.diag([steps] * (lattice.dim - 1), 1)
    assert len(isometries(lattice.sublattice(change))) == len(isometries(lattice))


def test_lengths_that_agree_up_to_a_tolerance_alone_make_no_group() -> None:
    unit, turn = np.eye(2, dtype=np.int64), np.array([[0, -1], [1, 0]])
    assert PointGroup.of(np.stack([unit, turn])).matrices.tolist() == [unit.tolist(), (-unit).tolist()]


def test_a_basis_too_skew_for_short_integers_has_itself_alone() -> None:
    assert len(isometries(SQUARE.sublattice([[1, 0], [2**30, 1]]))) == 1


# What is found --------------------------------------------------------------------------------------------------

EDGES = lfa.crystals.edges(2)
FACES = lfa.Crystal(SQUARE, [[0.5, 0.5]])
CURL = lfa.CrystalOperator.from_couplings(
    EDGES, FACES, [(0, 0, (0, 0), 1), (0, 0, (0, 1), -1), (0, 1, (1, 0), 1), (0, 1, (0, 0), -1)]
)
ZIGZAG = lfa.Crystal(RECTANGULAR, [[0, "1/8"], ["1/2", "-1/8"]])
"""Mirrors alone do not map it to itself, but a glide: half a period along, and reflected."""


def elasticity() -> lfa.CrystalOperator:
    """Return the Laplacian and the gradient of the divergence, of vectors at the points of a square lattice."""
    weights = np.zeros((3, 3, 2, 2))
    weights[:, :, 0, 0] = [[0, -2, 0], [-1, 6, -1], [0, -2, 0]]
    weights[:, :, 1, 1] = weights[:, :, 0, 0].T
    weights[:, :, 0, 1] = weights[:, :, 1, 0] = np.array([[-1, 0, 1], [0, 0, 0], [1, 0, -1]]) / 4
    return lfa.stencil(weights, SQUARE)


@pytest.mark.parametrize(
    ("operator", "count"),
    [
        (mg.poisson(1), 2),
        (mg.poisson(2), 8),
        (mg.poisson(3), 48),
        (mg.poisson(TRIANGULAR), 12),
        (mg.poisson(lfa.lattices.fcc()), 48),
        (mg.mehrstellen(2), 8),
        (mg.biharmonic(2), 8),
        (mg.anisotropic(2, 0.1), 4),
        (mg.rotated_diffusion(2, 0.1, np.pi / 4), 4),
        (mg.rotated_diffusion(2, 0.1, 0.3), 2),
        (mg.convection_diffusion(2, (1, 0.5), 0.1), 1),
        (mg.convection_diffusion(2, (1, 0), 0.1), 2),
        (lfa.adjacency(lfa.crystals.honeycomb()), 12),
        (lfa.adjacency(lfa.crystals.honeycomb().shifted(["1/7", "2/5"])), 12),
        (lfa.adjacency(lfa.crystals.kagome()), 12),
        (lfa.adjacency(lfa.crystals.lieb()), 8),
        (lfa.adjacency(lfa.crystals.diamond()), 48),
        (lfa.adjacency(ZIGZAG), 4),
        (mg.poisson(2).on(2), 8),
        (mg.poisson(2).on((2, 1)), 4),
        (mg.poisson(2).on([[1, 1], [1, -1]]), 8),
        (mg.poisson(2).strictly_lower(), 2),
        ((mg.poisson(2) + lfa.identity(SQUARE)).inv(), 8),
        (mg.poisson(2).inv().T @ mg.poisson(2).H.pinv(), 8),
        (mg.anisotropic(2, 0.1).inv() @ mg.anisotropic(2, 0.1, axis=1), 4),
        (CURL, 8),
        (CURL.H @ CURL, 8),
        (elasticity(), 8),
        (lfa.zero(SQUARE, SQUARE), 8),
    ],
    ids=lambda value: None if isinstance(value, int) else type(value).__name__,
)
def test_symmetries_of_known_operators(operator: lfa.Operator, count: int) -> None:
    assert count_of(operator) == count


@pytest.mark.parametrize(
    ("method", "count"),
    [
        (mg.TwoGrid(mg.poisson(2)), 8),
        (mg.TwoGrid(mg.poisson(3)), 48),
        (mg.TwoGrid(mg.poisson(2), mg.RedBlack()), 8),
        (mg.TwoGrid(mg.poisson(2), mg.GaussSeidel()), 2),
        (mg.TwoGrid(mg.poisson(2), mg.Jacobi(0.8, mg.lines(0))), 4),
        (mg.TwoGrid(mg.poisson(2), coarse_operator=mg.poisson), 8),
        (mg.TwoGrid(mg.poisson(2), coarse=(2, 1)), 4),
        (mg.KGrid(mg.poisson(2), levels=3), 8),
        (mg.TwoGrid(elasticity() + lfa.identity(lfa.Crystal(SQUARE, dof=2))), 8),
        (mg.TwoGrid(mg.convection_diffusion(2, (1, 0.5), 0.1)), 1),
    ],
)
def test_symmetries_of_multigrid_methods(method: Any, count: int) -> None:
    assert count_of(method.error_propagator) == count


def numbers(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(3).standard_normal(shape)


@pytest.mark.parametrize("options", [{}, {"stride": 2}, {"groups": 2}, {"transposed": True}])
def test_arbitrary_weights_have_none(options: dict[str, Any]) -> None:
    assert count_of(lfa.cnn.conv(numbers((8, 4 if "groups" in options else 8, 3, 3)), **options)) == 1


def test_what_cannot_be_judged_has_none() -> None:
    laplacian = mg.poisson(2)
    weights = torch.tensor([[0.0, 1, 0], [1, 4, 1], [0, 1, 0]], requires_grad=True)
    assert count_of(lfa.stencil(weights)) == 1
    assert count_of(lfa.stencil(weights).inv()) == 1
    on_its_torus = lfa.svd(laplacian, 8).to_operator()
    assert count_of(Tabulated(on_its_torus)) == 1
    assert count_of(smoothing_operator(laplacian, mg.Jacobi(0.8))) == 1
    assert count_of(lfa.CrystalOperator(SQUARE, SQUARE, {(0, 0): sympy.Symbol("a")})) == 1


def test_places_that_are_no_simple_fractions_are_not_judged() -> None:
    assert count_of(lfa.adjacency(lfa.Crystal(SQUARE, [[0.123456789, 0], [-0.123456789, 0]]))) == 1


def test_numbers_too_large_for_exact_products_are_not_judged() -> None:
    far = lfa.CrystalOperator(SQUARE, SQUARE, {(2**40, 0): 1, (-(2**40), 0): 1})
    assert count_of(far) == 1
    slanted = SQUARE.sublattice([[1, 0], [2**25, 1]])
    assert count_of(lfa.identity(SQUARE).inv().on(slanted)) == 1


def test_signs_have_to_fit_everywhere() -> None:
    # A difference along x alone changes sign with x; with another one that does not, nothing is left.
    difference = lfa.CrystalOperator(SQUARE, SQUARE, {(1, 0): 1, (-1, 0): -1})
    assert count_of(difference) == 2
    assert count_of(difference @ difference) == 4
    assert count_of(lfa.identity(SQUARE) + difference) == 2


def test_multipliers_that_differ_by_more_than_rounding_are_no_symmetry() -> None:
    nearly = [[0, 1, 0], [1 + 1e-12, 4, 1], [0, 1, 0]]
    assert count_of(lfa.stencil(nearly)) == 2
    rounded = [[0, 1, 0], [1 + 2e-15, 4, 1], [0, 1, 0]]
    assert count_of(lfa.stencil(rounded)) == 8


# What is saved --------------------------------------------------------------------------------------------------


def orbits(operator: lfa.Operator, torus: lfa.Torus) -> int:
    """Count the orbits of a torus's frequencies by their definition, in fractions."""
    group = [np.array(matrix) for matrix in point_symmetries(operator).tolist()]
    signs = (1, -1) if operator.is_real else (1,)
    places = [torus.exact_frequency(number) for number in range(torus.order)]
    numbers_of = {place: number for number, place in enumerate(places)}
    maps = []
    for matrix in group:
        for sign in signs:
            inverse = sign * np.rint(np.linalg.inv(matrix)).astype(int).T
            images = [
                tuple(sum((int(a) * x for a, x in zip(row, place, strict=True)), Fraction(0)) % 1 for row in inverse)
                for place in places
            ]
            if all(image in numbers_of for image in images):
                maps.append([numbers_of[image] for image in images])
    # Burnside: the mean number of frequencies that stay where they are, each different map counted once.
    different = {tuple(one) for one in maps}
    return round(sum(sum(i == j for i, j in enumerate(one)) for one in different) / len(different))


CASES = [
    (mg.poisson(2), (6, 7), 0),
    (mg.poisson(2), 7, 0.5),
    (mg.poisson(2), 8, (0.5, 0)),
    (mg.poisson(2), 8, (0.25, 0.75)),
    (mg.poisson(2), 8, ("1/3", "1/3")),
    (mg.poisson(2), [[3, 1], [-1, 3]], 0),
    (mg.poisson(2), [[5, 2], [0, 4]], 0.5),
    (mg.poisson(3), 5, 0),
    (mg.poisson(3), 6, 0.5),
    (mg.poisson(3), (4, 4, 6), 0),
    (mg.poisson(TRIANGULAR), 9, 0),
    (mg.poisson(TRIANGULAR), 8, 0.5),
    (mg.poisson(TRIANGULAR), [[3, 3], [-3, 6]], 0),
    (mg.poisson(lfa.lattices.fcc()), 5, 0),
    (mg.convection_diffusion(2, (1, 0.5), 0.1), 8, 0),
    (mg.convection_diffusion(2, (1, 0), 0.1), 8, 0.5),
    (mg.convection_diffusion(2, (1, 0), 0.1), 8, ("1/3", 0)),
    (1j * lfa.identity(SQUARE) + mg.poisson(2), 8, 0),
    (lfa.adjacency(lfa.crystals.kagome()), 10, 0),
]


@pytest.mark.parametrize(("operator", "periods", "twist"), CASES)
def test_as_many_frequencies_are_visited_as_there_are_orbits(operator: Any, periods: Any, twist: Any) -> None:
    torus = operator.lattice.torus(periods, twist)
    found = reduction(operator, torus)
    assert found.count == orbits(operator, torus)
    assert found.share == found.count / torus.order


@pytest.mark.parametrize("n", [8, 16, 32, 64])
def test_shares_of_laplacians_in_closed_form(n: int) -> None:
    half = n // 2
    shares = {
        (SQUARE, 0): Fraction(math.comb(half + 2, 2), n**2),
        (SQUARE, 0.5): Fraction(math.comb(half + 1, 2), n**2),
        (CUBIC, 0): Fraction(math.comb(half + 3, 3), n**3),
        (CUBIC, 0.5): Fraction(math.comb(half + 2, 3), n**3),
    }
    for (lattice, twist), share in shares.items():
        assert reduction(mg.poisson(lattice), lattice.torus(n, twist)).share == float(share)


@pytest.mark.parametrize(
    ("lattice", "twist", "limit"),
    [
        (SQUARE, 0, 8),
        (SQUARE, 0.5, 8),
        (CUBIC, 0, 48),
        (CUBIC, 0.5, 48),
        (TRIANGULAR, 0, 12),
        # Rotations by 60 degrees map (1/2, 1/2) to (1/2, 0): a third of the symmetries keeps the twist.
        (TRIANGULAR, 0.5, 4),
    ],
)
def test_shares_tend_to_one_over_the_order_of_the_group(lattice: lfa.Lattice, twist: float, limit: int) -> None:
    shares = [limit * reduction(mg.poisson(lattice), lattice.torus(n, twist)).share for n in (12, 24, 48)]
    assert shares == sorted(shares, reverse=True)
    assert 1 < shares[-1] < 1.3


def test_a_reduction_tells_what_it_is() -> None:
    torus = SQUARE.torus(8)
    assert repr(reduction(mg.poisson(2), torus)) == "Reduction(15 of 64 frequencies, 0.234: 8 symmetries)"
    assert repr(Reduction(torus)) == "Reduction(64 of 64 frequencies, 1: all)"
    assert repr(reduction(mg.convection_diffusion(2, (1, 0.5), 0.1), torus)).endswith("0.531: opposite ones)")


def test_twists_that_a_map_changes_are_left_alone() -> None:
    counts = [
        len(frequency_maps(SQUARE.torus(8, t), isometries(SQUARE), real=False)) for t in ("1/3", (0.5, 0), 0.12345)
    ]
    assert counts == [1, 3, 0]
    assert frequency_maps(SQUARE.torus(8, math.pi / 10), isometries(SQUARE), real=True) == ()
    assert frequency_maps(SQUARE.torus(2**40), isometries(SQUARE), real=True) == ()


# Plans ----------------------------------------------------------------------------------------------------------


def test_a_plan_by_symmetries_visits_each_representative_once() -> None:
    torus = CUBIC.torus(12)
    with searching(0):
        plan = symmetric_plan(mg.poisson(3), torus, Cost(working=200_000, result=8), 10**9)
    spans = list(plan.chunks())
    assert len(spans) == len(plan) > 3
    assert [span.start for span in spans] == [0, *(span.stop for span in spans[:-1])]
    assert spans[-1].stop == torus.order
    visited = np.concatenate([plan.visited(span) for span in spans])
    assert max(len(plan.visited(span)) for span in spans) == plan.chunk
    reached = [visited, *(others for others, _ in plan.reduction.images(visited))]
    assert set(np.concatenate(reached).tolist()) == set(range(torus.order))
    assert plan.share == len(visited) / torus.order
    for span in spans:
        # As it travels to another process.
        alone = copy.deepcopy(plan.within(span))
        assert len(alone.reduction.representatives) == len(plan.visited(span))
        assert (alone.visited(span) == plan.visited(span)).all()


def test_small_tori_are_not_searched() -> None:
    A, cost = mg.poisson(2), Cost(working=1000, result=8)
    plans = [symmetric_plan(A, SQUARE.torus(n), cost, 10**9) for n in (64, 128)]
    assert [bool(plan.reduction.maps) for plan in plans] == [False, True]
    assert plans[0].halved
    assert not plans[1].halved


def test_without_memory_for_a_list_of_frequencies_halves_are_visited() -> None:
    A, torus, cost = mg.poisson(2), SQUARE.torus(256), Cost(working=1000, result=8)
    assert symmetric_plan(A, torus, cost, parse_memory("100MB")).reduction.maps
    assert symmetric_plan(A, torus, cost, 8 * torus.order + 10_000).halved


def test_executors_and_chunks_change_no_bit() -> None:
    A, torus = mg.TwoGrid(mg.poisson(2)).error_propagator, SQUARE.torus(64, 0.5)
    with searching(0):
        expected = lfa.eigvals(A, torus)
        with ThreadPoolExecutor(3) as pool:
            assert (lfa.eigvals(A, torus, executor=pool) == expected).all()


# That nothing changes -------------------------------------------------------------------------------------------


def same_rows(one: np.ndarray, other: np.ndarray, scale: float) -> None:
    """Compare rows as sets: rounding may order eigenvalues of nearly equal modulus either way."""
    apart = np.abs(one[:, :, None] - other[:, None, :])
    assert max(apart.min(axis=1).max(), apart.min(axis=2).max()) <= 1e-13 * scale
    np.testing.assert_allclose(np.abs(one), np.abs(other), atol=1e-13 * scale)


def nothing_changes(operator: lfa.Operator, torus: Any, *, rtol: float = 1.0) -> None:
    """Compare values with and without a search for symmetries."""
    on, off = both_ways(lambda: lfa.svdvals(operator, torus))
    scale = rtol * max(float(off.max()), 1.0)
    np.testing.assert_allclose(on, off, atol=1e-13 * scale)
    on, off = both_ways(lambda: lfa.norm(operator, torus).lower)
    assert abs(on - off) <= 1e-13 * scale
    if operator.domain == operator.codomain:
        same_rows(*both_ways(lambda: lfa.eigvals(operator, torus)), scale)
        on, off = both_ways(lambda: lfa.spectral_radius(operator, torus).lower)
        assert abs(on - off) <= 1e-13 * scale


@pytest.mark.parametrize(("operator", "periods", "twist"), CASES)
def test_values_on_tori(operator: Any, periods: Any, twist: Any) -> None:
    nothing_changes(operator, operator.lattice.torus(periods, twist))


@pytest.mark.parametrize("twist", [0, 0.5, "1/3"])
@pytest.mark.parametrize(
    "operator",
    [
        lfa.adjacency(lfa.crystals.honeycomb()),
        lfa.adjacency(lfa.crystals.honeycomb().shifted(["1/7", "2/5"])),
        lfa.adjacency(lfa.crystals.kagome()),
        lfa.adjacency(lfa.crystals.lieb()),
        lfa.adjacency(lfa.crystals.diamond()),
        lfa.adjacency(ZIGZAG),
        mg.poisson(2).on((2, 1)),
        mg.poisson(2).strictly_lower(),
        CURL,
        CURL.H @ CURL,
        elasticity(),
        mg.rotated_diffusion(2, 0.1, np.pi / 4),
        (mg.anisotropic(2, 0.3) + lfa.identity(SQUARE)).inv() @ mg.poisson(2).strictly_lower(),
        (mg.poisson(TRIANGULAR) + 2 * lfa.identity(TRIANGULAR)).inv().T,
    ],
)
def test_values_of_crystals_and_composed_operators(operator: lfa.Operator, twist: Any) -> None:
    nothing_changes(operator, operator.lattice.torus(5 if operator.lattice.dim == 3 else 9, twist))


@pytest.mark.parametrize(
    ("method", "periods", "twist"),
    [
        (mg.TwoGrid(mg.poisson(2)), 32, 0.5),
        (mg.TwoGrid(mg.poisson(2)), 32, 0),
        (mg.TwoGrid(mg.poisson(2)), 32, (0.5, 0)),
        (mg.TwoGrid(mg.poisson(2)), [[8, 4], [-4, 8]], 0.5),
        (mg.TwoGrid(mg.poisson(3)), 12, 0.5),
        (mg.TwoGrid(mg.poisson(2), mg.RedBlack()), 32, 0.5),
        (mg.TwoGrid(mg.poisson(2), mg.GaussSeidel()), 32, 0.5),
        (mg.TwoGrid(mg.anisotropic(2, 0.1), mg.Jacobi(0.8, mg.lines(0))), 24, 0.5),
        (mg.TwoGrid(mg.poisson(TRIANGULAR)), 24, 0.5),
        (mg.TwoGrid(mg.poisson(TRIANGULAR), coarse_operator=mg.poisson), 24, 0),
        (mg.KGrid(mg.poisson(2), levels=3), 32, 0.5),
        (mg.TwoGrid(mg.convection_diffusion(2, (1, 0), 0.1)), 24, 0.5),
        (mg.TwoGrid(elasticity()), 24, 0.5),
    ],
)
def test_factors_of_multigrid_methods(method: Any, periods: Any, twist: Any) -> None:
    torus = method.operator.lattice.torus(periods, twist)
    energy = [method.energy_norm] if method.operator.is_hermitian else []
    for measure in (method.convergence_factor, method.norm, *energy):
        on, off = both_ways(lambda measure=measure: measure(torus))
        assert abs(on.lower - off.lower) <= 1e-12 * max(off.lower, 1)
        assert on.skipped == off.skipped


def test_frequencies_without_an_inverse_are_counted_with_all_that_they_stand_for() -> None:
    # 2 - cos x - cos y vanishes at the origin alone, cos x + cos y on a whole square of frequencies.
    shifted = mg.poisson(2) - 4 * lfa.identity(SQUARE)
    method = mg.TwoGrid(mg.poisson(2), coarse_operator=lambda coarse: mg.poisson(coarse) - 1 * lfa.identity(coarse))
    on, off = both_ways(lambda: method.convergence_factor(SQUARE.torus(16)))
    assert on.skipped == off.skipped > 2
    torus = SQUARE.torus(16)
    with searching(0), pytest.raises(SingularSymbolError, match="to which symmetries of the operator map these"):
        lfa.svdvals(shifted.inv(), torus)
    with searching(math.inf), pytest.raises(SingularSymbolError, match="opposite frequencies; a twist"):
        lfa.svdvals(shifted.inv(), torus)


def drawn_group(rng: np.random.Generator, lattice: lfa.Lattice) -> np.ndarray:
    """Return the subgroup that a few random isometries generate."""
    group = PointGroup.of(isometries(lattice))
    members = np.arange(len(group.matrices)) == 0
    for _ in range(int(rng.integers(1, 3))):
        members = group.generated(members, int(rng.integers(len(members))))
    return np.asarray(group.matrices[members])


@given(seed=st.integers(0, 2**32 - 1))
def test_random_stencils_with_random_symmetries(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = (SQUARE, TRIANGULAR, RECTANGULAR, CUBIC, lfa.lattices.bcc())[int(rng.integers(5))]
    group = drawn_group(rng, lattice)
    rows, columns = rng.integers(1, 4, size=2)
    matrices: dict[tuple[int, ...], np.ndarray] = {}
    for _ in range(int(rng.integers(1, 4))):
        matrix = rng.standard_normal((rows, columns)) + 1j * rng.integers(2) * rng.standard_normal((rows, columns))
        start = rng.integers(-2, 3, size=lattice.dim)
        for image in {tuple((one @ start).tolist()) for one in group}:
            matrices[image] = matrices.get(image, 0) + matrix
    operator = lfa.CrystalOperator(
        lfa.Crystal(lattice, dof=int(columns)), lfa.Crystal(lattice, dof=int(rows)), matrices
    )
    found = {str(matrix) for matrix in point_symmetries(operator).tolist()}
    assert {str(matrix) for matrix in group.tolist()} <= found
    twist = [(0, 0.5, "1/3", "2/3")[int(i)] for i in rng.integers(4, size=lattice.dim)]
    periods = random_periods(rng, lattice.dim, 60) if rng.integers(2) else int(rng.integers(2, 6))
    nothing_changes(operator, lattice.torus(periods, twist))


@given(seed=st.integers(0, 2**32 - 1))
def test_random_operators_on_shifted_crystals(seed: int) -> None:
    rng = np.random.default_rng(seed)
    crystal = (lfa.crystals.honeycomb(), lfa.crystals.kagome(), lfa.crystals.lieb(), ZIGZAG)[int(rng.integers(4))]
    moved = crystal.shifted([Fraction(int(rng.integers(12)), 12) for _ in range(2)])
    near, far = rng.standard_normal(2)
    operator = near * lfa.adjacency(moved, 1) + far * lfa.adjacency(moved, 2) + lfa.identity(moved)
    expected = near * lfa.adjacency(crystal, 1) + far * lfa.adjacency(crystal, 2) + lfa.identity(crystal)
    assert count_of(operator) == count_of(expected)
    nothing_changes(operator, crystal.lattice.torus(random_periods(rng, 2, 40), (0, 0.5)[int(rng.integers(2))]))


@given(seed=st.integers(0, 2**32 - 1))
def test_random_systems_whose_components_change_signs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = (SQUARE, RECTANGULAR, TRIANGULAR)[int(rng.integers(3))]
    group = drawn_group(rng, lattice)
    # Of each component a character of the group: how it turns under each isometry.
    characters = [lambda _: 1, lambda one: round(np.linalg.det(one))]
    size = int(rng.integers(1, 4))
    chosen = [characters[int(i)] for i in rng.integers(2, size=size)]
    matrices: dict[tuple[int, ...], np.ndarray] = {}
    for _ in range(2):
        matrix, start = rng.standard_normal((size, size)), rng.integers(-2, 3, size=2)
        for one in group:
            signs = np.array([character(one) for character in chosen])
            image = tuple((one @ start).tolist())
            matrices[image] = matrices.get(image, 0) + signs[:, None] * matrix * signs
    crystal = lfa.Crystal(lattice, dof=size)
    operator: lfa.Operator = lfa.CrystalOperator(crystal, crystal, matrices)
    assert count_of(operator) >= len(group)
    if rng.integers(2):
        operator = operator.on(random_periods(rng, 2, 6))
    if rng.integers(2):
        operator = operator @ (operator.H @ operator + lfa.identity(operator.domain)).inv()
    twist, size = (0, 0.5)[int(rng.integers(2))], 6 * int(rng.integers(2, 5))
    fits = operator.lattice.contains(lattice.sublattice(size))
    # Inverses of A^H A + 1, and eigenvalues that are not those of a normal matrix, have fewer digits.
    nothing_changes(operator, lattice.torus(size, twist) if fits else operator.lattice.torus(4, twist), rtol=100)


@pytest.mark.parametrize("shift", [(1, 0), ("1/3", "2/3"), (-2, 5)])
def test_operators_between_crystals_described_apart(shift: Any) -> None:
    start = lfa.crystals.honeycomb()
    goal = start.shifted(shift)
    laplacian = lfa.adjacency(start)
    moved = lfa.CrystalOperator.from_arrays(start, goal, laplacian.offsets, laplacian.multipliers)
    nothing_changes(moved, start.lattice.torus(8, 0.5))
