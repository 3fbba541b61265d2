"""The laws. Each is a function of a case and a random generator that raises an AssertionError where it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crystal_lfa.geometry import Lattice, Torus
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.point_symmetries import point_symmetries
from crystal_lfa.spectra import svdvals
from crystal_lfa.testing.algebra import algebraic_laws, claims_hold
from crystal_lfa.testing.cases import (
    Case,
    agree,
    allowed_error,
    frequency_name,
    like_its_numbers,
    random_functions,
    seen,
    terms,
    turns,
)
from crystal_lfa.testing.comparison import name_block, name_value
from crystal_lfa.testing.decompositions import decomposition_laws

__all__ = ["check", "check_adjoint", "laws"]

Law = Callable[[Case, Generator], None]


def matrix_is_the_definition(case: Case, _rng: Generator) -> None:
    """`to_sparse` is the matrix of (L f)(z) = sum over y of m_y f(z + y)."""
    if case.dense is None:
        raise AssertionError("the case has no matrix to compare with")
    place = name_block(seen(case), *case.operator.shape)
    sparse = case.operator.to_sparse(case.torus)
    agree(case, "to_sparse is the definition", sparse.toarray(), case.dense, allowed_error(case, terms(case)), place)


def apply_is_linear(case: Case, rng: Generator) -> None:
    """L (a f + g) = a L f + L g."""
    f, g = random_functions(rng, case, case.operator.domain.size, 2)
    factor = complex(*rng.standard_normal(2))
    together = case.operator.apply(factor * f + g, case.torus)
    apart = factor * case.operator.apply(f, case.torus) + case.operator.apply(g, case.torus)
    allowed = allowed_error(case, terms(case)) * (1 + abs(factor))
    agree(case, "apply is linear", together, to_numpy(apart), allowed, name_value(seen(case)))


def apply_is_the_matrix(case: Case, rng: Generator) -> None:
    """`apply` multiplies with `to_sparse`, each of a stack of functions."""
    f = random_functions(rng, case, case.operator.domain.size, 3)
    image = case.operator.apply(f, case.torus)
    matrix = case.operator.to_sparse(case.torus)
    products = np.array([matrix @ function.ravel() for function in to_numpy(f)])
    place = name_value(seen(case))
    expected = products.reshape(len(products), seen(case).order, case.operator.codomain.size)
    agree(case, "apply is the matrix", image, expected, allowed_error(case, terms(case)), place)


def check_adjoint(operator: Operator, torus: Any, rng: Generator | None = None) -> None:
    """Raise an AssertionError unless <L f, g> = <f, L^H g> for random functions f and g on a torus.

    Parameters
    ----------
    operator : Operator
    torus : int, flat sequence of int, list of vectors or Torus
    rng : numpy.random.Generator, optional

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> line = lfa.lattices.integer(1)
    >>> lfa.testing.check_adjoint(lfa.CrystalOperator(line, line, {0: 1j, 1: 2}), 5)
    """
    adjoint_by_inner_product(Case(operator, operator.lattice.torus(torus)), rng or np.random.default_rng(0))


def adjoint_by_inner_product(case: Case, rng: Generator) -> None:
    """<L f, g> = <f, L^H g>."""
    m, n = case.operator.shape
    f, g = random_functions(rng, case, n, 3), random_functions(rng, case, m, 3)
    images, preimages = case.operator.apply(f, case.torus), case.operator.H.apply(g, case.torus)
    left = (to_numpy(images) * to_numpy(g).conj()).sum(axis=(1, 2))
    right = (to_numpy(f) * to_numpy(preimages).conj()).sum(axis=(1, 2))
    allowed = allowed_error(case, terms(case) + seen(case).order)
    agree(case, "<L f, g> = <f, L^H g>", left, right, allowed, lambda at: f"pair {at[0]}")


def adjoint_is_the_conjugate_transpose(case: Case, _rng: Generator) -> None:
    """L^H has the conjugate transpose as its matrix."""
    m, n = case.operator.shape
    expected = case.operator.to_sparse(case.torus).toarray().conj().T
    place = name_block(seen(case), n, m)
    actual = case.operator.H.to_sparse(case.torus).toarray()
    agree(case, "the matrix of the adjoint", actual, expected, allowed_error(case, terms(case)), place)


def transpose_lives_on_the_opposite_twist(case: Case, _rng: Generator) -> None:
    """L^T has, on twist -t, the transpose of the matrix of L on twist t."""
    m, n = case.operator.shape
    torus = seen(case)
    opposite = torus.lattice.torus(torus.periods, [-entry for entry in torus.exact_twist])
    expected = case.operator.to_sparse(torus).toarray().T
    place = name_block(torus, n, m)
    actual = case.operator.T.to_sparse(opposite).toarray()
    agree(case, "the matrix of the transpose", actual, expected, allowed_error(case, terms(case)), place)


def wave_functions_are_mapped_by_the_symbol(case: Case, rng: Generator) -> None:
    """L (phi_kappa v) = phi_kappa (L_kappa v) at every frequency of the torus."""
    torus = seen(case)
    waves = np.exp(2j * np.pi * (torus.frequencies @ torus.points.T))
    vectors = rng.standard_normal((torus.order, case.operator.domain.size))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    functions = like_its_numbers(waves[:, :, None] * vectors[:, None, :], case.operator)
    symbols = to_numpy(case.operator.symbol(torus.frequencies))
    expected = waves[:, :, None] * (symbols @ vectors[:, :, None])[:, None, :, 0]

    def place(at: tuple[int, ...]) -> str:
        return f"{frequency_name(torus, at[0])}, {name_value(torus)(at[1:])}"

    allowed = allowed_error(case, terms(case) + turns(case))
    agree(case, "waves to waves", case.operator.apply(functions, torus), expected, allowed, place)


def _in_order(at: tuple[int, ...]) -> str:
    return f"value {at[0]} in descending order"


def _descending(values: Any) -> NDArray[Any]:
    return np.sort(to_numpy(values), axis=None)[::-1]


def singular_values_are_those_of_the_matrix(case: Case, _rng: Generator) -> None:
    """All of `svdvals` together are the singular values of the matrix."""
    dense = case.operator.to_sparse(case.torus).toarray() if case.dense is None else case.dense
    expected = np.linalg.svd(dense, compute_uv=False)
    actual = _descending(svdvals(case.operator, case.torus))
    allowed = allowed_error(case, terms(case) + max(dense.shape))
    agree(case, "svdvals are those of the matrix", actual, expected, allowed, _in_order)


def rows_belong_to_their_frequencies(case: Case, _rng: Generator) -> None:
    """Row i of `svdvals` are the singular values of the symbol at frequency i, descending."""
    torus = seen(case)
    expected = np.linalg.svd(to_numpy(case.operator.symbol(torus.frequencies)), compute_uv=False)

    def place(at: tuple[int, ...]) -> str:
        return f"{frequency_name(torus, at[0])}, value {at[1]}"

    allowed = allowed_error(case, terms(case) + max(case.operator.shape) + turns(case))
    agree(case, "rows and frequencies", svdvals(case.operator, torus), expected, allowed, place)


def a_larger_cell_changes_no_singular_value(case: Case, rng: Generator) -> None:
    """`svdvals` of A.on(M) are those of A, for a sublattice M that holds the periods."""
    torus = seen(case)
    coarse = _sublattice_with(torus, int(rng.integers(2, 4)))
    larger = case.operator.on(coarse)
    expected, actual = _descending(svdvals(case.operator, torus)), _descending(svdvals(larger, case.torus))
    allowed = allowed_error(case, terms(case) + max(larger.shape) + turns(case))
    agree(case, f"svdvals described on {coarse!r}", actual, expected, allowed, _in_order)


def symmetries_keep_singular_values(case: Case, rng: Generator) -> None:
    """At G^-T kappa the symbol has the singular values that it has at kappa, G a point symmetry of the operator."""
    torus = seen(case)
    found = point_symmetries(case.operator)
    chosen = found[rng.integers(len(found), size=min(len(found), 4))]
    start = torus.frequencies[rng.integers(torus.order)] + rng.random(torus.lattice.dim)
    images = np.linalg.inv(chosen).transpose(0, 2, 1) @ start
    symbols = to_numpy(case.operator.symbol(np.concatenate([start[None], images])))
    values = np.linalg.svd(symbols, compute_uv=False)

    def place(at: tuple[int, ...]) -> str:
        return f"the symmetry {chosen[at[0]].tolist()}, value {at[1]}"

    allowed = allowed_error(case, terms(case) + max(case.operator.shape) + turns(case))
    agree(
        case,
        "symmetries keep singular values",
        values[1:],
        np.broadcast_to(values[0], values[1:].shape),
        allowed,
        place,
    )


def _sublattice_with(torus: Torus, factor: int) -> Lattice:
    """Return the lattice that the periods and `factor` times the torus's lattice generate."""
    return torus.lattice.sublattice(torus.period_vectors).sum(torus.lattice.sublattice(factor))


