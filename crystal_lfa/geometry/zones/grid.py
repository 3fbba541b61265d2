"""The frequencies of a torus, arranged as a grid over the Brillouin zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry.exact.integers import apply_matrix, transpose
from crystal_lfa.geometry.torus import Torus
from crystal_lfa.geometry.zones.brillouin import BrillouinZone

__all__ = ["ZoneGrid"]

_ROUNDING = 1e-6
"""Of a step, by which a corner of the zone may pass a point of the grid."""


@dataclass(frozen=True, slots=True, eq=False)
class ZoneGrid:
    """Frequencies of a torus on a grid along short vectors, which covers the zone; equal ones come several times.

    Attributes
    ----------
    zone : BrillouinZone
        Of the torus's lattice.
    torus : Torus
    numbers : (p,) in one dimension, in two (p, q), and so on; int64
        Of the torus's frequencies.
    positions : (p, 1), (p, q, 2) ... float64
        Cartesian, without 2 pi.
    """

    zone: BrillouinZone
    torus: Torus
    numbers: NDArray[np.int64]
    positions: NDArray[np.float64]

    @classmethod
    def of(cls, torus: Torus, most: int | None = None, margin: int = 0) -> ZoneGrid:
        """Return the grid of a torus's frequencies.

        Parameters
        ----------
        torus : Torus
        most : int, optional
            Steps along an axis; where there are more, every second, third ... frequency is taken.
        margin : int
            Steps beyond those that the zone's corners need.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> grid = ZoneGrid.of(lfa.lattices.integer(1).torus(4))
        >>> grid.numbers.tolist(), grid.positions.ravel().tolist()
        ([2, 3, 0, 1, 2], [-0.5, -0.25, 0.0, 0.25, 0.5])
        """
        zone = torus.lattice.brillouin_zone()
        periods = torus.lattice.sublattice(transpose(torus.characters.hermite))
        short, rows = periods.dual.shortened()
        # Frequency number 0 lies anywhere between points of the grid's own lattice: `start` is its place there.
        (start,) = short.coordinates(torus.lattice.dual.cartesian(torus.frequencies_at([0])))
        whole = np.floor(start)
        ends = short.coordinates(zone.vertices) - (start - whole)
        axes = [_steps(low, high, most, margin) for low, high in zip(ends.min(axis=0), ends.max(axis=0), strict=True)]
        places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        turns = apply_matrix(transpose(rows), places - whole.astype(np.int64))
        numbers = np.asarray(torus.characters.number_of(turns), dtype=np.int64)
        return cls(zone, torus, numbers, short.cartesian(places + (start - whole)))


def _steps(low: float, high: float, most: int | None, margin: int) -> NDArray[np.int64]:
    """Return the integers, or multiples of the step that leaves few enough, from below `low` to above `high`."""
    every = 1 if most is None else max(1, int(np.ceil((high - low) / most)))
    first, last = np.floor(low / every + _ROUNDING) - margin, np.ceil(high / every - _ROUNDING) + margin
    return every * np.arange(int(first), int(last) + 1)
