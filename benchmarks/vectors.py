"""Time of all singular values and vectors, as ratios to the paper's algorithm, interleaved in one process.

Run ``python benchmarks/vectors.py [--repeats 5] [--json FILE]``. Every contender hands out all factors of all symbols
as arrays; compared is what they rebuild.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from contenders import Values, fft_symbols, paper_symbols
from interleaved import against_paper, arguments, machine, write
from numpy.typing import NDArray

import crystal_lfa as lfa

SIZES = ((16, 128), (64, 32))

Factors = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def paper(weight: Values, n: int) -> Factors:
    """Run algorithm 1 of van Betteray, Rottmann, Kahl with vectors."""
    return np.linalg.svd(paper_symbols(weight, n))


def fft(weight: Values, n: int) -> Factors:
    """Run the method of Sedghi, Gupta, Long with vectors."""
    return np.linalg.svd(fft_symbols(weight, n))


def library(weight: Values, n: int) -> Factors:
    """Return what a user of this library writes."""
    found = lfa.svd(lfa.cnn.conv(weight), (n, n))
    return found.u, found.values, found.vh


CONTENDERS = {"paper": paper, "fft": fft, "crystal_lfa": library}


def symbols(factors: Factors, frequencies: int, channels: int) -> NDArray[Any]:
    """Return the symbols at the first frequencies, rebuilt."""
    u, s, vh = factors
    u, vh = (x.reshape(-1, channels, channels)[:frequencies] for x in (u, vh))
    return (u * s.reshape(-1, 1, channels)[:frequencies]) @ vh


def main() -> None:
    """Print a table, and write it as JSON where asked."""
    options = arguments(__doc__)
    print(machine())
    print("   c    n   paper [s]     fft [s]    ours [s]   paper/ours   (range)      rebuilt symbols differ by")
    rows = []
    for channels, extent in SIZES:
        weight = np.random.default_rng(channels).normal(size=(channels, channels, 3, 3))
        contenders = {name: partial(contender, weight, extent) for name, contender in CONTENDERS.items()}
        found: dict[str, NDArray[Any]] = {}

        def keep(name: str, factors: Factors, found: Any = found, shape: tuple[int, int] = (extent, channels)) -> None:
            found[name] = symbols(factors, *shape)

        row = against_paper(channels, extent, contenders, options.repeats, keep)
        row["error"] = float(np.abs(found["paper"] - found["crystal_lfa"]).max() / np.abs(found["paper"]).max())
        print(f" {row['error']:16.1e}")
        rows.append(row)
    write(rows, options.json)


if __name__ == "__main__":
    main()
