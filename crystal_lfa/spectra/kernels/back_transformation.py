"""From the singular vectors of bidiagonals to those of the matrices that were reduced to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.lanes import fused, fused_minus, root, vector_functions

__all__ = ["phased_vectors", "phases", "reflect", "right_vectors"]

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
        row_r, row_i = _of_length_one(-fused(p, column_r, q * column_i), fused_minus(q, column_r, p * column_i))
        store(of_rows[0], at, row_r)
        store(of_rows[1], at, row_i)
        p, q = load(turns[4], at), -load(turns[5], at)
        column_r, column_i = _of_length_one(-fused(p, row_r, q * row_i), fused_minus(q, row_r, p * row_i))


@inner
def _of_length_one(re: Any, im: Any) -> Any:
    """Return a number of modulus 1 but for rounding, which would add up in a product of many."""
    length = root(fused(re, re, im * im))
    return re / length, im / length


@inner
def phased_vectors(
    vectors: Any, order: Any, n: int, rows: int, diagonal: Any, lanes: int, real: Any, imaginary: Any
) -> None:
    """Write the vectors of a bidiagonal, times a unitary diagonal, one after the other.

    Parameters
    ----------
    vectors : flat (n * n, lanes)
    order : where the first number of the first vector stands, the step to the next number, and that to the next vector
    rows : the length of the vectors written; zero behind n
    real, imaginary : flat (n, rows, lanes), written: vector, component
    """
    begin, step, apart = order
    nothing = splat(diagonal[0, 0] - diagonal[0, 0])
    for k in range(n):
        for i in range(rows):
            at = (k * rows + i) * lanes
            if i < n:
                x = load(vectors, (begin + i * step + k * apart) * lanes)
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
    """Apply reflections I - factor v v^H, the last first, to vectors: two to two at a time.

    Parameters
    ----------
    x_r, x_i : flat (n, rows, lanes), overwritten
    v_r, v_i : flat (count or more, rows, lanes); of number k the entries from k + below on count
    factors : flat (count or more, lanes)
    """
    row = rows * lanes
    products = np.empty((2, count * lanes), factors.dtype)
    for k in range(count - 1, 0, -2):
        _product(v_r, v_i, (k - 1) * row, k * row, (k + below) * lanes, row, lanes, products, k * lanes)
    for group in range(0, n, _TOGETHER):
        stop = min(group + _TOGETHER, n)
        paired = stop - (stop - group) % 2
        for k in range(count - 1, -1, -2):
            factor, start = load(factors, k * lanes), (k + below) * lanes
            if k > 0:
                after = load(factors, (k - 1) * lanes)
                p, q = load(products[0], k * lanes), load(products[1], k * lanes)
                for one in range(group * row, paired * row, 2 * row):
                    _reflect_twice(x_r, x_i, one, one + row, v_r, v_i, k * row, factor, after, p, q, start, row, lanes)
            else:
                for one in range(group * row, paired * row, row):
                    _reflect_one(x_r, x_i, one, v_r, v_i, k * row, factor, start, row, lanes)
            if paired < stop:
                _reflect_one(x_r, x_i, paired * row, v_r, v_i, k * row, factor, start, row, lanes)
                if k > 0:
                    after = load(factors, (k - 1) * lanes)
                    _reflect_one(x_r, x_i, paired * row, v_r, v_i, (k - 1) * row, after, start - lanes, row, lanes)


@inner
def _product(
    v_r: Any, v_i: Any, one: int, other: int, start: int, stop: int, lanes: int, products: Any, at: int
) -> None:
    """Write v^H w of two reflections' vectors, from where both count."""
    nothing = load(v_r, one) - load(v_r, one)
    p, q = nothing, nothing
    for i in range(start, stop, lanes):
        a, b, c, d = load(v_r, one + i), load(v_i, one + i), load(v_r, other + i), load(v_i, other + i)
        p, q = fused(b, d, fused(a, c, p)), fused_minus(b, c, fused(a, d, q))
    store(products[0], at, p)
    store(products[1], at, q)


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
        _subtract(x_r, x_i, one + i, load(v_r, v + i), load(v_i, v + i), p, q)


