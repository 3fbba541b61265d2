"""The search for the largest value of a function of frequencies: from the best places of a grid to the top.

Where values do not exist, as of an inverse, the search keeps away: near such a frequency cancellation eats the digits,
and noise would pass for a maximum. How near it may go is measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Climbing", "wrapped"]

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

_TOPS = 4
"""Places that are looked around once more where nothing has been gained lately."""

_CLOSEST = 1e-4 / (2 * math.pi)
"""How near to a frequency that was left out the search goes at most."""

_FURTHEST = 0.0625
_HALVINGS = 12
_RAYS = 4
_STIR = 1e-8
_NOISE = 1e-7
"""Along some rays from a frequency that was left out, beginning at the furthest distance and halving it, values are
compared with those at distances that differ by the stir, relative to them: where they differ by more than this noise,
relative to the largest value, rounding has eaten the digits, and the search keeps away."""
_MOST_MEASURED = 8
"""Frequencies left out around which that is measured; of more, the others are taken to be like the worst of these."""

_POLE = 1e10
"""How many times the median of a grid's values a value may be that is not taken for infinite."""

_HUGE = 1e6
"""How many times the median a value may be beside a frequency left out that is not taken for infinite."""

_BESIDE = 1e-9
"""How far beside a pole values are looked at."""

_RAY = 0.0005
_RAY_POINTS = 6
_RATIO = 1.6
"""Least distance from a frequency left out at which an extrapolation begins, and by what the next ones are larger: near
enough for a polynomial, and far from where cancellation eats the digits."""

_NEAR = 2.0
"""How many times the distance that the search keeps is near."""

_TRUSTED = 1e-4
_CHANGE = 0.05
"""How much two extrapolations may differ, and from the value nearest to the frequency, relative to it."""

_SAME = 1e-9
"""How far apart frequencies are one."""

_DIVERGES = 0.05
"""Share of a value by which it has to grow over the last halving of that distance, and no less than over the one
before, to have no finite limit: what converges grows less and less."""


