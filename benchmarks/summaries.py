"""From seconds to what is reported: totals, ratios by round, exponents, and how tables print them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Row = dict[str, Any]
Seconds = dict[str, dict[str, list[float]]]
"""By contender, step and round."""

Range = tuple[float, float, float]
"""Median, minimum and maximum."""


def spread(numbers: ArrayLike) -> Range:
    """Return median, minimum and maximum."""
    found = np.asarray(numbers, dtype=float)
    return float(np.median(found)), float(found.min()), float(found.max())


def totals(seconds: Seconds, name: str) -> NDArray[np.float64]:
    """Return the seconds of all steps of a contender, by round."""
    return np.sum(list(seconds[name].values()), axis=0)


def ratio(seconds: Seconds, name: str, to: str) -> Range:
    """Return median, minimum and maximum of the ratios of two contenders' times in the same round."""
    return spread(totals(seconds, name) / totals(seconds, to))


def all_ratios(seconds: Seconds, to: str) -> dict[str, Range]:
    """Return the ratios of all other contenders' times to one's."""
    return {name: ratio(seconds, name, to) for name in seconds if name != to}


def exponent(sizes: ArrayLike, seconds: ArrayLike) -> float:
    """Return p of the power law ``seconds ~ sizes ** p`` that fits best in logarithms."""
    return float(np.polyfit(np.log(np.asarray(sizes)), np.log(np.asarray(seconds)), 1)[0])


FITTED = 4
"""Sizes of a fit, the largest: small ones tell what a call costs and not how it grows."""


def fitted(rows: Iterable[Row], key: str, name: str, step: str | None = None) -> str:
    """Write the exponent of a contender's time, or of a step's, in ``row[key]``, at the largest sizes it has."""
    found = [row for row in rows if name in row["seconds"]][-FITTED:]
    if len(found) < 2:
        return ""
    sizes = [row[key] for row in found]
    times = [row["seconds"][name][step] if step else totals(row["seconds"], name) for row in found]
    letter = {"extent": "n", "channels": "c"}[key]
    return f"{exponent(sizes, [np.median(x) for x in times]):.2f} ({letter} = {sizes[0]} .. {sizes[-1]})"


def in_units(seconds: float) -> str:
    """Write a time with three digits."""
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{_three(seconds * factor)} {unit}"
    return f"{_three(seconds * 1e6)} µs"


def _three(number: float) -> str:
    return f"{number:.3g}" if number < 999.5 else f"{number:.0f}"


def time_cell(times: ArrayLike) -> str:
    """Write the median of times, and their range in its unit."""
    median, low, high = spread(times)
    text, unit = in_units(median).split()
    factor = {"s": 1, "ms": 1e3, "µs": 1e6}[unit]
    return f"{text} {unit} ({_three(low * factor)} - {_three(high * factor)})"


def ratio_cell(found: Sequence[float]) -> str:
    """Write a ratio and its range."""
    median, low, high = found
    return f"{_three(median)} ({_three(low)} - {_three(high)})"


def contender_cell(row: Row, name: str) -> str:
    """Write a contender's time in a row, or why there is none."""
    if name in row["seconds"]:
        return time_cell(totals(row["seconds"], name))
    return f"left out: {row['left_out'][name]}" if name in row["left_out"] else ""


def names_in(rows: Iterable[Row]) -> list[str]:
    """Return the contenders of all rows, in their order, those that were left out included."""
    return list(dict.fromkeys(name for row in rows for name in [*row["seconds"], *row.get("left_out", ())]))


def steps_table(rows: Iterable[Row]) -> str:
    """Return a table of the medians of the transform, of the SVD, and of both together."""
    lines = []
    for row in rows:
        for name, steps in row["seconds"].items():
            if name != "explicit":
                total = totals(row["seconds"], name)
                parts = [in_units(float(np.median(steps[x]))) if x in steps else "" for x in ("transform", "svd")]
                share = f"{100 * np.median(steps['svd'] / total):.0f} %" if "svd" in steps else ""
                lines.append([row["channels"], row["extent"], name, *parts, time_cell(total), share])
    return markdown(["c", "n", "method", "transform", "SVD", "together", "share of the SVD"], lines)


def markdown(header: Sequence[str], rows: Iterable[Sequence[Any]], *, words: int = 0) -> str:
    """Return a table; the first `words` columns are words, the others numbers, on the right."""
    marks = ["---" if column < words else "---:" for column in range(len(header))]
    lines = [header, marks, *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"
