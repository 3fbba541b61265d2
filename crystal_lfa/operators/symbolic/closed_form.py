"""Symbols as closed forms: SymPy matrices in the angles theta = 2 pi kappa and the free parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.characters import harmonic_shifts
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.integers import transpose
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.evaluation import Program, Sublevel
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.inverses import Inverse
from crystal_lfa.operators.nodes import Adjoint, OnSublattice, Product, Scaled, Sum, Transpose
from crystal_lfa.operators.symbolic.expressions import exact
from crystal_lfa.operators.symbolic.parameters import parameters

__all__ = ["closed_form"]


def closed_form(operator: Operator, symbols: Any = None) -> Any:
    """Return the symbol of an operator as a SymPy matrix."""
    import sympy

    dimension = operator.lattice.dim
    angles = sympy.symbols(f"theta1:{dimension + 1}", real=True) if symbols is None else symbols
    angles = [angles] if isinstance(angles, sympy.Basic) else list(angles) if np.iterable(angles) else [angles]
    if not all(isinstance(angle, sympy.Expr) for angle in angles):
        raise InvalidArgumentError(f"symbols: got {symbols!r}; SymPy symbols, one a direction, are needed")
    if len(angles) != dimension:
        raise InvalidArgumentError(f"symbols: got {len(angles)}; {dimension}, one angle a direction, are needed")
    taken = {str(symbol) for symbol in parameters(operator)} & {str(s) for angle in angles for s in angle.free_symbols}
    if taken:
        message = f"symbols: {', '.join(sorted(taken))} is a parameter of the operator; other angles are needed"
        raise InvalidArgumentError(message)
    program = Program.of(operator)
    around: list[list[list[Any]]] = [[angles]]
    for level in program.levels:
        around.append([inner for outer in around[level.parent] for inner in _inside(level, outer)])
    values: list[list[Any]] = []
    for step in program.steps:
        parts = [values[i] for i in step.inputs]
        values.append(_combined(step.operator, parts, around[step.level]))
    (symbol,) = values[-1]
    # Of fractions numerator and denominator on their own: sympy.simplify takes minutes.
    return symbol.applyfunc(_tidied)


def _tidied(entry: Any) -> Any:
    import sympy

    numerator, denominator = sympy.fraction(sympy.together(sympy.expand(entry)))
    return sympy.expand(numerator) / sympy.expand(denominator)


def _inside(level: Sublevel, angles: Sequence[Any]) -> list[list[Any]]:
    """Return the angles at which operands are evaluated: the opposite ones, or those of all harmonics."""
    import sympy

    if level.lattices is None:
        return [[-angle for angle in angles]]
    fine, coarse = level.lattices
    vectors = transpose(fine.integer_vectors(coarse))
    inverse = rationals.inverse(rationals.rational_matrix(transpose(vectors)))
    change = sympy.Matrix([[sympy.Rational(x.numerator, x.denominator) for x in row] for row in inverse])
    shifts = harmonic_shifts(vectors).tolist()
    return [list(change * (sympy.Matrix(angles) + 2 * sympy.pi * sympy.Matrix(shift))) for shift in shifts]


def _combined(operator: Operator, parts: list[list[Any]], angles: list[list[Any]]) -> list[Any]:
    """Return an operator's symbols at several lists of angles, from those of its operands."""
    first = parts[0] if parts else []
    match operator:
        case CrystalOperator():
            found = [_finite_range(operator, at) for at in angles]
        case Sum():
            found = [a + b for a, b in zip(*parts, strict=True)]
        case Product():
            found = [a * b for a, b in zip(*parts, strict=True)]
        case Scaled():
            found = [exact(operator.factor) * a for a in first]
        case Adjoint():
            found = [a.H for a in first]
        case Transpose():
            found = [a.T for a in first]
        case Inverse():
            found = [a.inv() for a in first]
        case OnSublattice():
            count = len(operator.cosets)
            groups = [slice(i, i + count) for i in range(0, len(first), count)]
            found = [_larger_cell(operator, first[group], angles[group]) for group in groups]
        case _:
            message = f"operator: the symbol of {operator!r} has no closed form"
            raise InvalidArgumentError(f"{message}; sums, products, inverses and the like have")
    return found


def _finite_range(operator: CrystalOperator, angles: Sequence[Any]) -> Any:
    import sympy

    total = sympy.zeros(*operator.shape)
    for offset, matrix in zip(operator.offsets.tolist(), np.asarray(operator.multipliers), strict=True):
        phase = _phase(offset, angles)
        total += sympy.Matrix([[exact(entry) for entry in row] for row in matrix]) * phase
    return total


def _phase(offset: Sequence[int], angles: Sequence[Any]) -> Any:
    """Return exp(i y . theta) by its parts, of which pairs of opposite offsets leave one."""
    import sympy

    turn = sum(y * angle for y, angle in zip(offset, angles, strict=True))
    return sympy.cos(turn) + sympy.I * sympy.sin(turn)


def _larger_cell(operator: OnSublattice, symbols: list[Any], angles: list[list[Any]]) -> Any:
    import sympy

    cosets = operator.cosets.tolist()
    rows = []
    for one in cosets:
        row = []
        for other in cosets:
            steps = [a - b for a, b in zip(one, other, strict=True)]
            phases = (_phase(steps, at) for at in angles)
            block = sum((p * symbol for p, symbol in zip(phases, symbols, strict=True)), sympy.zeros(*symbols[0].shape))
            row.append(block / len(cosets))
        rows.append(row)
    return sympy.Matrix(sympy.BlockMatrix(rows).as_explicit())
