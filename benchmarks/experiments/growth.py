"""Growth of time in n and in c: the paper's tables I, II and III and its figure 7, from the same rounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pictures as pic
from contenders import OURS, random_weight, steps
from summaries import (
    Row,
    contender_cell,
    fitted,
    markdown,
    names_in,
    ratio,
    ratio_cell,
    spread,
    steps_table,
    totals,
)
from timing import against_paper, interleaved

NAMES = ("explicit", "fft", "paper", "torch", OURS)
EXTENTS: dict[str, tuple[int, tuple[int, ...]]] = {
    "smoke": (2, (4, 8, 16)),
    "quick": (16, (4, 8, 16, 32, 64, 128)),
    "full": (16, (4, 8, 16, 32, 64, 128, 256, 512)),
}
"""The channels, and the extents over which time grows."""

LARGE: dict[str, tuple[tuple[int, ...], int]] = {
    "smoke": ((16, 32), 16),
    "quick": ((256, 512, 1024), 256),
    "full": ((256, 512, 1024, 2048), 1024),
}
"""Extents, with the same channels, where the call itself no longer counts; and up to which the transforms are timed."""

CHANNELS: dict[str, tuple[int, tuple[int, ...]]] = {
    "smoke": (4, (1, 2, 4)),
    "quick": (32, (4, 8, 16, 32, 64)),
    "full": (32, (1, 2, 4, 8, 16, 32, 64, 128)),
}
"""The extent, and the channels over which time grows."""

FEW_CHANNELS: dict[str, tuple[int, tuple[int, ...]]] = {
    "smoke": (4, (1, 2)),
    "quick": (8, (2, 4, 8, 16)),
    "full": (8, (2, 4, 8, 16, 32, 64)),
}
"""The same where explicit matrices fit."""

REPEATS = {"smoke": 2, "quick": 5, "full": 5}
LIMIT = {"smoke": 1.0, "quick": 2.0, "full": 30.0}
THEORY = {
    "explicit": ("$n^6$", "$c^3$"),
    "fft": ("$n^2 (\\log n + c)$", "$c^3$"),
    "paper": ("$n^2$", "$c^3$"),
    "torch": ("as fft", "$c^3$"),
    OURS: ("$n^2$", "$c^3$"),
}
"""The paper's table I, for kernels of fixed extent, c input and c output channels."""


def run(edition: str) -> Iterator[Row]:
    """Yield a row a size."""
    channels, extents = EXTENTS[edition]
    sizes = [("extent", channels, extent) for extent in extents]
    for series, (extent, several) in (("channels", CHANNELS[edition]), ("few", FEW_CHANNELS[edition])):
        sizes += [(series, channels, extent) for channels in several]
    for series, channels, extent in sizes:
        names = NAMES if series != "channels" else NAMES[1:]
        row = against_paper(channels, extent, names, REPEATS[edition], limit=LIMIT[edition])
        yield {**row, "series": series}
    yield from _large(edition)


def _large(edition: str) -> Iterator[Row]:
    """Yield a row a large size: this library's sizes in turn, so that what else the machine does meets all of them."""
    channels, _ = EXTENTS[edition]
    extents, last = LARGE[edition]
    weight = random_weight(channels)
    ours = interleaved({str(extent): steps(OURS, weight, extent) for extent in extents}, REPEATS[edition])
    for extent in extents:
        seconds = {OURS: ours[str(extent)]}
        if extent <= last:
            chains = {name: {"transform": steps(name, weight, extent)["transform"]} for name in ("fft", "paper")}
            seconds |= interleaved(chains, REPEATS[edition])
        yield {"series": "large", "channels": channels, "extent": extent, "seconds": seconds}


def tables(rows: list[Row]) -> dict[str, str]:
    """Return the paper's three tables."""
    over_n, over_c = _of(rows, "extent"), _of(rows, "channels")
    return {
        "exponents": _exponents(rows),
        "totals": _totals(over_n) + "\n" + _totals(over_c),
        "steps": steps_table(over_n),
    }


def _exponents(rows: list[Row]) -> str:
    over_n, over_c, large = (_of(rows, series) for series in ("extent", "channels", "large"))
    lines = []
    for name in names_in(rows):
        several = _of(rows, "few") if name == "explicit" else over_c
        exponents = fitted(large if name == OURS else over_n, "extent", name), fitted(several, "channels", name)
        in_n, in_c = THEORY[name]
        lines.append([name, in_n, exponents[0], in_c, exponents[1]])
        if name in {"fft", "paper"}:
            alone = fitted(over_n + large, "extent", name, "transform"), fitted(over_c, "channels", name, "transform")
            in_n = "$n^2 \\log n$" if name == "fft" else "$n^2$"
            lines.append([f"{name}, its transform alone", in_n, alone[0], "$c^2$", alone[1]])
    return markdown(["method", "in n", "exponent in n", "in c", "exponent in c"], lines, words=1)


def _totals(rows: list[Row]) -> str:
    names = names_in(rows)
    header = ["c", "n", "singular values", *names, "fft / paper", f"fft / {OURS}"]
    lines = []
    for row in rows:
        c, n = row["channels"], row["extent"]
        speedups = [ratio_cell(ratio(row["seconds"], "fft", name)) for name in ("paper", OURS)]
        lines.append([c, n, f"{c * n * n:,}", *(contender_cell(row, name) for name in names), *speedups])
    return markdown(header, lines)


def _of(rows: list[Row], series: str) -> list[Row]:
    return [row for row in rows if row["series"] == series]


def pictures(rows: list[Row]) -> dict[str, Any]:
    """Draw figure 7, total time over n and over c, and the two steps over n."""
    totals_figure, axes = pic.figure(2)
    panels = (("extent", "extent", "n"), ("channels", "channels", "c"))
    for ax, (series, key, letter) in zip(axes, panels, strict=True):
        shown = _of(rows, series)
        (fixed,) = {row["channels" if letter == "n" else "extent"] for row in shown}
        curves = {
            name: [spread(totals(row["seconds"], name)) if name in row["seconds"] else None for row in shown]
            for name in names_in(shown)
        }
        other = f"c = {fixed}" if letter == "n" else f"n = {fixed}"
        pic.curves(ax, [row[key] for row in shown], curves, (f"{letter}, at {other}", "seconds"))
    steps_figure, ax = pic.figure()
    shown = _of(rows, "extent")
    curves = {
        f"{name}, {step}": [spread(row["seconds"][name][step]) for row in shown]
        for name in ("fft", "paper")
        for step in ("transform", "svd")
    }
    pic.curves(ax, [row["extent"] for row in shown], curves, (f"n, at c = {shown[0]['channels']}", "seconds"))
    return {"totals": totals_figure, "steps": steps_figure}
