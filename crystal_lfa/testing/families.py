"""Families of operators, drawn at random, each with a matrix that does not come from the library.

Every family obeys every law of `crystal_lfa.testing.laws`. A new kind of operator registers a family:

>>> from crystal_lfa.testing import Case, Family, families
>>> [family.name for family in families()][:3]
['one site', 'several sites', 'complex multipliers']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crystal_lfa.geometry import Crystal, Torus, lattices
from crystal_lfa.operators import CrystalOperator, block, identity, interpolation
from crystal_lfa.operators.algebra import sampled
from crystal_lfa.testing.cases import Case
from crystal_lfa.testing.draws import (
    RandomOperator,
    random_coarsening,
    random_crystal,
    random_lattice,
    random_operator,
    random_square,
    random_torus,
)
from crystal_lfa.testing.oracle import coset_matrix, place

__all__ = ["Case", "Family", "families", "family", "hat_functions", "register"]


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of operator.

    Attributes
    ----------
    name : str
    draw : callable(numpy.random.Generator) -> Case
    """

    name: str
    draw: Callable[[Generator], Case]


_families: dict[str, Family] = {}


def register(family: Family) -> Family:
    """Add a family to those that the law suite draws from.

    Raises
    ------
    ValueError
        If another family has its name.
    """
    if _families.setdefault(family.name, family) is not family:
        raise ValueError(f"family: {family.name!r} is registered already; another name is needed")
    return family


def families() -> tuple[Family, ...]:
    """Return all registered families."""
    return tuple(_families.values())


def family(name: str) -> Callable[[Callable[[Generator], Case]], Callable[[Generator], Case]]:
    """Return the decorator that registers what draws a case as a family."""

    def decorate(draw: Callable[[Generator], Case]) -> Callable[[Generator], Case]:
        register(Family(name, draw))
        return draw

    return decorate


def _case(draw: RandomOperator, torus: Torus) -> Case:
    return Case(draw.operator, torus, draw.dense(torus))


