"""Tori on paper: every point of one in the parallelepiped of its periods."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.cells import corners
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.integers import apply_matrix, transpose
from crystal_lfa.geometry.exact.normal_forms import hermite_form

if TYPE_CHECKING:
    from crystal_lfa.geometry.lattice import Lattice
    from crystal_lfa.geometry.torus import Torus

__all__ = ["drawn_periods", "inside_periods"]

_SKEW = 6.0
"""How much longer than need be periods make a picture before shorter ones of the same torus are drawn instead."""


def drawn_periods(torus: Torus) -> tuple[Lattice, bool]:
    """Return the lattice of periods whose parallelepiped fits on paper, and whether it has others than were given."""
    periods = torus.lattice.sublattice(torus.period_vectors)
    # From the Hermite form, whose entries are small: those of periods can be too large for floating point.
    hermite, _ = hermite_form(transpose(torus.period_vectors)) or ((), ())
    short = torus.lattice.sublattice(transpose(hermite)).reduced()
    if np.ptp(corners(periods.vectors), axis=0).max() <= _SKEW * np.ptp(corners(short.vectors), axis=0).max():
        return periods, False
    return short, True


def inside_periods(torus: Torus, periods: Lattice, site: Sequence[Fraction] | None = None) -> NDArray[Any]:
    """Return the points z of a torus, moved by periods so that z + site lies in the parallelepiped that they span.

    Parameters
    ----------
    torus : Torus
    periods : Lattice
        Of the torus's periods, in any basis.
    site : sequence of d fractions, optional
        Fractional coordinates, default 0.

    Returns
    -------
    (order, d) integers
        In the order of ``torus.points``.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> torus = lfa.lattices.integer(1).torus(4)
    >>> periods, _ = drawn_periods(torus)
    >>> inside_periods(torus, periods, [Fraction(3, 2)]).ravel().tolist()
    [0, 1, 2, -1]
    """
    columns = transpose(torus.lattice.integer_vectors(periods))
    inverse, denominator = rationals.over_common_denominator(rationals.inverse(rationals.rational_matrix(columns)))
    place = (Fraction(0),) * len(columns) if site is None else tuple(site)
    scale = math.lcm(*(x.denominator for x in place))
    # Large numbers of sites that are no simple fractions take Python's integers.
    shift = np.array([int(x * scale) for x in place], dtype=object)
    small = scale == 1 and all(abs(x) < 2**31 for x in shift)
    scaled = torus.points + shift.astype(np.int64) if small else torus.points.astype(object) * scale + shift
    winding = apply_matrix(inverse, scaled) // (denominator * scale)
    return np.asarray(torus.points - apply_matrix(columns, winding), dtype=np.int64)
