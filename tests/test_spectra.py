"""Singular values: closed forms, precision, scale, and what is handed out."""

from __future__ import annotations

import pickle
import tracemalloc
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import crystal_lfa as lfa
from crystal_lfa.operators.algebra import sampled
from crystal_lfa.spectra import enclosed_beside_samples, norm_from_samples

LINE, PLANE = lfa.lattices.integer(1), lfa.lattices.integer(2)
LAPLACIAN = lfa.CrystalOperator(PLANE, PLANE, {(0, 0): 4, (1, 0): -1, (-1, 0): -1, (0, 1): -1, (0, -1): -1})


def random_convolution(
    rng: np.random.Generator, channels: tuple[int, int] = (3, 2), dtype: str = "float64"
) -> lfa.CrystalOperator:
    offsets = [(i, j) for i in range(-1, 2) for j in range(-1, 2)]
    domain, codomain = lfa.Crystal(PLANE, dof=channels[1]), lfa.Crystal(PLANE, dof=channels[0])
    return lfa.CrystalOperator(domain, codomain, {y: rng.standard_normal(channels).astype(dtype) for y in offsets})


# Closed forms ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [-1, 0, 5, 2**40])
def test_a_kernel_of_three_on_twenty_points(first: int) -> None:
    operator = lfa.CrystalOperator(LINE, LINE, {first: 2, first + 1: 7, first + 2: -1})
    w = np.exp(2j * np.pi * np.arange(20) / 20)
    np.testing.assert_allclose(lfa.svdvals(operator, 20)[:, 0], np.abs(2 + 7 * w - w**2), rtol=1e-14)


@pytest.mark.parametrize("twist", [0, 0.5, 0.3])
def test_the_five_point_laplacian(twist: float) -> None:
    torus = PLANE.torus((8, 6), twist)
    theta, phi = 2 * np.pi * torus.frequencies.T
    expected = 4 - 2 * np.cos(theta) - 2 * np.cos(phi)
    values = lfa.svdvals(LAPLACIAN, torus)
    assert values.shape == (48, 1)
    np.testing.assert_allclose(values[:, 0], expected, rtol=0, atol=5e-15)
    if not twist:
        assert values.min() == 0
        assert values.max() == 8


def test_graphene_vanishes_at_the_corners_of_the_zone() -> None:
    lattice = lfa.Lattice([[1.5, 0.75**0.5], [1.5, -(0.75**0.5)]])
    crystal = lfa.Crystal(lattice, [[1 / 3, 1 / 3], [2 / 3, 2 / 3]])
    there, back = [[0, 0], [1, 0]], [[0, 1], [0, 0]]
    hopping = lfa.CrystalOperator(
        crystal, crystal, {(0, 0): [[0, 1], [1, 0]], (1, 0): there, (0, 1): there, (-1, 0): back, (0, -1): back}
    )
    torus = lattice.torus(6)
    values = lfa.svdvals(hopping, torus)
    bands = np.abs(1 + np.exp(2j * np.pi * torus.frequencies[:, 0]) + np.exp(2j * np.pi * torus.frequencies[:, 1]))
    np.testing.assert_allclose(values, np.stack([bands, bands], axis=1), rtol=0, atol=1e-14)
    zeros = [k.tolist() for k, row in zip(torus.frequencies, values, strict=True) if row.max() < 1e-14]
    assert zeros == [pytest.approx([1 / 3, 2 / 3]), pytest.approx([2 / 3, 1 / 3])]


def test_the_laplacian_on_a_doubled_cell_at_the_frequency_of_the_reference() -> None:
    cartesian = np.array([0.5969463404190447, 0.9794807414680586])
    doubled = (-LAPLACIAN).on(2)
    # In the dual of the doubled lattice the coordinates are twice the Cartesian ones.
    eigenvalues = np.linalg.eigvalsh(doubled.symbol(2 * cartesian))
    expected = [-7.623691139631474, -4.343110899714498, -3.656889100285505, -0.3763088603685248]
    np.testing.assert_allclose(eigenvalues, expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("periods", "torus"),
    [
        (6, PLANE.torus([[6, 0], [0, 6]])),
        ((6, 4), PLANE.torus([[6, 0], [0, 4]])),
        ([[2, 1], [0, 3]], PLANE.torus([[2, 1], [0, 3]])),
        (PLANE.refined(2).torus(8), PLANE.torus(4)),
    ],
)
def test_every_spelling_of_a_torus(periods: Any, torus: lfa.Torus) -> None:
    assert (lfa.svdvals(LAPLACIAN, periods) == lfa.svdvals(LAPLACIAN, torus)).all()


