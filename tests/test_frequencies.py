"""Plans (which frequencies, in which portions) and the loop that runs them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

import crystal_lfa as lfa
from crystal_lfa.errors import InvalidArgumentError, MemoryBudgetError
from crystal_lfa.frequencies import (
    Cost,
    FrequencyWaves,
    Plan,
    Reduction,
    TorusWaves,
    available_cores,
    make_chunks,
    make_plan,
    parse_memory,
    readable_bytes,
    run_plan,
)
from crystal_lfa.testing.draws import random_lattice, random_periods

PLANE = lfa.lattices.integer(2)
TORUS = PLANE.torus((6, 5))


def plan_of(torus: lfa.Torus = TORUS, *, halved: bool = False, chunk: int = 4, concurrency: int = 3) -> Plan:
    return Plan(torus, Reduction(torus, halved), chunk, concurrency)


# Memory ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1GB", 10**9),
        (" 1.5 gb ", 1_500_000_000),
        ("200MB", 2 * 10**8),
        ("7kB", 7000),
        ("12B", 12),
        ("1e-3TB", 10**9),
        ("10", 10),
        (64, 64),
        (1e9, 10**9),
        (np.float64(2.5e6), 2_500_000),
        (np.int64(9), 9),
    ],
)
def test_memory_is_read_in_decimal_units(text: str | float, size: int) -> None:
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["", "GB", "1 GiB", "-1GB", "one", None, True, "nan", "1GB2", float("inf"), 1j])
def test_what_is_no_amount_of_memory(text: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"memory: got .*; a positive number of bytes, or text such as"):
        parse_memory(text)


@pytest.mark.parametrize("text", ["0", 0.5, "1e10TB", 2**63])
def test_amounts_of_memory_out_of_range(text: str | float) -> None:
    with pytest.raises(InvalidArgumentError, match=r"between 1 and 2\^63"):
        parse_memory(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (33_554_432, "33.6 MB"), (10**9, "1 GB"), (10**16, "1e+04 TB")],
)
def test_bytes_are_shown_in_decimal_units(size: int, text: str) -> None:
    assert readable_bytes(size) == text


# Plans ----------------------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**32 - 1), chunk=st.integers(1, 50))
def test_halves_visit_one_frequency_of_each_pair(seed: int, chunk: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = random_lattice(rng)
    torus = lattice.torus(random_periods(rng, lattice.dim, 40), rng.choice([0, 0.5], size=lattice.dim))
    plan = plan_of(torus, halved=True, chunk=chunk)
    visited = np.concatenate([plan.visited(span) for span in plan.chunks()])
    partners = torus.conjugate_frequencies(visited)
    alone = visited[visited == partners]
    assert sorted([*visited, *partners]) == sorted([*range(torus.order), *alone])
    assert len(visited) <= (torus.order + 2**lattice.dim) // 2


@given(order=st.integers(1, 200), chunk=st.integers(1, 250))
def test_chunks_are_consecutive_and_complete(order: int, chunk: int) -> None:
    plan = plan_of(lfa.lattices.integer(1).torus(order), chunk=chunk)
    spans = list(plan.chunks())
    assert len(spans) == len(plan)
    assert [number for span in spans for number in plan.visited(span)] == list(range(order))
    assert all(0 < len(span) <= chunk for span in spans)


@given(
    order=st.integers(1, 10**6),
    working=st.integers(1, 10**8),
    result=st.integers(0, 10**4),
    fixed=st.integers(0, 10**8),
    slack=st.integers(0, 10**9),
)
def test_plans_keep_the_budget(order: int, working: int, result: int, fixed: int, slack: int) -> None:
    torus = lfa.lattices.integer(1).torus(order)
    memory = order * result + fixed + working + slack
    plan = make_plan(torus, Cost(working, result, fixed), memory)
    assert 1 <= plan.chunk <= order
    assert plan.concurrency >= 1
    in_work = plan.concurrency * plan.chunk * working
    assert order * result + fixed + in_work <= memory
    # All buffers stay within 100 MB, or are a single symbol each.
    assert in_work <= 10**8 or plan.chunk == 1
    # A chunk fits the cache, or is a single symbol.
    assert plan.chunk * working <= 4_000_000 or plan.chunk == 1


def test_the_smallest_budget_is_the_one_the_message_names() -> None:
    cost = Cost(working=1000, result=8, fixed=10)
    plan = make_plan(TORUS, cost, 1250)
    assert (plan.chunk, plan.concurrency, plan.share) == (1, 1, 1)
    with pytest.raises(MemoryBudgetError, match=r"1\.25 kB cannot hold the result \(240 B for 30.*at least 1250 bytes"):
        make_plan(TORUS, cost, 1249)


# Running --------------------------------------------------------------------------------------------------------


def squares(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype(float) ** 2


def collected(plan: Plan, **options: Any) -> dict[int, float]:
    found: dict[int, float] = {}
    for numbers, values in run_plan(plan, squares, **options):
        assert not set(numbers.tolist()) & set(found)
        found.update(zip(numbers.tolist(), values.tolist(), strict=True))
    return found


@pytest.mark.parametrize("halved", [False, True])
@pytest.mark.parametrize("cores", [1, 2, 5])
def test_every_visited_frequency_is_done_once(monkeypatch: pytest.MonkeyPatch, cores: int, halved: bool) -> None:
    monkeypatch.setattr("crystal_lfa.frequencies.run.available_cores", lambda: cores)
    plan = plan_of(halved=halved)
    visited = [n for span in plan.chunks() for n in plan.visited(span).tolist()]
    assert collected(plan) == {n: n**2 for n in visited}
    with ThreadPoolExecutor(3) as pool:
        assert collected(plan, executor=pool) == {n: n**2 for n in visited}


def test_serial_threads_and_processes_agree_bit_for_bit(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    crystal = lfa.Crystal(PLANE, dof=5)
    offsets = [(i, j) for i in range(-1, 2) for j in range(-1, 2)]
    operator = lfa.CrystalOperator(crystal, crystal, {y: rng.standard_normal((5, 5)) for y in offsets})
    torus = PLANE.torus((20, 12))

    def values(**options: Any) -> bytes:
        # A budget of few chunks at a time, so that there are many of them.
        return lfa.svdvals(operator, torus, memory="50kB", **options).tobytes()

    with ThreadPoolExecutor(3) as threads:
        by_executor = values(executor=threads)
    monkeypatch.setattr("crystal_lfa.frequencies.run.available_cores", lambda: 4)
    by_threads = values()
    monkeypatch.setattr("crystal_lfa.frequencies.run.available_cores", lambda: 1)
    serial = values()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        by_processes = values(executor=processes)
    assert by_executor == by_threads == serial == by_processes


@pytest.mark.parametrize("halved", [False, True])
@pytest.mark.parametrize("cores", [1, 3])
def test_progress_counts_up_to_all_frequencies(monkeypatch: pytest.MonkeyPatch, cores: int, halved: bool) -> None:
    monkeypatch.setattr("crystal_lfa.frequencies.run.available_cores", lambda: cores)
    calls: list[tuple[int, int]] = []
    collected(plan_of(halved=halved), progress=lambda done, total: calls.append((done, total)))
    assert len(calls) == 8
    assert {total for _, total in calls} == {30}
    counts = [done for done, _ in calls]
    assert counts == sorted(set(counts))
    assert counts[-1] == 30


@pytest.mark.parametrize(("progress", "expected"), [(True, "30/30 frequencies (100%)\n"), (False, ""), (None, "")])
def test_progress_writes_a_line_on_standard_error(
    capsys: pytest.CaptureFixture[str], progress: Any, expected: str
) -> None:
    collected(plan_of(), progress=progress)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.rpartition("\r")[2] == expected


def failing(numbers: np.ndarray) -> np.ndarray:
    if numbers[0] >= 8:
        raise ZeroDivisionError(f"at {numbers[0]}")
    return numbers


@pytest.mark.parametrize("cores", [1, 2])
def test_an_exception_in_a_task_reaches_the_caller(monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    monkeypatch.setattr("crystal_lfa.frequencies.run.available_cores", lambda: cores)
    with pytest.raises(ZeroDivisionError, match=r"at \d+"):
        list(run_plan(plan_of(), failing))


def test_an_exception_leaves_a_foreign_executor_usable() -> None:
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(ZeroDivisionError, match=r"at \d+"):
            list(run_plan(plan_of(), failing, executor=pool))
        assert pool.submit(lambda: 7).result() == 7


class Watched(Executor):
    """Eight threads, counting how many chunks are submitted and not yet done."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(8)
        self.lock = threading.Lock()
        self.now = self.most = 0

    def submit(self, work: Any, /, *arguments: Any) -> Any:  # type: ignore[override]
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)

        def finish() -> Any:
            time.sleep(0.002)
            try:
                return work(*arguments)
            finally:
                with self.lock:
                    self.now -= 1

        return self.pool.submit(finish)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_chunks_are_in_work_than_the_budget_allows(concurrency: int) -> None:
    watched = Watched()
    with watched.pool:
        assert len(collected(plan_of(chunk=2, concurrency=concurrency), executor=watched)) == 30
    assert watched.most == concurrency


