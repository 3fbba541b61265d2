"""Laws of lattices, tori and crystals, in one to four dimensions, on whatever SymPy computes with."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from fractions import Fraction
from importlib.util import find_spec
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import crystal_lfa as lfa
from crystal_lfa.testing.oracle import adjugate, determinant

Rows = list[list[int]]

LARGEST_TORUS, LARGEST_DENSE, LARGEST_ENTRY = 2000, 500, 50
FEW, MANY = 25, 500


def law(test: Any) -> Any:
    """Run a law on a few examples, and on many in the slow tests."""
    few, many = settings(max_examples=FEW), settings(max_examples=MANY)
    chosen = many if os.environ.get("CRYSTAL_LFA_EXAMPLES") == "many" else few
    return chosen(test)


# Draws ----------------------------------------------------------------------------------------------------------

dimensions = st.integers(1, 4)


@st.composite
def nonsingular(draw: st.DrawFn, size: int, largest: int = LARGEST_ENTRY) -> Rows:
    """Any integer matrix with entries up to a size and a determinant other than zero."""
    entries = st.integers(-largest, largest)
    rows = draw(st.lists(st.lists(entries, min_size=size, max_size=size), min_size=size, max_size=size))
    assume(determinant(rows) != 0)
    return rows


@st.composite
def unimodular(draw: st.DrawFn, size: int) -> Rows:
    """A product of shears, a permutation and signs."""
    order = draw(st.permutations(range(size)))
    signs = draw(st.lists(st.sampled_from([-1, 1]), min_size=size, max_size=size))
    rows = [[signs[i] * int(order[i] == j) for j in range(size)] for i in range(size)]
    axes = st.integers(0, size - 1)
    for i, j, factor in draw(st.lists(st.tuples(axes, axes, st.integers(-3, 3)), max_size=4)):
        if i != j:
            rows[i] = [a + factor * b for a, b in zip(rows[i], rows[j], strict=True)]
    return rows


def times(left: Rows, right: Rows) -> Rows:
    return [
        [sum(a * b for a, b in zip(row, column, strict=True)) for column in zip(*right, strict=True)] for row in left
    ]


@st.composite
def periods(draw: st.DrawFn, size: int, largest: int) -> Rows:
    """Skew period vectors of a torus with at most so many points, entries up to 50."""
    extents: list[int] = []
    for _ in range(size):
        extents.append(draw(st.integers(1, max(1, min(LARGEST_ENTRY, largest // prod(extents))))))
    lower = [
        [draw(st.integers(0, n - 1)) if j < i else n * (i == j) for j in range(size)] for i, n in enumerate(extents)
    ]
    transposed = [list(column) for column in zip(*lower, strict=True)]
    rows = times(draw(unimodular(size)), draw(st.permutations(transposed)))
    assume(max(abs(x) for row in rows for x in row) <= LARGEST_ENTRY)
    return rows


twist_entries = st.one_of(
    st.just(0), st.just(Fraction(1, 2)), st.fractions(0, 1, max_denominator=12), st.floats(0, 1, exclude_max=True)
)


@st.composite
def tori(draw: st.DrawFn, largest: int = LARGEST_TORUS) -> lfa.Torus:
    """A torus in one to four dimensions, with skew periods and any twist."""
    size = draw(dimensions)
    twist = draw(st.lists(twist_entries, min_size=size, max_size=size))
    return lfa.lattices.integer(size).torus(draw(periods(size, largest)), twist)


@st.composite
def crystals(draw: st.DrawFn, size: int) -> lfa.Crystal:
    """A few sites on twelfths, some outside the cell, with one to three unknowns each."""
    twelfths = st.tuples(*[st.integers(-15, 27)] * size)
    sites = draw(st.lists(twelfths, min_size=1, max_size=3, unique_by=lambda s: tuple(x % 12 for x in s)))
    dof = draw(st.lists(st.integers(1, 3), min_size=len(sites), max_size=len(sites)))
    exact = [[Fraction(x, 12) for x in site] for site in sites]
    return lfa.Crystal(lfa.lattices.integer(size), exact, dof)


def classes(rows: Rows, points: Any) -> set[tuple[int, ...]]:
    """Name the class of each point modulo the vectors by adj(N) z mod det(N), with Python's integers."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    det, adj = abs(determinant(columns)), adjugate(columns)
    return {tuple(sum(a * int(x) for a, x in zip(row, point, strict=True)) % det for row in adj) for point in points}


