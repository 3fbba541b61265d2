"""Running a plan: the only loop over frequencies."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from queue import SimpleQueue
from threading import Lock
from typing import Any, Protocol, runtime_checkable
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies.plan import Plan
from crystal_lfa.frequencies.progress import Progress, as_progress

__all__ = ["available_cores", "run_chunk", "run_into", "run_plan", "single_blas_thread"]

_Outcome = tuple[NDArray[np.int64], Any]
"""The numbers of a chunk, and what a task returned there."""

Task = Callable[[NDArray[np.int64]], Any]
Sink = Callable[[NDArray[np.int64], Any], object]


def available_cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _SingleBlasThread:
    """Holds BLAS to one thread while anyone is inside: with more, LAPACK on small matrices is several times slower.

    The setting belongs to the process, not to a call: of calls that overlap in several threads, which may be workers of
    a foreign executor, the first sets it and the last puts it back. So every chunk is computed in the same way.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._modules = 0
        self._controller: Any = None
        self._limits: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                # Looking for libraries can take a quarter of a chunk's time, and they come with modules.
                if self._modules != len(sys.modules):
                    self._controller = ThreadpoolController()
                    self._modules = len(sys.modules)
                self._limits = self._controller.limit(limits=1, user_api="blas")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                # threadpoolctl lets the thread that set a limit alone change it, until it is told that this is over.
                self._let_anyone_set(force=True)
                self._limits.restore_original_limits()
                self._let_anyone_set(force=False)

    def _let_anyone_set(self, *, force: bool) -> None:
        for library in self._controller.lib_controllers:
            if hasattr(library, "clear_controlling_thread"):
                library.clear_controlling_thread(force=force)


single_blas_thread = _SingleBlasThread()
"""A context; for many runs in succession, and what is done between them."""


class Chunked(Protocol):
    """What is worked through in chunks: the frequencies of a torus (`Plan`), or a list of them (`Chunks`)."""

    @property
    def total(self) -> int:
        """How many frequencies there are."""

    @property
    def concurrency(self) -> int:
        """How many chunks may be in work at one time."""

    @property
    def alone(self) -> bool:
        """Whether there is so little to do that one thread of this process does it."""

    def __len__(self) -> int: ...

    def chunks(self) -> Iterator[range]:
        """Yield the consecutive numbers that each chunk spans."""

    def visited(self, span: range) -> NDArray[np.int64]:
        """Return the numbers to visit in a chunk."""

    def within(self, span: range) -> Chunked:
        """Return what a chunk needs of the plan."""


@runtime_checkable
class Divisible(Protocol):
    """A task with tables over all frequencies, of which a chunk needs its own alone."""

    def part(self, numbers: NDArray[np.int64]) -> Task:
        """Return the task that does the same at these frequencies, and holds no more than that needs."""


@dataclass(frozen=True, slots=True)
class _Work:
    """A task as it travels to a worker, which may be a thread of this process or another process."""

    plan: Chunked
    task: Task

    def __call__(self, span: range) -> tuple[NDArray[np.int64], Any]:
        numbers = self.plan.visited(span)
        if not numbers.size:
            return numbers, None
        with single_blas_thread:
            return numbers, self.task(numbers)

    def __repr__(self) -> str:
        # What clusters call it: the numbers of an operator would make a long and slow name.
        return f"{type(self.task).__name__.lstrip('_')} of {self.plan.total} frequencies"

    def __dask_tokenize__(self) -> str:
        # Dask would hash all that the task holds into a name, which can take longer than the task.
        return uuid4().hex

    def part(self, span: range) -> _Work:
        """Return the work at one chunk without what others need: it may have far to travel."""
        task: Any = self.task
        part = task.part(self.plan.visited(span)) if isinstance(task, Divisible) else task
        return replace(self, plan=self.plan.within(span), task=part)


def run_chunk(plan: Plan, task: Task, number: int) -> tuple[NDArray[np.int64], Any]:
    """Return (numbers, task(numbers)) of the chunk that holds one frequency, the same bits as in a whole run."""
    start = number - number % plan.chunk
    return _Work(plan, task)(range(start, min(start + plan.chunk, plan.total)))


