"""Something measured at a list of frequencies: those of no torus."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.frequencies.plan import Cost, make_chunks
from crystal_lfa.frequencies.run import run_plan

__all__ = ["PointMeasure", "measure_at"]

PointMeasure = Callable[[NDArray[np.float64]], NDArray[Any]]
"""From frequencies (b, d) to something of each, (b, ...)."""


def measure_at(
    points: NDArray[np.float64], measure: PointMeasure, cost: Cost, memory: int, executor: Executor | None = None
) -> NDArray[Any]:
    """Return what is measured at frequencies (k, d), in their order: (k, ...).

    Parameters
    ----------
    points : (k, d) float64, k > 0
    measure : callable
        Travels by pickle where the executor's workers are processes.
    cost : Cost
        Of one frequency.
    memory : int
        Bytes that may be allocated.
    """
    run = run_plan(make_chunks(len(points), cost, memory), _At(points, measure), executor=executor)
    parts = sorted(run, key=lambda part: int(part[0][0]))
    return np.concatenate([found for _, found in parts])


@dataclass(frozen=True, slots=True, eq=False)
class _At:
    """The work at some of the frequencies; `points` are those from number `first` on."""

    points: NDArray[np.float64]
    measure: PointMeasure
    first: int = 0

    def __call__(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        """Return what is measured there."""
        return self.measure(self.points[numbers - self.first])

    def part(self, numbers: NDArray[np.int64]) -> _At:
        """Return the work at consecutive frequencies alone."""
        return _At(self.points[numbers], self.measure, int(numbers[0]))
