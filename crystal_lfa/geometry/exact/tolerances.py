"""The tolerances with which real coordinates become exact ones: stated here, once.

Everything behind this border is integer or rational arithmetic, without tolerance.

Uniqueness: two different fractions with denominators up to `MAXIMAL_DENOMINATOR` lie at least
``MAXIMAL_DENOMINATOR ** -2 = 1e-8`` apart, so at most one of them is within `LATTICE_TOLERANCE` of a number.
"""

from __future__ import annotations

__all__ = [
    "CONVINCING_FRACTION",
    "DISTANCE_TOLERANCE",
    "FREQUENCY_TOLERANCE",
    "LARGEST_COORDINATE",
    "LARGEST_RELATION",
    "LATTICE_TOLERANCE",
    "MAXIMAL_DENOMINATOR",
    "NEARLY_SYMMETRIC",
    "SINGULAR_BASIS",
    "SITE_TOLERANCE",
    "TWIST_TOLERANCE",
]

LATTICE_TOLERANCE = 1e-9
"""Error, relative to their lengths, up to which the vectors of one of two lattices given independently are taken for
rational combinations of those of the other, and these of those."""

CONVINCING_FRACTION = 1e-6
"""A float counts as the fraction p/q only up to this over q^2. Every number has fractions within 1/q^2: without
this limit one irrational number in fifteen, and every large one, would pass for a fraction."""

SITE_TOLERANCE = 1e-12
"""Error up to which a fractional site coordinate given as a float is taken for a fraction such as 1/3."""

MAXIMAL_DENOMINATOR = 10_000
"""Largest denominator of a fraction recovered from a float."""

LARGEST_RELATION = 1e8
"""The same for coordinates of the vectors of one lattice in another's; `CONVINCING_FRACTION` is 100 roundings there."""

LARGEST_COORDINATE = 1e6
"""Above this, a float coordinate carries too few digits behind the point to be taken for a fraction."""

TWIST_TOLERANCE = 1e-15
"""Error up to which a twist given as a float is taken for a simple fraction: a few roundings, since phases need the
digits that sites do not."""

SINGULAR_BASIS = 1e-12
"""Volume spanned by vectors scaled to length one, below which they count as linearly dependent."""

FREQUENCY_TOLERANCE = 1e-6
"""Error, in units of the spacing of a torus's frequencies along its periods, up to which a vector is one of them."""

DISTANCE_TOLERANCE = 1e-9
"""Relative difference up to which two distances, or angles, count as equal: neighbours of one shell, and the kind of
a lattice whose high-symmetry points are asked for."""

NEARLY_SYMMETRIC = 1e-3
"""The same, for telling people that their coordinates may have too few digits; nothing is computed with it."""
