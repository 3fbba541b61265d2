"""Many spectra in one picture: a density a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import figure_and_axes

__all__ = ["ridgelines"]

_BINS = 160
_OVERLAP = 1.25


def ridgelines(spectra: Mapping[str, NDArray[np.float64]], ax: Any = None, label: str = "singular value") -> list[Any]:
    """Draw one density over a common logarithmic axis for each of several sets of positive numbers.

    Values below 1e-4 of the largest of all are counted in the row's text instead of drawn.

    Parameters
    ----------
    spectra : mapping from row labels to 1-d arrays, top row first
    ax : matplotlib axes, optional
    label : str
        What the numbers are.

    Returns
    -------
    list of artists: of every row its density, its line and its largest value.
    """
    _, ax = figure_and_axes(ax, (8.0, 1.3 + 0.55 * len(spectra)))
    top = max((float(values.max(initial=0.0)) for values in spectra.values()), default=0.0) or 1.0
    shown = {name: values[values > top * 1e-4] for name, values in spectra.items()}
    low = min((float(values.min()) for values in shown.values() if values.size), default=top / 10)
    edges = np.linspace(np.log10(min(low, top / 3)) - 0.08, np.log10(top) + 0.08, _BINS + 1)
    centres = 10 ** ((edges[1:] + edges[:-1]) / 2)
    colours = _colours(len(spectra))
    artists: list[Any] = []
    for row, (name, values) in enumerate(shown.items()):
        base = float(len(shown) - 1 - row)
        height = _density(values, edges) * _OVERLAP
        # Upper rows lie behind the lower ones that they overlap with.
        artists.append(ax.fill_between(centres, base, base + height, color=colours[row], alpha=0.75, lw=0, zorder=row))
        artists.extend(ax.plot(centres, base + height, color="white", lw=0.8, zorder=row))
        ax.axhline(base, color="0.85", lw=0.6, zorder=-1)
        if values.size:
            largest = float(values.max())
            artists.extend(ax.plot([largest], [base], "|", color="black", ms=9, mew=1.4, zorder=len(shown)))
        _describe(ax, base, spectra[name], hidden=len(spectra[name]) - len(values))
    _finish(ax, list(shown), label)
    return artists


def _density(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a smoothed histogram of the logarithms, its maximum 1."""
    if not values.size:
        return np.zeros(len(edges) - 1)
    counts, _ = np.histogram(np.log10(values), bins=edges)
    kernel = np.exp(-0.5 * (np.arange(-4, 5) / 1.2) ** 2)
    smooth = np.convolve(counts, kernel / kernel.sum(), mode="same")
    # Smoothing must not suggest values beyond the smallest and the largest.
    occupied = np.flatnonzero(counts)
    smooth[: occupied[0]] = 0.0
    smooth[occupied[-1] + 1 :] = 0.0
    return np.asarray(smooth / smooth.max())


def _colours(count: int) -> Any:
    from matplotlib import colormaps

    return colormaps["viridis"](np.linspace(0.12, 0.85, max(count, 1)))


def _describe(ax: Any, base: float, values: NDArray[np.float64], hidden: int) -> None:
    text = f"max {values.max():.3g}\n{len(values)} values" if len(values) else "no values"
    if hidden:
        text += f"\n{hidden} below the axis"
    ax.annotate(
        text, (1.0, base), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points",
        va="bottom", fontsize=8, annotation_clip=False,
    )  # fmt: skip


def _finish(ax: Any, names: list[str], label: str) -> None:
    ax.set_xscale("log")
    ax.set_yticks(range(len(names)), labels=list(reversed(names)))
    ax.set_ylim(-0.15, len(names) - 1 + _OVERLAP + 0.1)
    ax.set_xlabel(f"{label} (bar: the largest; heights: share of the row's values, scaled)")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="0.9", lw=0.6)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
