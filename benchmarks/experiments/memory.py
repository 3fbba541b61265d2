"""Peak resident memory of all singular values, each contender at each size in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pictures as pic
from contenders import OURS, random_weight, steps
from fresh import in_fresh_process
from machine import forget_peak, peak_bytes
from summaries import Row, in_units, markdown

from crystal_lfa.spectra.kernels.report import prepared

SIZES = {
    "smoke": ((2, 8),),
    "quick": ((16, 64), (16, 128), (16, 256), (16, 512), (16, 1024)),
    "full": ((16, 64), (16, 128), (16, 256), (16, 512), (16, 1024), (64, 256)),
}
MOST = {"smoke": 1e9, "quick": 1e9, "full": 6e9}
"""Bytes: where the paper's symbols would take more, only this library runs."""


def run(edition: str) -> Iterator[Row]:
    """Yield a row a size and contender."""
    for channels, extent in SIZES[edition]:
        needed = 16 * (channels * extent) ** 2
        for name in (OURS,) if needed > MOST[edition] else ("paper", OURS):
            found = in_fresh_process(measure, name=name, channels=channels, extent=extent)
            yield {"channels": channels, "extent": extent, "name": name, **found}


def measure(name: str, channels: int, extent: int) -> dict[str, float]:
    """Run one contender once in this process."""

    def values(n: int) -> Any:
        carried: tuple[Any, ...] = ()
        for work in steps(name, weight, n).values():
            carried = (work(*carried),)
        return carried[0]

    weight = random_weight(channels)
    # Imports, compiled code and pools of threads are the interpreter's.
    list(prepared())
    values(4)
    forget_peak()
    before = peak_bytes()
    start = time.perf_counter()
    found = values(extent)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "peak": peak_bytes() - before, "result": int(found.nbytes)}


def tables(rows: list[Row]) -> dict[str, str]:
    """Return the peaks."""
    header = ["c", "n", "method", "time, once", "peak above the interpreter", "result", "beyond the result"]
    lines = [
        [
            row["channels"], row["extent"], row["name"], in_units(row["seconds"]),
            *(f"{size / 1e6:.1f} MB" for size in (row["peak"], row["result"], row["peak"] - row["result"])),
        ]
        for row in rows
    ]  # fmt: skip
    return {"memory": markdown(header, lines)}


def pictures(rows: list[Row]) -> dict[str, Any]:
    """Draw what the peaks have beyond the result."""
    channels = rows[0]["channels"]
    sizes = sorted({row["extent"] for row in rows if row["channels"] == channels})
    curves = {}
    for name in dict.fromkeys(row["name"] for row in rows):
        beyond = {
            row["extent"]: (row["peak"] - row["result"]) / 1e6
            for row in rows
            if row["name"] == name and row["channels"] == channels
        }
        curves[name] = [(beyond[n],) * 3 if n in beyond else None for n in sizes]
    figure, ax = pic.figure()
    pic.curves(ax, sizes, curves, (f"n, at c = {channels}", "MB beyond the result"))
    return {"memory": figure}