def test_a_strided_operator_takes_the_torus_of_its_input() -> None:
    strided = sampled(LAPLACIAN, 2)
    torus = PLANE.torus((8, 6))
    values = lfa.svdvals(strided, torus)
    assert values.shape == (12, 1)
    assert (values == lfa.svdvals(strided, (4, 3))).all()
    matrix = LAPLACIAN.to_sparse(torus).toarray()
    kept = (torus.points % 2 == 0).all(axis=1)
    expected = np.linalg.svd(matrix[kept], compute_uv=False)
    np.testing.assert_allclose(np.sort(values[:, 0])[::-1], expected, rtol=0, atol=1e-14)


def test_squares_add_up_to_those_of_the_weights(rng: np.random.Generator) -> None:
    operator = random_convolution(rng)
    values = lfa.svdvals(operator, (7, 5))
    assert values.shape == (35, 2)
    assert (np.diff(values, axis=1) <= 0).all()
    assert (values**2).sum() == pytest.approx(35 * (operator.multipliers**2).sum(), rel=1e-14)


# Structure ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [None, "float32", "complex64", np.float64, torch.float32])
@pytest.mark.parametrize(
    "multipliers", [{}, {0: np.zeros((2, 3))}, {0: torch.zeros(2, 3)}], ids=["none", "numpy", "torch"]
)
def test_the_zero_operator(multipliers: dict[int, Any], dtype: Any) -> None:
    zero = lfa.CrystalOperator(lfa.Crystal(LINE, dof=3), lfa.Crystal(LINE, dof=2), multipliers)
    values = lfa.svdvals(zero, 4, dtype=dtype)
    assert values.shape == (4, 2)
    assert not values.any()
    assert type(values) is type(multipliers.get(0, np.zeros(0)))
    assert str(values.dtype).removeprefix("torch.") == ("float64" if dtype in (None, np.float64) else "float32")


def test_decoupled_blocks_are_those_of_a_full_symbol(rng: np.random.Generator) -> None:
    pattern = np.array([[1, 0, 0, 0, 1], [0, 1, 0, 0, 0], [0, 0, 0, 1, 0], [1, 0, 0, 0, 1], [0, 0, 0, 0, 0]])
    crystal = lfa.Crystal(PLANE, dof=5)
    multipliers = {(i, 0): pattern * rng.standard_normal((5, 5)) for i in range(3)}
    operator = lfa.CrystalOperator(crystal, crystal, multipliers)
    torus = PLANE.torus([[4, 1], [0, 3]])
    values = lfa.svdvals(operator, torus)
    expected = np.linalg.svd(operator.symbol(torus.frequencies), compute_uv=False)
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-14 * expected.max())
    assert not values[:, 4].any()


def test_blocks_of_one_shape_keep_their_own_values() -> None:
    crystal = lfa.Crystal(LINE, dof=3)
    operator = lfa.CrystalOperator(crystal, crystal, {0: np.diag([1, 3, 0]), 1: np.diag([1, 0, 0])})
    np.testing.assert_allclose(lfa.svdvals(operator, 2), [[3, 2, 0], [3, 0, 0]], rtol=0, atol=1e-15)


@pytest.mark.parametrize("twist", [0, 0.5, (0, 0.5)])
def test_halving_the_frequencies_changes_nothing(rng: np.random.Generator, twist: Any) -> None:
    operator = random_convolution(rng)
    torus = PLANE.torus([[5, 1], [-2, 4]], twist)
    # An imaginary unit hides that half of the frequencies would do.
    np.testing.assert_allclose(lfa.svdvals(operator, torus), lfa.svdvals(1j * operator, torus), rtol=1e-13)


# Precision and scale --------------------------------------------------------------------------------------------


def test_single_precision_on_request_only(rng: np.random.Generator) -> None:
    operator = random_convolution(rng, dtype="float32")
    double = lfa.svdvals(operator, 8)
    assert double.dtype == np.float64
    expected = np.linalg.svd(operator.to_sparse(8).toarray(), compute_uv=False)
    np.testing.assert_allclose(np.sort(double, axis=None)[::-1], expected, rtol=0, atol=1e-13 * expected[0])
    for dtype in ("float32", np.float32, "complex64", np.complex64, torch.float32, np.dtype("float32")):
        single = lfa.svdvals(operator, 8, dtype=dtype)
        assert single.dtype == np.float32
        assert 0 < np.abs(single - double).max() < 1e-6 * expected[0]


@pytest.mark.parametrize("channels", [(3, 2), (1, 3), (3, 1), (1, 1)])
@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_values_scale_without_vanishing_or_overflowing(
    rng: np.random.Generator, scale: float, channels: tuple[int, int]
) -> None:
    operator = random_convolution(rng, channels) / 10
    values = lfa.svdvals(operator, (4, 6))
    np.testing.assert_allclose(lfa.svdvals(scale * operator, (4, 6)) / scale, values, rtol=1e-13)