def blas_threads() -> set[int]:
    return {info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}


@pytest.fixture
def two_blas_threads() -> Iterator[None]:
    with threadpool_limits(limits=2, user_api="blas"):
        if blas_threads() != {2}:
            pytest.skip("this BLAS cannot be told how many threads to use")
        yield


@pytest.mark.usefixtures("two_blas_threads")
def test_blas_has_one_thread_while_a_plan_runs_and_its_own_number_afterwards() -> None:
    seen = [blas_threads() for _ in run_plan(plan_of(), squares)]
    assert seen == [{1}] * 8
    assert blas_threads() == {2}
    abandoned = run_plan(plan_of(), squares)
    next(abandoned)
    assert blas_threads() == {1}
    abandoned.close()
    assert blas_threads() == {2}


def test_available_cores_are_those_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= available_cores() <= os.cpu_count()
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert available_cores() == os.cpu_count()


# Wave functions -------------------------------------------------------------------------------------------------


def test_waves_of_numbered_frequencies_and_of_their_coordinates_agree(rng: np.random.Generator) -> None:
    torus = PLANE.torus([[3, 1], [-1, 4]], (0.5, 0.1))
    points = rng.integers(-4, 5, size=(7, 2))
    numbers = np.array([3, 0, 12])
    by_number = TorusWaves(torus, numbers)(points)
    by_coordinates = FrequencyWaves(torus.frequencies[numbers])(points)
    assert by_number.shape == (3, 7)
    np.testing.assert_allclose(by_number, by_coordinates, rtol=0, atol=1e-14)
    assert FrequencyWaves(np.zeros((4, 5, 2)))(points).shape == (4, 5, 7)


