r"""Bidiagonalisation of many small complex matrices at once, one a lane.

Householder reflections from both sides make :math:`U^H L V` upper bidiagonal. Each pair of reflections passes over the
matrix once: while a column is in the cache, the last pair's update :math:`A - u y^H - x v^H` is applied, its product
with the new left vector taken, and its part of :math:`A r^H`, from which the right vector's product follows because
that vector is the reduced row :math:`r^H` but for its first entry. The classical algorithm passes four times.

References
----------
Golub, Van Loan: Matrix Computations, section 5.4.8; Howell, Demmel, Fulton, Hammarling, Marmol: Cache efficient
bidiagonalization using BLAS 2.5 operators (ACM TOMS 34, 2008), where the pass is called GEMVT.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.lanes import fused, fused_minus, root, vector_functions, where_less

__all__ = [
    "bidiagonalise",
    "reflection",
    "room_for_vectors",
    "smallest_normal",
    "smallest_square",
]

load, store, splat = vector_functions(1)

_OLD, _LEFT, _X, _W = range(0, 8, 2)
"""Of what is as long as a column: the last and the new left vector u, x, A r^H; real and imaginary parts follow."""

_Y, _V, _ROW = range(0, 6, 2)
"""Of what is as long as a row: y, the right vector v, the reduced row r."""


@inner
def room_for_vectors(m: int, n: int, lanes: int) -> int:
    """Return how many numbers `bidiagonalise` needs for its vectors."""
    return (8 * m + 6 * n) * lanes


@inner
def bidiagonalise(
    real: Any, imaginary: Any, m: int, n: int, lanes: int, one: Any, room: Any, diagonal: Any, above: Any, turns: Any
) -> None:
    """Overwrite matrices (m, n), m >= n, by the vectors of their reflections; write their bidiagonals' moduli.

    Parameters
    ----------
    real, imaginary : flat (n, m, lanes), column after column
        Of reflection k from the left the vector replaces column k from the diagonal down, of that from the right row k
        behind the diagonal.
    one : the number 1, in their precision
    room : flat, for `room_for_vectors`
    diagonal, above : flat (n, lanes), written: the diagonal and, in the first n - 1 places, what stands above it
    turns : (6, n * lanes), written
        Of each left reflection I - tau u u^H the number tau and the phase by which the bidiagonal's entry differs from
        minus its modulus, real and imaginary part; the same of each right one.
    """
    nothing, floor, normal = splat(one - one), splat(smallest_square(diagonal)), splat(smallest_normal(diagonal))
    rows, columns = m * lanes, n * lanes
    room[: 8 * rows + 6 * columns] = 0
    tall, flat = room[: 8 * rows].reshape((8, rows)), room[8 * rows : 8 * rows + 6 * columns].reshape((6, columns))
    for k in range(n):
        top, at = k * lanes, (k + 1) * lanes
        square = _next_column(real, imaginary, k * rows, top, rows, lanes, tall, flat)
        length = root(where_less(floor, square, square, nothing))
        store(diagonal, top, length)
        # I - tau u u^H, u = a + phase |a| e1, takes the column to -phase |a| e1.
        re, im = load_pair(tall, _LEFT, top)
        phase_r, phase_i, tau = reflection(re, im, length, one, normal)
        store_pair(tall, _LEFT, top, fused(phase_r, length, re), fused(phase_i, length, im))
        store(turns[0], top, tau)
        store(turns[1], top, phase_r)
        store(turns[2], top, phase_i)
        for i in range(top, rows, lanes):
            store(real, k * rows + i, load(tall[_LEFT], i))
            store(imaginary, k * rows + i, load(tall[_LEFT + 1], i))
        if k == n - 1:
            break
        for i in range(at, rows, lanes):
            store_pair(tall, _W, i, nothing, nothing)
        square = nothing
        paired = n - (n - k - 1) % 2
        # Two columns at a time: of each number that is read for both twice as much is made.
        for j in range(k + 1, paired, 2):
            t_r, t_i, s_r, s_i = _reduce_two(real, imaginary, j * rows, j * lanes, top, rows, lanes, tall, flat)
            square = _row_entry(real, imaginary, j * rows, j * lanes, top, tall, flat, t_r * tau, t_i * tau, square)
            column = (j + 1) * rows
            square = _row_entry(real, imaginary, column, (j + 1) * lanes, top, tall, flat, s_r * tau, s_i * tau, square)
            _add_two(real, imaginary, j * rows, j * lanes, at, rows, lanes, tall, flat)
        if paired < n:
            column = paired * rows
            t_r, t_i = _reduce_one(real, imaginary, column, paired * lanes, top, rows, lanes, tall, flat)
            square = _row_entry(real, imaginary, column, paired * lanes, top, tall, flat, t_r * tau, t_i * tau, square)
            _add_one(real, imaginary, column, paired * lanes, at, rows, lanes, tall, flat)
        length = root(where_less(floor, square, square, nothing))
        store(above, top, length)
        # v = r^H + phase |r| e1; what its product with A needs beyond A r^H is the next column times phase |r|.
        re, im = load_pair(flat, _ROW, at)
        phase_r, phase_i, sigma = reflection(re, -im, length, one, normal)
        c, d = phase_r * length, phase_i * length
        store(turns[3], top, sigma)
        store(turns[4], top, phase_r)
        store(turns[5], top, phase_i)
        t_r, t_i = nothing, nothing
        for j in range(at, columns, lanes):
            re, im = load(flat[_ROW], j), -load(flat[_ROW + 1], j)
            if j == at:
                re, im = re + c, im + d
            store_pair(flat, _V, j, re, im)
            store(real, j * m + top, re)
            store(imaginary, j * m + top, im)
            p, q = load_pair(flat, _Y, j)
            t_r, t_i = fused(p, re, fused_minus(q, im, t_r)), fused(p, im, fused(q, re, t_i))
        column = (k + 1) * rows
        for i in range(at, rows, lanes):
            re, im = load(real, column + i), load(imaginary, column + i)
            p, q = load_pair(tall, _W, i)
            p, q = fused_minus(im, d, fused(re, c, p)), fused(im, c, fused(re, d, q))
            re, im = load_pair(tall, _LEFT, i)
            p, q = _less_product(p, q, re, im, t_r, t_i)
            store_pair(tall, _X, i, sigma * p, sigma * q)
            store_pair(tall, _OLD, i, re, im)


@inner
def load_pair(numbers: Any, row: int, at: int) -> Any:
    """Return what stands in two rows, real and imaginary part."""
    return load(numbers[row], at), load(numbers[row + 1], at)


@inner
def store_pair(numbers: Any, row: int, at: int, re: Any, im: Any) -> None:
    """Write real and imaginary part to two rows."""
    store(numbers[row], at, re)
    store(numbers[row + 1], at, im)


@inner
def _next_column(real: Any, imaginary: Any, column: int, top: int, rows: int, lanes: int, tall: Any, flat: Any) -> Any:
    """Write a column as the last pair of reflections leaves it, a - u y - x conj(v), as LEFT; return its square."""
    a, b = load_pair(flat, _Y, top)
    c, d = load_pair(flat, _V, top)
    square = a - a
    for i in range(top, rows, lanes):
        re, im = load(real, column + i), load(imaginary, column + i)
        p, q = load_pair(tall, _OLD, i)
        re, im = _less_product(re, im, p, q, a, b)
        p, q = load_pair(tall, _X, i)
        re, im = _less_product(re, im, p, q, c, -d)
        store_pair(tall, _LEFT, i, re, im)
        square = fused(re, re, fused(im, im, square))
    return square


@inner
def _reduce_one(
    real: Any, imaginary: Any, column: int, at: int, top: int, rows: int, lanes: int, tall: Any, flat: Any
) -> Any:
    """Give a column the update of the last pair of reflections; return its product with the new left vector."""
    a, b = load_pair(flat, _Y, at)
    c, d = load_pair(flat, _V, at)
    t_r, t_i = a - a, a - a
    for i in range(top, rows, lanes):
        re, im = load(real, column + i), load(imaginary, column + i)
        p, q = load_pair(tall, _OLD, i)
        re, im = _less_product(re, im, p, q, a, b)
        p, q = load_pair(tall, _X, i)
        re, im = _less_product(re, im, p, q, c, -d)
        store(real, column + i, re)
        store(imaginary, column + i, im)
        p, q = load_pair(tall, _LEFT, i)
        t_r, t_i = fused(p, re, fused(q, im, t_r)), fused(p, im, fused_minus(q, re, t_i))
    return t_r, t_i


@inner
def _reduce_two(
    real: Any, imaginary: Any, column: int, at: int, top: int, rows: int, lanes: int, tall: Any, flat: Any
) -> Any:
    """Do to two columns what `_reduce_one` does to one."""
    other = column + rows
    a, b = load_pair(flat, _Y, at)
    c, d = load_pair(flat, _V, at)
    e, f = load_pair(flat, _Y, at + lanes)
    g, h = load_pair(flat, _V, at + lanes)
    t_r, t_i, s_r, s_i = a - a, a - a, a - a, a - a
    for i in range(top, rows, lanes):
        p, q = load_pair(tall, _OLD, i)
        re, im = _less_product(load(real, column + i), load(imaginary, column + i), p, q, a, b)
        next_re, next_im = _less_product(load(real, other + i), load(imaginary, other + i), p, q, e, f)
        p, q = load_pair(tall, _X, i)
        re, im = _less_product(re, im, p, q, c, -d)
        next_re, next_im = _less_product(next_re, next_im, p, q, g, -h)
        store(real, column + i, re)
        store(imaginary, column + i, im)
        store(real, other + i, next_re)
        store(imaginary, other + i, next_im)
        p, q = load_pair(tall, _LEFT, i)
        t_r, t_i = fused(q, im, fused(p, re, t_r)), fused_minus(q, re, fused(p, im, t_i))
        s_r, s_i = fused(q, next_im, fused(p, next_re, s_r)), fused_minus(q, next_re, fused(p, next_im, s_i))
    return t_r, t_i, s_r, s_i


@inner
def _row_entry(
    real: Any,
    imaginary: Any,
    column: int,
    at: int,
    top: int,
    tall: Any,
    flat: Any,
    t_r: Any,
    t_i: Any,
    square: Any,
) -> Any:
    """Write y, a column's product with the left vector times tau, and its entry of the reduced row; add its square."""
    first_r, first_i = load_pair(tall, _LEFT, top)
    re, im = _less_product(load(real, column + top), load(imaginary, column + top), first_r, first_i, t_r, t_i)
    store_pair(flat, _Y, at, t_r, t_i)
    store_pair(flat, _ROW, at, re, im)
    return fused(re, re, fused(im, im, square))