@pytest.mark.parametrize("channels", [(3, 2), (1, 3), (4, 1), (1, 1)])
def test_rows_and_columns_have_the_values_of_a_full_decomposition(
    rng: np.random.Generator, channels: tuple[int, int]
) -> None:
    operator = random_convolution(rng, channels)
    torus = PLANE.torus((5, 4), 0.3)
    expected = np.linalg.svd(operator.symbol(torus.frequencies), compute_uv=False)
    np.testing.assert_allclose(lfa.svdvals(operator, torus), expected, rtol=1e-13)


# What is handed out, and what it takes --------------------------------------------------------------------------


def test_a_pickled_operator_has_the_same_values(rng: np.random.Generator) -> None:
    operator = random_convolution(rng)
    twin = pickle.loads(pickle.dumps(operator))  # noqa: S301 - our own bytes
    assert lfa.svdvals(twin, 5).tobytes() == lfa.svdvals(operator, 5).tobytes()


def test_values_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        lfa.svdvals(LAPLACIAN, 4)[0] = 1


@pytest.mark.parametrize("megabytes", [3, 8])
def test_a_call_allocates_no_more_than_its_budget(rng: np.random.Generator, megabytes: int) -> None:
    operator = random_convolution(rng, (8, 8))
    lfa.svdvals(operator, 8)
    tracemalloc.start()
    try:
        values = lfa.svdvals(operator, (150, 150), memory=f"{megabytes}MB")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert values.nbytes == 1_440_000
    assert peak <= megabytes * 10**6


def test_small_budgets_change_the_chunks_and_not_the_values(rng: np.random.Generator) -> None:
    operator = random_convolution(rng)
    values = lfa.svdvals(operator, (9, 7))
    np.testing.assert_allclose(lfa.svdvals(operator, (9, 7), memory="4kB"), values, rtol=1e-13)


# Bounds on the infinite lattice ---------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**32 - 1))
def test_the_norm_on_the_infinite_lattice_lies_between_its_bounds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dimension = int(rng.integers(1, 3))
    lattice = lfa.lattices.integer(dimension)
    domain, codomain = (lfa.Crystal(lattice, dof=int(rng.integers(1, 4))) for _ in range(2))
    # Offsets with a range of odd width as well: half-integer radii.
    offsets = np.ndindex(*rng.integers(1, 5, size=dimension))
    shape = (codomain.size, domain.size)
    operator = lfa.CrystalOperator(domain, codomain, {y: rng.standard_normal(shape) for y in offsets})
    torus = lattice.torus(rng.integers(4, 8, size=dimension), rng.random(dimension))
    norm = norm_from_samples(operator, torus, lfa.svdvals(operator, torus)[:, 0])
    assert norm.certified
    symbols = operator.symbol(rng.random((2000, dimension)))
    sampled_norm = np.linalg.svd(symbols, compute_uv=False)[:, 0].max()
    assert sampled_norm <= norm.upper
    at_best = np.linalg.norm(operator.symbol(norm.frequency), 2)
    assert at_best == pytest.approx(norm.lower, rel=1e-12)
    assert float(norm) == norm.upper
    closer = enclosed_beside_samples(operator, torus, lfa.svdvals(operator, torus)[:, 0])
    assert sampled_norm <= closer.upper <= closer.lower * 1.0101
    assert closer.lower >= norm.lower


def test_the_bound_is_attained_by_a_cosine_between_the_samples() -> None:
    # Re(e^i(theta - pi / 4)) on four points: every sample is cos(pi / 4), the maximum is 1.
    cosine = lfa.CrystalOperator(LINE, LINE, {-1: np.exp(0.25j * np.pi) / 2, 1: np.exp(-0.25j * np.pi) / 2})
    norm = norm_from_samples(cosine, LINE.torus(4), lfa.svdvals(cosine, 4)[:, 0])
    assert norm.lower == pytest.approx(0.5**0.5)
    assert norm.upper == pytest.approx(1)
    assert norm.upper >= 1


@pytest.mark.parametrize(
    ("multipliers", "periods"),
    [({(0, 0): 1, (1, 0): -1}, (1, 4)), ({(0, 0): 1, (1, 0): -1}, [[2, 1], [0, 2]]), ({(0, 0): 1, (2, 0): 1}, (2, 2))],
    ids=["all samples vanish", "skew", "too few"],
)
def test_nothing_is_certified_from_too_few_or_skew_samples(multipliers: dict[Any, Any], periods: Any) -> None:
    operator = lfa.CrystalOperator(PLANE, PLANE, multipliers)
    torus = PLANE.torus(periods)
    norm = norm_from_samples(operator, torus, lfa.svdvals(operator, torus)[:, 0])
    assert norm.upper == np.inf
    assert not norm.certified
    assert float(norm) == norm.lower
    assert "no upper bound" in repr(norm)
    closer = enclosed_beside_samples(operator, torus, lfa.svdvals(operator, torus)[:, 0])
    assert 2 <= closer.upper < 2.02
    assert "certified, at kappa = [" in repr(closer)


