"""Norms on the infinite lattice: certified intervals, adversarial operators, refined suprema, other ends of spectra."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

import crystal_lfa as lfa
from crystal_lfa.errors import FreeParametersError
from crystal_lfa.frequencies.refinement import refined_supremum
from crystal_lfa.geometry.exact.span import span
from crystal_lfa.testing.draws import RandomOperator, random_lattice

LINE, PLANE = lfa.lattices.integer(1), lfa.lattices.integer(2)
CUBIC = lfa.Crystal(lfa.lattices.cubic())
LAPLACIAN = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
TORUS_POINTS = {1: 2048, 2: 48, 3: 16}


def random_operator(seed: int) -> lfa.CrystalOperator:
    """Draw an operator in 1 to 3 dimensions, of range up to 3, up to 6 x 6, real or complex, on a skew lattice."""
    rng = np.random.default_rng(seed)
    lattice = random_lattice(rng)
    sizes = rng.integers(1, 7, size=2).tolist()
    crystals = [lfa.Crystal(lattice, dof=size) for size in sizes]
    options = {"reach": int(rng.integers(1, 4)), "imaginary": bool(rng.random() < 0.5)}
    return RandomOperator.between(rng, *crystals, **options).operator


def norms(operator: lfa.Operator, frequencies: Any) -> Any:
    return np.linalg.svd(np.asarray(operator.symbol(frequencies)), compute_uv=False)[..., 0]


def best_seen(operator: lfa.CrystalOperator, rng: np.random.Generator, samples: int, ascents: int) -> float:
    """Return the largest of random samples, of a torus, and of ascents from the best samples."""
    dimension = operator.lattice.dim
    frequencies = rng.random((samples, dimension))
    values = norms(operator, frequencies)
    best = max(values.max(), float(lfa.svdvals(operator, TORUS_POINTS[dimension]).max()))
    for start in frequencies[np.argsort(-values)[:ascents]]:
        best = max(best, -minimize(lambda kappa: -norms(operator, kappa), start, method="Nelder-Mead").fun)
    return float(best)


def check_interval(operator: lfa.CrystalOperator, seed: int, samples: int, ascents: int) -> None:
    dimension = operator.lattice.dim
    rtol = 1e-6 if dimension < 3 else 1e-4
    found = lfa.norm(operator, rtol=rtol)
    assert found.certified
    assert found.upper <= found.lower * (1 + rtol) * (1 + 1e-12)
    assert norms(operator, found.frequency) == pytest.approx(found.lower, rel=1e-12)
    assert float(found.value) == pytest.approx(found.lower, rel=1e-15)
    best = best_seen(operator, np.random.default_rng(seed), samples, ascents)
    assert best <= found.upper
    assert found.lower >= best * (1 - rtol)


@pytest.mark.parametrize("seed", range(40))
def test_the_interval_holds_what_samples_show(seed: int) -> None:
    check_interval(random_operator(seed), seed, 2000, 3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_the_interval_holds_what_samples_show_thoroughly(seed: int) -> None:
    check_interval(random_operator(seed), seed, 10_000, 20)


# Adversaries ----------------------------------------------------------------------------------------------------


def line(multipliers: dict[int, Any]) -> lfa.CrystalOperator:
    return lfa.CrystalOperator(LINE, LINE, multipliers)


def orthogonal(rng: np.random.Generator, channels: int, steps: int, dimension: int) -> lfa.Operator:
    """Return a product of P + (1 - P) shift, P projectors: a convolution all of whose singular values are one."""
    crystal = lfa.Crystal(lfa.lattices.integer(dimension), dof=channels)
    product: lfa.Operator = lfa.identity(crystal)
    for step in range(steps):
        basis, _ = np.linalg.qr(rng.standard_normal((channels, channels // 2)))
        projector = basis @ basis.T
        offset = tuple(int(axis == step % dimension) for axis in range(dimension))
        parts = {(0,) * dimension: projector, offset: np.eye(channels) - projector}
        product = product @ lfa.CrystalOperator(crystal, crystal, parts)
    return product


CLOSED_FORMS = {
    "1 + e^(i theta)": (line({0: 1, 1: 1}), 2.0),
    "an even number of taps": (line({0: 1, 1: 2, 2: 2, 3: 1}), 6.0),
    "cosine, its maximum between samples": (line({-7: np.exp(0.3j) / 2, 7: np.exp(-0.3j) / 2}), 1.0),
    "two cosines": (line({-5: 0.5j, 5: -0.5j, 0: 2}), 3.0),
    "five-point Laplacian": (LAPLACIAN, 8.0),
    "Laplacian in three dimensions": (6 * lfa.identity(CUBIC) - lfa.adjacency(CUBIC), 12.0),
    "strided sum": (lfa.cnn.conv(np.ones((1, 1, 2, 2)), stride=2), 2.0),
    "a shift": (line({2**50: 3}), 3.0),
    "complex, both ends apart": (line({0: 1, 1000: 1j}), 2.0),
    "constant along a direction": (lfa.CrystalOperator(PLANE, PLANE, {(1, 1): 1, (-1, -1): 1, (0, 0): 1}), 3.0),
    "graphene": (lfa.adjacency(lfa.crystals.honeycomb()), 3.0),
    "tiny": (line({0: 1e-300, 1: 1e-300}), 2e-300),
    "huge": (line({0: 8e307, 1: 8e307}), 1.6e308),
    "zero": (lfa.zero(lfa.Crystal(PLANE, dof=2), lfa.Crystal(PLANE)), 0.0),
}  # fmt: skip


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_closed_forms(name: str) -> None:
    operator, expected = CLOSED_FORMS[name]
    found = lfa.norm(operator)
    assert found.certified
    assert found.lower <= expected * (1 + 1e-14)
    assert found.upper >= expected * (1 - 1e-15)
    assert found.upper - found.lower <= 1e-6 * expected


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_orthogonal_convolutions_are_as_flat_as_can_be(rng: np.random.Generator, dimension: int) -> None:
    found = lfa.norm(orthogonal(rng, 4, 5, dimension))
    assert found.lower == pytest.approx(1, abs=1e-14)
    assert found.upper == pytest.approx(1, abs=1e-12)


def test_what_is_flat_and_not_orthogonal_stays_wide_and_says_so() -> None:
    """The flat band of kagome, as the largest eigenvalue at every frequency."""
    kagome = lfa.crystals.kagome()
    found = lfa.norm(4 * lfa.identity(kagome) - lfa.adjacency(kagome), evaluations=20_000)
    assert found.certified
    assert found.lower == pytest.approx(6, rel=1e-14)
    assert 1e-6 < found.upper / found.lower - 1 < 1e-2
    assert found.evaluations <= 20_000


def test_fewer_evaluations_give_a_wider_interval_that_holds() -> None:
    operator = lfa.cnn.conv(np.random.default_rng(3).standard_normal((4, 3, 5, 5)))
    exact = lfa.norm(operator)
    widths = []
    for evaluations in (1, 500, 1000, 3000):
        found = lfa.norm(operator, evaluations=evaluations)
        assert found.evaluations <= evaluations
        assert found.lower <= exact.upper
        assert exact.lower <= found.upper
        widths.append(found.upper - found.lower)
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("channels", [2, 14])
def test_large_symbols_are_compared_by_cholesky(channels: int) -> None:
    """Sizes on both sides of the one from which thresholds are tested instead of singular values computed."""
    weight = np.random.default_rng(channels).standard_normal((channels, channels, 3, 3))
    operator = lfa.cnn.conv(weight)
    found = lfa.norm(operator)
    assert found.upper / found.lower - 1 <= 1.1e-6
    assert lfa.svdvals(operator, 64).max() <= found.upper
    single = lfa.norm(operator, rtol=1e-3, dtype="float32")
    assert single.lower <= found.upper * (1 + 1e-5)
    assert single.upper >= found.lower


def test_channels_that_do_not_meet_are_searched_apart() -> None:
    weight = np.random.default_rng(5).standard_normal((600, 1, 3, 3))
    found = lfa.norm(lfa.cnn.conv(weight, groups=600), rtol=1e-4)
    largest = weight[np.argsort(-np.abs(weight).sum((1, 2, 3)))[:40]]
    each = [lfa.norm(lfa.cnn.conv(kernel[None]), rtol=1e-4).lower for kernel in largest]
    assert found.lower == pytest.approx(max(each), rel=1e-4)
    assert found.upper / found.lower - 1 <= 1.1e-4


def zero_padded(weight: Any, n: int, stride: int) -> Any:
    """Return the dense matrix of a convolution with zero padding on n pixels (an axis)."""
    spatial = weight.ndim - 2
    images = torch.eye(weight.shape[1] * n**spatial, dtype=torch.float64).reshape(-1, weight.shape[1], *(n,) * spatial)
    convolve = (torch.nn.functional.conv1d, torch.nn.functional.conv2d)[spatial - 1]
    padding = weight.shape[2] // 2
    return convolve(images, torch.tensor(weight), stride=stride, padding=padding).reshape(len(images), -1).numpy()


KERNELS = [(2, 3, 3), (3, 2, 3, 3), (1, 1, 5, 5), (2, 2, 2, 2)]


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_zero_padding_never_exceeds_the_bound(kernel: tuple[int, ...], stride: int) -> None:
    check_zero_padding(kernel, stride, 24 if len(kernel) == 3 else 10)


@pytest.mark.slow
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_zero_padding_never_exceeds_the_bound_up_to_24(kernel: tuple[int, ...], stride: int) -> None:
    check_zero_padding(kernel, stride, 24)


def check_zero_padding(kernel: tuple[int, ...], stride: int, largest: int) -> None:
    weight = np.random.default_rng(len(kernel)).standard_normal(kernel)
    bound = lfa.norm(lfa.cnn.conv(weight, stride=stride))
    found = [np.linalg.norm(zero_padded(weight, n, stride), 2) for n in range(2, largest + 1)]
    assert max(found) <= bound.upper
    # Larger inputs come near to it.
    assert max(found) > 0.8 * bound.lower


def test_the_bound_holds_on_every_torus() -> None:
    operator = random_operator(11)
    bound = lfa.norm(operator).upper
    rng = np.random.default_rng(0)
    for _ in range(20):
        extents = rng.integers(1, 6, size=operator.lattice.dim).tolist()
        torus = operator.lattice.torus(extents, twist=float(rng.random()))
        assert lfa.svdvals(operator, torus).max() <= bound


# Other libraries and options ------------------------------------------------------------------------------------


def test_tensors_keep_their_gradient() -> None:
    weight = torch.tensor(np.random.default_rng(0).standard_normal((3, 2, 3, 3)), requires_grad=True)
    found = lfa.norm(lfa.cnn.conv(weight))
    assert isinstance(found.value, torch.Tensor)
    assert found.value.ndim == 0
    found.value.backward()
    numbers = lfa.norm(lfa.cnn.conv(weight.detach().numpy()))
    assert found.value.item() == pytest.approx(numbers.lower, rel=1e-12)
    step = 1e-6 * weight.grad
    ahead = lfa.norm(lfa.cnn.conv((weight.detach() + step).numpy())).lower
    assert ahead - numbers.lower == pytest.approx(1e-6 * float((weight.grad**2).sum()), rel=1e-2)


def test_progress_and_memory_are_heeded() -> None:
    operator = lfa.cnn.conv(np.random.default_rng(1).standard_normal((3, 3, 3, 3)))
    seen: list[tuple[int, int]] = []
    lfa.norm(operator, progress=lambda done, total: seen.append((done, total)))
    assert seen
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    with pytest.raises(lfa.errors.MemoryBudgetError, match="memory: 100 B cannot hold"):
        lfa.norm(operator, memory=100)


# Refined suprema ------------------------------------------------------------------------------------------------


def two_grid(omega: float = 0.8) -> lfa.Operator:
    unit = lfa.identity(LAPLACIAN.domain)
    prolongation = lfa.interpolation(LAPLACIAN.domain, 2)
    restriction = prolongation.H / 4
    coarse = (restriction @ LAPLACIAN @ prolongation).inv()
    smoother = unit - omega * LAPLACIAN.diagonal().inv() @ LAPLACIAN
    return smoother @ (unit - prolongation @ coarse @ restriction @ LAPLACIAN) @ smoother


def test_a_two_grid_factor_is_a_limit_at_frequency_zero() -> None:
    # The harmonic (1/2, 1/2) of frequencies near 0, which the coarse grid sees less and less of: (1 - 2 * 0.9)^2.
    found = lfa.spectral_radius(two_grid(0.9))
    assert not found.certified
    assert found.limit
    assert found.skipped == 1
    assert float(found) == pytest.approx(0.64, abs=1e-9)
    assert "1 frequencies left out" in repr(found)


def test_an_inverse_without_bound_has_an_infinite_norm() -> None:
    found = lfa.norm(LAPLACIAN.inv())
    assert found.lower == math.inf
    assert found.limit
    shifted = (LAPLACIAN + 0.01 * lfa.identity(LAPLACIAN.domain)).inv()
    assert float(lfa.norm(shifted)) == pytest.approx(100, rel=1e-9)


def test_spectral_radii() -> None:
    line_operator = line({0: 1, 1: 2, 2: 3})
    found = lfa.spectral_radius(line_operator)
    assert not found.certified
    assert float(found) == pytest.approx(6, rel=1e-9)
    hermitian = lfa.spectral_radius(LAPLACIAN)
    assert hermitian.certified
    assert hermitian.upper == pytest.approx(8, rel=1e-12)
    # A maximum that no grid holds: |1 + 2 e^(i (theta - 1))| with a matrix that is not normal.
    crystal = lfa.Crystal(LINE, dof=2)
    turned = lfa.CrystalOperator(crystal, crystal, {0: np.array([[1, 5], [0, 0]]), 1: 2 * np.exp(-1j) * np.eye(2)})
    assert float(lfa.spectral_radius(turned)) == pytest.approx(3, rel=1e-9)


def test_smallest_singular_values() -> None:
    assert float(lfa.smallest_singular_value(line({-1: -1, 0: 3, 1: -1}))) == pytest.approx(1, rel=1e-9)
    assert float(lfa.smallest_singular_value(LAPLACIAN)) == pytest.approx(0, abs=1e-12)
    on_torus = lfa.smallest_singular_value(LAPLACIAN, PLANE.torus(8, twist=0.5))
    assert on_torus.lower == on_torus.upper == pytest.approx(4 - 4 * math.cos(math.pi / 8))
    # |2 + 7 w - w^2| has no zero; its minimum lies at w = 1 or -1.
    assert float(lfa.smallest_singular_value(lfa.stencil([2, 7, -1]))) == pytest.approx(6, rel=1e-9)
    assert repr(lfa.smallest_singular_value(line({0: 2}))).startswith("Infimum(2 attained, no lower bound, at kappa")
    wide = lfa.cnn.conv(np.random.default_rng(0).standard_normal((2, 5, 3, 3)))
    smallest = lfa.svdvals(wide, (8, 8)).min()
    assert lfa.smallest_singular_value(wide, (8, 8)).upper == pytest.approx(smallest, rel=1e-12)
    assert lfa.smallest_singular_value(wide).upper <= smallest
    assert lfa.smallest_singular_value(lfa.TorusOperator.of(wide, (8, 8))).upper == pytest.approx(smallest, rel=1e-12)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (LAPLACIAN, (0, 8)),
        (-1 * lfa.adjacency(lfa.lattices.triangular()), (-6, 3)),
        (-1 * lfa.adjacency(lfa.crystals.honeycomb()), (-3, 3)),
        (lfa.identity(lfa.Crystal(PLANE, dof=3)), (1, 1)),
        (lfa.zero(lfa.Crystal(PLANE), lfa.Crystal(PLANE)), (0, 0)),
    ],
    ids=["laplacian", "triangular", "graphene", "identity", "zero"],
)
def test_extreme_eigenvalues(operator: lfa.Operator, expected: tuple[float, float]) -> None:
    lowest, highest = lfa.extreme_eigenvalues(operator)
    assert lowest.certified
    assert highest.certified
    for found, exact in ((lowest, expected[0]), (highest, expected[1])):
        assert found.lower <= exact + 1e-12
        assert found.upper >= exact - 1e-12
        assert found.upper - found.lower <= 3e-5
    on_torus = lfa.extreme_eigenvalues(operator, 6)
    values = lfa.eigvals(operator, 6)
    assert [float(x) for x in on_torus] == pytest.approx([values.min(), values.max()])


def test_extreme_eigenvalues_of_composed_operators() -> None:
    inverse = (LAPLACIAN + lfa.identity(LAPLACIAN.domain)).inv()
    lowest, highest = lfa.extreme_eigenvalues(inverse)
    assert not lowest.certified
    assert (lowest.value, highest.value) == pytest.approx((1 / 9, 1), rel=1e-9)


@pytest.mark.parametrize(("seed", "kernel"), [(0, 5), (2, 3)])
def test_singular_values_that_vanish_somewhere_are_found(seed: int, kernel: int) -> None:
    """Of square layers in two dimensions, at frequencies that no grid has: tips of narrow cones."""
    layer = lfa.cnn.conv(np.random.default_rng(seed).standard_normal((4, 4, kernel, kernel)))
    assert lfa.smallest_singular_value(layer).upper < 1e-12
    assert lfa.condition_number(layer) == math.inf


def test_what_is_finite_beside_a_singular_inverse_stays_so() -> None:
    unit = lfa.identity(lfa.Crystal(LINE))
    laplacian = lfa.stencil([-1, 2, -1])
    shifted = unit + laplacian.inv() @ laplacian @ laplacian
    smallest = lfa.smallest_singular_value(shifted)
    assert smallest.upper == pytest.approx(1, abs=1e-6)
    assert smallest.skipped == 1
    assert lfa.condition_number(shifted) == pytest.approx(5, rel=1e-6)
    lowest, highest = lfa.extreme_eigenvalues((laplacian.inv() + unit).inv())
    assert (lowest.upper, highest.lower) == pytest.approx((0, 0.8), abs=1e-6)


def test_poles_between_the_frequencies_of_grids_are_infinite() -> None:
    for taps in ([-1, 1.2, -1], [-1, 1, -1]):
        found = lfa.norm(lfa.stencil(taps).inv())
        assert found.lower == math.inf
        assert found.limit
    assert lfa.norm(lfa.stencil([-1, 2, -1]).pinv()).lower == math.inf


def test_a_shift_changes_no_distance_of_eigenvalues() -> None:
    half = lfa.stencil(np.random.default_rng(0).standard_normal((3, 3)))
    operator = half + half.H
    lowest, highest = lfa.extreme_eigenvalues(operator)
    width = highest.upper - lowest.lower
    moved = lfa.extreme_eigenvalues(1e4 * lfa.identity(operator.domain) + operator)
    for end, plain in zip(moved, (lowest, highest), strict=True):
        assert end.upper - end.lower <= 2e-6 * width
        assert end.lower - 1e4 <= plain.upper + 1e-8
        assert end.upper - 1e4 >= plain.lower - 1e-8


@pytest.mark.parametrize(("dimension", "reach"), [(1, 2**40), (2, 5000), (3, 100), (4, 17)])
def test_searches_that_cannot_begin_stay_within_memory(dimension: int, reach: int) -> None:
    lattice = lfa.lattices.integer(dimension)
    unit = np.eye(dimension, dtype=int)
    multipliers = {(0,) * dimension: 1.0}
    for axis in unit.tolist():
        multipliers |= {tuple(axis): 1.0, tuple(reach * x for x in axis): -1.0}
    operator = lfa.CrystalOperator(lattice, lattice, multipliers)
    tracemalloc.start()
    try:
        found = lfa.norm(operator, memory="10MB", evaluations=100)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10e6
    assert found.certified
    samples = np.random.default_rng(0).random((2000, dimension))
    assert norms(operator, samples).max() <= found.upper
    assert found.lower > 0.6 * found.upper


@pytest.mark.parametrize("exponent", [22, 50])
def test_slanted_offsets_far_out(exponent: int) -> None:
    far = 2**exponent
    offsets = {(0, 0): 1, (far, far - 1): 1, (far + 1, far): 1}
    assert lfa.norm(lfa.CrystalOperator(PLANE, PLANE, offsets)).upper == pytest.approx(3, rel=1e-12)


def test_subnormal_numbers_have_a_norm() -> None:
    assert lfa.norm(line({-1: 1e-310, 0: 3e-310, 1: 1e-310})).lower == pytest.approx(5e-310, rel=1e-9)


def test_frequencies_handed_out_cannot_be_changed() -> None:
    for found in (lfa.norm(LAPLACIAN), lfa.norm(LAPLACIAN, 4), lfa.smallest_singular_value(LAPLACIAN)):
        assert not found.frequency.flags.writeable


def test_condition_numbers() -> None:
    assert lfa.condition_number(line({-1: -1, 0: 3, 1: -1})) == pytest.approx(5, rel=1e-9)
    assert lfa.condition_number(line({-1: -1, 0: 3, 1: -1}), 7) == pytest.approx(4.801937735804838 / 1)
    assert lfa.condition_number(LAPLACIAN, 6) == math.inf
    assert lfa.condition_number(LAPLACIAN) == math.inf
    assert math.isnan(lfa.condition_number(lfa.zero(lfa.Crystal(LINE), lfa.Crystal(LINE)), 3))


@given(
    st.lists(st.tuples(*[st.integers(-9, 9)] * 3), min_size=1, max_size=7),
)
def test_a_span_holds_its_vectors_exactly(vectors: list[tuple[int, ...]]) -> None:
    basis, coordinates = span(vectors)
    for vector, row in zip(vectors, coordinates, strict=True):
        assert vector == tuple(sum(z * b[i] for z, b in zip(row, basis, strict=True)) for i in range(3))
    rank = np.linalg.matrix_rank(np.array(vectors, dtype=float))
    assert len(basis) == rank
    # Its basis vectors are combinations of them: the lattices have one index in any common one.
    if rank == 3:
        minors = [abs(round(np.linalg.det(np.array(rows)))) for rows in itertools.combinations(vectors, 3)]
        assert math.gcd(*minors) == abs(round(np.linalg.det(np.array(basis))))


def test_a_refined_search_that_is_not_allowed_to_go_on_says_so() -> None:
    found = refined_supremum(lambda points: points[:, 0], 1, 1e-9, 10, even=False)
    assert not found.settled
    assert len(found.history) == 1


def test_free_parameters_have_no_norm() -> None:
    sympy = pytest.importorskip("sympy")
    with pytest.raises(FreeParametersError):
        lfa.norm(lfa.stencil([sympy.Symbol("a"), 1]))
