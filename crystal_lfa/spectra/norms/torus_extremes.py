"""Largest numbers over all frequencies of a torus."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.frequencies import RunOptions, make_plan, run_plan
from crystal_lfa.geometry import Torus
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.spectra.symbol_task import Measure, SymbolTask

__all__ = ["largest_on_torus"]


def largest_on_torus(
    operator: Operator, torus: Torus, measure: Measure, options: RunOptions
) -> tuple[Any, NDArray[np.float64]]:
    """Return the largest of what is measured of each symbol, 0-d, and its frequency; of equal ones the first."""
    task = SymbolTask.of(operator, torus, measure, 0, options.dtype)
    halved = operator.is_real and torus.has_real_functions
    plan = make_plan(torus, task.cost(), options.limit, halved=halved)
    run = run_plan(plan, task, executor=options.executor, progress=options.progress)
    # Of equal ones the lowest number, in whatever order the chunks are done.
    bests = ((found[best], int(numbers[best])) for numbers, found in run for best in [int(np.argmax(to_numpy(found)))])
    value, number = max(bests, key=lambda best: (float(to_numpy(best[0])), -best[1]))
    return value, torus.frequencies_at([number])[0]