def functions(torus: lfa.Torus, size: int = 2) -> np.ndarray:
    rng = np.random.default_rng(torus.order)
    return rng.standard_normal((torus.order, size)) + 1j * rng.standard_normal((torus.order, size))


def characters(torus: lfa.Torus) -> np.ndarray:
    """The unitary table exp(-2 pi i kappa . z) / sqrt(order), from Python's fractions reduced before rounding."""
    order = torus.order
    columns = [list(column) for column in zip(*torus.period_vectors, strict=True)]
    det, adj = determinant(columns), adjugate(columns)
    # kappa . z = (g + t) . N^-1 z; g are the whole turns N^T kappa - t of the frequency along the periods.
    turns = np.rint(torus.frequencies @ torus.periods.T - torus.twist).astype(int).tolist()
    inverses = [[sum(a * x for a, x in zip(row, z, strict=True)) for row in adj] for z in torus.points.tolist()]
    whole = np.array([[sum(g * y for g, y in zip(k, z, strict=True)) % det for z in inverses] for k in turns]) / det
    twists = [float(sum(t * y for t, y in zip(torus.exact_twist, z, strict=True)) / det % 1) for z in inverses]
    return np.exp(-2j * np.pi * (whole + np.array(twists))) / np.sqrt(order)


# Sublattices ----------------------------------------------------------------------------------------------------


@law
@given(data=st.data(), size=dimensions)
def test_the_index_of_meet_and_join_is_that_of_both(data: st.DataObject, size: int) -> None:
    whole = lfa.lattices.integer(size)
    left, right = (whole.sublattice(data.draw(nonsingular(size))) for _ in range(2))
    meet, join = left.intersection(right), left.sum(right)
    assert meet.index_in(whole) * join.index_in(whole) == left.index_in(whole) * right.index_in(whole)
    assert meet.index_in(left) == right.index_in(join)
    assert (meet, join) == (right.intersection(left), right.sum(left))
    for smaller, larger in ((meet, left), (meet, right), (left, join), (right, join)):
        assert larger.contains(smaller)
        assert smaller.contains(larger) == (smaller.index_in(larger) == 1) == (smaller == larger)
        assert larger.contains(smaller.vectors.astype(int)).all()


@law
@given(data=st.data(), size=dimensions)
def test_a_lattice_is_its_points_whatever_the_basis(data: st.DataObject, size: int) -> None:
    lattice = lfa.lattices.integer(size).sublattice(data.draw(nonsingular(size)))
    other = lattice.sublattice(data.draw(unimodular(size)))
    assert lattice == other
    assert hash(lattice) == hash(other)
    assert lattice == lfa.Lattice(other.vectors)
    assert lattice == lattice.reduced()
    assert lattice != lattice.sublattice(2)
    assert lattice.contains(other)
    assert lattice.index_in(other) == 1


@law
@given(data=st.data(), size=dimensions)
def test_containing_is_being_an_integer_combination(data: st.DataObject, size: int) -> None:
    rows = data.draw(nonsingular(size))
    lattice = lfa.lattices.integer(size).sublattice(rows)
    points = data.draw(st.lists(st.tuples(*[st.integers(-60, 60)] * size), min_size=1, max_size=9))
    expected = [classes(rows, [point]) == {(0,) * size} for point in points]
    assert lattice.contains(points).tolist() == expected
    assert lattice.contains(np.array(points) @ np.array(rows)).all()