class Climbing:
    """The best value seen, where, and the frequencies that had none."""

    def __init__(
        self, values: Callable[[NDArray[np.float64]], NDArray[np.float64]], dimension: int, rtol: float, most: int
    ) -> None:
        self.values = values
        self.rtol = rtol
        self.most = most
        self.value = self.score = -math.inf
        self.point = np.zeros(dimension)
        self.skipped: list[NDArray[np.float64]] = []
        self.closest: list[float] = []
        self.visited = 0
        self.typical = 0.0
        self.steps = _steps(dimension)

    def look_around(self, grid: NDArray[np.float64], spacing: float) -> None:
        """Look at a grid, and from its best places at smaller and smaller boxes."""
        found = self._grid_values(grid)
        known = found[np.isfinite(found)]
        self._measure_noise(max(self.value, float(known.max()) if known.size else 0.0))
        # What the grid has of noise does not count either.
        found = np.where(self._too_close(grid), -math.inf, found)
        self._keep_best(grid, found)
        order = np.argsort(-found, kind="stable")
        places = _apart(grid[order], found[order], spacing)
        points, best = grid[order][places], found[order][places]
        self.typical = float(np.median(np.abs(known))) if known.size else 0.0
        reach = _STEEPEST * float(np.ptp(known)) if known.size else 0.0
        size, fruitless = np.full(len(points), spacing), np.zeros(len(points), dtype=np.int64)
        gains = np.full((len(points), _REMEMBERED), math.inf)
        while len(points) and self.visited < self.most:
            around = (points[:, None, :] + size[:, None, None] * self.steps).reshape(-1, points.shape[1])
            near = self._look(around).reshape(len(points), -1)
            winner = near.argmax(axis=1)
            won = near[np.arange(len(points)), winner]
            better = won > best
            gains = np.concatenate([gains[:, 1:], np.maximum(won - best, 0.0)[:, None]], axis=1)
            chosen = around.reshape(len(points), -1, points.shape[1])[np.arange(len(points)), winner]
            points = np.where(better[:, None], chosen, points)
            best = np.maximum(best, won)
            # A step to the border of the box goes on at its size, all others with half of it; on a ridge that bends,
            # steps that gain next to nothing would go on for ever.
            small = gains[:, -1] <= 0.01 * self.rtol * np.abs(best)
            inner = ~better | small | (np.abs(self.steps[winner]).max(axis=1) < 1)
            size = np.where(inner, size / 2, size)
            fruitless = np.where(better, 0, fruitless + 1)
            gain = np.minimum(reach * size, _PROMISING * gains.max(axis=1))
            hopeful = (size > _FINEST) & (fruitless < _FRUITLESS) & (best >= self.value - gain)
            # Of tops that are reached a few: maxima are often equal by symmetry, and would crowd out what still climbs.
            ranked = np.argsort(-best, kind="stable")
            ranked = ranked[hopeful[ranked]]
            climbs = gains[ranked].max(axis=1) > 0.01 * self.rtol * np.abs(best[ranked])
            kept = np.concatenate([ranked[climbs], ranked[~climbs][:_TOPS]])
            points, best, size, fruitless, gains = points[kept], best[kept], size[kept], fruitless[kept], gains[kept]

    def _look(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at points as `_values_at`; the best one is kept."""
        found = self._values_at(points)
        self._keep_best(points, found)
        return found

    def _values_at(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at points, minus infinity where there is none or it is too near to such a point."""
        self.visited += len(points)
        apart = ~self._too_close(points)
        found = np.full(len(points), np.nan)
        if apart.any():
            found[apart] = self.values(wrapped(points[apart]))
        return np.where(np.isnan(found), -math.inf, found)

    def _grid_values(self, grid: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values on a grid, minus infinity where there is none; such frequencies are remembered."""
        self.visited += len(grid)
        found = self.values(wrapped(grid))
        absent = np.isnan(found)
        known = self._distances(grid[absent]) < _SAME
        self.skipped += list(grid[absent][~known])
        return np.where(absent, -math.inf, found)

    def _keep_best(self, points: NDArray[np.float64], found: NDArray[np.float64]) -> None:
        # Beside a frequency left out a value counts as larger if noise does not explain it.
        beside = self._distances(points) < _RAY
        scores = np.where(beside, found - 10 * _NOISE * np.abs(found), found)
        place = int(np.argmax(scores))
        if scores[place] > self.score:
            self.score, self.value, self.point = float(scores[place]), float(found[place]), wrapped(points[place])

    def _measure_noise(self, largest: float) -> None:
        """Find out how near to each frequency that was left out values can be trusted, beside the largest one."""
        self.closest = []
        dimension = len(self.point)
        # Directions in no special position.
        directions = np.exp(np.outer(np.arange(1, _RAYS + 1), np.arange(1, dimension + 1)) / 3) % 1.0 - 0.4
        directions /= np.abs(directions).max(axis=1, keepdims=True)
        distances = _FURTHEST / 2.0 ** np.arange(_HALVINGS)
        for skipped in self.skipped[:_MOST_MEASURED]:
            rays = [skipped + (distances * (1 + stir))[:, None, None] * directions for stir in (0.0, _STIR, -_STIR)]
            flat = np.concatenate([ray.reshape(-1, dimension) for ray in rays])
            self.visited += len(flat)
            values = self.values(wrapped(flat)).reshape(3, len(distances), _RAYS)
            # A ray may meet another frequency without a value; that is no noise.
            spread = np.nan_to_num(np.ptp(values, axis=0), nan=0.0)
            size = np.maximum(np.nan_to_num(np.abs(values).max(axis=0), nan=0.0), abs(largest))
            noisy = np.flatnonzero((spread > _NOISE * size).any(axis=1))
            nearest = distances[max(noisy[0] - 1, 0)] if len(noisy) else _CLOSEST
            self.closest.append(max(float(nearest), _CLOSEST))
        if self.skipped:
            self.closest += [max(self.closest)] * (len(self.skipped) - len(self.closest))

    def _steps_from_left_out(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the steps to points (k, d) from the frequencies left out, modulo periods: (k, left out, d)."""
        return (points[:, None, :] - np.reshape(self.skipped, (-1, points.shape[1])) + 0.5) % 1.0 - 0.5

    def _too_close(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which points are nearer to a frequency left out than values can be trusted."""
        apart = np.abs(self._steps_from_left_out(points)).max(axis=2)
        return np.asarray((apart < np.array(self.closest)).any(axis=1))

    def _distances(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far points are from the nearest frequency left out, along the axis where they are furthest."""
        return np.asarray(np.abs(self._steps_from_left_out(points)).max(axis=2).min(axis=1, initial=math.inf))

    def is_pole(self) -> bool:
        """Tell whether the best value is so far above all others that only rounding keeps it finite.

        Values fall off at once beside such a place.
        """
        if not self.value > _POLE * self.typical > 0:
            return False
        best, point = self.value, self.point
        sides = np.stack([np.eye(len(point)), -np.eye(len(point))])
        places = (_BESIDE * 10.0 ** np.arange(4))[:, None, None, None] * sides
        away = self._values_at((point + places).reshape(-1, len(point))).reshape(4, 2, len(point))
        # What is high and narrow is flat on top; on both sides of a curve of poles values fall off like a power.
        flat = away[0].min() > 0.95 * best
        across = (away[:-1] < 0.2 * best) & (away[1:] < 0.2 * away[:-1])
        return bool(not flat and across.all(axis=1).any())

    def is_limit(self) -> bool:
        """Tell whether the best value lies as near to a frequency left out as the search goes."""
        (apart,) = np.abs(self._steps_from_left_out(self.point[None])).max(axis=2)
        return bool((apart < _NEAR * np.array(self.closest) + 6 * _CLOSEST).any())

    def _from_the_nearest_left_out(self) -> NDArray[np.float64]:
        """Return the step from the frequency left out that is nearest to the best one."""
        (steps,) = self._steps_from_left_out(self.point[None])
        return np.asarray(steps[np.abs(steps).max(axis=1).argmin()])

    def extrapolated(self) -> float:
        """Return what values tend to along the ray from the best one to the frequency left out, if that is clear."""
        step = self._from_the_nearest_left_out()
        best, point = self.value, self.point
        distances = max(_RAY, float(np.abs(step).max())) * _RATIO ** np.arange(_RAY_POINTS)[::-1]
        ray = (point - step) + distances[:, None] * (step / np.abs(step).max())
        found = self._values_at(ray)
        if not np.isfinite(found).all():
            return best
        # Of few points the polynomial is coarse, of many noise grows: those that agree best with one fewer.
        limits = [_at_zero(distances[-count:], found[-count:]) for count in range(2, _RAY_POINTS + 1)]
        changes = [abs(one - other) for one, other in zip(limits[1:], limits[:-1], strict=True)]
        chosen = int(np.argmin(changes))
        # Noise alone may have put the best one a little above.
        nearest, limit = float(found[-1]), limits[chosen + 1]
        clear = changes[chosen] <= _TRUSTED * abs(best) and abs(limit - nearest) <= _CHANGE * abs(best)
        return max(limit, nearest) if clear else best

    def diverges(self) -> bool:
        """Tell whether values grow without bound towards the frequency left out that is nearest to the best one."""
        step = self._from_the_nearest_left_out()
        best, point = self.value, self.point
        if best > _HUGE * self.typical > 0:
            return True
        shares = np.array([1.0, 3.0, _STIR, -_STIR])
        near, far, *stirred = self._values_at(point + shares[:, None] * step).tolist()
        noise = max(abs(value - best) for value in stirred)
        if not (math.isfinite(near) and math.isfinite(far)) or not noise <= _TRUSTED * abs(best):
            return False
        growth, before = best - near, near - far
        return bool(growth > _DIVERGES * abs(best) and growth > 0.9 * before)


def _steps(dimension: int) -> NDArray[np.float64]:
    """Return the steps to the border of a box and halfway there; in space fewer directions: there are too many."""
    ends = [step for step in product((-1.0, 0.0, 1.0), repeat=dimension) if any(step)]
    if dimension > 2:
        return np.concatenate([ends, 0.5 * np.array(ends)])
    return np.array([step for step in product((-1.0, -0.5, 0.0, 0.5, 1.0), repeat=dimension) if any(step)])


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
