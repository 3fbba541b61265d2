"""Rows of small pictures side by side in one pair of axes: images of signed numbers, or curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import figure_and_axes
from crystal_lfa.drawing.colours import FAINT, INK

__all__ = ["Block", "draw_panels"]

_GAP = 0.12
"""Between panels, whose height is 1."""
_BETWEEN = 0.5
"""Between blocks."""
_TITLE, _LABEL = 0.62, 0.2
"""What a row's title and the labels of its panels take."""
_HEAD, _NOTE = 0.55, 0.4
_NARROWEST, _NARROWEST_ROW = 1.5, 5.2
"""What texts above a block and above a row take."""
_ASPECTS = (0.5, 2.0)
"""Width over height of the narrowest and the widest panel; pictures that are longer are stretched."""
_CURVE = 1.8
"""Width of a panel of a curve."""
_SHARE = 0.45
"""Of its panel's height, that a curve reaches up and down."""
_INCHES = 0.95
"""Of a panel's height."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Pictures on one scale, side by side.

    Attributes
    ----------
    pictures : (k, height, width) or (k, length) float64
        Images, the first row on top, or curves.
    labels : k texts, one above each picture
    """

    pictures: NDArray[np.float64]
    labels: Sequence[str]

    @property
    def panel(self) -> float:
        """The width of a panel."""
        if self.pictures.ndim == 2:
            return _CURVE
        return float(np.clip(self.pictures.shape[2] / self.pictures.shape[1], *_ASPECTS))

    @property
    def width(self) -> float:
        """The width of the block, and of the text above it."""
        return max(len(self.pictures) * (self.panel + _GAP) - _GAP, _NARROWEST)


def draw_panels(
    rows: Sequence[tuple[str, Sequence[Block]]], heads: Sequence[str], ax: Any = None, note: str = ""
) -> list[Any]:
    """Draw rows of blocks of pictures; red is positive and blue negative, of each block up to its largest modulus.

    Parameters
    ----------
    rows : (title, blocks) of each, blocks of one column of equal size
    heads : a text above each column of blocks
    ax : plane matplotlib axes, optional
    note : a text below everything

    Returns
    -------
    list of artists: images or curves, row by row, then texts and frames
    """
    first = rows[0][1]
    starts = np.cumsum([0.0, *(block.width + _BETWEEN for block in first[:-1])]).tolist()
    width = max(starts[-1] + first[-1].width, _NARROWEST_ROW)
    step = 1 + _TITLE + _LABEL
    bottom = -step * len(rows) - (_NOTE if note else 0.05)
    _, ax = figure_and_axes(ax, (_INCHES * width + 0.2, _INCHES * (_HEAD - bottom) + 0.2))
    pictures: list[Any] = []
    rest: list[Any] = []
    for start, head in zip(starts, heads, strict=True):
        rest.append(ax.text(start, 0.0, head, va="bottom", color=INK, fontsize="small"))
    for number, (title, blocks) in enumerate(rows):
        top = -number * step - _TITLE
        rest.append(ax.text(0.0, top + 0.08, title, va="bottom", color="0.2", fontsize="small"))
        for start, block in zip(starts, blocks, strict=True):
            drawn, around = _block(ax, block, start, top - _LABEL)
            pictures += drawn
            rest += around
    if note:
        rest.append(ax.text(0.0, bottom + _NOTE - 0.12, note, va="top", color="0.35", fontsize="small"))
    ax.set_aspect("equal")
    ax.set_xlim(-0.05, width + 0.05)
    ax.set_ylim(bottom, _HEAD)
    ax.set_axis_off()
    return [*pictures, *rest]


def _block(ax: Any, block: Block, start: float, top: float) -> tuple[list[Any], list[Any]]:
    """Draw the pictures of a block, their labels and frames."""
    from matplotlib.patches import Rectangle

    largest = float(np.abs(block.pictures).max(initial=0.0)) or 1.0
    pictures: list[Any] = []
    rest: list[Any] = []
    for number, (picture, label) in enumerate(zip(block.pictures, block.labels, strict=True)):
        left = start + number * (block.panel + _GAP)
        if picture.ndim == 1:
            x = left + block.panel * (np.arange(len(picture)) + 0.5) / len(picture)
            middle = top - 0.5
            rest += ax.plot([left, left + block.panel], [middle, middle], color=FAINT, linewidth=0.8, zorder=1)
            marker = "." if len(picture) == 1 else None
            pictures += ax.plot(x, middle + _SHARE * picture / largest, color=INK, linewidth=1.0, marker=marker)
        else:
            box = (left, left + block.panel, top - 1, top)
            image = ax.imshow(
                picture, cmap="RdBu_r", vmin=-largest, vmax=largest, extent=box, aspect="auto", interpolation="nearest"
            )
            pictures.append(image)
        frame = Rectangle((left, top - 1), block.panel, 1, fill=False, edgecolor="0.7", linewidth=0.6, zorder=3)
        rest.append(ax.add_patch(frame))
        rest.append(ax.text(left, top + 0.02, label, va="bottom", color="0.45", fontsize="x-small"))
    return pictures, rest
