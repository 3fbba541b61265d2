"""All symbols of an operator on a torus, in one array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device
from numpy.typing import NDArray

from crystal_lfa.frequencies import Cost, TorusWaves, make_plan, parse_memory, run_plan
from crystal_lfa.geometry import Torus
from crystal_lfa.operators.arrays import constant_like
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.evaluation import Program

__all__ = ["symbol_cost", "symbol_table"]


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
    plan = make_plan(torus, Cost(symbol_cost(program), 16 * m * n), parse_memory(memory), halved=False)
    table = None
    for numbers, symbols in run_plan(plan, _Symbols(program, torus)):
        if table is None:
            xp = array_namespace(symbols)
            table = xp.empty((torus.order, m, n), dtype=symbols.dtype, device=device(symbols))
        table[constant_like(numbers, symbols), ...] = symbols
    return table


@dataclass(frozen=True, slots=True, eq=False)
class _Symbols:
    """The work at a chunk of frequencies: nothing but the symbols."""

    program: Program
    torus: Torus

    def __call__(self, numbers: NDArray[np.int64]) -> Any:
        """Return the symbols at these frequencies."""
        return self.program(TorusWaves(self.torus, numbers))
