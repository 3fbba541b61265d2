"""Where floats become exact, and numbers become huge: nothing is rounded to what it is not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import crystal_lfa as lfa

LINE, PLANE = lfa.lattices.integer(1), lfa.lattices.integer(2)
TRIANGULAR = lfa.lattices.triangular()


def flat(length: float) -> lfa.Lattice:
    return lfa.Lattice([[1, 0], [0, length]])


# Lattices given independently ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tiny", [1e-10, 2.5e-10, 1e-13])
def test_a_tiny_lattice_is_not_a_sublattice_of_a_large_one(tiny: float) -> None:
    large, small = lfa.lattices.square(2.5), lfa.lattices.square(2.5 * tiny)
    assert not large.contains(small)
    assert large != small
    with pytest.raises(lfa.errors.LatticeError, match=r"is not a sublattice of|incommensurate"):
        small.index_in(large)


def test_long_integer_vectors_are_related_exactly() -> None:
    assert flat(1e9).index_in(PLANE) == 10**9
    assert not flat(1e9).contains(PLANE)
    for factor in (2_000_000, 2**40 + 3):
        coarse = LINE.sublattice(factor)
        assert lfa.Lattice(coarse.vectors) == coarse
        assert LINE.contains(lfa.Lattice(coarse.vectors))
        assert LINE.sum(lfa.Lattice([[factor + 1]])) == LINE


def test_long_vectors_of_other_lattices_are_related() -> None:
    coarse = TRIANGULAR.sublattice([[2_000_003, 5], [1, 1_000_001]])
    assert lfa.Lattice(coarse.vectors) == coarse
    assert lfa.Lattice(coarse.vectors).index_in(TRIANGULAR) == 2_000_003 * 1_000_001 - 5


@pytest.mark.parametrize("length", [1.0, 1000.0])
def test_equality_is_symmetric(length: float) -> None:
    for change in (0, 1e-13, 1e-10, 9e-7, 1e-5):
        other = lfa.Lattice([[1, 0], [length, 1 + change]])
        assert (other == PLANE) == (other == PLANE)
        assert other != PLANE or change <= 1e-10


def test_relations_are_inverse_to_one_another() -> None:
    one = lfa.Lattice([[1, 0.1], [0.5, 0.75**0.5]])
    other = lfa.Lattice(np.array([[2, 1], [1, 3]]) @ one.vectors / 7)
    product = np.array(one.relation(other), dtype=object) @ np.array(other.relation(one), dtype=object)
    assert product.tolist() == [[1, 0], [0, 1]]


def test_points_lie_in_a_lattice_within_an_absolute_tolerance() -> None:
    points = [[999_999.9995], [1000.0000005], [3 + 1e-10], [999_999.0]]
    assert LINE.contains(points).tolist() == [False, False, True, True]
    skew = TRIANGULAR.cartesian([[123_456, -654_321], [5, 7]])
    assert TRIANGULAR.contains(skew).all()
    assert not TRIANGULAR.contains(skew + 1e-5).any()


# Sites -----------------------------------------------------------------------------------------------------------


def test_generic_sites_stay_what_they_are(rng: np.random.Generator) -> None:
    lattice = lfa.Lattice([[1, 0.2], [0.3, 1.1]])
    sites = rng.random((300, 2))
    moved = lfa.Crystal.from_cartesian(lattice, lattice.cartesian(sites))
    assert np.abs(moved.sites - sites).max() < 2e-12
    for site in sites:
        assert lfa.Crystal.from_cartesian(lattice, [lattice.cartesian(site)]) == lfa.Crystal(lattice, [site])
    thirds = lfa.Crystal.from_cartesian(lattice, lattice.cartesian([[1 / 3, 5 / 7]]))
    assert thirds.exact_sites == ((Fraction(1, 3), Fraction(5, 7)),)


def test_a_site_is_the_same_in_every_cell(rng: np.random.Generator) -> None:
    for x in [0.827525909363885, *rng.random(2000).tolist()]:
        here, there = lfa.Crystal(LINE, [[x]]), lfa.Crystal(LINE, [[x + 1]])
        assert here == there
        assert here.matching(there) == ((0, (-1,)),)
    with pytest.raises(lfa.errors.InvalidArgumentError, match="coincide modulo the lattice"):
        lfa.Crystal(LINE, [[0.827525909363885], [1.827525909363885]])


def test_sites_a_little_apart_differ() -> None:
    close = lfa.Crystal(LINE, [[0.1234567891], [0.1234567892]])
    assert close == lfa.Crystal(LINE, [[1.1234567892], [0.1234567891]])
    assert lfa.Crystal(LINE, [[0]]) == lfa.Crystal(LINE, [[1 - 1e-14]])


# Frequencies -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("numbers", [[0.9, 1.99], ["1"], [float("nan")], 1j, [2**70]])
def test_numbers_of_frequencies_are_integers(numbers: object) -> None:
    torus = LINE.torus(5)
    for call in (torus.frequencies_at, torus.conjugate_frequencies, lambda x: torus.waves([[1]], x)):
        with pytest.raises(lfa.errors.InvalidArgumentError, match=r"numbers: got .*; integers are needed"):
            call(numbers)


def test_low_frequencies_of_a_huge_torus_are_found() -> None:
    torus = LINE.torus(10**10)
    assert torus.frequency_index([0.0]) == 0
    assert torus.frequency_index([1e-8]) == 100
    with pytest.raises(lfa.errors.TorusError, match="which is none of"):
        LINE.torus(10**12).frequency_index([0.123])


# Cells of extreme shapes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [2e-3, 77.7, 400.0])
def test_zones_of_long_cells(length: float) -> None:
    zone = flat(length).brillouin_zone()
    assert len(zone.vertices) == 4
    assert zone.volume * length == pytest.approx(1)
    assert flat(length).sublattice([[1, 0], [1, 2]]).brillouin_zone().volume * 2 * length == pytest.approx(1)


@pytest.mark.parametrize("length", [1e5, 1e6, 3e6, 1e8])
def test_zones_of_much_longer_cells_are_refused(length: float) -> None:
    for cell in (flat(length), lfa.Lattice(np.diag([1, 1, length]))):
        with pytest.raises(lfa.errors.LatticeError, match="differ in length"):
            cell.brillouin_zone()


@pytest.mark.parametrize("unit", [1e-55, 1e-30, 1e30, 1e55])
def test_units_do_not_matter(unit: float) -> None:
    for dimension in (1, 2, 3, 4):
        lattice = lfa.lattices.integer(dimension) if unit == 1 else lfa.Lattice(unit * np.eye(dimension))
        (shell,) = lfa.Crystal(lattice).shells(1)
        assert shell.coordination == (2 * dimension,)
        assert shell.distance == pytest.approx(unit)
        if dimension < 4:
            assert lattice.brillouin_zone().volume * unit**dimension == pytest.approx(1)


@pytest.mark.parametrize("shear", [10**9, 10**17, 10**30])
def test_very_skew_bases(shear: int) -> None:
    lattice = PLANE.sublattice([[1, 0], [shear, 1]])
    assert lattice == PLANE
    assert lattice.brillouin_zone().volume == pytest.approx(1)
    with pytest.raises(lfa.errors.InvalidArgumentError, match=r"corners: .* is of a kind without"):
        lattice.path()
