"""A decomposition of 4.2 million unknowns, whose matrix is never formed: time, peak memory, residuals.

Run ``python benchmarks/large_layer.py [--channels 64] [--extent 256] [--memory 1GB]``. The symbols' factors take
8.6 GB; with less memory they are computed again, chunk by chunk, whenever an operator is applied.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from interleaved import machine
from memory import peak_bytes

import crystal_lfa as lfa


def main() -> None:
    """Print a line for each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--extent", type=int, default=256)
    parser.add_argument("--memory", default="1GB")
    options = parser.parse_args()
    c, n = options.channels, options.extent
    print(machine())
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(c, c, 3, 3))
    small = lfa.svd(lfa.cnn.conv(weight[:2, :2]), 4)  # imports and thread pools are the interpreter's
    small.pinv().apply(rng.normal(size=(16, 2)))
    operator = lfa.cnn.conv(weight)
    torus = operator.lattice.torus((n, n))
    x = rng.normal(size=(n * n, c))
    before = peak_bytes()
    print(f"{c} channels on {n} x {n}: {c * n * n} unknowns, a function takes {x.nbytes / 1e6:.1f} MB")

    def timed(name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - start
        print(f"{name:34s} {seconds:8.2f} s   peak so far {(peak_bytes() - before) / 1e6:8.1f} MB")
        return result

    found = timed("svd", lambda: lfa.svd(operator, torus, memory=options.memory))
    print(f"    {found!r}")
    sigma, left, right = float(found.sorted_values[0]), found.left(0), timed("right(0)", lambda: found.right(0))
    timed("left(0)", lambda: found.left(0))
    image = timed("A v, by shifts", lambda: operator.apply(right, torus))
    print(f"    |A v - sigma u| / sigma = {np.linalg.norm(image - sigma * left) / sigma:.1e}")
    truncated = found.truncate(rank=found.values.size // 10)
    low = timed("truncated to a tenth, applied", lambda: truncated.apply(x))
    error = np.linalg.norm(operator.apply(x, torus) - low) / np.linalg.norm(x)
    next_value = float(found.sorted_values[truncated.rank])
    print(f"    |A x - A_k x| / |x| = {error:.4f}, at most sigma_(k+1) = {next_value:.4f}")
    y = operator.apply(x, torus)
    inverse = found.pinv()
    back = timed("pinv applied", lambda: inverse.apply(y))
    condition = sigma / float(found.values.min())
    print(f"    |A+ A x - x| / |x| = {np.linalg.norm(back - x) / np.linalg.norm(x):.1e}, condition {condition:.1e}")


if __name__ == "__main__":
    main()
