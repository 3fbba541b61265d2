"""Operators with free parameters: closed forms, values put in, functions of arrays of parameters."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

import crystal_lfa as lfa
from crystal_lfa.errors import FreeParametersError, InvalidArgumentError, MultiplierError, SingularSymbolError

EPS, OMEGA = sympy.Symbol("eps", real=True), sympy.Symbol("omega", real=True)
T1, T2 = sympy.symbols("theta1 theta2", real=True)
ANISOTROPIC = lfa.stencil([[0, -1, 0], [-EPS, 2 + 2 * EPS, -EPS], [0, -1, 0]])
LAPLACIAN = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
UNIT = lfa.identity(LAPLACIAN.domain)
JACOBI = UNIT - OMEGA * ANISOTROPIC.diagonal().inv() @ ANISOTROPIC
KAPPA = np.array([[0.1, 0.2], [0.35, 0.9], [0.0, 0.5]])


def same(found: Any, expected: Any) -> bool:
    return sympy.simplify(sympy.Matrix(found) - sympy.Matrix(expected)).is_zero_matrix is True


def test_the_anisotropic_laplacian_as_a_closed_form() -> None:
    """Shows 4."""
    expected = 2 - 2 * sympy.cos(T1) + EPS * (2 - 2 * sympy.cos(T2))
    assert same(ANISOTROPIC.to_sympy(), [[expected]])
    a, b = sympy.symbols("a b")
    assert same(ANISOTROPIC.to_sympy([a, b]), [[expected.subs({T1: a, T2: b})]])
    function = ANISOTROPIC.lambdify()
    values = np.array([0.01, 0.1, 1.0])
    found = function(KAPPA, values)
    assert found.shape == (3, 3, 1, 1)
    for value, symbols in zip(values, found, strict=True):
        np.testing.assert_allclose(symbols, ANISOTROPIC.subs({EPS: value}).symbol(KAPPA), atol=1e-14)
        numbers = [complex(expected.subs({EPS: value, T1: 2 * np.pi * x, T2: 2 * np.pi * y})) for x, y in KAPPA]
        np.testing.assert_allclose(symbols[:, 0, 0], numbers, atol=1e-14)


def test_parameters_are_known_and_get_values() -> None:
    assert JACOBI.parameters == (EPS, OMEGA)
    half = JACOBI.subs({"omega": Fraction(1, 2)})
    assert half.parameters == (EPS,)
    assert half.subs({EPS: 1}).multipliers.dtype == np.float64
    assert half.subs({EPS: 1}).allclose(UNIT - 0.5 * LAPLACIAN / 4)
    assert JACOBI.subs({EPS: OMEGA}).parameters == (OMEGA,)
    assert LAPLACIAN.parameters == ()
    assert ANISOTROPIC.subs({"eps": 1}).allclose(LAPLACIAN)


def test_the_algebra_with_parameters() -> None:
    twice = ANISOTROPIC + ANISOTROPIC
    assert twice.allclose(2 * ANISOTROPIC)
    assert not twice.allclose(ANISOTROPIC)
    assert (ANISOTROPIC @ ANISOTROPIC).subs({EPS: 1}).allclose(LAPLACIAN @ LAPLACIAN)
    assert ANISOTROPIC.on(2).subs({EPS: 1}).allclose(LAPLACIAN.on(2))
    assert ANISOTROPIC.H.allclose(ANISOTROPIC)
    assert ANISOTROPIC.is_real
    assert ANISOTROPIC.is_hermitian
    assert not (sympy.Symbol("z") * LAPLACIAN).is_real
    coarse = lfa.interpolation(LAPLACIAN.domain, 2)
    galerkin = coarse.H @ ANISOTROPIC @ coarse
    assert isinstance(galerkin, lfa.CrystalOperator)
    assert galerkin.subs({EPS: 1}).allclose(coarse.H @ LAPLACIAN @ coarse)
    assert (EPS * LAPLACIAN / EPS).allclose(LAPLACIAN)
    pair = lfa.Crystal(LAPLACIAN.lattice, dof=2)
    two = lfa.CrystalOperator.from_couplings(pair, pair, [(0, 0, (0, 0), [[EPS, 1], [1, 0]])])
    assert (two.inv() @ two).allclose(lfa.identity(two.domain))
    with pytest.raises(SingularSymbolError, match="singular at every frequency"):
        lfa.CrystalOperator(two.domain, two.domain, {(0, 0): np.array([[EPS, EPS], [1, 1]], dtype=object)}).inv()


def test_composed_operators_with_parameters() -> None:
    shifted = ANISOTROPIC + OMEGA * UNIT
    method = (EPS * shifted.inv() @ ANISOTROPIC).H + UNIT
    assert method.parameters == (EPS, OMEGA)
    values = {EPS: 0.3, OMEGA: 2.0}
    numbers = method.subs(values)
    expected = LAPLACIAN.symbol(KAPPA) * 0
    a = 2 - 2 * np.cos(2 * np.pi * KAPPA[:, 0]) + 0.3 * (2 - 2 * np.cos(2 * np.pi * KAPPA[:, 1]))
    expected[:, 0, 0] = 1 + 0.3 * a / (a + 2)
    np.testing.assert_allclose(numbers.symbol(KAPPA), expected, atol=1e-14)
    np.testing.assert_allclose(method.lambdify()(KAPPA, 0.3, 2.0), expected, atol=1e-14)
    grid = method.lambdify(["omega", EPS])(KAPPA, [[2.0], [3.0]], [0.3, 0.4])
    assert grid.shape == (2, 2, 3, 1, 1)
    np.testing.assert_allclose(grid[0, 0], expected, atol=1e-14)
    closed = sympy.lambdify((T1, T2, EPS, OMEGA), method.to_sympy())
    np.testing.assert_allclose([closed(*(2 * np.pi * k), 0.3, 2.0) for k in KAPPA], expected, atol=1e-13)


def test_lazy_cells_with_parameters() -> None:
    line = lfa.stencil([-EPS, 3, -1])
    larger = line.inv().on(2)
    expected = line.subs({EPS: 0.5}).on(2).inv().symbol([[0.1], [0.7]])
    np.testing.assert_allclose(larger.lambdify()([[0.1], [0.7]], [0.5])[0], expected, atol=1e-14)
    theta = sympy.Symbol("theta1", real=True)
    closed = sympy.lambdify((theta, EPS), larger.to_sympy())
    np.testing.assert_allclose([closed(2 * np.pi * k, 0.5) for k in (0.1, 0.7)], expected, atol=1e-13)
    inverse = line.subs({EPS: 2}).inv()
    transposed = line.subs({EPS: 2}).T.inv().T
    values = [sympy.lambdify(theta, operator.to_sympy())(0.3) for operator in (inverse, transposed)]
    np.testing.assert_allclose(values[0], values[1], atol=1e-13)


def test_floats_become_the_fractions_that_they_mean() -> None:
    found = lfa.stencil([1 / 3, 0.1, 2**0.5]).to_sympy([T1])
    assert same(found.subs({T1: 0}), [[sympy.Rational(13, 30) + sympy.Float(2**0.5)]])
    assert same(lfa.stencil([1 / 3, 0.1, 0]).to_sympy([T1]), [[sympy.Rational(1, 10) + sympy.exp(-sympy.I * T1) / 3]])
    assert lfa.stencil([sympy.Rational(1, 3), 1, 0]).multipliers.dtype == np.float64


def test_numerical_use_names_the_parameters() -> None:
    torus = LAPLACIAN.lattice.torus(4)
    for use in (
        lambda: JACOBI.symbol([0.1, 0.2]),
        lambda: lfa.svdvals(JACOBI, torus),
        lambda: lfa.eigvals(JACOBI, torus),
        lambda: JACOBI.to_sparse(torus),
        lambda: JACOBI.apply(np.ones((16, 1)), torus),
        lambda: lfa.norm((JACOBI + UNIT).inv(), torus),
        lambda: lfa.norm(EPS * OMEGA * (LAPLACIAN + UNIT).inv(), torus),
    ):
        with pytest.raises(FreeParametersError, match=r"has the free parameters .*eps.*; subs\(\) gives them values"):
            use()


def test_bad_values() -> None:
    with pytest.raises(InvalidArgumentError, match="values: got 'x'; the operator's parameters are eps, omega"):
        JACOBI.subs({"x": 1})
    with pytest.raises(InvalidArgumentError, match="values: got int; a mapping from parameters"):
        JACOBI.subs(3)
    with pytest.raises(MultiplierError, match=r"values: got nan; finite expressions are needed"):
        ANISOTROPIC.subs({"eps": sympy.nan})
    with pytest.raises(MultiplierError, match="got zoo; finite"):
        lfa.stencil([1, sympy.zoo, EPS])
    with pytest.raises(MultiplierError, match="got None of type NoneType; numbers or SymPy"):
        lfa.stencil([1, None, EPS])
    with pytest.raises(InvalidArgumentError, match="symbols: got 1; 2, one angle a direction"):
        ANISOTROPIC.to_sympy([T1])
    with pytest.raises(InvalidArgumentError, match="parameters: got eps; each of eps, omega is needed once"):
        JACOBI.lambdify([EPS])
    with pytest.raises(InvalidArgumentError, match="values: got 1; 2 are needed: eps, omega"):
        JACOBI.lambdify()(KAPPA, 1.0)
    with pytest.raises(InvalidArgumentError, match=r"operator: the symbol of PseudoInverse.* has no closed form"):
        LAPLACIAN.pinv().to_sympy()
