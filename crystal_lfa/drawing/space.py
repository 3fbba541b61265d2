"""Points of one, two or three dimensions in matplotlib's coordinates, and axes that show them undistorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["finish", "in_axes", "include", "is_spatial"]

_INK = "0.35"


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


def finish(ax: Any, dimension: int, names: Sequence[str]) -> None:
    """Give axes one scale in all directions, names, and as little frame as possible.

    Parameters
    ----------
    ax : matplotlib axes
    dimension : int
    names : of the Cartesian coordinates, as many as dimensions
    """
    if dimension == 3:
        _finish_space(ax, names)
        return
    ax.set_xlabel(names[0], color=_INK)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("0.7")
    ax.tick_params(color="0.7", labelcolor=_INK, labelsize="small")
    if dimension == 1:
        # The second coordinate says nothing, so it has no scale that could be equal.
        ax.yaxis.set_visible(False)
        ax.spines["left"].set_visible(False)
        ax.set_ylim(-1, 1)
        return
    ax.set_ylabel(names[1], color=_INK)
    ax.set_aspect("equal")


def _finish_space(ax: Any, names: Sequence[str]) -> None:
    from matplotlib.ticker import MaxNLocator

    # Points lie on top of the lines and faces that end in them, whatever the direction of view.
    ax.computed_zorder = False
    ax.grid(visible=False)
    for axis, name in zip((ax.xaxis, ax.yaxis, ax.zaxis), names, strict=True):
        axis.set_label_text(name, color=_INK)
        axis.labelpad = -4
        axis.set_major_locator(MaxNLocator(4))
        axis.set_pane_color((1.0, 1.0, 1.0, 0.0))
        axis.line.set_color("0.8")
        axis.set_tick_params(labelsize="x-small", labelcolor=_INK, pad=-2)
    ax.set_aspect("equal")
