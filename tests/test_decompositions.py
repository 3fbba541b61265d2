"""Singular value decompositions: against dense matrices, real vectors, functions, memory, other array libraries."""

from __future__ import annotations

import math
import tracemalloc
import warnings
from typing import Any

import numpy as np
import pytest
import torch

import crystal_lfa as lfa
from crystal_lfa.errors import (
    InvalidArgumentError,
    MemoryBudgetError,
    RankDeficiencyWarning,
)
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.testing import Family, families
from crystal_lfa.testing.draws import random_twist

LINE, PLANE = lfa.lattices.integer(1), lfa.lattices.integer(2)
LAPLACIAN = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
HONEYCOMB = -1 * lfa.adjacency(lfa.crystals.honeycomb())


def convolution(seed: int = 0, shape: tuple[int, ...] = (3, 2, 3, 3), **options: Any) -> lfa.CrystalOperator:
    return lfa.cnn.conv(np.random.default_rng(seed).standard_normal(shape), **options)


# Every family, tori of up to 600 unknowns -----------------------------------------------------------------------


def larger_torus(operator: lfa.Operator, rng: np.random.Generator, unknowns: int) -> lfa.Torus:
    """Draw skew periods, with a twist or none, of a torus with about so many unknowns."""
    lattice, size = operator.lattice, max(operator.shape)
    most = max(1, unknowns // size)
    while True:
        extent = math.ceil(most ** (1 / lattice.dim)) + 1
        periods = rng.integers(-extent, extent + 1, size=(lattice.dim, lattice.dim))
        if most // 3 <= round(abs(np.linalg.det(periods))) <= most and abs(np.linalg.det(periods)) > 0.5:
            return lattice.torus(periods, random_twist(rng, lattice.dim))


def check_decomposition(family: Family, seed: int, unknowns: int) -> None:
    """Rebuilt, orthonormal, singular vectors of the dense matrix: to 1e-12 of the largest singular value."""
    rng = np.random.default_rng(seed)
    operator = family.draw(rng).operator
    torus = larger_torus(operator, rng, unknowns)
    dense = operator.to_sparse(torus).toarray()
    found = lfa.svd(operator, torus)
    expected = np.linalg.svd(dense, compute_uv=False)
    scale = expected.max(initial=0.0) or 1.0
    values = to_numpy(found.sorted_values)
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-12 * scale)
    rebuilt = found.to_operator().to_sparse().toarray()
    np.testing.assert_allclose(rebuilt, dense, rtol=0, atol=1e-12 * scale)
    for vectors in (found.U, found.V):
        columns = vectors @ np.eye(vectors.shape[1])
        np.testing.assert_allclose(columns.conj().T @ columns, np.eye(len(values)), rtol=0, atol=1e-12)
    left, right = found.U @ np.eye(len(values)), found.V @ np.eye(len(values))
    np.testing.assert_allclose(dense @ right, left * values, rtol=0, atol=1e-12 * scale)
    np.testing.assert_allclose(dense.conj().T @ left, right * values, rtol=0, atol=1e-12 * scale)
    real = operator.is_real and torus.has_real_functions
    assert np.isrealobj(left) == np.isrealobj(right) == real
    for i in rng.integers(len(values), size=6).tolist():
        np.testing.assert_allclose(to_numpy(found.left(i)).ravel(), left[:, i], rtol=0, atol=1e-12)
        np.testing.assert_allclose(to_numpy(found.right(i)).ravel(), right[:, i], rtol=0, atol=1e-12)
        assert np.isrealobj(to_numpy(found.left(i))) == real


every_family = pytest.mark.parametrize("family", families(), ids=lambda family: family.name.replace(" ", "-"))


@every_family
def test_decompositions_on_larger_tori(family: Family) -> None:
    check_decomposition(family, 1, 150)


@pytest.mark.slow
@every_family
@pytest.mark.parametrize("seed", range(8))
def test_decompositions_on_tori_of_600_unknowns(family: Family, seed: int) -> None:
    check_decomposition(family, seed, 600)


