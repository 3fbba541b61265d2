r"""Symbols as sums of real functions of the frequency, as a kernel takes them.

With the multipliers of y and -y together, :math:`L_\kappa = \sum_h P_h \cos 2\pi\kappa\cdot y_h + i\, Q_h \sin
2\pi\kappa\cdot y_h` where :math:`P_h = m_{y_h} + m_{-y_h}` and :math:`Q_h = m_{y_h} - m_{-y_h}`: half of the
multiplications, and of real multipliers the real part has cosines alone, the imaginary part sines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.frequencies import WaveFunctions
from crystal_lfa.operators import IndependentBlocks
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.spectra.kernels.matrices import MOST_STEPS, complete

__all__ = ["SymbolSums"]


@dataclass(frozen=True, slots=True, eq=False)
class SymbolSums:
    """Independent blocks in the form in which a kernel sums their symbols.

    Attributes
    ----------
    blocks : IndependentBlocks
        With multipliers in numpy.
    offsets : (h, d) int64
        One of each pair y, -y.
    odd : (s,) int64
        Which of these have a sine: all but zero.
    real_table, imaginary_table : (count, n, m, .) float, m >= n
        The coefficients of the functions in real and imaginary parts, at most 2; of wide matrices transposed.
    exponent : int
        Singular values are multiples of two to this power.
    """

    shape: tuple[int, int, int]
    offsets: NDArray[np.int64]
    odd: NDArray[np.int64]
    real_table: NDArray[Any]
    imaginary_table: NDArray[Any]
    exponent: int

    @classmethod
    def of(cls, blocks: IndependentBlocks) -> SymbolSums:
        """Return the sums of blocks with numpy multipliers (k, count, p, q)."""
        multipliers = to_numpy(blocks.multipliers)
        largest = max(np.abs(multipliers.real).max(initial=0.0), np.abs(multipliers.imag).max(initial=0.0))
        exponent = int(np.frexp(largest)[1])
        first, second, odd = _pairs(blocks.offsets)
        here = _scaled(multipliers[first], -exponent)
        there = _scaled(multipliers[second], -exponent)
        there[second == first] = 0
        there[second < 0] = 0
        even, turning = here + there, (here - there)[odd]
        if multipliers.imag.any():
            tables = np.concatenate([even.real, -turning.imag]), np.concatenate([even.imag, turning.real])
        else:
            tables = even.real, turning.real
        real, imaginary = (_arranged(table) for table in tables)
        return cls(blocks.shape, blocks.offsets[first], odd, real, imaginary, exponent)

    def part(self, _numbers: NDArray[np.int64]) -> SymbolSums:
        """Return what the values at some frequencies need: all."""
        return self

    def working_bytes(self, itemsize: int) -> int:
        """Return what a frequency takes: wave functions, and as much as its matrices, that chunks are of even work."""
        return itemsize * math.prod(self.shape) + 64 * len(self.offsets)

    def fixed_bytes(self, _itemsize: int) -> int:
        """Return what the tables take."""
        return self.real_table.nbytes + self.imaginary_table.nbytes

    def values(self, waves: WaveFunctions) -> NDArray[Any]:
        """Return the blocks' singular values at a batch of frequencies, descending: (b, count, min(p, q))."""
        from crystal_lfa.spectra.kernels.catalogue import KERNELS

        phases = waves(self.offsets)
        kind = self.real_table.dtype
        functions = np.concatenate([phases.real, phases.imag[:, self.odd]], axis=1, dtype=kind)
        found, diagonals, aboves, missing = KERNELS["sums"](
            kind.name, functions, self.real_table, self.imaginary_table, MOST_STEPS
        )
        complete(found, diagonals, aboves, missing)
        values: NDArray[Any] = np.ldexp(found, self.exponent).astype(kind, copy=False)
        return values


def _pairs(offsets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of one offset y of each pair, of -y or -1 where there is none, and which pairs are not zero."""
    numbers = {tuple(offset): number for number, offset in enumerate(offsets.tolist())}
    opposite = np.array([numbers.get(tuple(-x for x in offset), -1) for offset in numbers], dtype=np.int64)
    first = np.flatnonzero((opposite < 0) | (opposite >= np.arange(len(offsets))))
    return first, opposite[first], np.flatnonzero(opposite[first] != first)


def _scaled(multipliers: NDArray[Any], exponent: int) -> NDArray[Any]:
    """Return complex numbers times two to a power."""
    scaled = np.empty_like(multipliers)
    np.ldexp(multipliers.real, exponent, out=scaled.real)
    np.ldexp(multipliers.imag, exponent, out=scaled.imag)
    return scaled


def _arranged(table: NDArray[Any]) -> NDArray[Any]:
    """Return coefficients (t, count, p, q) as (count, n, m, t), m >= n."""
    p, q = table.shape[2:]
    return np.ascontiguousarray(table.transpose((1, 3, 2, 0) if p >= q else (1, 2, 3, 0)))
