"""The work at a chunk of frequencies: build the symbols, measure each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array
from numpy.typing import NDArray

from crystal_lfa.errors import SingularSymbolError
from crystal_lfa.frequencies import Cost, TorusWaves
from crystal_lfa.geometry import Torus
from crystal_lfa.operators import Operator, WholeSymbols
from crystal_lfa.operators.arrays import constant_like, quiet_overflow
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.spectra.singular_values import finite
from crystal_lfa.spectra.symbol_work import SymbolWork

__all__ = ["Measure", "Skipping", "SymbolTask"]

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
        return Cost(working, self.result, self.symbols.fixed_bytes(16), len(self.symbols.program.steps))

    def __call__(self, numbers: NDArray[np.int64]) -> Any:
        """Return what is measured at these frequencies."""
        with quiet_overflow():
            symbols = self.symbols.program(TorusWaves(self.torus, numbers), self.symbols.dtype)
            return finite(self.measure(finite(symbols)))


@dataclass(frozen=True, slots=True, eq=False)
class Skipping:
    """A task that measures NaN where an inverse does not exist."""

    task: SymbolTask

    def cost(self) -> Cost:
        """Return the bytes that a frequency takes."""
        return self.task.cost()

    def part(self, numbers: NDArray[np.int64]) -> Skipping:
        """Return the same task without what these frequencies do not need."""
        return Skipping(self.task.part(numbers))

    def __call__(self, numbers: NDArray[np.int64]) -> Any:
        """Return what is measured at these frequencies."""
        try:
            return self.task(numbers)
        except SingularSymbolError:
            if len(numbers) > 1:
                half = len(numbers) // 2
                halves = [self(numbers[:half]), self(numbers[half:])]
                like = next((part for part in halves if not is_numpy_array(part)), halves[0])
                parts = [constant_like(part, like) if is_numpy_array(part) else part for part in halves]
                return array_namespace(like).concat(parts)
        # Of the same shape and kind as what is measured elsewhere: of any symbol.
        _, m, n = self.task.symbols.shape
        return self.task.measure(np.ones((1, m, n), dtype=np.complex128)) * np.nan
