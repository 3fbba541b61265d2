"""Work at the symbols of an operator on a torus, that may be done elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry import Torus
from crystal_lfa.operators import WholeSymbols

__all__ = ["SymbolWork"]


@dataclass(frozen=True, slots=True, eq=False)
class SymbolWork:
    """What a task needs that is done at chunks of numbered frequencies.

    Attributes
    ----------
    torus : Torus
    symbols : WholeSymbols
    """

    torus: Torus
    symbols: WholeSymbols

    def part(self, numbers: NDArray[np.int64]) -> Self:
        """Return the same task without what these frequencies do not need."""
        return replace(self, symbols=self.symbols.part(numbers))
