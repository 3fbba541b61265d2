"""One sweep of the implicit QR algorithm on many bidiagonal matrices at once, and what its rotations do to vectors.

References
----------
Golub, Kahan: Calculating the singular values and pseudo-inverse of a matrix (SIAM J. Numer. Anal. 2, 1965); Golub, Van
Loan: Matrix Computations, section 8.6.3. The order of operations is that of LAPACK's dbdsqr.
"""

from __future__ import annotations

from typing import Any

from crystal_lfa.spectra.kernels.bidiagonal import smallest_normal
from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.lanes import fused, fused_minus, root, vector_functions, where_less, where_not_above

__all__ = ["chase", "rotate"]

load, store, splat = vector_functions(1)


@inner
def chase(
    diagonal: Any,
    above: Any,
    first: Any,
    last: Any,
    shift: Any,
    rotations: Any,
    lanes: int,
    one: Any,
    start: int,
    stop: int,
) -> None:
    """Sweep from the top to the bottom of each lane's block; outside of it the rotations are the identity.

    Parameters
    ----------
    diagonal, above : flat (n + 1, lanes), overwritten; what stands above the diagonal is zero past a block's end
    first, last, shift : (lanes,), the blocks, inclusive, and the shifts; `last` is -1 where there is none
    rotations : (4, n * lanes), written: cosines and sines from the right, then those from the left
    one : the number 1, in their precision
    start, stop : where the blocks lie
    """
    nothing, unit, normal = splat(one - one), splat(one), splat(smallest_normal(diagonal))
    nowhere = -unit
    begin, end, by = load(first, 0), load(last, 0), load(shift, 0)
    f, g, d, e = nothing, nothing, nothing, nothing
    place = splat(diagonal.dtype.type(start))
    for at in range(start * lanes, (stop + 1) * lanes, lanes):
        inside = where_not_above(begin, place, where_less(place, end, place, nowhere), nowhere)
        at_end = where_not_above(end, place, where_not_above(place, end, place, nowhere), nowhere)
        here, there = load(diagonal, at), load(diagonal, at + lanes)
        # A block begins with its shift; further down both entries are what the last rotation has left.
        safe = where_less(nothing, here, here, unit)
        f = where_not_above(place, begin, where_not_above(by, nothing, here, (here - by) * (unit + by / safe)), f)
        g = where_not_above(place, begin, load(above, at), g)
        d, e = where_not_above(place, begin, here, d), where_not_above(place, begin, load(above, at), e)
        length, c, s = _rotation(f, g, unit, nothing, normal)
        if at > 0:
            kept = load(above, at - lanes)
            after_first = where_less(begin, place, inside, nowhere)
            kept = where_not_above(nothing, after_first, length, where_not_above(nothing, at_end, f, kept))
            store(above, at - lanes, kept)
        store(rotations[0], at, where_not_above(nothing, inside, c, unit))
        store(rotations[1], at, where_not_above(nothing, inside, s, nothing))
        p, q = fused(c, d, s * e), fused(c, e, -(s * d))
        below, r = s * there, c * there
        length, c, s = _rotation(p, below, unit, nothing, normal)
        store(diagonal, at, where_not_above(nothing, inside, length, where_not_above(nothing, at_end, d, here)))
        store(rotations[2], at, where_not_above(nothing, inside, c, unit))
        store(rotations[3], at, where_not_above(nothing, inside, s, nothing))
        upper = load(above, at + lanes)
        f, d = fused(c, q, s * r), fused(c, r, -(s * q))
        g, e = s * upper, c * upper
        place = place + unit


@inner
def _rotation(f: Any, g: Any, unit: Any, nothing: Any, normal: Any) -> Any:
    """Return the length of (f, g) and the cosine and sine of the rotation that takes it to the first axis.

    What is so short that its square has lost digits counts as zero.
    """
    square = fused(f, f, g * g)
    length = root(where_less(normal, square, square, nothing))
    # Divisions: by f times 1 / f, less than 1 for many f, thousands of rotations would shorten the vectors.
    divisor = where_less(nothing, length, length, unit)
    return length, where_less(nothing, length, f / divisor, unit), where_less(nothing, length, g / divisor, nothing)


@inner
def rotate(vectors: Any, n: int, rotations: Any, side: int, spans: Any, sweeps: int, lanes: int) -> None:
    """Apply the rotations of several sweeps, of vectors k and k + 1, in succession.

    Four components at a time, for all sweeps: they stay in the cache, and do not wait for one another.

    Parameters
    ----------
    vectors : flat (n, n, lanes): component, vector; overwritten
    rotations : (sweeps or more, 4, n * lanes), see `chase`
    side : 0 for those from the right, 2 for those from the left
    spans : (sweeps or more, 2), from where to where each sweep goes
    """
    row = n * lanes
    whole = n - n % 4
    for at in range(0, whole * row, 4 * row):
        for sweep in range(sweeps):
            _rotate_four(vectors, at, row, rotations[sweep], side, lanes, spans[sweep, 0], spans[sweep, 1])
    for at in range(whole * row, n * row, row):
        for sweep in range(sweeps):
            _rotate_one(vectors, at, rotations[sweep], side, lanes, spans[sweep, 0], spans[sweep, 1])


@inner
def _rotate_one(vectors: Any, at: int, rotations: Any, side: int, lanes: int, start: int, stop: int) -> None:
    """Apply one sweep's rotations to one component."""
    x = load(vectors, at + start * lanes)
    for k in range(start * lanes, stop * lanes, lanes):
        c, s = load(rotations[side], k), load(rotations[side + 1], k)
        y = load(vectors, at + k + lanes)
        store(vectors, at + k, fused(s, y, c * x))
        x = fused_minus(s, x, c * y)
    store(vectors, at + stop * lanes, x)


@inner
def _rotate_four(vectors: Any, at: int, row: int, rotations: Any, side: int, lanes: int, start: int, stop: int) -> None:
    """Apply one sweep's rotations to four components."""
    cosines, sines = rotations[side], rotations[side + 1]
    at1, at2, at3 = at + row, at + 2 * row, at + 3 * row
    k = start * lanes
    x0, x1 = load(vectors, at + k), load(vectors, at1 + k)
    x2, x3 = load(vectors, at2 + k), load(vectors, at3 + k)
    for k in range(start * lanes, stop * lanes, lanes):
        c, s = load(cosines, k), load(sines, k)
        y0, y1 = load(vectors, at + k + lanes), load(vectors, at1 + k + lanes)
        y2, y3 = load(vectors, at2 + k + lanes), load(vectors, at3 + k + lanes)
        store(vectors, at + k, fused(s, y0, c * x0))
        store(vectors, at1 + k, fused(s, y1, c * x1))
        store(vectors, at2 + k, fused(s, y2, c * x2))
        store(vectors, at3 + k, fused(s, y3, c * x3))
        x0, x1 = fused_minus(s, x0, c * y0), fused_minus(s, x1, c * y1)
        x2, x3 = fused_minus(s, x2, c * y2), fused_minus(s, x3, c * y3)
    k = stop * lanes
    store(vectors, at + k, x0)
    store(vectors, at1 + k, x1)
    store(vectors, at2 + k, x2)
    store(vectors, at3 + k, x3)
