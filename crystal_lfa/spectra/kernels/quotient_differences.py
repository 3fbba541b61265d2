r"""One step of the differential quotient-difference algorithm with shift (dqds) on many bidiagonal matrices at once.

From the squares :math:`q_k` of a bidiagonal's diagonal and :math:`e_k` of what stands above it, those of another
bidiagonal :math:`\hat B` with :math:`\hat B^T \hat B = B B^T - s I`, without cancellation: all singular values keep
their digits.

References
----------
Fernando, Parlett: Accurate singular values and differential qd algorithms (Numer. Math. 67, 1994); Parlett, Marques: An
implementation of the dqds algorithm (positive case) (Linear Algebra Appl. 309, 2000).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.lanes import (
    REGISTER_BYTES,
    fused,
    larger,
    smaller,
    vector_functions,
    where_less,
    where_not_above,
)

__all__ = ["LANES", "NEGLIGIBLE", "ROWS", "load", "splat", "store", "transform"]

REGISTERS = 2
"""A step waits for a division: two registers, independent of one another, hide most of that."""

LANES = REGISTERS * REGISTER_BYTES // 8

NEGLIGIBLE = 2 * float(np.finfo(np.float64).eps)
"""What changes singular values by no more than rounding, relative to them."""

_HUGE = 1e300

ROWS = 14
FIRST, LAST, SHIFT, SHIFTED, PIVOT, END, BEFORE, SPLIT, NEAR, UPPER, FARTHER, RESIDUAL, SHARE, FAILURES = range(ROWS)
"""The rows of `windows`, (ROWS, LANES): where each lane works, and what a step has seen there.

FIRST, LAST : the unreduced block; LAST is -1 where there is none
SHIFT, SHIFTED : what this step takes off, and what steps before have
PIVOT, END, BEFORE : the smallest pivot but for the last; the last; the one before
SPLIT : the last place in the block where what stands above the diagonal has become negligible, or -1
NEAR, UPPER, FARTHER : q and e one place before the end, e two places before
RESIDUAL : of the approximate eigenvector that the last pivot gives, the sum of the products of all e / q up to the end
SHARE : see `shifts`
FAILURES : how many steps in succession had too large a shift
"""

load, store, splat = vector_functions(REGISTERS)


@inner
def transform(
    squares: Any, result: Any, windows: Any, start: int, stop: int, common_start: int, common_stop: int
) -> None:
    """Take one step from `squares` to `result`, (2, flat) each; lanes keep what stands outside their blocks.

    The blocks lie in start .. stop (inclusive); between the common bounds all lanes are inside of theirs.
    """
    q, e, q_new, e_new = squares[0], squares[1], result[0], result[1]
    nothing, nowhere, one = splat(0.0), splat(-1.0), splat(1.0)
    shift, first, last = load(windows[SHIFT], 0), load(windows[FIRST], 0), load(windows[LAST], 0)
    shifted = load(windows[SHIFTED], 0) + shift
    tolerance, floor = splat(NEGLIGIBLE**2), splat(NEGLIGIBLE) * shifted
    pivot, split = splat(_HUGE), nowhere
    end, before, near, upper_near, farther, residual_at_end = nothing, nothing, nothing, nothing, nothing, nothing
    sum_before, product_before, product_farther, residual = nothing, nothing, nothing, nothing
    here = load(q, start * LANES)
    d = here - shift
    for k in range(start, stop + 1):
        at = k * LANES
        upper, there = load(e, at), load(q, at + LANES)
        place = splat(float(k))
        on_border = k <= common_start or k >= common_stop
        if on_border:
            d = where_not_above(place, first, here - shift, d)
            residual = where_not_above(place, first, nothing, residual)
            at_end = where_not_above(place, last, where_not_above(last, place, place, nowhere), nowhere)
            near = where_not_above(nothing, at_end, sum_before, near)
            upper_near = where_not_above(nothing, at_end, product_before, upper_near)
            farther = where_not_above(nothing, at_end, product_farther, farther)
            residual_at_end = where_not_above(nothing, at_end, residual, residual_at_end)
        sum_ = d + upper
        inverse = one / sum_
        ratio = there * inverse
        # Where nothing stands above the diagonal a new block begins: 0 / 0 must not reach it.
        after = where_not_above(upper, nothing, there - shift, fused(d, ratio, -shift))
        product = where_not_above(upper, nothing, nothing, upper * ratio)
        # As a relative change of an entry of the bidiagonal; or of the shifted matrix, on and beside its diagonal.
        bound = larger(tolerance * larger(sum_, shifted), smaller(floor, floor * floor * inverse))
        small = where_not_above(product, bound, place, nowhere)
        product = where_not_above(product, bound, nothing, product)
        if on_border:
            inside = where_not_above(first, place, where_less(place, last, place, nowhere), nowhere)
            store(q_new, at, where_not_above(nothing, inside, sum_, where_not_above(nothing, at_end, d, here)))
            store(e_new, at, where_not_above(nothing, inside, product, upper))
            split = where_not_above(nothing, inside, larger(split, small), split)
            pivot = where_not_above(nothing, inside, smaller(pivot, d), pivot)
            before = where_not_above(nothing, inside, d, before)
            end = where_not_above(nothing, at_end, d, end)
        else:
            store(q_new, at, sum_)
            store(e_new, at, product)
            split = larger(split, small)
            pivot = smaller(pivot, d)
            before = d
        share = product * inverse
        residual = fused(share, residual, share)
        product_farther, product_before, sum_before = product_before, product, sum_
        d, here = after, there
    store(windows[PIVOT], 0, pivot)
    store(windows[END], 0, end)
    store(windows[BEFORE], 0, before)
    store(windows[SPLIT], 0, split)
    store(windows[NEAR], 0, near)
    store(windows[UPPER], 0, upper_near)
    store(windows[FARTHER], 0, farther)
    store(windows[RESIDUAL], 0, residual_at_end)
