"""The two-grid factor of a method written as its name, against the same case written out by hand in batched numpy.

Poisson, Jacobi 4/5 before and after, multilinear interpolation, full weighting, Galerkin coarse operator: the largest
spectral radius over 256 x 256 fine frequencies (128 x 128 symbols of 4 x 4) and 32 x 32 x 32 (16^3 of 8 x 8), with a
twist of 1/2, on one thread.

    python benchmarks/two_grid.py [--repeats 7]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from functools import reduce

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402 - the number of threads is read when numpy is loaded

from crystal_lfa import multigrid as mg  # noqa: E402 - it loads numpy

OMEGA = 0.8
SIZES = {2: 256, 3: 32}


class OneThread:
    """An executor that computes at once, in this thread."""

    def submit(self, task: Callable[..., object], *arguments: object) -> object:
        """Return a future that is done."""
        from concurrent.futures import Future

        future: Future[object] = Future()
        future.set_result(task(*arguments))
        return future


def by_name(dimension: int) -> float:
    """Return the factor of the method, written as its name; everything included."""
    A = mg.poisson(dimension)
    method = mg.TwoGrid(A, smoother=mg.Jacobi(OMEGA))
    torus = A.lattice.torus(SIZES[dimension], twist=0.5)
    return float(method.convergence_factor(torus, executor=OneThread()))


def by_hand(dimension: int, *, half: bool) -> float:
    """Return it by hand: diagonal fine symbols, row and column transfers, on all frequencies or half of them."""
    size = SIZES[dimension]
    theta = 2 * np.pi * (np.arange(size // 2) + 0.5) / size
    axes = [theta[: size // 4] if half else theta, *[theta] * (dimension - 1)]
    low = np.meshgrid(*axes, indexing="ij")
    shifts = np.array(np.meshgrid(*[[0.0, np.pi]] * dimension, indexing="ij")).reshape(dimension, -1)
    angles = [x[..., None] + shift for x, shift in zip(low, shifts, strict=True)]
    a = sum(2 - 2 * np.cos(x) for x in angles)
    s = 1 - OMEGA * a / (2 * dimension)
    p = reduce(np.multiply, [1 + np.cos(x) for x in angles])
    coarse = (p * a * p).sum(axis=-1)
    correction = np.eye(2**dimension) - (p / coarse[..., None])[..., :, None] * (p * a)[..., None, :]
    symbols = s[..., :, None] * correction * s[..., None, :]
    return float(np.abs(np.linalg.eigvals(symbols.astype(np.complex128))).max())


def main() -> None:
    """Time all, interleaved, and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    for dimension, size in SIZES.items():
        contenders = {
            "by name": lambda dimension=dimension: by_name(dimension),
            "by hand, all frequencies": lambda dimension=dimension: by_hand(dimension, half=False),
            "by hand, half of them": lambda dimension=dimension: by_hand(dimension, half=True),
        }
        times: dict[str, list[float]] = {name: [] for name in contenders}
        values = {}
        for _ in range(repeats + 1):
            for name, contender in contenders.items():
                start = time.perf_counter()
                values[name] = contender()
                times[name].append(time.perf_counter() - start)
        own = statistics.median(times["by name"][1:])
        print(f"{dimension} dimensions, {size} points an axis, one thread, medians of {repeats}")
        for name, taken in times.items():
            median, low, high = statistics.median(taken[1:]), min(taken[1:]), max(taken[1:])
            spread = f"{median:.4f} s ({low:.4f} .. {high:.4f})"
            print(f"  {name:26s} {spread}   rho = {values[name]:.12f}   by name / this = {own / median:.2f}")


if __name__ == "__main__":
    main()
