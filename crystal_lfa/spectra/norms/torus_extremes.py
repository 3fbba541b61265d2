"""Largest numbers over all frequencies of a torus."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import SingularSymbolError
from crystal_lfa.frequencies import RunOptions, run_plan
from crystal_lfa.geometry import Torus
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.point_symmetries import naming_others, symmetric_plan
from crystal_lfa.spectra.norms.measures import measured_by_kernel
from crystal_lfa.spectra.symbol_task import Measure, Skipping, SymbolTask

__all__ = ["largest_on_torus"]


def largest_on_torus(
    operator: Operator, torus: Torus, measure: Measure, options: RunOptions, *, skipping: bool = False
) -> tuple[Any, NDArray[np.float64], int]:
    """Return the largest of what is measured of each symbol, 0-d, its frequency, and how many had none.

    Of equal ones the first.

    Parameters
    ----------
    skipping : bool
        Whether frequencies at which an inverse does not exist are left out; else they raise.

    Raises
    ------
    SingularSymbolError
        If an inverse does not exist at one of the frequencies, or, of those that may be left out, at all of them.
    """
    task = SymbolTask.of(operator, torus, measure, 0, options.dtype)
    plan = symmetric_plan(operator, torus, task.cost(), options.limit)
    task = replace(task, measure=measured_by_kernel(measure, task.symbols, plan.visits))
    work = Skipping(task) if skipping else task
    best: tuple[Any, int] | None = None
    left_out: set[int] = set()
    with naming_others(plan):
        for numbers, found in run_plan(plan, work, executor=options.executor, progress=options.progress):
            values = to_numpy(found)
            absent = np.isnan(values)
            left_out |= set(numbers[absent].tolist())
            if absent.all():
                continue
            place = int(np.nanargmax(values))
            candidate = found[place], int(numbers[place])
            best = candidate if best is None else max(best, candidate, key=_rank)
    if left_out:
        visited = np.array(sorted(left_out), dtype=np.int64)
        left_out.update(*(others.tolist() for others, _ in plan.reduction.images(visited)))
    if best is None:
        raise SingularSymbolError(f"A: an inverse in {operator!r} exists at none of the {len(left_out)} frequencies")
    return best[0], torus.frequencies_at([best[1]])[0], len(left_out)


def _rank(found: tuple[Any, int]) -> tuple[float, int]:
    """Return by what the largest is told: of equal ones the lowest number, in whatever order chunks are done."""
    return float(to_numpy(found[0])), -found[1]
