"""What a singular value decomposition on a torus consists of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from crystal_lfa.errors import MemoryBudgetError
from crystal_lfa.frequencies import readable_bytes
from crystal_lfa.geometry import Crystal, Torus
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import read_only
from crystal_lfa.operators.records import Record
from crystal_lfa.spectra.decompositions.arrangement import Arrangement
from crystal_lfa.spectra.decompositions.symbol_factors import SymbolFactors
from crystal_lfa.spectra.results import Result

__all__ = ["Factored"]


@dataclass(frozen=True, slots=True, eq=False)
class Factored(Result):
    r"""U, S and V^H of every symbol on a torus.

    Attributes
    ----------
    operator : Operator
        That which was decomposed.
    torus : Torus
    values : (order, r) array, read-only
        Row i, descending, belongs to ``frequencies[i]``.
    factors : SymbolFactors
    arrangement : Arrangement
    is_real : bool
        Whether this is the decomposition of a real operator: then real singular vectors are handed out.
    steps : tuple of str
        What was done to the decomposition of `operator`: ``("clip(0, 1)",)``.
    """

    operator: Operator
    torus: Torus
    values: Any
    factors: SymbolFactors
    is_real: bool
    arrangement: Arrangement = field(default_factory=Arrangement)
    steps: tuple[str, ...] = ()

    def stored(self) -> Record:
        """Return what stands for a decomposition in a file."""
        from crystal_lfa.spectra.decompositions.stored_svd import StoredSVD

        return StoredSVD.of(self)

    @property
    def domain(self) -> Crystal:
        """The crystal of the right singular vectors."""
        return self.operator.codomain if self.arrangement.flipped else self.operator.domain

    @property
    def codomain(self) -> Crystal:
        """The crystal of the left singular vectors."""
        return self.operator.domain if self.arrangement.flipped else self.operator.codomain

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """The frequencies of the torus, fractional dual coordinates: (order, d), read-only."""
        return self.torus.frequencies

    @property
    def sorted_values(self) -> Any:
        """All singular values in one array, descending."""
        xp = array_namespace(self.values)
        return read_only(xp.sort(xp.reshape(self.values, (-1,)), descending=True))

    @property
    def u(self) -> Any:
        """The left singular vectors of the symbols as columns: (order, m, r), complex, read-only.

        Raises
        ------
        MemoryBudgetError
            If they were not kept.
        """
        return read_only(self._kept()[0])

    @property
    def vh(self) -> Any:
        """The right singular vectors of the symbols, conjugated, as rows: (order, r, n), complex, read-only.

        Raises
        ------
        MemoryBudgetError
            If they were not kept.
        """
        return read_only(self._kept()[1])

    def _kept(self) -> tuple[Any, Any]:
        factors = self.factors
        if not factors.kept:
            _, m, n = factors.task.symbols.shape
            size = self.torus.order * min(m, n) * (m + n) * 2 * self.values.itemsize
            message = f"u, vh: they take {readable_bytes(size)} and were not kept; left(i), right(i) and apply() "
            raise MemoryBudgetError(f"{message}compute what they need, and svd(..., memory=) of more keeps all")
        return self.arrangement.of(np.arange(self.torus.order), factors.u, factors.vh)

    def portions(self, **options: Any) -> Iterator[tuple[NDArray[np.int64], Any, Any]]:
        """Yield (numbers, U, V^H) of all frequencies, in portions; options as of `SymbolFactors.portions`."""
        for numbers, u, vh in self.factors.portions(**options):
            yield numbers, *self.arrangement.of(numbers, u, vh)
