"""Which symbols are visited, in which portions: decided before anything is computed.

A plan depends on the problem and the memory budget alone, never on the number of workers, so the same numbers
come out however they are computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError, MemoryBudgetError
from crystal_lfa.frequencies.budget import readable_bytes
from crystal_lfa.frequencies.reduction import Reduction
from crystal_lfa.geometry import Torus

__all__ = ["Chunks", "Cost", "Plan", "make_chunks", "make_plan"]

CHUNK_BYTES = 4_000_000
"""Aimed size of a chunk's working arrays: near the processor's cache, many times the cost of starting a chunk."""

WORKING_BYTES = 100_000_000
"""Upper limit of the working arrays of all chunks in work at one time."""

_LITTLE_SECONDS = 0.008
"""Of work in one thread: two threads take as long."""

_FEW_PARTS = 4
"""Of a symbol composed of more, chunks are twice as large."""

_USUAL_CHUNKS = 8
_FEW_FREQUENCIES = 1000
"""So many chunks at least, for several workers to end at about the same time, unless they hold fewer frequencies."""

_MOST_FREQUENCIES = 2**40
"""More would take years, however small their symbols are."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes that a computation takes, most of them for each frequency.

    Attributes
    ----------
    working : int
        While its symbol is worked on: the symbol, its copies and its wave functions.
    result : int
        In the result that is handed out.
    fixed : int
        Once, however many frequencies there are: multipliers in the type that is computed in.
    parts : int
        Of how many operators a symbol is composed: with many, a chunk costs more to begin.
    together : int
        How many symbols are worked on side by side, so that a chunk should hold a multiple of them.
    seconds : float, optional
        About how long one takes, where that is known.
    """

    working: int
    result: int
    fixed: int = 0
    parts: int = 1
    together: int = 1
    seconds: float | None = None

    def is_little(self, frequencies: int) -> bool:
        """Return whether so many take no longer than it takes to wake another thread and to share them with it."""
        if self.seconds is None:
            return frequencies * self.working <= CHUNK_BYTES
        return frequencies * self.seconds <= _LITTLE_SECONDS


@dataclass(frozen=True, slots=True)
class Plan:
    """The frequencies of a torus in chunks.

    Attributes
    ----------
    torus : Torus
    reduction : Reduction
        Which frequencies are visited: all, or of those that symmetries map to one another one each.
    chunk : int
        The number of consecutive frequencies a chunk spans; of those visited, where symmetries tell which they are.
    concurrency : int
        The number of chunks that may be in work at one time within the budget.
    alone : bool
        Whether there is so little to do that this process uses one thread.
    """

    torus: Torus
    reduction: Reduction
    chunk: int
    concurrency: int
    alone: bool = False

    @property
    def total(self) -> int:
        """The number of frequencies of the torus."""
        return self.torus.order

    @property
    def halved(self) -> bool:
        """Whether of each pair (kappa, -kappa) one frequency is visited, and nothing else is left out."""
        return self.reduction.halved and self.reduction.representatives is None

    @property
    def share(self) -> float:
        """The share of the torus's frequencies that is visited."""
        return self.reduction.share

    @property
    def visits(self) -> int:
        """About how many frequencies are visited."""
        return self.reduction.visits

    def __len__(self) -> int:
        return (self._counted + self.chunk - 1) // self.chunk

    @property
    def _counted(self) -> int:
        listed = self.reduction.representatives
        return self.total if listed is None else len(listed)

    def chunks(self) -> Iterator[range]:
        """Yield the consecutive frequency numbers that each chunk spans."""
        listed = self.reduction.representatives
        if listed is None:
            yield from _spans(self.total, self.chunk)
            return
        # As many visited ones in each, however they are spread: the first one has number 0.
        starts = [*listed[:: self.chunk].tolist(), self.total]
        yield from (range(start, stop) for start, stop in pairwise(starts))

    def visited(self, span: range) -> NDArray[np.int64]:
        """Return the numbers of the frequencies to visit in a chunk, ascending; none in some halved chunks."""
        return self.reduction.visited(span)

    def within(self, span: range) -> Plan:
        """Return what a chunk needs of this plan: it may have far to travel."""
        return replace(self, reduction=self.reduction.within(span))


@dataclass(frozen=True, slots=True)
class Chunks:
    """A list of frequencies, those of no torus, in chunks.

    Attributes
    ----------
    total : int
        How many there are.
    chunk, concurrency, alone
        As of `Plan`.
    """

    total: int
    chunk: int
    concurrency: int
    alone: bool = False

    def __len__(self) -> int:
        return (self.total + self.chunk - 1) // self.chunk

    def chunks(self) -> Iterator[range]:
        """Yield the consecutive places in the list that each chunk spans."""
        return _spans(self.total, self.chunk)

    def visited(self, span: range) -> NDArray[np.int64]:
        """Return the places in the list of a chunk: all of them."""
        return np.arange(span.start, span.stop, dtype=np.int64)

    def within(self, _span: range) -> Chunks:
        """Return what a chunk needs of this plan: all."""
        return self


def _spans(total: int, chunk: int) -> Iterator[range]:
    for start in range(0, total, chunk):
        yield range(start, min(start + chunk, total))


def make_chunks(total: int, cost: Cost, memory: int) -> Chunks:
    """Divide a list of frequencies so that result and working arrays stay within `memory` bytes.

    Raises
    ------
    MemoryBudgetError
        As `make_plan`.
    """
    little = cost.is_little(total)
    return Chunks(total, *_portions(total, cost, memory, little), alone=little)


def make_plan(torus: Torus, cost: Cost, memory: int, reduction: Reduction | None = None) -> Plan:
    """Divide the frequencies of a torus so that result and working arrays stay within `memory` bytes.

    Parameters
    ----------
    reduction : Reduction, optional
        Of this torus; default all frequencies are visited.

    Raises
    ------
    MemoryBudgetError
        If the result and the working arrays of a single symbol do not fit.
    """
    used = Reduction(torus) if reduction is None else reduction
    little = cost.is_little(used.visits)
    portions = _portions(torus.order, replace(cost, fixed=cost.fixed + used.held_bytes), memory, little)
    return Plan(torus, used, *portions, alone=little)


def _portions(total: int, cost: Cost, memory: int, little: bool) -> tuple[int, int]:
    """Return the size of a chunk, and how many may be in work at one time; little work is not shared out."""
    if total > _MOST_FREQUENCIES:
        raise InvalidArgumentError(f"N: got {total} frequencies; at most {_MOST_FREQUENCIES} can be visited")
    result = total * cost.result
    needed = result + cost.fixed + cost.working
    if needed > memory:
        message = (
            f"memory: {readable_bytes(memory)} cannot hold the result ({readable_bytes(result)} for {total} "
            f"frequencies) and one symbol's working arrays ({readable_bytes(cost.fixed + cost.working)}); "
            f"at least {needed} bytes are needed"
        )
        raise MemoryBudgetError(message)
    available = memory - result - cost.fixed
    aim = min(CHUNK_BYTES * (2 if cost.parts > _FEW_PARTS else 1), available)
    chunk = max(1, aim // cost.working)
    if not little:
        chunk = min(chunk, max(_FEW_FREQUENCIES, total // _USUAL_CHUNKS))
    rounded = -(-chunk // cost.together) * cost.together
    chunk = min(rounded if rounded * cost.working <= available else chunk, total)
    at_once = min(max(WORKING_BYTES, chunk * cost.working), available)
    return chunk, max(1, at_once // (chunk * cost.working))
