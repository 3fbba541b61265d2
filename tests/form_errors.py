"""Bad input of the forms that operators take: pictures, files, expressions, reports of bands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy
from storage_errors import storage_cases

import crystal_lfa as lfa
from crystal_lfa.errors import FreeParametersError, InvalidArgumentError, MultiplierError, TorusError
from crystal_lfa.frequencies import TorusWaves
from crystal_lfa.operators.tabulated import Tabulated
from crystal_lfa.spectra.band_report import report_bands

Case = tuple[type[Exception], str, Callable[[], object]]

EPS = sympy.Symbol("eps")
SQUARE = lfa.Crystal(lfa.lattices.square())
LAPLACIAN = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
SYMBOLIC = EPS * LAPLACIAN
FORTH = lfa.CrystalOperator(SQUARE, lfa.Crystal(SQUARE.lattice, dof=2), {(0, 0): [[1], [2]]})
MIXED = lfa.Crystal(SQUARE.lattice, [[0, 0], [0.5, 0.5]], dof=[1, 2])


class Own(lfa.Operator):
    is_real = is_hermitian = True

    def __init__(self) -> None:
        self._fill(domain=SQUARE, codomain=SQUARE)

    def symbols(self, waves: Any, _dtype: Any = None) -> Any:
        return waves(np.zeros((1, 2), dtype=np.int64))[..., None]


def drawn(operator: lfa.Operator, *arguments: Any) -> Callable[[], object]:
    return lambda: operator.plot_symbol(None, *arguments)


TWO = sympy.Symbol("x", real=True) + sympy.Symbol("x")


class Flat(Own):
    def symbols(self, waves: Any, _dtype: Any = None) -> Any:
        return waves(np.zeros((1, 2), dtype=np.int64))


LINE_TORUS = lfa.lattices.integer(1).torus(3)
ON_TORUS = Tabulated(lfa.TorusOperator.of(lfa.stencil([1, 2]), LINE_TORUS))


form_cases: list[Case] = [
    *storage_cases,
    (
        TorusError,
        r"A: symbols on .* were sent here for 2 frequencies only",
        lambda: ON_TORUS.part(np.array([0, 2])).symbols(TorusWaves(LINE_TORUS, np.array([1]))),
    ),
    (InvalidArgumentError, r"symbols: Flat gave an array of shape \(10, 1\)", lambda: lfa.norm(2 * Flat(), 4)),
    (InvalidArgumentError, r"order: got \[0, 1\]; a 2 x 2 int", lambda: LAPLACIAN.strictly_lower([0, 1])),
    (
        InvalidArgumentError,
        r"unknowns: got \[1\]; each of the numbers 0 to 0",
        lambda: LAPLACIAN.strictly_lower(unknowns=[1]),
    ),
    (InvalidArgumentError, r"operator: several parameters are called x; one", lambda: (TWO * LAPLACIAN).parameters),
    (InvalidArgumentError, r"symbols: eps is a parameter of the op", lambda: SYMBOLIC.to_sympy(sympy.symbols("eps b"))),
    (InvalidArgumentError, r"symbols: got 'a'; SymPy symbols, one a direction", lambda: LAPLACIAN.to_sympy("a")),
    (InvalidArgumentError, r"values: got '1' for eps; a number or a SymPy", lambda: SYMBOLIC.subs({"eps": "1"})),
    (InvalidArgumentError, r"parameters: got 'eps'; a list of symbols or", lambda: SYMBOLIC.lambdify("eps")),
    (InvalidArgumentError, r"values: got 'x'; numbers, or arrays of", lambda: SYMBOLIC.lambdify()([0, 0], "x")),
    (InvalidArgumentError, r"rtol: got 'x'; a number that is not neg", lambda: LAPLACIAN.allclose(LAPLACIAN, rtol="x")),
    (InvalidArgumentError, r"factor: got .*'a'.*; a number is needed", lambda: LAPLACIAN.inv() * np.array("a")),
    (InvalidArgumentError, r"omega: got an array of shape \(2,\); a number", lambda: lfa.multigrid.Jacobi(np.ones(2))),
    (
        MultiplierError,
        r"hermitian: the codomain has to be the domain",
        lambda: lfa.CrystalOperator.from_couplings(SQUARE, FORTH.codomain, [], hermitian=True),
    ),
    (MultiplierError, r"couplings: got 3; a list of", lambda: lfa.CrystalOperator.from_couplings(SQUARE, SQUARE, 3)),
    (InvalidArgumentError, r"operator: couples 1089 pairs; up to 1000", lambda: lfa.stencil(np.ones((33, 33))).plot()),
    (FreeParametersError, r"operator: its numbers have free parameters; subs\(\)", lambda: SYMBOLIC.plot()),  # noqa: PLW0108
    (InvalidArgumentError, r"quantity: it gave an array of complex128", drawn(LAPLACIAN, lambda s: s[:, 0, 0])),
    (InvalidArgumentError, r"quantity: got 'x'; one of 'eigenvalues', ", drawn(LAPLACIAN, "x")),
    (InvalidArgumentError, r"quantity: .* is not known to be Hermitian", drawn(FORTH, "eigenvalues")),
    (InvalidArgumentError, r"quantity: a spectral radius needs an operator from", drawn(FORTH, "spectral radius")),
    (InvalidArgumentError, r"ax: got 2 for one image, the", lambda: LAPLACIAN.plot_symbol([None, None], "norm")),
    (InvalidArgumentError, r"operator: its lattice has dimension 3", drawn(lfa.identity(lfa.lattices.cubic()))),
    (InvalidArgumentError, r"points: got 1; \d+ to \d+ can be drawn", drawn(LAPLACIAN, None, 1)),
    (InvalidArgumentError, r"symbols: got 1; 2, one angle a direction", lambda: LAPLACIAN.to_sympy([EPS])),
    (InvalidArgumentError, r"operator: the symbol of .* has no closed form", lambda: LAPLACIAN.pinv().to_sympy()),
    (InvalidArgumentError, r"values: got int; a mapping", lambda: SYMBOLIC.subs(3)),
    (InvalidArgumentError, r"values: got 'x'; the operator's parameters are eps", lambda: SYMBOLIC.subs({"x": 1})),
    (MultiplierError, r"values: got nan; finite expressions", lambda: SYMBOLIC.subs({EPS: sympy.nan})),
    (MultiplierError, r"array: got None of type NoneType; numbers or", lambda: lfa.stencil([1, None])),
    (FreeParametersError, r"has the free parameters eps; subs\(\) gives", lambda: lfa.svdvals(SYMBOLIC, 4)),
    (InvalidArgumentError, r"parameters: got x; each of eps is needed once", lambda: SYMBOLIC.lambdify(["x"])),
    (InvalidArgumentError, r"values: got 2; 1 are needed: eps", lambda: SYMBOLIC.lambdify()([0, 0], 1, 2)),
    (InvalidArgumentError, r"--bands: the cell has 225 unknowns", lambda: report_bands(SQUARE.supercell(15))),
    (InvalidArgumentError, r"--bands: the sites have 1 to 2 unknowns", lambda: report_bands(MIXED)),
    (InvalidArgumentError, r"--hopping: got \[\]; finite numbers", lambda: report_bands(SQUARE, hopping=())),
    (
        InvalidArgumentError,
        r"--hopping: shells: got 10001; from 1 to",
        lambda: report_bands(SQUARE, hopping=[1.0] * 10_001),
    ),
    (InvalidArgumentError, r"--bands: corners: got 'Q'; the points", lambda: report_bands(SQUARE, ["G", "Q"])),
]
