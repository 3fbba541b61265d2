"""Bodies: segments, polygons and polyhedra given by their corners and faces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.drawing.lines import segments
from crystal_lfa.drawing.space import in_axes, include

__all__ = ["body", "fill"]


def body(
    ax: Any,
    vertices: ArrayLike,
    faces: Sequence[Sequence[int]],
    colour: Any,
    alpha: float = 0.12,
    width: float = 1.0,
) -> list[Any]:
    """Draw a convex body: lightly filled, its edges as thin lines.

    Parameters
    ----------
    ax : matplotlib axes
    vertices : (k, d) array_like
        In two dimensions in their order around the polygon.
    faces : sequence of sequences of int
        The corners of each face; read only in three dimensions, where each is a polygon in order.
    colour : a colour of matplotlib
    alpha : how much of the colour the filling has
    width : of the edges, in points

    Returns
    -------
    list of artists: the filling and, below three dimensions, the edges
    """
    corners = np.asarray(vertices, dtype=np.float64)
    if corners.shape[1] < 3:
        filling = fill(ax, corners, colour, alpha)
        if corners.shape[1] == 1:
            return [*filling, *segments(ax, corners[[0]], corners[[-1]], colour, width, zorder=1.5)]
        return [*filling, *segments(ax, corners, np.roll(corners, -1, axis=0), colour, width, zorder=1.5)]
    from matplotlib.colors import to_rgb
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    empty = not ax.has_data()
    # Faces are drawn from the back to the front: pale but nearly opaque ones leave a trace of the edges behind.
    pale = 1 - alpha * (1 - np.array(to_rgb(colour)))
    # Of faces with different numbers of corners matplotlib leaves closing edges out, and warns of what it pads them
    # with; so all come closed, and with equally many corners, the first of each again and again.
    most = max(len(face) for face in faces)
    closed = corners[[[*face, *[face[0]] * (most + 1 - len(face))] for face in faces]]
    collection = Poly3DCollection(closed, facecolors=(*pale, 0.7), edgecolors=colour, linewidths=width, zorder=1)
    ax.add_collection3d(collection)
    include(ax, corners, empty)
    return [collection]


def fill(ax: Any, polygon: NDArray[np.float64], colour: Any, alpha: float = 0.12) -> list[Any]:
    """Fill a polygon in the plane, or mark a segment of a line, lightly; limits of the axes do not follow it.

    Parameters
    ----------
    ax : matplotlib axes, plane
    polygon : (k, 2) corners in order, or (k, 1) points of which the outermost count
    colour : a colour of matplotlib
    alpha : how opaque it is
    """
    collection: Any
    if polygon.shape[1] == 1:
        from matplotlib.collections import LineCollection

        ends = in_axes([polygon.min(axis=0), polygon.max(axis=0)])
        collection = LineCollection([ends], colors=colour, linewidths=12, alpha=2 * alpha, capstyle="butt", zorder=1)
    else:
        from matplotlib.collections import PolyCollection

        collection = PolyCollection([polygon], facecolors=colour, edgecolors="none", alpha=alpha, zorder=1)
    ax.add_collection(collection, autolim=False)
    return [collection]
