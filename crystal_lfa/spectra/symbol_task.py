"""The work at a chunk of frequencies: build the symbols, measure each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.frequencies import Cost, TorusWaves
from crystal_lfa.geometry import Torus
from crystal_lfa.operators import Operator, WholeSymbols
from crystal_lfa.operators.arrays import quiet_overflow
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.spectra.singular_values import finite
from crystal_lfa.spectra.symbol_work import SymbolWork

__all__ = ["Measure", "SymbolTask"]

Measure = Callable[[Any], Any]
"""From a stack of matrices (b, m, n) to what is to be known of each, (b, ...)."""


@dataclass(frozen=True, slots=True, eq=False)
class SymbolTask(SymbolWork):
    """Measures an operator's symbols at numbered frequencies of a torus.

    Attributes
    ----------
    torus : Torus
    symbols : WholeSymbols
    measure : callable
    result : int
        The bytes of the result that a frequency takes.
    """

    measure: Measure
    result: int

    @classmethod
    def of(cls, operator: Operator, torus: Torus, measure: Measure, result: int, dtype: Any) -> SymbolTask:
        """Return the task of an operator, computing in a precision."""
        return cls(torus, WholeSymbols(Program.of(operator), dtype), measure, result)

    def cost(self) -> Cost:
        """Return the bytes that a frequency takes."""
        _, m, n = self.symbols.shape
        working = self.symbols.working_bytes(16) + 16 * m * n + 64 * m
        return Cost(working, self.result, self.symbols.fixed_bytes(16))

    def __call__(self, numbers: NDArray[np.int64]) -> Any:
        """Return what is measured at these frequencies."""
        with quiet_overflow():
            symbols = self.symbols.program(TorusWaves(self.torus, numbers), self.symbols.dtype)
            return finite(self.measure(finite(symbols)))
