"""From the singular vectors of bidiagonals to those of the matrices that were reduced to them."""

from __future__ import annotations

from typing import Any

from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.lanes import fused, fused_minus, vector_functions

__all__ = ["phases", "reflect", "right_vectors", "turned_vectors"]

load, store, splat = vector_functions(1)

_TOGETHER = 4
"""Vectors to which one reflection after the other is applied: they stay in the cache while the reflections pass by."""


@inner
def phases(turns: Any, n: int, lanes: int, one: Any, of_rows: Any, of_columns: Any) -> None:
    r"""Write the unitary diagonals of :math:`D B E`, the bidiagonal that reflections leave, B real and not negative.

    Parameters
    ----------
    turns : (6, n * lanes), see `bidiagonalise`
    of_rows, of_columns : (2, n * lanes), written: D and the conjugate of E
    """
    nothing = splat(one - one)
    column_r, column_i = splat(one), nothing
    for at in range(0, n * lanes, lanes):
        store(of_columns[0], at, column_r)
        store(of_columns[1], at, -column_i)
        p, q = load(turns[1], at), load(turns[2], at)
        # - phase conj(e): of the next column the same with the conjugated phase of the row.
        row_r, row_i = -fused(p, column_r, q * column_i), fused_minus(q, column_r, p * column_i)
        store(of_rows[0], at, row_r)
        store(of_rows[1], at, row_i)
        p, q = load(turns[4], at), -load(turns[5], at)
        column_r, column_i = -fused(p, row_r, q * row_i), fused_minus(q, row_r, p * row_i)


@inner
def turned_vectors(
    vectors: Any, n: int, rows: int, diagonal: Any, turned: bool, lanes: int, real: Any, imaginary: Any
) -> None:
    """Write the vectors of a bidiagonal, times a unitary diagonal, one after the other.

    Parameters
    ----------
    vectors : flat (n, n, lanes): component, vector
    rows : the length of the vectors written; zero behind n
    turned : whether the components stand in reversed order
    real, imaginary : flat (n, rows, lanes), written: vector, component
    """
    nothing = splat(diagonal[0, 0] - diagonal[0, 0])
    for k in range(n):
        for i in range(rows):
            at = (k * rows + i) * lanes
            if i < n:
                x = load(vectors, (((n - 1 - i) if turned else i) * n + k) * lanes)
                store(real, at, x * load(diagonal[0], i * lanes))
                store(imaginary, at, x * load(diagonal[1], i * lanes))
            else:
                store(real, at, nothing)
                store(imaginary, at, nothing)


@inner
def right_vectors(real: Any, imaginary: Any, m: int, n: int, lanes: int, to_real: Any, to_imaginary: Any) -> None:
    """Copy the vectors of the right reflections, which stand in rows, one after the other: flat (n, n, lanes)."""
    for k in range(n - 1):
        for j in range(k + 1, n):
            store(to_real, (k * n + j) * lanes, load(real, (j * m + k) * lanes))
            store(to_imaginary, (k * n + j) * lanes, load(imaginary, (j * m + k) * lanes))


@inner
def reflect(
    x_r: Any, x_i: Any, n: int, rows: int, v_r: Any, v_i: Any, factors: Any, count: int, below: int, lanes: int
) -> None:
    """Apply reflections I - factor v v^H, the last first, to vectors.

    Parameters
    ----------
    x_r, x_i : flat (n, rows, lanes), overwritten
    v_r, v_i : flat (count or more, rows, lanes); of number k the entries from k + below on count
    factors : flat (count or more, lanes)
    """
    row = rows * lanes
    for group in range(0, n, _TOGETHER):
        stop = min(group + _TOGETHER, n)
        paired = stop - (stop - group) % 2
        for k in range(count - 1, -1, -1):
            factor, start = load(factors, k * lanes), (k + below) * lanes
            for one in range(group * row, paired * row, 2 * row):
                _reflect_two(x_r, x_i, one, one + row, v_r, v_i, k * row, factor, start, row, lanes)
            if paired < stop:
                _reflect_one(x_r, x_i, paired * row, v_r, v_i, k * row, factor, start, row, lanes)


@inner
def _reflect_one(
    x_r: Any, x_i: Any, one: int, v_r: Any, v_i: Any, v: int, factor: Any, start: int, stop: int, lanes: int
) -> None:
    """Apply one reflection to one vector."""
    nothing = factor - factor
    p, p_more, q, q_more = nothing, nothing, nothing, nothing
    for i in range(start, stop, lanes):
        a, b, c, d = load(v_r, v + i), load(v_i, v + i), load(x_r, one + i), load(x_i, one + i)
        p, p_more, q, q_more = fused(a, c, p), fused(b, d, p_more), fused(a, d, q), fused_minus(b, c, q_more)
    p, q = (p + p_more) * factor, (q + q_more) * factor
    for i in range(start, stop, lanes):
        a, b, c, d = load(v_r, v + i), load(v_i, v + i), load(x_r, one + i), load(x_i, one + i)
        store(x_r, one + i, fused(b, q, fused_minus(a, p, c)))
        store(x_i, one + i, fused_minus(b, p, fused_minus(a, q, d)))


@inner
def _reflect_two(
    x_r: Any, x_i: Any, one: int, other: int, v_r: Any, v_i: Any, v: int, factor: Any, start: int, stop: int, lanes: int
) -> None:
    """Apply one reflection to two vectors."""
    nothing = factor - factor
    p, q, r, s = nothing, nothing, nothing, nothing
    # Each sum in two parts: a product waits for the one before it.
    p_more, q_more, r_more, s_more = nothing, nothing, nothing, nothing
    for i in range(start, stop, lanes):
        a, b = load(v_r, v + i), load(v_i, v + i)
        c, d = load(x_r, one + i), load(x_i, one + i)
        p, p_more, q, q_more = fused(a, c, p), fused(b, d, p_more), fused(a, d, q), fused_minus(b, c, q_more)
        c, d = load(x_r, other + i), load(x_i, other + i)
        r, r_more, s, s_more = fused(a, c, r), fused(b, d, r_more), fused(a, d, s), fused_minus(b, c, s_more)
    p, q, r, s = (p + p_more) * factor, (q + q_more) * factor, (r + r_more) * factor, (s + s_more) * factor
    for i in range(start, stop, lanes):
        a, b = load(v_r, v + i), load(v_i, v + i)
        c, d = load(x_r, one + i), load(x_i, one + i)
        store(x_r, one + i, fused(b, q, fused_minus(a, p, c)))
        store(x_i, one + i, fused_minus(b, p, fused_minus(a, q, d)))
        c, d = load(x_r, other + i), load(x_i, other + i)
        store(x_r, other + i, fused(b, s, fused_minus(a, r, c)))
        store(x_i, other + i, fused_minus(b, r, fused_minus(a, s, d)))
