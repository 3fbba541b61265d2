"""Reduction of many small complex matrices at once to Hessenberg form, and one step of the QR algorithm on them.

References
----------
Golub, Van Loan: Matrix Computations, sections 7.4 and 7.5; the step with an explicit shift is that of EISPACK's comqr.
"""

from __future__ import annotations

from typing import Any

from crystal_lfa.spectra.kernels.bidiagonal import reflection, smallest_normal, smallest_square
from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.lanes import fused, fused_minus, root, vector_functions, where_less, where_not_above

__all__ = ["reduce_to_hessenberg", "shifted_step"]

load, store, splat = vector_functions(1)


@inner
def reduce_to_hessenberg(real: Any, imaginary: Any, n: int, lanes: int, one: Any, v_r: Any, v_i: Any) -> None:
    """Make matrices zero below the first subdiagonal, by Householder reflections from both sides.

    Parameters
    ----------
    real, imaginary : flat (n, n, lanes), row after row, overwritten
    one : the number 1, in their precision
    v_r, v_i : flat (n, lanes), overwritten
    """
    nothing, unit, floor = splat(one - one), splat(one), splat(smallest_square(real))
    normal = splat(smallest_normal(real))
    row = n * lanes
    for k in range(n - 2):
        square = nothing
        for i in range(k + 1, n):
            re, im = load(real, i * row + k * lanes), load(imaginary, i * row + k * lanes)
            store(v_r, i * lanes, re)
            store(v_i, i * lanes, im)
            square = fused(re, re, fused(im, im, square))
        length = root(where_less(floor, square, square, nothing))
        at = (k + 1) * lanes
        re, im = load(v_r, at), load(v_i, at)
        phase_r, phase_i, factor = reflection(re, im, length, one, normal)
        store(v_r, at, fused(phase_r, length, re))
        store(v_i, at, fused(phase_i, length, im))
        for j in range(k * lanes, row, lanes):
            _reflect(real, imaginary, (k + 1) * row + j, row, n - k - 1, v_r, v_i, at, lanes, factor, -unit)
        for i in range(0, n * row, row):
            _reflect(real, imaginary, i + at, lanes, n - k - 1, v_r, v_i, at, lanes, factor, unit)


@inner
def _reflect(
    real: Any,
    imaginary: Any,
    start: int,
    step: int,
    count: int,
    v_r: Any,
    v_i: Any,
    v: int,
    lanes: int,
    factor: Any,
    sign: Any,
) -> None:
    """Subtract factor (v^H x) v from x, a row (sign 1, where v is conjugated) or a column (sign -1) of matrices."""
    p, q = factor - factor, factor - factor
    at, of = start, v
    for _ in range(count):
        a, b = load(v_r, of), sign * load(v_i, of)
        c, d = load(real, at), load(imaginary, at)
        p, q = fused(a, c, fused_minus(b, d, p)), fused(a, d, fused(b, c, q))
        at, of = at + step, of + lanes
    p, q = p * factor, q * factor
    at, of = start, v
    for _ in range(count):
        a, b = load(v_r, of), sign * load(v_i, of)
        store(real, at, fused_minus(b, q, fused_minus(a, p, load(real, at))))
        store(imaginary, at, fused(b, p, fused_minus(a, q, load(imaginary, at))))
        at, of = at + step, of + lanes


@inner
def shifted_step(
    real: Any, imaginary: Any, n: int, lanes: int, one: Any, blocks: Any, rotations: Any, start: int, stop: int
) -> None:
    """Take one QR step with shift: H - s I = Q R, then R Q + s I; each lane in its own block.

    Parameters
    ----------
    blocks : (4, lanes): the first and the last row of each block, and its shift
    rotations : (4, n * lanes), overwritten
    start, stop : where the blocks lie
    """
    nothing, unit = splat(one - one), splat(one)
    nowhere = -unit
    normal = splat(smallest_normal(real))
    first, last = load(blocks[0], 0), load(blocks[1], 0)
    row = n * lanes
    _shift(real, imaginary, n, lanes, blocks, start, stop, nowhere)
    place = splat(real.dtype.type(start))
    for k in range(start, stop):
        at = k * row + k * lanes
        a, b, c, d = load(real, at), load(imaginary, at), load(real, at + row), load(imaginary, at + row)
        square = fused(a, a, fused(b, b, fused(c, c, d * d)))
        length = root(where_less(normal, square, square, nothing))
        inside = where_not_above(first, place, where_less(place, last, length, nothing), nothing)
        inverse = unit / where_less(nothing, inside, length, unit)
        a, b = where_less(nothing, inside, a * inverse, unit), where_less(nothing, inside, b * inverse, nothing)
        c, d = where_less(nothing, inside, c * inverse, nothing), where_less(nothing, inside, d * inverse, nothing)
        store(rotations[0], k * lanes, a)
        store(rotations[1], k * lanes, b)
        store(rotations[2], k * lanes, c)
        store(rotations[3], k * lanes, d)
        for j in range(at, k * row + (stop + 1) * lanes, lanes):
            p, q, r, s = load(real, j), load(imaginary, j), load(real, j + row), load(imaginary, j + row)
            store(real, j, fused(a, p, fused(b, q, fused(c, r, d * s))))
            store(imaginary, j, fused(a, q, fused_minus(b, p, fused(c, s, -(d * r)))))
            store(real, j + row, fused(a, r, fused_minus(b, s, fused(d, q, -(c * p)))))
            store(imaginary, j + row, fused(a, s, fused(b, r, fused_minus(d, p, -(c * q)))))
        place = place + unit
    for k in range(start, stop):
        a, b = load(rotations[0], k * lanes), load(rotations[1], k * lanes)
        c, d = load(rotations[2], k * lanes), load(rotations[3], k * lanes)
        for i in range(start * row + k * lanes, (k + 2) * row, row):
            p, q, r, s = load(real, i), load(imaginary, i), load(real, i + lanes), load(imaginary, i + lanes)
            store(real, i, fused(a, p, fused_minus(b, q, fused(c, r, -(d * s)))))
            store(imaginary, i, fused(a, q, fused(b, p, fused(c, s, d * r))))
            store(real, i + lanes, fused(a, r, fused(b, s, fused_minus(c, p, -(d * q)))))
            store(imaginary, i + lanes, fused(a, s, fused_minus(b, r, fused(d, p, -(c * q)))))
    _shift(real, imaginary, n, lanes, blocks, start, stop, unit)


@inner
def _shift(real: Any, imaginary: Any, n: int, lanes: int, blocks: Any, start: int, stop: int, sign: Any) -> None:
    """Add the shift, or subtract it, on the diagonal of each block."""
    first, last = load(blocks[0], 0), load(blocks[1], 0)
    by_r, by_i = sign * load(blocks[2], 0), sign * load(blocks[3], 0)
    nothing = by_r - by_r
    for k in range(start, stop + 1):
        at = (k * n + k) * lanes
        place = splat(real.dtype.type(k))
        re, im = load(real, at), load(imaginary, at)
        inside_r = where_not_above(first, place, where_not_above(place, last, by_r, nothing), nothing)
        inside_i = where_not_above(first, place, where_not_above(place, last, by_i, nothing), nothing)
        store(real, at, re + inside_r)
        store(imaginary, at, im + inside_i)