def test_overlapping_calls_put_the_blas_threads_back() -> None:
    def threads() -> list[int]:
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    before = threads()
    started, finish = threading.Event(), threading.Event()

    def hold(_done: int, _total: int) -> None:
        started.set()
        assert finish.wait(30)

    line = lfa.lattices.integer(1)
    operator = lfa.CrystalOperator(line, line, {0: 1, 1: 1})
    with ThreadPoolExecutor(1) as other:
        first = other.submit(lfa.svdvals, operator, 8, progress=hold)
        assert started.wait(30)
        lfa.svdvals(operator, 8, progress=lambda _done, _total: finish.set() or first.result())
    assert threads() == before


# Threads of this process ----------------------------------------------------------------------------------------


class Counting:
    """A task that notes in which threads it runs, and how many chunks are in work or have not been handed out."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.threads: set[int] = set()
        self.open = self.most = 0

    def __call__(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        with self.lock:
            self.threads.add(threading.get_ident())
            self.open += 1
            self.most = max(self.most, self.open)
        time.sleep(0.002)
        return numbers**2

    def handed_out(self) -> None:
        with self.lock:
            self.open -= 1


@pytest.mark.parametrize("concurrency", [1, 2, 3])
def test_this_thread_and_others_share_the_chunks(concurrency: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crystal_lfa.frequencies.run.available_cores", lambda: 4)
    task = Counting()
    found = {}
    for numbers, squared in run_plan(plan_of(chunk=1, concurrency=concurrency), task):
        task.handed_out()
        time.sleep(0.004)
        found.update(zip(numbers.tolist(), squared.tolist(), strict=True))
    assert found == {number: number**2 for number in range(30)}
    assert threading.get_ident() in task.threads
    assert len(task.threads) <= concurrency
    assert (len(task.threads) > 1) == (concurrency > 1)
    # One more may wait to be handed out.
    assert task.most <= concurrency + 1


def test_little_work_stays_in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crystal_lfa.frequencies.run.available_cores", lambda: 4)
    for cost, alone in (
        (Cost(1000, 8), True),
        (Cost(1_000_000, 8), False),
        (Cost(1000, 8, seconds=0.1), False),
        (Cost(1_000_000, 8, seconds=1e-6), True),
    ):
        plan = make_plan(TORUS, cost, 10**9)
        assert plan.alone == alone
        assert make_chunks(30, cost, 10**9).alone == alone
        task = Counting()
        list(run_plan(replace(plan, chunk=1), task))
        assert (task.threads == {threading.get_ident()}) == alone


def test_a_thread_that_cannot_be_started_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crystal_lfa.frequencies.run.available_cores", lambda: 3)
    start, started = threading.Thread.start, []

    def one_only(thread: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", one_only)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        list(run_plan(plan_of(chunk=1), Counting()))
    assert not started[0].is_alive()


INTERRUPTED = """
import gc, signal, threading, time
from itertools import count
import numpy as np
import crystal_lfa as lfa
from crystal_lfa.frequencies import Cost, make_plan, run_plan
from crystal_lfa.spectra.kernels.report import prepared

