"""Singular values and vectors of many bidiagonal matrices at once, by the implicit QR algorithm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from crystal_lfa.spectra.kernels.chasing import chase, rotate
from crystal_lfa.spectra.kernels.compiling import inner

__all__ = ["TOGETHER", "bidiagonal_vectors"]

_HUGE = 1e30
"""No number of a matrix that was scaled: where one is larger, or none at all, another has to find the cause."""

_NEGLIGIBLE = 4
"""Roundings of the largest entry. With two equal entries on the diagonal and less above, the shift would be as they."""

TOGETHER = 8
"""Sweeps whose rotations are applied at once: vectors are read and written that much less often."""


@inner
def bidiagonal_vectors(
    diagonal: Any, above: Any, n: int, lanes: int, one: Any, right: Any, left: Any, rotations: Any, most_sweeps: int
) -> bool:
    r"""Overwrite bidiagonals :math:`B = P \Sigma Q^T` by their singular values, which may be negative and in any order.

    Parameters
    ----------
    diagonal, above : flat (n + 1, lanes), overwritten
    one : the number 1, in their precision
    right, left : flat (n, n, lanes), written: Q and P, component by component
    rotations : (TOGETHER, 4, n * lanes), overwritten
    most_sweeps : how many are made at most for each singular value; about two are usual

    Returns
    -------
    bool
        Whether these sufficed in all lanes.
    """
    right[:] = 0
    left[:] = 0
    for k in range(n):
        at = (k * n + k) * lanes
        right[at : at + lanes] = one
        left[at : at + lanes] = one
    blocks = np.zeros((3, lanes), diagonal.dtype)
    tolerances = np.zeros(lanes, diagonal.dtype)
    for lane in range(lanes):
        blocks[1, lane] = n - 1
        largest = one - one
        for at in range(lane, n * lanes, lanes):
            largest = max(largest, diagonal[at], above[at])
        if not largest < _HUGE:
            return False
        tolerances[lane] = _NEGLIGIBLE * largest * np.finfo(diagonal.dtype).eps
    spans = np.zeros((TOGETHER, 2), np.int64)
    sweeps = 0
    for _ in range(most_sweeps * n):
        start, stop = n, -1
        for lane in range(lanes):
            _choose(diagonal, above, blocks, lane, lanes, tolerances[lane])
            if blocks[1, lane] > 0:
                start, stop = min(start, int(blocks[0, lane])), max(stop, int(blocks[1, lane]))
        if stop < 0:
            rotate(right, n, rotations, 0, spans, sweeps, lanes)
            rotate(left, n, rotations, 2, spans, sweeps, lanes)
            return True
        chase(diagonal, above, blocks[0], blocks[1], blocks[2], rotations[sweeps], lanes, one, start, stop)
        spans[sweeps, 0], spans[sweeps, 1] = start, stop
        sweeps += 1
        if sweeps == TOGETHER:
            rotate(right, n, rotations, 0, spans, sweeps, lanes)
            rotate(left, n, rotations, 2, spans, sweeps, lanes)
            sweeps = 0
    return False


@inner
def _choose(diagonal: Any, above: Any, blocks: Any, lane: int, lanes: int, tolerance: Any) -> None:
    """Find the lowest block of one lane that is not diagonal, and its shift; -1 as its end where there is none."""
    last = int(blocks[1, lane])
    while last > 0 and abs(above[(last - 1) * lanes + lane]) <= tolerance:
        above[(last - 1) * lanes + lane] = 0
        last -= 1
    blocks[1, lane] = last
    if last <= 0:
        blocks[0, lane] = blocks[2, lane] = 0
        blocks[1, lane] = -1
        return
    first = last
    smallest = abs(diagonal[last * lanes + lane])
    while first > 0:
        if abs(above[(first - 1) * lanes + lane]) <= tolerance:
            above[(first - 1) * lanes + lane] = 0
            break
        first -= 1
        smallest = min(smallest, abs(diagonal[first * lanes + lane]))
    blocks[0, lane] = first
    # Without a shift a sweep takes a zero on the diagonal to the end, where it splits off.
    blocks[2, lane] = 0
    if smallest > tolerance:
        at = (last - 1) * lanes + lane
        blocks[2, lane] = _smaller_of_two(abs(diagonal[at]), abs(above[at]), abs(diagonal[at + lanes]))


@inner
def _smaller_of_two(f: Any, g: Any, h: Any) -> Any:
    """Return the smaller singular value of [[f, g], [0, h]] (LAPACK's dlas2)."""
    low, high = min(f, h), max(f, h)
    if g < high:
        ratio = g / high
        square = ratio * ratio
        up, down = 1 + low / high, (high - low) / high
        return 2 * low / (math.sqrt(up * up + square) + math.sqrt(down * down + square))
    ratio = high / g
    if ratio == 0:
        return low * high / g
    up, down = (1 + low / high) * ratio, (high - low) / high * ratio
    return 2 * (low / (math.sqrt(1 + up * up) + math.sqrt(1 + down * down))) * ratio
