"""Random lattices, tori, crystals and operators, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crystal_lfa.geometry import Crystal, Lattice, Torus
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.testing.oracle import definition_matrix

__all__ = [
    "RandomOperator",
    "random_coarsening",
    "random_crystal",
    "random_lattice",
    "random_multipliers",
    "random_operator",
    "random_periods",
    "random_square",
    "random_torus",
    "random_twist",
    "random_unimodular",
]

Multipliers = dict[tuple[int, ...], NDArray[Any]]


def random_lattice(rng: Generator) -> Lattice:
    """Draw a skew lattice of 1 to 3 dimensions whose basis is well conditioned."""
    size = int(rng.integers(1, 4))
    while True:
        vectors = np.eye(size) + 0.5 * rng.standard_normal((size, size))
        if np.linalg.svd(vectors, compute_uv=False).min() > 0.3:
            return Lattice(vectors)


def random_periods(rng: Generator, dimension: int, largest: int) -> NDArray[np.int64]:
    """Draw skew periods of a torus of 1 to `largest` points, as rows."""
    while True:
        periods = rng.integers(-3, 4, size=(dimension, dimension))
        if 1 <= round(abs(np.linalg.det(periods))) <= largest:
            return periods


def random_twist(rng: Generator, dimension: int) -> NDArray[np.float64]:
    """Draw a twist: none, all 1/2, anything, or a mixture."""
    choices = np.array([np.zeros(dimension), np.full(dimension, 0.5), rng.random(dimension)])
    kind = rng.integers(4)
    picked = choices[rng.integers(3, size=dimension), range(dimension)]
    return np.asarray(picked if kind == 3 else choices[kind], dtype=np.float64)


def random_torus(rng: Generator, lattice: Lattice, largest: int = 12) -> Torus:
    """Draw a torus of up to `largest` points, with skew periods and a twist or none."""
    return lattice.torus(random_periods(rng, lattice.dim, largest), random_twist(rng, lattice.dim))


def random_crystal(rng: Generator, lattice: Lattice) -> Crystal:
    """Draw a crystal of 1 to 3 sites, anywhere in space, with 1 or 2 unknowns each."""
    count = int(rng.integers(1, 4))
    sites = rng.uniform(-1.0, 1.0, size=(count, lattice.dim))
    return Crystal(lattice, sites, dof=rng.integers(1, 3, size=count).tolist())


def random_multipliers(
    rng: Generator, domain: Crystal, codomain: Crystal, *, reach: int = 2, imaginary: bool = False
) -> Multipliers:
    """Draw 1 to 6 multipliers at offsets whose entries are at most `reach`."""
    count = rng.integers(1, 7)
    offsets = {tuple(y) for y in rng.integers(-reach, reach + 1, size=(count, domain.lattice.dim)).tolist()}
    shape = (codomain.size, domain.size)
    return {y: rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if imaginary else 0) for y in offsets}


def random_unimodular(rng: Generator, dimension: int) -> NDArray[np.int64]:
    """Draw a change of basis: integers, determinant plus or minus one."""
    while True:
        matrix = rng.integers(-2, 3, size=(dimension, dimension))
        if round(abs(np.linalg.det(matrix))) == 1:
            return matrix


@dataclass(frozen=True, slots=True)
class RandomOperator:
    """A random operator with its definition, before a torus is chosen."""

    domain: Crystal
    codomain: Crystal
    multipliers: Multipliers

    @classmethod
    def between(cls, rng: Generator, domain: Crystal, codomain: Crystal, **options: Any) -> RandomOperator:
        """Draw an operator between two crystals; options as in `random_multipliers`."""
        return cls(domain, codomain, random_multipliers(rng, domain, codomain, **options))

    @property
    def operator(self) -> CrystalOperator:
        """The library's operator."""
        return CrystalOperator(self.domain, self.codomain, self.multipliers)

    def dense(self, torus: Torus) -> NDArray[np.complex128]:
        """Return the matrix from the definition."""
        return definition_matrix(self.multipliers, torus)


def random_operator(rng: Generator, lattice: Lattice, **options: Any) -> RandomOperator:
    """Draw an operator between random crystals, real or complex."""
    options = {"imaginary": rng.random() < 0.3, **options}
    return RandomOperator.between(rng, random_crystal(rng, lattice), random_crystal(rng, lattice), **options)


def random_coarsening(rng: Generator, lattice: Lattice) -> tuple[NDArray[np.int64], Torus]:
    """Draw a sublattice, as rows, and a torus whose periods lie in it."""
    vectors = random_periods(rng, lattice.dim, 4)
    periods = random_periods(rng, lattice.dim, 4) @ vectors
    return vectors, lattice.torus(periods, random_twist(rng, lattice.dim))


def random_square(rng: Generator, crystal: Crystal) -> RandomOperator:
    """Draw an operator from a crystal to itself that is well conditioned on every torus."""
    draw = RandomOperator.between(rng, crystal, crystal)
    origin = (0,) * crystal.lattice.dim
    size = sum(float(np.linalg.norm(m)) for m in draw.multipliers.values())
    draw.multipliers[origin] = draw.multipliers.get(origin, 0.0) + 1.5 * size * np.eye(crystal.size)
    return draw
