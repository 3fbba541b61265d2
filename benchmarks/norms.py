"""Time of certified norms, as ratios to the paper's algorithm for all values on 224 x 224 points.

Run ``python benchmarks/norms.py [--repeats 5] [--channels 64] [--extent 224]``. What the algorithm offers as a norm is
its largest value, on that torus, and no bound. All are timed in turn, in one process.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

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
    found: dict[str, Any] = {}
    contenders: dict[str, Callable[[], Any]] = {"paper": lambda: paper(weight, options.extent).max()}
    contenders |= {f"{width:g}": partial(lfa.norm, operator, rtol=width) for width in WIDTHS}
    times = interleaved(contenders, options.repeats, found.__setitem__)
    largest = found.pop("paper")
    print(f"paper, all values at n = {options.extent}: {times.median('paper'):.2f} s, the largest {largest:.8f}")
    for name, norm in found.items():
        ratio, low, high = times.ratio("paper", name)
        print(
            f"width {name:>6}: [{norm.lower:.8f}, {norm.upper:.8f}], {norm.evaluations} symbols, "
            f"{times.median(name):.4f} s, {ratio:.0f} times as fast ({low:.0f} - {high:.0f})"
        )
        if not largest <= norm.upper:
            raise SystemExit("the interval does not hold the largest value")


if __name__ == "__main__":
    main()
