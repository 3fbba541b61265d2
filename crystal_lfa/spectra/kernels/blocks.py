"""The unreduced blocks of bidiagonal matrices in the dqds algorithm: which is worked on, and what small ones give."""

from __future__ import annotations

import math
from typing import Any

from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.quotient_differences import FIRST, LANES, LAST, NEGLIGIBLE, SHARE, SHIFT, SHIFTED

__all__ = ["begin", "leave", "split_off"]

_TINY = 1e-290
"""Squares above the diagonal that are smaller count as zero: quotients must not overflow. The largest is near 1."""


@inner
def begin(squares: Any, windows: Any, lane: int, diagonals: Any, aboves: Any, row: int) -> None:
    """Put one bidiagonal matrix into a lane, turned so that it falls off towards the end."""
    n = diagonals.shape[1]
    turned = 1.5 * diagonals[row, 0] < diagonals[row, n - 1]
    for k in range(n):
        x = diagonals[row, n - 1 - k] if turned else diagonals[row, k]
        squares[0, k * LANES + lane] = x * x
        y = 0.0
        if k < n - 1:
            y = aboves[row, n - 2 - k] if turned else aboves[row, k]
        squares[1, k * LANES + lane] = y * y if y * y > _TINY else 0.0
    windows[FIRST, lane], windows[LAST, lane] = 0, n - 1
    windows[SHIFT, lane] = windows[SHIFTED, lane] = windows[SHARE, lane] = 0.0


@inner
def split_off(squares: Any, other: Any, windows: Any, lane: int, left_at: Any, split: int) -> None:
    """Go to the block behind a place where nothing stands above the diagonal any more.

    Parameters
    ----------
    left_at : flat (n, lanes)
        How far a part was shifted when its end was left, for later; -1 where none was.
    """
    first = int(windows[FIRST, lane])
    left_at[split * LANES + lane] = windows[SHIFTED, lane]
    windows[FIRST, lane] = split + 1
    # Steps on this block do not carry along what stands before it.
    for at in range(first * LANES + lane, (split + 1) * LANES, LANES):
        other[0, at] = squares[0, at]
        other[1, at] = squares[1, at]


@inner
def leave(squares: Any, windows: Any, lane: int, left_at: Any, values: Any, row: int) -> None:
    """Write the singular values of blocks of one or two, and go on to the block before, until one has three or more."""
    first, last = int(windows[FIRST, lane]), int(windows[LAST, lane])
    shifted = windows[SHIFTED, lane]
    while 0 <= last < first + 2:
        if last == first:
            values[row, last] = math.sqrt(squares[0, last * LANES + lane] + shifted)
        else:
            x, y = squares[0, first * LANES + lane], squares[0, last * LANES + lane]
            x, y = _of_two(x, y, squares[1, first * LANES + lane])
            values[row, first], values[row, last] = math.sqrt(x + shifted), math.sqrt(y + shifted)
        last = first - 1
        if last < 0:
            break
        shifted = left_at[last * LANES + lane]
        first = last
        while first > 0 and left_at[(first - 1) * LANES + lane] < 0:
            first -= 1
    windows[FIRST, lane], windows[LAST, lane] = first, last
    windows[SHIFTED, lane] = shifted


@inner
def _of_two(x: float, y: float, z: float) -> tuple[float, float]:
    """Return the eigenvalues, the larger first, of the block with squares x, y on the diagonal and z above it."""
    if y > x:
        x, y = y, x
    half = 0.5 * ((x - y) + z)
    if z <= y * NEGLIGIBLE**2 or half == 0:
        return x, y
    s = y * (z / half)
    if s <= half:
        s = y * (z / (half * (1 + math.sqrt(1 + s / half))))
    else:
        s = y * (z / (half + math.sqrt(half) * math.sqrt(half + s)))
    above = x + (s + z)
    return above, y * (x / above)
