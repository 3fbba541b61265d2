"""Suprema over all frequencies, refined until they stop changing: for what no theorem encloses.

Grids of the unit cube, each twice as fine as the one before; from the best places of each, a search over ever smaller
boxes. It ends where finer grids find nothing larger twice in succession.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Refined", "refined_supremum", "wrapped"]

_COARSEST = {1: 32, 2: 16}
_COARSEST_OTHER = 8

_STARTS = 64
"""Places of a grid from which the search goes on."""

_FINEST = 1e-15
"""Size of the last boxes: a cone, as of a singular value that vanishes, is followed to its tip."""

_FRUITLESS = 8
"""Halvings in succession after which a search ends that found nothing better."""

_STEEPEST = 8.0
"""How much of the range of a grid's values a better one may be away, for each unit of distance: what is further behind
than that does not catch up."""

_PROMISING = 16.0
_REMEMBERED = 4
"""What is further behind than so many times the largest of its last few gains does not catch up either."""

_LAST = 4
"""Places that are followed to the end."""

_CLOSEST = 1e-4 / (2 * math.pi)
"""How near to a frequency that was left out the search goes: nearer, cancellation eats the digits."""

_POLE = 1e10
"""How many times the median of a grid's values a value may be that is not taken for infinite."""

_RAY = 0.016
"""Distance from a frequency left out at which an extrapolation begins; it goes on with halves of that: near enough for
a polynomial, and far from where cancellation eats the digits."""
_RAY_POINTS = 6

_TRUSTED = 1e-5
"""How much two extrapolations may differ, and from the value nearest to the frequency, relative to it."""

_SAME = 1e-9
"""How far apart frequencies are one."""

