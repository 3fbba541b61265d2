"""Singular value decompositions of many small complex matrices at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from crystal_lfa.spectra.kernels.assembly import assemble, take
from crystal_lfa.spectra.kernels.back_transformation import phases, reflect, right_vectors, turned_vectors
from crystal_lfa.spectra.kernels.bidiagonal import bidiagonalise, room_for_vectors
from crystal_lfa.spectra.kernels.bidiagonal_vectors import TOGETHER, bidiagonal_vectors
from crystal_lfa.spectra.kernels.compiling import NUMBERS, Compiled, inner
from crystal_lfa.spectra.kernels.lanes import REGISTER_BYTES, store_pairs, vector_functions

__all__ = ["factors_kernel"]

load, store, splat = vector_functions(1)

_LINE_BYTES = 64
"""Of a line in the cache."""


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
def _order(diagonal: Any, n: int, lanes: int, start: int, values: Any, ranks: Any, signs: Any) -> None:
    """Write the moduli of each lane in descending order, and each one's place and sign."""
    for lane in range(lanes):
        row = min(start + lane, len(values) - 1)
        for k in range(n):
            value = diagonal[k * lanes + lane]
            rank = 0
            for j in range(n):
                other = abs(diagonal[j * lanes + lane])
                rank += other > abs(value) or (other == abs(value) and j < k)
            values[row, rank] = abs(value)
            ranks[k, lane] = rank
            signs[k, lane] = -1 if value < 0 else 1


@inner
def _find_places(places: Any, rows: Any, start: int, lanes: int, ranks: Any, size: int, stride: int) -> None:
    """Write where each vector of each lane begins, (n, lanes): its matrix stands at the place that `rows` says."""
    for k in range(len(ranks)):
        for lane in range(lanes):
            # Lanes past the end have what the last matrix has.
            row = rows[min(start + lane, len(rows) - 1)]
            places[k * lanes + lane] = row * size + ranks[k, lane] * stride


@inner
def _write(
    x_r: Any,
    x_i: Any,
    rows: int,
    n: int,
    lanes: int,
    signs: Any,
    conjugated: bool,
    step: int,
    flat: Any,
    places: Any,
    opposite: Any,
) -> None:
    """Write vectors of all lanes, times signs, into matrices, and their conjugates into others.

    Parameters
    ----------
    x_r, x_i : flat (n, rows, lanes): vector, component
    signs : (n, lanes)
    conjugated : whether the conjugates are written, and the vectors into the others
    step : from one component to the next
    flat : all matrices, real and imaginary parts last
    places, opposite : flat (n, lanes), where each vector begins; no `opposite` if nothing is written there
    """
    # Along what lies side by side in the matrices: far more goes there than the cache holds.
    together = rows if step == 2 else _LINE_BYTES // (lanes * flat.itemsize)
    for tile in range(0, rows, together):
        for k in range(n):
            sign = load(signs[k], 0)
            sign_i = -sign if conjugated else sign
            for i in range(tile, min(tile + together, rows)):
                at = (k * rows + i) * lanes
                x, y = load(x_r, at) * sign, load(x_i, at) * sign_i
                store_pairs(flat, places, k * lanes, i * step, x, y)
                if len(opposite) > 0:
                    store_pairs(flat, opposite, k * lanes, i * step, x, -y)


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
        most_sweeps: int,
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
        most_sweeps : see `bidiagonal_vectors`
        """
        _ = digest  # a kernel kept on disk is found again by what it refers to
        b = len(values)
        wide = left.shape[1] < right.shape[2]
        m, n = max(left.shape[1], right.shape[2]), min(left.shape[1], right.shape[2])
        lanes = REGISTER_BYTES // values.itemsize
        kind, terms, flat = values.dtype, functions.shape[1], functions.ravel()
        one = kind.type(1.0)
        real, imaginary = np.empty(n * m * lanes, kind), np.empty(n * m * lanes, kind)
        x_r, x_i = np.empty(n * m * lanes, kind), np.empty(n * m * lanes, kind)
        p, q = np.empty(n * n * lanes, kind), np.empty(n * n * lanes, kind)
        room = np.empty(room_for_vectors(m, n, lanes), kind)
        turns, rotations = np.empty((6, n * lanes), kind), np.empty((TOGETHER, 4, n * lanes), kind)
        of_rows, of_columns = np.empty((2, n * lanes), kind), np.empty((2, n * lanes), kind)
        diagonal, above = np.zeros((n + 2) * lanes, kind), np.zeros((n + 2) * lanes, kind)
        ranks = np.empty((n, lanes), np.int64)
        places = np.empty(n * lanes, np.int64)
        others = np.empty(n * lanes if len(opposite) > 0 else 0, np.int64)
        signs, plain = np.empty((n, lanes), kind), np.ones((n, lanes), kind)
        # Of wide matrices the transposed ones are worked on. Vectors stand in columns of U and in rows of V^H.
        to_long, to_short = (right.ravel(), left.ravel()) if wide else (left.ravel(), right.ravel())
        next_long, next_short = (2, 2 * n) if wide else (2 * n, 2)
        for start in range(0, b, lanes):
            if len(matrices) > 0:
                take(matrices, start, lanes, real, imaginary)
            else:
                assemble(flat, start * terms, terms, lanes, real_table, imaginary_table, 0, real, imaginary)
            bidiagonalise(real, imaginary, m, n, lanes, one, room, diagonal, above, turns)
            above[(n - 1) * lanes :] = 0
            phases(turns, n, lanes, one, of_rows, of_columns)
            # Turned, where it does not fall off towards the end: J B^T J has the vectors of B, exchanged and reversed.
            turned = _turn(diagonal, above, n, lanes)
            found = bidiagonal_vectors(diagonal, above, n, lanes, one, q, p, rotations, most_sweeps)
            for lane in range(min(lanes, b - start)):
                missing[start + lane] = not found
            _order(diagonal, n, lanes, start, values, ranks, signs)
            turned_vectors(q if turned else p, n, m, of_rows, turned, lanes, x_r, x_i)
            reflect(x_r, x_i, n, m, real, imaginary, turns[0], n, 0, lanes)
            stride = 2 * m if wide else 2
            _find_places(places, rows, start, lanes, ranks, 2 * m * n, stride)
            if len(opposite) > 0:
                _find_places(others, opposite, start, lanes, ranks, 2 * m * n, stride)
            _write(x_r, x_i, m, n, lanes, plain, False, next_long, to_long, places, others)
            turned_vectors(p if turned else q, n, n, of_columns, turned, lanes, x_r, x_i)
            # Their places are free now: what is worked on at one time stays in the cache as long as it can.
            right_vectors(real, imaginary, m, n, lanes, p, q)
            reflect(x_r, x_i, n, n, p, q, turns[3], n - 1, 1, lanes)
            # Of the right vectors it is the conjugates that are written.
            stride = 2 if wide else 2 * n
            _find_places(places, rows, start, lanes, ranks, 2 * n * n, stride)
            if len(opposite) > 0:
                _find_places(others, opposite, start, lanes, ranks, 2 * n * n, stride)
            _write(x_r, x_i, n, n, lanes, signs, True, next_short, to_short, places, others)

    return factors_of_matrices


def _signature(number: Any) -> tuple[Any, ...]:
    two, three, four = number[:, ::1], number[:, :, ::1], number[:, :, :, ::1]
    integers = types.int64[::1]
    return four, three, four, four, four, two, four, integers, integers, types.boolean[::1], types.intp


factors_kernel = Compiled(_define, {name: _signature(number) for name, number in NUMBERS.items()})
