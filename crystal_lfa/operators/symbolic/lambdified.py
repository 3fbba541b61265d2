"""Symbols as numerical functions of the frequency and of arrays of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies import FrequencyWaves, WaveFunctions
from crystal_lfa.operators.arrays import check_finite, is_symbolic
from crystal_lfa.operators.base import Operator, read_frequencies
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.nodes import Scaled
from crystal_lfa.operators.symbolic.expressions import is_expression
from crystal_lfa.operators.symbolic.parameters import parameters

__all__ = ["lambdified"]


def lambdified(operator: Operator, order: Any = None) -> Callable[..., NDArray[np.complex128]]:
    """Return the function (kappa, *values) of an operator with parameters: `Operator.lambdify`."""
    known = parameters(operator)
    if order is not None and (isinstance(order, str) or not isinstance(order, Iterable)):
        raise InvalidArgumentError(f"parameters: got {order!r}; a list of symbols or names is needed")
    names = [str(symbol) for symbol in (known if order is None else order)]
    if sorted(names) != sorted(str(symbol) for symbol in known):
        wanted = ", ".join(str(symbol) for symbol in known)
        raise InvalidArgumentError(f"parameters: got {', '.join(names)}; each of {wanted} is needed once")
    program = Program.of(operator)
    functions = {number: _numbers_of(step.operator, known) for number, step in enumerate(program.steps)}

    def evaluate(kappa: Any, *values: Any) -> NDArray[np.complex128]:
        if len(values) != len(names):
            raise InvalidArgumentError(f"values: got {len(values)}; {len(names)} are needed: {', '.join(names)}")
        frequencies = read_frequencies(kappa, operator.lattice.dim)
        given = dict(zip(names, np.broadcast_arrays(*map(_read_value, values)), strict=True))
        arguments = [given[str(symbol)] for symbol in known]
        leaves = _Leaves(program, functions, arguments)
        with np.errstate(all="ignore"):
            symbols = np.asarray(program(FrequencyWaves(frequencies), leaves=leaves))
        check_finite(symbols, "the symbols at these values")
        return symbols

    return evaluate


def _read_value(value: Any) -> NDArray[Any]:
    array = np.asarray(value)
    if array.dtype.kind not in "iufc":
        raise InvalidArgumentError(f"values: got {value!r}; numbers, or arrays of numbers, are needed")
    check_finite(array.astype(np.complex128), "values")
    return array


def _numbers_of(operator: Operator, known: tuple[Any, ...]) -> Callable[..., Any] | None:
    """Return the function from parameters to all multipliers, or to a factor; None where there are none."""
    import sympy

    if isinstance(operator, CrystalOperator) and is_symbolic(operator.multipliers):
        function: Callable[..., Any] = sympy.lambdify(known, list(operator.multipliers.flat), "numpy")
        return function
    if isinstance(operator, Scaled) and is_expression(operator.factor):
        factor: Callable[..., Any] = sympy.lambdify(known, [operator.factor], "numpy")
        return factor
    return None


class _Leaves:
    """What a step of a program is worth, where parameters enter."""

    def __init__(self, program: Program, functions: dict[int, Any], arguments: list[NDArray[Any]]) -> None:
        self._program, self._functions, self._arguments = program, functions, arguments

    def __call__(self, number: int, waves: WaveFunctions, inputs: list[Any]) -> Any:
        """Return the symbols of a step, None where it has no parameters: (parameters..., frequencies..., m, n)."""
        function = self._functions[number]
        if function is None:
            return None
        shape = self._arguments[0].shape if self._arguments else ()
        entries = np.array([np.broadcast_to(entry, shape) for entry in function(*self._arguments)])
        moved = np.moveaxis(entries, 0, -1)
        operator = self._program.steps[number].operator
        if isinstance(operator, Scaled):
            axes = waves(np.zeros((1, operator.lattice.dim), dtype=np.int64)).ndim - 1
            return moved.reshape(*shape, *(1,) * axes, 1, 1) * inputs[0]
        phases = waves(operator.offsets)  # type: ignore[attr-defined]
        count = phases.shape[-1]
        batch = phases.shape[:-1]
        flat = phases.reshape(-1, count) @ moved.reshape(*shape, count, -1).astype(np.complex128)
        return flat.reshape(*shape, *batch, *operator.shape)
