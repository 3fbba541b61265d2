"""Polynomial smoothers: Chebyshev polynomials of the first and fourth kind in D^-1 A."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev as ChebyshevSeries
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.multigrid.smoothers.base import Smoother, finite_range, inverse_of_diagonal
from crystal_lfa.operators import Operator, identity
from crystal_lfa.operators.nodes import Product, Scaled, Sum
from crystal_lfa.spectra import spectral_radius

__all__ = ["Chebyshev", "optimal_weights"]

_LARGEST_DEGREE = 100
_LARGEST_OPTIMAL = 20
"""Beyond that the equations for the weights are solved to fewer digits than they are worth."""


@dataclass(frozen=True)
class Chebyshev(Smoother):
    r"""Chebyshev polynomials in :math:`X = D^{-1} A`, D the diagonal, :math:`\lambda` the largest eigenvalue of X.

    Of the first kind, small on the interval [a, b] given in units of :math:`\lambda`:

    .. math:: S = T_k\bigl((\theta - X) / \delta\bigr) / T_k(\theta / \delta), \quad
              \theta = \lambda (a + b) / 2, \quad \delta = \lambda (b - a) / 2.

    Of the fourth kind, on all of :math:`[0, b \lambda]`, weighted by the square root of the eigenvalue:

    .. math:: S = W_k(1 - 2 X / (b \lambda)) / (2 k + 1), \quad
              W_k(\cos \varphi) = \sin((k + \tfrac12) \varphi) / \sin(\varphi / 2),

    and optimal with weights that minimise :math:`\sup_x x\, p(x)^2 / (1 - p(x)^2)`, the bound of a V-cycle.

    Parameters
    ----------
    degree : int
        k, which is also how many times A is applied.
    kind : 1 or 4
    interval : (a, b)
        In units of :math:`\lambda`, the supremum over all frequencies; of the fourth kind b alone counts.
    optimal : bool
        Whether the weights of the fourth kind are the optimal ones.

    References
    ----------
    Adams, Brezina, Hu, Tuminaro: Parallel multigrid smoothing, J. Comput. Phys. 188 (2003); Lottes: Optimal
    polynomial smoothers for multigrid V-cycles, Numer. Linear Algebra Appl. 30 (2023).

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> S = mg.Chebyshev(2, interval=(0.5, 1.0))(mg.poisson(1))
    >>> round(S.symbol([0.5]).real.item(), 9)  # 1 / T_2(3)
    0.058823529
    """

    degree: int
    kind: int = 1
    interval: tuple[float, float] = (0.1, 1.0)
    optimal: bool = False

    def __post_init__(self) -> None:
        degree = as_integer(self.degree, "degree")
        largest = _LARGEST_OPTIMAL if self.optimal else _LARGEST_DEGREE
        if not 1 <= degree <= largest:
            raise InvalidArgumentError(f"degree: got {degree}; 1 to {largest} is possible")
        kind: Any = self.kind
        if isinstance(kind, bool) or kind not in (1, 4):
            raise InvalidArgumentError(f"kind: got {self.kind!r}; 1 or 4 is needed")
        if self.optimal and self.kind != 4:
            raise InvalidArgumentError(f"optimal: got True with kind={self.kind}; the weights are those of kind 4")
        try:
            low, high = (float(end) for end in self.interval)
        except (TypeError, ValueError):
            low = high = 0.0
        if not 0 <= low < high < float("inf"):
            message = f"interval: got {self.interval!r}; (a, b) with 0 <= a < b, in units of the largest eigenvalue, "
            raise InvalidArgumentError(f"{message}is needed")

    def __call__(self, A: Operator) -> Operator:
        """Return the polynomial in D^-1 A."""
        operator = finite_range(A, self)
        # A product that is not multiplied out: a power of a stencil has many more multipliers than its factors.
        X = Product(inverse_of_diagonal(operator, self), operator)
        largest = spectral_radius(X, rtol=1e-9).lower
        low, high = (float(end) * largest for end in self.interval)
        return _first_kind(X, self.degree, low, high) if self.kind == 1 else self._fourth_kind(X, high)

    def _fourth_kind(self, X: Operator, high: float) -> Operator:
        """Return the iteration of Lottes, of errors: e for x, and -X e for the residual."""
        weights = optimal_weights(self.degree) if self.optimal else np.ones(self.degree)
        error: Operator = identity(X.domain)
        residual: Operator = Scaled(X, -1.0)
        step: Operator = Scaled(residual, 4 / (3 * high))
        for i, weight in enumerate(weights.tolist(), start=1):
            error = Sum(error, Scaled(step, weight))
            if i < self.degree:
                residual = Sum(residual, Scaled(Product(X, step), -1.0))
                step = Sum(
                    Scaled(step, (2 * i - 1) / (2 * i + 3)), Scaled(residual, (8 * i + 4) / ((2 * i + 3) * high))
                )
        return error


def _first_kind(X: Operator, degree: int, low: float, high: float) -> Operator:
    centre, radius = (low + high) / 2, (high - low) / 2
    unit: Operator = identity(X.domain)
    argument = Sum(Scaled(unit, centre / radius), Scaled(X, -1 / radius))
    before, polynomial = unit, argument
    for _ in range(degree - 1):
        before, polynomial = polynomial, Sum(Scaled(Product(argument, polynomial), 2.0), Scaled(before, -1.0))
    return Scaled(polynomial, 1 / float(ChebyshevSeries.basis(degree)(centre / radius)))


def optimal_weights(degree: int) -> NDArray[np.float64]:
    r"""Return the weights of the optimal polynomial of the fourth kind.

    Those for which :math:`x\, p(x)^2 / (1 - p(x)^2)` on (0, 1] has one value at its local maxima, at 1 and for
    :math:`x \to 0`.

    Returns
    -------
    (degree,) float64

    References
    ----------
    Lottes: Optimal polynomial smoothers for multigrid V-cycles (2023), section 4 and table 1.

    Examples
    --------
    >>> optimal_weights(1).tolist(), optimal_weights(2).round(8).tolist()
    ([1.125], [1.02387288, 1.26408905])
    """
    from scipy.optimize import root

    if degree == 1:
        return np.array([1.125])
    steps = _fourth_kind_steps(degree)

    def unequal(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        polynomial = 1 + sum(weight * step for weight, step in zip(weights, steps, strict=True))
        maxima = _local_maxima(polynomial, degree)
        squares = polynomial(maxima) ** 2
        at_zero = -1 / (2 * polynomial.deriv()(0.0))
        return np.asarray(maxima * squares / (1 - squares) / at_zero - 1)

    # Close to the solution for every degree, found by looking at a few.
    start = 1 + (0.5 - 0.375 / degree**0.9) * (np.arange(1, degree + 1) / degree) ** 3
    found = root(unequal, start, tol=1e-14)
    return np.asarray(found.x, dtype=np.float64)


def _fourth_kind_steps(degree: int) -> list[ChebyshevSeries]:
    """Return the steps of the iteration as polynomials on [0, 1]."""
    x = ChebyshevSeries.identity(domain=[0, 1])
    residual = -1.0 * x
    step = 4 / 3 * residual
    steps = [step]
    for i in range(1, degree):
        residual = residual - x * step
        step = (2 * i - 1) / (2 * i + 3) * step + (8 * i + 4) / (2 * i + 3) * residual
        steps.append(step)
    return steps


def _local_maxima(polynomial: ChebyshevSeries, degree: int) -> NDArray[np.float64]:
    """Return where x p^2 / (1 - p^2) has its local maxima in (0, 1), and 1: where p - p^3 + 2 x p' vanishes."""
    x = ChebyshevSeries.identity(domain=[0, 1])
    roots = (polynomial - polynomial**3 + 2 * x * polynomial.deriv()).roots()
    inside = np.sort(roots.real[(np.abs(roots.imag) < 1e-6) & (roots.real > 1e-8) & (roots.real < 1 - 1e-10)])
    return np.append(inside, np.ones(degree))[:degree]