@pytest.mark.parametrize("spacing", [1, 3, 10**6])
def test_the_bound_does_not_depend_on_the_dilation(spacing: int) -> None:
    weight = np.random.default_rng(4).standard_normal((3, 2, 3, 3))
    norms = []
    for dilation in (1, spacing):
        operator = lfa.cnn.conv(weight, dilation=dilation)
        norm = enclosed_beside_samples(operator, PLANE.torus(4), lfa.svdvals(operator, 4)[:, 0])
        assert np.linalg.norm(operator.symbol(norm.frequency), 2) == pytest.approx(norm.lower, rel=1e-8)
        norms.append(norm.upper)
    assert norms[0] == pytest.approx(norms[1], rel=0.01)
    samples = lfa.svdvals(lfa.cnn.conv(weight), 101)
    assert samples.max() <= min(norms)


def test_where_memory_holds_no_search_the_bound_is_what_the_values_give() -> None:
    operator = lfa.CrystalOperator(LINE, LINE, {0: 1, 1: 1, 5: 1})
    norm = enclosed_beside_samples(operator, LINE.torus(7), lfa.svdvals(operator, 7)[:, 0], memory=10)
    assert norm.certified
    assert norm.upper >= 3


def test_a_certificate_in_single_precision_allows_for_its_rounding() -> None:
    for seed in range(20):
        weight = np.random.default_rng(seed).standard_normal((4, 4, 1, 1))
        report = lfa.cnn.analyze({"a.weight": weight}, 4, dtype="float32")
        assert report["a"].norm.upper >= np.linalg.norm(weight[..., 0, 0], 2)


@pytest.mark.parametrize(
    ("operator", "dtype", "message"),
    [
        (lfa.CrystalOperator(LINE, LINE, dict.fromkeys(range(3), 1e308)), None, "A: its numbers overflow"),
        (lfa.CrystalOperator(LINE, LINE, {0: 1e300}), "float32", "dtype: the numbers overflow or vanish in float32"),
        (lfa.CrystalOperator(LINE, LINE, {0: 1e-60}), "float32", "dtype: the numbers overflow or vanish in float32"),
    ],
)
def test_what_overflows_is_refused(operator: lfa.CrystalOperator, dtype: Any, message: str) -> None:
    with pytest.raises(lfa.errors.NotFiniteError, match=message):
        lfa.svdvals(operator, 4, dtype=dtype)


def test_results_of_the_algebra_that_overflow_are_refused() -> None:
    half = lfa.CrystalOperator(LINE, LINE, {y: np.full((1, 1), 300, dtype="float16") for y in range(3)})
    for overflowing in (
        lambda: half @ half,
        lambda: LAPLACIAN * 1e300 * 1e300,
        lambda: LAPLACIAN / 5e-324,
        lambda: LAPLACIAN * 10**400,
    ):
        with pytest.raises(lfa.errors.NotFiniteError):
            overflowing()


def test_the_norm_of_the_zero_operator_is_zero() -> None:
    zero = lfa.CrystalOperator(LINE, LINE, {0: 0})
    norm = norm_from_samples(zero, LINE.torus(1), lfa.svdvals(zero, 1)[:, 0])
    assert norm.lower == norm.upper == 0


@pytest.mark.parametrize("options", [{}, {"stride": 2}, {"groups": 2}, {"transposed": True, "stride": 3}], ids=str)
def test_one_multiplier_has_the_same_values_at_every_frequency(options: dict[str, Any]) -> None:
    weight = np.random.default_rng(0).standard_normal((4, 4 // options.get("groups", 1), 1, 1))
    A, torus = lfa.cnn.conv(weight, **options), lfa.lattices.integer(2).torus((6, 4))
    done: list[tuple[int, int]] = []
    values = lfa.svdvals(A, torus, progress=lambda *count: done.append(count))
    assert done[-1] == (values.shape[0], values.shape[0])
    assert not values.flags.writeable
    assert (values == values[0]).all()
    dense = np.linalg.svd(A.to_sparse(torus).toarray(), compute_uv=False)
    np.testing.assert_allclose(np.sort(values, axis=None)[::-1], dense, rtol=0, atol=1e-13 * dense[0])
    tensor = torch.tensor(weight, requires_grad=True)
    (lfa.svdvals(lfa.cnn.conv(tensor, **options), torus) ** 2).sum().backward()
    outputs = float(np.sum(dense**2) / np.sum(weight**2))
    np.testing.assert_allclose(tensor.grad, 2 * outputs * weight, rtol=1e-12)
    with pytest.raises(lfa.errors.MemoryBudgetError, match="memory"):
        lfa.svdvals(A, (600, 600), memory=1000)
