"""Bad input of decompositions, operators on a torus, norms, and what else is asked about spectra."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import crystal_lfa as lfa
from crystal_lfa.errors import (
    ArrayLibraryError,
    CrystalMismatchError,
    InvalidArgumentError,
    MemoryBudgetError,
    MultiplierError,
    NotFiniteError,
    SingularSymbolError,
    TorusError,
)
from crystal_lfa.operators.tabulated import Tabulated

Case = tuple[type[Exception], str, Callable[[], object]]

LINE, PLANE = lfa.lattices.integer(1), lfa.lattices.integer(2)
LAPLACIAN = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])


def line(multipliers: dict[int, Any]) -> lfa.CrystalOperator:
    return lfa.CrystalOperator(LINE, LINE, multipliers)


def convolution() -> lfa.CrystalOperator:
    return lfa.cnn.conv(np.random.default_rng(0).standard_normal((3, 2, 3, 3)))


SMALL = lfa.svd(LAPLACIAN, (3, 3))
REGULAR = lfa.svd(LAPLACIAN, PLANE.torus((3, 3), 0.5))
TABLE = lfa.TorusOperator.of(LAPLACIAN, (3, 3))
OTHER = lfa.TorusOperator.of(LAPLACIAN, (4, 3))
TWISTED = lfa.TorusOperator.of(LAPLACIAN, PLANE.torus(3, 0.3))
TWISTED_PARTS = (TWISTED.torus, TWISTED.domain, TWISTED.codomain, TWISTED.symbols)
PAIR = lfa.Crystal(LINE, dof=2)
SINGULAR = lfa.CrystalOperator(PAIR, PAIR, {0: np.ones((2, 2)), 1: np.ones((2, 2))})
CUBIC = lfa.svd(lfa.identity(lfa.Crystal(lfa.lattices.cubic())), 2)
LARGE = lfa.svd(LAPLACIAN, (150, 150))

decomposition_cases: list[Case] = [
    (
        SingularSymbolError,
        r"inv: the symbol of .* is singular at kappa = .*, and at the opposite frequencies; a twist .* map these",
        lambda: lfa.eigvals((LAPLACIAN - 4 * lfa.identity(PLANE)).inv(), 160),
    ),
    (InvalidArgumentError, r"keep: got 'yes'; True, False or None", lambda: lfa.svd(LAPLACIAN, 3, keep="yes")),
    (InvalidArgumentError, r"A: got int; an Operator is needed", lambda: lfa.svd(3, 3)),
    (InvalidArgumentError, r"N: got None; the periods", lambda: lfa.eig(LAPLACIAN)),
    (InvalidArgumentError, r"rank: got 0; 1 to 9, their number", lambda: SMALL.truncate(rank=0)),
    (InvalidArgumentError, r"rank: got 10; 1 to 9", lambda: SMALL.truncate(rank=10)),
    (InvalidArgumentError, r"rank: got 1.5", lambda: SMALL.truncate(rank=1.5)),
    (InvalidArgumentError, r"rank, tol, energy: got none of them; one has", SMALL.truncate),
    (InvalidArgumentError, r"rank, tol, energy: got rank and tol", lambda: SMALL.truncate(rank=1, tol=0.1)),
    (InvalidArgumentError, r"tol: got 1; a number from 0 to below 1", lambda: SMALL.truncate(tol=1)),
    (InvalidArgumentError, r"tol: got nan; a number from 0", lambda: SMALL.truncate(tol=math.nan)),
    (InvalidArgumentError, r"energy: got 0; a number above 0 up to 1", lambda: SMALL.truncate(energy=0)),
    (InvalidArgumentError, r"rtol: got -1; a number from 0", lambda: SMALL.pinv(-1)),
    (InvalidArgumentError, r"lower: got -1; a number that is not negative", lambda: SMALL.clip(-1, 2)),
    (InvalidArgumentError, r"upper: got nan; a number", lambda: SMALL.clip(0, math.nan)),
    (InvalidArgumentError, r"lower: got 3, above upper = 2", lambda: SMALL.clip(3, 2)),
    (NotFiniteError, r"f: it returned NaN or infinity, such as for 0; finite", lambda: SMALL.map(lambda x: 1 / x)),
    (InvalidArgumentError, r"f: it returned shape \(9,\) for \(9, 1\)", lambda: SMALL.map(np.ravel)),
    (InvalidArgumentError, r"f: it returned entries of type complex128", lambda: SMALL.map(lambda x: 1j * x)),
    (InvalidArgumentError, r"f: got 3; a function", lambda: SMALL.map(3)),
    (InvalidArgumentError, r"i: got 9; 0 to 8 are the numbers of the 9 values", lambda: SMALL.left(9)),
    (InvalidArgumentError, r"i: got -1; 0 to 8", lambda: SMALL.locate(-1)),
    (InvalidArgumentError, r"i: got 9; 0 to 8", lambda: lfa.eig(LAPLACIAN, (3, 3)).vector(9)),
    (InvalidArgumentError, r"x: got shape \(8, 1\); its last axes", lambda: SMALL.apply(np.ones((8, 1)))),
    (InvalidArgumentError, r"x: got shape \(9, 2\)", lambda: REGULAR.solve(np.ones((9, 2)))),
    (MemoryBudgetError, r"memory: 1kB cannot hold the symbols", lambda: lfa.svd(convolution(), 9).to_operator("1kB")),
    (TorusError, r"torus: the operators live on .* and on .*; one torus", lambda: TABLE @ OTHER),
    (TorusError, r"torus: the operators live on", lambda: TABLE + OTHER),
    (CrystalMismatchError, r"a product's inner crystals", lambda: TABLE @ lfa.TorusOperator.of(convolution(), (3, 3))),
    (TypeError, r"does not support ufuncs", lambda: TABLE @ np.eye(9)),
    (TypeError, r"ufuncs|unsupported", lambda: np.eye(9) @ TABLE),
    (TypeError, r"unsupported operand", lambda: TABLE + 1),
    (InvalidArgumentError, r"divisor: got 0; a number other than zero", lambda: TABLE / 0),
    (InvalidArgumentError, r"symbols: got shape \(8, 1, 1\); \(9, 1, 1\)",
     lambda: lfa.TorusOperator(TABLE.torus, TABLE.domain, TABLE.codomain, np.ones((8, 1, 1)))),
    (NotFiniteError, r"symbols: 9 entries are NaN",
     lambda: lfa.TorusOperator(TABLE.torus, TABLE.domain, TABLE.codomain, np.full((9, 1, 1), np.nan))),
    (CrystalMismatchError, r"domain: it lives on",
     lambda: lfa.TorusOperator(TABLE.torus, lfa.Crystal(LINE), TABLE.codomain, np.ones((9, 1, 1)))),
    (InvalidArgumentError, r"offsets: got \[\[0, 0\], \[0, 0\]\]; different",
     lambda: TABLE.nearest_stencil([[0, 0]] * 2)),
    (InvalidArgumentError, r"offsets: got shape", lambda: TABLE.nearest_stencil([0])),
    (InvalidArgumentError, r"p: got 0.5; a number of at least 1", lambda: lfa.schatten_norm(LAPLACIAN, 3, 0.5)),
    (InvalidArgumentError, r"angles: got 2; an integer from 3", lambda: lfa.numerical_range(LAPLACIAN, 3, 2)),
    (InvalidArgumentError, r"tol: got 2; a number", lambda: lfa.density_of_singular_values(LAPLACIAN, tol=2)),
    (InvalidArgumentError, r"bins: got 0; a positive", lambda: lfa.density_of_singular_values(LAPLACIAN, bins=0)),
    (InvalidArgumentError, r"f: .* is not known to be Hermitian; functions of",
     lambda: lfa.eig(line({1: 1}), 3).map(np.exp)),
    (MemoryBudgetError, r"u, vh: they take .* and were not kept", lambda: lfa.svd(LAPLACIAN, 3, keep=False).u),
    (MemoryBudgetError, r"keep: the factors are to be kept: memory: 100 kB",
     lambda: lfa.svd(convolution(), 64, keep=True, memory="100kB")),
    (TorusError, r"A: TorusOperator.* has symbols at the frequencies of its own torus only",
     lambda: Tabulated(TABLE).symbol([0.1, 0.2])),
]  # fmt: skip

argument_cases: list[Case] = [
    (InvalidArgumentError, r"x: got entries of type <U1; real or complex", lambda: SMALL.apply(np.full((9, 1), "a"))),
    (InvalidArgumentError, r"offsets: got .*; entries of at most 9007199254740992",
     lambda: TABLE.nearest_stencil([[2**53 + 1, 0], [0, 0]])),
    (InvalidArgumentError, r"is_real: got True; for that twists of 0 or 1/2",
     lambda: lfa.TorusOperator(TABLE.torus, TABLE.domain, TABLE.codomain, 1j * TABLE.symbols, True)),
    (InvalidArgumentError, r"is_real: got True", lambda: TWISTED.__class__(*TWISTED_PARTS, True)),
    (NotFiniteError, r"its numbers overflow", lambda: lfa.svd(line({0: 1e-310}), 3).pinv()),
    (SingularSymbolError, r"A: an inverse in .* exists at none of", lambda: lfa.norm(SINGULAR.inv())),
    (InvalidArgumentError, r"lower: got inf; a finite number", lambda: SMALL.clip(math.inf)),
    (InvalidArgumentError, r"keep: got \[\]; True, False", lambda: lfa.svd(LAPLACIAN, 3, keep=[])),
    (InvalidArgumentError, r"N: got 10{60} frequencies; at most 1099511627776", lambda: lfa.norm(LAPLACIAN, 10**30)),
    (InvalidArgumentError, r"torus: got int; a Torus is needed",
     lambda: lfa.TorusOperator(3, TABLE.domain, TABLE.codomain, TABLE.symbols)),
    (InvalidArgumentError, r"domain: got 3 of type int; a Crystal",
     lambda: lfa.TorusOperator(TABLE.torus, 3, TABLE.codomain, TABLE.symbols)),
    (InvalidArgumentError, r"A: got int; an Operator is needed", lambda: lfa.TorusOperator.of(3, 3)),
    (MultiplierError, r"symbols: got entries of type <U1; real or complex",
     lambda: lfa.TorusOperator(TABLE.torus, TABLE.domain, TABLE.codomain, ["a"])),
    (ArrayLibraryError, r"arrays of several libraries meet",
     lambda: SMALL.map(lambda x: torch.ones(tuple(x.shape), dtype=torch.float64))),
    (MultiplierError, r"f: got entries of type <U1; real", lambda: SMALL.map(lambda _: "a")),
    (InvalidArgumentError, r"path: got list; the path of a file", lambda: SMALL.save([])),
]  # fmt: skip

norm_cases: list[Case] = [
    (InvalidArgumentError, r"rtol: got 0; a number between 0 and 1", lambda: lfa.norm(LAPLACIAN, rtol=0)),
    (InvalidArgumentError, r"rtol: got nan; a number between 0 and 1", lambda: lfa.norm(LAPLACIAN, rtol=math.nan)),
    (InvalidArgumentError, r"rtol: got '1'; a number", lambda: lfa.spectral_radius(LAPLACIAN, rtol="1")),
    (InvalidArgumentError, r"evaluations: got 0; a positive integer", lambda: lfa.norm(LAPLACIAN, evaluations=0)),
    (InvalidArgumentError, r"A: got int; an Operator is needed", lambda: lfa.norm(3)),
    (InvalidArgumentError, r"A: got int; an Operator is needed", lambda: lfa.spectral_radius(3)),
    (CrystalMismatchError, r"A: eigenvalues belong to an operator from a crystal to itself",
     lambda: lfa.spectral_radius(lfa.zero(lfa.Crystal(LINE), lfa.Crystal(LINE, dof=2)))),
    (InvalidArgumentError, r"A: .* is not known to be Hermitian", lambda: lfa.extreme_eigenvalues(line({1: 1}))),
    (InvalidArgumentError, r"N: got None; the periods of a torus are needed", lambda: lfa.svdvals(LAPLACIAN)),
    (TorusError, r"N: got 5; TorusOperator.* lives on its own torus",
     lambda: lfa.norm(lfa.TorusOperator.of(LAPLACIAN, 4), 5)),
    (InvalidArgumentError, r"A: .* is not known to be Hermitian, so its eigenvalues may be complex",
     lambda: lfa.density_of_states(line({1: 1}), 3)),
    (SingularSymbolError, r"A: an inverse in .* exists at none of the 1 frequencies",
     lambda: lfa.multigrid.TwoGrid(LAPLACIAN).convergence_factor(2)),
]  # fmt: skip

picture_cases: list[Case] = [
    (InvalidArgumentError, r"bins: got 0; a positive integer up to", lambda: SMALL.plot_histogram(bins=0)),
    (InvalidArgumentError, r"torus: it has dimension 3; values over the Brillouin zone", CUBIC.plot_zone),
    (InvalidArgumentError, r"place: got 1; 0 to 0 are the places", lambda: SMALL.plot_zone(place=1)),
    (InvalidArgumentError, r"side: got 'up'; 'left' or 'right'", lambda: SMALL.plot_vector(0, side="up")),
    (InvalidArgumentError, r"component: got 1; only 0 is one of a site", lambda: SMALL.plot_vector(0, component=1)),
    (InvalidArgumentError, r"torus: it has 22500 sites of the crystal; up to", lambda: LARGE.plot_vector(0)),
]

spectra_cases = [*decomposition_cases, *argument_cases, *norm_cases, *picture_cases]
