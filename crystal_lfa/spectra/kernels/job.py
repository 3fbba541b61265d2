r"""Singular values of an operator's symbols by the kernels: what a job hands to them, and takes back.

With the multipliers of y and -y together, :math:`L_\kappa = \sum_h P_h \cos 2\pi\kappa\cdot y_h + i\, Q_h \sin
2\pi\kappa\cdot y_h` where :math:`P_h = m_{y_h} + m_{-y_h}` and :math:`Q_h = m_{y_h} - m_{-y_h}`: half of the
multiplications, and of real multipliers the real part has cosines alone, the imaginary part sines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import is_numpy_array
from numpy.typing import NDArray

from crystal_lfa.frequencies import WaveFunctions, available_cores
from crystal_lfa.operators import IndependentBlocks, WholeSymbols
from crystal_lfa.operators.arrays import runs_in_numpy, to_numpy
from crystal_lfa.spectra.kernels.choice import LARGEST, account, lapack_seconds
from crystal_lfa.spectra.stacks import finite

__all__ = ["SymbolStacks", "SymbolSums", "for_kernels"]

_MOST_STEPS = 30
"""Of dqds, for each singular value; about four are usual."""


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
        from crystal_lfa.spectra.kernels.singular_values import KERNELS

        phases = waves(self.offsets)
        kind = self.real_table.dtype
        functions = np.concatenate([phases.real, phases.imag[:, self.odd]], axis=1, dtype=kind)
        found, diagonals, aboves, missing = KERNELS["sums"](
            kind.name, functions, self.real_table, self.imaginary_table, _MOST_STEPS
        )
        _complete(found, diagonals, aboves, missing)
        values: NDArray[Any] = np.ldexp(found, self.exponent).astype(kind, copy=False)
        return values


@dataclass(frozen=True, slots=True, eq=False)
class SymbolStacks:
    """The symbols of any operator, of which a kernel takes the singular values."""

    symbols: WholeSymbols

    @property
    def shape(self) -> tuple[int, int, int]:
        """(1, m, n)."""
        return self.symbols.shape

    def part(self, numbers: NDArray[np.int64]) -> SymbolStacks:
        """Return what the values at some frequencies need."""
        return SymbolStacks(self.symbols.part(numbers))

    def working_bytes(self, itemsize: int) -> int:
        """Return what a symbol and all its parts take."""
        return self.symbols.working_bytes(itemsize)

    def fixed_bytes(self, itemsize: int) -> int:
        """Return what all multipliers take."""
        return self.symbols.fixed_bytes(itemsize)

    def values(self, waves: WaveFunctions) -> NDArray[Any]:
        """Return the singular values at a batch of frequencies, descending: (b, 1, min(m, n))."""
        return kernel_values(finite(self.symbols.symbols(waves)[:, 0]))[:, None]


def for_kernels(
    blocks: tuple[IndependentBlocks | WholeSymbols, ...], frequencies: int, dtype: str
) -> tuple[SymbolSums | SymbolStacks, ...] | None:
    """Return blocks as kernels take them, if the singular values at so many frequencies are a job for kernels.

    Parameters
    ----------
    dtype : the name of the real type that is computed in
    """
    smaller = [min(block.shape[1:]) for block in blocks]
    if not blocks or max(smaller) > LARGEST:
        return None
    if not all(_runs_in_numpy(block) for block in blocks):
        return None
    work = sum(count * lapack_seconds(p, q) for count, p, q in (block.shape for block in blocks))
    seconds = frequencies * work / available_cores()
    kernels = {"sums" if isinstance(block, IndependentBlocks) else "matrices" for block in blocks}
    if not all(account.chooses_kernel(kernel, dtype, seconds) for kernel in sorted(kernels)):
        return None
    return tuple(SymbolSums.of(b) if isinstance(b, IndependentBlocks) else SymbolStacks(b) for b in blocks)


def _runs_in_numpy(block: IndependentBlocks | WholeSymbols) -> bool:
    """Tell whether a block's values may come from numpy, whatever library its numbers are in."""
    if isinstance(block, IndependentBlocks):
        return runs_in_numpy(block.multipliers)
    leaves = (step.operator for step in block.program.steps if not step.inputs)
    return all(is_numpy_array(getattr(leaf, "multipliers", None)) for leaf in leaves)


def kernel_values(matrices: NDArray[Any]) -> NDArray[Any]:
    """Return the singular values of finite complex matrices (b, m, n), descending: (b, min(m, n))."""
    from crystal_lfa.spectra.kernels.singular_values import KERNELS

    parts = np.ascontiguousarray(matrices).view(matrices.real.dtype).reshape(*matrices.shape, 2)
    # No smaller than numbers whose reciprocal is finite.
    exponents = np.maximum(np.frexp(np.abs(parts).max(axis=(1, 2, 3)))[1], np.finfo(parts.dtype).minexp)
    scaled = np.ldexp(parts, -exponents[:, None, None, None])
    found, diagonals, aboves, missing = KERNELS["matrices"](parts.dtype.name, scaled, _MOST_STEPS)
    _complete(found, diagonals, aboves, missing)
    values: NDArray[Any] = np.ldexp(found, exponents[:, None]).astype(parts.dtype, copy=False)
    return values


def _complete(
    values: NDArray[np.float64], diagonals: NDArray[np.float64], aboves: NDArray[np.float64], missing: NDArray[np.bool_]
) -> None:
    """Write by LAPACK the singular values of those bidiagonal matrices that a kernel has given up."""
    rows = values.reshape(len(diagonals), -1)
    for number in np.flatnonzero(missing):
        bidiagonal = np.diag(diagonals[number]) + np.diag(aboves[number, :-1], 1)
        rows[number] = np.linalg.svd(bidiagonal, compute_uv=False)


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