# Real vectors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("twist", [0, 0.5, [0.5, 0]], ids=str)
@pytest.mark.parametrize("periods", [[5, 3], [4, 6], [[3, 1], [0, 5]], [1, 1], [7, 1]], ids=str)
@pytest.mark.parametrize("operator", [LAPLACIAN, HONEYCOMB, convolution()], ids=["laplacian", "honeycomb", "layer"])
def test_real_operators_have_real_vectors(operator: lfa.Operator, periods: Any, twist: Any) -> None:
    """Degenerate values, self-conjugate frequencies, twists of 1/2 on odd and even sizes."""
    torus = operator.lattice.torus(periods, twist)
    dense = operator.to_sparse(torus).toarray()
    found = lfa.svd(operator, torus)
    count = found.values.size
    left = np.stack([found.left(i).ravel() for i in range(count)], axis=1)
    right = np.stack([found.right(i).ravel() for i in range(count)], axis=1)
    assert np.isrealobj(left)
    assert np.isrealobj(right)
    for vectors in (left, right):
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(count), rtol=0, atol=1e-13)
    size = abs(dense).sum(axis=1).max()
    np.testing.assert_allclose((left * found.sorted_values) @ right.T, dense, rtol=0, atol=1e-13 * size)


@pytest.mark.parametrize("twist", [0.3, [0.5, 0.1]], ids=str)
def test_other_twists_have_complex_vectors(twist: Any) -> None:
    found = lfa.svd(LAPLACIAN, PLANE.torus((4, 3), twist))
    assert not found.is_real
    assert np.iscomplexobj(found.left(0))


def test_order_of_equal_values_is_by_frequency_then_place() -> None:
    unit = lfa.identity(lfa.Crystal(LINE, dof=2))
    found = lfa.svd(unit, 3)
    assert [found.locate(i) for i in range(6)] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    layer = lfa.svd(convolution(), (6, 5))
    places = [layer.locate(i) for i in range(layer.values.size)]
    order = sorted(places, key=lambda place: (-layer.values[place], place))
    assert places == order


def test_rows_belong_to_their_frequencies() -> None:
    operator = convolution(shape=(4, 3, 3, 3))
    torus = PLANE.torus([[4, 1], [0, 5]], 0.2)
    found = lfa.svd(operator, torus)
    np.testing.assert_array_equal(found.frequencies, torus.frequencies)
    symbols = operator.symbol(torus.frequencies)
    rebuilt = (found.u * found.values[:, None, :]) @ found.vh
    np.testing.assert_allclose(rebuilt, symbols, rtol=0, atol=1e-13)
    assert not found.values.flags.writeable
    assert not found.u.flags.writeable
    assert not found.sorted_values.flags.writeable
    np.testing.assert_allclose(found.values, lfa.svdvals(operator, torus), rtol=0, atol=1e-13)


# Factors kept and not -------------------------------------------------------------------------------------------


def test_factors_are_kept_as_memory_allows_and_are_the_same_bits() -> None:
    operator = convolution(shape=(8, 8, 3, 3))
    kept = lfa.svd(operator, (32, 32))
    lean = lfa.svd(operator, (32, 32), memory="500kB")
    never = lfa.svd(operator, (32, 32), keep=False)
    assert kept.factors.kept
    assert not lean.factors.kept
    assert not never.factors.kept
    np.testing.assert_array_equal(kept.values, never.values)
    for i in (0, 1, 5000, 8191):
        np.testing.assert_array_equal(kept.left(i), never.left(i))
        np.testing.assert_array_equal(kept.right(i), never.right(i))
    x = np.random.default_rng(0).standard_normal((1024, 8))
    np.testing.assert_allclose(kept.apply(x), operator.apply(x, (32, 32)), rtol=0, atol=1e-12)
    np.testing.assert_allclose(lean.apply(x), kept.apply(x), rtol=0, atol=1e-12)
    with pytest.raises(MemoryBudgetError, match=r"u, vh: they take 2.1 MB and were not kept; left\(i\), right\(i\)"):
        lean.u  # noqa: B018 - the access is the test
    with pytest.raises(MemoryBudgetError, match="keep: the factors are to be kept: memory: 500 kB cannot hold"):
        lfa.svd(operator, (32, 32), keep=True, memory="500kB")


def test_memory_is_kept_to() -> None:
    operator = convolution(shape=(16, 16, 3, 3))
    lfa.svd(operator, (8, 8))
    tracemalloc.start()
    try:
        lfa.svd(operator, (64, 64), memory="6MB")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6e6


