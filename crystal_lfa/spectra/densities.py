"""How many eigenvalues or singular values lie where: on a torus, or on the infinite lattice, refined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.operators import Operator, TorusOperator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.records import is_table
from crystal_lfa.spectra.decompositions.selection import read_share
from crystal_lfa.spectra.eigenvalues import as_endomorphism, eigvals
from crystal_lfa.spectra.norms.certified import usual_evaluations
from crystal_lfa.spectra.norms.extremes import read_evaluations
from crystal_lfa.spectra.results import Result
from crystal_lfa.spectra.singular_values import svdvals
from crystal_lfa.spectra.subject import check_operator

__all__ = ["DensityOfSingularValues", "DensityOfStates", "density_of_singular_values", "density_of_states"]

_FIRST_EXTENT = 8

_SAME_VALUE = 1e-9
"""Eigenvalues that all differ by less, relative to the largest, are one, and fill one interval around it."""


_MOST_BINS = 10_000_000


@dataclass(frozen=True, slots=True, eq=False)
class DensityOfStates(Result):
    """How many eigenvalues an operator has in each interval, for each unit cell.

    Attributes
    ----------
    edges : (bins + 1,) float64, read-only
    density : (bins,) float64, read-only
        The number of eigenvalues a cell between two edges, over their distance: its integral is the number of bands.
    """

    edges: NDArray[np.float64]
    density: NDArray[np.float64]

    def fits(self) -> bool:
        """Tell whether there is one edge more than intervals."""
        return is_table(self.density, len(self.edges) - 1) and is_table(self.edges, len(self.density) + 1)

    def plot(self, ax: Any = None, *, sideways: bool = False) -> list[Any]:
        """Draw the density over the eigenvalue; return the artists.

        Parameters
        ----------
        ax : plane matplotlib axes, optional
        sideways : bool
            Whether eigenvalues lie along the vertical axis, as beside bands.
        """
        from crystal_lfa.drawing.bands import draw_density

        return draw_density(self.edges, self.density, ax, sideways=sideways)

    def __repr__(self) -> str:
        low, high = self.edges[0], self.edges[-1]
        return f"DensityOfStates({len(self.density)} intervals from {low:.6g} to {high:.6g})"


def density_of_states(A: Operator, N: Any, bins: int = 100, **options: Any) -> DensityOfStates:
    """Return the density of the eigenvalues of a Hermitian operator, from all of them on a torus.

    Parameters
    ----------
    A : Operator
    N : int, flat sequence of int, list of vectors (rows) or Torus
        The larger, the smoother.
    bins : int
        How many intervals of equal length, from the smallest eigenvalue to the largest; where all are equal, around
        them.
    **options
        As in `eigvals`.

    Raises
    ------
    InvalidArgumentError
        If the operator is not known to be Hermitian, or `bins` is no positive integer.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> states = lfa.density_of_states(lfa.adjacency(lfa.crystals.honeycomb()), 60, bins=30)
    >>> float((states.density * (states.edges[1:] - states.edges[:-1])).sum())
    2.0...
    """
    operator = as_endomorphism(A)
    if not operator.is_hermitian:
        raise InvalidArgumentError(f"A: {A!r} is not known to be Hermitian, so its eigenvalues may be complex")
    return DensityOfStates(*_histogram(to_numpy(eigvals(operator, N, **options)), bins))


@dataclass(frozen=True, slots=True, eq=False)
class DensityOfSingularValues(Result):
    """How many singular values an operator has in each interval, for each unit cell.

    Attributes
    ----------
    edges : (bins + 1,) float64, read-only
    density : (bins,) float64, read-only
        The number of singular values a cell between two edges, over their distance: its integral is min(m, n).
    error : float
        The largest difference between the shares of values below an edge on the finest torus and on the one before: an
        estimate of how far the finest is from the infinite lattice. 0 on a torus that was asked for.
    order : int
        The number of frequencies of the finest torus.
    """

    edges: NDArray[np.float64]
    density: NDArray[np.float64]
    error: float
    order: int

    def fits(self) -> bool:
        """Tell whether there is one edge more than intervals."""
        return is_table(self.density, len(self.edges) - 1) and is_table(self.edges, len(self.density) + 1)

    def plot(self, ax: Any = None, *, sideways: bool = False) -> list[Any]:
        """Draw the density over the singular value; return the artists.

        Parameters
        ----------
        ax : plane matplotlib axes, optional
        sideways : bool
            Whether singular values lie along the vertical axis.
        """
        from crystal_lfa.drawing.bands import draw_density

        return draw_density(self.edges, self.density, ax, sideways=sideways, names=("singular value", "values a cell"))

    def __repr__(self) -> str:
        low, high = self.edges[0], self.edges[-1]
        return (
            f"DensityOfSingularValues({len(self.density)} intervals from {low:.6g} to {high:.6g}, "
            f"{self.order} frequencies, error {self.error:.2g})"
        )


def density_of_singular_values(
    A: Operator | TorusOperator,
    N: Any = None,
    bins: int = 100,
    tol: float = 0.01,
    *,
    evaluations: int | None = None,
    **options: Any,
) -> DensityOfSingularValues:
    """Return the density of the singular values of an operator; without `N` that of the infinite lattice.

    On the infinite lattice, tori of twice as many points along every vector are taken, with a twist of 1/2, until the
    shares of values below the edges change by no more than `tol`.

    Parameters
    ----------
    A : Operator or TorusOperator
    N : int, flat sequence of int, list of vectors (rows) or Torus, optional
    bins : int
        How many intervals of equal length, from the smallest singular value to the largest.
    tol : float
        Between 0 and 1.
    evaluations : int, optional
        How many symbols the finest torus may have at most; `error` is larger than `tol` if they do not suffice.
        Default as of `norm`.
    **options
        As in `svdvals`.

    Returns
    -------
    DensityOfSingularValues

    Raises
    ------
    InvalidArgumentError
        If `bins` or `evaluations` is no positive integer, or `tol` out of range; else as in `svdvals`.
    SingularSymbolError, TorusError, MemoryBudgetError
        As in `svdvals`.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> found = lfa.density_of_singular_values(lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]), bins=20)
    >>> found.error <= 0.01, round(float((found.density * (found.edges[1:] - found.edges[:-1])).sum()), 12)
    (True, 1.0)
    """
    share = read_share(tol, "tol")
    most = read_evaluations(evaluations)
    if N is not None or isinstance(A, TorusOperator):
        values = to_numpy(svdvals(A, N, **options))
        return _density(values, bins, 0.0)
    check_operator(A)
    most = usual_evaluations(A.shape) if most is None else most
    before: NDArray[Any] | None = None
    extent = _FIRST_EXTENT
    while True:
        values = to_numpy(svdvals(A, A.lattice.torus(extent, twist=0.5), **options))
        found = _density(values, bins, 1.0 if before is None else _change(before, values, bins))
        extent *= 2
        if found.error <= share or extent**A.lattice.dim > most:
            return found
        before = values


def _density(values: NDArray[Any], bins: Any, error: float) -> DensityOfSingularValues:
    edges, density = _histogram(values, bins)
    return DensityOfSingularValues(edges, density, error, len(values))


def _change(before: NDArray[Any], after: NDArray[Any], bins: Any) -> float:
    """Return the largest difference between the shares of values below the edges."""
    edges, _ = _histogram(after, bins)
    shares = [np.searchsorted(np.sort(values, axis=None), edges) / values.size for values in (before, after)]
    return float(np.abs(shares[0] - shares[1]).max())


def _histogram(values: NDArray[Any], bins: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return edges of intervals of equal length, and how many values a cell lie there, over the length."""
    count = as_integer(bins, "bins")
    if not 1 <= count <= _MOST_BINS:
        raise InvalidArgumentError(f"bins: got {count}; a positive integer up to {_MOST_BINS} is needed")
    values = values.astype(np.float64)
    numbers, edges = np.histogram(values, bins=count, range=_range(values))
    density = numbers / (np.diff(edges) * len(values))
    for array in (edges, density):
        array.flags.writeable = False
    return edges, density


def _range(values: NDArray[Any]) -> tuple[float, float]:
    """Return the smallest and the largest value, or where these are one, a range around it."""
    low, high = float(values.min()), float(values.max())
    size = max(abs(low), abs(high))
    if high - low > _SAME_VALUE * size:
        return low, high
    half = 0.5 * size or 0.5
    return (low + high) / 2 - half, (low + high) / 2 + half
