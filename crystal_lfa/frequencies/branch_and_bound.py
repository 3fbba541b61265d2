r"""Certified suprema over all frequencies, by branch and bound.

The functions searched are norms of trigonometric polynomials with matrices as coefficients,
:math:`L_\mu = \sum_z m_z e^{2\pi i \mu \cdot z}`. Along a line through a maximiser, in the direction of a step
:math:`\delta`, :math:`\operatorname{Re}(e^{ia} u^H L v)` is bounded by the maximum M and of exponential type
:math:`w(\delta)`, :math:`2\pi` times half of the range of :math:`z \cdot \delta`. By the theorem of Duffin and
Schaeffer it does not fall faster than a cosine: in a box that holds a maximiser, the value at the centre is at least
:math:`M \cos w`, w the largest :math:`w(\delta)` from the centre to a corner. So a box whose centre lies below the
best value seen times :math:`\cos w` holds none, and M is at most the best value over :math:`\cos w` as soon as no
centre that is left lies above it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.frequencies.climbing import wrapped

__all__ = ["Enclosure", "Landscape", "branch_and_bound"]

BELOW, BETWEEN, ABOVE = -1, 0, 1
"""How a value compares with a lower and an upper threshold."""

_COARSEST, _COARSEST_LARGE = 0.8, 0.4
"""The angle w of the first boxes; smaller where symbols are large, whose norms vary so little that larger boxes are
hardly ever dropped."""

_LARGEST_FIRST_GRID = 1024
"""Boxes of a first grid so fine that it suffices, where symbols are large."""

_LARGE = 16

_CLIMBERS = 3
_POLISHING = 8
_MOST_SAMPLES = 4096


class Landscape(Protocol):
    """What is searched: a norm over the unit cube of frequencies."""

    @property
    def offsets(self) -> NDArray[np.int64]:
        """The offsets z, (k, d)."""

    @property
    def size(self) -> int:
        """The size of a symbol."""

    @property
    def even(self) -> bool:
        """Whether the values at mu and -mu are equal."""

    def values(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at frequencies (b, d): (b,)."""

    def compare(self, points: NDArray[np.float64], low: float, high: float) -> NDArray[np.int8]:
        """Return whether values are BELOW the first threshold, ABOVE the second, or BETWEEN: (b,)."""

    def climb(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return other frequencies near by, at which the values are not smaller: (b, d)."""

    def newton(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where a step of Newton's method leads from a frequency near a maximum: (d,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Enclosure:
    """What a search found.

    Attributes
    ----------
    lower, upper : float
        The supremum lies between them, up to rounding.
    frequency : (d,) float64
        Where `lower` is attained.
    evaluations : int
        The number of frequencies that boxes were judged by.
    """

    lower: float
    upper: float
    frequency: NDArray[np.float64]
    evaluations: int


def branch_and_bound(
    landscape: Landscape,
    rtol: float,
    most: int,
    bound: float = math.inf,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> Enclosure:
    """Enclose the supremum of a landscape.

    Parameters
    ----------
    landscape : Landscape
        Of dimension 1 or more.
    rtol : float
        The relative width at which the search ends.
    most : int
        The number of frequencies that may be visited; then the interval is wider.
    bound : float
        What the supremum is known not to exceed.
    progress : callable(done, most)

    References
    ----------
    Duffin, Schaeffer: Some inequalities concerning functions of exponential type, Bull. AMS 43 (1937).
    """
    best = _Best(landscape, np.array(list(product((0.0, 0.5), repeat=landscape.offsets.shape[1]))))
    shape = _Boxes.first_shape(landscape, rtol)
    if math.prod(shape) >> landscape.even > most:
        # Boxes that prove anything are more than may be visited: samples, for what is attained.
        points = _spread(min(most, _MOST_SAMPLES), len(shape))
        best.rise(points)
        best.finish()
        progress(len(points), most)
        return Enclosure(best.value, max(bound, best.value), best.point, len(points))
    boxes = _Boxes.first(landscape, shape)
    done = 0
    # As long as no box was dropped, the centres are a whole grid, whose best value says more than a box's.
    whole = True
    # Values that equal the best one up to rounding are none above it.
    slack = 1 + 4 * landscape.size * float(np.finfo(np.float64).eps)
    while best.value * (1 + rtol) < bound and done + len(boxes.centres) <= most:
        cosine = max(math.cos(boxes.angle), boxes.grid_cosine() if whole else 0.0)
        last = cosine * (1 + rtol) > slack
        lower = best.value * (slack if last else math.cos(boxes.angle))
        judged = landscape.compare(boxes.centres, lower, best.value * slack)
        done += len(boxes.centres)
        if (judged == ABOVE).any():
            best.rise(boxes.centres[judged == ABOVE])
        bound = min(bound, best.value / cosine)
        progress(done, most)
        kept = judged > BELOW
        whole = whole and bool(kept.all())
        if last:
            break
        if not kept.any():
            # Only rounding drops the box of a maximiser: there is none above the best value.
            bound = best.value
            break
        boxes = boxes.kept(kept).halved()
    best.finish()
    return Enclosure(best.value, max(bound, best.value), best.point, done)


def _spread(count: int, dimension: int) -> NDArray[np.float64]:
    """Return points spread evenly over the unit cube: multiples of powers of the generalised golden ratio."""
    ratio = 2.0
    for _ in range(60):
        ratio = (1 + ratio) ** (1 / (dimension + 1))
    return np.outer(np.arange(count), ratio ** -np.arange(1.0, dimension + 1)) % 1.0


class _Best:
    """The best value seen, and where."""

    def __init__(self, landscape: Landscape, points: NDArray[np.float64]) -> None:
        self.landscape = landscape
        self.value, self.point = -math.inf, points[0]
        self.rise(points)

    def rise(self, points: NDArray[np.float64], steps: int = 3) -> None:
        """Look at points, and climb from the best of them."""
        values = self._look(points)
        top = points[np.argsort(-values, kind="stable")[:_CLIMBERS]]
        for _ in range(steps):
            top = self.landscape.climb(top)
        self._look(top)

    def finish(self) -> None:
        """Climb from the best point, and follow Newton's method as long as that helps."""
        self._look(self.landscape.climb(self.point[None]))
        for _ in range(_POLISHING):
            before = self.value
            self._look(self.landscape.newton(self.point)[None])
            if self.value <= before:
                break

    def _look(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        values = self.landscape.values(points)
        place = int(np.argmax(values))
        if values[place] > self.value:
            self.value, self.point = float(values[place]), wrapped(points[place])
        return values


@dataclass(frozen=True, slots=True, eq=False)
class _Boxes:
    """Boxes of one shape: centres (b, d), half-widths (d,), and the offsets that tell how fast functions vary."""

    centres: NDArray[np.float64]
    half_widths: NDArray[np.float64]
    offsets: NDArray[np.int64]

    @classmethod
    def first_shape(cls, landscape: Landscape, rtol: float) -> tuple[int, ...]:
        """Return into how many boxes to divide each axis of the unit cube at first."""
        dimension = landscape.offsets.shape[1]
        whole = cls(np.full((1, dimension), 0.5), np.full(dimension, 0.5), landscape.offsets)
        if landscape.size < _LARGE:
            return whole.narrowed(lambda box: box.angle <= _COARSEST).shape()
        # Where few boxes are dropped, one grid that suffices is cheaper than several that do not.
        shape = whole.narrowed(lambda box: box.grid_cosine() * (1 + rtol) > 1).shape()
        if math.prod(shape) <= _LARGEST_FIRST_GRID << landscape.even:
            return shape
        return whole.narrowed(lambda box: box.angle <= _COARSEST_LARGE).shape()

    @classmethod
    def first(cls, landscape: Landscape, shape: tuple[int, ...]) -> _Boxes:
        """Return boxes that cover the unit cube, or half of it where the landscape is even."""
        numbers = np.arange(math.prod(shape))
        grid = np.stack(np.unravel_index(numbers, shape), axis=1)
        if landscape.even:
            opposite = np.ravel_multi_index(tuple((np.array(shape) - 1 - grid).T), shape)
            grid = grid[numbers <= opposite]
        return cls((grid + 0.5) / shape, 0.5 / np.array(shape), landscape.offsets)

    def shape(self) -> tuple[int, ...]:
        """Return how many boxes of these half-widths there are along each axis of the unit cube."""
        return tuple(round(0.5 / width) for width in self.half_widths.tolist())

    def narrowed(self, enough: Callable[[_Boxes], bool]) -> _Boxes:
        """Return boxes of half, a quarter ... of the widths, centred where these are."""
        boxes = self
        while not enough(boxes):
            boxes = _Boxes(boxes.centres, boxes.half_widths - boxes.half_step(), boxes.offsets)
        return boxes

    @property
    def angle(self) -> float:
        """The angle w: 2 pi times half of the largest range of offsets in the direction of a corner."""
        signs = np.array([(1.0, *rest) for rest in product((1.0, -1.0), repeat=len(self.half_widths) - 1)])
        turns = (signs * self.half_widths) @ self.offsets.T
        return float(np.pi * np.ptp(turns, axis=1).max())

    def grid_cosine(self) -> float:
        """Return by how much the best of a whole grid of centres may lie below the supremum, axis after axis."""
        angles = np.pi * self.half_widths * np.ptp(self.offsets, axis=0)
        return float(np.prod(np.cos(angles))) if (angles < np.pi / 2).all() else 0.0

    def half_step(self) -> NDArray[np.float64]:
        """Return half of the half-width along the axis where functions may vary most, zeros along the others."""
        widest = int(np.argmax(self.half_widths * np.ptp(self.offsets, axis=0)))
        return np.where(np.arange(len(self.half_widths)) == widest, 0.5 * self.half_widths, 0.0)

    def kept(self, chosen: NDArray[np.bool_]) -> _Boxes:
        """Return some of the boxes."""
        return _Boxes(self.centres[chosen], self.half_widths, self.offsets)

    def halved(self) -> _Boxes:
        """Return both halves of every box, along the axis where functions may vary most."""
        step = self.half_step()
        centres = np.concatenate([self.centres + step, self.centres - step])
        return _Boxes(centres, self.half_widths - step, self.offsets)