def test_applied_to_several_functions_at_once() -> None:
    operator = convolution(stride=2)
    torus = PLANE.torus((8, 6))
    found = lfa.svd(operator, torus)
    x = np.random.default_rng(0).standard_normal((2, 3, 12, 8))
    expected = operator.apply(x, torus)
    np.testing.assert_allclose(found.apply(x), expected, rtol=0, atol=1e-13)
    assert found.apply(x).dtype == np.float64
    np.testing.assert_allclose(found.apply(1j * x), 1j * expected, rtol=0, atol=1e-13)


# Functions ------------------------------------------------------------------------------------------------------


def dense_of(found: lfa.SVD) -> Any:
    return found.to_operator().to_sparse().toarray()


def test_truncation_keeps_the_largest_of_all_frequencies() -> None:
    found = lfa.svd(convolution(), (6, 5))
    values = found.sorted_values
    by_rank = found.truncate(rank=7)
    np.testing.assert_array_equal(by_rank.sorted_values[:7], values[:7])
    assert by_rank.rank == 7
    assert by_rank.steps == ("truncate(rank=7)",)
    tol = float(values[10] / values[0])
    assert found.truncate(tol=tol * (1 - 1e-12)).rank >= 11
    assert found.truncate(tol=tol * (1 + 1e-12)).rank <= 10
    pair = int(np.searchsorted(-values, -values[20], side="right"))
    share = float((values[:20] ** 2).sum() / (values**2).sum())
    assert found.truncate(energy=share * (1 + 1e-9)).rank == pair
    assert found.truncate(energy=1.0).rank == len(values)
    for energy in np.random.default_rng(0).random(20):
        assert found.truncate(energy=float(energy)).is_real
    error = np.linalg.norm(dense_of(found) - dense_of(by_rank), 2)
    assert error == pytest.approx(values[7], rel=1e-12)


def test_a_rank_that_parts_a_pair_leaves_a_complex_operator() -> None:
    found = lfa.svd(lfa.stencil([2, 7, -1]), 8)
    number, _ = found.locate(1)
    other = int(LINE.torus(8).conjugate_frequencies([number])[0])
    assert number != other
    assert found.truncate(rank=1).is_real
    assert not found.truncate(rank=2).is_real
    assert found.truncate(rank=3).is_real
    assert np.iscomplexobj(found.truncate(rank=2).left(1))
    assert "truncate(rank=2), complex, factors kept" in repr(found.truncate(rank=2))


def test_steps_one_after_another() -> None:
    found = lfa.svd(convolution(1, (4, 3, 3, 3)), (5, 4))
    u, s, vh = np.linalg.svd(dense_of(found), full_matrices=False)
    rank = next(i for i in range(25, len(s)) if s[i - 1] > s[i] * (1 + 1e-9))  # no pair is parted
    several = found.truncate(rank=rank).pinv().clip(0, 2).map(lambda x: x**2)
    kept = np.where(np.arange(len(s)) < rank, s, np.inf)
    expected = (vh.conj().T * np.minimum(1 / kept, 2) ** 2) @ u.conj().T
    np.testing.assert_allclose(dense_of(several), expected, rtol=0, atol=1e-11)
    assert several.domain == found.codomain
    assert several.codomain == found.domain
    assert f"truncate(rank={rank}).pinv().clip(0, 2).map(<lambda>)" in repr(several)
    largest_first = np.sort(np.minimum(1 / kept, 2) ** 2)[::-1]
    np.testing.assert_allclose(several.sorted_values, largest_first, rtol=0, atol=1e-12)
    for i in (0, 5, rank - 1):
        image = several.apply(several.right(i))
        np.testing.assert_allclose(image, several.sorted_values[i] * several.left(i), rtol=0, atol=1e-12)


def test_a_function_with_negative_values_turns_vectors_round() -> None:
    found = lfa.svd(convolution(), (4, 4))
    shift = float(np.median(found.values))
    turned = found.map(lambda x: x - shift)
    assert turned.values.min() >= 0
    isometry = dense_of(found.map(np.ones_like))
    np.testing.assert_allclose(dense_of(turned), dense_of(found) - shift * isometry, rtol=0, atol=1e-12)
    signs = turned.map(np.ones_like)
    np.testing.assert_allclose(dense_of(signs.pinv()), dense_of(signs).T, atol=1e-12)


