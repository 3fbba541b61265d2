"""A number for every frequency of a torus, where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.frequencies import RunOptions, make_plan, run_plan
from crystal_lfa.geometry import Torus
from crystal_lfa.geometry.pictures.limits import check_over_zone
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import read_only, to_numpy
from crystal_lfa.spectra.symbol_task import Measure, Skipping, SymbolTask

__all__ = ["Samples", "eigenvalues", "sample"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Samples:
    """What was measured of the symbols of an operator at the frequencies of a torus.

    Attributes
    ----------
    values : (order of the coarsest lattice's torus,) or (order, k), float64 or complex128
        NaN where an inverse does not exist.
    frequencies : (order, d) float64
        In the dual of the operator's lattice, the coarsest one.
    torus : Torus
        Of that lattice.
    name : str
    """

    values: NDArray[Any]
    torus: Torus
    name: str

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """The frequencies, shape (order, d), in the dual of the torus's lattice."""
        return self.torus.frequencies

    @property
    def skipped(self) -> int:
        """How many frequencies have no value."""
        return int(np.isnan(self.values.reshape(len(self.values), -1)[:, 0]).sum())

    @property
    def worst(self) -> NDArray[np.float64]:
        """The frequency of the largest modulus, shape (d,), within half a period of 0."""
        sizes = np.abs(self.values).reshape(len(self.values), -1).max(axis=1)
        frequency = self.torus.frequencies_at([int(np.nanargmax(sizes))])[0]
        return np.asarray((frequency + 0.5) % 1.0 - 0.5)

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw numbers over the Brillouin zone of the coarsest lattice, the largest one marked; return the artists.

        Eigenvalues are drawn in the complex plane.

        Raises
        ------
        InvalidArgumentError
            If there are more than two dimensions, and the numbers are no eigenvalues.
        """
        if self.values.ndim > 1:
            return _spectrum(self, ax)
        dimension = self.torus.lattice.dim
        check_over_zone(dimension, " (spectrum() draws eigenvalues of any)")
        from crystal_lfa.drawing.points import points
        from crystal_lfa.geometry.pictures.zone_functions import draw_over_zone

        artists = draw_over_zone(self.torus, self.values, self.name, ax)
        if dimension == 2:
            place = self.torus.lattice.brillouin_zone().reduce(self.worst)
            artists += points(artists[0].axes, place[None], "black", 8.0, hollow=True, zorder=6)
        return artists

    def __repr__(self) -> str:
        largest = float(np.nanmax(np.abs(self.values)))
        left_out = f", {self.skipped} left out" if self.skipped else ""
        where = f"{largest:.6g} at kappa = {self.worst.round(6).tolist()}"
        return f"Samples({self.name} at {len(self.values)} frequencies, the largest {where}{left_out})"


def sample(operator: Operator, torus: Torus, measure: Measure, name: str, columns: int = 0) -> Samples:
    """Return what is measured of the symbols at every frequency of a torus, which is seen from the operator's lattice.

    Parameters
    ----------
    measure : callable
        From symbols (b, m, n) to real numbers (b,), or to complex ones (b, columns).
    """
    options = RunOptions("1GB", None, progress=False, dtype=None)
    seen = operator.lattice.torus(torus)
    task = SymbolTask.of(operator, seen, measure, 16 * max(columns, 1), None)
    plan = make_plan(seen, task.cost(), options.limit)
    values = np.empty((seen.order, columns) if columns else seen.order, np.complex128 if columns else np.float64)
    for numbers, found in run_plan(plan, Skipping(task)):
        values[numbers] = to_numpy(found)
    return Samples(read_only(values), seen, name)


def _spectrum(samples: Samples, ax: Any) -> list[Any]:
    from crystal_lfa.drawing.spectra import draw_plane

    return draw_plane(samples.values[~np.isnan(samples.values[:, 0])].ravel(), ax)


def eigenvalues(symbols: Any) -> Any:
    """Return the eigenvalues of each matrix, complex."""
    return np.linalg.eigvals(to_numpy(symbols)).astype(np.complex128)
