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
from crystal_lfa.spectra.kernels.job import LANES
from crystal_lfa.spectra.stacks import finite
from crystal_lfa.spectra.symbol_work import SymbolWork

__all__ = ["Measure", "Skipping", "SymbolTask", "where_possible"]

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
        steps = len(self.symbols.program.steps)
        return Cost(working, self.result, self.symbols.fixed_bytes(16), steps, LANES)

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
        # Of the same shape and kind as what is measured elsewhere: of any symbol.
        _, m, n = self.task.symbols.shape
        symbol = np.ones((1, m, n), dtype=np.complex128)
        return where_possible(self.task, numbers, lambda: self.task.measure(symbol) * np.nan)


def where_possible(measure: Callable[[Any], Any], places: NDArray[Any], absent: Callable[[], Any]) -> Any:
    """Return what is measured at some places; at those where an inverse does not exist, what `absent` gives for one.

    Parameters
    ----------
    measure : callable
        From places (b, ...) to an array (b, ...); raises SingularSymbolError for all if it is so for one.
    """
    try:
        return measure(places)
    except SingularSymbolError:
        if len(places) == 1:
            return absent()
    half = len(places) // 2
    parts = [where_possible(measure, part, absent) for part in (places[:half], places[half:])]
    like = next((part for part in parts if not is_numpy_array(part)), parts[0])
    parts = [constant_like(part, like) if is_numpy_array(part) else part for part in parts]
    return array_namespace(like).concat(parts)
