"""Any executor does the work, to the same bits: threads, processes, a cluster of which workers die."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import crystal_lfa as lfa
from crystal_lfa.operators import independent_blocks

CHUNK_BYTES = 20_000
"""So that even these problems have several chunks."""


def layer(stride: int = 1) -> lfa.CrystalOperator:
    return lfa.cnn.conv(np.random.default_rng(7).standard_normal((6, 6, 3, 3)), stride=stride)


def two_grid() -> lfa.Operator:
    A = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    identity = lfa.identity(A.domain)
    P = lfa.interpolation(A.domain, 2)
    smoother = identity - 0.8 * A.diagonal().inv() @ A
    return smoother @ (identity - P @ (P.H @ A @ P).inv() @ P.H @ A) @ smoother


def table() -> lfa.TorusOperator:
    return lfa.svd(layer(), (14, 12)).clip(0.5, 4.0).to_operator()


SUBJECTS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "a convolution": lambda: (layer(), (16, 15)),
    "a strided convolution": lambda: (layer(stride=2), (16, 14)),
    "composed, with an inverse": lambda: (two_grid(), two_grid().lattice.torus([[24, 3], [0, 12]], twist=0.5)),
    "on a torus": lambda: (table(), None),
}


def svdvals(A: Any, N: Any, **options: Any) -> list[Any]:
    return [lfa.svdvals(A, N, **options)]


def svd_kept(A: Any, N: Any, **options: Any) -> list[Any]:
    found = lfa.svd(A, N, keep=True, **options)
    return [found.values, found.u, found.vh]


def svd_not_kept(A: Any, N: Any, **options: Any) -> list[Any]:
    """Return what a derived decomposition does to a function, its factors computed again."""
    found = lfa.svd(A, N, keep=False, **options).pinv(1e-3).clip(0.1, 2.0)
    x = np.random.default_rng(1).standard_normal((3, found.torus.order, found.domain.size))
    y = found.apply(x, **options)
    return [found.values, y, found.solve(y, **options)]


def eigvals(A: Any, N: Any, **options: Any) -> list[Any]:
    return [lfa.eigvals(A, N, **options)]


def eig(A: Any, N: Any, **options: Any) -> list[Any]:
    found = lfa.eig(A, N, **options)
    return [found.values, found.symbol_vectors]


def norm(A: Any, N: Any, **options: Any) -> list[Any]:
    found = lfa.norm(A, N, **options)
    return [found.value, found.frequency]


def spectral_radius(A: Any, N: Any, **options: Any) -> list[Any]:
    found = lfa.spectral_radius(A, N, **options)
    return [found.value, found.frequency]


CALLS = [svdvals, svd_kept, svd_not_kept, eigvals, eig, norm, spectral_radius]

PAIRS = [
    pytest.param(call, name, id=f"{call.__name__}-{name}")
    for call in CALLS
    for name in SUBJECTS
    if name != "a strided convolution" or call in {svdvals, svd_kept, svd_not_kept, norm}
]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crystal_lfa.frequencies.plan.CHUNK_BYTES", CHUNK_BYTES)


class Counting(Executor):
    """Hands everything on to an executor, and counts."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.submitted = 0

    def submit(self, *arguments: Any) -> Any:
        self.submitted += 1
        return self.executor.submit(*arguments)


