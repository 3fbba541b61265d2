"""A two-grid error propagator composed as a formula, against the same written out by hand in batched numpy.

2-d Poisson, Jacobi smoothing, bilinear interpolation, its adjoint as restriction, Galerkin coarse operator;
256 x 256 fine frequencies, so 128 x 128 symbols of 4 x 4; the symbols and their spectral radius, on one thread.

    python benchmarks/two_grid.py [--repeats 7]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402 - the number of threads is read when numpy is loaded

import crystal_lfa as lfa  # noqa: E402

SIZE = 256
OMEGA = 0.8


class OneThread:
    """An executor that computes at once, in this thread."""

    def submit(self, task: Callable[..., object], *arguments: object) -> object:
        """Return a future that is done."""
        from concurrent.futures import Future

        future: Future[object] = Future()
        future.set_result(task(*arguments))
        return future


def composed() -> float:
    """Return the spectral radius, the method written as its formula."""
    A = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    identity = lfa.identity(A.domain)
    S = identity - OMEGA * A.diagonal().inv() @ A
    P = lfa.interpolation(A.domain, 2)
    R = P.H
    K = identity - P @ (R @ A @ P).inv() @ R @ A
    return float(lfa.spectral_radius(S @ K @ S, A.lattice.torus(SIZE, twist=0.5), executor=OneThread()))


def by_hand(*, half: bool) -> float:
    """Return it by hand: diagonal fine symbols, row and column transfers, on all frequencies or half of them."""
    n = SIZE // 2
    theta = 2 * np.pi * (np.arange(n) + 0.5) / SIZE
    first = theta[: n // 2] if half else theta
    x = np.stack([first[:, None] + shift for shift in (0, 0, np.pi, np.pi)], axis=-1) + 0 * theta[:, None]
    y = np.stack([theta + shift for shift in (0, np.pi, 0, np.pi)], axis=-1) + 0 * first[:, None, None]
    a = 4 - 2 * np.cos(x) - 2 * np.cos(y)
    s = 1 - OMEGA * a / 4
    p = (1 + np.cos(x)) * (1 + np.cos(y)) / 2
    coarse = (p * a * p).sum(axis=-1)
    correction = np.eye(4) - (p / coarse[..., None])[..., :, None] * (p * a)[..., None, :]
    symbols = s[..., :, None] * correction * s[..., None, :]
    return float(np.abs(np.linalg.eigvals(symbols.astype(np.complex128))).max())


def main() -> None:
    """Time all, interleaved, and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    contenders = {
        "composed": composed,
        "by hand, all frequencies": lambda: by_hand(half=False),
        "by hand, half of them": lambda: by_hand(half=True),
    }
    times: dict[str, list[float]] = {name: [] for name in contenders}
    values = {}
    for _ in range(repeats + 1):
        for name, contender in contenders.items():
            start = time.perf_counter()
            values[name] = contender()
            times[name].append(time.perf_counter() - start)
    own = statistics.median(times["composed"][1:])
    for name, taken in times.items():
        median = statistics.median(taken[1:])
        print(f"{name:26s} {median:.4f} s   rho = {values[name]:.12f}   composed / this = {own / median:.2f}")


if __name__ == "__main__":
    main()
