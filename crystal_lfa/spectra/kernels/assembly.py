"""Symbols into lanes: summed there from real functions of the frequency, or taken from an array of matrices."""

from __future__ import annotations

from typing import Any

from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.lanes import fused, vector_functions

__all__ = ["TILE", "assemble", "take"]

TILE = 4
"""Rows that are transposed together: as many cache lines of each matrix stay at hand."""

load, store, splat = vector_functions(1)


@inner
def assemble(
    functions: Any,
    at: int,
    terms: int,
    lanes: int,
    real_table: Any,
    imaginary_table: Any,
    block: int,
    real: Any,
    imaginary: Any,
) -> None:
    """Write sums over functions of the frequency: the real part over the first ones, the imaginary over the last.

    Parameters
    ----------
    functions : flat; from `at` on (terms, lanes)
    real_table : (count, n, m, tr), of each block the coefficients of the first tr functions
    imaginary_table : (count, n, m, ti), those of the last ti
    real, imaginary : flat (n, m, lanes), written
    """
    n, m, of_real = real_table.shape[1:]
    of_imaginary = imaginary_table.shape[3]
    late = at + (terms - of_imaginary) * lanes
    nothing = splat(functions[at] - functions[at])
    to = 0
    for j in range(n):
        for i in range(m):
            total = nothing
            for t in range(of_real):
                total = fused(load(functions, at + t * lanes), splat(real_table[block, j, i, t]), total)
            store(real, to, total)
            total = nothing
            for t in range(of_imaginary):
                total = fused(load(functions, late + t * lanes), splat(imaginary_table[block, j, i, t]), total)
            store(imaginary, to, total)
            to += lanes


@inner
def take(matrices: Any, start: int, lanes: int, real: Any, imaginary: Any) -> None:
    """Take matrices (b, m, n, 2), real and imaginary parts last, into lanes; those with m < n transposed."""
    count, m, n = matrices.shape[:3]
    long = max(m, n)
    for tile in range(0, m, TILE):
        for j in range(n):
            for lane in range(lanes):
                row = min(start + lane, count - 1)
                for i in range(tile, min(tile + TILE, m)):
                    at = ((j * long + i) if m >= n else (i * long + j)) * lanes + lane
                    real[at] = matrices[row, i, j, 0]
                    imaginary[at] = matrices[row, i, j, 1]