def test_a_function_that_tells_opposite_frequencies_apart_leaves_a_complex_operator() -> None:
    found = lfa.svd(convolution(1, (2, 2, 3)), 6)
    factors = np.ones((6, 2))
    factors[1] = -1
    x = np.random.default_rng(0).standard_normal((6, 2))
    for mapped in (found.map(lambda v: v * factors), found.map(lambda _: 1.0 + (np.arange(12) % 5).reshape(6, 2))):
        assert not mapped.is_real
        operator = mapped.to_operator()
        np.testing.assert_allclose(mapped.apply(x), operator.apply(x), atol=1e-13)
        np.testing.assert_allclose(operator.to_sparse() @ x.ravel(), operator.apply(x).ravel(), atol=1e-13)
        image = operator.apply(mapped.right(3))
        np.testing.assert_allclose(image, mapped.sorted_values[3] * mapped.left(3), atol=1e-13)
    assert not lfa.eig(lfa.stencil([-1, 2, -1]), 6).map(lambda v: v * factors[:, :1]).is_real


def test_polar_factors() -> None:
    operator = convolution(shape=(3, 3, 3, 3))
    isometry, positive = lfa.svd(operator, (5, 4)).polar()
    scale = positive.to_sparse().toarray()
    np.testing.assert_allclose(scale, scale.T, atol=1e-12)
    assert np.linalg.eigvalsh(scale).min() > -1e-12
    product = (isometry @ positive).to_sparse().toarray()
    np.testing.assert_allclose(product, operator.to_sparse((5, 4)).toarray(), atol=1e-12)
    assert isometry.is_real
    np.testing.assert_allclose(lfa.svdvals(isometry), 1, rtol=1e-13)


def test_a_clip_holds_on_its_own_torus_and_promises_no_more() -> None:
    operator = convolution(2, (4, 4, 3, 3))
    operator = operator / lfa.norm(operator).lower * 2
    clipped = lfa.svd(operator, (8, 8)).clip(0, 1).to_operator()
    assert lfa.svdvals(clipped).max() <= 1 + 1e-12
    assert lfa.norm(clipped).upper <= 1 + 1e-12
    # Seen with all its offsets on the infinite lattice, it reaches further between the frequencies of that torus.
    everywhere = clipped.nearest_stencil((PLANE.torus((8, 8)).points + 4) % 8 - 4)
    assert lfa.svdvals(everywhere, (8, 8)).max() <= 1 + 1e-12
    assert lfa.svdvals(everywhere, (12, 12)).max() > 1.001
    excess = []
    for _ in range(10):
        operator = lfa.svd(operator, (8, 8)).clip(0, 1).to_operator().nearest_stencil(operator.offsets)
        excess.append(float(lfa.svdvals(operator, (8, 8)).max()) - 1)
    assert excess == sorted(excess, reverse=True)
    assert excess[-1] < 0.2 * excess[0]


def test_solving_against_dense_least_squares() -> None:
    operator = convolution(3, (3, 4, 3, 3))
    dense = operator.to_sparse((5, 4)).toarray()
    b = np.random.default_rng(0).standard_normal((20, 3))
    found = lfa.svd(operator, (5, 4))
    condition = lfa.condition_number(operator, (5, 4))
    solution = found.solve(b)
    expected = np.linalg.lstsq(dense, b.ravel())[0]
    np.testing.assert_allclose(solution.ravel(), expected, rtol=0, atol=1e-14 * condition**2)
    assert np.isrealobj(solution)


def test_a_singular_operator_gives_the_smallest_solution_and_says_so() -> None:
    found = lfa.svd(LAPLACIAN, (6, 5))
    b = np.random.default_rng(0).standard_normal((30, 1))
    with pytest.warns(RankDeficiencyWarning, match="solve: 1 of 30 singular values count as zero; this"):
        solution = found.solve(b)
    expected = np.linalg.lstsq(LAPLACIAN.to_sparse((6, 5)).toarray(), b.ravel(), rcond=1e-12)[0]
    np.testing.assert_allclose(solution.ravel(), expected, rtol=0, atol=1e-12)
    assert abs(solution.sum()) < 1e-12
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lfa.svd(LAPLACIAN, PLANE.torus((6, 5), 0.5)).solve(b)


# Eigenvectors ---------------------------------------------------------------------------------------------------


