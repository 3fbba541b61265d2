"""Suprema of numbers of symbols over all frequencies, refined: for operators that no theorem encloses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import SingularSymbolError
from crystal_lfa.frequencies import Cost, FrequencyWaves, RunOptions, as_progress, measure_at, single_blas_thread
from crystal_lfa.frequencies.refinement import Refined, refined_supremum
from crystal_lfa.operators import Operator, WholeSymbols
from crystal_lfa.operators.arrays import quiet_overflow, to_numpy
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.spectra.norms.certified import usual_evaluations
from crystal_lfa.spectra.stacks import finite
from crystal_lfa.spectra.symbol_task import Measure, where_possible

__all__ = ["Chosen", "refined"]

Chosen = Callable[[NDArray[np.float64]], NDArray[np.bool_]]

_POINTS_PER_OFFSET = {1: 8}
_POINTS_PER_OFFSET_OTHER = 2
"""Of the first grid, by dimension: of a function with a hundred turns, fewer show nothing; beyond a line all the same
the search from the best of them has to find what lies between."""


def refined(
    operator: Operator,
    measure: Measure,
    rtol: float,
    evaluations: int | None,
    options: RunOptions,
    *,
    even: bool | None = None,
    chosen: Chosen | None = None,
) -> Refined:
    """Return the largest of what is measured of each symbol; frequencies where an inverse does not exist are left out.

    Parameters
    ----------
    measure : callable
        From symbols (b, m, n) to numbers (b,).
    even : bool, optional
        Whether opposite frequencies give the same; default whether the operator is real.
    chosen : callable, optional
        From frequencies (b, d) to whether they count; default all.
    """
    symbols = WholeSymbols(Program.of(operator), options.dtype)
    _, m, n = symbols.shape
    working, parts = symbols.working_bytes(16) + 48 * m * n + 64 * m, len(symbols.program.steps)
    cost = Cost(working, 8, symbols.fixed_bytes(16), parts)
    task = _MeasuredAt(symbols, measure, chosen)
    most = 4 * usual_evaluations(operator.shape) if evaluations is None else evaluations

    def values(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return measure_at(points, task, cost, options.limit, options.executor)

    report = as_progress(options.progress)
    with single_blas_thread:
        found = refined_supremum(
            values,
            operator.lattice.dim,
            rtol,
            most,
            even=operator.is_real if even is None else even,
            poles=any(step.operator.judges_size for step in symbols.program.steps),
            coarsest=_POINTS_PER_OFFSET.get(operator.lattice.dim, _POINTS_PER_OFFSET_OTHER) * _reach(symbols.program),
            progress=report,
        )
    if found.value == -np.inf:
        raise SingularSymbolError(f"A: an inverse in {operator!r} exists at none of {found.skipped} frequencies")
    return found


def _reach(program: Program) -> int:
    """Return how many times waves turn along an axis, at most, within what the parts of an operator couple."""
    coarsest = program.steps[-1].operator.lattice
    turns = 0.0
    for step in program.steps:
        offsets = getattr(step.operator, "offsets", None)
        if offsets is not None and len(offsets):
            # On a finer lattice they turn more slowly, in units of the frequencies that are searched.
            seen = coarsest.coordinates(step.operator.lattice.cartesian(offsets))
            turns += float(np.ptp(seen, axis=0).max())
    return int(np.ceil(turns))


@dataclass(frozen=True, slots=True, eq=False)
class _MeasuredAt:
    """The work at some frequencies: build the symbols, measure each."""

    symbols: WholeSymbols
    measure: Measure
    chosen: Chosen | None

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what is measured at frequencies (b, d); NaN where a symbol does not exist."""
        found = np.asarray(where_possible(self._measured, points, lambda: np.full(1, np.nan)))
        return found if self.chosen is None else np.where(self.chosen(points), found, -np.inf)

    def _measured(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        with quiet_overflow():
            symbols = self.symbols.program(FrequencyWaves(points), self.symbols.dtype)
            return np.asarray(to_numpy(finite(self.measure(finite(symbols)))), dtype=np.float64)
