"""Singular values of many small complex matrices at once: symbols, bidiagonalisation, dqds.

Importing this module loads numba, and compiles nothing yet.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from crystal_lfa.spectra.kernels.assembly import assemble, take
from crystal_lfa.spectra.kernels.bidiagonal import bidiagonalise, room_for_vectors
from crystal_lfa.spectra.kernels.bidiagonal_values import bidiagonal_values
from crystal_lfa.spectra.kernels.closed_forms import length_of_column, values_of_two
from crystal_lfa.spectra.kernels.compiling import NUMBERS, Compiled, inner
from crystal_lfa.spectra.kernels.lanes import REGISTER_BYTES

__all__ = ["values_kernel"]


_CLOSED_FORMS = 2
"""Rows up to which the values are written down without iteration."""


@inner
def _keep(numbers: Any, lanes: int, first: int, step: int, rows: Any) -> None:
    """Copy numbers, flat (n, lanes), to rows first, first + step, ..., as far as there are any."""
    for lane in range(min(lanes, (len(rows) - first + step - 1) // step)):
        for k in range(rows.shape[1]):
            rows[first + lane * step, k] = numbers[k * lanes + lane]


def _define(digest: str) -> Any:
    def values_of_matrices(
        matrices: Any,
        functions: Any,
        real_table: Any,
        imaginary_table: Any,
        values: Any,
        diagonals: Any,
        aboves: Any,
        missing: Any,
        most_steps: int,
    ) -> None:
        """Write the singular values of matrices, descending, their bidiagonals, and which were not found.

        The matrices are given as they are or, where there are none, as sums over real functions of the frequency.

        Parameters
        ----------
        matrices : (b or 0, m, n, 2) float32 or float64, real and imaginary parts last, entries near 1 or smaller
        functions : (groups, t, lanes), of the same type
            A group holds as many frequencies as a register has lanes, so there are as many groups as b needs.
        real_table, imaginary_table : (count, n, m, tr), (count, n, m, ti), of the same type, m >= n
            Coefficients of the first tr and the last ti functions in the entries (i, j) of `count` matrices, at [j, i].
        values : (b, count, min(m, n)) float64, written
        diagonals, aboves : (b count, min(m, n)) float64, written where the values need an iteration, which may give up
        missing : (b count,) bool, written
        most_steps : see `bidiagonal_values`
        """
        _ = digest  # a kernel kept on disk is found again by what it refers to
        b, count, n = values.shape
        given = len(matrices) > 0
        m = max(matrices.shape[1], matrices.shape[2]) if given else real_table.shape[2]
        kind, terms, flat = functions.dtype, functions.shape[1], functions.ravel()
        lanes = REGISTER_BYTES // functions.itemsize
        real, imaginary = np.empty(n * m * lanes, kind), np.empty(n * m * lanes, kind)
        room = np.empty(room_for_vectors(m, n, lanes), kind)
        turns = np.empty((6, n * lanes), kind)
        diagonal, above = np.empty(n * lanes, kind), np.zeros(n * lanes, kind)
        one, closed, rows = kind.type(1.0), n <= _CLOSED_FORMS, values.reshape(b * count, n)
        for start in range(0, b, lanes):
            for block in range(count):
                if given:
                    take(matrices, start, lanes, real, imaginary)
                else:
                    assemble(flat, start * terms, terms, lanes, real_table, imaginary_table, block, real, imaginary)
                if n == 1:
                    length_of_column(real, imaginary, m, lanes, diagonal)
                else:
                    bidiagonalise(real, imaginary, m, n, lanes, one, room, diagonal, above, turns)
                if n == 2:
                    values_of_two(diagonal, above, lanes, one)
                first = start * count + block
                _keep(diagonal, lanes, first, count, rows if closed else diagonals)
                if not closed:
                    _keep(above, lanes, first, count, aboves)
        missing[:] = False
        if not closed:
            missing[:] = bidiagonal_values(diagonals, aboves, rows, most_steps)

    return values_of_matrices


def _signature(number: Any) -> tuple[Any, ...]:
    three, four = number[:, :, ::1], number[:, :, :, ::1]
    table, marks = types.float64[:, ::1], types.boolean[::1]
    return four, three, four, four, types.float64[:, :, ::1], table, table, marks, types.intp


values_kernel = Compiled(_define, {name: _signature(number) for name, number in NUMBERS.items()})
