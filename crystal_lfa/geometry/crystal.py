"""Crystals: a lattice with sites in its unit cell, each carrying one or more unknowns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError, NotFiniteError
from crystal_lfa.geometry import rationals
from crystal_lfa.geometry.integers import as_integer, axes_of
from crystal_lfa.geometry.lattice import Lattice
from crystal_lfa.geometry.tolerances import LATTICE_TOLERANCE, MAXIMAL_DENOMINATOR, SITE_TOLERANCE

__all__ = ["Crystal", "Site", "as_crystal"]

Site = tuple[Fraction, ...]


def _read_sites(sites: Any, dimension: int, tolerance: float) -> tuple[Site, ...]:
    """Return the fractional coordinates of sites as exact fractions."""
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
    if isinstance(entry, Fraction):
        return entry
    number = np.asarray(entry)
    if number.ndim or number.dtype.kind not in "iuf":
        raise InvalidArgumentError(f"sites: got {entry!r}; real coordinates are needed")
    if not np.isfinite(number):
        raise NotFiniteError(f"sites: got {entry!r}; finite coordinates are needed")
    return rationals.exact_site_coordinate(number.item(), tolerance)


def _read_dof(dof: int | Sequence[int], sites: int) -> tuple[int, ...]:
    entries = [dof] * sites if axes_of(dof) == 0 else list(dof)  # type: ignore[arg-type]
    numbers = tuple(as_integer(entry, "dof") for entry in entries)
    if len(numbers) != sites or min(numbers) < 1:
        message = f"dof: got {list(numbers)}; one positive integer, or one a site ({sites} sites), is needed"
        raise InvalidArgumentError(message)
    return numbers


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class Crystal:
    r"""A lattice and the sites :math:`s_1, \dots, s_m` of its unit cell, each with one or more unknowns.

    A function on the crystal has at each lattice point a vector of ``size`` numbers: site by site, then channel.

    Parameters
    ----------
    lattice : Lattice
    sites : sequence of d-vectors, fractional coordinates, default the origin
        Fractions are kept exactly; a float within 1e-12 of a fraction of denominator up to 10000 means it.
    dof : int or sequence of int, default 1
        The number of unknowns (channels, components) of every site, or of each.
    labels : sequence of str, optional
        Names of the sites.

    Attributes
    ----------
    lattice : Lattice
    dof : tuple of int, one a site
    labels : tuple of str, one a site

    Raises
    ------
    InvalidArgumentError
        If sites coincide modulo the lattice, have the wrong dimension or are not real, or `dof` or `labels`
        do not fit them.
    NotFiniteError
        If a coordinate is NaN or infinite.

    Notes
    -----
    ``==`` compares modulo lattice translations of single sites and the order of the sites; labels do not count.

    References
    ----------
    van Betteray, Rottmann, Kahl: LFA applied to CNNs (ECAI 2025), section III.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lattice = lfa.Lattice([[1.5, 0.75**0.5], [1.5, -(0.75**0.5)]])
    >>> graphene = lfa.Crystal(lattice, sites=[[1 / 3, 1 / 3], [2 / 3, 2 / 3]])
    >>> graphene.size
    2
    >>> graphene == lfa.Crystal(lattice, sites=[[2 / 3, -1 / 3], [1 / 3, 1 / 3]])
    True
    """

    lattice: Lattice
    exact_sites: tuple[Site, ...]
    dof: tuple[int, ...]
    labels: tuple[str, ...]

    def __init__(
        self,
        lattice: Lattice,
        sites: Any = None,
        dof: int | Sequence[int] = 1,
        labels: Sequence[str] | None = None,
    ) -> None:
        if not isinstance(lattice, Lattice):
            raise InvalidArgumentError(
                f"lattice: got {lattice!r} of type {type(lattice).__name__}; a Lattice is needed"
            )
        origin = [[0] * lattice.dim]
        exact = _read_sites(origin if sites is None else sites, lattice.dim, SITE_TOLERANCE)
        self._set(lattice, exact, _read_dof(dof, len(exact)), labels)

    def _set(
        self, lattice: Lattice, sites: tuple[Site, ...], dof: tuple[int, ...], labels: Sequence[str] | None
    ) -> None:
        reduced: dict[Site, int] = {}
        for number, site in enumerate(sites):
            other = reduced.setdefault(_modulo_one(site), number)
            if other != number:
                message = f"sites: numbers {other} and {number} coincide modulo the lattice; they have to differ"
                raise InvalidArgumentError(message)
        names = tuple(str(i) for i in range(len(sites))) if labels is None else tuple(labels)
        if len(names) != len(sites):
            raise InvalidArgumentError(f"labels: got {len(names)}; one a site ({len(sites)}) is needed")
        object.__setattr__(self, "lattice", lattice)
        object.__setattr__(self, "exact_sites", sites)
        object.__setattr__(self, "dof", dof)
        object.__setattr__(self, "labels", names)

    @classmethod
    def from_cartesian(
        cls,
        lattice: Lattice,
        points: ArrayLike,
        dof: int | Sequence[int] = 1,
        labels: Sequence[str] | None = None,
    ) -> Crystal:
        """Return the crystal whose sites have these Cartesian coordinates, shape (sites, d).

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> lfa.Crystal.from_cartesian(lfa.Lattice([[2, 0], [0, 2]]), [[0, 0], [1, 1]]).sites.tolist()
        [[0.0, 0.0], [0.5, 0.5]]
        """
        array = np.asarray(points, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != lattice.dim:
            message = f"points: got shape {array.shape}; (sites, {lattice.dim}) is needed"
            raise InvalidArgumentError(message)
        if not np.isfinite(array).all():
            raise NotFiniteError(f"points: got {array.tolist()}; finite coordinates are needed")
        exact = _read_sites(lattice.coordinates(array), lattice.dim, LATTICE_TOLERANCE)
        return cls(lattice, exact, dof, labels)

    @property
    def sites(self) -> NDArray[np.float64]:
        """The fractional coordinates of the sites: shape (sites, d), float64, read-only."""
        array = np.array([[float(x) for x in site] for site in self.exact_sites])
        array.flags.writeable = False
        return array

    @property
    def size(self) -> int:
        """The number of unknowns a unit cell: the sum of `dof`."""
        return sum(self.dof)

    def positions(self, torus: Any) -> NDArray[np.float64]:
        """Return the Cartesian positions of all sites on a torus: shape (order, sites, d)."""
        points = self.lattice.torus(torus).points
        positions = self.lattice.cartesian(points[:, None, :] + self.sites)
        positions.flags.writeable = False
        return positions

    def shifted(self, shift: Any) -> Crystal:
        """Return the crystal with every site moved by the same fractional vector."""
        (exact,) = _read_sites([shift], self.lattice.dim, SITE_TOLERANCE)
        moved = tuple(tuple(a + b for a, b in zip(site, exact, strict=True)) for site in self.exact_sites)
        return Crystal(self.lattice, moved, self.dof, self.labels)

    def supercell(self, vectors: Any) -> Crystal:
        """Return the same points and unknowns, described with the larger cell of a sublattice.

        For each point c of ``lattice.torus(vectors).points`` (slowest) and each site s, the new crystal has the
        site M^-1 (c + s), not reduced, M having the vectors as columns.

        Parameters
        ----------
        vectors : int, flat sequence of int, list of vectors (rows) or Lattice
            The sublattice, in this crystal's lattice coordinates.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> pixels = lfa.Crystal(lfa.lattices.integer(1), dof=3)
        >>> pixels.supercell(2).sites.tolist(), pixels.supercell(2).dof
        ([[0.0], [0.5]], (3, 3))
        """
        coarse = vectors if isinstance(vectors, Lattice) else self.lattice.sublattice(vectors)
        rows = self.lattice.integer_vectors(coarse)
        to_coarse = coarse.relation(self.lattice)
        cosets = self.lattice.torus(rows).points.tolist()
        sites = tuple(
            rationals.apply(to_coarse, [c + s for c, s in zip(coset, site, strict=True)])
            for coset in cosets
            for site in self.exact_sites
        )
        return Crystal(coarse, sites, self.dof * len(cosets), self.labels * len(cosets))

    def primitive(self) -> Crystal:
        """Return the same points described with one site a cell, on the lattice that the sites form.

        Its vectors lie along the axes of the lattice from which this one was derived, where the sites form a grid
        along them.

        Raises
        ------
        CrystalMismatchError
            If the sites do not form a lattice, or differ in their number of unknowns.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> lfa.Crystal(lfa.lattices.integer(1), dof=3).supercell(4).primitive().lattice
        Lattice([[1.0]])
        """
        if len(self.exact_sites) == 1:
            return self
        if len(set(self.dof)) != 1:
            raise CrystalMismatchError(f"the sites of {self!r} have different numbers of unknowns")
        origin = self.exact_sites[0]
        steps = [tuple(a - b for a, b in zip(site, origin, strict=True)) for site in self.exact_sites]
        lattice = self._lattice_generated_by(steps)
        ratio = rationals.determinant(lattice.relation(self.lattice))
        if abs(ratio) != len(steps):
            message = f"the {len(steps)} sites of {self!r} do not form a lattice: they generate one of {abs(ratio)}"
            raise CrystalMismatchError(message)
        lattice = lattice.aligned() or lattice
        site = rationals.apply(lattice.relation(self.lattice), origin)
        return Crystal(lattice, [site], self.dof[0], self.labels[:1])

    def _lattice_generated_by(self, steps: Sequence[Site]) -> Lattice:
        """Return the lattice that this one generates together with fractional vectors."""
        scale = math.lcm(*(x.denominator for step in steps for x in step))
        fine = self.lattice.refined(scale)
        own = [[scale * int(i == j) for j in range(self.lattice.dim)] for i in range(self.lattice.dim)]
        return fine.generated([*own, *([int(scale * x) for x in step] for step in steps)])

    def in_basis_of(self, lattice: Lattice) -> Crystal:
        """Return this crystal with the coordinates of another basis of the same lattice."""
        if self.lattice != lattice:
            raise CrystalMismatchError(f"{self!r} does not live on the lattice {lattice!r}")
        relation = lattice.relation(self.lattice)
        if relation == rationals.identity(lattice.dim):
            return self
        sites = tuple(rationals.apply(relation, site) for site in self.exact_sites)
        return Crystal(lattice, sites, self.dof, self.labels)

    def matching(self, other: Crystal) -> tuple[tuple[int, tuple[int, ...]], ...] | None:
        """Return, for each of this crystal's sites, which site of an equal crystal it is, and the shift.

        Site a of this crystal lies at site b of `other` plus the lattice vector w (coordinates of this crystal's
        basis): the entry a is (b, w). None if the crystals differ.
        """
        if self.lattice != other.lattice:
            return None
        seen = other.in_basis_of(self.lattice)
        places = {(_modulo_one(s), d): b for b, (s, d) in enumerate(zip(seen.exact_sites, seen.dof, strict=True))}
        if len(places) != len(self.exact_sites):
            return None
        pairs = []
        for site, dof in zip(self.exact_sites, self.dof, strict=True):
            partner = places.get((_modulo_one(site), dof))
            if partner is None:
                return None
            shift = (int(a - b) for a, b in zip(site, seen.exact_sites[partner], strict=True))
            pairs.append((partner, tuple(shift)))
        return tuple(pairs)

    def is_same_as(self, other: Crystal) -> bool:
        """Tell whether the crystals agree site by site, in the same order and cell (stricter than ``==``)."""
        matching = self.matching(other)
        return matching is not None and all(a == b and not any(w) for a, (b, w) in enumerate(matching))

    def __eq__(self, other: object) -> bool:
        return self.matching(other) is not None if isinstance(other, Crystal) else NotImplemented

    def __hash__(self) -> int:
        return hash((Crystal, self.lattice, self.size, len(self.dof)))

    def __repr__(self) -> str:
        if len(self.dof) == 1 and not any(self.exact_sites[0]):
            return f"Crystal({self.lattice!r}, dof={self.dof[0]})"
        sites = [[_readable(x) for x in site] for site in self.exact_sites]
        shown = sites if len(sites) <= 4 else [*sites[:3], f"... {len(sites) - 3} more"]
        dof = self.dof[0] if len(set(self.dof)) == 1 else list(self.dof)
        return f"Crystal({self.lattice!r}, sites={shown}, dof={dof})"


def _readable(coordinate: Fraction) -> str:
    return str(coordinate) if coordinate.denominator <= MAXIMAL_DENOMINATOR else f"{float(coordinate):.6g}"


def _modulo_one(site: Site) -> Site:
    return tuple(x % 1 for x in site)


def as_crystal(value: Any, argument: str) -> Crystal:
    """Return a crystal; a lattice means its points with one unknown each."""
    if isinstance(value, Lattice):
        return Crystal(value)
    if not isinstance(value, Crystal):
        message = f"{argument}: got {value!r} of type {type(value).__name__}; a Crystal or a Lattice is needed"
        raise InvalidArgumentError(message)
    return value
