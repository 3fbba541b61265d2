"""Time of frequencies and transforms on skew tori of a million points, as ratios to ``numpy.fft.fftn``, interleaved.

Run ``python benchmarks/transform.py [--repeats 5]``.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from summaries import spread, totals
from timing import interleaved, whole

import crystal_lfa as lfa

TORI: tuple[tuple[str, Any, Any], ...] = (
    ("grid", (100, 100, 100), 0),
    ("grid, twisted", (100, 100, 100), (0.1, 0.2, 2**0.5 - 1)),
    ("skew", [[100, 0, 0], [50, 100, 0], [30, 20, 100]], 0),
    ("skew, twisted", [[100, 0, 0], [50, 100, 0], [30, 20, 100]], (0.1, 0.2, 2**0.5 - 1)),
    ("one cyclic group of 307 * 3203", [[100, 3, 7], [5, 100, 11], [2, 13, 100]], 0),
    ("a tenth of the points", [[50, 0, 0], [25, 50, 0], [15, 10, 40]], 0),
)


def measure(periods: Any, twist: Any, repeats: int) -> dict[str, float]:
    """Time all in turn; return medians in seconds, and the largest error of there and back."""
    torus = lfa.lattices.integer(3).torus(periods, twist)
    f = np.random.default_rng(0).normal(size=(torus.order, 1)) + 0j
    there = torus.fourier(f)
    side = round(torus.order ** (1 / 3))
    cube = np.resize(f, (side, side, math.ceil(torus.order / side**2)))
    jobs: dict[str, Callable[[], Any]] = {
        "frequencies": lambda: torus.frequencies,
        "fourier": lambda: torus.fourier(f),
        "inverse": lambda: torus.inverse_fourier(there),
        "fftn, cube": lambda: np.fft.fftn(cube),
        "fftn, same factors": lambda: np.fft.fftn(f.reshape(torus.invariant_factors)),
    }
    seconds = interleaved({name: whole(job) for name, job in jobs.items()}, repeats)
    error = np.abs(torus.inverse_fourier(there) - f).max()
    return {"points": torus.order, **{name: spread(totals(seconds, name))[0] for name in jobs}, "error": float(error)}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    print(f"load {os.getloadavg()[0]:.2f}, numpy {np.__version__}")
    for name, periods, twist in TORI:
        row = measure(periods, twist, repeats)
        cells = "  ".join(f"{key} {value:.3g}" for key, value in row.items())
        print(f"{name}: {cells}  ratio {row['fourier'] / row['fftn, cube']:.1f}")


if __name__ == "__main__":
    main()
