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
    "length_of_column",
    "reflection",
    "room_for_vectors",
    "smallest_normal",
    "smallest_square",
    "values_of_two",
]

load, store, splat = vector_functions(1)


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
    old_left_r, old_left_i = room[:rows], room[rows : 2 * rows]
    left_r, left_i = room[2 * rows : 3 * rows], room[3 * rows : 4 * rows]
    x_r, x_i = room[4 * rows : 5 * rows], room[5 * rows : 6 * rows]
    w_r, w_i = room[6 * rows : 7 * rows], room[7 * rows : 8 * rows]
    rest = room[8 * rows :]
    y_r, y_i = rest[:columns], rest[columns : 2 * columns]
    v_r, v_i = rest[2 * columns : 3 * columns], rest[3 * columns : 4 * columns]
    row_r, row_i = rest[4 * columns : 5 * columns], rest[5 * columns : 6 * columns]
    room[: 8 * rows + 6 * columns] = 0
    for k in range(n):
        top = k * lanes
        # The column as the last pair of reflections leaves it: a - u y - x conj(v).
        column = k * rows
        a, b, c, d = load(y_r, top), load(y_i, top), load(v_r, top), load(v_i, top)
        square = nothing
        for i in range(top, rows, lanes):
            re, im = load(real, column + i), load(imaginary, column + i)
            p, q = load(old_left_r, i), load(old_left_i, i)
            re, im = _less_product(re, im, p, q, a, b)
            re, im = _less_product(re, im, load(x_r, i), load(x_i, i), c, -d)
            store(left_r, i, re)
            store(left_i, i, im)
            square = fused(re, re, fused(im, im, square))
        length = root(where_less(floor, square, square, nothing))
        store(diagonal, top, length)
        # I - tau u u^H, u = a + phase |a| e1, takes the column to -phase |a| e1.
        re, im = load(left_r, top), load(left_i, top)
        phase_r, phase_i, tau = reflection(re, im, length, one, normal)
        first_r, first_i = fused(phase_r, length, re), fused(phase_i, length, im)
        store(left_r, top, first_r)
        store(left_i, top, first_i)
        store(turns[0], top, tau)
        store(turns[1], top, phase_r)
        store(turns[2], top, phase_i)
        for i in range(top, rows, lanes):
            store(real, column + i, load(left_r, i))
            store(imaginary, column + i, load(left_i, i))
        if k == n - 1:
            break
        for i in range(top + lanes, rows, lanes):
            store(w_r, i, nothing)
            store(w_i, i, nothing)
        square = nothing
        for j in range(k + 1, n):
            column = j * rows
            at = j * lanes
            a, b, c, d = load(y_r, at), load(y_i, at), load(v_r, at), load(v_i, at)
            t_r, t_i = nothing, nothing
            for i in range(top, rows, lanes):
                re, im = load(real, column + i), load(imaginary, column + i)
                p, q = load(old_left_r, i), load(old_left_i, i)
                re, im = _less_product(re, im, p, q, a, b)
                re, im = _less_product(re, im, load(x_r, i), load(x_i, i), c, -d)
                store(real, column + i, re)
                store(imaginary, column + i, im)
                p, q = load(left_r, i), load(left_i, i)
                t_r, t_i = fused(p, re, fused(q, im, t_r)), fused(p, im, fused_minus(q, re, t_i))
            t_r, t_i = t_r * tau, t_i * tau
            # The entry of the reduced row, and its part of A r^H.
            re, im = load(real, column + top), load(imaginary, column + top)
            r_r, r_i = _less_product(re, im, first_r, first_i, t_r, t_i)
            store(y_r, at, t_r)
            store(y_i, at, t_i)
            store(row_r, at, r_r)
            store(row_i, at, r_i)
            square = fused(r_r, r_r, fused(r_i, r_i, square))
            for i in range(top + lanes, rows, lanes):
                re, im = load(real, column + i), load(imaginary, column + i)
                store(w_r, i, fused(im, r_i, fused(re, r_r, load(w_r, i))))
                store(w_i, i, fused_minus(re, r_i, fused(im, r_r, load(w_i, i))))
        length = root(where_less(floor, square, square, nothing))
        store(above, top, length)
        # v = r^H + phase |r| e1; what its product with A needs beyond A r^H is the next column times phase |r|.
        at = top + lanes
        re, im = load(row_r, at), -load(row_i, at)
        phase_r, phase_i, sigma = reflection(re, im, length, one, normal)
        c, d = phase_r * length, phase_i * length
        store(turns[3], top, sigma)
        store(turns[4], top, phase_r)
        store(turns[5], top, phase_i)
        t_r, t_i = nothing, nothing
        for j in range(at, columns, lanes):
            re, im = load(row_r, j), -load(row_i, j)
            if j == at:
                re, im = re + c, im + d
            store(v_r, j, re)
            store(v_i, j, im)
            store(real, j * m + top, re)
            store(imaginary, j * m + top, im)
            p, q = load(y_r, j), load(y_i, j)
            t_r, t_i = fused(p, re, fused_minus(q, im, t_r)), fused(p, im, fused(q, re, t_i))
        column = (k + 1) * rows
        for i in range(at, rows, lanes):
            re, im = load(real, column + i), load(imaginary, column + i)
            p, q = load(w_r, i), load(w_i, i)
            p, q = fused_minus(im, d, fused(re, c, p)), fused(im, c, fused(re, d, q))
            re, im = load(left_r, i), load(left_i, i)
            p, q = _less_product(p, q, re, im, t_r, t_i)
            store(x_r, i, sigma * p)
            store(x_i, i, sigma * q)
            store(old_left_r, i, re)
            store(old_left_i, i, im)


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
def length_of_column(real: Any, imaginary: Any, m: int, lanes: int, length: Any) -> None:
    """Write the length of a single column, flat (m, lanes): all that there is to say of it."""
    square = load(real, 0) - load(real, 0)
    for i in range(0, m * lanes, lanes):
        re, im = load(real, i), load(imaginary, i)
        square = fused(re, re, fused(im, im, square))
    store(length, 0, root(square))