@law
@given(data=st.data(), size=dimensions)
def test_short_vectors_are_no_longer_and_span_the_lattice(data: st.DataObject, size: int) -> None:
    skew = lfa.lattices.integer(size).sublattice(data.draw(unimodular(size)))
    short, rows = skew.shortened()
    assert short == skew
    np.testing.assert_array_equal(np.array(rows) @ skew.vectors, short.vectors)
    assert np.linalg.norm(short.vectors, axis=1).max() <= np.linalg.norm(skew.vectors, axis=1).max() + 1e-9
    # Of the integer lattice the shortest vectors are found.
    np.testing.assert_array_equal(np.abs(short.vectors).sum(axis=1), 1)


# Tori -----------------------------------------------------------------------------------------------------------


@law
@given(torus=tori())
def test_the_order_is_the_determinant_the_points_and_the_factors(torus: lfa.Torus) -> None:
    rows = [list(row) for row in torus.period_vectors]
    assert torus.order == abs(determinant(rows)) == len(torus.points) == prod(torus.shape)
    assert len(classes(rows, torus.points)) == torus.order
    assert prod(torus.invariant_factors) == torus.order
    assert all(larger % smaller == 0 for smaller, larger in pairwise(torus.invariant_factors))
    assert (torus.index(torus.points) == np.arange(torus.order)).all()
    box = np.array(list(np.ndindex(*torus.shape))).reshape(-1, torus.lattice.dim)
    assert (torus.points == box).all()


@law
@given(torus=tori(), data=st.data())
def test_points_are_reduced_and_wind_exactly(torus: lfa.Torus, data: st.DataObject) -> None:
    entries = st.integers(-(2**70), 2**70) | st.integers(-99, 99)
    point = data.draw(st.lists(entries, min_size=torus.lattice.dim, max_size=torus.lattice.dim))
    index, winding = torus.locate([point])
    turns = times([[int(w) for w in winding[0]]], [list(row) for row in torus.period_vectors])[0]
    assert point == [int(x) + n for x, n in zip(torus.points[int(index[0])], turns, strict=True)]


@law
@given(torus=tori())
def test_frequencies_are_admissible_and_distinct(torus: lfa.Torus) -> None:
    kappa = torus.frequencies
    assert ((kappa >= 0) & (kappa < 1)).all()
    turns = kappa @ torus.periods.T - torus.twist
    whole = np.rint(turns)
    np.testing.assert_allclose(turns, whole, rtol=0, atol=1e-12)
    # Frequencies are equal modulo 1 where the whole turns are equal modulo N^T.
    transposed = [list(column) for column in zip(*torus.period_vectors, strict=True)]
    assert len(classes(transposed, whole)) == torus.order
    assert (torus.frequency_index(kappa) == np.arange(torus.order)).all()
    assert (torus.frequency_index(kappa - 3) == np.arange(torus.order)).all()


@law
@given(torus=tori(LARGEST_DENSE))
def test_the_transform_is_the_character_table(torus: lfa.Torus) -> None:
    table, f = characters(torus), functions(torus)
    np.testing.assert_allclose(table @ table.conj().T, np.eye(torus.order), rtol=0, atol=1e-12)
    np.testing.assert_allclose(torus.fourier(f), table @ f, rtol=0, atol=1e-12)
    np.testing.assert_allclose(torus.inverse_fourier(f), table.conj().T @ f, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        torus.waves(torus.points, np.arange(torus.order)).conj() / torus.order**0.5, table, atol=1e-14
    )


@law
@given(torus=tori())
def test_the_transform_is_unitary(torus: lfa.Torus) -> None:
    f = functions(torus)
    there = torus.fourier(f)
    np.testing.assert_allclose(np.linalg.norm(there, axis=0), np.linalg.norm(f, axis=0), rtol=1e-13)
    np.testing.assert_allclose(torus.inverse_fourier(there), f, rtol=0, atol=1e-13)


@law
@given(torus=tori(), data=st.data())
def test_a_shift_multiplies_the_transform_by_waves(torus: lfa.Torus, data: st.DataObject) -> None:
    step = data.draw(st.lists(st.integers(-60, 60), min_size=torus.lattice.dim, max_size=torus.lattice.dim))
    f = functions(torus)
    index, winding = torus.locate(torus.points + np.array(step))
    shifted = torus.winding_phases(winding)[:, None] * f[index]
    waves = torus.waves([step], np.arange(torus.order))
    np.testing.assert_allclose(torus.fourier(shifted), waves * torus.fourier(f), rtol=0, atol=1e-12)