@inner
def _add_one(
    real: Any, imaginary: Any, column: int, at: int, start: int, rows: int, lanes: int, tall: Any, flat: Any
) -> None:
    """Add a column's part of A r^H to W."""
    a, b = load_pair(flat, _ROW, at)
    for i in range(start, rows, lanes):
        re, im = load(real, column + i), load(imaginary, column + i)
        p, q = load_pair(tall, _W, i)
        store_pair(tall, _W, i, fused(im, b, fused(re, a, p)), fused_minus(re, b, fused(im, a, q)))


@inner
def _add_two(
    real: Any, imaginary: Any, column: int, at: int, start: int, rows: int, lanes: int, tall: Any, flat: Any
) -> None:
    """Add two columns' parts of A r^H to W."""
    other = column + rows
    a, b = load_pair(flat, _ROW, at)
    c, d = load_pair(flat, _ROW, at + lanes)
    for i in range(start, rows, lanes):
        re, im = load(real, column + i), load(imaginary, column + i)
        p, q = load_pair(tall, _W, i)
        p, q = fused(im, b, fused(re, a, p)), fused_minus(re, b, fused(im, a, q))
        re, im = load(real, other + i), load(imaginary, other + i)
        store_pair(tall, _W, i, fused(im, d, fused(re, c, p)), fused_minus(re, d, fused(im, c, q)))


