r"""Singular vectors of many bidiagonal matrices at once, from their singular values, by twisted factorizations.

The matrix :math:`T` of Golub and Kahan has the entries :math:`b = (d_1, e_1, d_2, \dots, e_{n-1}, d_n)` of a bidiagonal
:math:`B` beside its diagonal, which is zero. For a singular value :math:`\sigma` of B it has the eigenvector
:math:`z = (v_1, u_1, v_2, u_2, \dots)` with :math:`B v = \sigma u`. The pivots of :math:`T - \sigma` from the top,
:math:`D_{i+1} = -\sigma - b_i^2 / D_i`, and those from the bottom, :math:`D'_i = -\sigma - b_i^2 / D'_{i+1}`, meet at a
place k, where :math:`\gamma_k = D_k + D'_k + \sigma` would be the last pivot. From :math:`z_k = 1` the other entries
follow by :math:`z_i = -(b_i / D_i) z_{i+1}` above and :math:`z_{i+1} = -(b_i / D'_{i+1}) z_i` below, and
:math:`(T - \sigma) z = \gamma_k e_k`: the smallest :math:`\gamma_k` gives the vector. That is a few operations for each
of its numbers; the QR algorithm takes as many times n.

References
----------
Fernando: On computing an eigenvector of a tridiagonal matrix (SIAM J. Matrix Anal. Appl. 18, 1997); Dhillon, Parlett:
Orthogonal eigenvectors and relative gaps (SIAM J. Matrix Anal. Appl. 25, 2004).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from crystal_lfa.spectra.kernels.bidiagonal import smallest_normal
from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.lanes import (
    all_less,
    any_less,
    fused,
    fused_minus,
    larger,
    root,
    smaller,
    vector_functions,
    where_less,
    where_not_above,
)

__all__ = ["ROOM", "twisted_vectors"]

load, store, splat = vector_functions(1)
load_two, store_two, splat_two = vector_functions(2)

ROOM = 5
"""Rows of 4 n vectors that are worked in."""

_CLOSE = 0.1
"""Vectors whose values differ by less than this part of the largest are made orthogonal to one another.

