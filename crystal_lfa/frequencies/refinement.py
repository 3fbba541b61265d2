"""Suprema over all frequencies, refined until they stop changing: for what no theorem encloses.

Grids of the unit cube, each twice as fine as the one before; from the best places of each, a search over ever smaller
boxes (`climbing`). It ends where finer grids find nothing larger twice in succession.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.frequencies.climbing import Climbing

__all__ = ["Refined", "refined_supremum"]

_COARSEST = {1: 32, 2: 16}
_COARSEST_OTHER = 8


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """What a search found.

    Attributes
    ----------
    value : float
        The largest value seen; where it is a limit, the value extrapolated to the frequency left out, infinite where
        values grow without bound towards it.
    frequency : (d,) float64
    skipped : int
        The number of frequencies left out.
    limit : bool
        Whether the largest value lies as near to one of them as the search goes.
    history : tuple of (points along an axis, largest value so far)
    settled : bool
        Whether the search ended because nothing changed any more.
    evaluations : int
        The number of frequencies visited.
    """

    value: float
    frequency: NDArray[np.float64]
    skipped: int
    limit: bool
    history: tuple[tuple[int, float], ...]
    settled: bool
    evaluations: int


def refined_supremum(
    values: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    dimension: int,
    rtol: float,
    most: int,
    *,
    even: bool,
    coarsest: int = 0,
    poles: bool = True,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> Refined:
    """Return the largest value of a function of frequencies, as far as finer and finer grids show it.

    Parameters
    ----------
    values : callable
        From frequencies (b, d) to numbers (b,); NaN where there is none.
    dimension : int
    rtol : float
        A change smaller than this counts as none.
    most : int
        About how many frequencies may be visited.
    even : bool
        Whether the values at kappa and -kappa are equal.
    coarsest : int
        Points along an axis that the first grid has at least, as far as a small part of `most` allows.
    poles : bool
        Whether values may be infinite somewhere.
    progress : callable(done, most)
    """
    search = Climbing(values, dimension, rtol, most)
    extent = _COARSEST.get(dimension, _COARSEST_OTHER)
    while extent < coarsest and (2 * extent) ** dimension <= most / 64:
        extent *= 2
    history: list[tuple[int, float]] = []
    unchanged = 0
    while unchanged < 2 and (not history or search.visited + extent**dimension / (1 + even) <= most):
        before = search.value
        search.look_around(_grid(extent, dimension, even=even), 1 / extent)
        if search.value == -math.inf:
            break
        small = rtol * abs(search.value)
        unchanged = unchanged + 1 if history and search.value - before <= small else 0
        history.append((extent, search.value))
        progress(min(search.visited, most), most)
        extent *= 2
    progress(most, most)
    pole = poles and search.is_pole()
    limit = pole or search.is_limit()
    value = math.inf if pole or (limit and search.diverges()) else search.value
    if limit and math.isfinite(value):
        value = search.extrapolated()
    return Refined(value, search.point, len(search.skipped), limit, tuple(history), unchanged >= 2, search.visited)


def _grid(extent: int, dimension: int, *, even: bool) -> NDArray[np.float64]:
    """Return a grid with the origin, of a pair of opposite points only one where `even`."""
    numbers = np.arange(extent**dimension)
    shape = (extent,) * dimension
    grid = np.stack(np.unravel_index(numbers, shape), axis=1)
    if even:
        grid = grid[numbers <= np.ravel_multi_index(tuple((-grid % extent).T), shape)]
    return grid / extent
