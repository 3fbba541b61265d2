"""The kernels that decompose many matrices at once: against LAPACK and closed forms, and when they are used."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from commands import run
from hypothesis import given
from hypothesis import strategies as st
from kernel_sharing import get_kernels, shared_folder
from numba import njit
from numpy.typing import NDArray

import crystal_lfa as lfa
from crystal_lfa.errors import NotFiniteError
from crystal_lfa.frequencies import TorusWaves
from crystal_lfa.operators import IndependentBlocks
from crystal_lfa.spectra.kernels import choice, job, matrices
from crystal_lfa.spectra.kernels.bidiagonal_values import bidiagonal_values
from crystal_lfa.spectra.kernels.bidiagonal_vectors import TOGETHER, bidiagonal_vectors
from crystal_lfa.spectra.kernels.choice import Account
from crystal_lfa.spectra.kernels.compiling import Compiled
from crystal_lfa.spectra.kernels.lanes import REGISTER_BYTES
from crystal_lfa.spectra.kernels.matrices import kernel_eigenvalues, kernel_factors, kernel_values
from crystal_lfa.spectra.kernels.symbol_sums import SymbolSums
from crystal_lfa.spectra.kernels.twisted import ROOM, twisted_vectors


@pytest.fixture(autouse=True, scope="module")
def _all_kernels_at_hand(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> None:
    get_kernels(shared_folder(tmp_path_factory, pytestconfig), "float32")


TOLERANCE = 1e-13
"""Of the largest singular value of each matrix; the issue of accuracy, not of speed."""

SHAPES = [
    (1, 1),
    (1, 3),
    (3, 1),
    (2, 2),
    (3, 3),
    (4, 4),
    (5, 3),
    (3, 5),
    (8, 8),
    (7, 7),
    (16, 16),
    (33, 33),
    (40, 9),
    (24, 24),
    (26, 41),
    (64, 64),
]


def random_matrices(rng: np.random.Generator, count: int, m: int, n: int) -> NDArray[np.complex128]:
    return rng.normal(size=(count, m, n)) + 1j * rng.normal(size=(count, m, n))


def _graded(a: NDArray[Any], axis: int, sign: int) -> NDArray[Any]:
    shape = [1, 1, 1]
    shape[axis] = a.shape[axis]
    return a * 10.0 ** (sign * np.arange(a.shape[axis]).reshape(shape))


def _low_rank(a: NDArray[Any]) -> NDArray[Any]:
    r = max(1, min(a.shape[1:]) // 3)
    return a[:, :, :r] @ a[:, :r, :]


def _in_pairs(a: NDArray[Any]) -> NDArray[Any]:
    found = a.copy()
    half_m, half_n = a.shape[1] // 2, a.shape[2] // 2
    found[:, half_m:, :half_n] = found[:, :half_m, half_n:] = 0
    found[:, half_m : 2 * half_m, half_n : 2 * half_n] = a[:, :half_m, :half_n]
    return found


def _singular(a: NDArray[Any]) -> NDArray[Any]:
    found = a.copy()
    found[..., -1] = a[..., :-1].sum(axis=2)
    return found


def _thinned(a: NDArray[Any]) -> NDArray[Any]:
    a = a.copy()
    a[:, :, a.shape[2] // 2 :] = 0
    return a


KINDS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "random": lambda a: a,
    "real": lambda a: a.real + 0j,
    "large": lambda a: a * 1e300,
    "small": lambda a: a * 1e-300,
    "smallest": lambda a: a * 1e-310,
    "zero": np.zeros_like,
    "columns fall": lambda a: _graded(a, 2, -1),
    "columns grow": lambda a: _graded(a, 2, 1),
    "rows fall": lambda a: _graded(a, 1, -1),
    "rows grow": lambda a: _graded(a, 1, 1),
    "of low rank": _low_rank,
    "of rank one": lambda a: np.sign(a.real[:, :, :1]) @ np.sign(a.real[:, :1, :]) + 0j,
    "with one column near the end of all numbers": lambda a: a * np.r_[1e-160, np.ones(a.shape[2] - 1)],
    "with columns of zeros": _thinned,
    "with values in pairs": _in_pairs,
    "with one value that is zero": _singular,
    "of ones": np.ones_like,
    "isometric": lambda a: np.linalg.qr(a if a.shape[1] >= a.shape[2] else a.swapaxes(1, 2))[0],
    "nearly isometric": lambda a: np.linalg.qr(a if a.shape[1] >= a.shape[2] else a.swapaxes(1, 2))[0] + 1e-9,
    "of every size": lambda a: a * 10.0 ** (40 * np.arange(len(a)) - 250)[:, None, None],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_values_and_vectors_are_those_of_lapack(kind: str, m: int, n: int, rng: np.random.Generator) -> None:
    a = np.ascontiguousarray(KINDS[kind](random_matrices(rng, 9, m, n)))
    expected = np.linalg.svd(a, compute_uv=False)
    scale = expected.max(axis=1, keepdims=True)
    values = kernel_values(a)
    assert (np.abs(values - expected) <= TOLERANCE * scale).all()
    assert (np.diff(values, axis=1) <= 0).all()
    u, s, vh = kernel_factors(a)
    assert (np.abs(s - expected) <= TOLERANCE * scale).all()
    unit = np.eye(s.shape[1])
    assert np.abs(u.conj().swapaxes(1, 2) @ u - unit).max() < TOLERANCE
    assert np.abs(vh @ vh.conj().swapaxes(1, 2) - unit).max() < TOLERANCE
    # Divided first, so that products of the smallest numbers do not vanish.
    if scale.max() < 1e-290:
        a, s, scale = a * 2.0**1000, s * 2.0**1000, scale * 2.0**1000
    size = np.where(scale > 0, scale, 1.0)[..., None]
    assert np.abs((u * (s[:, None, :] / size)) @ vh - a / size).max() < TOLERANCE


@pytest.mark.parametrize("kind", ["random", "of low rank", "of rank one", "of ones", "with columns of zeros", "zero"])
@pytest.mark.parametrize(("m", "n"), [(1, 1), (4, 4), (9, 5), (5, 9), (16, 16), (24, 24)])
def test_single_precision(kind: str, m: int, n: int, rng: np.random.Generator) -> None:
    a = KINDS[kind](random_matrices(rng, 21, m, n)).astype(np.complex64)
    values = kernel_values(a)
    u, s, vh = kernel_factors(a)
    assert (values.dtype, u.dtype, s.dtype, vh.dtype) == (np.float32, np.complex64, np.float32, np.complex64)
    expected = np.linalg.svd(a.astype(np.complex128), compute_uv=False)
    assert np.abs(values - expected).max() <= 3e-6 * expected.max()
    assert np.abs((u * s[:, None, :]) @ vh - a).max() <= 1e-5 * expected.max()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("twist", [0, (0.5, Fraction(1, 3))])
def test_functions_of_the_frequency_in_lanes(dtype: Any, twist: Any, rng: np.random.Generator) -> None:
    plane = lfa.lattices.square()
    torus = plane.torus([[7, 0], [3, 12]], twist)
    offsets = np.array([[0, 0], [1, 0], [-1, 0], [2, 5], [0, -3]])
    multipliers = np.ones((5, 1, 1, 1), np.result_type(dtype, np.complex64))
    sums = SymbolSums.of(IndependentBlocks(offsets, multipliers))
    # Neighbours, repetitions, jumps back and forth, and rows' ends.
    numbers = np.concatenate([np.arange(84), [5, 5, 6, 7, 8, 3], rng.integers(84, size=21)])
    for some in (numbers, numbers[:1], numbers[10:23]):
        waves = TorusWaves(torus, some)
        looked_up, count = sums.on(torus)._functions(waves)
        computed, _ = sums._functions(waves)
        assert count == len(some)
        assert looked_up.shape == computed.shape
        assert looked_up.shape[0] == -(-count // looked_up.shape[2])
        np.testing.assert_allclose(looked_up, computed, rtol=0, atol=4 * np.finfo(dtype).eps)
        in_rows = looked_up.transpose(0, 2, 1).reshape(-1, looked_up.shape[1])[:count]
        exact = torus.waves(sums.offsets, some)
        expected = np.concatenate([exact.real, exact.imag[:, sums.odd]], axis=1)
        np.testing.assert_allclose(in_rows, expected, rtol=0, atol=4 * np.finfo(dtype).eps)


GENERAL: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "random": lambda a: a,
    "real": lambda a: a.real + 0j,
    "Hermitian": lambda a: a + a.conj().swapaxes(1, 2),
    "unitary": lambda a: np.linalg.qr(a)[0],
    "large": lambda a: a * 1e300,
    "small": lambda a: a * 1e-300,
    "zero": np.zeros_like,
    "the identity": lambda a: np.tile(np.eye(a.shape[1]) + 0j, (len(a), 1, 1)),
    "a cyclic shift": lambda a: np.tile(np.roll(np.eye(a.shape[1]), 1, axis=0) + 0j, (len(a), 1, 1)),
    "upper triangular": np.triu,
    "projectors": lambda a: a[:, :, :1] @ np.linalg.pinv(a[:, :, :1]),
    "in need of balance": lambda a: a * 10.0 ** (-7 * np.arange(a.shape[1]))[:, None],
}


@pytest.mark.parametrize("kind", GENERAL)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 8, 20])
def test_eigenvalues_are_those_of_lapack(kind: str, n: int, rng: np.random.Generator) -> None:
    from scipy.optimize import linear_sum_assignment

    a = GENERAL[kind](random_matrices(rng, 9, n, n))
    size = np.abs(a).max(axis=(1, 2))
    for one, other, scale in zip(kernel_eigenvalues(a), np.linalg.eigvals(a), size, strict=True):
        distances = np.abs(one[:, None] - other[None, :])
        assert distances[linear_sum_assignment(distances)].max() <= 1e-12 * n * scale


def test_eigenvalues_that_a_nilpotent_matrix_hides_are_found_as_well_as_by_lapack(rng: np.random.Generator) -> None:
    # Of one Jordan block of eight, turned: rounding moves eigenvalues by its eighth root, here and there.
    turned = np.linalg.qr(random_matrices(rng, 20, 8, 8))[0]
    a = turned @ np.eye(8, k=1) @ turned.conj().swapaxes(1, 2)
    assert np.abs(kernel_eigenvalues(a)).max() < 0.05
    assert np.abs(kernel_eigenvalues(np.tile(np.eye(8, k=1) + 0j, (3, 1, 1)))).max() == 0


def test_what_the_kernel_of_eigenvalues_gives_up_lapack_completes(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = random_matrices(rng, 9, 6, 6)
    monkeypatch.setattr(matrices, "MOST_STEPS", 0)
    np.testing.assert_array_equal(kernel_eigenvalues(a), np.linalg.eigvals(a))


@njit
def _values(diagonal: NDArray[Any], above: NDArray[Any], values: NDArray[Any], most_steps: int) -> Any:
    return bidiagonal_values(diagonal, above, values, most_steps)


def bidiagonals(diagonal: NDArray[Any], above: NDArray[Any], most_steps: int = 30) -> tuple[Any, Any]:
    values = np.empty_like(diagonal)
    return values, _values(np.ascontiguousarray(diagonal), np.ascontiguousarray(above), values, most_steps)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 9, 30, 77])
def test_values_of_a_bidiagonal_with_a_closed_form_have_all_their_digits(n: int) -> None:
    # Ones on and above the diagonal: 2 cos(k pi / (2 n + 1)), the smallest about 1.6 / n.
    values, missing = bidiagonals(np.ones((3, n)), np.ones((3, max(n - 1, 1))))
    expected = 2 * np.cos(np.arange(1, n + 1) * math.pi / (2 * n + 1))
    assert not missing.any()
    np.testing.assert_allclose(values, np.tile(expected, (3, 1)), rtol=2e-14)


def test_small_values_of_a_bidiagonal_keep_their_digits() -> None:
    # Relative to each value, not to the largest: from 1 down to 1e-40, where nothing is lost in multiplying.
    diagonal = 10.0 ** -np.arange(0, 41, 4.0)[None, :]
    values, missing = bidiagonals(diagonal, 1e-3 * diagonal[:, :-1])
    exact = _exact(diagonal[0], 1e-3 * diagonal[0, :-1])
    assert not missing.any()
    np.testing.assert_allclose(values[0], exact, rtol=1e-14)


def _exact(diagonal: NDArray[Any], above: NDArray[Any]) -> NDArray[Any]:
    import mpmath

    with mpmath.workdps(120):
        b = mpmath.matrix(len(diagonal))
        for k, x in enumerate(diagonal):
            b[k, k] = mpmath.mpf(float(x))
        for k, x in enumerate(above):
            b[k, k + 1] = mpmath.mpf(float(x))
        found = mpmath.svd_r(b, compute_uv=False)
        return np.array(sorted((float(x) for x in found), reverse=True))


entries = st.one_of(st.just(0.0), st.floats(0.01, 1), st.floats(0, 1), st.floats(0, 1e-12), st.just(1.0))


@given(st.integers(1, 9).flatmap(lambda n: st.lists(st.lists(entries, min_size=2 * n, max_size=2 * n), max_size=11)))
def test_values_of_any_bidiagonals(rows: list[list[float]]) -> None:
    if not rows:
        return
    numbers = np.array(rows)
    diagonal, above = np.split(numbers, 2, axis=1)
    values, missing = bidiagonals(diagonal, above)
    assert not missing.any()
    for found, d, e in zip(values, diagonal, above, strict=True):
        expected = np.linalg.svd(np.diag(d) + np.diag(e[:-1], 1), compute_uv=False)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


def test_values_clustered_around_one() -> None:
    rng = np.random.default_rng(3)
    for width in (1e-5, 1e-9, 1e-12, 1e-15):
        diagonal, above = 1 + width * rng.normal(size=(64, 24)), width * np.abs(rng.normal(size=(64, 23)))
        values, missing = bidiagonals(diagonal / 2, above / 2)
        assert not missing.any()
        full = np.zeros((64, 24, 24))
        places = np.arange(24)
        full[:, places, places], full[:, places[:-1], places[1:]] = diagonal / 2, above / 2
        np.testing.assert_allclose(values, np.linalg.svd(full, compute_uv=False), rtol=0, atol=2e-14)


@pytest.mark.parametrize("n", [23, 150])
@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_roundings_that_are_all_alike_do_not_add_up(n: int, dtype: Any, rng: np.random.Generator) -> None:
    # The same phase in every step; one cluster of values, over which thousands of rotations go.
    unitary, _ = np.linalg.qr(random_matrices(rng, 2, n, n))
    toeplitz = (0.205 - 0.219j) * np.eye(n) + (0.531 + 0.848j) * np.eye(n, k=1)
    u, s, vh = kernel_factors(np.stack([toeplitz, *unitary, np.ones((n, n))]).astype(dtype))
    tolerance = 120 * np.finfo(dtype).eps
    assert np.abs(u.conj().swapaxes(1, 2) @ u - np.eye(n)).max() < tolerance
    assert np.abs(vh @ vh.conj().swapaxes(1, 2) - np.eye(n)).max() < tolerance
    assert np.abs(s[1:3] - 1).max() < tolerance


@pytest.mark.parametrize("coupling", [2.1e-16, 1e-15, 6e-15])
def test_equal_values_that_are_hardly_coupled_are_told_apart_in_a_few_sweeps(coupling: float) -> None:
    # A sweep whose shift is the value itself would only exchange them; one may be negative by then.
    n, lanes = 4, REGISTER_BYTES // 8
    for sign in (1.0, -1.0):
        diagonal, above = np.zeros((n + 2, lanes)), np.zeros((n + 2, lanes))
        diagonal[:n] = np.array([1.0, 0.5, 1e-3, sign * 1e-3])[:, None]
        above[2] = coupling
        assert _sweeps(diagonal.ravel(), above.ravel(), n, lanes, 10)


@njit
def _sweeps(diagonal: NDArray[Any], above: NDArray[Any], n: int, lanes: int, most_sweeps: int) -> Any:
    right, left = np.empty(n * n * lanes), np.empty(n * n * lanes)
    rotations = np.empty((TOGETHER, 4, n * lanes))
    return bidiagonal_vectors(diagonal, above, n, lanes, 1.0, right, left, rotations, most_sweeps)


@njit
def _vectors(diagonal: NDArray[Any], above: NDArray[Any], values: NDArray[Any]) -> Any:
    n, lanes = diagonal.shape
    right, left = np.empty(n * n * lanes, diagonal.dtype), np.empty(n * n * lanes, diagonal.dtype)
    room = np.empty((ROOM, 4 * n * lanes), diagonal.dtype)
    one = diagonal.dtype.type(1)
    flat = (diagonal.ravel(), above.ravel(), values.ravel())
    found = twisted_vectors(*flat, n, lanes, one, right, left, room)
    return found, right.reshape(n, n, lanes), left.reshape(n, n, lanes)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 2, 5, 24, 63, 150])
def test_vectors_of_bidiagonals_by_twisted_factorizations(n: int, dtype: Any, rng: np.random.Generator) -> None:
    lanes = REGISTER_BYTES // np.dtype(dtype).itemsize
    # Ones on the diagonal and near ones above: values apart from one another, vectors everywhere.
    numbers = np.stack([np.ones((lanes, n)), 1 + 0.1 * rng.random((lanes, n))]).astype(dtype)
    numbers[1, :, -1] = 0
    diagonal, above = np.ascontiguousarray(numbers.swapaxes(1, 2))
    values, _ = bidiagonals(*numbers.astype(np.float64))
    padded = np.vstack([values.T, values.T[-1:]]).astype(dtype)
    found, right, left = _vectors(diagonal, above, padded)
    assert found
    tolerance = 100 * np.finfo(dtype).eps
    for lane in range(lanes):
        q, p = right[:, :, lane], left[:, :, lane]
        assert np.abs(q @ q.T - np.eye(n)).max() < tolerance
        assert np.abs(p @ p.T - np.eye(n)).max() < tolerance
        b = np.diag(diagonal[:, lane]) + np.diag(above[:-1, lane], 1)
        assert np.abs(p.T @ np.diag(values[lane]) @ q - b).max() < tolerance


@pytest.mark.parametrize("last", [0.0, 0.5])
def test_values_that_do_not_tell_their_vectors_are_noticed(last: float) -> None:
    lanes = REGISTER_BYTES // 8
    diagonal, above = np.ones((3, lanes)), np.zeros((3, lanes))
    diagonal[1], diagonal[2] = 0.75, 0.5
    assert _vectors(diagonal, above, diagonal[[0, 1, 2, 2]])[0]
    # In one lane alone: two values that are the same, or one that is zero.
    diagonal[1:, -1] = 0.5, last
    assert not _vectors(diagonal, above, np.sort(diagonal[[0, 1, 2, 2]], axis=0)[::-1])[0]


def test_what_a_kernel_gives_up_lapack_completes(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    a = random_matrices(rng, 13, 12, 12)
    weight = rng.normal(size=(6, 6, 3, 3))
    expected = np.linalg.svd(a, compute_uv=False)
    values = lfa.svdvals(lfa.cnn.conv(weight), (8, 8))
    _, missing = bidiagonals(np.abs(rng.normal(size=(20, 12))), np.abs(rng.normal(size=(20, 11))), most_steps=1)
    assert missing.all()
    monkeypatch.setattr(matrices, "MOST_STEPS", 0)
    np.testing.assert_allclose(kernel_values(a), expected, atol=1e-13 * expected.max())
    u, s, vh = kernel_factors(a)
    np.testing.assert_allclose((u * s[:, None, :]) @ vh, a, atol=1e-13 * expected.max())
    np.testing.assert_allclose(lfa.svdvals(lfa.cnn.conv(weight), (8, 8)), values, atol=1e-13 * values.max())


def test_what_is_not_coupled_is_scaled_by_itself() -> None:
    weight = np.zeros((2, 1, 3))
    weight[0], weight[1] = [[1, 2, 1]], 1e-200 * np.array([[1, 3, 0.5]])
    values = lfa.svdvals(lfa.cnn.conv(weight, groups=2), 5)
    assert values[1] == pytest.approx([2.618033988749895, 3.4956157e-200], rel=1e-7)


def test_operators_of_low_rank_have_norms_and_condition_numbers() -> None:
    A = lfa.cnn.conv(np.ones((12, 12, 3, 3)))
    assert float(lfa.svdvals(A, 16).max()) == pytest.approx(108)
    assert float(lfa.norm(A)) == pytest.approx(108)
    assert float(lfa.norm(A, 16)) == pytest.approx(108)
    found = lfa.svd(A, 8)
    assert np.isfinite(found.u).all()
    assert np.isfinite(found.vh).all()


def test_numbers_that_overflow_are_an_error_and_no_warning() -> None:
    line = lfa.Crystal(lfa.lattices.integer(1), dof=2)
    largest = np.full((2, 2), 1.7e308)
    A = lfa.CrystalOperator(line, line, {-1: largest, 0: largest, 1: largest})
    for call in (lfa.svd, lfa.svdvals):
        with pytest.raises(NotFiniteError, match="overflow float64"):
            call(A, 4)


def test_symmetries_of_large_numbers_are_found_without_a_warning(rng: np.random.Generator) -> None:
    weight = rng.normal(size=(3, 3, 3, 3))
    for factor in (1e170, 1e300, 1e-300):
        values = lfa.svdvals(lfa.cnn.conv(factor * weight), lfa.lattices.integer(2).torus(512))
        expected = lfa.svdvals(lfa.cnn.conv(weight), lfa.lattices.integer(2).torus(512))
        np.testing.assert_allclose(values / factor, expected, rtol=0, atol=1e-13 * expected.max())


# what a job hands over -----------------------------------------------------------------------------------------------


def _operators(rng: np.random.Generator) -> dict[str, tuple[Any, Any]]:
    square, site = lfa.lattices.square(), lfa.lattices.integer(2)
    honeycomb = lfa.crystals.honeycomb()
    complex_matrices = {(i, j): random_matrices(rng, 1, 3, 4)[0] for i in range(-1, 2) for j in (0, 3)}
    one_sided = {(0, 0): rng.normal(size=(3, 4)), (2, 1): rng.normal(size=(3, 4)), (-1, 0): rng.normal(size=(3, 4))}
    A = lfa.cnn.conv(rng.normal(size=(4, 4, 3, 3)))
    return {
        "real, square": (lfa.cnn.conv(rng.normal(size=(5, 5, 3, 3))), (9, 8)),
        "real, wide": (lfa.cnn.conv(rng.normal(size=(2, 7, 2, 3))), (9, 8)),
        "real, tall": (lfa.cnn.conv(rng.normal(size=(7, 2, 4, 3))), (5, 6)),
        "depthwise": (lfa.cnn.conv(rng.normal(size=(6, 1, 3, 3)), groups=6), (9, 8)),
        "grouped": (lfa.cnn.conv(rng.normal(size=(6, 3, 3, 3)), groups=2), (9, 8)),
        "of several shapes": (
            lfa.block([[A, lfa.zero(site, A.codomain)], [lfa.zero(A.domain, site), lfa.stencil(np.ones((3, 3)))]]),
            (6, 6),
        ),
        "complex": (
            lfa.CrystalOperator(lfa.Crystal(square, dof=4), lfa.Crystal(square, dof=3), complex_matrices),
            square.torus((6, 5), twist=0.3),
        ),
        "no offset with its opposite": (
            lfa.CrystalOperator(lfa.Crystal(square, dof=4), lfa.Crystal(square, dof=3), one_sided),
            square.torus([[4, 1], [1, 5]], twist=0.5),
        ),
        "honeycomb": (lfa.adjacency(honeycomb, 1) - 0.3 * lfa.adjacency(honeycomb, 2), (7, 6)),
        "composed": ((A.H @ A + lfa.identity(A.domain)).inv() @ A, (6, 6)),
        "on a torus": (lfa.svd(A, (6, 6)).pinv().to_operator(), None),
        "huge": (lfa.cnn.conv(1e300 * rng.normal(size=(3, 3, 3, 3))), (5, 5)),
        "tiny": (lfa.cnn.conv(1e-300 * rng.normal(size=(3, 3, 3, 3))), (5, 5)),
        "zero": (lfa.cnn.conv(np.zeros((3, 3, 3, 3))), (5, 5)),
    }


NAMES = list(_operators(np.random.default_rng(0)))


# Huge and tiny numbers do not exist in single precision.
@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, "float64") for name in NAMES] + [(name, "float32") for name in NAMES if name not in {"huge", "tiny"}],
)
def test_jobs_give_the_same_by_kernels_and_by_lapack(
    name: str, dtype: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, torus = _operators(rng)[name]
    used: list[str] = []
    account = job.account
    ask = account.chooses_kernel

    def noted(kernel: str, kind: str, seconds: float) -> bool:
        used.append(kernel)
        return ask(kernel, kind, seconds)

    monkeypatch.setattr(job, "account", SimpleNamespace(chooses_kernel=noted))
    values = lfa.svdvals(operator, torus, dtype=dtype)
    found = lfa.svd(operator, torus, dtype=dtype)
    assert set(used) >= {"factors"}
    # Threads of one's own write factors where they belong; from others they come in pieces.
    with ThreadPoolExecutor(1) as pool:
        in_pieces = lfa.svd(operator, torus, dtype=dtype, executor=pool)
    for mine, theirs in ((found.u, in_pieces.u), (found.values, in_pieces.values), (found.vh, in_pieces.vh)):
        np.testing.assert_array_equal(mine, theirs)
        assert not mine.flags.writeable
    monkeypatch.setattr(job, "account", SimpleNamespace(chooses_kernel=lambda *_: False))
    expected = lfa.svdvals(operator, torus, dtype=dtype)
    by_lapack = lfa.svd(operator, torus, dtype=dtype)
    eps = 1e-13 if dtype == "float64" else 1e-5
    largest = max(float(expected.max()), np.finfo(dtype).tiny)
    assert values.dtype == expected.dtype == np.dtype(dtype)
    assert np.abs(values - expected).max() <= eps * largest
    assert np.abs(found.values - by_lapack.values).max() <= eps * largest
    rebuilt, others = ((d.u * (d.values / largest)[:, None, :]) @ d.vh for d in (found, by_lapack))
    assert np.abs(rebuilt - others).max() <= 10 * eps


def test_torch_tensors_without_gradients_go_to_kernels_and_come_back(rng: np.random.Generator) -> None:
    torch = pytest.importorskip("torch")
    weight = rng.normal(size=(4, 3, 3, 3))
    expected = lfa.svdvals(lfa.cnn.conv(weight), (6, 6))
    values = lfa.svdvals(lfa.cnn.conv(torch.tensor(weight)), (6, 6))
    assert isinstance(values, torch.Tensor)
    assert values.dtype == torch.float64
    np.testing.assert_array_equal(values.numpy(), expected)
    learning = torch.tensor(weight, requires_grad=True)
    lfa.svdvals(lfa.cnn.conv(learning), (6, 6)).sum().backward()
    assert learning.grad is not None


# when a kernel is used -----------------------------------------------------------------------------------------------


class _Kernel:
    """Notes what is asked of it."""

    dtypes = ("float64",)

    def __init__(self, *, kept: bool) -> None:
        self.kept, self.prepared = kept, 0

    def is_at_hand(self, _dtype: str) -> bool:
        return self.kept

    def prepare(self, _dtype: str) -> None:
        self.prepared += 1


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> _Kernel:
    found = _Kernel(kept=request.param)
    monkeypatch.setattr(choice, "found_kernels", lambda: {"values": found})
    return found


@pytest.mark.parametrize("kernel", [True], indirect=True)
def test_what_is_on_disk_is_loaded_once_work_has_grown(kernel: _Kernel) -> None:
    account = Account()
    step = choice.LOADED_AFTER / 4
    assert [account.chooses_kernel("values", "float64", step) for _ in range(6)] == [False] * 3 + [True] * 3
    assert kernel.prepared == 1
    assert Account().chooses_kernel("values", "float64", 2 * choice.LOADED_AFTER)


@pytest.mark.parametrize("kernel", [False], indirect=True)
def test_nothing_is_compiled_for_less_work_than_compiling_takes(kernel: _Kernel) -> None:
    account = Account()
    assert not account.chooses_kernel("values", "float64", 0.9 * choice.COMPILED_AFTER)
    assert kernel.prepared == 0
    assert account.chooses_kernel("values", "float64", 0.2 * choice.COMPILED_AFTER)
    assert account.chooses_kernel("values", "float64", 0.0)
    assert kernel.prepared == 1
    assert Account().chooses_kernel("values", "float64", 2 * choice.COMPILED_AFTER)


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
import numpy as np
import crystal_lfa as lfa
from crystal_lfa.spectra.kernels import choice
choice.LOADED_AFTER = choice.COMPILED_AFTER = 0.0
print(choice.found_kernels(), lfa.svdvals(lfa.cnn.conv(np.ones((2, 2, 3, 3))), (4, 4)).max().round(9))
"""


