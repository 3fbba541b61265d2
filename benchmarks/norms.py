"""Time of certified norms, as ratios to the paper's algorithm for all values on 224 x 224 points.

Run ``python benchmarks/norms.py [--repeats 5] [--channels 64] [--extent 224]``. What the algorithm offers as a norm is its
largest value, on that torus, and no bound.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from contenders import paper
from interleaved import interleaved, machine

import crystal_lfa as lfa

WIDTHS = (1e-1, 1e-2, 1e-4, 1e-6)


def main() -> None:
    """Print the times and the intervals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--extent", type=int, default=224)
    options = parser.parse_args()
    print(machine())
    weight = np.random.default_rng(0).normal(size=(options.channels, options.channels, 3, 3))
    operator = lfa.cnn.conv(weight)
    start = time.perf_counter()
    largest = paper(weight, options.extent).max()
    seconds = time.perf_counter() - start
    print(f"paper, all values at n = {options.extent}: {seconds:.2f} s, the largest {largest:.8f}")
    found: dict[str, lfa.Supremum] = {}
    contenders = {f"{width:g}": lambda width=width: lfa.norm(operator, rtol=width) for width in WIDTHS}
    times = interleaved(contenders, options.repeats, found.__setitem__)
    for name, norm in found.items():
        taken = times.seconds[name]
        print(
            f"width {name:>6}: [{norm.lower:.8f}, {norm.upper:.8f}], {norm.evaluations} symbols, {times.median(name):.4f} s "
            f"({min(taken):.4f} - {max(taken):.4f}), {seconds / times.median(name):.0f} times as fast"
        )
        if not largest <= norm.upper:
            raise SystemExit("the interval does not hold the largest value")


if __name__ == "__main__":
    main()
