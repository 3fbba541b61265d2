"""The singular value decompositions of symbols: kept, or computed again chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from crystal_lfa.frequencies import Cost, Plan, Progress, TorusWaves, run_chunk, run_plan
from crystal_lfa.operators.arrays import constant_like, quiet_overflow, to_numpy, without_gradient
from crystal_lfa.spectra.kernels.job import LANES, suits_kernel, whole_sums
from crystal_lfa.spectra.kernels.matrices import kernel_factors
from crystal_lfa.spectra.kernels.symbol_sums import SymbolSums
from crystal_lfa.spectra.stacks import finite
from crystal_lfa.spectra.symbol_work import SymbolWork

__all__ = ["FactorTask", "SymbolFactors"]


@dataclass(frozen=True, slots=True, eq=False)
class FactorTask(SymbolWork):
    r"""The work at a chunk of frequencies: :math:`L_\kappa = U S V^H`.

    Attributes
    ----------
    torus : Torus
    symbols : WholeSymbols
    real : bool
        Whether the problem is real: where kappa and -kappa are one frequency, so are then U and V.
    batched : bool
        Whether a kernel decomposes; else LAPACK.
    sums : SymbolSums, optional
        The symbols as a kernel sums them.
    """

    real: bool
    batched: bool = False
    sums: SymbolSums | None = None

    def decided(self) -> FactorTask:
        """Return the same task, done by a kernel if it is a job for one."""
        frequencies = self.torus.order // (2 if self.real else 1)
        batched = suits_kernel("factors", self.symbols, frequencies)
        return replace(self, batched=batched, sums=whole_sums(self.symbols, self.torus) if batched else None)

    def cost(self, itemsize: int, *, keep: bool) -> Cost:
        """Return the bytes that a frequency takes."""
        _, m, n = self.symbols.shape
        r = min(m, n)
        factors = itemsize * (m * r + r * n)
        # The symbol, the copy that LAPACK destroys and its work space, the factors, and their conjugates.
        working = self.symbols.working_bytes(itemsize) + 3 * itemsize * m * n + 2 * factors + 64
        kept = factors if keep else 0
        return Cost(working, itemsize // 2 * r + kept, self.symbols.fixed_bytes(itemsize), together=LANES)

    def __call__(self, numbers: NDArray[np.int64]) -> tuple[Any, Any, Any]:
        """Return U (b, m, r), the singular values (b, r), descending, and V^H (b, r, n)."""
        waves = TorusWaves(self.torus, numbers)
        with quiet_overflow():
            if self.sums is not None:
                u, s, vh, missing = self.sums.factors(waves)
                self._complete(numbers, missing, (u, s, vh))
            else:
                symbols = self._symbols(numbers)
                u, s, vh = _by_kernel(symbols) if self.batched else _svd(symbols)
            finite(s)
        if self.real:
            own = np.flatnonzero(self.torus.conjugate_frequencies(numbers) == numbers)
            if own.size:
                self._complete(numbers, own, (u, s, vh), real=True)
        return u, s, vh

    def _symbols(self, numbers: NDArray[np.int64]) -> Any:
        symbols = self.symbols.program(TorusWaves(self.torus, numbers), self.symbols.dtype)
        return finite(without_gradient(symbols))

    def _complete(
        self,
        numbers: NDArray[np.int64],
        places: NDArray[np.int64],
        factors: tuple[Any, Any, Any],
        *,
        real: bool = False,
    ) -> None:
        """Write by LAPACK what belongs to some places; of symbols that are real, real factors."""
        if not places.size:
            return
        symbols = self._symbols(numbers[places])
        xp = array_namespace(symbols)
        for factor, exact in zip(factors, _svd(xp.real(symbols) if real else symbols), strict=True):
            factor[constant_like(places, symbols), ...] = xp.astype(exact, factor.dtype)


def _by_kernel(matrices: Any) -> tuple[Any, Any, Any]:
    u, s, vh = (constant_like(factor, matrices) for factor in kernel_factors(to_numpy(matrices)))
    return u, s, vh


def _svd(matrices: Any) -> tuple[Any, Any, Any]:
    xp = array_namespace(matrices)
    u, s, vh = xp.linalg.svd(matrices, full_matrices=False)
    return u, s, vh


@dataclass(frozen=True, slots=True, eq=False)
class SymbolFactors:
    """U and V^H of every symbol on a torus.

    Attributes
    ----------
    task : FactorTask
    plan : Plan
        By which they were computed, and are again: the same chunks give the same bits.
    u, vh : (order, m, r) and (order, r, n) arrays, or None where they are not kept
    """

    task: FactorTask
    plan: Plan
    u: Any = None
    vh: Any = None

    @property
    def kept(self) -> bool:
        """Whether the factors are in memory."""
        return self.u is not None

    def at(self, number: int) -> tuple[Any, Any]:
        """Return U (m, r) and V^H (r, n) at one frequency."""
        if self.kept:
            return self.u[number, ...], self.vh[number, ...]
        visited = number
        if self.plan.halved:
            visited = min(number, int(self.plan.torus.conjugate_frequencies([number])[0]))
        numbers, (u, _, vh) = run_chunk(self.plan, self.task, visited)
        place = int(np.searchsorted(numbers, visited))
        xp = array_namespace(u)
        one, other = u[place, ...], vh[place, ...]
        return (one, other) if visited == number else (xp.conj(one), xp.conj(other))

    def portions(
        self, executor: Executor | None = None, progress: Progress = False
    ) -> Iterator[tuple[NDArray[np.int64], Any, Any]]:
        """Yield (numbers, U, V^H) until every frequency has come once."""
        if self.kept:
            for span in self.plan.chunks():
                piece = slice(span.start, span.stop)
                yield np.arange(span.start, span.stop), self.u[piece, ...], self.vh[piece, ...]
            return
        for numbers, (u, _, vh) in run_plan(self.plan, self.task, executor=executor, progress=progress):
            yield numbers, u, vh
            if self.plan.halved:
                yield from self._mirrored(numbers, u, vh)

    def _mirrored(self, numbers: NDArray[np.int64], u: Any, vh: Any) -> Iterator[tuple[NDArray[np.int64], Any, Any]]:
        """Yield the factors at -kappa of a real problem, those of self-conjugate frequencies left out."""
        others = self.plan.torus.conjugate_frequencies(numbers)
        pairs = np.flatnonzero(others != numbers)
        if pairs.size:
            xp = array_namespace(u)
            places = constant_like(pairs, u)
            yield others[pairs], xp.conj(u[places, ...]), xp.conj(vh[places, ...])