def run_plan(
    plan: Chunked, task: Task, *, executor: Executor | None = None, progress: Progress = False
) -> Iterator[tuple[NDArray[np.int64], Any]]:
    """Yield (numbers, task(numbers)) for every chunk of frequencies, in the order in which they are done.

    Parameters
    ----------
    plan : Plan or Chunks
    task : callable
        Gets the numbers of the frequencies of a chunk; travels by pickle where the executor's workers are
        processes, of a `Divisible` one the part that the chunk needs.
    executor : concurrent.futures.Executor, optional
        Any; default threads of this process, one a core. It is not shut down.
    progress : bool or callable(done, total)
        Counts frequencies, of a torus all of them, those saved by symmetry included.
    """
    if executor is not None and not callable(getattr(executor, "submit", None)):
        message = f"executor: got {executor!r}; an object with the interface of concurrent.futures.Executor is needed"
        raise InvalidArgumentError(message)
    report = as_progress(progress)
    work = _Work(plan, task)
    workers = 1 if plan.alone else min(available_cores(), plan.concurrency, len(plan))
    done = 0
    with single_blas_thread:
        for span, (numbers, result) in _finished(plan, work, executor, workers):
            if numbers.size:
                yield numbers, result
            done += len(span)
            report(done, plan.total)


def run_into(
    plan: Chunked, task: Task, sink: Sink, *, executor: Executor | None = None, progress: Progress = False
) -> None:
    """Hand (numbers, task(numbers)) of every chunk to `sink`: from own threads where it was computed, side by side.

    Copying a large result into its place then takes no time from the thread that hands out the work.

    Parameters
    ----------
    plan, task, executor, progress
        As of `run_plan`.
    sink : callable(numbers, result)
        May be called by several threads at once, with different numbers.
    """
    here = executor is None
    done = run_plan(plan, _Delivered(task, sink) if here else task, executor=executor, progress=progress)
    for numbers, result in done:
        if not here:
            sink(numbers, result)


@dataclass(frozen=True, slots=True, eq=False)
class _Delivered:
    """A task whose results are put into their places by the thread that computed them."""

    task: Task
    sink: Sink

    def __call__(self, numbers: NDArray[np.int64]) -> None:
        """Do the work at these frequencies."""
        self.sink(numbers, self.task(numbers))


def _finished(plan: Chunked, work: _Work, executor: Executor | None, workers: int) -> Iterator[tuple[range, _Outcome]]:
    """Yield every chunk with what its work returned, from this thread, own threads or a foreign executor."""
    if executor is not None:
        yield from _as_completed(plan, work.part, executor, plan.concurrency)
    elif workers == 1:
        yield from ((span, work(span)) for span in plan.chunks())
    else:
        yield from _side_by_side(plan, work, workers)


def _side_by_side(plan: Chunked, work: _Work, workers: int) -> Iterator[tuple[range, _Outcome]]:
    """Yield every chunk with what its work returned, from this thread and `workers` - 1 others.

    For these one chunk more than they work on is always submitted: to wake a thread without work can take as
    long as a small chunk. None of them waits for this thread, which may not come back.
    """
    done: SimpleQueue[Future[_Outcome]] = SimpleQueue()
    pending: dict[Future[_Outcome], range] = {}
    spans = plan.chunks()
    with ThreadPoolExecutor(workers - 1) as pool:
        try:
            while True:
                for span in islice(spans, workers - len(pending)):
                    future = pool.submit(work, span)
                    pending[future] = span
                    future.add_done_callback(done.put)
                own = next(spans, None)
                if own is None:
                    break
                yield own, work(own)
                while not done.empty():
                    finished = done.get()
                    yield pending.pop(finished), finished.result()
            # What nobody has begun.
            for future, span in [*pending.items()]:
                if future.cancel():
                    del pending[future]
                    yield span, work(span)
            while pending:
                finished = done.get()
                if finished in pending:
                    yield pending.pop(finished), finished.result()
        finally:
            for future in pending:
                future.cancel()


def _as_completed(
    plan: Chunked, work: Callable[[range], _Work], executor: Executor, flight: int
) -> Iterator[tuple[range, _Outcome]]:
    """Keep up to `flight` chunks submitted, so that the budget holds; `work` gives what is submitted for a chunk."""
    # concurrent.futures.wait, interrupted from the keyboard at the wrong moment, leaves locks behind on which workers
    # hang; a queue does not.
    done: SimpleQueue[Future[_Outcome]] = SimpleQueue()
    pending: dict[Future[_Outcome], range] = {}
    try:
        for span in plan.chunks():
            future = executor.submit(work(span), span)
            pending[future] = span
            future.add_done_callback(done.put)
            while len(pending) >= flight:
                finished = done.get()
                yield pending.pop(finished), finished.result()
        while pending:
            finished = done.get()
            yield pending.pop(finished), finished.result()
    finally:
        for future in pending:
            future.cancel()