@inner
def _less_product(re: Any, im: Any, p: Any, q: Any, a: Any, b: Any) -> Any:
    """Return re + i im - (p + i q) (a + i b)."""
    return fused(q, b, fused_minus(p, a, re)), fused_minus(p, b, fused_minus(q, a, im))


@inner
def smallest_square(numbers: Any) -> Any:
    """Return the square below which a vector counts as zero: far below rounding, and its reciprocal is finite.

    Above it, entries whose own squares have lost digits, below `smallest_normal`, are less than rounding beside it.
    """
    info = np.finfo(numbers.dtype)
    return numbers.dtype.type(info.tiny / (info.eps * info.eps))


@inner
def smallest_normal(numbers: Any) -> Any:
    """Return the smallest number with all digits."""
    return numbers.dtype.type(np.finfo(numbers.dtype).tiny)


@inner
def reflection(re: Any, im: Any, length: Any, one: Any, normal: Any) -> Any:
    """Return the phase of a vector's first entry and the factor 2 / |v|^2 of the reflection with v = a + phase |a| e1.

    Of a first entry that is zero the phase is 1, of a vector that is zero the factor 0.
    """
    nothing, unit = splat(one - one), splat(one)
    square = fused(re, re, im * im)
    modulus = root(where_less(normal, square, square, nothing))
    divisor = where_less(nothing, modulus, modulus, unit)
    scale = length * (length + modulus)
    factor = where_less(nothing, scale, unit / where_less(nothing, scale, scale, unit), nothing)
    # Divisions: of x times 1 / x the modulus may be less than 1, and of a real entry the phase not 1 or -1.
    phase_r = where_less(nothing, modulus, re / divisor, unit)
    return phase_r, where_less(nothing, modulus, im / divisor, nothing), factor
