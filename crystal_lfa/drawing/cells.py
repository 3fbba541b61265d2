"""Cells: the parallelepipeds that vectors span, and the vectors, as far as a box shows them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.drawing.lines import arrows, segments
from crystal_lfa.drawing.points import captions
from crystal_lfa.drawing.polyhedra import fill
from crystal_lfa.drawing.space import on_paper

__all__ = ["cell", "corners", "vector_arrows"]

Box = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Lower and upper ends of the coordinates shown."""


def corners(vectors: ArrayLike) -> NDArray[np.float64]:
    """Return the corners of the parallelepiped that vectors (d, d), one a row, span from 0: shape (2^d, d)."""
    rows = np.asarray(vectors, dtype=np.float64)
    return _choices(len(rows)) @ rows


def cell(ax: Any, vectors: ArrayLike, colour: Any, box: Box, width: float = 1.0, alpha: float = 0.12) -> list[Any]:
    """Draw the parallelepiped that vectors span from 0, filled lightly in one and two dimensions.

    Parameters
    ----------
    ax : matplotlib axes
    vectors : (d, d) array_like, one a row
    colour : a colour of matplotlib
    box : what lies outside is left out
    width : of the edges, in points
    alpha : how opaque the filling is

    Returns
    -------
    list of artists: the filling, if any, and the edges
    """
    rows = np.asarray(vectors, dtype=np.float64)
    dimension = len(rows)
    artists = fill(ax, corners(rows)[[0, 1, 3, 2][: 2**dimension]], colour, alpha) if dimension < 3 else []
    choices = _choices(dimension)
    pairs = [(choice, i) for i in range(dimension) for choice in choices if choice[i] == 0]
    starts = np.array([choice for choice, _ in pairs]) @ rows
    first, last = _inside(starts, starts + rows[[i for _, i in pairs]], box)
    return [*artists, *segments(ax, first, last, colour, width, zorder=1.5)]


def vector_arrows(
    ax: Any, vectors: ArrayLike, names: Sequence[str], colour: Any, box: Box, at: float = 0.5, zorder: float = 4.0
) -> list[Any]:
    """Draw vectors as arrows from 0 with their names beside them; dashed up to where they leave the box.

    Parameters
    ----------
    ax : matplotlib axes
    vectors : (d, d) array_like, one a row
    names : sequence of d str
    colour : a colour of matplotlib
    box : of what is shown, 0 inside
    at : which share of an arrow (of its part inside) its name stands at
    zorder : what lies on top of what

    Returns
    -------
    list of artists: arrows, dashed lines and names
    """
    rows = np.asarray(vectors, dtype=np.float64)
    origins, ends = _inside(0 * rows, rows, box)
    whole = np.abs(ends - rows).max(axis=1) <= 1e-9 * np.abs(rows).max(axis=1)
    artists = [
        *arrows(ax, origins[whole], ends[whole], colour, zorder=zorder),
        *segments(ax, origins[~whole], ends[~whole], colour, 1.5, "dashed"),
    ]
    return [*artists, *captions(ax, at * ends, names, _beside(on_paper(ax, rows)), colour=colour)]


def _beside(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each of several vectors on paper a direction orthogonal to it, away from the others."""
    lengths = np.linalg.norm(vectors, axis=1)[:, None]
    if len(vectors) == 1:
        return vectors
    units = vectors / np.where(lengths > 0, lengths, 1.0)
    others = units.sum(axis=0) - units
    normals = np.stack([-units[:, 1], units[:, 0]], axis=1)
    return np.asarray(normals * np.where((normals * others).sum(axis=1) > 0, -1.0, 1.0)[:, None])


def _choices(dimension: int) -> NDArray[np.int64]:
    return np.array(list(product((0, 1), repeat=dimension)))


def _inside(
    starts: NDArray[np.float64], ends: NDArray[np.float64], box: Box
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the parts of segments that lie in a box; segments wholly outside vanish."""
    steps = ends - starts
    with np.errstate(divide="ignore", invalid="ignore"):
        crossings = np.stack([(box[0] - starts) / steps, (box[1] - starts) / steps])
    level = steps == 0
    outside = level & ((starts < box[0]) | (starts > box[1]))
    enter = np.where(level, np.where(outside, 2.0, 0.0), crossings.min(axis=0)).max(axis=1).clip(min=0)
    leave = np.where(level, 1.0, crossings.max(axis=0)).min(axis=1).clip(max=1)
    seen = enter < leave
    return (
        starts[seen] + enter[seen, None] * steps[seen],
        starts[seen] + leave[seen, None] * steps[seen],
    )
