"""Straight lines: segments, and arrows for vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from crystal_lfa.drawing.space import in_axes, include, is_spatial

__all__ = ["arrows", "segments"]


def segments(
    ax: Any,
    starts: ArrayLike,
    ends: ArrayLike,
    colour: Any,
    width: float = 1.0,
    style: str = "solid",
    label: str = "",
    zorder: float = 2.0,
) -> list[Any]:
    """Draw a line from each start to its end.

    Parameters
    ----------
    ax : matplotlib axes
    starts, ends : (k, d) array_like
    colour : a colour of matplotlib
    width : in points
    style : a line style of matplotlib
    label : what a legend calls them
    zorder : what lies on top of what

    Returns
    -------
    list of artists: one collection, or none without lines
    """
    pairs = np.stack([in_axes(starts), in_axes(ends)], axis=-2)
    if not len(pairs):
        return []
    empty = not ax.has_data()
    keywords: dict[str, Any] = {
        "colors": colour, "linewidths": width, "linestyles": style, "label": label, "zorder": zorder,
        "capstyle": "round" if style == "solid" else "butt",
    }  # fmt: skip
    if is_spatial(ax):
        from mpl_toolkits.mplot3d.art3d import Line3DCollection

        collection = Line3DCollection(pairs, **keywords)
        ax.add_collection3d(collection)
    else:
        from matplotlib.collections import LineCollection

        collection = LineCollection(list(pairs), **keywords)
        ax.add_collection(collection, autolim=False)
    include(ax, pairs, empty)
    return [collection]


def arrows(
    ax: Any,
    starts: ArrayLike,
    ends: ArrayLike,
    colour: Any,
    width: float = 1.5,
    head: float = 11.0,
    zorder: float = 4.0,
) -> list[Any]:
    """Draw an arrow from each start to its end, the heads of one size on paper.

    Parameters
    ----------
    ax : matplotlib axes
    starts, ends : (k, d) array_like
    colour : a colour of matplotlib
    width : of the line, in points
    head : size of the heads, in points
    zorder : what lies on top of what

    Returns
    -------
    list of artists: one an arrow
    """
    keywords: dict[str, Any] = {
        "arrowstyle": "-|>,head_length=0.55,head_width=0.22", "mutation_scale": head, "shrinkA": 0, "shrinkB": 0,
        "color": colour, "linewidth": width, "zorder": zorder, "capstyle": "round", "joinstyle": "miter",
    }  # fmt: skip
    pairs = np.stack([in_axes(starts), in_axes(ends)], axis=-2)
    artists: list[Any] = []
    for start, end in pairs:
        empty = not ax.has_data()
        artist: Any
        if is_spatial(ax):
            from crystal_lfa.drawing.spatial_arrows import SpatialArrow

            artist = SpatialArrow(start, end, **keywords)
        else:
            from matplotlib.patches import FancyArrowPatch

            artist = FancyArrowPatch(tuple(start), tuple(end), **keywords)
        ax.add_patch(artist)
        # A patch on paper says nothing of what it covers.
        include(ax, [start, end], empty)
        artists.append(artist)
    return artists
