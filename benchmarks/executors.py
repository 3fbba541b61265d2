"""The same work on threads, processes and a cluster: how many tasks, what travels with each, how long all take.

A convolution of 64 channels with 3 x 3 kernels on 64 x 64 pixels, a two-grid error propagator of the 2-d Laplacian on
512 x 512, and an operator on a torus, all of whose symbols are known: 64 x 64 of 32 x 32. As many workers as asked for,
each with one thread of BLAS; every executor does the work once before it is timed, then all in turn. Bytes are those of
one pickled task, its numbers included, and of one pickled result: the median of all tasks.

    python benchmarks/executors.py [--workers 2] [--repeats 5] [--threads-only]

Where a cluster of `dask.distributed` is not installed, it is left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import multiprocessing
import pickle
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import numpy as np
from summaries import spread, totals
from timing import interleaved, whole

import crystal_lfa as lfa

Call = Callable[[Executor | None], Any]


class Scale(Executor):
    """Does the work at once and weighs it: the bytes of every task, and of what it returns."""

    def __init__(self) -> None:
        self.there: list[int] = []
        self.back: list[int] = []

    def submit(self, work: Any, *arguments: Any) -> Any:
        """Return a future that is done."""
        result = work(*arguments)
        self.there.append(len(pickle.dumps((work, arguments))))
        self.back.append(len(pickle.dumps(result)))
        future: Future[Any] = Future()
        future.set_result(result)
        return future


def layer(channels: int) -> lfa.CrystalOperator:
    """Return a convolution with random 3 x 3 kernels."""
    return lfa.cnn.conv(np.random.default_rng(0).standard_normal((channels, channels, 3, 3)))


def two_grid() -> lfa.Operator:
    """Return an error propagator: Jacobi, bilinear interpolation, its adjoint, the Galerkin operator."""
    A = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    identity = lfa.identity(A.domain)
    S = identity - 0.8 * A.diagonal().inv() @ A
    P = lfa.interpolation(A.domain, 2)
    return S @ (identity - P @ (P.H @ A @ P).inv() @ P.H @ A) @ S


def calls() -> dict[str, Call]:
    """Return what is measured, each a function of the executor."""
    convolution, method = layer(64), two_grid()
    coarse = lfa.lattices.integer(2).torus(512, twist=0.5)
    table = lfa.svd(layer(32), (64, 64)).clip(0.5, 4.0).to_operator()
    return {
        "layer, svdvals": lambda executor: lfa.svdvals(convolution, (64, 64), executor=executor),
        "layer, svd": lambda executor: lfa.svd(convolution, (64, 64), executor=executor),
        "two-grid, spectral_radius": lambda executor: lfa.spectral_radius(method, coarse, executor=executor),
        "two-grid, eig": lambda executor: lfa.eig(method, coarse, executor=executor),
        "on a torus, svdvals": lambda executor: lfa.svdvals(table, executor=executor),
    }


@contextmanager
def contenders(workers: int, *, threads_only: bool) -> Iterator[dict[str, Executor | None]]:
    """Yield the executors by name."""
    with ExitStack() as stack:
        found: dict[str, Executor | None] = {"threads": stack.enter_context(ThreadPoolExecutor(workers))}
        if not threads_only:
            spawning = multiprocessing.get_context("spawn")
            found["processes"] = stack.enter_context(ProcessPoolExecutor(workers, mp_context=spawning))
            if importlib.util.find_spec("distributed"):
                found["dask"] = stack.enter_context(cluster(workers))
        yield found


@contextmanager
def cluster(workers: int) -> Iterator[Executor]:
    """Yield the executor of a cluster on this machine, one thread a worker."""
    from distributed import Client, LocalCluster

    options = {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, **options) as here,
        Client(here) as client,
        client.get_executor() as executor,
    ):
        yield executor


def timed(call: Call, executors: dict[str, Executor | None], repeats: int) -> dict[str, float]:
    """Return the median seconds on every executor."""
    seconds = interleaved({name: whole(partial(call, executor)) for name, executor in executors.items()}, repeats)
    return {name: spread(totals(seconds, name))[0] for name in executors}


def main() -> None:
    """Weigh, time and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads-only", action="store_true")
    arguments = parser.parse_args()
    with contenders(arguments.workers, threads_only=arguments.threads_only) as executors:
        columns = "".join(f"{name:>22}" for name in executors)
        print(f"{'':26}{'tasks':>7}{'bytes there':>13}{'bytes back':>12}{columns}")
        for name, call in calls().items():
            scale = Scale()
            call(scale)
            there, back = (int(statistics.median(sizes)) for sizes in (scale.there, scale.back))
            times = timed(call, executors, arguments.repeats)
            shares = "".join(f"{t:>12.3f} s  ({t / times['threads']:4.2f})" for t in times.values())
            print(f"{name:26}{len(scale.there):>7}{there:>13}{back:>12}{shares}", flush=True)


if __name__ == "__main__":
    main()
