"""Curves of numbers over steps or parameters, with levels that they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import figure_and_axes, grey_frame
from crystal_lfa.drawing.colours import ACCENT, FAINT, INK

__all__ = ["draw_levels", "draw_slices"]


def draw_levels(
    ax: Any,
    places: NDArray[Any],
    values: NDArray[Any],
    levels: Sequence[tuple[str, float]],
    labels: tuple[str, str],
    mark: tuple[float, float] | None = None,
) -> list[Any]:
    """Draw values over places, joined by lines, and horizontal levels with their names; return the artists.

    Parameters
    ----------
    ax : plane matplotlib axes, optional
    places, values : (k,)
    levels : sequence of (name, value)
    labels : of the places and of the values
    mark : (place, value) of a point to mark, optional
    """
    _, ax = figure_and_axes(ax, (5.4, 3.6))
    artists: list[Any] = ax.plot(places, values, color=ACCENT, marker="o", markersize=3.0, linewidth=1.2, zorder=2)
    for number, (name, value) in enumerate(levels):
        style = "--" if number else "-"
        artists.append(ax.axhline(value, color=INK if number else FAINT, linestyle=style, linewidth=1.0, zorder=1))
        high = number == len(levels) - 1
        artists.append(
            ax.annotate(
                f"{name} {value:.4g}", (0.99, value), xycoords=("axes fraction", "data"), ha="right",
                va="bottom" if high else "top", xytext=(0, 2 if high else -2), textcoords="offset points",
                color=INK, fontsize="small",
            )
        )  # fmt: skip
    if mark is not None:
        artists += ax.plot(*mark, color=INK, marker="o", markersize=6.0, linestyle="none", zorder=3)
    ax.set_xlabel(labels[0], color="0.35")
    ax.set_ylabel(labels[1], color="0.35")
    ax.margins(y=0.12)
    grey_frame(ax)
    return artists


def draw_slices(ax: Any, curves: Sequence[tuple[str, NDArray[Any], NDArray[Any], float]], label: str) -> list[Any]:
    """Draw several curves side by side in panels of one scale; return the artists.

    Parameters
    ----------
    ax : sequence of plane matplotlib axes, as many as curves, optional
    curves : sequence of (name of the places, places, values, place to mark)
    label : of the values
    """
    if ax is None:
        from matplotlib import pyplot as plt

        _, panels = plt.subplots(
            1, len(curves), figsize=(3.4 * len(curves), 3.2), sharey=True, layout="constrained", squeeze=False
        )
        ax = panels[0]
    artists: list[Any] = []
    for number, (panel, (name, places, values, best)) in enumerate(zip(np.ravel(ax), curves, strict=True)):
        artists += panel.plot(places, values, color=ACCENT, linewidth=1.2)
        artists.append(panel.axvline(best, color=INK, linestyle="--", linewidth=1.0))
        panel.set_xlabel(name, color="0.35")
        if number == 0:
            panel.set_ylabel(label, color="0.35")
        grey_frame(panel)
    return artists
