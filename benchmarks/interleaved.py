"""Timing several contenders in turn, in one process, so that what else the machine does meets all of them."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Times:
    """Seconds of each contender in each round."""

    seconds: Mapping[str, Sequence[float]]

    def median(self, name: str) -> float:
        """Return a contender's median."""
        return float(np.median(self.seconds[name]))

    def ratio(self, name: str, to: str) -> tuple[float, float, float]:
        """Return median, minimum and maximum of the ratios of two contenders' times in the same round."""
        ratios = np.array(self.seconds[name]) / np.array(self.seconds[to])
        return float(np.median(ratios)), float(ratios.min()), float(ratios.max())


def interleaved(contenders: Mapping[str, Callable[[], Any]], repeats: int, look: Callable[[str, Any], None]) -> Times:
    """Run all contenders in turn; `look` gets the name and the result of each of the last round."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for repeat in range(repeats + 1):
        for name, contender in contenders.items():
            start = time.perf_counter()
            found = contender()
            if repeat:  # the first round warms up
                seconds[name].append(time.perf_counter() - start)
            if repeat == repeats:
                look(name, found)
            del found
    return Times(seconds)


def machine() -> dict[str, Any]:
    """Return what figures depend on."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "numpy": np.__version__,
        "processor": platform.processor() or platform.machine(),
    }


def arguments(description: str | None) -> argparse.Namespace:
    """Return the arguments that benchmarks share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def against_paper(
    channels: int,
    extent: int,
    contenders: Mapping[str, Callable[[], Any]],
    repeats: int,
    look: Callable[[str, Any], None],
) -> dict[str, Any]:
    """Time contenders that have the paper's algorithm and ours among them; return a row of a table, and print it."""
    times = interleaved(contenders, repeats, look)
    ratio, low, high = times.ratio("paper", "crystal_lfa")
    seconds = {name: times.median(name) for name in contenders}
    figures = " ".join(f"{x:11.4f}" for x in seconds.values())
    print(f"{channels:4d} {extent:4d} {figures} {ratio:12.2f}   ({low:.2f} - {high:.2f})", end="")
    return {"channels": channels, "extent": extent, "seconds": seconds, "ratio": ratio, "ratio_range": [low, high]}


def write(rows: list[dict[str, Any]], path: Path | None) -> None:
    """Write a table as JSON where asked."""
    if path:
        path.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2))
