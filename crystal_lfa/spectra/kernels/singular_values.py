"""Singular values of many small complex matrices at once: symbols, bidiagonalisation, dqds.

Importing this module loads numba, and compiles nothing yet.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from crystal_lfa.spectra.kernels.assembly import assemble, take
from crystal_lfa.spectra.kernels.bidiagonal import bidiagonalise, length_of_column, room_for_vectors
from crystal_lfa.spectra.kernels.bidiagonal_values import bidiagonal_values
from crystal_lfa.spectra.kernels.compiling import NUMBERS, Compiled, inner
from crystal_lfa.spectra.kernels.lanes import REGISTER_BYTES

__all__ = ["matrices_kernel", "sums_kernel"]


@inner
def _keep(diagonal: Any, above: Any, lanes: int, first: int, step: int, diagonals: Any, aboves: Any) -> None:
    """Copy the bidiagonals of all lanes to rows first, first + step, ..., as far as there are any."""
    for lane in range(lanes):
        row = first + lane * step
        if row < len(diagonals):
            for k in range(diagonals.shape[1]):
                diagonals[row, k] = diagonal[k * lanes + lane]
                aboves[row, k] = above[k * lanes + lane]


def _define_sums(digest: str) -> Any:
    def values_of_sums(functions: Any, real_table: Any, imaginary_table: Any, most_steps: int) -> Any:
        """Return the singular values of sums of real functions of the frequency, and which were not found.

        Parameters
        ----------
        functions : (b, t) float32 or float64
        real_table, imaginary_table : (count, n, m, tr), (count, n, m, ti), of the same type, m >= n
            Coefficients of the first tr and the last ti functions in the entries (i, j) of `count` matrices, at [j, i].
        most_steps : see `bidiagonal_values`

        Returns
        -------
        values : (b, count, n) float64, descending
        missing : (b, count) bool
        """
        _ = digest  # a kernel kept on disk is found again by what it refers to
        b, terms = functions.shape
        count, n, m = real_table.shape[:3]
        lanes = REGISTER_BYTES // functions.itemsize
        one = functions.dtype.type(1.0)
        real, imaginary = np.empty(n * m * lanes, functions.dtype), np.empty(n * m * lanes, functions.dtype)
        buffer = np.empty(terms * lanes, functions.dtype)
        room = np.empty(room_for_vectors(m, n, lanes), functions.dtype)
        turns = np.empty((6, n * lanes), functions.dtype)
        diagonal, above = np.empty(n * lanes, functions.dtype), np.zeros(n * lanes, functions.dtype)
        diagonals, aboves = np.empty((b * count, n)), np.empty((b * count, n))
        for start in range(0, b, lanes):
            for block in range(count):
                assemble(functions, start, lanes, buffer, real_table[block], imaginary_table[block], real, imaginary)
                if n == 1:
                    length_of_column(real, imaginary, m, lanes, diagonal)
                else:
                    bidiagonalise(real, imaginary, m, n, lanes, one, room, diagonal, above, turns)
                _keep(diagonal, above, lanes, start * count + block, count, diagonals, aboves)
        values = np.empty((b * count, n))
        if n == 1:
            values[:] = diagonals
            missing = np.zeros(b * count, np.bool_)
        else:
            missing = bidiagonal_values(diagonals, aboves, values, most_steps)
        return values.reshape(b, count, n), diagonals, aboves, missing

    return values_of_sums


def _define_matrices(digest: str) -> Any:
    def values_of_matrices(matrices: Any, most_steps: int) -> Any:
        """Return the singular values of matrices, and which were not found.

        Parameters
        ----------
        matrices : (b, m, n, 2) float32 or float64, real and imaginary parts last, entries near 1 or smaller
        most_steps : see `bidiagonal_values`

        Returns
        -------
        values : (b, min(m, n)) float64, descending
        missing : (b,) bool
        """
        _ = digest  # a kernel kept on disk is found again by what it refers to
        b = len(matrices)
        m, n = max(matrices.shape[1], matrices.shape[2]), min(matrices.shape[1], matrices.shape[2])
        lanes = REGISTER_BYTES // matrices.itemsize
        one = matrices.dtype.type(1.0)
        real, imaginary = np.empty(n * m * lanes, matrices.dtype), np.empty(n * m * lanes, matrices.dtype)
        room = np.empty(room_for_vectors(m, n, lanes), matrices.dtype)
        turns = np.empty((6, n * lanes), matrices.dtype)
        diagonal, above = np.empty(n * lanes, matrices.dtype), np.zeros(n * lanes, matrices.dtype)
        diagonals, aboves = np.empty((b, n)), np.empty((b, n))
        for start in range(0, b, lanes):
            take(matrices, start, lanes, real, imaginary)
            bidiagonalise(real, imaginary, m, n, lanes, one, room, diagonal, above, turns)
            _keep(diagonal, above, lanes, start, 1, diagonals, aboves)
        values = np.empty((b, n))
        missing = bidiagonal_values(diagonals, aboves, values, most_steps)
        return values, diagonals, aboves, missing

    return values_of_matrices


sums_kernel = Compiled(
    _define_sums, {n: (x[:, ::1], x[:, :, :, ::1], x[:, :, :, ::1], types.intp) for n, x in NUMBERS.items()}
)
matrices_kernel = Compiled(_define_matrices, {n: (x[:, :, :, ::1], types.intp) for n, x in NUMBERS.items()})
