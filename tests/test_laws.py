"""Every family of operators against every law; and that the laws notice operators that break them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crystal_lfa as lfa
from crystal_lfa.testing import Case, Family, check, check_adjoint, families, laws, register
from crystal_lfa.testing.draws import RandomOperator, random_crystal, random_lattice, random_torus
from crystal_lfa.testing.families import _families
from crystal_lfa.testing.oracle import place

seeds = st.integers(0, 2**32 - 1)
every_family = pytest.mark.parametrize("family", families(), ids=lambda family: family.name.replace(" ", "-"))
every_law = pytest.mark.parametrize("law", laws(), ids=lambda law: law.__name__)

LINE = lfa.lattices.integer(1)
LAPLACIAN = lfa.CrystalOperator(LINE, LINE, {-1: -1, 0: 2, 1: -1})


def obey(family: Family, law: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    law(family.draw(rng), rng)


@every_law
@every_family
@given(seed=seeds)
def test_law(family: Family, law: Any, seed: int) -> None:
    obey(family, law, seed)


@pytest.mark.slow
@every_law
@every_family
@settings(max_examples=300)
@given(seed=seeds)
def test_law_thoroughly(family: Family, law: Any, seed: int) -> None:
    obey(family, law, seed)


@pytest.mark.parametrize("twisted", [False, True], ids=["untwisted", "twisted"])
@pytest.mark.parametrize("seed", range(50))
def test_svdvals_to_sparse_and_the_definition_agree(seed: int, twisted: bool) -> None:
    """Shows 3: random skew tori in 1-3 dimensions, random multi-site crystals, to 1e-12."""
    rng = np.random.default_rng(seed)
    lattice = random_lattice(rng)
    draw = RandomOperator.between(rng, random_crystal(rng, lattice), random_crystal(rng, lattice))
    torus = random_torus(rng, lattice, largest=27)
    if not twisted:
        torus = lattice.torus(torus.periods)
    matrix = draw.operator.to_sparse(torus).toarray()
    np.testing.assert_allclose(matrix, draw.dense(torus), rtol=0, atol=1e-13)
    expected = np.linalg.svd(matrix, compute_uv=False)
    values = np.sort(lfa.svdvals(draw.operator, torus), axis=None)[::-1]
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-12 * expected[0])


def test_check_accepts_an_operator_that_obeys() -> None:
    check(LAPLACIAN, LINE.torus(6, twist=0.5), np.random.default_rng(1))
    check(LAPLACIAN, 3)
    check_adjoint(LAPLACIAN, 3)


def broken(operator: lfa.CrystalOperator, name: str, wrong: Any) -> lfa.CrystalOperator:
    """Return an operator that has one attribute replaced."""
    attributes = {name: staticmethod(wrong) if callable(wrong) else wrong}
    kind = type("Broken", (lfa.CrystalOperator,), attributes)
    return kind.from_arrays(operator.domain, operator.codomain, operator.offsets, operator.multipliers)


SKEW = lfa.CrystalOperator(LINE, LINE, {-1: -1, 0: 2, 1: -1.5})
SHIFTED = lfa.CrystalOperator(LINE, LINE, {0: -1, 1: 2, 2: -1.5})

BROKEN = [
    ("apply", lambda f, torus: SKEW.apply(f, torus) + 1, r"apply is linear: at point \[\d\], unknown 0"),
    ("apply", SHIFTED.apply, r"apply is the matrix: at function \d, point \[\d\], unknown 0"),
    ("apply", lambda f, torus: SKEW.apply(f, torus)[..., :-1, :], r"got shape \(3, 5, 1\) instead of \(3, 6, 1\)"),
    ("apply", lambda f, torus: SKEW.apply(f, torus) * np.nan, r"apply is linear.*got \(?nan"),
    ("H", SKEW, r"<L f, g> = <f, L\^H g>: at pair \d"),
    ("T", SKEW, r"matrix of the transpose: at block \(point \[\d\], point \[\d\]\), entry \(0, 0\)"),
    ("symbol", lambda kappa: SKEW.symbol(-kappa), r"waves to waves: at frequency \d, kappa = \[.*\], point \[\d\]"),
    ("symbol", lambda kappa: 1.001 * SKEW.symbol(kappa), "waves to waves"),
    ("to_sparse", lambda torus: 2 * SKEW.to_sparse(torus), "apply is the matrix"),
    ("on", lambda vectors: 2 * SKEW.on(vectors), r"described on Lattice.*: at value \d in descending order"),
]


@pytest.mark.parametrize(("name", "wrong", "message"), BROKEN, ids=[f"{i}-{b[0]}" for i, b in enumerate(BROKEN)])
def test_check_notices_what_is_broken(name: str, wrong: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check(broken(SKEW, name, wrong), LINE.torus(6, twist=0.3))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda values: values[::-1], r"rows and frequencies: at frequency \d, kappa = \[.*\], value 0"),
        (lambda values: 1.001 * values, r"svdvals are those of the matrix: at value \d in descending order"),
        (lambda values: values[:-1], r"svdvals are those of the matrix: got shape \(5,\) instead of \(6,\)"),
    ],
    ids=["order", "size", "number"],
)
def test_wrong_singular_values_are_noticed(monkeypatch: pytest.MonkeyPatch, wrong: Any, message: str) -> None:
    monkeypatch.setitem(laws()[0].__globals__, "svdvals", lambda A, N: wrong(lfa.svdvals(A, N)))
    with pytest.raises(AssertionError, match=message):
        check(SKEW, LINE.torus(6, twist=0.3))


def test_a_wrong_matrix_is_noticed() -> None:
    torus = LINE.torus(5)
    dense = LAPLACIAN.to_sparse(torus).toarray()
    names = {"matrix_is_the_definition", "singular_values_are_those_of_the_matrix"}
    of_the_matrix = [law for law in laws() if law.__name__ in names]
    assert len(of_the_matrix) == 2
    for law in of_the_matrix:
        law(Case(LAPLACIAN, torus, dense), np.random.default_rng(0))
    dense[2, 3] += 1e-6
    for law in of_the_matrix:
        with pytest.raises(AssertionError, match="rounding explains"):
            law(Case(LAPLACIAN, torus, dense), np.random.default_rng(0))


def test_a_case_without_a_matrix_cannot_be_compared_with_one() -> None:
    with pytest.raises(AssertionError, match="no matrix to compare with"):
        laws()[0](Case(LAPLACIAN, LINE.torus(3)), np.random.default_rng(0))


def test_families_have_different_names() -> None:
    mine = Family("mine, for this test", lambda _rng: Case(LAPLACIAN, LINE.torus(3)))
    try:
        assert register(mine) is mine
        assert register(mine) in families()
        with pytest.raises(ValueError, match="'mine, for this test' is registered already"):
            register(Family(mine.name, families()[0].draw))
    finally:
        del _families[mine.name]


@pytest.mark.parametrize("periods", [[[2, 1], [-1, 3]], [[-4]], [[1, 2, 0], [0, 2, 1], [3, 0, 1]]])
def test_the_oracle_finds_every_point_on_its_torus_once(periods: list[list[int]]) -> None:
    torus = lfa.lattices.integer(len(periods)).torus(periods)
    assert [place(torus, point) for point in torus.points] == [(i, 1) for i in range(torus.order)]
    for vector in periods:
        assert place(torus, vector) == place(torus, np.zeros(len(vector), dtype=int))
    without_one = SimpleNamespace(points=torus.points[1:], periods=torus.periods, exact_twist=torus.exact_twist)
    with pytest.raises(AssertionError, match="is 0 of the points"):
        place(without_one, torus.points[0])
