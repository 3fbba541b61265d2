"""Bands: the eigenvalues of the symbols along a path through the dual space, and their density over all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.geometry.zones import Path
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.tables import symbol_cost
from crystal_lfa.spectra.eigenvalues import as_endomorphism, eigenvalues_of, eigvals

__all__ = ["Bands", "DensityOfStates", "bands", "density_of_states"]

_WORKING_BYTES = 50_000_000
"""Of symbols, that are built at one time."""

_SAME_VALUE = 1e-9
"""Eigenvalues that all differ by less, relative to the largest, are one, and fill one interval around it."""


_MOST_BINS = 10_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """The eigenvalues of an operator's symbols along a path.

    Attributes
    ----------
    operator : Operator
    path : Path
    values : (k, size) float64 or complex128, read-only
        Row i: the eigenvalues at ``frequencies[i]``, of a Hermitian operator real and ascending, else complex.
    frequencies : (k, d) float64, read-only
        Fractional coordinates in the dual of the operator's lattice.
    distance : (k,) float64, read-only
        The Cartesian length of the path up to each frequency, without 2 pi.
    ticks : tuple of (distance, label)
    """

    operator: Operator
    path: Path
    values: NDArray[Any]
    frequencies: NDArray[np.float64]
    distance: NDArray[np.float64]
    ticks: tuple[tuple[float, str], ...]

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the bands over the path, complex ones as dots for real and imaginary parts; return the artists.

        Parameters
        ----------
        ax : plane matplotlib axes, optional
        """
        from crystal_lfa.drawing.bands import draw_bands

        return draw_bands(self.distance, self.values, self.ticks, ax)

    def __repr__(self) -> str:
        labels = " ".join(self.path.labels)
        low, high = self.values.real.min(), self.values.real.max()
        count = self.values.shape[1]
        return f"Bands({count} along {labels}, {len(self.distance)} frequencies, from {low:.6g} to {high:.6g})"


def bands(A: Operator, path: Any = None, points: int = 200) -> Bands:
    r"""Return the eigenvalues of the symbols :math:`L_\kappa` along a path through the dual space.

    Parameters
    ----------
    A : Operator
        From a crystal to itself.
    path : Path, or corners as `Lattice.path` takes them; default the usual path of the lattice
        Letters of high-symmetry points, or fractional coordinates in the dual of ``A.lattice``.
    points : int
        About how many frequencies, spread evenly.

    Returns
    -------
    Bands

    Raises
    ------
    CrystalMismatchError
        If the operator's domain and codomain differ.
    InvalidArgumentError
        If the path is none of the operator's lattice, or `points` is smaller than two.

    References
    ----------
    Ashcroft, Mermin: Solid State Physics (1976), chapter 10 (tight binding).

    Examples
    --------
    Electrons on the kagome lattice, hopping to nearest neighbours, have a flat band:

    >>> import crystal_lfa as lfa
    >>> hopping = -1 * lfa.adjacency(lfa.crystals.kagome())
    >>> found = lfa.bands(hopping, ["G", "M", "K", "G"])
    >>> found
    Bands(3 along G M K G, 200 frequencies, from -4 to 2)
    >>> bool(abs(found.values[:, -1] - 2).max() < 1e-14)
    True
    """
    operator = as_endomorphism(A)
    way = path if isinstance(path, Path) else operator.lattice.path(path)
    if way.lattice != operator.lattice:
        message = f"path: got one through the dual of {way.lattice!r}; the operator's lattice is {operator.lattice!r}"
        raise InvalidArgumentError(message)
    sample = way.sample(points)
    # Coordinates of the dual of B = A X are X^T times those of the dual of A.
    change = rationals.as_floats(way.lattice.relation(operator.lattice))
    frequencies = sample.frequencies @ change
    hermitian = operator.is_hermitian
    portions = (
        eigenvalues_of(to_numpy(operator.symbol(portion)), hermitian=hermitian)
        for portion in np.array_split(frequencies, _portions(operator, len(frequencies)))
    )
    values = np.concatenate(list(portions))
    for array in (frequencies, values):
        array.flags.writeable = False
    return Bands(operator, way, values, frequencies, sample.distance, sample.ticks)


def _portions(operator: Operator, count: int) -> int:
    """Return into how many portions to divide frequencies so that the symbols of one are small."""
    working = symbol_cost(Program.of(operator)) * count
    return min(count, 1 + working // _WORKING_BYTES)


@dataclass(frozen=True, slots=True, eq=False)
class DensityOfStates:
    """How many eigenvalues an operator has in each interval, for each unit cell.

    Attributes
    ----------
    edges : (bins + 1,) float64, read-only
    density : (bins,) float64, read-only
        The number of eigenvalues a cell between two edges, over their distance: its integral is the number of bands.
    """

    edges: NDArray[np.float64]
    density: NDArray[np.float64]

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
    count = as_integer(bins, "bins")
    if not 1 <= count <= _MOST_BINS:
        raise InvalidArgumentError(f"bins: got {count}; a positive integer up to {_MOST_BINS} is needed")
    operator = as_endomorphism(A)
    if not operator.is_hermitian:
        raise InvalidArgumentError(f"A: {A!r} is not known to be Hermitian, so its eigenvalues may be complex")
    values = to_numpy(eigvals(operator, N, **options))
    numbers, edges = np.histogram(values, bins=count, range=_range(values))
    density = numbers / (np.diff(edges) * len(values))
    for array in (edges, density):
        array.flags.writeable = False
    return DensityOfStates(edges, density)


def _range(values: NDArray[Any]) -> tuple[float, float]:
    """Return the smallest and the largest eigenvalue, or where these are one, a range around it."""
    low, high = float(values.min()), float(values.max())
    size = max(abs(low), abs(high))
    if high - low > _SAME_VALUE * size:
        return low, high
    half = 0.5 * size or 0.5
    return (low + high) / 2 - half, (low + high) / 2 + half
