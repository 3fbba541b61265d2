"""Singular value decompositions of many small complex matrices at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from crystal_lfa.spectra.kernels.assembly import assemble, take
from crystal_lfa.spectra.kernels.back_transformation import phased_vectors, phases, reflect, right_vectors
from crystal_lfa.spectra.kernels.bidiagonal import bidiagonalise, room_for_vectors
from crystal_lfa.spectra.kernels.bidiagonal_values import bidiagonal_values
from crystal_lfa.spectra.kernels.bidiagonal_vectors import TOGETHER, bidiagonal_vectors
from crystal_lfa.spectra.kernels.compiling import NUMBERS, Compiled, inner
from crystal_lfa.spectra.kernels.lanes import REGISTER_BYTES
from crystal_lfa.spectra.kernels.placing import in_order, order_values, write
from crystal_lfa.spectra.kernels.quotient_differences import LANES
from crystal_lfa.spectra.kernels.twisted import ROOM, twisted_vectors

__all__ = ["factors_kernel"]

_TWISTED = 24
"""Rows from which on the values are found first and the vectors from them; for fewer the QR algorithm is as fast."""


@inner
def _turn(diagonal: Any, above: Any, n: int, lanes: int) -> bool:
    """Reverse bidiagonals if most of them grow towards the end; return whether."""
    growing = 0
    for lane in range(lanes):
        growing += 1.5 * diagonal[lane] < diagonal[(n - 1) * lanes + lane]
    if 2 * growing <= lanes:
        return False
    for k in range(n // 2):
        for lane in range(lanes):
            i, j = k * lanes + lane, (n - 1 - k) * lanes + lane
            diagonal[i], diagonal[j] = diagonal[j], diagonal[i]
    for k in range((n - 1) // 2):
        for lane in range(lanes):
            i, j = k * lanes + lane, (n - 2 - k) * lanes + lane
            above[i], above[j] = above[j], above[i]
    return True


@inner
def _values_first(diagonals: Any, aboves: Any, n: int, lanes: int, values: Any, most_steps: int) -> bool:
    """Write the values of the bidiagonals of all lanes, (groups, n + 1, lanes), the last twice; return whether all are.

    Parameters
    ----------
    diagonals, aboves : (groups, n * lanes or more)
    """
    groups = len(values)
    rows, next_to, found = np.empty((groups * lanes, n)), np.empty((groups * lanes, n)), np.empty((groups * lanes, n))
    for row in range(groups * lanes):
        of, lane = row // lanes, row % lanes
        for k in range(n):
            rows[row, k], next_to[row, k] = diagonals[of, k * lanes + lane], aboves[of, k * lanes + lane]
    if bidiagonal_values(rows, next_to, found, most_steps).any():
        return False
    for row in range(groups * lanes):
        for k in range(n + 1):
            values[row // lanes, k, row % lanes] = found[row, min(k, n - 1)]
    return True


def _define(digest: str) -> Any:
    def factors_of_matrices(
        matrices: Any,
        functions: Any,
        real_table: Any,
        imaginary_table: Any,
        left: Any,
        values: Any,
        right: Any,
        rows: Any,
        opposite: Any,
        missing: Any,
        most_steps: int,
    ) -> None:
        """Write U, the singular values, descending, and V^H of matrices, and which were not found.

        The matrices are given as they are or, where there are none, as sums over functions.

        Parameters
        ----------
        matrices : (b or 0, m, n, 2) float32 or float64, real and imaginary parts last, entries near 1 or smaller
        functions, real_table, imaginary_table : see `values_of_matrices`; tables of one block
        values : (b, r), r = min(m, n), of the same type, written
        left, right : (., m, r, 2), (., r, n, 2), of the same type, written in the first places that follow
        rows : (b,) int64, where U and V^H go
        opposite : (b or 0,) int64, where their conjugates go; of a frequency that is its own opposite they come last
        missing : (b,) bool, written
        most_steps : for each value, of sweeps and of dqds; see `bidiagonal_vectors`, `bidiagonal_values`
        """
        _ = digest  # a kernel kept on disk is found again by what it refers to
        b = len(values)
        wide = left.shape[1] < right.shape[2]
        m, n = max(left.shape[1], right.shape[2]), min(left.shape[1], right.shape[2])
        lanes = REGISTER_BYTES // values.itemsize
        kind, terms, flat = values.dtype, functions.shape[1], functions.ravel()
        one = kind.type(1.0)
        # As many at a time as dqds has lanes.
        groups = LANES // lanes if n >= _TWISTED else 1
        real, imaginary = np.empty((groups, n * m * lanes), kind), np.empty((groups, n * m * lanes), kind)
        x_r, x_i = np.empty(n * m * lanes, kind), np.empty(n * m * lanes, kind)
        p, q = np.empty(n * n * lanes, kind), np.empty(n * n * lanes, kind)
        room = np.empty(room_for_vectors(m, n, lanes), kind)
        turns, rotations = np.empty((groups, 6, n * lanes), kind), np.empty((TOGETHER, 4, n * lanes), kind)
        of_rows, of_columns = np.empty((2, n * lanes), kind), np.empty((2, n * lanes), kind)
        diagonal, above = np.zeros((groups, (n + 2) * lanes), kind), np.zeros((groups, (n + 2) * lanes), kind)
        known = np.empty((groups if n >= _TWISTED else 0, n + 1, lanes), kind)
        twist_room = np.empty((ROOM, 4 * n * lanes if n >= _TWISTED else 0), kind)
        ranks = np.empty((n, lanes), np.int64)
        places = np.empty((2, n * lanes), np.int64)
        signs, plain = np.empty((n, lanes), kind), np.ones((n, lanes), kind)
        # Of wide matrices the transposed ones are worked on. Vectors stand in columns of U and in rows of V^H.
        to_long, to_short = (right.ravel(), left.ravel()) if wide else (left.ravel(), right.ravel())
        for first in range(0, b, groups * lanes):
            count = min(groups, (b - first + lanes - 1) // lanes)
            for group in range(count):
                start, re, im = first + group * lanes, real[group], imaginary[group]
                if len(matrices) > 0:
                    take(matrices, start, lanes, re, im)
                else:
                    assemble(flat, start * terms, terms, lanes, real_table, imaginary_table, 0, re, im)
                bidiagonalise(re, im, m, n, lanes, one, room, diagonal[group], above[group], turns[group])
                above[group, (n - 1) * lanes :] = 0
            told = n >= _TWISTED and _values_first(diagonal[:count], above[:count], n, lanes, known[:count], most_steps)
            for group in range(count):
                start, re, im = first + group * lanes, real[group], imaginary[group]
                d, e = diagonal[group], above[group]
                phases(turns[group], n, lanes, one, of_rows, of_columns)
                turned, found, order = False, True, (0, 1, n)
                if told and twisted_vectors(d, e, known[group].ravel(), n, lanes, one, q, p, twist_room):
                    in_order(known[group], n, lanes, start, values, ranks, signs)
                else:
                    # Turned, where it grows: J B^T J has the vectors of B, exchanged and reversed.
                    turned = _turn(d, e, n, lanes)
                    found = bidiagonal_vectors(d, e, n, lanes, one, q, p, rotations, most_steps)
                    order = ((n - 1) * n, -n, 1) if turned else (0, n, 1)
                    order_values(d, n, lanes, start, values, ranks, signs)
                for lane in range(min(lanes, b - start)):
                    missing[start + lane] = not found
                phased_vectors(q if turned else p, order, n, m, of_rows, lanes, x_r, x_i)
                reflect(x_r, x_i, n, m, re, im, turns[group, 0], n, 0, lanes)
                write(x_r, x_i, m, n, lanes, start, ranks, plain, False, wide, to_long, rows, opposite, places)
                phased_vectors(p if turned else q, order, n, n, of_columns, lanes, x_r, x_i)
                # Their places are free now: what is worked on at one time stays in the cache as long as it can.
                right_vectors(re, im, m, n, lanes, p, q)
                reflect(x_r, x_i, n, n, p, q, turns[group, 3], n - 1, 1, lanes)
                # Of the right vectors it is the conjugates that are written.
                write(x_r, x_i, n, n, lanes, start, ranks, signs, True, not wide, to_short, rows, opposite, places)

    return factors_of_matrices


def _signature(number: Any) -> tuple[Any, ...]:
    two, three, four = number[:, ::1], number[:, :, ::1], number[:, :, :, ::1]
    integers = types.int64[::1]
    return four, three, four, four, four, two, four, integers, integers, types.boolean[::1], types.intp


factors_kernel = Compiled(_define, {name: _signature(number) for name, number in NUMBERS.items()})
