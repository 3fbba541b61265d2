"""Lattices, tori and crystals: exact integers, canonical orders, and the relations between descriptions."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crystal_lfa as lfa
from crystal_lfa.errors import LatticeError
from crystal_lfa.geometry.exact.integers import product, vector_list
from crystal_lfa.geometry.exact.normal_forms import hermite_form, is_hermite_form
from crystal_lfa.geometry.exact.rationals import determinant, identity, inverse, rational_matrix
from crystal_lfa.geometry.exact.rationals import product as rational_product
from crystal_lfa.geometry.exact.roots_of_unity import roots_of_unity
from crystal_lfa.geometry.lattice import Lattice
from crystal_lfa.testing.draws import random_lattice, random_periods, random_torus, random_twist
from crystal_lfa.testing.oracle import place

seeds = st.integers(0, 2**32 - 1)

LINE, PLANE, SPACE = (lfa.lattices.integer(d) for d in (1, 2, 3))
TRIANGULAR = lfa.Lattice([[1, 0], [0.5, 0.75**0.5]])
HUGE = 2**40


def random_unimodular(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return a product of a few shears and a signed permutation."""
    matrix = np.eye(size, dtype=np.int64)[rng.permutation(size)] * rng.choice([-1, 1], size=size)
    for _ in range(3 if size > 1 else 0):
        i, j = rng.choice(size, 2, replace=False)
        matrix[i] += rng.integers(-2, 3) * matrix[j]
    return matrix


def rows_of(matrix: np.ndarray) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


# Integers and fractions -----------------------------------------------------------------------------------------


def test_hermite_form_of_the_reference() -> None:
    matrix = ((70, 1, 21), (58, 92, 28), (64, 94, 8))
    form, transform = hermite_form(matrix)
    assert form == ((1, 0, 0), (0, 2, 0), (21406, 33146, 70274))
    assert product(matrix, transform) == form
    assert abs(determinant(rational_matrix(transform))) == 1


@given(seed=seeds)
def test_hermite_form_is_canonical(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 5))
    matrix = rng.integers(-9, 10, size=(size, size))
    if round(np.linalg.det(matrix)) == 0:
        assert hermite_form(rows_of(matrix)) is None
        return
    form, transform = hermite_form(rows_of(matrix))
    assert is_hermite_form(form)
    assert product(rows_of(matrix), transform) == form
    assert abs(determinant(rational_matrix(transform))) == 1
    assert hermite_form(rows_of(matrix @ random_unimodular(rng, size)))[0] == form


@pytest.mark.parametrize(
    "matrix", [((0,),), ((1, 2), (2, 4)), ((1, 0, 0), (0, 1, 0), (1, 1, 0)), ((1, 2, 3), (2, 4, 6))]
)
def test_hermite_form_of_a_singular_matrix_is_none(matrix: tuple[tuple[int, ...], ...]) -> None:
    assert hermite_form(matrix) is None


@pytest.mark.parametrize("given_as", [5, (5,), [5], [[5]], np.array([5]), np.array([[5]]), np.int64(5), np.uint8(5)])
def test_five_points_on_a_line_in_every_spelling(given_as: Any) -> None:
    assert LINE.torus(given_as) == LINE.torus(5)
    assert LINE.sublattice(given_as) == LINE.sublattice(5)