def interrupt(*_):
    raise KeyboardInterrupt

list(prepared(("float64",)))
signal.signal(signal.SIGALRM, interrupt)
A = lfa.cnn.conv(np.random.default_rng(0).normal(size=(8, 8, 3, 3)))
begun, interrupted = time.monotonic(), 0
while time.monotonic() - begun < 3:
    try:
        # More than one: what arrives while a weak reference is cleared is lost.
        signal.setitimer(signal.ITIMER_REAL, 0.001 + 0.03 * np.random.random(), 0.5)
        for _ in count():
            lfa.svdvals(A, (96, 96))
    except KeyboardInterrupt:
        signal.setitimer(signal.ITIMER_REAL, 0)
        interrupted += 1
assert interrupted > 10
gc.collect()
others = threading.enumerate()[1:]
while any(thread.is_alive() for thread in others) and time.monotonic() - begun < 20:
    time.sleep(0.01)
# One that was interrupted before it began stands in Python's list forever.
assert not any(thread.is_alive() for thread in others), others
# Not finished, and not closed either when the interpreter ends.
plan = make_plan(A.lattice.torus(64), Cost(10_000, 8), 10**9)
left = run_plan(plan, len)
next(left)
print("ended")
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="interruptions are sent by a timer of POSIX")
def test_interruptions_at_any_time_leave_nothing_and_block_nothing() -> None:
    said = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False, timeout=100)
    assert said.stdout == "ended\n", said.stderr
    assert said.returncode == 0


def test_an_exception_in_another_thread_arrives_and_ends_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crystal_lfa.frequencies.run.available_cores", lambda: 4)
    here = threading.get_ident()
    calls = []

    def elsewhere(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        calls.append(numbers)
        time.sleep(0.002)
        if threading.get_ident() != here:
            raise ZeroDivisionError(f"at {numbers[0]}")
        return numbers

    with pytest.raises(ZeroDivisionError, match=r"at \d+"):
        list(run_plan(plan_of(chunk=1), elsewhere))
    assert len(calls) < 30
    assert not any(thread.name.startswith("ThreadPool") for thread in threading.enumerate())
