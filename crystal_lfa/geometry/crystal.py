"""Crystals: a lattice with sites in its unit cell, each carrying one or more unknowns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.basis import real_points
from crystal_lfa.geometry.exact.tolerances import LATTICE_TOLERANCE, SITE_TOLERANCE
from crystal_lfa.geometry.generation import aligned, extended
from crystal_lfa.geometry.lattice import Lattice, as_lattice
from crystal_lfa.geometry.sites import Places, Site, read_dof, read_labels, read_sites, readable

if TYPE_CHECKING:
    from crystal_lfa.geometry.shells import Shell

__all__ = ["Crystal", "as_crystal"]


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
        as_lattice(lattice, "lattice")
        origin = [[0] * lattice.dim]
        exact = read_sites(origin if sites is None else sites, lattice.dim, SITE_TOLERANCE)
        self._set(lattice, exact, read_dof(dof, len(exact)), labels)

    def _set(
        self, lattice: Lattice, sites: tuple[Site, ...], dof: tuple[int, ...], labels: Sequence[str] | None
    ) -> None:
        places = Places()
        for number, site in enumerate(sites):
            other = places.find(site)
            if other is not None:
                message = f"sites: numbers {other} and {number} coincide modulo the lattice; they have to differ"
                raise InvalidArgumentError(message)
            places.add(site, number)
        object.__setattr__(self, "lattice", lattice)
        object.__setattr__(self, "exact_sites", sites)
        object.__setattr__(self, "dof", dof)
        object.__setattr__(self, "labels", read_labels(labels, len(sites)))

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
        as_lattice(lattice, "lattice")
        array = real_points(points, lattice.dim, "points")
        if array.ndim != 2:
            message = f"points: got shape {array.shape}; (sites, {lattice.dim}) is needed"
            raise InvalidArgumentError(message)
        exact = read_sites(lattice.coordinates(array), lattice.dim, LATTICE_TOLERANCE)
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

    def fourier_basis(self, torus: Any, kappa: ArrayLike) -> NDArray[np.complex128]:
        r"""Return the orthonormal wave functions of one frequency, a column an unknown of the cell.

        .. math:: |T|^{-1/2} e^{2\pi i \kappa \cdot z} e_j

        Parameters
        ----------
        torus : int, flat sequence of int, list of vectors or Torus
        kappa : (d,) array_like
            One of the torus's frequencies, modulo 1.

        Returns
        -------
        (order * size, size) complex128
            Rows: lattice point, then site, then channel; an operator maps column j to a combination of the columns,
            with the coefficients of its symbol.

        Raises
        ------
        TorusError
            If `kappa` is not a frequency of the torus.

        Examples
        --------
        >>> import numpy as np
        >>> import crystal_lfa as lfa
        >>> basis = lfa.Crystal(lfa.lattices.integer(1), dof=2).fourier_basis(4, [0.25])
        >>> basis.shape, bool(np.allclose(basis.conj().T @ basis, np.eye(2)))
        ((8, 2), True)
        """
        own = self.lattice.torus(torus)
        number = np.atleast_1d(own.frequency_index(np.ravel(kappa)))
        waves = own.waves(own.points, number).T / np.sqrt(own.order)
        basis = np.kron(waves, np.eye(self.size))
        basis.flags.writeable = False
        return basis

    def shells(self, count: int = 1) -> tuple[Shell, ...]:
        """Return the nearest neighbours, the next nearest, and so on: shells of pairs of sites at one distance.

        Distances are sorted over the whole crystal, so in a shell some sites may have no neighbours.

        Raises
        ------
        InvalidArgumentError
            If `count` is not a positive integer.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> nearest, next_nearest = lfa.crystals.honeycomb().shells(2)
        >>> nearest.distance, nearest.coordination, next_nearest.coordination
        (0.577..., (3, 3), (6, 6))
        """
        from crystal_lfa.geometry.shells import find_shells

        return find_shells(self, count)

    def shifted(self, shift: Any) -> Crystal:
        """Return the crystal with every site moved by the same fractional vector."""
        (exact,) = read_sites([shift], self.lattice.dim, SITE_TOLERANCE)
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
        lattice = extended(self.lattice, steps)
        index = self.lattice.index_in(lattice)
        if index != len(steps):
            message = f"the {len(steps)} sites of {self!r} do not form a lattice: they generate one of {index}"
            raise CrystalMismatchError(message)
        lattice = aligned(lattice) or lattice
        site = rationals.apply(lattice.relation(self.lattice), origin)
        return Crystal(lattice, [site], self.dof[0], self.labels[:1])

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
        if len(seen.exact_sites) != len(self.exact_sites):
            return None
        places = Places()
        for number, site in enumerate(seen.exact_sites):
            places.add(site, number)
        pairs = []
        for site, dof in zip(self.exact_sites, self.dof, strict=True):
            partner = places.find(site)
            if partner is None or seen.dof[partner] != dof:
                return None
            shift = (round(a - b) for a, b in zip(site, seen.exact_sites[partner], strict=True))
            pairs.append((partner, tuple(shift)))
        return tuple(pairs)

    def is_same_as(self, other: Crystal) -> bool:
        """Tell whether the crystals agree site by site, in the same order and cell (stricter than ``==``)."""
        matching = self.matching(other)
        return matching is not None and all(a == b and not any(w) for a, (b, w) in enumerate(matching))

    def __eq__(self, other: object) -> bool:
        return self.matching(other) is not None if isinstance(other, Crystal) else NotImplemented

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw sites, bonds to nearest neighbours and the cell (1 to 3 dimensions); return the artists."""
        from crystal_lfa.geometry.pictures import draw_crystal

        return draw_crystal(self, ax)

    def __hash__(self) -> int:
        return hash((Crystal, self.lattice, self.size, len(self.dof)))

    def __repr__(self) -> str:
        if len(self.dof) == 1 and not any(self.exact_sites[0]):
            return f"Crystal({self.lattice!r}, dof={self.dof[0]})"
        sites = [[readable(x) for x in site] for site in self.exact_sites]
        shown = sites if len(sites) <= 4 else [*sites[:3], f"... {len(sites) - 3} more"]
        dof = self.dof[0] if len(set(self.dof)) == 1 else list(self.dof)
        return f"Crystal({self.lattice!r}, sites={shown}, dof={dof})"


def as_crystal(value: Any, argument: str) -> Crystal:
    """Return a crystal; a lattice means its points with one unknown each."""
    if isinstance(value, Lattice):
        return Crystal(value)
    if not isinstance(value, Crystal):
        message = f"{argument}: got {value!r} of type {type(value).__name__}; a Crystal or a Lattice is needed"
        raise InvalidArgumentError(message)
    return value
