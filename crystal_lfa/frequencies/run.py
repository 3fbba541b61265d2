"""Running a plan: the only loop over frequencies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies.plan import Plan
from crystal_lfa.frequencies.progress import Progress, as_progress

__all__ = ["available_cores", "run_plan"]

Task = Callable[[NDArray[np.int64]], Any]


def available_cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_blas_limit = Lock()
"""Held by the call that has set the limit: the setting belongs to the process, not to a call."""


@contextmanager
def _single_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread a worker: with more, LAPACK on small matrices is several times slower.

    Of calls that overlap in several threads the first sets the limit and puts it back, since threadpoolctl lets no
    other thread do that; calls that outlast it are slower then, and nothing else.
    """
    if not _blas_limit.acquire(blocking=False):
        yield
        return
    try:
        with threadpool_limits(limits=1, user_api="blas"):
            yield
    finally:
        _blas_limit.release()


@dataclass(frozen=True, slots=True)
class _Work:
    """A task as it travels to a worker, which may be a thread of this process or another process."""

    plan: Plan
    task: Task
    process: int

    def __call__(self, span: range) -> tuple[NDArray[np.int64], Any]:
        numbers = self.plan.visited(span)
        if not numbers.size:
            return numbers, None
        # The limit of this process is already set; setting it again from several threads would race.
        here = os.getpid() == self.process
        with nullcontext() if here else _single_blas_thread():
            return numbers, self.task(numbers)


def run_plan(
    plan: Plan, task: Task, *, executor: Executor | None = None, progress: Progress = False
) -> Iterator[tuple[NDArray[np.int64], Any]]:
    """Yield (numbers, task(numbers)) for every chunk of frequencies, in the order in which they are done.

    Parameters
    ----------
    plan : Plan
    task : callable
        Gets the numbers of the frequencies of a chunk; travels by pickle where the executor's workers are
        processes.
    executor : concurrent.futures.Executor, optional
        Any; default threads of this process, one a core. It is not shut down.
    progress : bool or callable(done, total)
        Counts frequencies of the whole torus, those saved by symmetry included.
    """
    if executor is not None and not callable(getattr(executor, "submit", None)):
        message = f"executor: got {executor!r}; an object with the interface of concurrent.futures.Executor is needed"
        raise InvalidArgumentError(message)
    report = as_progress(progress)
    work = _Work(plan, task, os.getpid())
    workers = min(available_cores(), plan.concurrency, len(plan))
    done = 0
    with _single_blas_thread():
        for span, (numbers, result) in _finished(plan, work, executor, workers):
            if numbers.size:
                yield numbers, result
            done += len(span)
            report(done, plan.torus.order)


def _finished(
    plan: Plan, work: _Work, executor: Executor | None, workers: int
) -> Iterator[tuple[range, tuple[NDArray[np.int64], Any]]]:
    """Yield every chunk with what its work returned, from this thread, own threads or a foreign executor."""
    if executor is not None:
        yield from _as_completed(plan, work, executor, plan.concurrency)
    elif workers == 1:
        yield from ((span, work(span)) for span in plan.chunks())
    else:
        with ThreadPoolExecutor(workers) as pool:
            # One chunk more waits for a free thread; a foreign executor might already work on it.
            yield from _as_completed(plan, work, pool, workers + 1)


def _as_completed(
    plan: Plan, work: _Work, executor: Executor, flight: int
) -> Iterator[tuple[range, tuple[NDArray[np.int64], Any]]]:
    """Keep up to `flight` chunks submitted, so that the budget holds."""
    # concurrent.futures.wait, interrupted from the keyboard at the wrong moment, leaves locks behind on which workers
    # hang; a queue does not.
    done: SimpleQueue[Future[tuple[NDArray[np.int64], Any]]] = SimpleQueue()
    pending: dict[Future[tuple[NDArray[np.int64], Any]], range] = {}
    try:
        for span in plan.chunks():
            future = executor.submit(work, span)
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