@law
@given(torus=tori(), data=st.data())
def test_a_torus_is_the_same_with_other_periods_and_another_basis(torus: lfa.Torus, data: st.DataObject) -> None:
    size = torus.lattice.dim
    change = data.draw(unimodular(size))
    twist = [sum(u * t for u, t in zip(row, torus.exact_twist, strict=True)) for row in change]
    same = torus.lattice.torus(times(change, [list(row) for row in torus.period_vectors]), twist)
    assert torus == same
    assert hash(torus) == hash(same)
    np.testing.assert_array_equal(torus.points, same.points)
    np.testing.assert_array_equal(torus.frequencies, same.frequencies)
    other = torus.lattice.sublattice(data.draw(unimodular(size))).torus(torus)
    assert torus == other
    assert torus != torus.lattice.torus(torus.periods, [t + Fraction(1, 3) for t in torus.exact_twist])


@law
@given(data=st.data(), size=dimensions)
def test_harmonics_alias_to_one_frequency_of_the_sublattice(data: st.DataObject, size: int) -> None:
    lattice = lfa.lattices.integer(size)
    vectors = data.draw(periods(size, 12))
    twist = data.draw(st.lists(twist_entries, min_size=size, max_size=size))
    torus = lattice.torus(times(data.draw(periods(size, 40)), vectors), twist)
    coarse = lattice.sublattice(vectors)
    seen, aliases = coarse.torus(torus), torus.aliases(vectors)
    difference = torus.frequencies @ np.array(vectors).T - seen.frequencies[aliases]
    np.testing.assert_allclose(difference, np.rint(difference), rtol=0, atol=1e-11)
    harmonics = torus.harmonics(coarse)
    assert harmonics.shape == (seen.order, coarse.index_in(lattice))
    assert (aliases[harmonics] == np.arange(seen.order)[:, None]).all()
    assert sorted(harmonics.ravel().tolist()) == list(range(torus.order))


# Crystals -------------------------------------------------------------------------------------------------------


@st.composite
def described_otherwise(draw: st.DrawFn, crystal: lfa.Crystal) -> lfa.Crystal:
    """The same crystal: sites in another order, each moved by a lattice vector, in another basis."""
    size = crystal.lattice.dim
    order = draw(st.permutations(range(len(crystal.dof))))
    moves = [draw(st.lists(st.integers(-9, 9), min_size=size, max_size=size)) for _ in order]
    sites = [
        [x + s for x, s in zip(crystal.exact_sites[i], move, strict=True)] for i, move in zip(order, moves, strict=True)
    ]
    same = lfa.Crystal(crystal.lattice, sites, [crystal.dof[i] for i in order])
    return same.in_basis_of(crystal.lattice.sublattice(draw(unimodular(size))))


@law
@given(data=st.data(), size=dimensions)
def test_crystals_are_equal_up_to_basis_order_and_translations(data: st.DataObject, size: int) -> None:
    crystal = data.draw(crystals(size))
    other = data.draw(described_otherwise(crystal))
    assert crystal == other
    assert hash(crystal) == hash(other)
    matching = crystal.matching(other)
    assert matching is not None
    seen = other.in_basis_of(crystal.lattice)
    for site, (partner, shift) in zip(crystal.exact_sites, matching, strict=True):
        assert site == tuple(x + w for x, w in zip(seen.exact_sites[partner], shift, strict=True))
    assert crystal != crystal.shifted([Fraction(1, 24)] * size)


@law
@given(data=st.data(), size=dimensions)
def test_the_supercell_of_a_supercell_is_that_of_the_product(data: st.DataObject, size: int) -> None:
    crystal = data.draw(crystals(size))
    first, second = data.draw(periods(size, 12)), data.draw(periods(size, 12))
    assert crystal.supercell(first).supercell(second) == crystal.supercell(times(second, first))


