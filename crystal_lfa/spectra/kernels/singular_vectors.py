"""Singular value decompositions of many small complex matrices at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from crystal_lfa.spectra.kernels.assembly import TILE, assemble, take
from crystal_lfa.spectra.kernels.back_transformation import phases, reflect, right_vectors, turned_vectors
from crystal_lfa.spectra.kernels.bidiagonal import bidiagonalise, room_for_vectors
from crystal_lfa.spectra.kernels.bidiagonal_vectors import TOGETHER, bidiagonal_vectors
from crystal_lfa.spectra.kernels.compiling import NUMBERS, Compiled, inner
from crystal_lfa.spectra.kernels.lanes import REGISTER_BYTES

__all__ = ["factors_kernel"]


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
    for lane in range(min(lanes, len(values) - start)):
        for k in range(n):
            value = diagonal[k * lanes + lane]
            rank = 0
            for j in range(n):
                other = abs(diagonal[j * lanes + lane])
                rank += other > abs(value) or (other == abs(value) and j < k)
            values[start + lane, rank] = abs(value)
            ranks[k, lane] = rank
            # Of the right vectors it is the conjugates that are written.
            signs[k, lane] = -1 if value < 0 else 1
            signs[k + n, lane] = -signs[k, lane]


@inner
def _write_columns(
    x_r: Any, x_i: Any, rows: int, n: int, lanes: int, start: int, ranks: Any, signs: Any, matrices: Any
) -> None:
    """Write vectors of all lanes, in order, as columns of matrices; real and imaginary parts times signs."""
    used = min(lanes, len(matrices) - start)
    for tile in range(0, rows, TILE):
        for k in range(n):
            for i in range(tile, min(tile + TILE, rows)):
                at = (k * rows + i) * lanes
                for lane in range(used):
                    matrices[start + lane, i, ranks[k, lane], 0] = signs[k, lane] * x_r[at + lane]
                    matrices[start + lane, i, ranks[k, lane], 1] = signs[k + n, lane] * x_i[at + lane]


@inner
def _write_rows(
    x_r: Any, x_i: Any, rows: int, n: int, lanes: int, start: int, ranks: Any, signs: Any, matrices: Any
) -> None:
    """Write vectors of all lanes, in order, as rows of matrices, real and imaginary parts times signs."""
    for lane in range(min(lanes, len(matrices) - start)):
        for k in range(n):
            for i in range(rows):
                at = (k * rows + i) * lanes + lane
                matrices[start + lane, ranks[k, lane], i, 0] = signs[k, lane] * x_r[at]
                matrices[start + lane, ranks[k, lane], i, 1] = signs[k + n, lane] * x_i[at]


def _define(digest: str) -> Any:
    def factors_of_matrices(
        matrices: Any,
        functions: Any,
        real_table: Any,
        imaginary_table: Any,
        left: Any,
        values: Any,
        right: Any,
        most_sweeps: int,
    ) -> Any:
        """Write U, the singular values, descending, and V^H of matrices; return which were not found.

        The matrices are given as they are or, where there are none, as sums over functions.

        Parameters
        ----------
        matrices : (b or 0, m, n, 2) float32 or float64, real and imaginary parts last, entries near 1 or smaller
        functions, real_table, imaginary_table : see `values_of_matrices`; tables of one block
        left, values, right : (b, m, r, 2), (b, r), (b, r, n, 2), r = min(m, n), of the same type, written
        most_sweeps : see `bidiagonal_vectors`

        Returns
        -------
        (b,) bool
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
        ranks, signs, plain = (
            np.empty((n, lanes), np.int64),
            np.empty((2 * n, lanes), kind),
            np.ones((2 * n, lanes), kind),
        )
        missing = np.zeros(b, np.bool_)
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
            if wide:
                _write_rows(x_r, x_i, m, n, lanes, start, ranks, plain, right)
            else:
                _write_columns(x_r, x_i, m, n, lanes, start, ranks, plain, left)
            turned_vectors(p if turned else q, n, n, of_columns, turned, lanes, x_r, x_i)
            # Their places are free now: what is worked on at one time stays in the cache as long as it can.
            right_vectors(real, imaginary, m, n, lanes, p, q)
            reflect(x_r, x_i, n, n, p, q, turns[3], n - 1, 1, lanes)
            if wide:
                _write_columns(x_r, x_i, n, n, lanes, start, ranks, signs, left)
            else:
                _write_rows(x_r, x_i, n, n, lanes, start, ranks, signs, right)
        return missing

    return factors_of_matrices


def _signature(number: Any) -> tuple[Any, ...]:
    two, three, four = number[:, ::1], number[:, :, ::1], number[:, :, :, ::1]
    return four, three, four, four, four, two, four, types.intp


factors_kernel = Compiled(_define, {name: _signature(number) for name, number in NUMBERS.items()})
