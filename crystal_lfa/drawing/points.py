"""Points, their texts and the legend of their colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.drawing.space import in_axes, include, is_spatial

__all__ = ["captions", "legend", "marker_size", "points"]

_LARGEST, _SMALLEST = 7.5, 1.2
_LEGEND_ENTRIES = 12


def marker_size(ax: Any, spacing: float, extent: float) -> float:
    """Return a diameter, in points, for markers at a distance from one another.

    Parameters
    ----------
    ax : matplotlib axes
    spacing : the distance between neighbours
    extent : the longest side of what is drawn, in the same unit
    """
    width = min(ax.bbox.width, ax.bbox.height) / ax.figure.dpi * 72
    return float(np.clip(0.3 * spacing / extent * width, _SMALLEST, _LARGEST))


def points(
    ax: Any,
    positions: ArrayLike,
    colour: Any,
    diameter: float,
    label: str = "",
    hollow: bool = False,
    zorder: float = 3.0,
) -> list[Any]:
    """Draw points as discs.

    Parameters
    ----------
    ax : matplotlib axes
    positions : (k, d) array_like
    colour : a colour of matplotlib
    diameter : in points
    label : what a legend calls them
    hollow : bool
        Rings instead of discs.
    zorder : what lies on top of what

    Returns
    -------
    list of artists: one collection, or none without points
    """
    array = in_axes(positions)
    if not len(array):
        return []
    empty = not ax.has_data()
    style = {"facecolors": "none", "edgecolors": colour} if hollow else {"color": colour}
    keywords = {"s": diameter**2, "linewidths": 1.1 if hollow else 0.0, "zorder": zorder, **style}
    if is_spatial(ax):
        keywords["depthshade"] = not hollow
    collection = ax.scatter(*array.T, label=label, **keywords)
    include(ax, array, empty)
    return [collection]


def captions(
    ax: Any,
    positions: ArrayLike,
    texts: Sequence[str],
    directions: ArrayLike,
    distance: float = 9.0,
    colour: Any = "black",
    size: float = 10.0,
) -> list[Any]:
    """Write a text beside each of several points.

    Parameters
    ----------
    ax : matplotlib axes
    positions : (k, d) array_like
    texts : sequence of k str
    directions : (k, d) array_like
        Where beside the point: only the direction counts. Of one dimension, the sign: above or below.
    distance : in points
    colour : a colour of matplotlib
    size : of the font

    Returns
    -------
    list of artists: k texts
    """
    from matplotlib.patheffects import withStroke
    from matplotlib.transforms import offset_copy

    artists = []
    for place, text, direction in zip(in_axes(positions), texts, np.asarray(directions, dtype=float), strict=True):
        step = distance * _on_paper(ax, direction)
        transform = offset_copy(ax.transData, fig=ax.figure, x=step[0], y=step[1], units="points")
        artist = ax.text(
            *place, text, transform=transform, ha="center", va="center", fontsize=size, color=colour, zorder=100
        )  # fmt: skip
        artist.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
        artists.append(artist)
    return artists


def _on_paper(ax: Any, direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit vector on paper of a direction in space; upwards, if it has none there."""
    if len(direction) == 1:
        flat = np.array([0.0, direction[0]])
    elif is_spatial(ax):
        azimuth, elevation = np.radians([ax.azim, ax.elev])
        right = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
        towards = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
        flat = np.array([direction @ right, direction @ np.cross(towards, right)])
    else:
        flat = direction
    # A direction towards the eye would leave the text on its point.
    length = float(np.linalg.norm(flat))
    return flat / length if length > 1e-6 * np.linalg.norm(direction) else np.array([0.0, 1.0])


def legend(ax: Any, handles: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """Say above the picture what colours mean; of many only the first few, and how many more there are."""
    shown, texts = list(handles), list(names)
    if len(texts) > _LEGEND_ENTRIES:
        from matplotlib.lines import Line2D

        hidden = len(texts) - _LEGEND_ENTRIES + 1
        shown = [*shown[: _LEGEND_ENTRIES - 1], Line2D([], [], linestyle="none")]
        texts = [*texts[: _LEGEND_ENTRIES - 1], f"and {hidden} more"]
    artist = ax.legend(
        shown, texts, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=min(len(texts), 4), frameon=False,
        fontsize="small", handletextpad=0.3, columnspacing=1.4, borderaxespad=0.2,
    )  # fmt: skip
    return [artist]
