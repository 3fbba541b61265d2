"""Reading the sites of a cell: exact coordinates from fractions, floats and text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product
from math import floor
from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError, NotFiniteError
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.integers import as_integer, axes_of
from crystal_lfa.geometry.exact.tolerances import LARGEST_COORDINATE, MAXIMAL_DENOMINATOR, SITE_TOLERANCE

__all__ = ["Places", "Site", "modulo_one", "read_dof", "read_labels", "read_sites", "readable"]

Site = tuple[Fraction, ...]

_SAME_SITE = Fraction(SITE_TOLERANCE)
_SITE_CELLS = 2**38
"""Cells of sites near one another: wider than twice the tolerance."""


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


class Places:
    """Sites found again modulo the lattice: equal exactly, or up to the rounding of coordinates that are no fractions.

    Coordinates are rounded to cells of twice the tolerance, and a site looked up in those that it nearly touches.
    """

    __slots__ = ("_exact", "_numbers")

    def __init__(self) -> None:
        self._exact: dict[Site, int] = {}
        self._numbers: dict[tuple[int, ...], list[tuple[Site, int]]] = {}

    def add(self, site: Site, number: int) -> None:
        """Remember a site by its number."""
        inside = modulo_one(site)
        key = tuple(floor(x * _SITE_CELLS) for x in inside)
        self._numbers.setdefault(key, []).append((inside, number))
        self._exact.setdefault(inside, number)

    def find(self, site: Site) -> int | None:
        """Return the number of the site remembered that this one is, None if there is none."""
        if not self._exact:
            return None
        inside = modulo_one(site)
        if inside in self._exact:
            return self._exact[inside]
        nearby = ({floor((x + e) % 1 * _SITE_CELLS) for e in (-_SAME_SITE, _SAME_SITE)} for x in inside)
        for key in product(*nearby):
            for other, number in self._numbers.get(key, ()):
                if all(_distance(x, y) <= _SAME_SITE for x, y in zip(inside, other, strict=True)):
                    return number
        return None


def _distance(x: Fraction, y: Fraction) -> Fraction:
    """Return how far apart two coordinates are modulo one."""
    apart = (x - y) % 1
    return min(apart, 1 - apart)


def modulo_one(site: Site) -> Site:
    """Return the site of the same kind in the unit cell."""
    return tuple(x if 0 <= x.numerator < x.denominator else x % 1 for x in site)


def readable(coordinate: Fraction) -> str:
    """Return a simple fraction as such, other numbers in decimals."""
    return str(coordinate) if coordinate.denominator <= MAXIMAL_DENOMINATOR else f"{float(coordinate):.6g}"
