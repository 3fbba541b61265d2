"""Time of all singular values, as ratios to the paper's algorithm, interleaved in one process.

Run ``python benchmarks/speed.py [--repeats 5] [--json FILE]``.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from contenders import CONTENDERS, Values
from interleaved import against_paper, arguments, machine, write

SIZES = ((1, 256), (4, 128), (16, 128), (64, 32))


def main() -> None:
    """Print a table, and write it as JSON where asked."""
    options = arguments(__doc__)
    print(machine())
    print("   c    n   paper [s]     fft [s]    ours [s]   paper/ours   (range)         error / sigma_max")
    rows = []
    for channels, extent in SIZES:
        weight = np.random.default_rng(channels).normal(size=(channels, channels, 3, 3))
        contenders = {name: partial(contender, weight, extent) for name, contender in CONTENDERS.items()}
        values: dict[str, Values] = {}
        row = against_paper(channels, extent, contenders, options.repeats, values.__setitem__)
        error = np.abs(np.sort(values["paper"], axis=None) - np.sort(values["crystal_lfa"], axis=None)).max()
        row["error"] = float(error / values["paper"].max())
        print(f" {row['error']:16.1e}")
        rows.append(row)
    write(rows, options.json)


if __name__ == "__main__":
    main()
