"""Functions over a zone: images clipped to a polygon, with a colour bar, and curves over a segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.drawing.axes import figure_and_axes
from crystal_lfa.drawing.colours import ACCENT, FAINT, several
from crystal_lfa.drawing.lines import segments
from crystal_lfa.drawing.space import include

__all__ = ["cells_over_polygon", "colour_bar", "curves_over_line", "image_over_polygon", "panels", "value_range"]

_FLAT = 1e-9
"""A range of numbers this small beside them is rounding, and no picture of a function."""
_MOST_IN_ROW = 3
_PANEL = (4.9, 3.9)


def panels(count: int) -> list[Any]:
    """Return plane axes of a new figure, `count` of them in rows.

    Raises
    ------
    MissingLibraryError
        If matplotlib is not installed.
    """
    columns = min(count, _MOST_IN_ROW)
    rows = -(-count // columns)
    figure, first = figure_and_axes(None, (_PANEL[0] * columns + 0.4, _PANEL[1] * rows))
    grid = figure.add_gridspec(rows, columns)
    first.set_subplotspec(grid[0, 0])
    return [first, *(figure.add_subplot(grid[divmod(number, columns)]) for number in range(1, count))]


def image_over_polygon(
    ax: Any, positions: NDArray[np.float64], values: NDArray[np.float64], polygon: ArrayLike, name: str
) -> list[Any]:
    """Draw a function given on a skew grid as colours inside a polygon, with its edges and a colour bar.

    Parameters
    ----------
    ax : plane matplotlib axes
    positions : (p, q, 2)
        Of the grid, which covers the polygon.
    values : (p, q)
    polygon : (k, 2) array_like, corners in order
    name : what the colour bar is called

    Returns
    -------
    list of artists: the image and the edges
    """
    from matplotlib.collections import QuadMesh

    lower, upper = value_range(values)
    # As vectors, a file would hold every one of the small triangles.
    mesh = QuadMesh(
        positions, shading="gouraud", array=values, cmap="viridis", clim=(lower, upper), rasterized=True, zorder=1
    )
    return _cut_off(ax, mesh, polygon, name)


def cells_over_polygon(
    ax: Any, centres: NDArray[np.float64], values: NDArray[np.float64], cell: ArrayLike, polygon: ArrayLike, name: str
) -> list[Any]:
    """Draw equal cells around points, each in the colour of its number, inside a polygon.

    Parameters
    ----------
    ax : plane matplotlib axes
    centres : (n, 2)
        Of cells that cover the polygon.
    values : (n,)
    cell : (k, 2) array_like
        The corners in order, relative to the centre.
    polygon, name, and the result
        As of `image_over_polygon`.
    """
    from matplotlib.collections import PolyCollection

    cells = list(centres[:, None] + np.asarray(cell, dtype=np.float64))
    # Edges of the same colour close the gaps that smoothing leaves between neighbours.
    collection = PolyCollection(
        cells, array=values, cmap="viridis", clim=value_range(values), edgecolors="face", linewidths=0.25, zorder=1
    )
    return _cut_off(ax, collection, polygon, name)


def _cut_off(ax: Any, image: Any, polygon: ArrayLike, name: str) -> list[Any]:
    """Put an image into axes as far as it lies inside a polygon, with the polygon's edges and a colour bar."""
    from matplotlib.path import Path

    corners = np.asarray(polygon, dtype=np.float64)
    empty = not ax.has_data()
    ax.add_collection(image, autolim=False)
    image.set_clip_path(Path(np.concatenate([corners, corners[:1]]), closed=True), ax.transData)
    include(ax, corners, empty)
    colour_bar(ax, image, name)
    return [image, *segments(ax, corners, np.roll(corners, -1, axis=0), "0.35", 1.0, zorder=2)]


def value_range(values: ArrayLike) -> tuple[float, float]:
    """Return the smallest and the largest number; where they differ by rounding only, a range around them.

    What is no number, and infinity, is left out.
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return -0.5, 0.5
    lower, upper = float(numbers.min()), float(numbers.max())
    size = max(abs(lower), abs(upper))
    if upper - lower > _FLAT * size:
        return lower, upper
    middle, half = (lower + upper) / 2, 0.5 * size or 0.5
    return middle - half, middle + half


def colour_bar(ax: Any, mappable: Any, name: str, ticks: Mapping[float, str] | None = None) -> None:
    """Put a colour bar beside axes, as a part of them: others in the figure keep their places."""
    place = ax.inset_axes((1.04, 0.04, 0.04, 0.92))
    bar = ax.figure.colorbar(mappable, cax=place)
    bar.outline.set_visible(False)
    if ticks is not None:
        bar.set_ticks(list(ticks), labels=list(ticks.values()))
    place.set_ylabel(name, color="0.35")
    place.tick_params(labelsize="small", color="0.7", labelcolor="0.35")


def curves_over_line(
    ax: Any,
    positions: NDArray[np.float64],
    values: NDArray[np.float64],
    marks: Sequence[tuple[float, str]],
    names: tuple[str, str],
    ends: tuple[float, float] | None = None,
    dots: bool = False,
) -> list[Any]:
    """Draw curves over a segment, with lines at marked positions and letters above them.

    Parameters
    ----------
    ax : plane matplotlib axes, optional
    positions : (k,)
    values : (k, curves)
    marks : (position, letter) of each
    names : of the axes
    ends : of the segment, default the first and the last position
    dots : bool
        Whether the points are marked.

    Returns
    -------
    list of artists: the curves, then lines and letters
    """
    _, ax = figure_and_axes(ax, (6.0, 3.8))
    curves: list[Any] = []
    colours = several(values.shape[1]) if values.shape[1] > 1 else [ACCENT]
    for column, colour in zip(values.T, colours, strict=True):
        style = {"linewidth": 0.9, "marker": "o", "markersize": 4.0} if dots else {"linewidth": 1.6}
        curves += ax.plot(positions, column, color=colour, **style)
    rest: list[Any] = []
    for place, letter in marks:
        rest.append(ax.axvline(place, color=FAINT, linewidth=0.8, zorder=0.5))
        above = ax.get_xaxis_transform()
        rest.append(ax.text(place, 1.01, letter, transform=above, ha="center", va="bottom", color=ACCENT))
    lower, upper = value_range(values)
    if lower < np.nanmin(values):
        ax.set_ylim(lower, upper)
    ax.set_xlim(ends or (positions[0], positions[-1]))
    ax.set_xlabel(names[0], color="0.35")
    ax.set_ylabel(names[1], color="0.35")
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("0.7")
    ax.tick_params(color="0.7", labelcolor="0.35", labelsize="small")
    return [*curves, *rest]
