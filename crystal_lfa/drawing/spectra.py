"""Spectra: sorted values over their number, and complex ones in the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import figure_and_axes, grey_frame
from crystal_lfa.drawing.colours import ACCENT, FAINT, INK
from crystal_lfa.drawing.images import value_range

__all__ = ["draw_plane", "draw_sorted"]

_MOST_DOTS = 100
"""Values of which each is seen as a dot."""
_MOST_SHOWN = 4000
"""Values along an axis, more than paper shows."""
_DECADES = 30.0
"""Ratio of values beyond which small ones are told apart on a logarithmic axis only."""
_FEW_DECADES = 3000.0
"""Ratio of values up to which a logarithmic axis has numbers between the powers of ten."""
_CELLS = 800
"""Along each axis of the plane: of values in one cell only the first is drawn, since the others lie under it."""
_MARGIN = 0.05


def draw_sorted(
    values: NDArray[Any], names: tuple[str, str], ax: Any = None, *, rounding: float | None = None
) -> list[Any]:
    """Draw sorted real numbers over their place, 0 the first; of very many as many as paper shows, the ends included.

    Parameters
    ----------
    values : (n,) real, ascending or descending
    names : of the places and of the values
    ax : plane matplotlib axes, optional
    rounding : float, optional
        For numbers that are not negative, in descending order: relative to the largest, below which they count as
        zero. If others differ by more than a factor of thirty, the axis is logarithmic, and those that count as zero
        are a marked region at its end.

    Returns
    -------
    list of artists: the curve, and, where zeros are not on the axis, their region and what is written there
    """
    _, ax = figure_and_axes(ax, (6.0, 3.8))
    count = len(values)
    positive = count if rounding is None else int(np.count_nonzero(values > rounding * values[0]))
    logarithmic = rounding is not None and positive > 0 and values[0] > _DECADES * values[positive - 1]
    shown = np.arange(positive if logarithmic else count)
    if len(shown) > _MOST_SHOWN:
        shown = np.unique(np.linspace(0, len(shown) - 1, _MOST_SHOWN).round().astype(np.int64))
    style = {"linewidth": 0.8, "marker": "o", "markersize": 4.0} if count <= _MOST_DOTS else {"linewidth": 1.6}
    # Zeros lie on the edge of the axes, and are to be seen whole.
    artists: list[Any] = ax.plot(shown, values[shown], color=ACCENT, clip_on=False, **style)
    if logarithmic:
        _logarithmic(ax, float(values[positive - 1]), float(values[0]))
        if positive < count:
            artists += _zeros(ax, positive, count)
    else:
        lower, upper = value_range(values)
        lower = lower if rounding is None else 0.0
        ax.set_ylim(lower - _MARGIN * (upper - lower) * (rounding is None), upper + _MARGIN * (upper - lower))
    beside = max(0.5, 0.02 * (count - 1))
    ax.set_xlim(-beside, count - 1 + beside)
    _whole_numbers(ax.xaxis)
    ax.set_xlabel(names[0], color="0.35")
    ax.set_ylabel(names[1], color="0.35")
    grey_frame(ax)
    return artists


def _logarithmic(ax: Any, lowest: float, highest: float) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax.set_yscale("log")
    ax.set_ylim(lowest / 1.3, highest * 1.3)
    if highest < _FEW_DECADES * lowest:
        ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        ax.yaxis.set_minor_formatter(NullFormatter())


def _zeros(ax: Any, first: int, count: int) -> list[Any]:
    """Mark where values are zero up to rounding, which a logarithmic axis does not show."""
    region = ax.axvspan(first - 0.5, count - 0.5, color=FAINT, alpha=0.4, linewidth=0, zorder=0.5)
    number = "1 value is" if count - first == 1 else f"{count - first} values are"
    text = ax.text(
        0.98, 0.97, f"{number} zero up to rounding", transform=ax.transAxes, ha="right", va="top", color=INK,
        fontsize="small",
    )  # fmt: skip
    return [region, text]


def draw_plane(values: NDArray[Any], ax: Any = None) -> list[Any]:
    """Draw complex numbers as dots in the plane, its axes of one scale.

    Parameters
    ----------
    values : (n,) complex
        Of many that fall on one another on paper only one is drawn.
    ax : plane matplotlib axes, optional

    Returns
    -------
    list of artists: the dots, then the lines where a part is zero
    """
    _, ax = figure_and_axes(ax, (4.8, 4.4))
    points = np.stack([values.real, values.imag], axis=1).astype(np.float64)
    if len(points) > _MOST_SHOWN:
        low, span = points.min(axis=0), float(np.ptp(points, axis=0).max()) or 1.0
        cells = ((points - low) * (_CELLS / span)).astype(np.int64) @ [2 * _CELLS, 1]
        points = points[np.sort(np.unique(cells, return_index=True)[1])]
    size = 4.0 if len(points) <= _MOST_DOTS else 1.5
    artists: list[Any] = ax.plot(
        *points.T, linestyle="none", marker="o", markersize=size, markeredgewidth=0.0, color=ACCENT, zorder=2
    )
    artists += [line(0.0, color=FAINT, linewidth=0.8, zorder=0.5) for line in (ax.axhline, ax.axvline)]
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(_MARGIN)
    ax.set_xlabel("real part", color="0.35")
    ax.set_ylabel("imaginary part", color="0.35")
    grey_frame(ax)
    return artists


def _whole_numbers(axis: Any) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(6, integer=True, steps=(1, 2, 5, 10), min_n_ticks=1))
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
