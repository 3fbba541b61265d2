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


def markdown(header: Sequence[str], rows: Iterable[Sequence[Any]], *, words: int = 0) -> str:
    """Return a table; the first `words` columns are words, the others numbers, on the right."""
    marks = ["---" if column < words else "---:" for column in range(len(header))]
    lines = [header, marks, *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"
