"""Reading the sites of a cell: exact coordinates from fractions, floats and text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError, NotFiniteError
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.integers import as_integer, axes_of
from crystal_lfa.geometry.exact.tolerances import LARGEST_COORDINATE, MAXIMAL_DENOMINATOR

__all__ = ["Site", "modulo_one", "read_dof", "read_labels", "read_sites", "readable"]

Site = tuple[Fraction, ...]


def read_sites(sites: Any, dimension: int, tolerance: float) -> tuple[Site, ...]:
    """Return the fractional coordinates of sites as exact fractions.

    Raises
    ------
    InvalidArgumentError
        If there are none, they do not have `dimension` real coordinates, or floats among these are so large that
        they carry too few digits.
    NotFiniteError
        If a coordinate is NaN or infinite.
    """
    if axes_of(sites) == 0:
        raise InvalidArgumentError(f"sites: got {sites!r}; a list of sites is needed")
    rows = list(sites)
    if not rows:
        raise InvalidArgumentError("sites: got none; a crystal needs at least one site")
    exact = []
    for row in rows:
        entries = [row] if axes_of(row) == 0 else list(row)
        if len(entries) != dimension:
            message = f"sites: got a site with {len(entries)} coordinates; this lattice has dimension {dimension}"
            raise InvalidArgumentError(message)
        exact.append(tuple(_read_coordinate(entry, tolerance) for entry in entries))
    return tuple(exact)


def _read_coordinate(entry: Any, tolerance: float) -> Fraction:
    if isinstance(entry, Fraction) or (isinstance(entry, int) and not isinstance(entry, bool)):
        return Fraction(entry)
    if isinstance(entry, str) and (meant := rationals.fraction_from_text(entry)) is not None:
        return meant
    number = np.asarray(entry)
    if number.ndim or number.dtype.kind not in "iuf":
        raise InvalidArgumentError(f"sites: got {entry!r}; real coordinates, or fractions such as '1/3', are needed")
    if not np.isfinite(number):
        raise NotFiniteError(f"sites: got {entry!r}; finite coordinates are needed")
    if number.dtype.kind == "f" and abs(number) > LARGEST_COORDINATE:
        message = f"sites: got {entry!r}; floats beyond {LARGEST_COORDINATE:g} carry too few digits behind the point: "
        raise InvalidArgumentError(f"{message}give integers or fractions, or a site in another cell")
    return rationals.exact_site_coordinate(number.item(), tolerance)


def read_dof(dof: int | Sequence[int], sites: int) -> tuple[int, ...]:
    """Return a positive number of unknowns for each site.

    Raises
    ------
    InvalidArgumentError
        If they are not positive integers, one or as many as sites.
    """
    entries = [dof] * sites if axes_of(dof) == 0 else list(dof)  # type: ignore[arg-type]
    numbers = tuple(as_integer(entry, "dof") for entry in entries)
    if len(numbers) != sites or min(numbers) < 1:
        message = f"dof: got {list(numbers)}; one positive integer, or one a site ({sites} sites), is needed"
        raise InvalidArgumentError(message)
    return numbers


def read_labels(labels: Any, sites: int) -> tuple[str, ...]:
    """Return a name for each site; their numbers, where none are given.

    Raises
    ------
    InvalidArgumentError
        If they are not texts, as many as sites.
    """
    if labels is None:
        return tuple(str(i) for i in range(sites))
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise InvalidArgumentError(f"labels: got {labels!r}; a sequence of one text a site ({sites}) is needed")
    names = tuple(labels)
    if len(names) != sites or not all(isinstance(name, str) for name in names):
        raise InvalidArgumentError(f"labels: got {list(names)}; one text a site ({sites}) is needed")
    return names


def modulo_one(site: Site) -> Site:
    """Return the site of the same kind in the unit cell."""
    return tuple(x % 1 for x in site)


def readable(coordinate: Fraction) -> str:
    """Return a simple fraction as such, other numbers in decimals."""
    return str(coordinate) if coordinate.denominator <= MAXIMAL_DENOMINATOR else f"{float(coordinate):.6g}"
