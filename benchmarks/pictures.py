"""How experiments draw: bars and curves with ranges, in the colours of the library's own pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import grey_frame
from crystal_lfa.drawing.colours import INK, several

Points = Sequence[Sequence[float] | None]
"""Median, minimum and maximum at each place; None where there is none."""

FIXED = ("crystal_lfa", "paper", "fft", "torch", "explicit")
"""Who has the same colour in every picture."""


def figure(panels: int = 1) -> tuple[Any, Any]:
    """Return a figure and its axes, several if there are several panels."""
    from matplotlib.figure import Figure

    new = Figure(figsize=(6.2 if panels == 1 else 4.8 * panels, 3.8), layout="constrained")
    return new, new.subplots(1, panels)


def save(drawn: Any, path: Any) -> None:
    """Write a figure to a file."""
    drawn.savefig(path, dpi=130)


def bars(ax: Any, places: Sequence[str], curves: Mapping[str, Points], labels: tuple[str, str]) -> None:
    """Draw groups of bars with their ranges, their heights written on top."""
    width = 0.8 / len(curves)
    for number, (name, points) in enumerate(curves.items()):
        x = np.arange(len(places)) - 0.4 + (number + 0.5) * width
        median, ranges = _arrays(points)
        ax.bar(x, median, 0.9 * width, color=_colour(name, number), label=name or None, zorder=2)
        ax.errorbar(x, median, ranges, fmt="none", ecolor=INK, elinewidth=0.8, zorder=3)
        for place, height, high in zip(x, median, ranges[1], strict=True):
            if np.isfinite(height):
                ax.annotate(
                    f"{height:.2g}" if height < 99.5 else f"{height:.0f}", (place, height + high), xytext=(0, 2),
                    textcoords="offset points", ha="center", va="bottom", fontsize="x-small", color=INK,
                )  # fmt: skip
    ax.set_xticks(np.arange(len(places)), places)
    ax.margins(y=0.12)
    _finish(ax, labels, legend=len(curves) > 1)


def curves(ax: Any, sizes: Sequence[int], several_points: Mapping[str, Points], labels: tuple[str, str]) -> None:
    """Draw curves with their ranges, both axes logarithmic."""
    for number, (name, points) in enumerate(several_points.items()):
        median, ranges = _arrays(points)
        style = {"color": _colour(name, number), "marker": "o", "markersize": 3.5, "linewidth": 1.4, "elinewidth": 0.8}
        ax.errorbar(sizes, np.where(median > 0, median, np.nan), ranges, label=name, **style)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.minorticks_off()
    _finish(ax, labels, legend=True)


def level(ax: Any, height: float) -> None:
    """Draw a dashed line across."""
    ax.axhline(height, color=INK, linestyle="--", linewidth=1.0, zorder=1)


def _arrays(points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    known = np.array([(np.nan,) * 3 if point is None else point for point in points], dtype=float)
    median, low, high = known.T
    return median, np.array([median - low, high - median])


def _colour(name: str, number: int) -> Any:
    first = name.split(" / ", maxsplit=1)[0]
    return several(len(FIXED))[FIXED.index(first)] if first in FIXED else several(9)[number]


def _finish(ax: Any, labels: tuple[str, str], *, legend: bool) -> None:
    ax.set_xlabel(labels[0], color="0.35")
    ax.set_ylabel(labels[1], color="0.35")
    grey_frame(ax)
    if legend:
        ax.legend(frameon=False, fontsize="small", labelcolor="0.2")
