"""Small pictures as SVG text, for pages that load nothing: numbers in, markup out."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["sorted_curve"]

_MOST_POINTS = 240
"""A curve has no more corners than a screen shows."""


def sorted_curve(
    values: ArrayLike, marks: Sequence[tuple[float, str]] = (), width: int = 320, height: int = 130, label: str = ""
) -> str:
    """Return the curve of numbers, sorted from large to small, as an SVG element.

    Parameters
    ----------
    values : array of numbers that are not negative
    marks : sequence of (height, text)
        Horizontal lines, dashed, with their texts.
    width, height : int
        Of the view box; the element takes the width that it is given.
    label : str
        What a screen reader says.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=None)[::-1]
    top = max([float(ordered[0]) if ordered.size else 0.0, *(height for height, _ in marks)]) or 1.0
    left, below, above = 6, 18, 14
    area = (width - 2 * left, height - below - above)

    def level(value: float) -> float:
        return above + area[1] * (1 - value / top)

    shares, heights = _thinned(ordered)
    points = " ".join(f"{left + area[0] * x:.1f},{level(y):.1f}" for x, y in zip(shares, heights, strict=True))
    lines = [
        f'<line class="mark" x1="{left}" x2="{width - left}" y1="{level(y):.1f}" y2="{level(y):.1f}"/>'
        f'<text class="mark" x="{width - left}" y="{level(y) - 3:.1f}" text-anchor="end">{html.escape(text)}</text>'
        for y, text in marks
    ]
    base = level(0)
    closed = f"{left},{base:.1f} {points} {width - left},{base:.1f}"
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(label)}">'
        f'<line class="axis" x1="{left}" x2="{width - left}" y1="{base:.1f}" y2="{base:.1f}"/>'
        f'<polygon class="area" points="{closed}"/><polyline class="curve" points="{points}"/>'
        f'{"".join(lines)}<text class="axis" x="{left}" y="{height - 5}">1</text>'
        f'<text class="axis" x="{width - left}" y="{height - 5}" text-anchor="end">{ordered.size}</text></svg>'
    )


def _thinned(ordered: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return places in [0, 1] and values at them, of many numbers some, first and last among them."""
    count = ordered.size
    if not count:
        return np.array([0.0, 1.0]), np.zeros(2)
    chosen = np.unique(np.linspace(0, count - 1, min(count, _MOST_POINTS)).round().astype(int))
    shares = chosen / max(count - 1, 1)
    if count == 1:
        return np.array([0.0, 1.0]), np.repeat(ordered, 2)
    return shares, ordered[chosen]
