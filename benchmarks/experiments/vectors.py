"""All singular values and vectors: every factor of every symbol handed out as an array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pictures as pic
from contenders import OURS
from summaries import Row, contender_cell, fitted, markdown, names_in, ratio_cell, steps_table
from timing import against_paper

SIZES = {
    "smoke": ((2, 6), (2, 8)),
    "quick": ((16, 32), (16, 64), (16, 128), (64, 32)),
    "full": ((1, 256), (4, 256), (16, 32), (16, 64), (16, 128), (16, 256), (64, 16), (64, 32), (64, 64), (128, 16)),
}
NAMES = ("paper", "fft", "torch", OURS)
REPEATS = {"smoke": 2, "quick": 5, "full": 7}
LIMIT = {"smoke": 1.0, "quick": 5.0, "full": 15.0}
"""Seconds: the decompositions of the FFT method are those of the paper's algorithm."""


def run(edition: str) -> Iterator[Row]:
    """Yield a row a size."""
    for channels, extent in SIZES[edition]:
        yield against_paper(channels, extent, NAMES, REPEATS[edition], limit=LIMIT[edition], vectors=True)


def tables(rows: list[Row]) -> dict[str, str]:
    """Return times, ratios and what the rebuilt symbols differ by; exponents in n; transform and SVD apart."""
    names = names_in(rows)
    others = [name for name in names if name != OURS]
    header = ["c", "n", *names, *(f"{name} / {OURS}" for name in others), "rebuilt symbols differ by"]
    lines = []
    for row in rows:
        ratios = [ratio_cell(row["ratios"][name]) if name in row["ratios"] else "" for name in others]
        times = [contender_cell(row, name) for name in names]
        lines.append([row["channels"], row["extent"], *times, *ratios, f"{row['errors'][OURS]:.0e}"])
    return {"vectors": markdown(header, lines) + _exponents(rows), "vectors_steps": steps_table(rows)}


def _exponents(rows: list[Row]) -> str:
    """Say how times grow with n, where there are several."""
    text = ""
    for channels in dict.fromkeys(row["channels"] for row in rows):
        shown = [row for row in rows if row["channels"] == channels]
        found = {name: fitted(shown, "extent", name) for name in names_in(shown)}
        parts = [f"{name} {power}" for name, power in found.items() if power]
        text += f"\nExponent of the time in n at c = {channels}: {', '.join(parts)}.\n" if parts else ""
    return text


def pictures(rows: list[Row]) -> dict[str, Any]:
    """Draw the ratios."""
    labels = [f"{row['channels']}, {row['extent']}" for row in rows]
    names = [name for name in names_in(rows) if name != OURS]
    curves = {f"{name} / {OURS}": [row["ratios"].get(name) for row in rows] for name in names}
    figure, ax = pic.figure()
    pic.bars(ax, labels, curves, ("c, n", "ratio of times, with vectors"))
    pic.level(ax, 1)
    return {"vectors": figure}