def test_eigenvectors_of_a_hermitian_operator() -> None:
    torus = HONEYCOMB.lattice.torus([[4, 1], [0, 3]])
    found = lfa.eig(HONEYCOMB, torus)
    dense = HONEYCOMB.to_sparse(torus).toarray()
    vectors = np.stack([found.vector(i).ravel() for i in range(24)], axis=1)
    assert np.isrealobj(vectors)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(24), atol=1e-13)
    np.testing.assert_allclose((vectors * found.sorted_values) @ vectors.T, dense, atol=1e-13)
    assert list(found.sorted_values) == sorted(found.sorted_values)
    np.testing.assert_allclose(found.values, lfa.eigvals(HONEYCOMB, torus), atol=1e-13)
    evolution = found.map(lambda energy: np.exp(1j * energy))
    product = (evolution.H @ evolution).to_sparse().toarray()
    np.testing.assert_allclose(product, np.eye(24), atol=1e-13)
    assert not evolution.is_real
    assert repr(found) == f"Eig(24 eigenvalues from -3 to 3, on {torus!r})"


def test_eigenvectors_of_other_operators() -> None:
    operator = convolution(4, (3, 3, 3, 3))
    found = lfa.eig(operator, (4, 3))
    dense = operator.to_sparse((4, 3)).toarray()
    assert not found.is_hermitian
    moduli = np.abs(found.sorted_values)
    assert (np.diff(moduli) <= 1e-12).all()
    for i in range(36):
        vector = found.vector(i).ravel()
        np.testing.assert_allclose(dense @ vector, found.sorted_values[i] * vector, atol=1e-12)
        assert np.linalg.norm(vector) == pytest.approx(1)
    for values in (found.values, lfa.eigvals(operator, (4, 3))):
        distance = np.abs(np.linalg.eigvals(dense)[:, None] - values.ravel())
        assert distance.min(axis=1).max() < 1e-11
        assert distance.min(axis=0).max() < 1e-11
    with pytest.raises(InvalidArgumentError, match=r"f: .* is not known to be Hermitian; functions of"):
        found.map(np.exp)


def test_closed_forms_of_eigenvalues() -> None:
    for dimension in (1, 2, 3):
        crystal = lfa.Crystal(lfa.lattices.integer(dimension))
        laplacian = 2 * dimension * lfa.identity(crystal) - lfa.adjacency(crystal)
        angles = 2 * np.pi * np.stack(np.meshgrid(*[np.arange(6) / 6] * dimension, indexing="ij"))
        expected = (2 - 2 * np.cos(angles)).sum(axis=0)
        found = lfa.eig(laplacian, 6)
        np.testing.assert_allclose(found.values[:, 0], expected.ravel(), atol=1e-14)
    torus = HONEYCOMB.lattice.torus(9)
    first, second = torus.frequencies.T
    band = np.abs(1 + np.exp(2j * np.pi * first) + np.exp(2j * np.pi * second))
    np.testing.assert_allclose(lfa.eig(HONEYCOMB, torus).values, np.stack([-band, band], axis=1), atol=1e-14)


# Operators on a torus -------------------------------------------------------------------------------------------


def test_operators_on_a_torus_compose() -> None:
    torus = PLANE.torus([[4, 1], [0, 3]], [0.5, 0])
    first, second = convolution(5, (3, 2, 3, 3)), convolution(6, (2, 3, 3, 3))
    one, two = lfa.TorusOperator.of(first, torus), lfa.TorusOperator.of(second, torus)
    a, b = first.to_sparse(torus).toarray(), second.to_sparse(torus).toarray()
    for found, expected in (
        (one @ two, a @ b),
        (one @ second, a @ b),
        (first @ two, a @ b),
        (one + two.H, a + b.T),
        (one - 2 * first, -a),
        (first - one / 2, a / 2),
        (second.H + one, a + b.T),
        (-one, -a),
        (1j * one, 1j * a),
        (one * 3, 3 * a),
    ):
        np.testing.assert_allclose(found.to_sparse().toarray(), expected, rtol=0, atol=1e-12)
    assert (one @ two).is_real
    assert not (1j * one).is_real
    x = np.random.default_rng(0).standard_normal((5, 12, 2))
    np.testing.assert_allclose(one.apply(x), first.apply(x, torus), atol=1e-13)
    linear = one.to_linear_operator()
    np.testing.assert_allclose(linear @ x[0].ravel(), a @ x[0].ravel(), atol=1e-13)
    np.testing.assert_allclose(linear.H @ (a @ x[0].ravel()), a.T @ a @ x[0].ravel(), atol=1e-12)
    assert one.shape == linear.shape == a.shape
    np.testing.assert_allclose(lfa.svd(one).values, lfa.svdvals(first, torus), atol=1e-13)
    np.testing.assert_allclose(lfa.svdvals(one, torus), lfa.svdvals(first, torus), atol=1e-13)