def test_integers_of_any_size_are_read_exactly() -> None:
    assert vector_list([[2**63, -1], [2**80, 0]], 2, "N") == ((2**63, -1), (2**80, 0))
    index, winding = LINE.torus(3).locate([[2**63 + 2], [-1]])
    assert index.tolist() == [(2**63 + 2) % 3, 2]
    assert winding.tolist() == [[(2**63 + 2) // 3], [-1]]


def test_rational_inverse_and_determinant() -> None:
    matrix = rational_matrix([[0, Fraction(1, 2)], [3, 4]])
    assert determinant(matrix) == Fraction(-3, 2)
    assert rational_product(matrix, inverse(matrix)) == identity(2)


def test_roots_of_unity_are_exact_at_quarter_turns() -> None:
    assert roots_of_unity(np.arange(4), 4).tolist() == [1, 1j, -1, -1j]
    assert roots_of_unity(np.array([1, 2, 0]), 4, np.array([0.25, 0.5, 0.75])).tolist() == [-1, 1, -1j]
    assert roots_of_unity(np.array([HUGE * 2**60], dtype=object), HUGE * 2**61).tolist() == [-1]


# Lattices -------------------------------------------------------------------------------------------------------


def test_basis_and_vectors_are_transposes() -> None:
    lattice = lfa.Lattice([[1, 2], [3, 5]])
    assert lattice.vectors.tolist() == [[1, 2], [3, 5]]
    assert lattice.basis.tolist() == [[1, 3], [2, 5]]
    assert lfa.Lattice(lattice.vectors) == lattice
    assert lattice.dim == 2
    assert lattice.cell_volume == pytest.approx(1)


@given(seed=seeds)
def test_two_bases_of_one_lattice_are_equal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = random_lattice(rng)
    other = lfa.Lattice(random_unimodular(rng, lattice.dim) @ lattice.vectors)
    assert lattice == other
    assert hash(lattice) == hash(other)
    assert lattice != lfa.Lattice(2 * lattice.vectors)
    assert lattice != lfa.Lattice(1.0001 * lattice.vectors)


def test_vectors_and_points_may_be_fractions() -> None:
    third = Fraction(1, 3)
    assert lfa.Lattice([[third, 0], [0, 2 * third]]) == lfa.Lattice([[1 / 3, 0], [0, 2 / 3]])
    assert PLANE.coordinates([third, 2**70]).tolist() == [1 / 3, 2.0**70]


def test_lattices_differ_from_lattices_in_other_dimensions_and_from_anything_else() -> None:
    assert LINE != PLANE
    assert LINE != "LINE"


@pytest.mark.parametrize("seed", range(20))
def test_irrational_ratios_are_not_taken_for_fractions(seed: int) -> None:
    ratio = np.random.default_rng(seed).uniform(0.5, 2) * 10.0 ** (seed % 5)
    with pytest.raises(LatticeError, match="incommensurate"):
        LINE.relation(lfa.Lattice([[ratio]]))


@pytest.mark.parametrize("ratio", [Fraction(1, 3), Fraction(999, 1000), Fraction(100_003, 7), Fraction(-5, 9999)])
def test_rational_ratios_of_independent_lattices_are_recovered(ratio: Fraction) -> None:
    fine = lfa.Lattice([[0.7]])
    assert fine.relation(lfa.Lattice([[0.7 * float(ratio)]])) == ((ratio,),)


def test_relations_of_derived_lattices_are_exact_however_far_apart() -> None:
    coarse = TRIANGULAR.sublattice(HUGE + 1).sublattice([[HUGE, 1], [1, 0]]).refined(HUGE - 1)
    expected = rational_matrix([[HUGE, 1], [1, 0]])
    scale = Fraction(HUGE + 1, HUGE - 1)
    assert TRIANGULAR.relation(coarse) == tuple(tuple(scale * x for x in row) for row in expected)


def test_refined_undoes_sublattice() -> None:
    vectors = [[2, 1], [0, 3]]
    assert PLANE.sublattice(vectors).refined(vectors) == PLANE
    assert PLANE.refined(vectors).cell_volume == pytest.approx(1 / 6)


def test_least_common_multiples_of_the_reference() -> None:
    assert LINE.sublattice(2).intersection(LINE.sublattice(3)).intersection(LINE.sublattice(6)) == LINE.sublattice(6)
    left = lfa.Lattice(np.transpose([[1, 1], [-1, 1]]))
    right = lfa.Lattice(np.transpose([[1, 2], [2, 1]]))
    assert left.intersection(right) == lfa.Lattice(np.transpose([[-3, 1], [-3, -1]]))


@given(seed=seeds)
def test_the_intersection_lies_in_both_and_has_the_right_index(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = random_lattice(rng)
    left, right = (lattice.sublattice(random_periods(rng, lattice.dim, 9)) for _ in range(2))
    common = left.intersection(right)
    together = left.sum(right)
    assert left.intersection(right) == right.intersection(left)
    left.integer_vectors(common)
    right.integer_vectors(common)
    # As for numbers: lcm times gcd is the product.
    assert common.cell_volume * together.cell_volume == pytest.approx(left.cell_volume * right.cell_volume)


def test_however_skew_vectors_are_the_short_ones_are_found() -> None:
    for lattice in (
        lfa.Lattice([[1, 0], [1e9, 1]]),
        PLANE.sublattice([[1, 0], [10**30 + 7, 1]]),
        PLANE.sublattice([[10**20, 1], [10**20 + 1, 1]]),
    ):
        assert np.abs(lattice.reduced().vectors).sum(axis=1).tolist() == [1, 1]


def test_dual_lattice_has_integer_products_and_no_two_pi() -> None:
    assert TRIANGULAR.dual.vectors @ TRIANGULAR.basis == pytest.approx(np.eye(2))
    assert TRIANGULAR.dual.dual == TRIANGULAR


def test_coordinates_and_cartesian_are_inverse(rng: np.random.Generator) -> None:
    points = rng.standard_normal((4, 3, 2))
    assert TRIANGULAR.cartesian([0, 1]).tolist() == [0.5, 0.75**0.5]
    assert TRIANGULAR.coordinates(TRIANGULAR.cartesian(points)) == pytest.approx(points)


def test_a_lattice_given_as_sublattice_keeps_its_basis() -> None:
    coarse = lfa.Lattice([[2, 0], [2, 2]])
    assert PLANE.sublattice(coarse).vectors.tolist() == [[2, 0], [2, 2]]


# Tori -----------------------------------------------------------------------------------------------------------


@given(seed=seeds)
def test_points_and_frequencies_of_a_torus(seed: int) -> None:
    rng = np.random.default_rng(seed)
    torus = random_torus(rng, random_lattice(rng), largest=60)
    assert torus.order == len(torus.points) == len(torus.frequencies) == np.prod(torus.shape)
    assert torus.order == round(abs(np.linalg.det(torus.periods)))
    assert [place(torus, point)[0] for point in torus.points] == list(range(torus.order))
    kappa = torus.frequencies
    assert ((kappa >= 0) & (kappa < 1)).all()
    turns = kappa @ torus.periods.T - torus.twist
    np.testing.assert_allclose(turns, np.round(turns), rtol=0, atol=1e-13)
    # Frequencies differ modulo 1 where the numbers N^T kappa - t differ modulo N^T.
    numbers = {tuple(np.round(k @ torus.points.T % 1, 9) % 1) for k in kappa}
    assert len(numbers) == torus.order


def test_a_diagonal_torus_is_the_grid() -> None:
    torus = PLANE.torus((2, 3))
    assert torus.shape == (2, 3)
    assert torus.points.tolist() == [[i, j] for i in range(2) for j in range(3)]
    np.testing.assert_allclose(torus.frequencies, [[i / 2, j / 3] for i in range(2) for j in range(3)], rtol=1e-15)
    antiperiodic = PLANE.torus((2, 3), twist=0.5)
    np.testing.assert_allclose(antiperiodic.frequencies[0], [1 / 4, 1 / 6], rtol=1e-15)
    np.testing.assert_allclose(PLANE.torus((2, 3), (0, 0.5)).frequencies[4], [1 / 2, 1 / 2], rtol=1e-15)


def test_cartesian_frequencies_turn_as_the_fractional_ones() -> None:
    torus = TRIANGULAR.torus([[2, 1], [0, 3]], 0.3)
    by_coordinates = torus.frequencies @ torus.points.T
    assert torus.cartesian_frequencies @ TRIANGULAR.cartesian(torus.points).T == pytest.approx(by_coordinates)


@given(seed=seeds, reach=st.sampled_from([10, HUGE, 2**70]))
def test_locate_splits_points_exactly(seed: int, reach: int) -> None:
    rng = np.random.default_rng(seed)
    torus = random_torus(rng, random_lattice(rng))
    signs = rng.integers(-9, 10, size=(2, 5, torus.lattice.dim)).astype(object)
    points = signs * reach + rng.integers(-9, 10, size=signs.shape)
    index, winding = torus.locate(points)
    assert index.shape == (2, 5)
    rebuilt = torus.points.astype(object)[index.astype(int)] + winding.astype(object) @ torus.periods.astype(object)
    assert (rebuilt == points).all()
    assert (torus.index(points) == index).all()


@given(seed=seeds)
def test_waves_are_exponentials_with_the_phase_of_the_twist(seed: int) -> None:
    rng = np.random.default_rng(seed)
    torus = random_torus(rng, random_lattice(rng))
    points = rng.integers(-20, 21, size=(6, torus.lattice.dim))
    numbers = np.arange(torus.order)
    waves = torus.waves(points, numbers)
    np.testing.assert_allclose(waves, np.exp(2j * np.pi * (torus.frequencies @ points.T)), rtol=0, atol=1e-12)
    index, winding = torus.locate(points)
    on_torus = torus.waves(torus.points[index], numbers) * torus.winding_phases(winding)
    # Three roundings of a turn on either side, each 2 pi as large in the phase.
    np.testing.assert_allclose(waves, on_torus, rtol=0, atol=5e-15)


def test_phases_keep_their_digits_however_often_a_point_winds() -> None:
    twist = 2**0.5 - 1
    torus = LINE.torus(3, twist=twist)
    (phase,) = torus.winding_phases(np.array([[10**15 + 1]]))
    exact = float(Fraction(twist) * (10**15 + 1) % 1)
    assert phase == pytest.approx(np.exp(2j * np.pi * exact), abs=1e-15)
    (many,), (once,) = torus.waves([[3 * 10**15]], [1]), torus.winding_phases(np.array([[10**15]]))
    assert many == pytest.approx(once, abs=1e-15)


def test_phases_of_real_twists_are_signs() -> None:
    phases = PLANE.torus(3, (0.5, 0)).winding_phases(np.array([[1, 1], [2, 1], [-3, 0]]))
    assert phases.dtype == np.float64
    assert phases.tolist() == [-1, 1, -1]
    assert PLANE.torus(3, (0.5, 0)).has_real_functions
    assert not PLANE.torus(3, (0.5, 0.25)).has_real_functions


@given(seed=seeds)
def test_a_change_of_periods_transforms_the_twist(seed: int) -> None:
    rng = np.random.default_rng(seed)
    torus = random_torus(rng, random_lattice(rng))
    change = random_unimodular(rng, torus.lattice.dim)
    # Rows are periods: the new ones are change @ periods, and so are their twists.
    twist = [sum(int(u) * t for u, t in zip(row, torus.exact_twist, strict=True)) for row in change]
    same = torus.lattice.torus(change @ torus.periods, twist)
    assert torus == same
    assert hash(torus) == hash(same)
    assert torus.points.tolist() == same.points.tolist()
    np.testing.assert_allclose(torus.frequencies, same.frequencies, rtol=0, atol=1e-15)
    assert torus != torus.lattice.torus(torus.periods, torus.twist + 0.25)
    assert torus != torus.lattice.torus(2 * torus.periods, torus.twist)


def test_twists_are_reduced_modulo_one() -> None:
    assert LINE.torus(4, 2.5) == LINE.torus(4, -0.5) == LINE.torus(4, Fraction(1, 2))
    assert LINE.torus(4, -1e-20).twist.tolist() == [0.0]


@given(seed=seeds)
def test_a_torus_seen_from_another_lattice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fine = random_lattice(rng)
    vectors = random_periods(rng, fine.dim, 5)
    coarse = fine.sublattice(vectors)
    torus = fine.torus(random_periods(rng, fine.dim, 5) @ vectors, random_twist(rng, fine.dim))
    seen = coarse.torus(torus)
    assert seen.lattice == coarse
    assert seen.order * abs(round(np.linalg.det(vectors))) == torus.order
    np.testing.assert_allclose(coarse.cartesian(seen.periods), fine.cartesian(torus.periods), rtol=0, atol=1e-12)
    assert seen.exact_twist == torus.exact_twist
    assert fine.torus(seen) == torus
    # The frequencies become M^T kappa mod 1, each as often as the index says.
    folded = torus.frequencies @ vectors.T
    offsets = np.abs((folded[:, None] - seen.frequencies + 0.5) % 1 - 0.5).max(axis=2)
    counts = (offsets < 1e-12).sum(axis=0)
    assert (counts == torus.order // seen.order).all()


def test_a_torus_equals_itself_in_another_basis_of_the_lattice() -> None:
    other = lfa.Lattice([[1, 0], [1, 1]])
    torus = PLANE.torus((2, 6), (0.5, 0.25))
    assert other.torus(torus) == torus
    assert other.torus((2, 6), (0.5, 0.25)) != torus
    assert torus != SPACE.torus(2)
    assert torus != "torus"


@given(seed=seeds)
def test_conjugate_frequencies_are_opposite(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = random_lattice(rng)
    twist = rng.choice([0, 0.5], size=lattice.dim)
    torus = lattice.torus(random_periods(rng, lattice.dim, 40), twist)
    numbers = np.arange(torus.order)
    partners = torus.conjugate_frequencies(numbers)
    total = torus.frequencies + torus.frequencies[partners]
    np.testing.assert_allclose(total, np.round(total), rtol=0, atol=1e-14)
    assert (torus.conjugate_frequencies(partners) == numbers).all()


# Large numbers --------------------------------------------------------------------------------------------------


def test_huge_periods_of_a_small_torus_stay_exact() -> None:
    first, second = [HUGE + 1, HUGE], [HUGE + 2, HUGE + 1]  # determinant 1
    torus = PLANE.torus([[2 * x for x in first], [3 * x for x in second]])
    assert torus.order == 6
    index, winding = torus.locate([[2 * HUGE + 2, 2 * HUGE], second, [5 * HUGE - 3, 7]])
    assert winding[0].tolist() == [1, 0]
    assert index[0] == 0
    for point, i, w in zip([second, [5 * HUGE - 3, 7]], index[1:], winding[1:], strict=True):
        x, y = (int(c) for c in torus.points[i])
        a, b = (int(c) for c in w)
        assert point == [x + 2 * a * first[j] + 3 * b * second[j] for j, x in enumerate((x, y))]
    kappa = torus.frequencies
    assert len({tuple(k) for k in np.round(kappa, 9)}) == 6
    # All of them are exact: 6 kappa is integer.
    np.testing.assert_allclose(6 * kappa, np.round(6 * kappa), rtol=0, atol=1e-14)


def test_tori_with_more_points_than_64_bits_count() -> None:
    torus = PLANE.torus((HUGE, HUGE + 1))
    assert torus.order == HUGE * (HUGE + 1)
    number = 5 * (HUGE + 1) + 7
    assert torus.frequencies_at(number).tolist() == [5 / HUGE, 7 / (HUGE + 1)]
    point = [3 * HUGE + 11, -13]
    exact = float((Fraction(5 * point[0], HUGE) + Fraction(7 * point[1], HUGE + 1)) % 1)
    assert torus.waves([point], [number])[0, 0] == pytest.approx(np.exp(2j * np.pi * exact), abs=1e-15)
    index, winding = torus.locate([point])
    assert index.tolist() == [11 * (HUGE + 1) + HUGE + 1 - 13]
    assert winding.tolist() == [[3, -1]]


def test_periods_beyond_64_bits() -> None:
    skew = SPACE.torus([[2, 0, 0], [0, 2, 0], [10**20, 0, 2]])
    assert skew.index([0, 0, 1]).tolist() == 1
    assert skew.locate([10**20, 0, 3])[1].tolist() == [0, 0, 1]
    torus = LINE.torus(2**70)
    assert torus.periods.tolist() == [[2**70]]
    assert torus.index([[2**71 + 2**65]]).tolist() == [2**65]
    assert torus.waves([[2**69]], [1]).tolist() == [[-1]]


# Crystals -------------------------------------------------------------------------------------------------------


def random_rational_crystal(rng: np.random.Generator, lattice: Lattice) -> lfa.Crystal:
    """Return a crystal with distinct sites on twelfths, anywhere in space."""
    count = int(rng.integers(1, 4))
    cells = rng.choice(12**lattice.dim, size=count, replace=False)
    twelfths = np.stack(np.unravel_index(cells, (12,) * lattice.dim), axis=1) + 12 * rng.integers(-2, 3, (count, 1))
    sites = [[Fraction(int(x), 12) for x in row] for row in twelfths]
    return lfa.Crystal(lattice, sites, dof=rng.integers(1, 4, size=count).tolist())


def other_description(rng: np.random.Generator, crystal: lfa.Crystal) -> lfa.Crystal:
    """Return an equal crystal: the sites in another order, each moved by a lattice vector, in another basis."""
    order = rng.permutation(len(crystal.dof))
    shifts = rng.integers(-2, 3, size=(len(order), crystal.lattice.dim)).tolist()
    sites = [
        [x + s for x, s in zip(crystal.exact_sites[i], shift, strict=True)]
        for i, shift in zip(order, shifts, strict=True)
    ]
    same = lfa.Crystal(crystal.lattice, sites, [crystal.dof[i] for i in order])
    basis = lfa.Lattice(random_unimodular(rng, crystal.lattice.dim) @ crystal.lattice.vectors)
    return same.in_basis_of(basis)


def test_sizes_sites_and_positions() -> None:
    crystal = lfa.Crystal(TRIANGULAR, [[0, 0], [1 / 3, 1 / 3]], dof=[1, 3], labels=["A", "B"])
    assert crystal.size == 4
    assert crystal.exact_sites[1] == (Fraction(1, 3), Fraction(1, 3))
    assert crystal.sites.tolist() == [[0, 0], [1 / 3, 1 / 3]]
    assert crystal.labels == ("A", "B")
    torus = TRIANGULAR.torus((2, 1))
    expected = [[[0, 0], [0.5, 0.75**0.5 / 3]], [[1, 0], [1.5, 0.75**0.5 / 3]]]
    assert crystal.positions(torus) == pytest.approx(np.array(expected))
    assert lfa.Crystal.from_cartesian(TRIANGULAR, expected[0], dof=[1, 3]) == crystal


def test_sites_given_as_floats_mean_simple_fractions() -> None:
    assert lfa.Crystal(LINE, [0.1 + 0.2]).exact_sites == ((Fraction(3, 10),),)
    ((irrational,),) = lfa.Crystal(LINE, [2**0.5]).exact_sites
    assert irrational == Fraction(round(2**0.5 * 2**40), 2**40)
    assert lfa.Crystal(LINE, [0.123456789]) == lfa.Crystal(LINE, [1.123456789])


def test_twists_given_as_floats_mean_simple_fractions() -> None:
    assert LINE.torus(3, 0.1 + 0.2).exact_twist == (Fraction(3, 10),)
    assert LINE.torus(3, -1e-17) == LINE.torus(3)
    assert LINE.torus(3, 2**0.5 - 1).exact_twist == (Fraction(2**0.5 - 1),)
    square, skew = PLANE.torus([[4, 0], [0, 4]], [0.1, 0.2]), PLANE.torus([[4, 0], [4, 4]], [0.1, 0.1 + 0.2])
    assert square == skew


@given(seed=seeds)
def test_crystals_are_equal_up_to_translations_order_and_basis(seed: int) -> None:
    rng = np.random.default_rng(seed)
    crystal = random_rational_crystal(rng, random_lattice(rng))
    other = other_description(rng, crystal)
    assert crystal == other
    assert hash(crystal) == hash(other)
    assert crystal != crystal.shifted([Fraction(1, 24)] * crystal.lattice.dim)
    assert crystal != lfa.Crystal(crystal.lattice, crystal.exact_sites, [d + 1 for d in crystal.dof])
    for a, (b, w) in enumerate(crystal.matching(other)):
        moved = [x + s for x, s in zip(other.in_basis_of(crystal.lattice).exact_sites[b], w, strict=True)]
        assert tuple(moved) == crystal.exact_sites[a]


def test_is_same_as_is_stricter_than_equality() -> None:
    crystal = lfa.Crystal(LINE, [0, 0.5])
    for other in (lfa.Crystal(LINE, [0.5, 0]), lfa.Crystal(LINE, [0, 1.5])):
        assert crystal == other
        assert not crystal.is_same_as(other)
    assert crystal.is_same_as(lfa.Crystal(LINE, [0, 0.5], labels=["a", "b"]))
    assert crystal != lfa.Crystal(LINE.sublattice(2), [0, 0.5])
    assert crystal != lfa.Crystal(LINE, [0, 0.25, 0.5])
    assert crystal != "crystal"


@given(seed=seeds)
def test_supercell_of_a_supercell_is_the_supercell_of_the_product(seed: int) -> None:
    rng = np.random.default_rng(seed)
    crystal = random_rational_crystal(rng, random_lattice(rng))
    first, second = (random_periods(rng, crystal.lattice.dim, 4) for _ in range(2))
    # Rows: the vectors of the second sublattice count in those of the first.
    assert crystal.supercell(first).supercell(second) == crystal.supercell(second @ first)


def test_supercell_lists_cosets_first_and_does_not_reduce_sites() -> None:
    crystal = lfa.Crystal(LINE, [0, 2.5], dof=[1, 2], labels=["a", "b"]).supercell(2)
    assert crystal.sites.tolist() == [[0], [1.25], [0.5], [1.75]]
    assert crystal.dof == (1, 2, 1, 2)
    assert crystal.labels == ("a", "b", "a", "b")
    assert crystal.lattice == LINE.sublattice(2)


@given(seed=seeds)
def test_primitive_undoes_supercell(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = random_lattice(rng)
    site = [Fraction(int(x), 7) for x in rng.integers(-9, 10, size=lattice.dim)]
    crystal = lfa.Crystal(lattice, [site], dof=3)
    found = crystal.supercell(random_periods(rng, lattice.dim, 9)).primitive()
    assert len(found.dof) == 1
    assert found == crystal


@given(seed=seeds)
def test_regroup_is_a_permutation_with_the_phases_of_the_twist(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = random_lattice(rng)
    source = random_rational_crystal(rng, lattice)
    vectors = random_periods(rng, lattice.dim, 4)
    target = other_description(rng, source.supercell(vectors))
    torus = lattice.torus(random_periods(rng, lattice.dim, 4) @ vectors, random_twist(rng, lattice.dim))
    # A wave of the torus is a function of the position: both descriptions sample it.
    momentum = torus.cartesian_frequencies[rng.integers(torus.order)]

    def wave(crystal: lfa.Crystal) -> np.ndarray:
        values = np.exp(2j * np.pi * crystal.positions(torus) @ momentum)
        return np.repeat(values, crystal.dof, axis=1) * np.concatenate([np.arange(1, d + 1) for d in crystal.dof])

    # The other basis may be long and flat, and costs the positions digits.
    np.testing.assert_allclose(lfa.regroup(wave(source), source, target, torus), wave(target), rtol=0, atol=1e-9)
    f = rng.standard_normal((2, torus.order, source.size)) + 0j
    there = lfa.regroup(f, source, target, torus)
    assert there.shape == (2, target.lattice.torus(torus).order, target.size)
    np.testing.assert_allclose(np.sort(np.abs(there), axis=None), np.sort(np.abs(f), axis=None), rtol=1e-15)
    np.testing.assert_allclose(lfa.regroup(there, target, source, torus), f, rtol=0, atol=1e-14)


def test_regroup_without_a_twist_moves_numbers_and_changes_none() -> None:
    pixels = lfa.Crystal(PLANE, dof=2)
    f = np.arange(24).reshape(12, 2)
    cells = lfa.regroup(f, pixels, pixels.supercell((2, 3)), (4, 3))
    assert cells.dtype == f.dtype
    assert cells.tolist() == [list(range(12)), list(range(12, 24))]
    assert (lfa.regroup(cells, pixels.supercell((2, 3)), pixels, PLANE.torus((4, 3))) == f).all()


# Values are frozen ----------------------------------------------------------------------------------------------

CRYSTAL = lfa.Crystal(TRIANGULAR, [[0, 0], [1 / 3, 1 / 3]])
TORUS = TRIANGULAR.torus([[2, 1], [0, 3]], [0.5, 0.3])


@pytest.mark.parametrize("value", [TRIANGULAR, TRIANGULAR.sublattice(3), CRYSTAL, TORUS], ids=repr)
def test_copies_and_pickles_are_equal(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own bytes
    assert copy.deepcopy(value) == value


@pytest.mark.parametrize(("value", "name"), [(TRIANGULAR, "_basis"), (CRYSTAL, "lattice"), (TORUS, "lattice")])
def test_values_are_frozen(value: object, name: str) -> None:
    with pytest.raises(AttributeError, match="cannot assign"):
        setattr(value, name, None)


@pytest.mark.parametrize(
    "array",
    [
        TRIANGULAR.vectors,
        TRIANGULAR.basis,
        CRYSTAL.sites,
        TORUS.points,
        TORUS.periods,
        TORUS.twist,
        TORUS.frequencies,
        TORUS.cartesian_frequencies,
    ],
)
def test_arrays_handed_out_are_read_only(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="read-only"):
        array[...] = 0


@pytest.mark.parametrize(
    "torus", [PLANE.torus(3), PLANE.torus((3, 2), 0.5), TRIANGULAR.sublattice(2).torus([[2, 1], [0, 3]])]
)
def test_a_printed_torus_can_be_read_back(torus: lfa.Torus) -> None:
    assert eval(repr(torus), {"Lattice": lfa.Lattice}).periods.tolist() == torus.periods.tolist()  # noqa: S307


@pytest.mark.parametrize(
    ("crystal", "text"),
    [
        (lfa.Crystal(LINE, dof=3), "Crystal(Lattice([[1.0]]), dof=3)"),
        (lfa.Crystal(LINE, [0, 1 / 3], [1, 2]), "Crystal(Lattice([[1.0]]), sites=[['0'], ['1/3']], dof=[1, 2])"),
        (
            lfa.Crystal(LINE).supercell(5),
            "Crystal(Lattice([[5.0]]), sites=[['0'], ['1/5'], ['2/5'], '... 2 more'], dof=1)",
        ),
    ],
)
def test_crystals_print_readably(crystal: lfa.Crystal, text: str) -> None:
    assert repr(crystal) == text


def test_fractions_as_text() -> None:
    lattice = lfa.lattices.triangular()
    assert lfa.Crystal(lattice, [["1/3", "1/3"]]) == lfa.Crystal(lattice, [[1 / 3, 1 / 3]])
    assert lattice.torus(4, twist=["1/2", "0.25"]).exact_twist == (Fraction(1, 2), Fraction(1, 4))
    for text in ("x", "1/0", "1e99999999999", ""):
        with pytest.raises(lfa.errors.InvalidArgumentError, match=r"sites: got .*; real coordinates, or fractions"):
            lfa.Crystal(lattice, [[text, 0]])
        with pytest.raises(lfa.errors.TorusError, match=r"twist: got .*; real numbers, or fractions such"):
            lattice.torus(4, twist=[text, 0])


@pytest.mark.parametrize("dtype", [np.float32, np.complex64, np.float64, np.complex128])
def test_regroup_keeps_the_precision(dtype: type) -> None:
    signal = lfa.Crystal(LINE)
    f = np.ones((8, 1), dtype=dtype)
    for twist, expected in ((0.5, dtype), (0.25, np.result_type(dtype, np.complex64))):
        moved = lfa.regroup(f, signal, lfa.Crystal(LINE, [[1]]), LINE.torus(8, twist))
        assert moved.dtype == expected
