"""Numbers at points: stems on a line, discs in the plane and in space; signs and phases are colours, moduli sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.colours import FAINT, PHASES
from crystal_lfa.drawing.images import colour_bar
from crystal_lfa.drawing.points import marker_size, points
from crystal_lfa.drawing.space import include, is_spatial

__all__ = ["draw_discs", "draw_stems"]

_MOST_MARKED = 2000
"""Points up to which each is marked, whatever its number."""
_MOST_STRONG = 100
"""Stems up to which they and their ends are strong."""
_QUARTERS = {-math.pi: "\u2212π", -math.pi / 2: "\u2212π/2", 0.0: "0", math.pi / 2: "π/2", math.pi: "π"}
_LARGEST = 40.0
"""Of a disc in space, in points."""
_ROUNDING = 1e-12
"""Of the largest modulus."""


def draw_stems(
    ax: Any, positions: NDArray[np.float64], values: NDArray[Any], name: str, *, signed: bool = True
) -> list[Any]:
    """Draw numbers at points of a line as stems from 0: real ones up or down, complex ones as high as their moduli.

    Parameters
    ----------
    ax : plane matplotlib axes
    positions : (k,)
    values : (k,), real or complex
    name : what the numbers are called
    signed : bool
        Whether real numbers have signs, or are sizes.

    Returns
    -------
    list of artists: the stems, their ends, and the line they stand on
    """
    from matplotlib.collections import LineCollection

    colours = _Colours.of(values, signed=signed)
    heights = np.abs(values) if colours.cyclic else values
    few = len(positions) <= _MOST_STRONG
    # What is zero up to rounding has no phase.
    none = colours.cyclic & (heights <= _ROUNDING * heights.max(initial=0.0))
    numbers = np.where(none, np.nan, colours.numbers)
    stems = LineCollection(
        [((x, 0.0), (x, y)) for x, y in zip(positions.tolist(), heights.tolist(), strict=True)],
        linewidths=1.6 if few else 0.8, zorder=2, array=numbers, **colours.keywords,
    )  # fmt: skip
    empty = not ax.has_data()
    ax.add_collection(stems, autolim=False)
    ends = ax.scatter(
        positions, heights, c=numbers, s=22.0 if few else 5.0, edgecolors="0.3", linewidths=0.4 if few else 0.0,
        zorder=3, plotnonfinite=True, **colours.keywords,
    )  # fmt: skip
    include(ax, np.stack([positions, heights], axis=1), empty)
    line = ax.axhline(0.0, color="0.7", linewidth=0.8, zorder=1)
    if colours.cyclic:
        colour_bar(ax, ends, "phase", _QUARTERS)
        name = f"modulus of {name}"
    ax.set_ylabel(name, color="0.35")
    return [stems, ends, line]


def draw_discs(
    ax: Any, positions: NDArray[np.float64], values: NDArray[Any], spacing: float, name: str, *, signed: bool = True
) -> list[Any]:
    """Draw numbers at points of the plane or of space as discs whose diameters are proportional to their moduli.

    Parameters
    ----------
    ax : matplotlib axes, of ``projection="3d"`` for space
    positions : (k, d)
    values : (k,), real or complex
    spacing : the diameter of the largest disc, about the distance of neighbours
    name : what the numbers are called
    signed : bool
        Whether real numbers have signs, or are sizes.

    Returns
    -------
    list of artists: the discs and, where they are not too many, dots at all points
    """
    colours = _Colours.of(values, signed=signed)
    moduli = np.abs(values)
    shares = moduli / (moduli.max(initial=0.0) or 1.0)
    empty = not ax.has_data()
    discs = (
        _balls(ax, positions, shares, spacing, colours)
        if is_spatial(ax)
        else (_circles(ax, positions, shares, spacing, colours))
    )
    reach = spacing / 2
    include(ax, np.concatenate([positions - reach, positions + reach]), empty)
    if colours.cyclic:
        colour_bar(ax, discs, f"phase of {name}", _QUARTERS)
    else:
        colour_bar(ax, discs, name)
    if len(positions) > _MOST_MARKED:
        return [discs]
    return [discs, *points(ax, positions, FAINT, 1.5, shaded=False, zorder=1.6)]


def _circles(
    ax: Any, positions: NDArray[np.float64], shares: NDArray[np.float64], spacing: float, colours: _Colours
) -> Any:
    from matplotlib.collections import EllipseCollection

    sizes = shares * spacing
    # In units of the axes, so that they keep touching one another in every size of the picture.
    circles = EllipseCollection(
        sizes, sizes, np.zeros(len(sizes)), units="xy", offsets=positions, offset_transform=ax.transData,
        edgecolors="0.3", linewidths=0.3 if len(sizes) <= _MOST_MARKED else 0.0, zorder=2,
        array=colours.numbers, **colours.keywords,
    )  # fmt: skip
    ax.add_collection(circles, autolim=False)
    return circles


def _balls(
    ax: Any, positions: NDArray[np.float64], shares: NDArray[np.float64], spacing: float, colours: _Colours
) -> Any:
    sides = np.ptp(positions, axis=0) + spacing
    diameter = marker_size(ax, spacing, sides, share=0.6, largest=_LARGEST)
    return ax.scatter(
        *positions.T, c=colours.numbers, s=(shares * diameter) ** 2, depthshade=False, edgecolors="0.3",
        linewidths=0.3, zorder=2, **colours.keywords,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Colours:
    """How numbers become colours.

    Attributes
    ----------
    numbers : (k,) float64
        Those that are mapped to colours.
    keywords : of what matplotlib draws, how they are mapped
    cyclic : bool
        Whether they are phases.
    """

    numbers: NDArray[np.float64]
    keywords: dict[str, Any]
    cyclic: bool

    @classmethod
    def of(cls, values: NDArray[Any], *, signed: bool) -> _Colours:
        """Return the colours of complex numbers, by phase; of real ones with signs, around 0; of sizes, from 0 on."""
        from matplotlib.colors import LinearSegmentedColormap, Normalize

        largest = float(np.abs(values).max(initial=0.0)) or 1.0
        if values.dtype.kind == "c":
            wheel = LinearSegmentedColormap.from_list("phases", PHASES)
            return cls(np.angle(values), {"cmap": wheel, "norm": Normalize(-math.pi, math.pi)}, cyclic=True)
        limits = Normalize(-largest if signed else 0.0, largest)
        return cls(values.astype(np.float64), {"cmap": "RdBu_r" if signed else "viridis", "norm": limits}, cyclic=False)
