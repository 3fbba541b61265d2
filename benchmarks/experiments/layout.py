"""Whether it pays to bring symbols into row-major order before they are taken apart: the paper's table IV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pictures as pic
from contenders import random_weight, row_major_steps, steps
from summaries import Row, in_units, markdown, spread, time_cell, totals
from timing import interleaved

CHANNELS = {"smoke": 2, "quick": 16, "full": 16}
EXTENTS = {"smoke": (4, 8), "quick": (16, 32, 64, 128), "full": (32, 64, 128, 256)}
EXTENTS_WITH_VECTORS = {"smoke": (4,), "quick": (16, 32, 64), "full": (32, 64, 128)}
REPEATS = {"smoke": 2, "quick": 5, "full": 7}
NAMES = ("fft", "paper")
COPIED = ", row-major"


def run(edition: str) -> Iterator[Row]:
    """Yield a row an extent, first of values alone, then with vectors."""
    channels = CHANNELS[edition]
    weight = random_weight(channels)
    sizes = [(extent, False) for extent in EXTENTS[edition]]
    sizes += [(extent, True) for extent in EXTENTS_WITH_VECTORS[edition]]
    for extent, vectors in sizes:
        chains = {}
        for name in NAMES:
            chains[name] = steps(name, weight, extent, vectors=vectors)
            chains[name + COPIED] = row_major_steps(name, weight, extent, vectors=vectors)
        seconds = interleaved(chains, REPEATS[edition])
        yield {"channels": channels, "extent": extent, "vectors": vectors, "seconds": seconds}


def tables(rows: list[Row]) -> dict[str, str]:
    """Return the steps' times, with and without the copy."""
    lines = []
    for row in rows:
        for name, parts in row["seconds"].items():
            cells = [in_units(float(np.median(parts[x]))) if x in parts else "-" for x in ("transform", "copy", "svd")]
            method, _, copied = name.partition(COPIED[:2])
            answers = ["yes" if x else "no" for x in (row["vectors"], copied)]
            lines.append([row["extent"], method, *answers, *cells, time_cell(totals(row["seconds"], name))])
    return {"layout": markdown(["n", "method", "vectors", "row-major", "transform", "copy", "SVD", "together"], lines)}


def pictures(rows: list[Row]) -> dict[str, Any]:
    """Draw the total times with the copy as ratios to those without."""
    labels = [f"{row['extent']}\nvectors" if row["vectors"] else str(row["extent"]) for row in rows]
    curves = {
        name: [spread(totals(row["seconds"], name + COPIED) / totals(row["seconds"], name)) for row in rows]
        for name in NAMES
    }
    figure, ax = pic.figure()
    pic.bars(ax, labels, curves, (f"n, at c = {rows[0]['channels']}", "time with the copy / without"))
    pic.level(ax, 1)
    return {"layout": figure}
