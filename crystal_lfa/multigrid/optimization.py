"""Parameters of methods that make a factor smallest: the factor is a maximum, so that its minimum is often a kink."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies import Progress, as_progress
from crystal_lfa.geometry.exact.integers import as_integer, axes_of
from crystal_lfa.operators.arrays import read_only

__all__ = ["Curve", "Optimum", "optimize"]

_SAMPLES = 16
"""Values of one parameter from which the search goes on."""
_VALLEYS = 3
"""Of which the lowest are searched."""
_PRECISION = 1e-9
"""Of a parameter, in units of the interval between its bounds."""
_STARTS_EACH = 12
"""Points a parameter that are looked at before several are searched."""
_SLICE = 21


class Curve(NamedTuple):
    """A factor against parameters: ``parameters, factors = curve``.

    Attributes
    ----------
    parameters : (k,) of one parameter, ascending; (k, p) of several, in the order in which they were tried
    factors : (k,)
    """

    parameters: NDArray[np.float64]
    factors: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """The best parameters found.

    Attributes
    ----------
    x : float, or (p,) float64
    factor : float
    curve : Curve
        All values that were computed.
    slices : tuple of Curve
        Of each parameter by itself, the others at their optimum.
    evaluations : int
    """

    x: Any
    factor: float
    curve: Curve
    slices: tuple[Curve, ...]

    @property
    def evaluations(self) -> int:
        """How often the factor was computed in search of the optimum."""
        return len(self.curve.factors)

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the factor against each parameter, the others at their optimum; return the artists."""
        from crystal_lfa.drawing.curves import draw_levels, draw_slices

        if np.ndim(self.x) == 0:
            curve = self.curve
            mark = (float(self.x), self.factor)
            return draw_levels(ax, *curve, [("smallest", self.factor)], ("parameter", "factor"), mark)
        names = [f"parameter {number}" for number in range(len(self.x))]
        curves = [(name, *part, best) for name, part, best in zip(names, self.slices, self.x.tolist(), strict=True)]
        return draw_slices(ax, curves, "factor")

    def __repr__(self) -> str:
        return f"Optimum(x={np.round(self.x, 8).tolist()}, factor={self.factor:.8g}, {self.evaluations} evaluations)"


def optimize(
    factor: Callable[[Any], Any], x0: Any, bounds: Any, *, starts: int = 3, seed: int = 0, progress: Progress = False
) -> Optimum:
    """Return the parameters for which a factor is smallest.

    One parameter: the interval is sampled, and the lowest valleys are narrowed down by `scipy.optimize`'s bounded
    method of Brent. Several: from `x0` and the best of points spread over the bounds the simplex method of Nelder and
    Mead, which needs no derivatives, started anew where it ends until that helps no more.

    Parameters
    ----------
    factor : callable
        From the parameters, a float or an array (p,) as `x0` is, to what ``float()`` takes, such as a `Supremum`.
        Where it is NaN, the parameters count as bad.
    x0 : float or (p,) array_like
        A guess.
    bounds : (low, high), or p such pairs
    starts : int
        How many searches are begun, of several parameters.
    seed : int
        Of the points that are spread.
    progress : bool or callable(done, total)
        Counts searches.

    Returns
    -------
    Optimum

    Raises
    ------
    InvalidArgumentError
        If a bound is not below the other, or the guess not between them.

    References
    ----------
    Brown, He, MacLachlan, Menickelly, Wild: Tuning multigrid methods with robust optimization and local Fourier
    analysis, SIAM J. Sci. Comput. 43 (2021).

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> A = mg.poisson(1)
    >>> best = mg.optimize(lambda omega: mg.smoothing_factor(A, mg.Jacobi(omega)), 0.5, (0.1, 1.0))
    >>> round(best.x, 6), round(best.factor, 6)
    (0.666667, 0.333333)
    """
    if not callable(factor):
        raise InvalidArgumentError(f"factor: got {factor!r}; a function of the parameters is needed")
    alone, guess = axes_of(x0) == 0, _read_guess(x0)
    limits = _read_bounds(bounds, guess)
    count = as_integer(starts, "starts")
    if count < 1:
        raise InvalidArgumentError(f"starts: got {count}; a positive number is needed")
    record = _Record(factor, alone=alone)
    report = as_progress(progress)
    if len(guess) == 1:
        _along_a_line(record, guess, limits[0], report)
    else:
        _with_simplices(record, guess, limits, count, seed, report)
    best = int(np.argmin(record.values))
    if not np.isfinite(record.values[best]):
        message = f"factor: it is not finite at any of the {len(record.values)} parameters that were tried, such as "
        raise InvalidArgumentError(f"{message}{record.places[0].tolist()}; a method that works somewhere is needed")
    x = record.places[best]
    found = record.curve()
    slices = (found,) if len(guess) == 1 else _slices(factor, x, limits)
    return Optimum(float(x[0]) if alone else read_only(x.copy()), record.values[best], found, slices)


def _read_guess(x0: Any) -> NDArray[np.float64]:
    """Return a guess (p,) of real numbers."""
    try:
        guess = np.atleast_1d(np.asarray(x0, dtype=np.float64))
    except (TypeError, ValueError):
        guess = np.zeros(0)
    if guess.ndim != 1 or not guess.size:
        raise InvalidArgumentError(f"x0: got {x0!r}; a real number, or one a parameter, is needed")
    return guess