@law
@given(data=st.data(), size=dimensions)
def test_regroup_is_a_permutation_with_its_inverse(data: st.DataObject, size: int) -> None:
    source = data.draw(crystals(size))
    first, second = data.draw(periods(size, 4)), data.draw(periods(size, 4))
    # Two cells of which neither holds the other.
    one, other = source.supercell(first), data.draw(described_otherwise(source.supercell(second)))
    common = source.lattice.sublattice(first).intersection(source.lattice.sublattice(second))
    torus = source.lattice.sublattice(common).torus(data.draw(periods(size, 3)))
    order = one.lattice.torus(torus).order
    f = np.arange(order * one.size).reshape(order, one.size)
    there = lfa.regroup(f, one, other, torus)
    assert sorted(there.ravel().tolist()) == f.ravel().tolist()
    assert (lfa.regroup(there, other, one, torus) == f).all()
    via = lfa.regroup(lfa.regroup(f, one, source, torus), source, other, torus)
    assert (via == there).all()


@law
@given(data=st.data(), size=st.integers(1, 3))
def test_shells_are_the_same_whatever_the_basis(data: st.DataObject, size: int) -> None:
    crystal = data.draw(crystals(size))
    other = data.draw(described_otherwise(crystal))
    matching = crystal.matching(other)
    assert matching is not None
    for shell, same in zip(crystal.shells(2), other.shells(2), strict=True):
        assert shell.distance == pytest.approx(same.distance)
        assert shell.coordination == tuple(same.coordination[partner] for partner, _ in matching)
        for a, b, offset in shell.bonds:
            steps = [y + q - p for y, p, q in zip(offset, crystal.exact_sites[a], crystal.exact_sites[b], strict=True)]
            assert float(np.linalg.norm([float(x) for x in steps])) == pytest.approx(shell.distance)
            assert (b, a, tuple(-y for y in offset)) in shell.bonds


# Builds of SymPy ------------------------------------------------------------------------------------------------

FLINT = find_spec("flint") is not None


def digest() -> str:
    """Return a number for orders, points, frequencies and transforms of fixed skew tori."""
    rng = np.random.default_rng(1)
    total = hashlib.sha256()
    for size in (1, 2, 3, 4) * 10:
        rows = rng.integers(-9, 10, size=(size, size)).tolist()
        if not 0 < abs(determinant(rows)) < LARGEST_TORUS:
            continue
        torus = lfa.lattices.integer(size).torus(rows, rng.random(size))
        index, winding = torus.locate(rng.integers(-99, 99, size=(20, size)))
        transform = np.round(torus.fourier(functions(torus)), 9) + 0.0
        for array in (torus.points, torus.frequencies, index, winding, np.array(torus.invariant_factors)):
            total.update(np.ascontiguousarray(array).tobytes())
        total.update(repr(np.round(np.abs(transform).sum(axis=0), 6).tolist()).encode())
    return total.hexdigest()


def with_ground_types(types: str, *command: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[1]
    chosen = {"SYMPY_GROUND_TYPES": types, "PYTHONPATH": str(root / "tests"), "CRYSTAL_LFA_EXAMPLES": "many"}
    return subprocess.run(
        [sys.executable, *command], cwd=root, env={**os.environ, **chosen}, capture_output=True, text=True, check=False
    )


def test_points_and_frequencies_do_not_depend_on_sympys_ground_types() -> None:
    assert FLINT, "the tests need python-flint, to try both of SymPy's ground types"
    code = "import sympy.external.gmpy as g, test_geometry_laws as laws; print(g.GROUND_TYPES, laws.digest())"
    printed = {types: with_ground_types(types, "-c", code).stdout.split() for types in ("python", "flint")}
    assert {types: words[0] for types, words in printed.items()} == {"python": "python", "flint": "flint"}
    assert printed["python"][1] == printed["flint"][1]


@pytest.mark.slow
@pytest.mark.parametrize("types", ["python", "flint"])
def test_every_law_holds_many_times_with_each_of_sympys_ground_types(types: str) -> None:
    result = with_ground_types(types, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", "not sympys")
    assert result.returncode == 0, result.stdout
