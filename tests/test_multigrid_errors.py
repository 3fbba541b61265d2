"""What smoothers, transfers, cycles, factors, runs and searches refuse, and how they say it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy

import crystal_lfa as lfa
from crystal_lfa import multigrid as mg
from crystal_lfa.errors import (
    CrystalError,
    CrystalMismatchError,
    InvalidArgumentError,
    LatticeError,
    NotFiniteError,
    SingularSymbolError,
    TorusError,
)

A = mg.poisson(2)
LINE = mg.poisson(1)
GRAPHENE = lfa.crystals.honeycomb()
HOPPING = lfa.adjacency(GRAPHENE)
SHIFT = lfa.CrystalOperator(LINE.lattice, LINE.lattice, {1: 1})
SYMBOLIC = mg.anisotropic(2, sympy.Symbol("eps", positive=True))
TALL = lfa.CrystalOperator(LINE.lattice, lfa.Crystal(LINE.lattice, dof=2), {0: [[1], [1]]})
SINGULAR = lfa.CrystalOperator(lfa.Crystal(LINE.lattice, dof=2), lfa.Crystal(LINE.lattice, dof=2), {0: np.ones((2, 2))})

Case = tuple[type[CrystalError], str, Callable[[], Any]]

SMOOTHERS: list[Case] = [
    (InvalidArgumentError, "A: got Inverse.*Jacobi needs the multipliers", lambda: mg.Jacobi()(A.inv())),
    (CrystalMismatchError, "A: Jacobi needs an operator from a crystal to itself", lambda: mg.Jacobi()(TALL)),
    (SingularSymbolError, "A: the diagonal entry of site A; site B is zero; Jacobi", lambda: mg.Jacobi()(HOPPING)),
    (SingularSymbolError, "diagonal entry of site 0 is zero; GaussSeidel", lambda: mg.GaussSeidel()(SHIFT)),
    (
        SingularSymbolError,
        "A: the block of the 2 unknowns of .* has rank 1; Jacobi inverts",
        lambda: mg.Jacobi(blocks=mg.cells(1))(SINGULAR),
    ),
    (SingularSymbolError, "singular at kappa = ", lambda: mg.Jacobi(blocks=mg.lines(0))(LINE).symbol([0.0])),
    (SingularSymbolError, "entry of site 0 is zero; Kaczmarz", lambda: mg.Kaczmarz()(0 * LINE)),
    (InvalidArgumentError, "A: got 3 of type int; Jacobi needs", lambda: mg.Jacobi()(3)),  # type: ignore[arg-type]
    (InvalidArgumentError, r"omega: got an array of shape \(2,\)", lambda: mg.Jacobi(np.array([0.5, 0.5]))),
    (NotFiniteError, "omega: got nan", lambda: mg.Jacobi(math.nan)),
    (InvalidArgumentError, "omega: got 'x'; a number", lambda: mg.Richardson("x")),
    (InvalidArgumentError, "omega: got 0; SOR divides", lambda: mg.SOR(0)),
    (InvalidArgumentError, "omega: got 0; Kaczmarz divides", lambda: mg.Kaczmarz(0)),
    (InvalidArgumentError, "blocks: got 2; None, lines", lambda: mg.Jacobi(blocks=2)),  # type: ignore[arg-type]
    (InvalidArgumentError, r"lines: got the axes \[-1\]", lambda: mg.lines(-1)),
    (InvalidArgumentError, r"planes: got the axes \[0, 0\]", lambda: mg.planes(0, 0)),
    (InvalidArgumentError, r"blocks: got the axes \[2\]; the axes of", lambda: mg.Jacobi(blocks=mg.lines(2))(A)),
    (InvalidArgumentError, "order: got .* singular", lambda: mg.GaussSeidel([[1, 1], [1, 1]])(A)),
    (
        InvalidArgumentError,
        r"unknowns: got \[0, 0\]; each",
        lambda: mg.GaussSeidel(unknowns=[0, 0])(HOPPING + 3 * UNIT),
    ),
    (
        InvalidArgumentError,
        "unknowns: got an order of unknowns as well as blocks",
        lambda: mg.GaussSeidel(blocks=mg.lines(0), unknowns=[0])(A),
    ),
    (LatticeError, "coarse: got .* which parts the blocks along axis 0", lambda: mg.Coloured(2, mg.lines(0))(A)),
    (LatticeError, "coarse: got .* which parts the cells", lambda: mg.Coloured(3, mg.cells(2))(A)),
    (
        InvalidArgumentError,
        "classes: got classes as well as blocks",
        lambda: mg.Coloured(2, mg.lines(0), classes=[[0]]),
    ),
    (InvalidArgumentError, "classes: got 0 as colour 0", lambda: mg.Coloured(1, classes=[0])(A)),  # type: ignore[list-item]
    (
        InvalidArgumentError,
        "classes: colour 0 has unknowns up to 1; .* 0 to 0",
        lambda: mg.Coloured(1, classes=[[1]])(A),
    ),
    (
        InvalidArgumentError,
        r"classes: the unknowns \[1\] have no colour",
        lambda: mg.Coloured((2, 1), classes=[[0]])(A),
    ),
    (InvalidArgumentError, "coarse: got 1, by which A couples unknown 0", lambda: mg.colouring(A, 1)),
    (InvalidArgumentError, "classes: got 1.0; a list of lists", lambda: mg.Coloured(2, classes=1.0)(A)),  # type: ignore[arg-type]
    (InvalidArgumentError, "strategy: got 'best'", lambda: mg.colouring(A, 2, strategy="best")),
    (InvalidArgumentError, "patches: got 'x'", lambda: mg.Schwarz("x")(A)),
    (InvalidArgumentError, "kind: got True; 1 or 4", lambda: mg.Chebyshev(2, True)),
    (InvalidArgumentError, r"kind: got \[1, 2\]; 1 or 4", lambda: mg.Chebyshev(2, [1, 2])),  # type: ignore[arg-type]
    (InvalidArgumentError, "kind: got 'all'; one of additive", lambda: mg.Schwarz([], kind="all")),
    (InvalidArgumentError, "coarse: colours are those of kind", lambda: mg.Schwarz([], coarse=2)),
    (InvalidArgumentError, "patches: got none", lambda: mg.Schwarz([])(A)),
    (InvalidArgumentError, "patches: got 3; a list of patches", lambda: mg.Schwarz(3)(A)),
    (InvalidArgumentError, r"patches: got \(\(0,\), 0\); an offset of 2", lambda: mg.Schwarz([((0,), 0)])(A)),
    (InvalidArgumentError, r"patches: got .* a site from 0 to 0", lambda: mg.Schwarz([((0, 0), 1)])(A)),
    (InvalidArgumentError, "patches: got .* different sites", lambda: mg.Schwarz([((0, 0), 0), ((0, 0), 0)])(A)),
    (InvalidArgumentError, r"patches: the sites \[1\] are in none", lambda: mg.Schwarz([((0, 0), 0)])(HOPPING)),
    (
        SingularSymbolError,
        "patches: the equations of patch 0, .* have rank 0 of 1",
        lambda: mg.Schwarz([(0, 0)])(SHIFT),
    ),
    (InvalidArgumentError, "A: patches need numbers; got the free", lambda: mg.Schwarz([((0, 0), 0)])(SYMBOLIC)),
    (InvalidArgumentError, "centre: got 1; sites are 0 to 0", lambda: mg.Vanka(1)(A)),
    (InvalidArgumentError, "degree: got 0; 1 to 100", lambda: mg.Chebyshev(0)),
    (InvalidArgumentError, "degree: got 21; 1 to 20", lambda: mg.Chebyshev(21, 4, optimal=True)),
    (InvalidArgumentError, "kind: got 2; 1 or 4", lambda: mg.Chebyshev(2, 2)),
    (InvalidArgumentError, "optimal: got True with kind=1", lambda: mg.Chebyshev(2, optimal=True)),
    (InvalidArgumentError, r"interval: got \(1, 0.1\); \(a, b\)", lambda: mg.Chebyshev(2, interval=(1, 0.1))),
    (InvalidArgumentError, "interval: got 1", lambda: mg.Chebyshev(2, interval=1)),  # type: ignore[arg-type]
]

UNIT = lfa.identity(GRAPHENE)


def other(_: Any, __: Any) -> Any:
    return 3


JACOBI = mg.Jacobi(0.8)
FINER = lfa.Lattice([[1.5, 0], [0, 1]])

TRANSFERS: list[Case] = [
    (
        InvalidArgumentError,
        "A: got Inverse.*multipliers that are numbers",
        lambda: mg.operator_interpolation(A.inv(), 2),
    ),  # type: ignore[arg-type]
    (InvalidArgumentError, "A: got .*multipliers that are numbers", lambda: mg.operator_interpolation(SYMBOLIC, 2)),
    (InvalidArgumentError, "A: the 2 sites of .* do not form a lattice", lambda: mg.operator_interpolation(HOPPING, 2)),
    (LatticeError, "coarse: got .* a sublattice of", lambda: mg.operator_interpolation(A, FINER)),
    (InvalidArgumentError, "A: an operator from a crystal to itself", lambda: mg.operator_interpolation(TALL, 2)),
    (SingularSymbolError, "do not determine the points", lambda: mg.operator_interpolation(0 * LINE + SHIFT, 2)),
    (LatticeError, "coarse: got .* linearly dependent", lambda: mg.full_weighting(A.domain, [[1, 1], [1, 1]])),
]

CYCLES: list[Case] = [
    (InvalidArgumentError, "A: got int; an Operator", lambda: mg.TwoGrid(3)),  # type: ignore[arg-type]
    (InvalidArgumentError, "smoother: got .*; a function from an operator", lambda: mg.TwoGrid(A, mg.Jacobi)),  # type: ignore[arg-type]
    (InvalidArgumentError, "smoother: got 0.8; a function", lambda: mg.TwoGrid(A, 0.8)),  # type: ignore[arg-type]
    (InvalidArgumentError, "smoother: .* returned float; an Operator", lambda: mg.TwoGrid(A, lambda _: 0.5)),  # type: ignore[arg-type, return-value]
    (InvalidArgumentError, "pre: got -1; a number of smoothing steps", lambda: mg.TwoGrid(A, JACOBI, -1)),
    (InvalidArgumentError, "post: ", lambda: mg.TwoGrid(A, JACOBI, post=0.5)),  # type: ignore[arg-type]
    (LatticeError, "coarse: got .* no sublattice", lambda: mg.TwoGrid(A, JACOBI, coarse=FINER)),
    (LatticeError, "coarse: got .* linearly dependent", lambda: mg.TwoGrid(A, JACOBI, coarse=0)),
    (InvalidArgumentError, "got 1.5", lambda: mg.TwoGrid(A, JACOBI, coarse=1.5)),
    (InvalidArgumentError, "prolongation: got 2; an Operator, or", lambda: mg.TwoGrid(A, JACOBI, prolongation=2)),
    (InvalidArgumentError, "restriction: .* returned int", lambda: mg.TwoGrid(A, JACOBI, restriction=other)),
    (
        LatticeError,
        "prolongation: it lives on",
        lambda: mg.TwoGrid(A, JACOBI, prolongation=mg.interpolation(A.domain, 3)),
    ),
    (
        CrystalMismatchError,
        "prolongation: its codomain is",
        lambda: mg.TwoGrid(A, JACOBI, prolongation=mg.full_weighting(A.domain, 2)),
    ),
    (
        CrystalMismatchError,
        "restriction: its domain is",
        lambda: mg.TwoGrid(A, JACOBI, restriction=mg.interpolation(A.domain, 2)),
    ),
    (LatticeError, "coarse_operator: it lives on", lambda: mg.TwoGrid(A, JACOBI, coarse_operator=A)),
    (
        InvalidArgumentError,
        "coarse_operator: got 'galerkin'",
        lambda: mg.TwoGrid(A, JACOBI, coarse_operator="galerkin"),
    ),
    (
        InvalidArgumentError,
        "coarse_operator: .* returned int",
        lambda: mg.TwoGrid(A, JACOBI, coarse_operator=lambda _: 1),
    ),
    (
        CrystalMismatchError,
        "coarse_operator: its crystal .* as many sites",
        lambda: mg.TwoGrid(A, JACOBI, coarse_operator=lambda L: lfa.identity(lfa.Crystal(L, dof=2))),
    ),
    (
        CrystalMismatchError,
        "coarse_operator: .* positions of sites, and it has no multipliers",
        lambda: mg.TwoGrid(
            A,
            JACOBI,
            coarse_operator=lambda L: (
                mg.poisson(lfa.Crystal(L, [[0.5, 0]])) + lfa.identity(lfa.Crystal(L, [[0.5, 0]]))
            ).inv(),
        ),
    ),
    (
        InvalidArgumentError,
        "coarse_sweeps: got 0",
        lambda: mg.TwoGrid(A, JACOBI, coarse_solver=JACOBI, coarse_sweeps=0),
    ),
    (InvalidArgumentError, "coarse_solver: got 1", lambda: mg.TwoGrid(A, JACOBI, coarse_solver=1)),  # type: ignore[arg-type]
    (InvalidArgumentError, "levels: got 1; the number of grids", lambda: mg.KGrid(A, 1)),
    (InvalidArgumentError, "levels: got 13; the number of grids", lambda: mg.KGrid(A, 13)),
    (InvalidArgumentError, r"levels: got \[2\]; a number of grids", lambda: mg.KGrid(A, [2])),  # type: ignore[list-item]
    (InvalidArgumentError, r"levels: got \[\]", lambda: mg.KGrid(A, [])),
    (
        InvalidArgumentError,
        "smoother, pre: given for all levels as well",
        lambda: mg.KGrid(A, [mg.Level()], smoother=JACOBI, pre=2),
    ),
    (InvalidArgumentError, "levels: got 12 levels above", lambda: mg.KGrid(A, [mg.Level()] * 12)),
    (InvalidArgumentError, "cycle: got 'X'; 1", lambda: mg.KGrid(A, 3, "X")),
    (InvalidArgumentError, "cycle: got 0; 1", lambda: mg.KGrid(A, 3, 0)),
    (TorusError, "N: the periods .* coarsest lattice, of index 16", lambda: mg.KGrid(A, 3, 1, JACOBI).norm(18)),
    (
        SingularSymbolError,
        "A: the symbol of .* is singular at every",
        lambda: mg.TwoGrid(lfa.zero(A.domain, A.domain), lambda _: UNIT_2D),
    ),
    (
        SingularSymbolError,
        "A: the symbol of .* is singular at every frequency",
        lambda: mg.TwoGrid(CURL, mg.Richardson(0.1)),
    ),
    (InvalidArgumentError, "A: got .* not Hermitian", lambda: mg.TwoGrid(UPWIND, mg.GaussSeidel()).energy_norm(8)),
    (SingularSymbolError, "positive definite.* at none", lambda: mg.TwoGrid(-1 * A, JACOBI).energy_norm(8)),
    (CrystalMismatchError, "smoother: it returned an operator", lambda: mg.TwoGrid(A, lambda _: UNIT)),
    (
        CrystalMismatchError,
        "smoother: it returned an operator",
        lambda: mg.TwoGrid(A, lambda _: lfa.identity(LINE.domain)),
    ),
    (LatticeError, "coarse: got .* no sublattice", lambda: mg.TwoGrid(A, JACOBI, coarse=LINE.lattice)),
    (InvalidArgumentError, "cycle", lambda: mg.KGrid(A, cycle=np.array([0.5, 0.5]))),  # type: ignore[arg-type]
    (
        InvalidArgumentError,
        "N: near kappa = .* rounding leaves no digits",
        lambda: mg.TwoGrid(mg.biharmonic(1), mg.GaussSeidel()).convergence_factor(LINE.lattice.torus(16384, twist=0.5)),
    ),
]

UNIT_2D = lfa.identity(A.domain)
UPWIND = mg.convection_diffusion(2, (1, 1), 0.1)
# Its symbol v v^H has rank one everywhere, but couples different points.
CURL = lfa.CrystalOperator(
    lfa.Crystal(LINE.lattice, dof=2),
    lfa.Crystal(LINE.lattice, dof=2),
    {0: [[2, 1], [1, 1]], 1: [[-1, -1], [0, 0]], -1: [[-1, 0], [-1, 0]]},
)

FACTORS: list[Case] = [
    (LatticeError, "coarse: got 64, of index 4096; .* given as N=64", lambda: mg.smoothing_factor(A, JACOBI, 64)),
    (LatticeError, "coarse: got 1, which is the lattice itself", lambda: mg.smoothing_factor(A, JACOBI, coarse=1)),
    (InvalidArgumentError, "sweeps: got 0; a positive", lambda: mg.smoothing_factor(A, JACOBI, sweeps=0)),
    (
        InvalidArgumentError,
        "sweeps: got 60, after which",
        lambda: mg.smoothing_factor(A, lambda B: JACOBI(B).on(2), sweeps=60),
    ),
    (InvalidArgumentError, "A: got NoneType; an Operator", lambda: mg.smoothing_factor(None, JACOBI)),  # type: ignore[arg-type]
    (InvalidArgumentError, "smoother: got None", lambda: mg.smoothing_factor(A, None)),  # type: ignore[arg-type]
    (TorusError, "N: the periods .* do not lie in the coarsest", lambda: mg.smoothing_factor(A, JACOBI, N=9)),
    (InvalidArgumentError, "rtol: got 2", lambda: mg.smoothing_factor(A, JACOBI, rtol=2)),
    (LatticeError, "coarse: got 1, which is the lattice itself", lambda: mg.h_ellipticity(A, 1)),
    (CrystalMismatchError, "A: ", lambda: mg.h_ellipticity(TALL)),
    (InvalidArgumentError, "is singular at every frequency", lambda: mg.h_ellipticity(SINGULAR)),
]


def double(x: Any) -> Any:
    return 2 * x


OPTIMA: list[Case] = [
    (
        InvalidArgumentError,
        r"bounds: got \(1, 0\); finite numbers, the lower",
        lambda: mg.optimize(double, 0.5, (1, 0)),
    ),
    (InvalidArgumentError, "bounds: got 3; ", lambda: mg.optimize(double, 0.5, 3)),
    (InvalidArgumentError, "bounds: got 2 pairs for 1", lambda: mg.optimize(double, 0.5, [(0, 1), (0, 1)])),
    (InvalidArgumentError, r"x0: got \[2.0\]; a guess between", lambda: mg.optimize(double, 2, (0, 1))),
    (InvalidArgumentError, "bounds: got .* finite", lambda: mg.optimize(double, 0.5, (0, math.inf))),
    (InvalidArgumentError, "factor: it returned Jacobi; a number", lambda: mg.optimize(mg.Jacobi, 0.5, (0.1, 1))),
    (InvalidArgumentError, "factor: got None; a function", lambda: mg.optimize(None, 0.5, (0, 1))),  # type: ignore[arg-type]
    (InvalidArgumentError, "factor: it is not finite at any", lambda: mg.optimize(lambda _: math.nan, 0.5, (0, 1))),
    (
        InvalidArgumentError,
        "factor: it is not finite",
        lambda: mg.optimize(lambda _: math.nan, [0.5, 0.5], [(0, 1)] * 2),
    ),
    (InvalidArgumentError, "x0: got 'x'", lambda: mg.optimize(double, "x", (0, 1))),
    (InvalidArgumentError, r"x0: got \[\]", lambda: mg.optimize(double, [], [])),
    (InvalidArgumentError, "starts: got 0", lambda: mg.optimize(double, 0.5, (0, 1), starts=0)),
]


def to_the_right(lattice: lfa.Lattice) -> lfa.Operator:
    return lfa.CrystalOperator(lattice, lattice, {1: 1, 2: 0.5})


METHOD = mg.TwoGrid(A, JACOBI)

RUNS: list[Case] = [
    (InvalidArgumentError, "method: got 3; a TwoGrid", lambda: mg.simulate(3, 8)),
    (InvalidArgumentError, "cycles: got 1; at least 2", lambda: mg.simulate(METHOD, 8, 1)),
    (InvalidArgumentError, "kind: got 'neumann'; one of", lambda: mg.simulate(METHOD, 8, kind="neumann")),
    (InvalidArgumentError, "seed: ", lambda: mg.simulate(METHOD, 8, seed="x")),  # type: ignore[arg-type]
    (TorusError, "N: the periods", lambda: mg.simulate(METHOD, 9)),
    (
        InvalidArgumentError,
        "N: got .* a box with walls",
        lambda: mg.simulate(METHOD, A.lattice.torus(8, twist=0.5), kind="dirichlet"),
    ),
    (
        InvalidArgumentError,
        "N: got .* a box with walls",
        lambda: mg.simulate(METHOD, [[8, 2], [0, 8]], kind="dirichlet"),
    ),
    (InvalidArgumentError, "kind: sequential runs need a", lambda: mg.simulate(JACOBI(A), 8, kind="sequential")),
    (
        InvalidArgumentError,
        "kind: GaussSeidel.* sweeps blocks",
        lambda: mg.simulate(mg.TwoGrid(A, mg.GaussSeidel(blocks=mg.lines(0))), 8, kind="sequential"),
    ),
    (
        InvalidArgumentError,
        "method: PseudoInverse.* cannot be run",
        lambda: mg.simulate(UNIT_2D - A.pinv() @ A, 8),
    ),
    (
        SingularSymbolError,
        "method: the matrix of .* is singular here",
        lambda: mg.simulate(mg.TwoGrid(LINE, JACOBI, coarse_operator=to_the_right), 8, kind="dirichlet"),
    ),
]


@pytest.mark.parametrize(
    ("error", "message", "call"), [*SMOOTHERS, *TRANSFERS, *CYCLES, *FACTORS, *OPTIMA, *RUNS], ids=lambda _: ""
)
def test_bad_input(error: type[CrystalError], message: str, call: Callable[[], Any]) -> None:
    with pytest.raises(error, match=message):
        call()


def test_methods_are_immutable() -> None:
    with pytest.raises(AttributeError, match="a TwoGrid is immutable"):
        METHOD.notes = ()  # type: ignore[misc]
    with pytest.raises(AttributeError):
        JACOBI.omega = 1.0  # type: ignore[misc]


def test_parameters_stay_symbols() -> None:
    omega = sympy.Symbol("omega", real=True)
    S = mg.Jacobi(omega)(LINE)
    assert S.parameters == (omega,)
    assert sympy.simplify(S.to_sympy()[0] - (1 - omega + omega * sympy.cos(sympy.Symbol("theta1", real=True)))) == 0
    assert S.subs({omega: 0.8}).allclose(mg.Jacobi(0.8)(LINE))
