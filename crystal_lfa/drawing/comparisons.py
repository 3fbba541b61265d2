"""Sorted values of several kinds side by side, and how their differences fall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import figure_and_axes, grey_frame
from crystal_lfa.drawing.colours import FAINT, INK, several

__all__ = ["Panel", "draw_decay", "draw_sorted_panels"]

_GAP = 0.12
"""Between panels, whose width is 1."""
_MARGIN = 0.05
_MOST_SHOWN = 2000
"""Values of a curve, more than paper shows."""
_WIDE = 10.0
"""Ratio of numbers above which a logarithmic axis shows few of them."""
_FEW = 40
"""Values of which each is seen as a dot."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Curves over the same places.

    Attributes
    ----------
    title : str
    count : int
        How many values a whole curve has.
    curves : sequence of (k,) descending
        With fewer values than `count`, they are the ends: the first and the last.
    """

    title: str
    count: int
    curves: Sequence[NDArray[np.float64]]


def draw_sorted_panels(
    panels: Sequence[Panel], names: Sequence[str], labels: tuple[str, str], level: tuple[str, float], ax: Any = None
) -> list[Any]:
    """Draw panels of sorted values side by side on one scale; return the artists.

    Parameters
    ----------
    panels : with as many curves as `names`
    names : of the kinds of curves
    labels : of the places and of the values
    level : (name, value) of a horizontal line
    ax : plane matplotlib axes, optional

    Returns
    -------
    list of artists: the curves, panel by panel, the line, the panels' titles and the legend
    """
    width = len(panels) * (1 + _GAP) - _GAP
    _, ax = figure_and_axes(ax, (1.2 + 2.6 * width, 3.9))
    colours = several(len(names))
    curves: list[Any] = []
    titles: list[Any] = []
    top = max(level[1], *(float(curve[0]) for panel in panels for curve in panel.curves)) or 1.0
    for number, panel in enumerate(panels):
        left = number * (1 + _GAP)
        if number:
            ax.axvline(left - _GAP / 2, color=FAINT, linewidth=0.8, zorder=0.5)
        for order, (curve, colour) in enumerate(zip(panel.curves, colours, strict=True)):
            curves += _curve(ax, left, panel.count, curve, colour, order)
        titles.append(ax.text(left + 0.5, (1 + 2 * _MARGIN) * top, panel.title, ha="center", va="bottom", color=INK))
    line = ax.axhline(level[1], color=INK, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    handles = [*curves[: len(names)], line]
    # Descending curves leave room on the right, below the line.
    legend = ax.legend(
        handles, [*names, level[0]], frameon=False, fontsize="small", labelcolor="0.2",
        loc="upper right", bbox_to_anchor=(1.0, level[1] / ((1 + _MARGIN) * top)),
    )  # fmt: skip
    _places(ax, panels)
    ax.set_xlim(-_GAP / 2, width + _GAP / 2)
    ax.set_ylim(0, (1 + _MARGIN) * top)
    ax.set_xlabel(labels[0], color="0.35")
    ax.set_ylabel(labels[1], color="0.35")
    grey_frame(ax)
    return [*curves, line, *titles, legend]


def _curve(ax: Any, left: float, count: int, values: NDArray[np.float64], colour: Any, order: int) -> list[Any]:
    """Draw one curve into a panel of width 1; the ends of a curve, where there is no more, as dots."""
    places = np.arange(count)
    whole = len(values) == count
    if not whole:
        places = np.array([0, count - 1])[: len(values)]
    elif count > _MOST_SHOWN:
        places = np.unique(np.linspace(0, count - 1, _MOST_SHOWN).round().astype(np.int64))
        values = values[places]
    # The first lies on top: the others are compared with it.
    style: dict[str, Any] = {"color": colour, "linewidth": 1.6, "zorder": 4 - 0.1 * order, "clip_on": False}
    if not whole or count <= _FEW:
        style |= {"marker": "o", "markersize": 3.5, "linestyle": "-" if whole else "none"}
    return list(ax.plot(left + places / max(count - 1, 1), values, **style))


def _places(ax: Any, panels: Sequence[Panel]) -> None:
    """Write the numbers of the first and the last place below each panel."""
    ticks, texts = [], []
    for number, panel in enumerate(panels):
        ticks += [number * (1 + _GAP), number * (1 + _GAP) + 1]
        texts += ["1", f"{panel.count:,}"]
    for label, text in zip(ax.set_xticks(ticks, texts), texts, strict=True):
        label.label1.set_horizontalalignment("left" if text == "1" else "right")


def draw_decay(
    sizes: NDArray[Any], curves: Mapping[str, NDArray[np.float64]], labels: tuple[str, str], ax: Any = None
) -> list[Any]:
    """Draw positive numbers over sizes, both logarithmic; return the artists: a line a curve, and the legend.

    Parameters
    ----------
    sizes : (n,) positive
    curves : of (n,) each, under their names; NaN where unknown
    labels : of the sizes and of the numbers
    ax : plane matplotlib axes, optional
    """
    _, ax = figure_and_axes(ax, (5.2, 3.9))
    from matplotlib.ticker import FuncFormatter, LogLocator

    # The first colour is that of what everything here is compared with.
    colours = several(len(curves) + 1)[1:]
    artists: list[Any] = []
    for (name, values), colour in zip(curves.items(), colours, strict=True):
        positive = np.where(values > 0, values, np.nan)
        artists += ax.plot(sizes, positive, color=colour, marker="o", markersize=4.0, linewidth=1.4, label=name)
    ax.set_xscale("log")
    known = np.concatenate([values[values > 0] for values in curves.values()])
    if known.size:
        ax.set_yscale("log")
        # In a short range there may be no 1, 2 or 5.
        subs = (1.0, 2.0, 5.0) if known.max() > _WIDE * known.min() else tuple(range(1, 10))
        ax.yaxis.set_major_locator(LogLocator(subs=subs))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    ax.minorticks_off()
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.set_xlabel(labels[0], color="0.35")
    ax.set_ylabel(labels[1], color="0.35")
    grey_frame(ax)
    return [*artists, ax.legend(frameon=False, fontsize="small", labelcolor="0.2")]
