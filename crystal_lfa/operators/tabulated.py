"""Symbols in a table, as an operator: what is known on one torus only, for everything that asks for symbols there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import TorusError
from crystal_lfa.frequencies import OppositeWaves, TorusWaves, WaveFunctions
from crystal_lfa.geometry import Torus
from crystal_lfa.operators.arrays import constant_like, to_complex
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.torus_operator import TorusOperator

__all__ = ["Tabulated"]


class Tabulated(Operator):
    """An operator on a torus, whose symbols are looked up; elsewhere it has none."""

    table: TorusOperator

    def __init__(self, table: TorusOperator) -> None:
        self._fill(table=table, domain=table.domain, codomain=table.codomain)

    complete = True

    @property
    def is_real(self) -> bool:
        """Whether the operator maps real functions to real ones."""
        return self.table.is_real

    @property
    def is_hermitian(self) -> bool:
        """Whether the operator is known to be its own adjoint: nothing is known."""
        return False

    @property
    def multipliers(self) -> Any:
        """Numbers of the operator's array library: its symbols."""
        return self.table.symbols

    def symbols(self, waves: WaveFunctions, dtype: Any = None) -> Any:
        """Return the symbols at frequencies of the torus."""
        inner = waves.waves if isinstance(waves, OppositeWaves) else waves
        if not isinstance(inner, TorusWaves) or inner.torus != self.table.torus:
            raise TorusError(f"A: {self.table!r} has symbols at the frequencies of its own torus only")
        numbers = inner.numbers if inner is waves else inner.torus.conjugate_frequencies(inner.numbers)
        table = self.table.symbols
        return to_complex(table[constant_like(numbers, table), ...], dtype)

    def part(self, numbers: NDArray[np.int64]) -> Operator:
        """Return the operator as far as it is known at some frequencies, their numbers ascending."""
        table = self.table
        rows = table.symbols[constant_like(numbers, table.symbols), ...]
        return _Rows(table.torus, numbers, rows, self)


class _Rows(Operator):
    """An operator whose symbols are known at some frequencies of a torus."""

    torus: Torus
    numbers: NDArray[np.int64]
    multipliers: Any

    complete = True
    is_real = False
    is_hermitian = False

    def __init__(self, torus: Torus, numbers: NDArray[np.int64], rows: Any, whole: Operator) -> None:
        crystals = {"domain": whole.domain, "codomain": whole.codomain}
        self._fill(**crystals, torus=torus, numbers=numbers, multipliers=rows)

    def symbols(self, waves: WaveFunctions, dtype: Any = None) -> Any:
        """Return the symbols at some of these frequencies."""
        if not isinstance(waves, TorusWaves) or not np.isin(waves.numbers, self.numbers).all():
            raise TorusError(f"A: symbols on {self.torus!r} were sent here for {len(self.numbers)} frequencies only")
        places = np.searchsorted(self.numbers, waves.numbers)
        return to_complex(self.multipliers[constant_like(places, self.multipliers), ...], dtype)
