"""Convex sets in the complex plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import figure_and_axes
from crystal_lfa.drawing.colours import FAINT, INK, SOFT

__all__ = ["convex_set"]


def convex_set(points: NDArray[np.complex128], ax: Any = None) -> list[Any]:
    """Draw the convex set with these points on its border, in order; return the artists.

    Parameters
    ----------
    points : (k,) complex
    ax : plane matplotlib axes, optional
    """
    _, ax = figure_and_axes(ax, (4.6, 4.4))
    lines = [line(0, color=FAINT, linewidth=0.8, zorder=0.5) for line in (ax.axhline, ax.axvline)]
    (area,) = ax.fill(points.real, points.imag, facecolor=SOFT, alpha=0.4, edgecolor=INK, linewidth=1.2)
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_xlabel("real part", color="0.35")
    ax.set_ylabel("imaginary part", color="0.35")
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("0.7")
    ax.tick_params(color="0.7", labelcolor="0.35", labelsize="small")
    return [area, *lines]
