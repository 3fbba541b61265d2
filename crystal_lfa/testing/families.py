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

from crystal_lfa.geometry import Crystal, Lattice, Torus
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.algebra import sampled
from crystal_lfa.testing.draws import (
    RandomOperator,
    random_crystal,
    random_lattice,
    random_operator,
    random_periods,
    random_torus,
    random_twist,
)
from crystal_lfa.testing.oracle import coset_matrix

__all__ = ["Case", "Family", "families", "register"]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """An operator on a torus, and what its matrix has to be.

    Attributes
    ----------
    operator : CrystalOperator
    torus : Torus
        Of any lattice whose periods lie in the operator's.
    dense : (order * m, order * n) array or None
        The matrix from the definition, rows and columns in the order of `to_sparse`; None where nothing is known.
    """

    operator: CrystalOperator
    torus: Torus
    dense: NDArray[Any] | None = None


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


def _family(name: str) -> Callable[[Callable[[Generator], Case]], Callable[[Generator], Case]]:
    def decorate(draw: Callable[[Generator], Case]) -> Callable[[Generator], Case]:
        register(Family(name, draw))
        return draw

    return decorate


def _case(draw: RandomOperator, torus: Torus) -> Case:
    return Case(draw.operator, torus, draw.dense(torus))


@_family("one site")
def _one_site(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw = RandomOperator.between(rng, Crystal(lattice), Crystal(lattice))
    return _case(draw, random_torus(rng, lattice, largest=27))


@_family("several sites")
def _several_sites(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    return _case(random_operator(rng, lattice, imaginary=False), random_torus(rng, lattice))


@_family("complex multipliers")
def _complex_multipliers(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    return _case(random_operator(rng, lattice, imaginary=True), random_torus(rng, lattice))


@_family("decoupled blocks")
def _decoupled_blocks(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw = random_operator(rng, lattice)
    row_block = rng.integers(3, size=draw.codomain.size)
    column_block = rng.integers(3, size=draw.domain.size)
    for matrix in draw.multipliers.values():
        matrix[row_block[:, None] != column_block] = 0
    return _case(draw, random_torus(rng, lattice))


@_family("torus smaller than the stencil")
def _small_torus(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    return _case(random_operator(rng, lattice, reach=9), random_torus(rng, lattice, largest=4))


@_family("sum")
def _sum(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    first = random_operator(rng, lattice)
    second = RandomOperator.between(rng, first.domain, first.codomain)
    factor = complex(*rng.standard_normal(2)) if rng.random() < 0.5 else rng.standard_normal()
    torus = random_torus(rng, lattice)
    dense = factor * first.dense(torus) - second.dense(torus) / 3
    return Case(factor * first.operator - second.operator / 3, torus, dense)


@_family("product")
def _product(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    first = random_operator(rng, lattice)
    second = RandomOperator.between(rng, random_crystal(rng, lattice), first.domain)
    torus = random_torus(rng, lattice)
    return Case(first.operator @ second.operator, torus, first.dense(torus) @ second.dense(torus))


@_family("adjoint")
def _adjoint(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw, torus = random_operator(rng, lattice), random_torus(rng, lattice)
    return Case(draw.operator.H, torus, draw.dense(torus).conj().T)


@_family("transposed")
def _transposed(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw, torus = random_operator(rng, lattice), random_torus(rng, lattice)
    opposite = lattice.torus(torus.periods, [-t for t in torus.exact_twist])
    return Case(draw.operator.T, torus, draw.dense(opposite).T)


def _coarse(rng: Generator, lattice: Lattice) -> tuple[NDArray[np.int64], Torus]:
    """Draw a sublattice, as rows, and a torus whose periods lie in it."""
    vectors = random_periods(rng, lattice.dim, 4)
    periods = random_periods(rng, lattice.dim, 4) @ vectors
    return vectors, lattice.torus(periods, random_twist(rng, lattice.dim))


def _regrouped(draw: RandomOperator, vectors: NDArray[np.int64], torus: Torus, rows: slice) -> NDArray[Any]:
    """Return the matrix with points grouped into the cells of a sublattice; of the rows, those of some cosets."""
    lattice = torus.lattice
    coarse_points = lattice.sublattice(vectors).torus(torus).points
    cosets = lattice.torus(vectors).points
    m, n = draw.operator.shape
    left = coset_matrix(torus, coarse_points, vectors, cosets[rows], m)
    right = coset_matrix(torus, coarse_points, vectors, cosets, n)
    return left @ draw.dense(torus) @ right.conj().T


@_family("on a sublattice")
def _on_sublattice(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw = random_operator(rng, lattice)
    vectors, torus = _coarse(rng, lattice)
    return Case(draw.operator.on(vectors), torus, _regrouped(draw, vectors, torus, slice(None)))


@_family("sampled on a sublattice")
def _sampled(rng: Generator) -> Case:
    lattice = random_lattice(rng)
    draw = random_operator(rng, lattice)
    vectors, torus = _coarse(rng, lattice)
    return Case(sampled(draw.operator, vectors), torus, _regrouped(draw, vectors, torus, slice(1)))
