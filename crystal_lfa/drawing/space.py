"""Points of one, two or three dimensions in matplotlib's coordinates, and axes that show them undistorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["finish", "in_axes", "include", "is_fresh", "is_spatial", "look_from", "on_paper"]

_USUAL_VIEW = (30, -60)
_INK = "0.35"
_INTERVALS = {1: 9, 2: 6, 3: 4}
"""Between numbers at an axis, at most."""


def is_spatial(ax: Any) -> bool:
    """Tell whether axes are three-dimensional ones."""
    return bool(ax.name == "3d")


def in_axes(positions: ArrayLike) -> NDArray[np.float64]:
    """Return points (..., d) as matplotlib draws them: those of one dimension on the line y = 0, others as they are."""
    points = np.asarray(positions, dtype=np.float64)
    if points.shape[-1] > 1:
        return points
    return np.concatenate([points, np.zeros_like(points)], axis=-1)


def include(ax: Any, positions: ArrayLike, empty: bool) -> None:
    """Let the limits of axes cover points as well.

    Parameters
    ----------
    ax : matplotlib axes
    positions : (..., d) array_like
    empty : bool
        Whether nothing was drawn before: ``not ax.has_data()`` ahead of the artists that these points belong to.
    """
    points = in_axes(positions).reshape(-1, 3 if is_spatial(ax) else 2)
    if is_spatial(ax):
        # Without data the limits are those of a unit cube, which must not stay in.
        ax.auto_scale_xyz(*points.T, had_data=not empty)
    else:
        ax.update_datalim(points)
        ax.autoscale_view()


def on_paper(ax: Any, directions: ArrayLike) -> NDArray[np.float64]:
    """Return directions (k, d) in space as they lie on paper, for the present direction of view: shape (k, 2).

    Those of one dimension turn upwards (downwards, if negative), away from the line on which everything lies.
    """
    array = np.asarray(directions, dtype=np.float64)
    if array.shape[1] == 1:
        return np.concatenate([np.zeros_like(array), array], axis=1)
    if array.shape[1] == 2:
        return array
    azimuth, elevation = np.radians([ax.azim, ax.elev])
    right = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
    up = np.array([-np.sin(elevation) * np.cos(azimuth), -np.sin(elevation) * np.sin(azimuth), np.cos(elevation)])
    return np.stack([array @ right, array @ up], axis=1)


def is_fresh(ax: Any) -> bool:
    """Tell whether axes in space are empty and in the view that matplotlib gives to new ones."""
    return (ax.elev, ax.azim) == _USUAL_VIEW and not ax.has_data()


def look_from(ax: Any, direction: ArrayLike) -> None:
    """Turn axes in space so that what lies in a direction from the middle is in front, seen a little from above."""
    x, y, z = np.asarray(direction, dtype=np.float64)
    elevation = np.degrees(np.arctan2(z, np.hypot(x, y)))
    # Not from there exactly: points and faces in that direction would hide one another.
    ax.view_init(elev=float(np.clip(elevation, 12.0, 30.0)), azim=float(np.degrees(np.arctan2(y, x))) - 25.0)


def finish(ax: Any, names: Sequence[str]) -> None:
    """Give axes one scale in all directions, names, and as little frame as possible.

    Parameters
    ----------
    ax : matplotlib axes
    names : sequence of d str
        Of the Cartesian coordinates.
    """
    from matplotlib.ticker import MaxNLocator

    axes = (ax.xaxis, ax.yaxis, ax.zaxis) if len(names) == 3 else (ax.xaxis, ax.yaxis)
    for axis in axes:
        axis.set_major_locator(MaxNLocator(_INTERVALS[len(names)], steps=(1, 2, 5, 10)))
    if len(names) == 3:
        _finish_space(ax, names)
        return
    ax.set_xlabel(names[0], color=_INK)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("0.7")
    ax.tick_params(color="0.7", labelcolor=_INK, labelsize="small")
    if len(names) == 1:
        # The second coordinate says nothing, so it has no scale that could be equal.
        ax.yaxis.set_visible(False)
        ax.spines["left"].set_visible(False)
        ax.set_ylim(-1, 1)
        return
    ax.set_ylabel(names[1], color=_INK)
    ax.set_aspect("equal")


def _finish_space(ax: Any, names: Sequence[str]) -> None:
    # Points lie on top of the lines and faces that end in them, whatever the direction of view.
    ax.computed_zorder = False
    ax.grid(visible=False)
    for axis, name in zip((ax.xaxis, ax.yaxis, ax.zaxis), names, strict=True):
        axis.set_label_text(name, color=_INK)
        axis.labelpad = -5
        axis.set_pane_color((1.0, 1.0, 1.0, 0.0))
        axis.line.set_color("0.8")
        axis.set_tick_params(labelsize="x-small", labelcolor=_INK, color="0.8", pad=-1)
    # matplotlib's names of axes in space lie on their sides.
    ax.zaxis.set_rotate_label(False)
    ax.zaxis.label.set_rotation(0)
    ax.set_aspect("equal")
