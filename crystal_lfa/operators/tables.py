"""All symbols of an operator on a torus, in one array."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, is_numpy_array
from numpy.typing import NDArray

from crystal_lfa.frequencies import Cost, Plan, TorusWaves, make_plan, parse_memory, run_into
from crystal_lfa.geometry import Torus
from crystal_lfa.operators.arrays import constant_like, to_numpy
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.evaluation import Program

Parts = tuple[Any, ...]

__all__ = ["Tables", "looks_real", "symbol_cost", "symbol_table"]

_CHECKED = 64
_NEARLY_REAL = 1e-4
"""At how many frequencies, and how closely, a claim to be real is checked: for mistakes, not for rounding."""


def looks_real(symbols: Any, torus: Torus) -> bool:
    """Tell whether symbols at some frequencies are conjugates of those at the opposite ones, up to rounding."""
    if not torus.has_real_functions:
        return False
    numbers = np.unique(np.linspace(0, torus.order - 1, _CHECKED).astype(np.int64))
    others = torus.conjugate_frequencies(numbers)
    here, there = (to_numpy(symbols[constant_like(n, symbols), ...]) for n in (numbers, others))
    return bool(np.abs(here - there.conj()).max() <= _NEARLY_REAL * np.abs(here).max())


def symbol_cost(program: Program, itemsize: int = 16) -> int:
    """Return about how many bytes a program's working arrays take for each frequency."""
    peak = alive = 0
    sizes: list[int] = []
    for step in program.steps:
        m, n = step.operator.shape
        visits = program.multiplicity(step.level)
        sizes.append(itemsize * m * n * visits)
        alive += sizes[-1]
        # Beside what is kept: a copy, and exponents, angles and values of the wave functions.
        peak = max(peak, alive + sizes[-1] + 64 * step.operator.wave_functions * visits)
        alive -= sum(sizes[i] for i in step.last)
    return peak


def symbol_table(operator: Operator, torus: Torus, memory: str | float = "4GB") -> Any:
    """Return the symbols at all frequencies of a torus: (order, m, n), complex128."""
    program = Program.of(operator)
    m, n = operator.shape
    plan = make_plan(torus, Cost(symbol_cost(program), 16 * m * n), parse_memory(memory))
    tables = Tables(plan)
    run_into(plan, _Symbols(program, torus), tables.one)
    return tables.arrays[0]


class Tables:
    """Arrays over all frequencies of a plan, filled chunk by chunk, by several threads at once.

    Parameters
    ----------
    plan : Plan
    mirrored : callable, optional
        From parts of all arrays at kappa to those at -kappa of a real operator; default the same.
    """

    def __init__(self, plan: Plan, mirrored: Callable[[Parts], Parts] = lambda parts: parts) -> None:
        self.arrays: Parts = ()
        self._plan = plan
        self._mirrored = mirrored
        self._lock = Lock()

    def __call__(self, numbers: NDArray[np.int64], parts: Parts) -> None:
        """Put parts of the arrays, (b, ...), into their places."""
        with self._lock:
            if not self.arrays:
                xp = array_namespace(*parts)
                order = self._plan.total
                self.arrays = tuple(xp.empty((order, *x.shape[1:]), dtype=x.dtype, device=device(x)) for x in parts)
        # Other libraries note each write for gradients: there threads have to take turns.
        with nullcontext() if is_numpy_array(parts[0]) else self._lock:
            mirrored = self._mirrored(parts) if self._plan.reduction.conjugates else ()
            for others, conjugated in self._plan.reduction.images(numbers):
                for array, part in zip(self.arrays, mirrored if conjugated else parts, strict=True):
                    _put(array, others, part)
            # Last: a frequency that is its own opposite keeps what was computed there.
            for array, part in zip(self.arrays, parts, strict=True):
                _put(array, numbers, part)

    def one(self, numbers: NDArray[np.int64], part: Any) -> None:
        """Put a part of the only array into its place."""
        self(numbers, (part,))


def _put(array: Any, numbers: NDArray[np.int64], part: Any) -> None:
    """Write a part to rows of an array, in one stretch where the numbers are one, up or down."""
    first, last, count = int(numbers[0]), int(numbers[-1]), len(numbers)
    if last - first == count - 1 and (np.diff(numbers) == 1).all():
        array[first : last + 1, ...] = part
    elif first - last == count - 1 and is_numpy_array(array) and (np.diff(numbers) == -1).all():
        array[last : first + 1, ...][::-1] = part
    elif is_numpy_array(array) and array.dtype == part.dtype and array.flags.c_contiguous and array.nbytes:
        _rows(array)[numbers] = _rows(np.ascontiguousarray(part))
    else:
        array[constant_like(numbers, part), ...] = part


def _rows(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view of rows as single items: numpy copies those up to ten times faster."""
    return array.reshape(len(array), -1).view(np.dtype((np.void, array.nbytes // len(array))))[:, 0]


@dataclass(frozen=True, slots=True, eq=False)
class _Symbols:
    """The work at a chunk of frequencies: nothing but the symbols."""

    program: Program
    torus: Torus

    def __call__(self, numbers: NDArray[np.int64]) -> Any:
        """Return the symbols at these frequencies."""
        return self.program(TorusWaves(self.torus, numbers))