@family("one site")
def _one_site(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw = RandomOperator.between(rng, Crystal(lattice), Crystal(lattice))
    return _case(draw, random_torus(rng, lattice, largest=27))


@family("several sites")
def _several_sites(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    return _case(random_operator(rng, lattice, imaginary=False), random_torus(rng, lattice))


@family("complex multipliers")
def _complex_multipliers(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    return _case(random_operator(rng, lattice, imaginary=True), random_torus(rng, lattice))


@family("decoupled blocks")
def _decoupled_blocks(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw = random_operator(rng, lattice)
    row_block = rng.integers(3, size=draw.codomain.size)
    column_block = rng.integers(3, size=draw.domain.size)
    for matrix in draw.multipliers.values():
        matrix[row_block[:, None] != column_block] = 0
    return _case(draw, random_torus(rng, lattice))


@family("torus smaller than the stencil")
def _small_torus(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    return _case(random_operator(rng, lattice, reach=9), random_torus(rng, lattice, largest=4))


@family("sum")
def _sum(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    first = random_operator(rng, lattice)
    second = RandomOperator.between(rng, first.domain, first.codomain)
    factor = complex(*rng.standard_normal(2)) if rng.random() < 0.5 else rng.standard_normal()
    torus = random_torus(rng, lattice)
    dense = factor * first.dense(torus) - second.dense(torus) / 3
    return Case(factor * first.operator - second.operator / 3, torus, dense)


@family("product")
def _product(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    first = random_operator(rng, lattice)
    second = RandomOperator.between(rng, random_crystal(rng, lattice), first.domain)
    torus = random_torus(rng, lattice)
    return Case(first.operator @ second.operator, torus, first.dense(torus) @ second.dense(torus))


@family("adjoint")
def _adjoint(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw, torus = random_operator(rng, lattice), random_torus(rng, lattice)
    return Case(draw.operator.H, torus, draw.dense(torus).conj().T)


@family("transposed")
def _transposed(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw, torus = random_operator(rng, lattice), random_torus(rng, lattice)
    opposite = lattice.torus(torus.periods, [-t for t in torus.exact_twist])
    return Case(draw.operator.T, torus, draw.dense(opposite).T)


def _regrouped(draw: RandomOperator, vectors: NDArray[np.int64], torus: Torus, rows: slice) -> NDArray[Any]:
    """Return the matrix with points grouped into the cells of a sublattice; of the rows, those of some cosets."""
    lattice = torus.lattice
    coarse_points = lattice.sublattice(vectors).torus(torus).points
    cosets = lattice.torus(vectors).points
    m, n = draw.operator.shape
    left = coset_matrix(torus, coarse_points, vectors, cosets[rows], m)
    right = coset_matrix(torus, coarse_points, vectors, cosets, n)
    return left @ draw.dense(torus) @ right.conj().T


@family("on a sublattice")
def _on_sublattice(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw = random_operator(rng, lattice)
    vectors, torus = random_coarsening(rng, lattice)
    return Case(draw.operator.on(vectors), torus, _regrouped(draw, vectors, torus, slice(None)))


@family("sampled on a sublattice")
def _sampled(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw = random_operator(rng, lattice)
    vectors, torus = random_coarsening(rng, lattice)
    return Case(sampled(draw.operator, vectors), torus, _regrouped(draw, vectors, torus, slice(1)))


@family("inverse")
def _inverse(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw, torus = random_square(rng, random_crystal(rng, lattice)), random_torus(rng, lattice)
    return Case(draw.operator.inv(), torus, np.linalg.inv(draw.dense(torus)))


@family("pseudo-inverse")
def _pseudo_inverse(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw, torus = random_square(rng, random_crystal(rng, lattice)), random_torus(rng, lattice)
    unknowns = int(rng.integers(1, 3))
    goal = Crystal(lattice, dof=draw.domain.size + unknowns)
    tall = {y: np.concatenate([m, m[:1].repeat(unknowns, axis=0)]) for y, m in draw.multipliers.items()}
    higher = RandomOperator(draw.domain, goal, tall)
    return Case(higher.operator.pinv(), torus, np.linalg.pinv(higher.dense(torus)))


@family("composed")
def _composed(rng: Generator) -> Case:
    """Draw 1 - a B (C D^-1 B)* as it is written, D^-1 and B in two places."""
    lattice = random_lattice(rng)
    middle, torus = random_square(rng, random_crystal(rng, lattice)), random_torus(rng, lattice)
    right = RandomOperator.between(rng, random_crystal(rng, lattice), middle.domain)
    left = RandomOperator.between(rng, middle.domain, middle.domain)
    factor = rng.standard_normal()
    inside = left.operator @ middle.operator.inv() @ right.operator
    operator = identity(middle.domain) - factor * right.operator @ inside.H
    matrix = left.dense(torus) @ np.linalg.inv(middle.dense(torus)) @ right.dense(torus)
    dense = np.eye(len(matrix)) - factor * right.dense(torus) @ matrix.conj().T
    return Case(operator, torus, dense)


@family("lazy, on a sublattice")
def _lazy_on_sublattice(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw = random_square(rng, random_crystal(rng, lattice))
    vectors, torus = random_coarsening(rng, lattice)
    grouped = _regrouped(draw, vectors, torus, slice(None))
    return Case(draw.operator.inv().on(vectors), torus, np.linalg.inv(grouped))


@family("lattices that meet")
def _meeting(rng: Generator) -> Case:
    """Draw a product of operators on two sublattices, each acting within cells of its own."""
    lattice = lattices.integer(int(rng.integers(1, 3)))
    draw = RandomOperator.between(rng, Crystal(lattice), Crystal(lattice))
    vectors, torus = random_coarsening(rng, lattice)
    sampled_there = sampled(draw.operator, vectors)
    dense = _regrouped(draw, vectors, torus, slice(1))
    # On the coarser of the two lattices: the fine factor takes its cell.
    fine = RandomOperator.between(rng, Crystal(lattice), Crystal(lattice))
    return Case(sampled_there @ fine.operator, torus, dense @ _regrouped(fine, vectors, torus, slice(None)))


@family("block")
def _block(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    fields = [Crystal(lattice, [site]) for site in ([0.0] * lattice.dim, [0.5] * lattice.dim)]
    draws = [[RandomOperator.between(rng, start, goal) for start in fields] for goal in fields]
    torus = random_torus(rng, lattice)
    dense = np.zeros((torus.order, 2, torus.order, 2), dtype=np.complex128)
    for i, row in enumerate(draws):
        for j, draw in enumerate(row):
            dense[:, i, :, j] = draw.dense(torus)
    operator = block([[draw.operator for draw in row] for row in draws])
    return Case(operator, torus, dense.reshape(2 * torus.order, 2 * torus.order))


@family("read from a matrix")
def _read_from_a_matrix(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    crystal = random_crystal(rng, lattice)
    draw, torus = RandomOperator.between(rng, crystal, crystal), random_torus(rng, lattice)
    dense = draw.dense(torus)
    return Case(CrystalOperator.from_sparse(dense, crystal, torus), torus, dense)


@family("multilinear interpolation")
def _interpolation(rng: Generator) -> Case:
    lattice = lattices.integer(int(rng.integers(1, 3)))
    vectors, torus = random_coarsening(rng, lattice)
    coarse = lattice.sublattice(vectors)
    operator = interpolation(Crystal(lattice), coarse)
    return Case(operator, torus, hat_functions(torus, vectors, operator))


def hat_functions(torus: Torus, vectors: NDArray[np.int64], operator: CrystalOperator) -> NDArray[Any]:
    """Return the matrix of interpolation: each coarse point's hat function at all fine points, images added."""
    lattice = torus.lattice
    coarse = operator.lattice.torus(torus)
    cosets = lattice.torus(vectors).points
    rows = (coarse.points[:, None, :] @ vectors + cosets).reshape(-1, lattice.dim)
    steps = np.linalg.inv(vectors.astype(float))
    dense = np.zeros((len(rows), coarse.order), dtype=np.complex128)
    reach = int(np.abs(rows @ steps).max()) + 2
    box = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * lattice.dim, indexing="ij"), axis=-1)
    for point in box.reshape(-1, lattice.dim):
        number, phase = place(coarse, point)
        hats = np.maximum(0, 1 - np.abs(rows @ steps - point)).prod(axis=1)
        dense[:, number] += phase * hats
    return dense


@family("parameters put in")
def _parameters_put_in(rng: Generator) -> Case:
    """Draw B + a C, lazily with an inverse half of the time, and put in a number for a."""
    import sympy

    lattice = random_lattice(rng)
    first, torus = random_square(rng, random_crystal(rng, lattice)), random_torus(rng, lattice)
    second = RandomOperator.between(rng, first.domain, first.domain)
    value = float(rng.uniform(-0.1, 0.1))
    together = first.operator + sympy.Symbol("a", real=True) * second.operator
    dense = first.dense(torus) + value * second.dense(torus)
    if rng.random() < 0.5:
        return Case(together.subs({"a": value}), torus, dense)
    product = second.operator @ first.operator.inv()
    lazy = (product + sympy.Symbol("a", real=True) * product).subs({"a": value})
    return Case(lazy, torus, (1 + value) * second.dense(torus) @ np.linalg.inv(first.dense(torus)))
