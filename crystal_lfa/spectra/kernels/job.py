"""What a job hands to the kernels, if it is one for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import is_numpy_array
from numpy.typing import NDArray

from crystal_lfa.frequencies import WaveFunctions, available_cores
from crystal_lfa.geometry import Torus
from crystal_lfa.operators import CrystalOperator, IndependentBlocks, WholeSymbols
from crystal_lfa.operators.arrays import runs_in_numpy, to_complex
from crystal_lfa.spectra.kernels.choice import LARGEST, account, lapack_seconds
from crystal_lfa.spectra.kernels.matrices import kernel_values
from crystal_lfa.spectra.kernels.symbol_sums import SymbolSums
from crystal_lfa.spectra.stacks import finite

__all__ = ["LANES", "SymbolStacks", "SymbolSums", "suits_kernel", "values_by_kernels", "whole_sums"]

LANES = 8
"""A multiple of how many matrices kernels work on at once, on usual processors."""

_TIMES = {"values": 1.0, "factors": 2.5, "eigenvalues": 5.0}
"""How many times longer LAPACK takes for what a kernel does than for singular values."""


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
        """Return what a symbol and all its parts take, and the scaled copy."""
        return self.symbols.working_bytes(itemsize) + itemsize * math.prod(self.shape)

    def fixed_bytes(self, itemsize: int) -> int:
        """Return what all multipliers take."""
        return self.symbols.fixed_bytes(itemsize)

    def values(self, waves: WaveFunctions) -> NDArray[Any]:
        """Return the singular values at a batch of frequencies, descending: (b, 1, min(m, n))."""
        return kernel_values(finite(self.symbols.symbols(waves)[:, 0]))[:, None]


def values_by_kernels(
    blocks: tuple[IndependentBlocks | WholeSymbols, ...], frequencies: int, dtype: str, torus: Torus | None = None
) -> tuple[SymbolSums | SymbolStacks, ...] | None:
    """Return blocks as kernels take them, if the singular values at so many frequencies are a job for kernels.

    Parameters
    ----------
    dtype : the name of the real type that is computed in
    torus : Torus, optional
        The one whose frequencies they are.
    """
    smaller = [min(block.shape[1:]) for block in blocks]
    if not blocks or max(smaller) > LARGEST:
        return None
    if not all(_runs_in_numpy(block) for block in blocks):
        return None
    work = sum(count * lapack_seconds(p, q) for count, p, q in (block.shape for block in blocks))
    seconds = frequencies * work / available_cores()
    kernels = ("values", "waves") if any(isinstance(block, IndependentBlocks) for block in blocks) else ("values",)
    if not all(account.chooses_kernel(kernel, dtype, seconds) for kernel in kernels):
        return None
    return tuple(_sums(b, torus) if isinstance(b, IndependentBlocks) else SymbolStacks(b) for b in blocks)


def _sums(block: IndependentBlocks, torus: Torus | None) -> SymbolSums:
    sums = SymbolSums.of(block)
    return sums if torus is None else sums.on(torus)


def whole_sums(symbols: WholeSymbols, torus: Torus) -> SymbolSums | None:
    """Return symbols that suit a kernel as sums, undivided, if they are those of an operator of finite range."""
    operator = symbols.program.steps[-1].operator
    if not isinstance(operator, CrystalOperator) or not len(operator.offsets):
        return None
    multipliers = to_complex(operator.multipliers, symbols.dtype)
    return _sums(IndependentBlocks(operator.offsets, multipliers[:, None]), torus)


def _runs_in_numpy(block: IndependentBlocks | WholeSymbols) -> bool:
    """Tell whether a block's values may come from numpy, whatever library its numbers are in."""
    if isinstance(block, IndependentBlocks):
        return runs_in_numpy(block.multipliers)
    leaves = (step.operator for step in block.program.steps if not step.inputs)
    return all(is_numpy_array(getattr(leaf, "multipliers", None)) for leaf in leaves)


def suits_kernel(kernel: str, symbols: WholeSymbols, frequencies: int) -> bool:
    """Return whether what a kernel does to the symbols at so many frequencies is a job for it."""
    _, m, n = symbols.shape
    if min(m, n) > LARGEST or not _runs_in_numpy(symbols):
        return False
    single = to_complex(np.zeros(0), symbols.dtype).itemsize == 8
    seconds = _TIMES[kernel] * frequencies * lapack_seconds(m, n) / available_cores()
    return account.chooses_kernel(kernel, "float32" if single else "float64", seconds)