@pytest.mark.parametrize("twist", [0, 0.5, 0.3])
def test_the_nearest_stencil_is_least_squares(twist: float) -> None:
    """Offsets that meet on the torus included: against the normal equations, solved with the smallest norm."""
    torus = PLANE.torus((3, 4), twist)
    target = lfa.svd(convolution(7, (2, 2, 5, 5)), torus).clip(0, 2).to_operator()
    offsets = [(0, 0), (1, 0), (4, 0), (-2, 4), (0, 1), (5, 7)]
    found = target.nearest_stencil(offsets)
    assert found.offsets.tolist() == sorted(map(list, offsets))
    waves = np.exp(2j * np.pi * torus.frequencies @ found.offsets.T)
    expected = np.linalg.lstsq(waves, target.symbols.reshape(12, 4))[0].reshape(-1, 2, 2)
    np.testing.assert_allclose(found.multipliers, expected, atol=1e-13)
    assert np.isrealobj(found.multipliers) == (twist != 0.3)


# Other array libraries ------------------------------------------------------------------------------------------


def test_tensors_in_tensors_out() -> None:
    weight = np.random.default_rng(8).standard_normal((3, 2, 3, 3))
    ours, theirs = lfa.cnn.conv(weight), lfa.cnn.conv(torch.tensor(weight))
    one, other = lfa.svd(ours, (5, 4)), lfa.svd(theirs, (5, 4))
    for name in ("values", "u", "vh", "sorted_values"):
        assert isinstance(getattr(other, name), torch.Tensor)
        assert getattr(one, name).shape == tuple(getattr(other, name).shape)
    np.testing.assert_allclose(other.values.numpy(), one.values, atol=1e-12)
    assert isinstance(other.left(0), torch.Tensor)
    x = np.random.default_rng(9).standard_normal((20, 2))
    for found, expected in (
        (other.apply(torch.tensor(x)), one.apply(x)),
        (other.truncate(rank=9).apply(torch.tensor(x)), one.truncate(rank=9).apply(x)),
        (other.pinv().apply(other.apply(torch.tensor(x))), x),
        (other.map(torch.sqrt).to_operator().symbols, one.map(np.sqrt).to_operator().symbols),
        (other.clip(1, 2).to_operator().nearest_stencil(theirs.offsets).multipliers,
         one.clip(1, 2).to_operator().nearest_stencil(ours.offsets).multipliers),
    ):  # fmt: skip
        assert isinstance(found, torch.Tensor)
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)
    square = lfa.cnn.conv(torch.tensor(weight[:2]))
    reference = lfa.cnn.conv(weight[:2])
    np.testing.assert_allclose(lfa.eigvals(square, (5, 4)).numpy(), lfa.eigvals(reference, (5, 4)), atol=1e-12)
    vectors = lfa.eig(square, (5, 4))
    assert isinstance(vectors.vector(0), torch.Tensor)
    image = square.apply(vectors.vector(0), (5, 4))
    np.testing.assert_allclose(image.numpy(), (vectors.sorted_values[0] * vectors.vector(0)).numpy(), atol=1e-12)


def test_factors_carry_no_gradient() -> None:
    weight = torch.tensor(np.random.default_rng(8).standard_normal((3, 2, 3, 3)), requires_grad=True)
    found = lfa.svd(lfa.cnn.conv(weight), (5, 4))
    assert not any(x.requires_grad for x in (found.values, found.u, found.left(0), found.to_operator().symbols))
    x = torch.ones((20, 2), dtype=torch.float64, requires_grad=True)
    found.apply(x).sum().backward()
    assert x.grad is not None