They are found to a few roundings over the difference.
"""

_SHARE = 0.125
"""Of the square of z that u and v each have at least, where half each is right: values near zero mix them."""

_LEFT = 0.25
"""Of the square of a vector, when it has been made orthogonal to others: those of equal values coincide."""


@inner
def twisted_vectors(
    diagonal: Any, above: Any, values: Any, n: int, lanes: int, one: Any, right: Any, left: Any, room: Any
) -> bool:
    r"""Write the singular vectors of bidiagonals :math:`B = P \Sigma Q^T`, one after the other.

    Parameters
    ----------
    diagonal, above : flat (n, lanes) or longer, not negative, the largest near 1
    values : flat (n + 1, lanes), descending, to nearly all digits; the last one twice
    one : the number 1, in their precision
    right, left : flat (n, n, lanes), written: vector, component; the columns of Q and P
    room : (ROOM, 4 * n * lanes), overwritten

    Returns
    -------
    bool
        Whether all are as exact as their number type allows: values that are (nearly) equal, or zero, do not tell
        their vectors.
    """
    row, wide = n * lanes, 2 * lanes
    couplings, scales = room[0], room[3]
    for k in range(n):
        # Two values at a time.
        for at in range(2 * k * wide, (2 * k + 1) * wide, lanes):
            store(couplings, at, load(diagonal, k * lanes))
            store(couplings, at + wide, load(above, k * lanes))
    largest = load(values, 0)
    close, left_at_least = splat(diagonal.dtype.type(_CLOSE)) * largest, splat(diagonal.dtype.type(_LEFT))
    store(scales, 0, largest)
    store(scales, lanes, largest)
    # The values themselves have so many roundings.
    most = splat_two(diagonal.dtype.type((16 + n) * np.finfo(diagonal.dtype).eps)) * load_two(scales, 0)
    share = splat_two(diagonal.dtype.type(_SHARE))
    first = 0
    for j in range(0, n, 2):
        residual, v, u = _eigenvector(n, load_two(values, j * lanes), one, room, lanes)
        square = v + u
        told = all_less(residual, most * root(square)) and all_less(share * square, smaller(v, u))
        if not told:
            return False
        store_two(scales, 0, splat_two(one) / root(v))
        store_two(scales, wide, splat_two(one) / root(u))
        for half in range(min(2, n - j)):
            at = (j + half) * row
            _take(room[4], half * lanes, wide, load(scales, half * lanes), right, at, row, lanes)
            _take(room[4], wide + half * lanes, wide, load(scales, wide + half * lanes), left, at, row, lanes)
            far = load(values, (j + half) * lanes) + close
            while first < j + half and not any_less(load(values, first * lanes), far):
                first += 1
            for vectors in (right, left):
                if not all_less(left_at_least, _orthogonalise(vectors, first * row, at, row, one, lanes)):
                    return False
    return True


@inner
def _eigenvector(n: int, value: Any, one: Any, room: Any, lanes: int) -> Any:
    """Write z for two values a lane into the last row of room; return gamma and the squares of v and u.

    Parameters
    ----------
    room : (ROOM, flat (2 n, 2 lanes)), overwritten but for the first: the entries beside the diagonal
    """
    wide, kind = 2 * lanes, room.dtype.type
    last = (2 * n - 1) * wide
    couplings, ahead, behind, top, z = room[0], room[1], room[2], room[3], room[4]
    unit, minus = splat_two(one), -value
    nothing = unit - unit
    # A pivot that is zero is replaced by one that changes no digit, and whose reciprocal is far from overflow.
    tiny = root(splat_two(smallest_normal(room)))
    down, up = minus, minus
    store_two(top, 0, down)
    for at in range(0, last, wide):
        down = where_less(larger(down, -down), tiny, tiny, down)
        b = load_two(couplings, at)
        ratio = -(b / down)
        store_two(ahead, at, ratio)
        down = fused(b, ratio, minus)
        store_two(top, at + wide, down)
        # From the bottom at the same time: either waits for its divisions.
        other = last - wide - at
        up = where_less(larger(up, -up), tiny, tiny, up)
        b = load_two(couplings, other)
        ratio = -(b / up)
        store_two(behind, other, ratio)
        up = fused(b, ratio, minus)
        store_two(z, other, up)
    place = splat_two(kind(2 * n - 1))
    twist, smallest = place, larger(down, -down)
    for at in range(last - wide, -1, -wide):
        place = place - unit
        gamma = load_two(top, at) + (load_two(z, at) - minus)
        gamma = larger(gamma, -gamma)
        twist, smallest = where_less(gamma, smallest, place, twist), smaller(gamma, smallest)
    upper, lower = splat_two(kind(2 * n - 1)), nothing
    above, below = unit, unit
    store_two(top, last, nothing)
    store_two(z, 0, where_not_above(twist, nothing, unit, nothing))
    for at in range(0, last, wide):
        other = last - wide - at
        upper, lower = upper - unit, lower + unit
        entry = load_two(ahead, other) * above
        above = where_less(upper, twist, entry, unit)
        store_two(top, other, where_less(upper, twist, entry, nothing))
        below = where_less(twist, lower, load_two(behind, at) * below, unit)
        store_two(z, at + wide, where_not_above(twist, lower, below, nothing))
    v, u = nothing, nothing
    for at in range(0, last, 2 * wide):
        entry, next_entry = load_two(top, at) + load_two(z, at), load_two(top, at + wide) + load_two(z, at + wide)
        v, u = fused(entry, entry, v), fused(next_entry, next_entry, u)
        store_two(z, at, entry)
        store_two(z, at + wide, next_entry)
    return smallest, v, u


@inner
def _take(z: Any, start: int, wide: int, scale: Any, vectors: Any, at: int, row: int, lanes: int) -> None:
    """Write every second entry of z, from `start` on, times a scale, as the vector at `at`."""
    for k in range(0, row, lanes):
        store(vectors, at + k, load(z, start + k // lanes * 2 * wide) * scale)


@inner
def _orthogonalise(vectors: Any, first: int, at: int, row: int, one: Any, lanes: int) -> Any:
    """Make the vector at `at` orthogonal to those from `first` on up to it, and its length 1.

    Returns
    -------
    Lanes
        The square of its length in between; it was 1.
    """
    nothing = splat(one - one)
    whole = at - (at - first) % (4 * row)
    for i in range(first, whole, 4 * row):
        p, q, r, s = nothing, nothing, nothing, nothing
        for k in range(0, row, lanes):
            x = load(vectors, at + k)
            p, q = fused(load(vectors, i + k), x, p), fused(load(vectors, i + row + k), x, q)
            r, s = fused(load(vectors, i + 2 * row + k), x, r), fused(load(vectors, i + 3 * row + k), x, s)
        for k in range(0, row, lanes):
            x = fused_minus(load(vectors, i + k), p, load(vectors, at + k))
            x = fused_minus(load(vectors, i + row + k), q, x)
            x = fused_minus(load(vectors, i + 2 * row + k), r, x)
            store(vectors, at + k, fused_minus(load(vectors, i + 3 * row + k), s, x))
    for i in range(whole, at, row):
        p = nothing
        for k in range(0, row, lanes):
            p = fused(load(vectors, i + k), load(vectors, at + k), p)
        for k in range(0, row, lanes):
            store(vectors, at + k, fused_minus(load(vectors, i + k), p, load(vectors, at + k)))
    square = nothing
    for k in range(0, row, lanes):
        x = load(vectors, at + k)
        square = fused(x, x, square)
    scale = splat(one) / root(square)
    for k in range(0, row, lanes):
        store(vectors, at + k, load(vectors, at + k) * scale)
    return square
