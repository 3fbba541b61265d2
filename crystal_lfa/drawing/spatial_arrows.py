"""Arrows in three dimensions with heads of one size on paper, which matplotlib has in two dimensions only."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.patches import FancyArrowPatch
from mpl_toolkits.mplot3d.proj3d import proj_transform
from numpy.typing import NDArray

__all__ = ["SpatialArrow"]


class SpatialArrow(FancyArrowPatch):
    """An arrow between two points in space; parameters beyond them as of ``FancyArrowPatch``.

    Parameters
    ----------
    start, end : (3,) arrays
    """

    def __init__(self, start: NDArray[np.float64], end: NDArray[np.float64], **keywords: Any) -> None:
        super().__init__((0.0, 0.0), (0.0, 0.0), **keywords)
        self._ends = np.stack([start, end], axis=-1)
        # Where it lies is known only once it is drawn, too late for a layout.
        self.set_in_layout(False)

    def do_3d_projection(self) -> float:
        """Place the arrow for the present direction of view; return its depth (called by matplotlib)."""
        axes: Any = self.axes
        x, y, z = proj_transform(*self._ends, axes.M)
        self.set_positions((x[0], y[0]), (x[1], y[1]))
        return float(np.min(z))
