"""Points, their texts and the legend of their colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from crystal_lfa.drawing.space import in_axes, include, is_spatial

__all__ = ["captions", "legend", "marker_size", "points"]

_LARGEST, _SMALLEST = 8.0, 1.5
_LEGEND_ENTRIES = 12


def marker_size(
    ax: Any, spacing: float, sides: ArrayLike, share: float | None = None, largest: float = _LARGEST
) -> float:
    """Return a diameter, in points, for markers at a distance from one another.

    Parameters
    ----------
    ax : matplotlib axes
    spacing : the distance between neighbours
    sides : (d,) array_like
        Of the box that is drawn, in the same unit.
    share : float, optional
        Of the distance, that a marker takes; default 0.3, in space 0.2.
    largest : a diameter in points that is not exceeded
    """
    lengths = np.asarray(sides, dtype=np.float64)
    paper = np.array([ax.bbox.width, ax.bbox.height]) / ax.figure.dpi * 72
    # The one scale of all axes is that of the direction which is the tightest fit.
    scale = paper.min() / lengths.max() if is_spatial(ax) else (paper[: len(lengths)] / lengths).min()
    usual = 0.2 if is_spatial(ax) else 0.3
    return float(np.clip((usual if share is None else share) * spacing * scale, _SMALLEST, largest))


def points(
    ax: Any,
    positions: ArrayLike,
    colour: Any,
    diameter: float,
    label: str = "",
    hollow: bool = False,
    shaded: bool = True,
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
    shaded : bool
        Whether those further away in space are paler.
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
        keywords["depthshade"] = shaded and not hollow
    collection = ax.scatter(*array.T, label=label, **keywords)
    include(ax, array, empty)
    return [collection]


def captions(
    ax: Any,
    positions: ArrayLike,
    texts: Sequence[str],
    directions: ArrayLike,
    distance: float = 5.0,
    colour: Any = "black",
    size: float = 10.0,
) -> list[Any]:
    """Write a text beside each of several points.

    Parameters
    ----------
    ax : matplotlib axes
    positions : (k, d) array_like
    texts : sequence of k str
    directions : (k, 2) array_like
        Where beside the point, on paper (`on_paper`); only the direction counts, and 0 means above.
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
        length = float(np.linalg.norm(direction))
        across, up = direction / length if length > 0 else (0.0, 1.0)
        transform = offset_copy(ax.transData, fig=ax.figure, x=distance * across, y=distance * up, units="points")
        artist = ax.text(
            *place, text, transform=transform, color=colour, fontsize=size, zorder=100,
            ha=_anchor(across, ("right", "center", "left")), va=_anchor(up, ("top", "center", "bottom")),
        )  # fmt: skip
        artist.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
        artists.append(artist)
    return artists


def _anchor(component: float, names: tuple[str, str, str]) -> str:
    """Return which end of a text lies at its point, for the text to lie in a direction from there."""
    return names[1 + int(np.sign(component)) * (abs(component) > 0.35)]


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
    for text in artist.get_texts():
        # Names are shown as they are, not as formulas that may have errors.
        text.set_parse_math(False)
    return [artist]