@inner
def _reflect_twice(
    x_r: Any,
    x_i: Any,
    one: int,
    other: int,
    v_r: Any,
    v_i: Any,
    v: int,
    factor: Any,
    after: Any,
    g: Any,
    h: Any,
    start: int,
    stop: int,
    lanes: int,
) -> None:
    """Apply two reflections to two vectors, each of which is read twice and written once.

    The vector w of the second reflection stands one row before that of the first and begins one entry before it; by
    g + i h = w^H v its product with what the first one leaves is known in advance.
    """
    nothing, w = factor - factor, v - stop
    a, b = load(v_r, w + start - lanes), load(v_i, w + start - lanes)
    c, d = load(x_r, one + start - lanes), load(x_i, one + start - lanes)
    p_w, q_w = fused(b, d, a * c), fused_minus(b, c, a * d)
    c, d = load(x_r, other + start - lanes), load(x_i, other + start - lanes)
    r_w, s_w = fused(b, d, a * c), fused_minus(b, c, a * d)
    p, q, r, s = nothing, nothing, nothing, nothing
    for i in range(start, stop, lanes):
        a, b, e, f = load(v_r, v + i), load(v_i, v + i), load(v_r, w + i), load(v_i, w + i)
        c, d = load(x_r, one + i), load(x_i, one + i)
        # First all that need not wait for a product just made.
        p, q, p_w, q_w = fused(a, c, p), fused(a, d, q), fused(e, c, p_w), fused(e, d, q_w)
        p, q, p_w, q_w = fused(b, d, p), fused_minus(b, c, q), fused(f, d, p_w), fused_minus(f, c, q_w)
        c, d = load(x_r, other + i), load(x_i, other + i)
        r, s, r_w, s_w = fused(a, c, r), fused(a, d, s), fused(e, c, r_w), fused(e, d, s_w)
        r, s, r_w, s_w = fused(b, d, r), fused_minus(b, c, s), fused(f, d, r_w), fused_minus(f, c, s_w)
    p, q, r, s = p * factor, q * factor, r * factor, s * factor
    p_w, q_w = fused(h, q, fused_minus(g, p, p_w)) * after, fused_minus(h, p, fused_minus(g, q, q_w)) * after
    r_w, s_w = fused(h, s, fused_minus(g, r, r_w)) * after, fused_minus(h, r, fused_minus(g, s, s_w)) * after
    i = start - lanes
    _subtract(x_r, x_i, one + i, load(v_r, w + i), load(v_i, w + i), p_w, q_w)
    _subtract(x_r, x_i, other + i, load(v_r, w + i), load(v_i, w + i), r_w, s_w)
    for i in range(start, stop, lanes):
        a, b, e, f = load(v_r, v + i), load(v_i, v + i), load(v_r, w + i), load(v_i, w + i)
        c, d = load(x_r, one + i), load(x_i, one + i)
        c, d = fused(b, q, fused_minus(a, p, c)), fused_minus(b, p, fused_minus(a, q, d))
        store(x_r, one + i, fused(f, q_w, fused_minus(e, p_w, c)))
        store(x_i, one + i, fused_minus(f, p_w, fused_minus(e, q_w, d)))
        c, d = load(x_r, other + i), load(x_i, other + i)
        c, d = fused(b, s, fused_minus(a, r, c)), fused_minus(b, r, fused_minus(a, s, d))
        store(x_r, other + i, fused(f, s_w, fused_minus(e, r_w, c)))
        store(x_i, other + i, fused_minus(f, r_w, fused_minus(e, s_w, d)))


@inner
def _subtract(x_r: Any, x_i: Any, at: int, a: Any, b: Any, p: Any, q: Any) -> None:
    """Subtract (a + i b) (p + i q) from one entry."""
    store(x_r, at, fused(b, q, fused_minus(a, p, load(x_r, at))))
    store(x_i, at, fused_minus(b, p, fused_minus(a, q, load(x_i, at))))