@pytest.fixture(scope="module")
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Return the client of two worker processes of two threads each."""
    distributed = pytest.importorskip("distributed", reason="dask is not installed: pip install 'dask[distributed]'")
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=2,
            processes=True,
            # Any free port: without an address it would be one that another cluster on this machine may have.
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def dask(client: Any) -> Iterator[Executor]:
    with client.get_executor() as executor:
        yield executor


@pytest.mark.parametrize("kind", ["threads", "processes", "dask"])
@pytest.mark.parametrize(("call", "name"), PAIRS)
def test_every_executor_gives_the_same_bits(
    call: Callable[..., list[Any]], name: str, kind: str, request: pytest.FixtureRequest
) -> None:
    A, N = SUBJECTS[name]()
    expected = call(A, N)
    counting = Counting(request.getfixturevalue(kind))
    found = call(A, N, executor=counting)
    assert counting.submitted > 3
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("kind", ["processes", "dask"])
def test_searches_on_the_infinite_lattice_give_the_same_bits(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crystal_lfa.frequencies.plan.CHUNK_BYTES", 100 * CHUNK_BYTES)
    for call, A in ((lfa.norm, layer()), (lfa.smallest_singular_value, layer())):
        counting = Counting(request.getfixturevalue(kind))
        assert call(A, executor=counting).content_hash() == call(A).content_hash()
        assert counting.submitted


def test_the_outcome_survives_workers_that_die(client: Any) -> None:
    A, torus = layer(), layer().lattice.torus((60, 60))
    expected = lfa.svdvals(A, torus)
    killed: list[int] = []

    def kill(done: int, total: int) -> None:
        if not killed and done > total // 10:
            victim, pid = next(iter(client.run(os.getpid).items()))
            assert victim
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    with client.get_executor() as executor:
        counting = Counting(executor)
        found = lfa.svdvals(A, torus, executor=counting, progress=kill)
    assert killed
    assert counting.submitted > 50
    assert found.tobytes() == expected.tobytes()


class Pickling(Executor):
    """Does the work at once, through pickle as to another process; adds up what travels."""

    def __init__(self) -> None:
        self.there: list[int] = []

    def submit(self, work: Any, *arguments: Any) -> Any:
        sent = pickle.dumps((work, *arguments))
        self.there.append(len(sent))
        copy, *same = pickle.loads(sent)  # noqa: S301 - written two lines above
        future: Future[Any] = Future()
        future.set_result(copy(*same))
        return future


@pytest.mark.parametrize("call", [svdvals, svd_kept, svd_not_kept, eigvals, eig, norm, spectral_radius])
def test_of_a_table_each_task_gets_its_own_rows(call: Callable[..., list[Any]]) -> None:
    A = table()
    pickling = Pickling()
    found = call(A, None, executor=pickling)
    for one, other in zip(found, call(A, None), strict=True):
        assert one.tobytes() == other.tobytes()
    rounds = 3 if call is svd_not_kept else 1
    assert sum(pickling.there) < rounds * A.symbols.nbytes + 8000 * len(pickling.there)


def test_points_of_no_torus_travel_once() -> None:
    from crystal_lfa.frequencies import Cost, measure_at

    pickling = Pickling()
    points = np.random.default_rng(0).random((3000, 2))
    found = measure_at(points, np.square, Cost(1000, 8), 10**9, pickling)
    assert (found == points**2).all()
    assert len(pickling.there) > 20
    assert sum(pickling.there) < 1.2 * points.nbytes + 1000 * len(pickling.there)


def test_real_multipliers_travel_as_real_numbers() -> None:
    real, pickling = layer(), Pickling()
    assert lfa.svdvals(real, 8, executor=pickling).tobytes() == lfa.svdvals(real, 8).tobytes()
    assert max(pickling.there) < 1.1 * real.multipliers.nbytes + 4000
    # Complex ones as they are, with the signs of their zeros.
    signed = real.multipliers + np.zeros(real.multipliers.shape) * -1j
    for multipliers in (signed.conj(), signed + 1j * real.multipliers):
        operator = lfa.CrystalOperator.from_arrays(real.domain, real.codomain, real.offsets, multipliers)
        (blocks,) = independent_blocks(operator)
        again = pickle.loads(pickle.dumps(blocks))  # noqa: S301
        assert again.multipliers.tobytes() == blocks.multipliers.tobytes()


def test_work_has_a_short_name_of_its_own_on_clusters() -> None:
    """Dask would hash and print a whole operator for one, with every task."""
    works: list[Any] = []

    class Keeping(Pickling):
        def submit(self, work: Any, *arguments: Any) -> Any:
            works.append(work)
            return super().submit(work, *arguments)

    lfa.norm(layer(), (16, 15), executor=Keeping())
    assert {str(work) for work in works} == {"SymbolTask of 240 frequencies"}
    assert len({work.__dask_tokenize__() for work in works}) == len(works)


def test_libraries_that_are_loaded_later_are_held_to_one_thread_as_well() -> None:
    code = """
import numpy as np
import threadpoolctl
import crystal_lfa as lfa

def threads():
    return [x["num_threads"] for x in threadpoolctl.threadpool_info() if x["user_api"] == "blas"]

seen = []
A = lfa.stencil([-1, 2, -1])
lfa.svdvals(A, 4, progress=lambda done, total: seen.append(threads()))
few = len(seen[-1])
import scipy.linalg
before = threads()
lfa.svdvals(A, 4, progress=lambda done, total: seen.append(threads()))
assert len(seen[-1]) > few, (seen, few)
assert set(seen[0]) == set(seen[-1]) == {1}, seen
assert threads() == before
"""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_errors_come_back_from_workers(dask: Executor, processes: Executor) -> None:
    A = lfa.stencil([-1, 2, -1]).inv() @ lfa.stencil([1, 1])
    for executor in (dask, processes):
        with pytest.raises(lfa.errors.SingularSymbolError, match=r"is singular at kappa = \(0\)"):
            lfa.svdvals(A, 4096, executor=executor)
