"""Singular value decompositions of many small complex matrices at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from crystal_lfa.spectra.kernels.assembly import take
from crystal_lfa.spectra.kernels.back_transformation import phases, reflect, right_vectors, turned_vectors
from crystal_lfa.spectra.kernels.bidiagonal import bidiagonalise, room_for_vectors
from crystal_lfa.spectra.kernels.bidiagonal_vectors import bidiagonal_vectors
from crystal_lfa.spectra.kernels.compiling import Compiled, inner
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
def _write(
    diagonal: Any,
    u_r: Any,
    u_i: Any,
    v_r: Any,
    v_i: Any,
    m: int,
    n: int,
    lanes: int,
    lane: int,
    wide: bool,
    left: Any,
    values: Any,
    right: Any,
) -> None:
    """Write one lane's decomposition in descending order; that of a wide matrix is the transpose's."""
    for k in range(n):
        value = diagonal[k * lanes + lane]
        sign = -1 if value < 0 else 1
        rank = _rank(diagonal, k, n, lanes, lane)
        values[rank] = abs(value)
        for i in range(m):
            x, y = u_r[(k * m + i) * lanes + lane], u_i[(k * m + i) * lanes + lane]
            if wide:
                right[rank, i, 0], right[rank, i, 1] = x, y
            else:
                left[i, rank, 0], left[i, rank, 1] = x, y
        for i in range(n):
            x, y = sign * v_r[(k * n + i) * lanes + lane], -sign * v_i[(k * n + i) * lanes + lane]
            if wide:
                left[i, rank, 0], left[i, rank, 1] = x, y
            else:
                right[rank, i, 0], right[rank, i, 1] = x, y


@inner
def _rank(diagonal: Any, k: int, n: int, lanes: int, lane: int) -> int:
    """Return the place of a value among those of its lane, descending in modulus, equal ones as they stand."""
    value = abs(diagonal[k * lanes + lane])
    rank = 0
    for j in range(n):
        other = abs(diagonal[j * lanes + lane])
        rank += other > value or (other == value and j < k)
    return rank


def _define(digest: str) -> Any:
    def factors_of_matrices(matrices: Any, left: Any, values: Any, right: Any, most_sweeps: int) -> Any:
        """Write U, the singular values, descending, and V^H of matrices; return which were not found.

        Parameters
        ----------
        matrices : (b, m, n, 2) float32 or float64, real and imaginary parts last, entries near 1 or smaller
        left, values, right : (b, m, r, 2), (b, r), (b, r, n, 2), r = min(m, n), of the same type, written
        most_sweeps : see `bidiagonal_vectors`

        Returns
        -------
        (b,) bool
        """
        _ = digest  # a kernel kept on disk is found again by what it refers to
        b = len(matrices)
        wide = matrices.shape[1] < matrices.shape[2]
        m, n = max(matrices.shape[1], matrices.shape[2]), min(matrices.shape[1], matrices.shape[2])
        lanes = REGISTER_BYTES // matrices.itemsize
        kind = matrices.dtype
        one = kind.type(1.0)
        real, imaginary = np.empty(n * m * lanes, kind), np.empty(n * m * lanes, kind)
        row_r, row_i = np.empty(n * n * lanes, kind), np.empty(n * n * lanes, kind)
        u_r, u_i = np.empty(n * m * lanes, kind), np.empty(n * m * lanes, kind)
        v_r, v_i = np.empty(n * n * lanes, kind), np.empty(n * n * lanes, kind)
        p, q = np.empty(n * n * lanes, kind), np.empty(n * n * lanes, kind)
        room = np.empty(room_for_vectors(m, n, lanes), kind)
        turns, rotations = np.empty((6, n * lanes), kind), np.empty((4, n * lanes), kind)
        of_rows, of_columns = np.empty((2, n * lanes), kind), np.empty((2, n * lanes), kind)
        diagonal, above = np.zeros((n + 2) * lanes, kind), np.zeros((n + 2) * lanes, kind)
        missing = np.zeros(b, np.bool_)
        for start in range(0, b, lanes):
            take(matrices, start, lanes, real, imaginary)
            bidiagonalise(real, imaginary, m, n, lanes, one, room, diagonal, above, turns)
            above[(n - 1) * lanes :] = 0
            phases(turns, n, lanes, one, of_rows, of_columns)
            # Turned, where it does not fall off towards the end: J B^T J has the vectors of B, exchanged and reversed.
            turned = _turn(diagonal, above, n, lanes)
            found = bidiagonal_vectors(diagonal, above, n, lanes, one, q, p, rotations, most_sweeps)
            turned_vectors(q if turned else p, n, m, of_rows, turned, lanes, u_r, u_i)
            turned_vectors(p if turned else q, n, n, of_columns, turned, lanes, v_r, v_i)
            reflect(u_r, u_i, n, m, real, imaginary, turns[0], n, 0, lanes)
            right_vectors(real, imaginary, m, n, lanes, row_r, row_i)
            reflect(v_r, v_i, n, n, row_r, row_i, turns[3], n - 1, 1, lanes)
            for lane in range(min(lanes, b - start)):
                i = start + lane
                missing[i] = not found
                _write(diagonal, u_r, u_i, v_r, v_i, m, n, lanes, lane, wide, left[i], values[i], right[i])
        return missing

    return factors_of_matrices


def _signature(number: Any) -> tuple[Any, ...]:
    four = number[:, :, :, ::1]
    return four, four, number[:, ::1], four, types.intp


factors_kernel = Compiled(_define, {"float32": _signature(types.float32), "float64": _signature(types.float64)})
