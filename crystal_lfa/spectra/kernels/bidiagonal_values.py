"""Singular values of many bidiagonal matrices at once, by dqds: the steps over lanes, and what is decided for one."""

from __future__ import annotations

from typing import Any

import numpy as np

from crystal_lfa.spectra.kernels.blocks import begin, leave, split_off
from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.lanes import any_less, where_less, where_not_above
from crystal_lfa.spectra.kernels.quotient_differences import (
    BEFORE,
    END,
    FAILURES,
    FIRST,
    LANES,
    LAST,
    PIVOT,
    ROWS,
    SHARE,
    SHIFT,
    SHIFTED,
    SPLIT,
    load,
    splat,
    store,
    transform,
)
from crystal_lfa.spectra.kernels.shifts import FIRST_SHARE, next_shifts, shift_by_residual

__all__ = ["bidiagonal_values"]

_EPS = float(np.finfo(np.float64).eps)

_MOST_FAILURES = 2
"""After as many shifts that were too large in succession, the step without a shift, which cannot fail."""


@inner
def bidiagonal_values(diagonals: Any, aboves: Any, values: Any, most_steps: int) -> Any:
    """Write the singular values of bidiagonal matrices, descending; return which were not found.

    Parameters
    ----------
    diagonals, aboves : (b, n), (b, n - 1 or more) float64, not negative, the largest near 1
    values : (b, n) float64, written
    most_steps : how many steps are taken at most for each singular value; about four are usual

    Returns
    -------
    (b,) bool
        True where the steps did not suffice; `values` are wrong there.
    """
    count, n = diagonals.shape
    current, other = np.zeros((2, (n + 2) * LANES)), np.zeros((2, (n + 2) * LANES))
    left_at = np.zeros(n * LANES)
    windows = np.zeros((ROWS, LANES))
    special = np.zeros(LANES)
    missing = np.zeros(count, np.bool_)
    for group in range(0, count, LANES):
        left_at[:] = -1.0
        for lane in range(LANES):
            row = min(group + lane, count - 1)
            begin(current, windows, lane, diagonals, aboves, row)
            leave(current, windows, lane, left_at, values, row)
        start, stop, common_start, common_stop = _bounds(windows, n)
        for _ in range(most_steps * n):
            if stop < 0:
                break
            transform(current, other, windows, start, stop, common_start, common_stop)
            current, other = other, current
            if _go_on(windows, special):
                for lane in range(LANES):
                    if special[lane] > 0:
                        row = min(group + lane, count - 1)
                        _decide(current, other, windows, lane, left_at, values, row)
                start, stop, common_start, common_stop = _bounds(windows, n)
        for lane in range(LANES):
            if windows[LAST, lane] >= 0:
                missing[min(group + lane, count - 1)] = True
    for row in range(count):
        _sort_descending(values, row)
    return missing


@inner
def _bounds(windows: Any, n: int) -> tuple[int, int, int, int]:
    """Return where any lane works, and where all do."""
    start, stop, common_start, common_stop = n, -1, 0, n
    for lane in range(LANES):
        first, last = int(windows[FIRST, lane]), int(windows[LAST, lane])
        if last >= 0:
            start, stop = min(start, first), max(stop, last)
        common_start, common_stop = max(common_start, first), min(common_stop, last)
    return start, stop, common_start, common_stop


@inner
def _go_on(windows: Any, special: Any) -> bool:
    """Choose the next shifts where a step succeeded and nothing split off; return whether others are left."""
    nothing, one = splat(0.0), splat(1.0)
    after = next_shifts(windows)
    mark = where_not_above(nothing, load(windows[PIVOT], 0), nothing, one)
    mark = where_not_above(nothing, load(windows[END], 0), mark, one)
    mark = where_not_above(load(windows[FIRST], 0), load(windows[SPLIT], 0), one, mark)
    mark = where_less(load(windows[LAST], 0), nothing, nothing, mark)
    shift, shifted = load(windows[SHIFT], 0), load(windows[SHIFTED], 0)
    store(windows[SHIFTED], 0, where_less(nothing, mark, shifted, shifted + shift))
    store(windows[SHIFT], 0, where_less(nothing, mark, shift, after))
    store(windows[FAILURES], 0, where_less(nothing, mark, load(windows[FAILURES], 0), nothing))
    store(special, 0, mark)
    found: bool = any_less(nothing, mark)
    return found


@inner
def _decide(current: Any, before_it: Any, windows: Any, lane: int, left_at: Any, values: Any, row: int) -> None:
    """Undo a step of one lane that failed; else take what it has split off."""
    last = int(windows[LAST, lane])
    shift, end = windows[SHIFT, lane], windows[END, lane]
    if windows[PIVOT, lane] >= 0 and end < 0 and -end <= 4 * _EPS * (windows[SHIFTED, lane] + shift):
        # Below zero by rounding alone.
        windows[END, lane] = current[0, last * LANES + lane] = 0.0
    elif not (windows[PIVOT, lane] >= 0 and end >= 0):
        _undo(current, before_it, windows, lane)
        return
    windows[FAILURES, lane] = 0.0
    windows[SHIFTED, lane] += shift
    windows[SHIFT, lane] = 0.0
    windows[SHARE, lane] = FIRST_SHARE
    first, split = int(windows[FIRST, lane]), int(windows[SPLIT, lane])
    if split < first:
        return
    if split == last - 1 and last - first >= 3:
        # One value has gone. What remains has the same pivots.
        values[row, last] = np.sqrt(current[0, last * LANES + lane] + windows[SHIFTED, lane])
        windows[LAST, lane] = last - 1
        smallest = min(windows[PIVOT, lane], windows[BEFORE, lane])
        if windows[BEFORE, lane] <= windows[PIVOT, lane]:
            windows[SHIFT, lane] = shift_by_residual(current, lane, first, last - 1, smallest)
        else:
            windows[SHIFT, lane] = FIRST_SHARE * smallest
        return
    split_off(current, before_it, windows, lane, left_at, split)
    leave(current, windows, lane, left_at, values, row)


@inner
def _undo(current: Any, before_it: Any, windows: Any, lane: int) -> None:
    """Take a step of one lane back, and choose a smaller shift."""
    for at in range(int(windows[FIRST, lane]) * LANES + lane, (int(windows[LAST, lane]) + 1) * LANES, LANES):
        current[0, at], current[1, at] = before_it[0, at], before_it[1, at]
    windows[SHARE, lane] = FIRST_SHARE
    windows[FAILURES, lane] += 1
    shift, pivot, end = windows[SHIFT, lane], windows[PIVOT, lane], windows[END, lane]
    if windows[FAILURES, lane] > _MOST_FAILURES:
        windows[SHIFT, lane] = 0.0
    elif pivot > 0 and shift + end > 0:
        # A failure at the end alone tells the eigenvalue closely.
        windows[SHIFT, lane] = (shift + end) * (1 - 2 * _EPS)
    elif windows[FAILURES, lane] == 1:
        windows[SHIFT, lane] = max(shift + 2 * min(pivot, end), FIRST_SHARE * shift)
    else:
        windows[SHIFT, lane] = FIRST_SHARE * shift


@inner
def _sort_descending(values: Any, row: int) -> None:
    """Sort one row in place; the order in which dqds finds values is nearly the one that is wanted."""
    for i in range(1, values.shape[1]):
        value = values[row, i]
        j = i - 1
        while j >= 0 and values[row, j] < value:
            values[row, j + 1] = values[row, j]
            j -= 1
        values[row, j + 1] = value
