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
from crystal_lfa.operators.arrays import constant_like, quiet_overflow, to_complex, to_numpy, without_gradient
from crystal_lfa.spectra.kernels.job import LANES, suits_kernel, whole_sums
from crystal_lfa.spectra.kernels.matrices import FactorTables, kernel_factors
from crystal_lfa.spectra.kernels.symbol_sums import SymbolSums
from crystal_lfa.spectra.stacks import finite
from crystal_lfa.spectra.symbol_work import SymbolWork

__all__ = ["FactorTask", "FactorsInPlace", "SymbolFactors"]


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
        if self.sums is None:
            # The symbol, the copy that LAPACK destroys and its work space.
            working = self.symbols.working_bytes(itemsize) + 3 * itemsize * m * n + 64
        else:
            working = self.sums.working_bytes(itemsize)
        # The factors and their conjugates.
        working += 2 * factors
        kept = factors if keep else 0
        return Cost(working, itemsize // 2 * r + kept, self.symbols.fixed_bytes(itemsize), together=LANES)

    def __call__(self, numbers: NDArray[np.int64]) -> tuple[Any, Any, Any]:
        """Return U (b, m, r), the singular values (b, r), descending, and V^H (b, r, n)."""
        if self.sums is not None:
            _, m, n = self.symbols.shape
            tables = FactorTables.of_batch(len(numbers), m, n, to_complex(np.zeros(0), self.symbols.dtype).dtype)
            return tables.u, self.fill(self.sums, numbers, self._own(numbers), tables), tables.vh
        with quiet_overflow():
            symbols = self._symbols(numbers)
            u, s, vh = _by_kernel(symbols) if self.batched else _svd(symbols)
            finite(s)
        own = self._own(numbers)
        if own.size:
            places = constant_like(own, symbols)
            for factor, exact in zip((u, s, vh), self._exact(numbers[own], real=True), strict=True):
                factor[places, ...] = array_namespace(exact).astype(exact, factor.dtype)
        return u, s, vh

    def fill(
        self, sums: SymbolSums, numbers: NDArray[np.int64], own: NDArray[np.int64], tables: FactorTables
    ) -> NDArray[Any]:
        """Write U and V^H of symbols that are sums into tables; return the singular values (b, r), descending.

        At the places `own` the symbols of a real problem are real.
        """
        with quiet_overflow():
            values, missing = sums.factors(TorusWaves(self.torus, numbers), tables)
            self._correct(numbers, missing, values, tables)
            finite(values)
        self._correct(numbers, own, values, tables, real=True)
        return values

    def _correct(
        self,
        numbers: NDArray[np.int64],
        places: NDArray[np.int64],
        values: NDArray[Any],
        tables: FactorTables,
        *,
        real: bool = False,
    ) -> None:
        """Write by LAPACK what belongs to some places."""
        if places.size:
            u, values[places], vh = self._exact(numbers[places], real=real)
            tables.put(places, u, vh)

    def _own(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the places of frequencies at which the symbols of a real problem are real."""
        if not self.real:
            return np.empty(0, dtype=np.int64)
        return np.flatnonzero(self.torus.conjugate_frequencies(numbers) == numbers)

    def _symbols(self, numbers: NDArray[np.int64]) -> Any:
        symbols = self.symbols.program(TorusWaves(self.torus, numbers), self.symbols.dtype)
        return finite(without_gradient(symbols))

    def _exact(self, numbers: NDArray[np.int64], *, real: bool) -> tuple[Any, Any, Any]:
        """Return the factors by LAPACK; of symbols that are real, real ones."""
        symbols = self._symbols(numbers)
        return _svd(array_namespace(symbols).real(symbols) if real else symbols)


@dataclass(frozen=True, slots=True, eq=False)
class FactorsInPlace:
    """The work at a chunk of frequencies, written where it belongs: no copies of what is much.

    Attributes
    ----------
    task : FactorTask
    sums : SymbolSums
        Its symbols.
    u, values, vh : (order, m, r), (order, r), (order, r, n) numpy arrays
    """

    task: FactorTask
    sums: SymbolSums
    u: NDArray[Any]
    values: NDArray[Any]
    vh: NDArray[Any]

    @classmethod
    def of(cls, task: FactorTask, sums: SymbolSums) -> FactorsInPlace:
        """Return the work with empty arrays."""
        _, m, n = task.symbols.shape
        order, r = task.torus.order, min(m, n)
        number = to_complex(np.zeros(0), task.symbols.dtype)
        room = np.empty((order, m, r), number.dtype), np.empty((order, r), number.real.dtype)
        return cls(task, sums, *room, np.empty((order, r, n), number.dtype))

    def __call__(self, numbers: NDArray[np.int64]) -> None:
        """Do the work at these frequencies, of a real problem at the opposite ones too."""
        none = np.empty(0, dtype=np.int64)
        others = self.task.torus.conjugate_frequencies(numbers) if self.task.real else none
        own = np.flatnonzero(others == numbers) if self.task.real else none
        values = self.task.fill(self.sums, numbers, own, FactorTables(self.u, self.vh, numbers, others))
        self.values[numbers] = values
        self.values[others] = values[: len(others)]


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
