"""Singular values: of every symbol, so of the operator on a torus."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device
from numpy.typing import NDArray

from crystal_lfa.frequencies import (
    Cost,
    Progress,
    TorusWaves,
    as_progress,
    make_plan,
    parse_memory,
    run_into,
    single_blas_thread,
)
from crystal_lfa.geometry import Torus
from crystal_lfa.operators import IndependentBlocks, Operator, TorusOperator, WholeSymbols, independent_blocks
from crystal_lfa.operators.arrays import constant_like, quiet_overflow, read_only, to_complex
from crystal_lfa.operators.point_symmetries import naming_others, symmetric_plan
from crystal_lfa.operators.tables import Tables
from crystal_lfa.spectra.kernels.choice import kernel_seconds, lapack_seconds
from crystal_lfa.spectra.kernels.job import LANES, SymbolStacks, SymbolSums, values_by_kernels
from crystal_lfa.spectra.stacks import finite, values_of
from crystal_lfa.spectra.subject import on_torus

__all__ = ["svdvals"]


def svdvals(
    A: Operator | TorusOperator,
    N: Any = None,
    *,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> Any:
    r"""Return all singular values of an operator on a torus.

    The operator is block-diagonal in the Fourier basis, with the symbols
    :math:`L_\kappa = \sum_y m_y e^{2\pi i \kappa \cdot y}` as blocks: the singular values of all symbols are those of
    the operator. Where the operator is real and every twist 0 or 1/2, of each pair :math:`\pm\kappa` one is computed;
    of an operator with point symmetries that the torus has as well, one of all frequencies that these map to one
    another.

    Parameters
    ----------
    A : Operator or TorusOperator
    N : int, flat sequence of int, list of vectors (rows) or Torus
        Periods in coordinates of ``A.lattice``; or the torus of any lattice whose periods lie in it, such as
        that of the input pixels of a strided convolution. A TorusOperator has its own.
    memory : str or number, default "1GB"
        Upper limit, in bytes, on what the call allocates, result included.
    executor : concurrent.futures.Executor, optional
        Where the work is done; default threads, one a core.
    progress : bool or callable(done, total), default False
    dtype : float32, float64 or their complex twins, default float64
        Precision of the computation and the result.

    Returns
    -------
    (order, r) array in the library of the multipliers, r = min(codomain.size, domain.size)
        Row i, in descending order, belongs to ``A.lattice.torus(N).frequencies[i]``.

    Raises
    ------
    TorusError
        If the periods are singular, not integer, or not in ``A.lattice``.
    NotFiniteError
        If singular values are too large, or multipliers too large or too small, for the precision.
    InvalidArgumentError
        If `A` is not an operator, or an option has no meaning.
    MemoryBudgetError
        If `memory` cannot hold the result and one symbol.

    References
    ----------
    van Betteray, Rottmann, Kahl: LFA applied to CNNs (ECAI 2025), algorithm 1.

    Examples
    --------
    The kernel [2, 7, -1] on four points has the singular values abs(2 + 7 w - w^2), w = 1, i, -1, -i:

    >>> import crystal_lfa as lfa
    >>> line = lfa.lattices.integer(1)
    >>> A = lfa.CrystalOperator(line, line, {-1: 2, 0: 7, 1: -1})
    >>> lfa.svdvals(A, 4).ravel().round(6).tolist()
    [8.0, 7.615773, 6.0, 7.615773]
    """
    operator, torus = on_torus(A, N)
    blocks = independent_blocks(operator, dtype)
    task = _SymbolSingularValues(torus, blocks, min(operator.shape), _empty_symbol(operator, dtype))
    if task.is_constant:
        make_plan(torus, task.cost(), parse_memory(memory))
        return read_only(_repeated(task, torus.order, progress))
    halved = operator.is_real and torus.has_real_functions
    task = replace(task, batched=values_by_kernels(blocks, torus.order // (1 + halved), task.real_type, torus))
    plan = symmetric_plan(operator, torus, task.cost(), parse_memory(memory))
    tables = Tables(plan)
    with naming_others(plan):
        run_into(plan, task, tables.one, executor=executor, progress=progress)
    return read_only(constant_like(tables.arrays[0], task.empty_symbol) if task.batched else tables.arrays[0])


def _repeated(task: _SymbolSingularValues, order: int, progress: Progress) -> Any:
    """Return the values at one frequency for all of them."""
    with single_blas_thread:
        row = task(np.zeros(1, dtype=np.int64))
    as_progress(progress)(order, order)
    xp = array_namespace(row)
    return row + xp.zeros((order, 1), dtype=row.dtype, device=device(row))


@dataclass(frozen=True, slots=True, eq=False)
class _SymbolSingularValues:
    """The work at a chunk of frequencies: build the symbols, take their singular values.

    Attributes
    ----------
    batched : tuple, optional
        The blocks as kernels take them; without it the values come from LAPACK.
    """

    torus: Torus
    blocks: tuple[IndependentBlocks | WholeSymbols, ...]
    count: int
    empty_symbol: Any
    batched: tuple[SymbolSums | SymbolStacks, ...] | None = None

    @property
    def real_type(self) -> str:
        """The name of the type of the values."""
        return "float32" if self.empty_symbol.dtype.itemsize == 8 else "float64"

    @property
    def is_constant(self) -> bool:
        """Whether each block has one multiplier, as a 1 x 1 convolution has: a phase changes no singular value."""
        return bool(self.blocks) and all(isinstance(b, IndependentBlocks) and len(b.offsets) == 1 for b in self.blocks)

    def part(self, numbers: NDArray[np.int64]) -> _SymbolSingularValues:
        """Return the same task without what these frequencies do not need."""
        if self.batched:
            return replace(self, blocks=(), batched=tuple(block.part(numbers) for block in self.batched))
        return replace(self, blocks=tuple(block.part(numbers) for block in self.blocks))

    def cost(self) -> Cost:
        """Return the bytes that a frequency takes."""
        number = self.empty_symbol.dtype.itemsize
        used = self.batched or self.blocks
        working = [b.working_bytes(number) + 8 * b.shape[0] * min(b.shape[1:]) for b in used]
        beside = 0
        if not self.batched:
            # Of each symbol the copy that LAPACK destroys; values on their way into one row.
            working = [own + number * math.prod(b.shape) for own, b in zip(working, used, strict=True)]
            beside = 2 * number * self.count + 64
        takes = kernel_seconds if self.batched else lapack_seconds
        return Cost(
            working=max(working, default=0) + beside,
            result=number // 2 * self.count,
            fixed=sum(block.fixed_bytes(number) for block in used),
            together=LANES,
            seconds=sum(count * takes(p, q) for count, p, q in (block.shape for block in used)),
        )

    def __call__(self, numbers: NDArray[np.int64]) -> Any:
        """Return the singular values at these frequencies, descending: (numbers, count)."""
        waves = TorusWaves(self.torus, numbers)
        with quiet_overflow():
            if self.batched:
                parts = [_flat(finite(block.values(waves))) for block in self.batched]
            else:
                parts = [_flat(finite(values_of(finite(block.symbols(waves))))) for block in self.blocks]
        if len(parts) == 1 and parts[0].shape[1] == self.count and (self.batched or self.blocks)[0].shape[0] == 1:
            return parts[0]
        return self._merged(parts, len(numbers))

    def _merged(self, parts: list[Any], frequencies: int) -> Any:
        """Put the values of several blocks into one descending row, zeros for what is coupled to nothing."""
        like = parts[0] if parts else self.empty_symbol.real
        xp = array_namespace(like)
        missing = self.count - sum(part.shape[1] for part in parts)
        zeros = xp.zeros((frequencies, missing), dtype=like.dtype, device=device(like))
        if not parts:
            return zeros
        return xp.sort(xp.concat([*parts, zeros], axis=1), axis=1, descending=True)


def _empty_symbol(operator: Operator, dtype: Any) -> Any:
    """Return an array without entries, of the library, device and type in which symbols are computed."""
    multipliers = getattr(operator, "multipliers", np.zeros(0))
    xp = array_namespace(multipliers)
    return to_complex(xp.zeros(0, dtype=multipliers.dtype, device=device(multipliers)), dtype)


def _flat(values: Any) -> Any:
    xp = array_namespace(values)
    return xp.reshape(values, (values.shape[0], -1))
