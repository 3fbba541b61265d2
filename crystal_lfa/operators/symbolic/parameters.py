"""The free parameters of an operator, composed or not, and values for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.operators.arrays import is_symbolic
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.nodes import Node, Scaled
from crystal_lfa.operators.symbolic.expressions import is_expression, parameters_of, read_values, substituted

__all__ = ["parameters", "with_values"]


def parameters(operator: Operator) -> tuple[Any, ...]:
    """Return the free symbols of an operator, by name."""
    found: set[Any] = set()
    for step in Program.of(operator).steps:
        part = step.operator
        if isinstance(part, CrystalOperator) and is_symbolic(part.multipliers):
            found |= parameters_of(part.multipliers)
        if isinstance(part, Scaled) and is_expression(part.factor):
            found |= part.factor.free_symbols
    known = tuple(sorted(found, key=str))
    names = [str(symbol) for symbol in known]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        message = f"operator: several parameters are called {twice}; one symbol, or two names, is needed"
        raise InvalidArgumentError(message)
    return known


def with_values(operator: Operator, values: Any) -> Operator:
    """Return an operator with values for some of its parameters; shared parts stay shared."""
    given = read_values(values, parameters(operator))
    program = Program.of(operator)
    done: dict[int, Operator] = {}
    for number, step in enumerate(program.steps):
        done[number] = _filled(step.operator, tuple(done[i] for i in step.inputs), given)
    return done[len(program.steps) - 1]


def _filled(operator: Operator, operands: tuple[Operator, ...], values: dict[Any, Any]) -> Operator:
    if isinstance(operator, Scaled) and is_expression(operator.factor):
        scaled: Operator = substituted(np.array([operator.factor], dtype=object), values)[0] * operands[0]
        return scaled
    if isinstance(operator, Node):
        return operator.rebuilt(operands)
    if isinstance(operator, CrystalOperator) and is_symbolic(operator.multipliers):
        return CrystalOperator.from_arrays(
            operator.domain, operator.codomain, operator.offsets, substituted(operator.multipliers, values)
        )
    return operator
