"""The colours of pictures of lattices: few, muted, and distinct to colour-blind eyes."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["ACCENT", "FAINT", "INK", "PHASES", "SOFT", "fainter", "several"]

INK = "#34495e"
ACCENT = "#b5543c"
SOFT = "#7f8fa6"
FAINT = "#c3cad4"

PHASES = ("#33658a", "#4f9a8a", "#a9a83c", "#d98b3a", "#b5483c", "#8a4a8f", "#33658a")
"""A circle of colours: from -pi over 0, in the middle, to pi."""

_MUTED = (
    "#33658a", "#c8694f", "#d9a441", "#4f8f72", "#7d5a94", "#7fb7d4", "#8c6d4f", "#a63d5f", "#8a8f3a",
)  # fmt: skip


def several(count: int) -> list[Any]:
    """Return colours for `count` kinds of things."""
    if count <= len(_MUTED):
        return list(_MUTED[:count])
    from matplotlib import colormaps

    return [tuple(colour) for colour in colormaps["viridis"](np.linspace(0.05, 0.95, count)).tolist()]


def fainter(colour: Any, share: float = 0.35) -> Any:
    """Return a colour mixed with white, of which `share` remains."""
    from matplotlib.colors import to_rgb

    return tuple(share * np.array(to_rgb(colour)) + 1 - share)
