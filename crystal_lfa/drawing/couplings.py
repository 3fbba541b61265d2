"""Couplings: arrows with a colour and a width each, straight or curved, and their weights as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.drawing.lines import arrows
from crystal_lfa.drawing.space import on_paper

__all__ = ["SIGNS", "curved_arrows", "free_directions", "overlapping", "weights"]

SIGNS = ("#33658a", "#b5543c", "#7d5a94")
"""Colours of negative and positive numbers, and of those without a sign."""

_BEND = 0.24
"""Height of a curved arrow's control point over its length."""
_LABEL_AT = 0.36
_GAP, _ARCH = 0.11, 0.8
"""In one dimension: where arrows end above the line, and how high the longest rises, of half the picture."""
_DIRECTIONS = 16


def overlapping(starts: ArrayLike, ends: ArrayLike, tolerance: float) -> NDArray[np.bool_]:
    """Tell which segments (k, d) share more than a point with another one that is no longer: straight, they hide it.

    Parameters
    ----------
    starts, ends : (k, d) array_like
    tolerance : a length that counts as none
    """
    first, last = np.asarray(starts, dtype=np.float64), np.asarray(ends, dtype=np.float64)
    steps = last - first
    lengths = np.linalg.norm(steps, axis=1)
    units = steps / np.where(lengths > 0, lengths, 1.0)[:, None]
    shared = np.zeros(len(first), dtype=np.bool_)
    for number, (origin, unit, length) in enumerate(zip(first, units, lengths, strict=True)):
        along = np.stack([(first - origin) @ unit, (last - origin) @ unit])
        aside = [
            np.linalg.norm(points - origin - place[:, None] * unit, axis=1)
            for points, place in zip((first, last), along, strict=True)
        ]
        common = np.minimum(along.max(axis=0), length) - np.maximum(along.min(axis=0), 0.0)
        hidden = (np.maximum(*aside) <= tolerance) & (common > tolerance) & (lengths <= length + tolerance)
        hidden[number] = False
        shared[number] = hidden.any()
    return shared


def curved_arrows(
    ax: Any,
    starts: ArrayLike,
    ends: ArrayLike,
    colours: Sequence[Any],
    widths: Sequence[float],
    bent: Sequence[bool],
    gap: float,
) -> tuple[list[Any], NDArray[np.float64]]:
    """Draw arrows between points, those of one dimension as arches: above the line to the right, below to the left.

    Parameters
    ----------
    ax : matplotlib axes
    starts, ends : (k, d) array_like
    colours : sequence of k colours of matplotlib
    widths : sequence of k widths in points
    bent : sequence of k bool
        Which are curved, always to their left.
    gap : in points, what is left free at the ends

    Returns
    -------
    list of artists: one an arrow
    places : (k, d), of one dimension (k, 2)
        A point on each arrow, nearer to its start, for a label.
    """
    first, last = np.asarray(starts, dtype=np.float64), np.asarray(ends, dtype=np.float64)
    if first.shape[1] == 1:
        return _arches(ax, first[:, 0], last[:, 0], colours, widths)
    artists: list[Any] = []
    for start, end, colour, width, curved in zip(first, last, colours, widths, bent, strict=True):
        (arrow,) = arrows(ax, [start], [end], colour, width, head=8.0 + 2.0 * width, zorder=2.6)
        arrow.shrinkA, arrow.shrinkB = gap, gap
        if curved:
            arrow.set_connectionstyle("arc3", rad=-_BEND)
        artists.append(arrow)
    places = first + _LABEL_AT * (last - first)
    if first.shape[1] == 2:
        lifts = 2 * _LABEL_AT * (1 - _LABEL_AT) * _BEND * np.asarray(bent, dtype=np.float64)
        step = last - first
        places = places + lifts[:, None] * np.stack([-step[:, 1], step[:, 0]], axis=1)
    return artists, places


def _arches(
    ax: Any,
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    colours: Sequence[Any],
    widths: Sequence[float],
) -> tuple[list[Any], NDArray[np.float64]]:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    lengths = np.abs(ends - starts)
    longest = lengths.max(initial=0.0)
    artists: list[Any] = []
    places = []
    for start, end, length, colour, width in zip(starts, ends, lengths, colours, widths, strict=True):
        side = 1.0 if end > start else -1.0
        # Short arches are higher than their share, or they would be flat.
        top = side * (_GAP + (_ARCH - _GAP) * float(np.sqrt(length / longest)))
        # The control point of a parabola lies twice as high as its top.
        corners = [(start, side * _GAP), ((start + end) / 2, 2 * top - side * _GAP), (end, side * _GAP)]
        path = Path(corners, [Path.MOVETO, Path.CURVE3, Path.CURVE3])
        arrow = FancyArrowPatch(
            path=path, arrowstyle="-|>,head_length=0.55,head_width=0.22", mutation_scale=8.0 + 2.0 * width,
            color=colour, linewidth=width, zorder=2.6, joinstyle="miter", capstyle="round",
        )  # fmt: skip
        ax.add_patch(arrow)
        artists.append(arrow)
        places.append(((start + end) / 2, top))
    return artists, np.array(places).reshape(-1, 2)


def weights(ax: Any, places: ArrayLike, texts: Sequence[str], colours: Sequence[Any]) -> list[Any]:
    """Write texts on white at points of the axes (of one dimension with the height they stand at)."""
    artists: list[Any] = []
    box = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
    for place, text, colour in zip(np.asarray(places, dtype=np.float64), texts, colours, strict=True):
        artists.append(ax.text(*place, text, color=colour, fontsize=8.5, ha="center", va="center", bbox=box, zorder=50))
    return artists


def free_directions(ax: Any, positions: ArrayLike, starts: ArrayLike, ends: ArrayLike) -> NDArray[np.float64]:
    """Return for each position (k, d) the direction on paper furthest from the arrows that begin or end there."""
    places = np.asarray(positions, dtype=np.float64)
    first, last = np.asarray(starts, dtype=np.float64), np.asarray(ends, dtype=np.float64)
    if places.shape[1] == 1:
        return np.tile([0.0, -1.0], (len(places), 1))
    # Where all are equally good, up and to the right.
    angles = (0.25 + 2 * np.arange(_DIRECTIONS) / _DIRECTIONS) * np.pi
    candidates = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    scale = float(np.abs(np.concatenate([places, first, last])).max(initial=0.0))
    found = []
    for place in places:
        away = [
            (others - place)[np.abs(own - place).max(axis=1, initial=0.0) <= 1e-9 * scale]
            for own, others in ((first, last), (last, first))
        ]
        lines = on_paper(ax, np.concatenate(away))
        units = lines / np.maximum(np.linalg.norm(lines, axis=1, keepdims=True), 1e-300)
        found.append(candidates[np.round((candidates @ units.T).max(axis=1, initial=-1.0), 9).argmin()])
    return np.array(found).reshape(-1, 2)
