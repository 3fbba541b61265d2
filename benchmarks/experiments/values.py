"""All singular values against the paper's algorithm and torch, and how far from the machine's limit that is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pictures as pic
from contenders import OURS, Steps
from numpy.typing import NDArray
from summaries import Range, Row, contender_cell, markdown, names_in, ratio_cell, spread, totals
from timing import against_paper, whole

FULL = ((1, 256), (2, 256), (4, 256), (8, 256), (16, 128), (32, 64), (64, 32), (64, 64), (128, 16))
SIZES = {"smoke": ((1, 8), (3, 5)), "quick": FULL, "full": FULL}
NAMES = {
    "smoke": ("paper", "fft", "torch", OURS),
    "quick": ("paper", "torch", OURS),
    "full": ("paper", "fft", "torch", OURS),
}
REPEATS = {"smoke": 2, "quick": 5, "full": 9}
ORDER = {"smoke": 64, "quick": 1024, "full": 1024}
"""Of the complex matrices whose product takes a turn in each round: its rate is the limit."""

PRODUCT = "product"


def run(edition: str) -> Iterator[Row]:
    """Yield a row a size."""
    order = ORDER[edition]
    others = {PRODUCT: matrix_product(order)}
    for channels, extent in SIZES[edition]:
        row = against_paper(channels, extent, NAMES[edition], REPEATS[edition], limit=60, others=others)
        rates = 8 * order**3 / totals(row["seconds"], PRODUCT)
        yield {**row, "rate": spread(rates), "fraction": fraction(row, rates)}


def matrix_product(order: int) -> Steps:
    """Return what multiplies two complex matrices, on all cores."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, order, 2 * order)).view(np.complex128)
    return whole(partial(np.matmul, a, b))


def visited(extent: int) -> int:
    """Return how many frequencies of n x n points there are, of each pair of opposite ones one."""
    self_conjugate = 4 if extent % 2 == 0 else 1
    return (extent**2 + self_conjugate) // 2


def fraction(row: Row, rates: NDArray[np.float64]) -> Range:
    """Return the rate at which the flops of the bidiagonalisations alone were done, as a fraction of the product's."""
    flops = 4 * (8 / 3) * row["channels"] ** 3 * visited(row["extent"])
    return spread(flops / totals(row["seconds"], OURS) / rates)


def tables(rows: list[Row]) -> dict[str, str]:
    """Return times and ratios, and the fractions of the limit."""
    names = [name for name in names_in(rows) if name != PRODUCT]
    others = [name for name in names if name != OURS]
    header = ["c", "n", *names, *(f"{name} / {OURS}" for name in others)]
    compared = [name for name in names if name in {"torch", OURS}]
    header += [f"error of {name} / sigma max" for name in compared]
    values = []
    for row in rows:
        ratios = [ratio_cell(row["ratios"][name]) if name in row["ratios"] else "" for name in others]
        errors = [f"{row['errors'][name]:.0e}" if name in row["errors"] else "" for name in compared]
        times = [contender_cell(row, name) for name in names]
        values.append([row["channels"], row["extent"], *times, *ratios, *errors])
    limits = [
        [row["channels"], row["extent"], _percent(row["fraction"]), f"{row['rate'][0] / 1e9:.1f} GF/s"] for row in rows
    ]
    return {
        "values": markdown(header, values),
        "limit": markdown(["c", "n", "fraction of the limit (range)", "complex matrix product"], limits),
    }


def _percent(found: Range) -> str:
    median, low, high = (100 * x for x in found)
    return f"{median:.1f} % ({low:.1f} - {high:.1f})"


def pictures(rows: list[Row]) -> dict[str, Any]:
    """Draw ratios and fractions over the channels."""
    labels = [f"{row['channels']}, {row['extent']}" for row in rows]
    names = [name for name in names_in(rows) if name not in {PRODUCT, OURS}]
    curves = {name: [row["ratios"].get(name) for row in rows] for name in names}
    values, ax = pic.figure()
    pic.bars(ax, labels, {f"{name} / {OURS}": points for name, points in curves.items()}, ("c, n", "ratio of times"))
    pic.level(ax, 1)
    limit, ax = pic.figure()
    pic.bars(ax, labels, {OURS: [row["fraction"] for row in rows]}, ("c, n", "fraction of the product's rate"))
    return {"values": values, "limit": limit}