_DIVERGES = 0.05
"""Share of a value by which it has to grow over the last halving of that distance, and no less than over the one
before, to have no finite limit: what converges grows less and less."""


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
    progress : callable(done, most)
    """
    search = _Search(values, dimension)
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
    pole = search.is_pole()
    limit = pole or search.is_limit()
    value = math.inf if pole or (limit and search.diverges()) else search.value
    if limit and math.isfinite(value):
        value = search.extrapolated()
    return Refined(value, search.point, len(search.skipped), limit, tuple(history), unchanged >= 2, search.visited)


def _steps(dimension: int) -> NDArray[np.float64]:
    """Return the steps to the border of a box and halfway there; in space fewer directions: there are too many."""
    ends = [step for step in product((-1.0, 0.0, 1.0), repeat=dimension) if any(step)]
    if dimension > 2:
        return np.concatenate([ends, 0.5 * np.array(ends)])
    return np.array([step for step in product((-1.0, -0.5, 0.0, 0.5, 1.0), repeat=dimension) if any(step)])


def _grid(extent: int, dimension: int, *, even: bool) -> NDArray[np.float64]:
    """Return a grid with the origin, of a pair of opposite points only one where `even`."""
    numbers = np.arange(extent**dimension)
    shape = (extent,) * dimension
    grid = np.stack(np.unravel_index(numbers, shape), axis=1)
    if even:
        grid = grid[numbers <= np.ravel_multi_index(tuple((-grid % extent).T), shape)]
    return grid / extent


class _Search:
    """The best value seen, where, and the frequencies that had none."""

    def __init__(self, values: Callable[[NDArray[np.float64]], NDArray[np.float64]], dimension: int) -> None:
        self.values = values
        self.value = -math.inf
        self.point = np.zeros(dimension)
        self.skipped: list[NDArray[np.float64]] = []
        self.visited = 0
        self.typical = 0.0
        self.steps = _steps(dimension)

    def look_around(self, grid: NDArray[np.float64], spacing: float) -> None:
        """Look at a grid, and from its best places at smaller and smaller boxes."""
        found = self._look(grid, remember=True)
        order = np.argsort(-found, kind="stable")
        places = _apart(grid[order], found[order], spacing)
        points, best = grid[order][places], found[order][places]
        known = found[np.isfinite(found)]
        self.typical = float(np.median(np.abs(known))) if known.size else 0.0
        reach = _STEEPEST * float(np.ptp(known)) if known.size else 0.0
        size, fruitless = np.full(len(points), spacing), np.zeros(len(points), dtype=np.int64)
        gains = np.full((len(points), _REMEMBERED), math.inf)
        most = _STARTS
        while len(points):
            around = (points[:, None, :] + size[:, None, None] * self.steps).reshape(-1, points.shape[1])
            near = self._look(around).reshape(len(points), -1)
            winner = near.argmax(axis=1)
            won = near[np.arange(len(points)), winner]
            better = won > best
            gains = np.concatenate([gains[:, 1:], np.maximum(won - best, 0.0)[:, None]], axis=1)
            chosen = around.reshape(len(points), -1, points.shape[1])[np.arange(len(points)), winner]
            points = np.where(better[:, None], chosen, points)
            best = np.maximum(best, won)
            # A step to the border of the box goes on at its size, all others with half of it.
            inner = ~better | (np.abs(self.steps[winner]).max(axis=1) < 1)
            size = np.where(inner, size / 2, size)
            fruitless = np.where(better, 0, fruitless + 1)
            gain = np.minimum(reach * size, _PROMISING * gains.max(axis=1))
            hopeful = (size > _FINEST) & (fruitless < _FRUITLESS) & (best >= self.value - gain)
            # Of many that climb the best, fewer and fewer: maxima are often equal by symmetry.
            most = max(most // 2, _LAST)
            kept = np.flatnonzero(hopeful)[np.argsort(-best[hopeful], kind="stable")[:most]]
            points, best, size, fruitless, gains = points[kept], best[kept], size[kept], fruitless[kept], gains[kept]

    def _look(self, points: NDArray[np.float64], *, remember: bool = False) -> NDArray[np.float64]:
        """Return the values at points, minus infinity where there is none or it is too near to such a point."""
        self.visited += len(points)
        near = np.zeros(len(points), dtype=np.bool_) if remember else self._distances(points) < _CLOSEST
        found = np.full(len(points), np.nan)
        if not near.all():
            found[~near] = self.values(wrapped(points[~near]))
        absent = np.isnan(found)
        if remember:
            known = self._distances(points[absent]) < _SAME
            self.skipped += list(points[absent][~known])
        found = np.where(absent, -math.inf, found)
        place = int(np.argmax(found))
        if found[place] > self.value:
            self.value, self.point = float(found[place]), wrapped(points[place])
        return found

    def _distances(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far points are from the nearest frequency left out, along the axis where they are furthest."""
        if not self.skipped or not len(points):
            return np.full(len(points), math.inf)
        apart = (points[:, None, :] - np.array(self.skipped) + 0.5) % 1.0 - 0.5
        return np.asarray(np.abs(apart).max(axis=2).min(axis=1))

    def is_pole(self) -> bool:
        """Tell whether the best value is so far above all others that only rounding keeps it finite."""
        return self.value > _POLE * self.typical > 0

    def is_limit(self) -> bool:
        """Tell whether the best value lies as near to a frequency left out as the search goes."""
        return bool(self._distances(self.point[None])[0] < 8 * _CLOSEST)

    def _from_the_nearest_left_out(self) -> NDArray[np.float64]:
        """Return the step from the frequency left out that is nearest to the best one."""
        apart = (self.point - np.array(self.skipped) + 0.5) % 1.0 - 0.5
        return np.asarray(apart[np.abs(apart).max(axis=1).argmin()])

    def extrapolated(self) -> float:
        """Return what values tend to along the ray from the best one to the frequency left out, if that is clear."""
        step = self._from_the_nearest_left_out()
        best, point = self.value, self.point
        distances = _RAY / 2.0 ** np.arange(_RAY_POINTS)
        ray = (point - step) + distances[:, None] * (step / np.abs(step).max())
        found = self._look(ray)
        self.value, self.point = best, point
        if not np.isfinite(found).all():
            return best
        limits = [_at_zero(distances[first:], found[first:]) for first in (0, 1)]
        apart = max(abs(limits[0] - limits[1]), abs(limits[1] - best))
        return limits[1] if apart <= _TRUSTED * abs(best) else best

    def diverges(self) -> bool:
        """Tell whether values grow without bound towards the frequency left out that is nearest to the best one."""
        step = self._from_the_nearest_left_out()
        near, far = self._look(np.stack([self.point + step, self.point + 3 * step]))
        if not (math.isfinite(near) and math.isfinite(far)):
            return False
        growth, before = self.value - near, near - far
        return bool(growth > _DIVERGES * abs(self.value) and growth > 0.9 * before)


def _at_zero(places: NDArray[np.floating[Any]], values: NDArray[np.float64]) -> float:
    """Return the value at 0 of the polynomial through some values, by Neville's scheme."""
    table = values.copy()
    for k in range(1, len(places)):
        far, near = places[:-k], places[k:]
        table = (far * table[1:] - near * table[:-1]) / (far - near)
    return float(table[0])


def wrapped(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return frequencies modulo 1, in [0, 1) also where rounding would make a 1 of them."""
    inside = points % 1.0
    return np.where(inside == 1.0, 0.0, inside)


def _apart(points: NDArray[np.float64], values: NDArray[np.float64], spacing: float) -> list[int]:
    """Return the numbers of the first few points, best first, that are no neighbours of one another."""
    chosen: list[int] = []
    for number, value in enumerate(values.tolist()):
        if len(chosen) == _STARTS or value == -math.inf:
            break
        apart = (points[chosen] - points[number] + 0.5) % 1.0 - 0.5
        if not chosen or np.abs(apart).max(axis=1).min() > 1.5 * spacing:
            chosen.append(number)
    return chosen