_FROM_THE_DEFINITION: tuple[Law, ...] = (matrix_is_the_definition,)
_OF_ANY_OPERATOR: tuple[Law, ...] = (
    claims_hold,
    apply_is_linear,
    apply_is_the_matrix,
    adjoint_by_inner_product,
    adjoint_is_the_conjugate_transpose,
    transpose_lives_on_the_opposite_twist,
    wave_functions_are_mapped_by_the_symbol,
    singular_values_are_those_of_the_matrix,
    rows_belong_to_their_frequencies,
    a_larger_cell_changes_no_singular_value,
    symmetries_keep_singular_values,
    *algebraic_laws,
    *decomposition_laws,
)


def laws() -> tuple[Law, ...]:
    """Return all laws; the first needs a case with a matrix from the definition."""
    return _FROM_THE_DEFINITION + _OF_ANY_OPERATOR


def check(operator: Operator, torus: Any, rng: Generator | None = None) -> None:
    """Raise an AssertionError unless an operator obeys every law on a torus.

    Only the multipliers themselves are taken on trust: a matrix to compare with is what a `Case` adds.

    Parameters
    ----------
    operator : Operator
    torus : int, flat sequence of int, list of vectors or Torus
        Small: the singular values of the whole matrix are computed.
    rng : numpy.random.Generator, optional
        Default: the same numbers in every call.
    """
    case = Case(operator, operator.lattice.torus(torus))
    for law in _OF_ANY_OPERATOR:
        law(case, np.random.default_rng(0) if rng is None else rng)
