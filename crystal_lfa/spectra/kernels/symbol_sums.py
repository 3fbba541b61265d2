r"""Symbols as sums of real functions of the frequency, as a kernel takes them.

With the multipliers of y and -y together, :math:`L_\kappa = \sum_h P_h \cos 2\pi\kappa\cdot y_h + i\, Q_h \sin
2\pi\kappa\cdot y_h` where :math:`P_h = m_{y_h} + m_{-y_h}` and :math:`Q_h = m_{y_h} - m_{-y_h}`: half of the
multiplications, and of real multipliers the real part has cosines alone, the imaginary part sines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.frequencies import TorusWaves, WaveFunctions
from crystal_lfa.geometry import Torus
from crystal_lfa.geometry.characters import Exponents
from crystal_lfa.geometry.exact.roots_of_unity import roots_of_unity
from crystal_lfa.operators import IndependentBlocks
from crystal_lfa.operators.arrays import times_power_of_two, to_numpy
from crystal_lfa.spectra.kernels.matrices import FactorTables, found_values, times_powers

__all__ = ["SymbolSums"]


_LARGEST_TABLE = 2**16
"""Roots of unity up to which all are put into a table."""


@dataclass(frozen=True, slots=True, eq=False)
class TorusPhases:
    """The real functions of the frequency on one torus.

    Attributes
    ----------
    torus : Torus
    exponents : Exponents
    roots : (2, order) float64
        Cosines and sines.
    """

    torus: Torus
    exponents: Exponents
    roots: NDArray[np.float64]

    @classmethod
    def of(cls, torus: Torus, exponents: Exponents) -> TorusPhases:
        """Return them with their table."""
        roots = roots_of_unity(np.arange(exponents.order), exponents.order)
        return cls(torus, exponents, np.stack([roots.real, roots.imag]))

    def __call__(self, numbers: NDArray[np.int64], odd: NDArray[np.int64], kind: np.dtype[Any]) -> NDArray[Any]:
        """Return the cosines of all offsets, then the sines of some, in lanes: (groups, h + s, lanes)."""
        from crystal_lfa.spectra.kernels.catalogue import KERNELS

        form = self.exponents
        functions = room_in_lanes(len(numbers), len(form.dual) + len(odd), kind)
        shape = np.array(form.shape, dtype=np.int64)
        given = np.require(numbers, np.int64, ["C", "W"])
        KERNELS["waves"](kind.name, given, shape, form.dual, form.turns, self.roots, odd, functions)
        return functions


@dataclass(frozen=True, slots=True, eq=False)
class SymbolSums:
    """Independent blocks in the form in which a kernel sums their symbols.

    Attributes
    ----------
    shape : (count, p, q)
        How many blocks, and the shape of each.
    offsets : (h, d) int64
        One of each pair y, -y.
    odd : (s,) int64
        Which of these have a sine: all but zero.
    real_table, imaginary_table : (count, n, m, .) float, m >= n
        The coefficients of the functions in real and imaginary parts, at most 2; of wide matrices transposed.
    exponents : (count,) int
        The powers of two by which each block was divided.
    phases : TorusPhases, optional
        For one torus, by which a kernel finds the functions there.
    """

    shape: tuple[int, int, int]
    offsets: NDArray[np.int64]
    odd: NDArray[np.int64]
    real_table: NDArray[Any]
    imaginary_table: NDArray[Any]
    exponents: NDArray[Any]
    phases: TorusPhases | None = None

    @classmethod
    def of(cls, blocks: IndependentBlocks) -> SymbolSums:
        """Return the sums of blocks with numpy multipliers (k, count, p, q)."""
        multipliers = to_numpy(blocks.multipliers)
        axes = (0, 2, 3)
        largest = np.maximum(np.abs(multipliers.real).max(axis=axes), np.abs(multipliers.imag).max(axis=axes))
        exponents = np.frexp(largest)[1]
        first, second, odd = _pairs(blocks.offsets)
        powers = -exponents[:, None, None]
        here = times_power_of_two(multipliers[first], powers)
        there = times_power_of_two(multipliers[second], powers)
        there[second == first] = 0
        there[second < 0] = 0
        even, turning = here + there, (here - there)[odd]
        if multipliers.imag.any():
            tables = np.concatenate([even.real, -turning.imag]), np.concatenate([even.imag, turning.real])
        else:
            tables = even.real, turning.real
        real, imaginary = (_arranged(table) for table in tables)
        return cls(blocks.shape, blocks.offsets[first], odd, real, imaginary, exponents)

    def on(self, torus: Torus) -> SymbolSums:
        """Return the same with what finds the functions on a torus more quickly, where its roots of unity are few."""
        exponents = torus.characters.exponents(self.offsets, _LARGEST_TABLE)
        return self if exponents is None else replace(self, phases=TorusPhases.of(torus, exponents))

    def part(self, _numbers: NDArray[np.int64]) -> SymbolSums:
        """Return what the values at some frequencies need: all."""
        return self

    def working_bytes(self, itemsize: int) -> int:
        """Return what a frequency takes: wave functions, and half of its matrices: chunks take about as long as others.

        Matrices stand in a buffer of fixed size.
        """
        return itemsize * math.prod(self.shape) // 2 + (16 if self.phases else 64) * len(self.offsets)

    def fixed_bytes(self, _itemsize: int) -> int:
        """Return what the tables take."""
        return self.real_table.nbytes + self.imaginary_table.nbytes

    def values(self, waves: WaveFunctions) -> NDArray[Any]:
        """Return the blocks' singular values at a batch of frequencies, descending: (b, count, min(p, q))."""
        kind = self.real_table.dtype
        count, p, q = self.shape
        functions, frequencies = self._functions(waves)
        none = np.empty((0, 0, 0, 2), kind)
        symbols = none, functions, self.real_table, self.imaginary_table
        found = found_values(symbols, (frequencies, count, min(p, q)))
        return times_powers(found, self.exponents[:, None]).astype(kind, copy=False)

    def factors(self, waves: WaveFunctions, tables: FactorTables) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Write U and V^H of the only block at a batch of frequencies.

        Returns
        -------
        As `FactorTables.fill`.
        """
        none = np.empty((0, 0, 0, 2), self.real_table.dtype)
        functions, _ = self._functions(waves)
        values, missing = tables.fill((none, functions, self.real_table, self.imaginary_table))
        return times_powers(values, self.exponents[0]), missing

    def _functions(self, waves: WaveFunctions) -> tuple[NDArray[Any], int]:
        """Return cosines of all offsets, then sines of some: (groups, t, lanes); and at how many frequencies."""
        kind = self.real_table.dtype
        if self.phases is not None and isinstance(waves, TorusWaves) and waves.torus is self.phases.torus:
            return self.phases(waves.numbers, self.odd, kind), len(waves.numbers)
        phases = waves(self.offsets)
        functions = np.concatenate([phases.real, phases.imag[:, self.odd]], axis=1)
        lanes = room_in_lanes(len(functions), functions.shape[1], kind)
        groups, _, width = lanes.shape
        # Lanes past the end take the last frequency.
        padded = functions[np.minimum(np.arange(groups * width), len(functions) - 1)]
        lanes[:] = padded.reshape(groups, width, -1).transpose(0, 2, 1)
        return lanes, len(functions)


def room_in_lanes(frequencies: int, functions: int, kind: np.dtype[Any]) -> NDArray[Any]:
    """Return an array for functions of the frequency, in groups of as many frequencies as a register has lanes."""
    from crystal_lfa.spectra.kernels.lanes import REGISTER_BYTES

    lanes = REGISTER_BYTES // kind.itemsize
    return np.empty((-(-frequencies // lanes), functions, lanes), kind)


def _pairs(offsets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of one offset y of each pair, of -y or -1 where there is none, and which pairs are not zero."""
    numbers = {tuple(offset): number for number, offset in enumerate(offsets.tolist())}
    opposite = np.array([numbers.get(tuple(-x for x in offset), -1) for offset in numbers], dtype=np.int64)
    first = np.flatnonzero((opposite < 0) | (opposite >= np.arange(len(offsets))))
    return first, opposite[first], np.flatnonzero(opposite[first] != first)


def _arranged(table: NDArray[Any]) -> NDArray[Any]:
    """Return coefficients (t, count, p, q) as (count, n, m, t), m >= n."""
    p, q = table.shape[2:]
    return np.ascontiguousarray(table.transpose((1, 3, 2, 0) if p >= q else (1, 2, 3, 0)))
