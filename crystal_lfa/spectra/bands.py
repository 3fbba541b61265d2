"""Bands: the eigenvalues of the symbols along a path through the dual space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.zones import Path
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.records import is_table
from crystal_lfa.operators.tables import symbol_cost
from crystal_lfa.spectra.eigenvalues import as_endomorphism, eigenvalues_of
from crystal_lfa.spectra.results import Result

__all__ = ["Bands", "bands"]

_WORKING_BYTES = 50_000_000
"""Of symbols, that are built at one time."""


@dataclass(frozen=True, slots=True, eq=False)
class Bands(Result):
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

    def fits(self) -> bool:
        """Tell whether arrays have the lengths that the class says."""
        count, size, d = len(self.distance), self.operator.domain.size, self.operator.lattice.dim
        return (
            self.path.lattice == self.operator.lattice
            and is_table(self.values, count, size)
            and is_table(self.frequencies, count, d)
            and is_table(self.distance, count)
        )

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
