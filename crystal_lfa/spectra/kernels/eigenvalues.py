"""Eigenvalues of many small complex matrices at once: Hessenberg form, QR algorithm with Wilkinson's shifts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from crystal_lfa.spectra.kernels.compiling import NUMBERS, Compiled, inner
from crystal_lfa.spectra.kernels.hessenberg import reduce_to_hessenberg, shifted_step
from crystal_lfa.spectra.kernels.lanes import REGISTER_BYTES

__all__ = ["eigenvalues_kernel"]

_UNBALANCED = 1e4
"""Ratio of a row's size to the column's beyond which scaling the unknowns, as LAPACK does, may save digits."""

_EXCEPTIONAL = 10
"""After as many steps without success another shift is tried."""


def _define(digest: str) -> Any:
    def eigenvalues_of_matrices(matrices: Any, values: Any, missing: Any, most_steps: int) -> None:
        """Write the eigenvalues of matrices, in no order, and which were not found.

        Parameters
        ----------
        matrices : (b, n, n, 2) float32 or float64, real and imaginary parts last, entries near 1 or smaller
        values : (b, n, 2) of the same type, written
        missing : (b,) bool, written
            Also true where rows and columns differ so much in size that they should be scaled first.
        most_steps : how many QR steps are taken at most for each eigenvalue; about three are usual
        """
        _ = digest  # a kernel kept on disk is found again by what it refers to
        b, n = len(matrices), matrices.shape[1]
        lanes = REGISTER_BYTES // matrices.itemsize
        kind = matrices.dtype
        one = kind.type(1.0)
        real, imaginary = np.empty(n * n * lanes, kind), np.empty(n * n * lanes, kind)
        v_r, v_i = np.empty(n * lanes, kind), np.empty(n * lanes, kind)
        rotations = np.empty((4, n * lanes), kind)
        blocks = np.zeros((4, lanes), kind)
        steps = np.zeros(lanes, np.int64)
        for start in range(0, b, lanes):
            for lane in range(lanes):
                number = min(start + lane, b - 1)
                _take(matrices, number, n, lanes, lane, real, imaginary)
                missing[number] = _is_unbalanced(real, imaginary, n, lanes, lane)
                blocks[1, lane] = n - 1
                steps[lane] = 0
            reduce_to_hessenberg(real, imaginary, n, lanes, one, v_r, v_i)
            for _ in range(most_steps * n):
                begin, end = n, -1
                for lane in range(lanes):
                    number = min(start + lane, b - 1)
                    _choose(real, imaginary, n, lanes, lane, blocks, steps, values, number)
                    if blocks[1, lane] >= 0:
                        begin, end = min(begin, int(blocks[0, lane])), max(end, int(blocks[1, lane]))
                if end < 0:
                    break
                shifted_step(real, imaginary, n, lanes, one, blocks, rotations, begin, end)
            for lane in range(lanes):
                if blocks[1, lane] >= 0:
                    missing[min(start + lane, b - 1)] = True

    return eigenvalues_of_matrices


@inner
def _take(matrices: Any, number: int, n: int, lanes: int, lane: int, real: Any, imaginary: Any) -> None:
    """Put one matrix into a lane."""
    for i in range(n):
        for j in range(n):
            at = (i * n + j) * lanes + lane
            real[at] = matrices[number, i, j, 0]
            imaginary[at] = matrices[number, i, j, 1]


@inner
def _is_unbalanced(real: Any, imaginary: Any, n: int, lanes: int, lane: int) -> bool:
    """Return whether a row and the column of the same number differ much in size beside the diagonal."""
    for i in range(n):
        of_row, of_column = 0.0, 0.0
        for j in range(n):
            if j != i:
                at, across = (i * n + j) * lanes + lane, (j * n + i) * lanes + lane
                of_row += abs(real[at]) + abs(imaginary[at])
                of_column += abs(real[across]) + abs(imaginary[across])
        low, high = min(of_row, of_column), max(of_row, of_column)
        if low > 0 and low * _UNBALANCED < high:
            return True
    return False


@inner
def _choose(
    real: Any, imaginary: Any, n: int, lanes: int, lane: int, blocks: Any, steps: Any, values: Any, number: int
) -> None:
    """Take the eigenvalues that have split off in one lane; find its lowest block, -1 if none is left, and a shift."""
    last = int(blocks[1, lane])
    eps = np.finfo(real.dtype).eps
    while last >= 0:
        first = last
        while first > 0 and not _is_negligible(real, imaginary, n, lanes, lane, first, eps):
            first -= 1
        if last - first >= 2:
            blocks[0, lane], blocks[1, lane] = first, last
            steps[lane] += 1
            shift = _nearest(real, imaginary, n, lanes, lane, last)
            if steps[lane] % _EXCEPTIONAL == 0:
                at = (last * n + last - 1) * lanes + lane
                shift += abs(real[at]) + abs(imaginary[at])
            blocks[2, lane], blocks[3, lane] = shift.real, shift.imag
            return
        steps[lane] = 0
        end = _entry(real, imaginary, n, lanes, lane, last, last)
        if last > first:
            other = _entry(real, imaginary, n, lanes, lane, first, first) + end
            end = _nearest(real, imaginary, n, lanes, lane, last)
            other -= end
            values[number, first, 0], values[number, first, 1] = other.real, other.imag
        values[number, last, 0], values[number, last, 1] = end.real, end.imag
        last = first - 1
    blocks[0, lane] = blocks[2, lane] = blocks[3, lane] = 0
    blocks[1, lane] = -1


@inner
def _entry(real: Any, imaginary: Any, n: int, lanes: int, lane: int, i: int, j: int) -> Any:
    at = (i * n + j) * lanes + lane
    return complex(real[at], imaginary[at])


@inner
def _is_negligible(real: Any, imaginary: Any, n: int, lanes: int, lane: int, i: int, eps: Any) -> bool:
    """Return whether an entry beside the diagonal, in row i, is rounding beside its neighbours on it."""
    at = (i * n + i) * lanes + lane
    before = ((i - 1) * n + i - 1) * lanes + lane
    size = abs(real[at]) + abs(imaginary[at]) + abs(real[before]) + abs(imaginary[before])
    beside = at - lanes
    small: bool = abs(real[beside]) + abs(imaginary[beside]) <= eps * size
    return small


@inner
def _nearest(real: Any, imaginary: Any, n: int, lanes: int, lane: int, last: int) -> Any:
    """Return the eigenvalue of the last two rows and columns that is nearest to the last entry."""
    a, b = (
        _entry(real, imaginary, n, lanes, lane, last - 1, last - 1),
        _entry(real, imaginary, n, lanes, lane, last - 1, last),
    )
    c, d = _entry(real, imaginary, n, lanes, lane, last, last - 1), _entry(real, imaginary, n, lanes, lane, last, last)
    product = b * c
    if product == 0:
        return d
    half = 0.5 * (a - d)
    distance = np.sqrt(half * half + product)
    if half.real * distance.real + half.imag * distance.imag < 0:
        distance = -distance
    return d - product / (half + distance)


eigenvalues_kernel = Compiled(
    _define, {n: (x[:, :, :, ::1], x[:, :, ::1], types.boolean[::1], types.intp) for n, x in NUMBERS.items()}
)
