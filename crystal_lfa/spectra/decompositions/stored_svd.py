"""What stands for a singular value decomposition in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.frequencies import Plan, Reduction
from crystal_lfa.geometry import Torus
from crystal_lfa.operators import Operator, WholeSymbols
from crystal_lfa.operators.arrays import to_complex
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.meeting import same_basis
from crystal_lfa.operators.records import Record, is_table
from crystal_lfa.spectra.decompositions.arrangement import Arrangement
from crystal_lfa.spectra.decompositions.decomposition import SVD
from crystal_lfa.spectra.decompositions.factored import Factored
from crystal_lfa.spectra.decompositions.symbol_factors import FactorTask, SymbolFactors

__all__ = ["StoredSVD"]


@dataclass(frozen=True, slots=True, eq=False)
class StoredSVD(Record):
    """A decomposition with what its factors are computed from, or with the factors where they are kept.

    Attributes
    ----------
    operator, torus, values, is_real, steps
        As of `SVD`.
    columns, signs, flipped
        As of `Arrangement`.
    dtype : str or None
        The precision of the computation.
    halved : bool
        Whether the problem is real, so that of each pair of opposite frequencies one was visited.
    chunk, concurrency : int
        As of `Plan`.
    u, vh : arrays, or None where they are not kept
    """

    operator: Operator
    torus: Torus
    values: NDArray[np.floating[Any]]
    is_real: bool
    steps: tuple[str, ...]
    columns: NDArray[np.int64] | None
    signs: NDArray[np.float64] | None
    flipped: bool
    dtype: str | None
    halved: bool
    chunk: int
    concurrency: int
    u: NDArray[np.complexfloating[Any, Any]] | None
    vh: NDArray[np.complexfloating[Any, Any]] | None

    @classmethod
    def of(cls, found: Factored) -> StoredSVD:
        """Return what stands for a decomposition."""
        arrangement, factors = found.arrangement, found.factors
        dtype = factors.task.symbols.dtype
        name = None if dtype is None else str(getattr(dtype, "__name__", dtype)).rsplit(".", maxsplit=1)[-1]
        return cls(
            found.operator, found.torus, found.values, found.is_real, found.steps,
            arrangement.columns, arrangement.signs, arrangement.flipped,
            name, factors.plan.halved, factors.plan.chunk, factors.plan.concurrency, factors.u, factors.vh,
        )  # fmt: skip

    def restored(self) -> SVD:
        """Return the decomposition."""
        task = FactorTask(self.torus, WholeSymbols(Program.of(self.operator), self.dtype), self.halved).decided()
        plan = Plan(self.torus, Reduction(self.torus, self.halved), self.chunk, self.concurrency)
        factors = SymbolFactors(task, plan, self.u, self.vh)
        arrangement = Arrangement(self.columns, self.signs, self.flipped)
        return SVD(self.operator, self.torus, self.values, factors, self.is_real, arrangement, self.steps)

    def fits(self) -> bool:
        """Tell whether shapes and numbers fit the operator on the torus."""
        to_complex(np.zeros(0), self.dtype)
        return (
            same_basis(self.operator.lattice, self.torus.lattice)
            and (self.torus.has_real_functions or not (self.halved or self.is_real))
            and min(self.chunk, self.concurrency) > 0
            and self._tables_fit()
        )

    def _tables_fit(self) -> bool:
        order, (m, n) = self.torus.order, self.operator.shape
        r = min(m, n)
        width = r if self.columns is None else self.columns.shape[-1]
        return (
            is_table(self.values, order, width)
            and (self.signs is None or self.signs.shape == (order, width))
            and (self.columns is None or _are_columns(self.columns, order, r))
            and (self.u is self.vh is None or (is_table(self.u, order, m, r) and is_table(self.vh, order, r, n)))
        )


def _are_columns(columns: NDArray[np.int64], order: int, r: int) -> bool:
    inside = (columns >= 0) & (columns < r)
    return columns.ndim == 2 and len(columns) == order and 0 < columns.shape[1] <= r and bool(inside.all())
