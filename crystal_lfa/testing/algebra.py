"""The laws of sums, products, inverses and of crystals described differently."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crystal_lfa.geometry import Crystal, regroup
from crystal_lfa.operators import CrystalOperator, Operator, identity, zero
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.nodes import OnSublattice, Product, Sum
from crystal_lfa.spectra import eigvals, svdvals
from crystal_lfa.testing.cases import Case, agree, allowed_error, frequency_name, random_functions, seen, terms, turns
from crystal_lfa.testing.comparison import name_value
from crystal_lfa.testing.draws import RandomOperator, random_crystal, random_unimodular

__all__ = ["algebraic_laws", "claims_hold"]


def _symbols(operator: Operator, case: Case) -> NDArray[Any]:
    return to_numpy(operator.symbol(operator.lattice.torus(case.torus).frequencies))


def _entry(case: Case) -> Any:
    def name(at: tuple[int, ...]) -> str:
        return f"{frequency_name(seen(case), at[0])}, entry {at[1:]}"

    return name


def _companion(rng: Generator, domain: Crystal, codomain: Crystal) -> CrystalOperator:
    """Draw an operator of size one between two crystals."""
    operator = RandomOperator.between(rng, domain, codomain, imaginary=bool(rng.random() < 0.3)).operator
    return operator / (operator.magnitude or 1.0)


def _same(case: Case, statement: str, actual: Operator, expected: Any, scale: float = 1.0) -> None:
    """Compare symbols at all frequencies of the torus; both sides are products with operators of size one."""
    wanted = _symbols(expected, case) if isinstance(expected, Operator) else expected
    allowed = scale * allowed_error(case, 2 * terms(case) + turns(case) + 64)
    agree(case, statement, _symbols(actual, case), wanted, allowed, _entry(case))


def products_multiply_symbols(case: Case, rng: Generator) -> None:
    """(R A)_kappa = R_kappa A_kappa."""
    operator = case.operator
    left = _companion(rng, operator.codomain, random_crystal(rng, operator.lattice))
    _same(case, "symbol of a product", left @ operator, _symbols(left, case) @ _symbols(operator, case))


def products_are_associative(case: Case, rng: Generator) -> None:
    """(R A) Q = R (A Q)."""
    operator = case.operator
    left = _companion(rng, operator.codomain, random_crystal(rng, operator.lattice))
    right = _companion(rng, random_crystal(rng, operator.lattice), operator.domain)
    _same(case, "(R A) Q = R (A Q)", (left @ operator) @ right, left @ (operator @ right))


def products_distribute(case: Case, rng: Generator) -> None:
    """R (A + B) = R A + R B, and A + B = B + A."""
    operator = case.operator
    left = _companion(rng, operator.codomain, random_crystal(rng, operator.lattice))
    other = _companion(rng, operator.domain, operator.codomain)
    together = Case(operator + other, case.torus)
    _same(together, "R (A + B) = R A + R B", left @ (operator + other), left @ operator + left @ other, 2)
    _same(together, "A + B = B + A", operator + other, other + operator)


def the_adjoint_of_a_product(case: Case, rng: Generator) -> None:
    """(R A)* = A* R*, and the transposes likewise."""
    operator = case.operator
    left = _companion(rng, operator.codomain, random_crystal(rng, operator.lattice))
    _same(case, "(R A)* = A* R*", (left @ operator).H, operator.H @ left.H)
    opposite = seen(case).lattice.torus(seen(case).periods, [-t for t in seen(case).exact_twist])
    _same(Case(operator, opposite), "(R A)^T = A^T R^T", (left @ operator).T, operator.T @ left.T)


def eager_and_lazy_agree(case: Case, rng: Generator) -> None:
    """Products, sums and larger cells evaluated symbol by symbol are those of finite range."""
    operator = case.operator
    right = _companion(rng, random_crystal(rng, operator.lattice), operator.domain)
    _same(case, "the lazy product", Product(operator, right), operator @ right)
    _same(case, "the lazy sum", Sum(operator, operator), operator + operator, 2)
    torus = seen(case)
    coarse = torus.lattice.sublattice(torus.period_vectors).sum(torus.lattice.sublattice(2))
    larger = OnSublattice(operator, coarse)
    _same(case, "lazily with a larger cell", larger, operator.on(coarse), 4)


def the_matrix_is_the_sum_over_frequencies(case: Case, _rng: Generator) -> None:
    """Compare: the matrix is the sum of B_kappa L_kappa B_kappa^H, with orthonormal Fourier bases B_kappa."""
    operator, torus = case.operator, seen(case)
    total = np.zeros((torus.order * operator.shape[0], torus.order * operator.shape[1]), dtype=np.complex128)
    for kappa, symbol in zip(torus.frequencies, _symbols(operator, case), strict=True):
        left, right = (crystal.fourier_basis(torus, kappa) for crystal in (operator.codomain, operator.domain))
        total += left @ symbol @ right.conj().T
    allowed = allowed_error(case, 2 * terms(case) + 2 * turns(case) + torus.order)
    name = lambda at: f"row {at[0]}, column {at[1]}"  # noqa: E731 - as short as what it names
    agree(case, "to_sparse in the Fourier basis", operator.to_sparse(torus).toarray(), total, allowed, name)


def descriptions_do_not_matter(case: Case, rng: Generator) -> None:
    """With sites in another order, moved by lattice vectors, and in another basis, an operator is the same."""
    operator, torus = case.operator, seen(case)
    basis = operator.lattice.sublattice(random_unimodular(rng, operator.lattice.dim))
    goal = [_redescribed(rng, crystal).in_basis_of(basis) for crystal in (operator.domain, operator.codomain)]
    described = zero(*goal) + operator
    (f,) = random_functions(rng, case, operator.domain.size, 1)
    there = described.apply(regroup(f, operator.domain, goal[0], torus), torus)
    here = regroup(operator.apply(f, torus), operator.codomain, goal[1], torus)
    allowed = allowed_error(case, 2 * terms(case) + turns(case) + 16)
    place = name_value(described.lattice.torus(torus))
    agree(case, "described differently", there[None], to_numpy(here)[None], allowed, place)
    values = [np.sort(to_numpy(svdvals(one, torus)), axis=None) for one in (described, operator)]
    agree(case, "svdvals described differently", values[0], values[1], allowed, lambda at: f"value {at[0]}")


def _redescribed(rng: Generator, crystal: Crystal) -> Crystal:
    order = rng.permutation(len(crystal.dof)).tolist()
    moves = rng.integers(-2, 3, size=(len(order), crystal.lattice.dim)).tolist()
    chosen = zip((crystal.exact_sites[i] for i in order), moves, strict=True)
    sites = [[x + w for x, w in zip(site, move, strict=True)] for site, move in chosen]
    return Crystal(crystal.lattice, sites, [crystal.dof[i] for i in order])


def inverses_undo(case: Case, _rng: Generator) -> None:
    """B^-1 B = 1 for B = A* A + s, to rounding times the condition; where A has full rank, A^+ A A^+ = A^+ too."""
    operator = case.operator
    values = to_numpy(svdvals(operator, seen(case)))
    largest = float(values.max(initial=0.0)) or 1.0
    unit = identity(operator.domain)
    square = operator.H @ operator + (0.1 * largest**2) * unit
    inner = Case(square.inv() @ square, case.torus)
    _same(inner, "B^-1 B = 1", inner.operator, unit)


def eigenvalues_of_the_square_are_squares(case: Case, _rng: Generator) -> None:
    """Compare: the eigenvalues of A* A are the squares of the singular values of A, and zeros."""
    operator, torus = case.operator, seen(case)
    values = to_numpy(svdvals(operator, torus))
    squares = np.zeros((torus.order, operator.domain.size))
    squares[:, : values.shape[1]] = values**2
    found = np.sort(to_numpy(eigvals(operator.H @ operator, torus)).real, axis=1)[:, ::-1]
    inner = Case(operator.H @ operator, case.torus)
    allowed = allowed_error(inner, 2 * terms(case) + turns(case) + 16 * max(operator.shape))
    agree(case, "eigenvalues of A* A", found, squares, allowed, _entry(case))


def claims_hold(case: Case, _rng: Generator) -> None:
    """Where `is_hermitian` and `is_real` are claimed, L_kappa = L_kappa^H and L_-kappa = conj(L_kappa)."""
    operator = case.operator
    frequencies = seen(case).frequencies
    symbols = to_numpy(operator.symbol(frequencies))
    allowed = allowed_error(case, 2 * terms(case) + 2 * turns(case))
    if operator.is_hermitian:
        agree(case, "is_hermitian", symbols, symbols.conj().swapaxes(-1, -2), allowed, _entry(case))
    if operator.is_real:
        opposite = to_numpy(operator.symbol(-frequencies))
        agree(case, "is_real", opposite, symbols.conj(), allowed, _entry(case))


algebraic_laws = (
    products_multiply_symbols,
    products_are_associative,
    products_distribute,
    the_adjoint_of_a_product,
    eager_and_lazy_agree,
    the_matrix_is_the_sum_over_frequencies,
    descriptions_do_not_matter,
    inverses_undo,
    eigenvalues_of_the_square_are_squares,
)
