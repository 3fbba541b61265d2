"""The shift of the next dqds step: close below the smallest eigenvalue, so that few steps find it.

References
----------
Parlett, Marques: An implementation of the dqds algorithm (positive case) (Linear Algebra Appl. 309, 2000); the cases
are those of LAPACK's dlasq4.
"""

from __future__ import annotations

import math
from typing import Any

from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.lanes import larger, root, smaller, where_less, where_not_above
from crystal_lfa.spectra.kernels.quotient_differences import (
    BEFORE,
    END,
    FARTHER,
    LANES,
    NEAR,
    PIVOT,
    RESIDUAL,
    SHARE,
    UPPER,
    load,
    splat,
    store,
)

__all__ = ["FIRST_SHARE", "next_shifts", "shift_by_residual"]

FIRST_SHARE = 0.25
"""What part of the smallest pivot is a shift where nothing better is known; each further time it is tried a larger."""

_FEW = 0.563
"""Of a squared residual, relative to the pivot: beyond it the bound says nothing."""


@inner
def next_shifts(windows: Any) -> Any:
    """Return the shifts that follow a step in which nothing failed or split off, and keep the shares.

    Where the smallest pivot is the last and the pivots fall towards it, from the last rows as a matrix of two and the
    gap to the rest (cases 2 and 3); where it is the last all the same, from the residual of an approximate eigenvector
    (4); elsewhere a share of it (6).
    """
    quarter, nothing, one = splat(FIRST_SHARE), splat(0.0), splat(1.0)
    pivot, end, before = load(windows[PIVOT], 0), load(windows[END], 0), load(windows[BEFORE], 0)
    near, upper, farther = load(windows[NEAR], 0), load(windows[UPPER], 0), load(windows[FARTHER], 0)
    b1, b2, a2 = root(end * upper), root(near * farther), near + upper
    rest = splat(0.75) * pivot - a2
    gap = a2 - end - where_less(b2, rest, b2 / rest * b2, b1 + b2)
    by_gap = larger(end - b1 / gap * b1, splat(0.5) * end)
    by_rows = larger(end - b1, nothing)
    by_rows = where_less(b1 + b2, a2, smaller(by_rows, a2 - (b1 + b2)), by_rows)
    by_rows = larger(by_rows, end * splat(1 / 3))
    falling = where_less(b1, gap, by_gap, by_rows)
    residual = splat(1.05) * load(windows[RESIDUAL], 0)
    by_residual = where_less(residual, splat(_FEW), end * (one - root(residual)) / (one + residual), quarter * end)
    at_end = where_not_above(before, pivot, falling, by_residual)
    share = load(windows[SHARE], 0)
    grown = where_less(nothing, share, share + (one - share) * splat(1 / 3), quarter)
    store(windows[SHARE], 0, where_not_above(end, pivot, share, grown))
    return where_not_above(end, pivot, at_end, grown * pivot)


@inner
def shift_by_residual(squares: Any, lane: int, first: int, last: int, end: float) -> float:
    """Return a shift for one lane from the residual of the approximate eigenvector that the last pivot gives."""
    shift = FIRST_SHARE * end
    previous = term = total = squares[1, (last - 1) * LANES + lane] / squares[0, (last - 1) * LANES + lane]
    for k in range(last - 2, first - 1, -1):
        upper, here = squares[1, k * LANES + lane], squares[0, k * LANES + lane]
        if upper > here:
            return shift
        previous, term = term, term * (upper / here)
        total += term
        if 100 * max(term, previous) < total or total > _FEW:
            break
    total *= 1.05
    return end * (1 - math.sqrt(total)) / (1 + total) if total < _FEW else shift
