"""Curves over a path, and a density: bands and densities of states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import figure_and_axes
from crystal_lfa.drawing.colours import ACCENT, FAINT, INK, SOFT
from crystal_lfa.drawing.images import value_range
from crystal_lfa.drawing.points import legend

__all__ = ["draw_bands", "draw_density", "path_and_bands"]

_NO_IMAGINARY_PART = 1e-12
"""Beside the largest number, below which imaginary parts are rounding."""
_MARGIN = 0.05


def draw_bands(
    distance: NDArray[np.float64], values: NDArray[Any], ticks: Sequence[tuple[float, str]], ax: Any = None
) -> list[Any]:
    """Draw curves over a path with labelled corners, broken where the path jumps.

    Complex numbers have no order in which one could be joined to the next: their real and imaginary parts are dots.

    Parameters
    ----------
    distance : (k,)
        Ascending; the path jumps where a distance comes twice.
    values : (k, curves), real or complex
    ticks : (distance, label) of each corner
    ax : plane matplotlib axes, optional

    Returns
    -------
    list of artists: the curves, then the lines at the corners
    """
    _, ax = figure_and_axes(ax, (6.4, 4.4))
    artists: list[Any] = []
    shown = values.real
    if values.dtype.kind == "c":
        artists += ax.plot(distance, values.real, ".", color=ACCENT, markersize=3)
        if np.abs(values.imag).max(initial=0.0) > _NO_IMAGINARY_PART * np.abs(values).max(initial=0.0):
            real = artists[0]
            artists += ax.plot(distance, values.imag, ".", color=INK, markersize=2, zorder=1.9)
            artists += legend(ax, [real, artists[-1]], ["real part", "imaginary part"])
            shown = np.concatenate([values.real, values.imag])
    else:
        jumps = np.flatnonzero(np.diff(distance) == 0) + 1
        artists += ax.plot(
            np.insert(distance, jumps, np.nan),
            np.insert(values.astype(np.float64), jumps, np.nan, axis=0),
            color=ACCENT,
            linewidth=1.6,
        )
    lower, upper = value_range(shown)
    margin = _MARGIN * (upper - lower)
    ax.set_ylim(lower - margin, upper + margin)
    artists += [ax.axvline(place, color=FAINT, linewidth=0.8, zorder=0.5) for place, _ in ticks]
    # Letters are shown as they are; those of a jump stand on both sides of their line.
    labels = ax.set_xticks([place for place, _ in ticks], [_letters(label) for _, label in ticks])
    for label in labels:
        label.label1.set_parse_math(False)
    ax.set_xlim(distance[0], distance[-1])
    ax.set_ylabel("eigenvalue", color="0.35")
    _frame(ax)
    return artists


def draw_density(
    edges: NDArray[np.float64],
    density: NDArray[np.float64],
    ax: Any = None,
    *,
    sideways: bool = False,
    names: tuple[str, str] = ("eigenvalue", "states a cell"),
) -> list[Any]:
    """Draw a density over intervals as filled steps; return the artists.

    Parameters
    ----------
    edges : (bins + 1,)
    density : (bins,)
    ax : plane matplotlib axes, optional
    sideways : bool
        Whether the intervals lie along the vertical axis, as beside bands.
    names : of what the intervals are of, and of the density
    """
    _, ax = figure_and_axes(ax, (2.6, 4.4) if sideways else (6.4, 3.6))
    orientation = "horizontal" if sideways else "vertical"
    steps = ax.stairs(density, edges, fill=True, color=SOFT, alpha=0.5, orientation=orientation)
    outline = ax.stairs(density, edges, color=INK, linewidth=1.0, orientation=orientation)
    (ax.set_ylabel if sideways else ax.set_xlabel)(names[0], color="0.35")
    (ax.set_xlabel if sideways else ax.set_ylabel)(names[1], color="0.35")
    (ax.set_xlim if sideways else ax.set_ylim)(0, _MARGIN * density.max() + density.max())
    _frame(ax)
    return [steps, outline]


def path_and_bands(dimension: int) -> tuple[Any, Any, Any]:
    """Return a new figure with axes for a path in its zone and wider ones for the bands along it.

    Raises
    ------
    MissingLibraryError
        If matplotlib is not installed.
    InvalidArgumentError
        If the dimension is above three.
    """
    figure, _ = figure_and_axes(None, (11.5, 4.8), dimension)
    figure.clear()
    grid = figure.add_gridspec(1, 2, width_ratios=(2, 3))
    left = figure.add_subplot(grid[0], projection="3d" if dimension == 3 else None)
    return figure, left, figure.add_subplot(grid[1])


def _letters(label: str) -> str:
    """Return the label of a corner as people write it."""
    return "|".join("\u0393" if letter == "G" else letter for letter in label.split("|"))


def _frame(ax: Any) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("0.7")
    ax.tick_params(color="0.7", labelcolor="0.2")