def _read_bounds(bounds: Any, guess: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return bounds (p, 2) with the guess between them."""
    try:
        limits = np.asarray(bounds, dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError):
        raise InvalidArgumentError(
            f"bounds: got {bounds!r}; (low, high), or such a pair a parameter, is needed"
        ) from None
    if guess.ndim != 1 or len(limits) != len(guess):
        message = f"bounds: got {len(limits)} pairs for {guess.size} parameters; one a parameter is needed"
        raise InvalidArgumentError(message)
    if not np.isfinite(limits).all() or not (limits[:, 0] < limits[:, 1]).all():
        raise InvalidArgumentError(f"bounds: got {bounds!r}; finite numbers, the lower one first, are needed")
    if not ((limits[:, 0] <= guess) & (guess <= limits[:, 1])).all():
        raise InvalidArgumentError(f"x0: got {guess.tolist()}; a guess between the bounds {limits.tolist()} is needed")
    return limits


class _Record:
    """The factor, and all its values so far."""

    def __init__(self, factor: Callable[[Any], Any], *, alone: bool) -> None:
        self.factor = factor
        self.alone = alone
        self.places: list[NDArray[np.float64]] = []
        self.values: list[float] = []

    def __call__(self, x: Any) -> float:
        place = np.atleast_1d(np.asarray(x, dtype=np.float64)).copy()
        found = self.factor(float(place[0]) if self.alone else place)
        try:
            value = float(found)
        except (TypeError, ValueError):
            message = (
                f"factor: it returned {type(found).__name__}; a number, or what float() takes, is needed, such as "
            )
            raise InvalidArgumentError(f"{message}mg.smoothing_factor(A, mg.Jacobi(omega))") from None
        number = float("inf") if np.isnan(value) else value
        self.places.append(place)
        self.values.append(number)
        return number

    def curve(self) -> Curve:
        """Return all values."""
        parameters, factors = np.array(self.places), np.array(self.values)
        if parameters.shape[1] == 1:
            order = np.argsort(parameters[:, 0], kind="stable")
            parameters, factors = parameters[order, 0], factors[order]
        return Curve(read_only(parameters), read_only(factors))


def _along_a_line(record: _Record, guess: NDArray[np.float64], limits: NDArray[np.float64], report: Any) -> None:
    from scipy.optimize import minimize_scalar

    low, high = limits.tolist()
    places = np.unique(np.concatenate([np.linspace(low, high, _SAMPLES), guess]))
    values = np.array([record(x) for x in places])
    padded = np.concatenate([[np.inf], values, [np.inf]])
    valleys = np.flatnonzero((values <= padded[:-2]) & (values <= padded[2:]))
    lowest = valleys[np.argsort(values[valleys], kind="stable")][:_VALLEYS]
    for done, number in enumerate(lowest.tolist()):
        ends = places[max(number - 1, 0)], places[min(number + 1, len(places) - 1)]
        minimize_scalar(record, bounds=ends, method="bounded", options={"xatol": _PRECISION * (high - low)})
        report(done + 1, len(lowest))


def _with_simplices(
    record: _Record, guess: NDArray[np.float64], limits: NDArray[np.float64], starts: int, seed: int, report: Any
) -> None:
    from scipy.optimize import minimize
    from scipy.stats.qmc import Halton

    low, extent = limits[:, 0], limits[:, 1] - limits[:, 0]
    spread = low + extent * Halton(len(guess), rng=seed).random(_STARTS_EACH * len(guess))
    values = [record(x) for x in [guess, *spread]]
    # The guess comes first, then the best of the others.
    order = [0, *(1 + np.argsort(values[1:], kind="stable"))][:starts]
    points = np.array([guess, *spread])
    box: Any = limits.tolist()
    options: Any = {"xatol": _PRECISION * float(extent.max()), "fatol": 1e-10, "maxiter": 400 * len(guess)}
    for done, number in enumerate(order):
        best, value, size = points[number], values[number], 0.1
        while size > 1e-5 and np.isfinite(value):
            corners = np.clip(best + size * np.vstack([np.zeros(len(guess)), np.diag(extent)]), low, limits[:, 1])
            _keep_apart(corners, limits, size * extent)
            options["initial_simplex"] = corners
            found = minimize(record, np.asarray(best), method="Nelder-Mead", bounds=box, options=options)
            # Begun anew with a smaller simplex where one has collapsed on a kink.
            size = size / 10 if value - found.fun < 1e-9 * abs(value) else size / 3
            if found.fun < value:
                best, value = np.asarray(found.x), float(found.fun)
        report(done + 1, len(order))


def _keep_apart(corners: NDArray[np.float64], limits: NDArray[np.float64], steps: NDArray[np.float64]) -> None:
    """Move corners of a simplex that a bound has pushed onto the first one to its other side."""
    for axis in range(len(limits)):
        if corners[axis + 1, axis] - corners[0, axis] < steps[axis] / 2:
            corners[axis + 1, axis] = max(corners[0, axis] - steps[axis], limits[axis, 0])


def _slices(factor: Callable[[Any], Any], x: NDArray[np.float64], limits: NDArray[np.float64]) -> tuple[Curve, ...]:
    slices = []
    for axis, (low, high) in enumerate(limits.tolist()):
        places = np.unique(np.append(np.linspace(low, high, _SLICE), x[axis]))
        values = []
        for place in places:
            moved = x.copy()
            moved[axis] = place
            values.append(float(factor(moved)))
        slices.append(Curve(read_only(places), read_only(np.array(values))))
    return tuple(slices)
