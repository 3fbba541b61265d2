"""A decomposition of a layer whose matrix, and whose factors, memory does not hold: time, peak memory, residuals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from contenders import random_weight
from fresh import in_fresh_process
from machine import forget_peak, peak_bytes
from summaries import Row, in_units, markdown

import crystal_lfa as lfa

SIZES: dict[str, dict[str, Any]] = {
    "smoke": {"channels": 2, "extent": 6, "memory": "10MB"},
    "full": {"channels": 64, "extent": 256, "memory": "1GB"},
}
"""The quick edition has none. The symbols' factors of the full one take 8.6 GB."""


def run(edition: str) -> Iterator[Row]:
    """Yield one row."""
    if edition in SIZES:
        yield {**SIZES[edition], **in_fresh_process(measure, **SIZES[edition])}


def measure(channels: int, extent: int, memory: str) -> Row:
    """Take the layer apart and use it, in this process."""
    rng = np.random.default_rng(0)
    weight = random_weight(channels)
    small = lfa.svd(lfa.cnn.conv(weight), 4)  # imports, compiled code and pools of threads are the interpreter's
    small.pinv().apply(rng.normal(size=(16, channels)))
    operator = lfa.cnn.conv(weight)
    torus = operator.lattice.torus((extent, extent))
    x = rng.normal(size=(extent**2, channels))
    forget_peak()
    before = peak_bytes()
    steps: list[Row] = []

    def timed(name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - start
        steps.append({"step": name, "seconds": seconds, "peak": peak_bytes() - before})
        return result

    found = timed("`svd`: all values", lambda: lfa.svd(operator, torus, memory=memory))
    sigma, right = float(found.sorted_values[0]), timed("`right(0)`", lambda: found.right(0))
    left = timed("`left(0)`", lambda: found.left(0))
    image = timed("A v, by shifts", lambda: operator.apply(right, torus))
    truncated = found.truncate(rank=found.values.size // 10)
    low = timed("truncated to a tenth of its rank, applied", lambda: truncated.apply(x))
    y = operator.apply(x, torus)
    inverse = found.pinv()
    back = timed("`pinv` applied", lambda: inverse.apply(y))
    return {
        "steps": steps,
        "residual": float(np.linalg.norm(image - sigma * left) / sigma),
        "inverse": float(np.linalg.norm(back - x) / np.linalg.norm(x)),
        "condition": sigma / float(found.values.min()),
        "truncation": float(np.linalg.norm(y - low) / np.linalg.norm(x)),
        "next": float(found.sorted_values[truncated.rank]),
    }


def tables(rows: list[Row]) -> dict[str, str]:
    """Return the steps, and below them the residuals."""
    if not rows:
        return {}
    (row,) = rows
    c, n = row["channels"], row["extent"]
    lines = [[step["step"], in_units(step["seconds"]), f"{step['peak'] / 1e6:.0f} MB"] for step in row["steps"]]
    text = (
        f"{c} channels on {n} x {n} points, {c * n * n:,} unknowns, `memory={row['memory']!r}`.\n\n"
        + markdown(["step", "time, once", "peak so far, above the interpreter"], lines, words=1)
        + f"\nThe residual of $A v = \\sigma u$ is {row['residual']:.0e} of sigma, that of $A^+ A x = x$ "
        f"{row['inverse']:.0e} at a condition of {row['condition']:.0e}; $|A x - A_k x| / |x|$ is "
        f"{row['truncation']:.4g}, at most $\\sigma_{{k+1}}$ = {row['next']:.4g}.\n"
    )
    return {"large_layer": text}


def pictures(rows: list[Row]) -> dict[str, Any]:  # noqa: ARG001 - every experiment is asked
    """Draw nothing: the table says it."""
    return {}