def test_without_numba_lapack_does_all() -> None:
    said = subprocess.run([sys.executable, "-c", WITHOUT_NUMBA], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["None", "18.0"]


def test_a_kernel_that_can_be_kept_nowhere_still_works() -> None:
    # Of a function that stands in no file, numba finds no folder.
    scope: dict[str, Any] = {}
    exec("def define(digest):\n    def double(x):\n        _ = digest\n        x[0] *= 2\n    return double", scope)  # noqa: S102 - no file
    from numba import types

    kernel = Compiled(scope["define"], {"float64": (types.float64[::1],)})
    assert kernel.folder is None
    assert not kernel.is_at_hand("float64")
    numbers = np.array([1.5])
    kernel("float64", numbers)
    assert numbers[0] == 3.0
    assert kernel.is_at_hand("float64")


def test_the_command_says_which_kernels_are_ready(tmp_path: Path) -> None:
    said = run("kernels", folder=tmp_path)
    assert said.returncode == 0
    assert said.stdout.count("was ready") == 8
    assert "kept in" in said.stdout
    states = json.loads(run("kernels", "--json", "-", folder=tmp_path).stdout)["kernels"]
    assert {(state["kernel"], state["dtype"]) for state in states} == {
        (kernel, dtype) for kernel in ("waves", "values", "factors", "eigenvalues") for dtype in ("float32", "float64")
    }
    assert run("kernels", "--json", "states.json", folder=tmp_path).stdout == ""
    assert json.loads((tmp_path / "states.json").read_text())["kernels"]


def test_the_command_says_that_numba_is_missing(tmp_path: Path) -> None:
    said = run("kernels", folder=tmp_path, without=["numba"])
    assert (said.returncode, said.stdout.count("LAPACK does all")) == (0, 1)