def weighted_values(weight: torch.Tensor) -> torch.Tensor:
    return lfa.svdvals(lfa.cnn.conv(weight), (4, 3))


def largest(weight: torch.Tensor) -> torch.Tensor:
    value: torch.Tensor = lfa.norm(lfa.cnn.conv(weight), rtol=1e-3).value
    return value


@pytest.mark.parametrize("function", [weighted_values, largest])
@pytest.mark.parametrize("shape", [(2, 3, 3, 3), (1, 2, 3, 2)], ids=str)
def test_gradients_are_those_of_differences(function: Any, shape: tuple[int, ...]) -> None:
    weight = torch.tensor(np.random.default_rng(10).standard_normal(shape), requires_grad=True)
    assert torch.autograd.gradcheck(function, (weight,), eps=1e-6, atol=1e-5)


@pytest.mark.parametrize("function", [weighted_values, largest])
@pytest.mark.parametrize("start", [torch.ones(2, 2, 3, 3), torch.zeros(2, 2, 3, 3), torch.eye(4)[:, :, None, None]])
def test_gradients_are_finite_at_ties(function: Any, start: torch.Tensor) -> None:
    weight = start.double().requires_grad_()
    function(weight).sum().backward()
    assert bool(torch.isfinite(weight.grad).all())


def test_single_precision() -> None:
    operator = convolution(shape=(3, 2, 3, 3))
    found = lfa.svd(operator, (4, 4), dtype="float32")
    assert found.values.dtype == np.float32
    assert found.u.dtype == np.complex64
    np.testing.assert_allclose(found.values, lfa.svdvals(operator, (4, 4)), atol=1e-5)
    x = np.random.default_rng(0).standard_normal((16, 2))
    np.testing.assert_allclose(found.apply(x), operator.apply(x, (4, 4)), atol=1e-4)
    assert lfa.eig(LAPLACIAN, 4, dtype="float32").values.dtype == np.float32


# Numbers of all values ------------------------------------------------------------------------------------------


def test_schatten_norms_against_the_dense_matrix() -> None:
    operator = convolution(11, (3, 2, 3, 3))
    dense = operator.to_sparse((5, 4)).toarray()
    assert lfa.schatten_norm(operator, (5, 4), 1) == pytest.approx(np.linalg.norm(dense, "nuc"))
    assert lfa.schatten_norm(operator, (5, 4)) == pytest.approx(np.linalg.norm(dense))
    assert lfa.schatten_norm(operator, (5, 4), math.inf) == pytest.approx(np.linalg.norm(dense, 2))
    assert lfa.schatten_norm(lfa.stencil([1e-300, 1e-300]), 4, 3) == pytest.approx(1e-300 * (8 + 2 * 2**1.5) ** (1 / 3))
    assert lfa.schatten_norm(0 * operator, 4) == 0


def test_the_numerical_range_against_the_dense_matrix() -> None:
    operator = convolution(12, (3, 3, 3, 3))
    found = lfa.numerical_range(operator, (4, 3), 24)
    dense = operator.to_sparse((4, 3)).toarray()
    for angle, reach, point in zip(found.angles, found.support, found.points, strict=True):
        turned = np.exp(-1j * angle) * dense
        expected = np.linalg.eigvalsh((turned + turned.conj().T) / 2).max()
        assert reach == pytest.approx(expected, rel=1e-12)
        assert (np.exp(-1j * angle) * point).real == pytest.approx(expected, rel=1e-12)
    assert found.radius == np.abs(found.points).max()


def test_densities_of_singular_values() -> None:
    found = lfa.density_of_singular_values(LAPLACIAN, bins=16, tol=0.005)
    assert 0 < found.error <= 0.005
    # Against a fine midpoint rule: the share of values below 4 is one half by symmetry.
    width = np.diff(found.edges)
    below = (found.density * width)[found.edges[1:] <= 4.0 + 1e-9].sum()
    assert below == pytest.approx(0.5, abs=0.03)
    assert (found.density * width).sum() == pytest.approx(1)
    on_torus = lfa.density_of_singular_values(LAPLACIAN, 64, bins=16)
    assert on_torus.error == 0
    assert on_torus.order == 4096
    short = lfa.density_of_singular_values(convolution(), evaluations=300, tol=1e-6)
    assert short.order <= 300
    assert short.error > 1e-6
    assert "error" in repr(short)