@inner
def values_of_two(diagonal: Any, above: Any, lanes: int, one: Any) -> None:
    r"""Overwrite the diagonals f, h of bidiagonals of two rows, flat (2, lanes), by their singular values, descending.

    With g above the diagonal :math:`\sigma_1 \pm \sigma_2 = \sqrt{(f \pm h)^2 + g^2}`; of the two equations for the
    smaller one :math:`\sigma_1 \sigma_2 = f h` keeps its digits.
    """
    f, h, g = load(diagonal, 0), load(diagonal, lanes), load(above, 0)
    square, nothing = g * g, g - g
    plus, minus = f + h, f - h
    largest = splat(one / (one + one)) * (root(fused(plus, plus, square)) + root(fused(minus, minus, square)))
    store(diagonal, 0, largest)
    store(diagonal, lanes, f * (h / where_less(nothing, largest, largest, splat(one))))


@inner
def reflection(re: Any, im: Any, length: Any, one: Any, normal: Any) -> Any:
    """Return the phase of a vector's first entry and the factor 2 / |v|^2 of the reflection with v = a + phase |a| e1.

    Of a first entry that is zero the phase is 1, of a vector that is zero the factor 0.
    """
    nothing, unit = splat(one - one), splat(one)
    square = fused(re, re, im * im)
    modulus = root(where_less(normal, square, square, nothing))
    inverse = unit / where_less(nothing, modulus, modulus, unit)
    scale = length * (length + modulus)
    factor = where_less(nothing, scale, unit / where_less(nothing, scale, scale, unit), nothing)
    phase_r = where_less(nothing, modulus, re * inverse, unit)
    return phase_r, where_less(nothing, modulus, im * inverse, nothing), factor
