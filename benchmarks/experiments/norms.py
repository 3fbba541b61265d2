"""Certified norms against the paper's algorithm for all values, of which the largest is no bound."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pictures as pic
from contenders import our_values, random_weight, steps
from summaries import Row, markdown, ratio, ratio_cell, time_cell, totals
from timing import interleaved, whole

import crystal_lfa as lfa

SIZES = {"smoke": (2, 8), "quick": (64, 32), "full": (64, 224)}
REPEATS = {"smoke": 1, "quick": 5, "full": 5}
WIDTHS = (1e-1, 1e-2, 1e-4, 1e-6)


def run(edition: str) -> Iterator[Row]:
    """Yield a row a width of the interval."""
    channels, extent = SIZES[edition]
    weight = random_weight(channels)
    operator = lfa.cnn.conv(weight)
    largest = float(our_values(weight, extent).max())
    found: dict[str, Any] = {}
    chains = {"paper": steps("paper", weight, extent)}
    chains |= {f"{width:g}": whole(partial(lfa.norm, operator, rtol=width)) for width in WIDTHS}
    seconds = interleaved(chains, REPEATS[edition], found.__setitem__)
    for width in WIDTHS:
        name = f"{width:g}"
        norm = found[name]
        if not largest <= norm.upper:
            raise ValueError(f"the interval {norm} does not hold the largest value {largest}")
        yield {
            "channels": channels,
            "extent": extent,
            "width": name,
            "seconds": {"paper": seconds["paper"], name: seconds[name]},
            "ratio": ratio(seconds, "paper", name),
            "symbols": norm.evaluations,
            "interval": [norm.lower, norm.upper],
            "largest": largest,
        }


def tables(rows: list[Row]) -> dict[str, str]:
    """Return times and intervals."""
    first = rows[0]
    text = (
        f"c = {first['channels']}; the paper's algorithm for all values at n = {first['extent']}: "
        f"{time_cell(totals(first['seconds'], 'paper'))}, the largest {first['largest']:.8f}.\n\n"
    )
    lines = [
        [
            row["width"],
            row["symbols"],
            f"{row['interval'][0]:.8f} - {row['interval'][1]:.8f}",
            time_cell(totals(row["seconds"], row["width"])),
            ratio_cell(row["ratio"]),
        ]
        for row in rows
    ]
    header = ["relative width", "symbols", "interval", "crystal_lfa", "paper / crystal_lfa"]
    return {"norms": text + markdown(header, lines)}


def pictures(rows: list[Row]) -> dict[str, Any]:
    """Draw the ratios."""
    figure, ax = pic.figure()
    labels = [row["width"] for row in rows]
    pic.bars(ax, labels, {"": [row["ratio"] for row in rows]}, ("relative width", "paper / crystal_lfa"))
    return {"norms": figure}
