"""Time of all singular values, as ratios to the paper's algorithm, interleaved in one process.

Run ``python benchmarks/speed.py [--repeats 5] [--json FILE]``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
from contenders import CONTENDERS

SIZES = ((1, 256), (4, 128), (16, 128), (64, 32))


def measure(channels: int, extent: int, repeats: int) -> dict[str, Any]:
    """Time all contenders in turn on one random 3x3 kernel; return medians, spreads, ratios and the error."""
    weight = np.random.default_rng(channels).normal(size=(channels, channels, 3, 3))
    seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    values = {}
    for repeat in range(repeats + 1):
        for name, contender in CONTENDERS.items():
            start = time.perf_counter()
            values[name] = contender(weight, extent)
            if repeat:  # the first round warms up
                seconds[name].append(time.perf_counter() - start)
    error = np.abs(np.sort(values["paper"], axis=None) - np.sort(values["crystal_lfa"], axis=None)).max()
    ratios = np.array(seconds["paper"]) / np.array(seconds["crystal_lfa"])
    return {
        "channels": channels,
        "extent": extent,
        "seconds": {name: float(np.median(times)) for name, times in seconds.items()},
        "ratio": float(np.median(ratios)),
        "ratio_range": [float(ratios.min()), float(ratios.max())],
        "error": float(error / values["paper"].max()),
    }


def main() -> None:
    """Print a table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    machine = {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "numpy": np.__version__,
        "processor": platform.processor() or platform.machine(),
    }
    print(machine)
    print("   c    n   paper [s]     fft [s]    ours [s]   paper/ours   (range)         error / sigma_max")
    rows = []
    for channels, extent in SIZES:
        row = measure(channels, extent, options.repeats)
        rows.append(row)
        times = row["seconds"]
        low, high = row["ratio_range"]
        print(
            f"{channels:4d} {extent:4d} {times['paper']:11.4f} {times['fft']:11.4f} {times['crystal_lfa']:11.4f}"
            f" {row['ratio']:12.2f}   ({low:.2f} - {high:.2f}) {row['error']:16.1e}"
        )
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2))


if __name__ == "__main__":
    main()
