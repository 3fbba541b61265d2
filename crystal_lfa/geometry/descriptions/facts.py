"""What there is to say of a crystal and of a torus: facts, as JSON, text and a picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.crystal import Crystal
from crystal_lfa.geometry.descriptions.text import as_text
from crystal_lfa.geometry.lattice import Lattice
from crystal_lfa.geometry.shells import Shell, shell_count
from crystal_lfa.geometry.torus import Torus
from crystal_lfa.geometry.zones import SymmetryPoints, nearly, symmetry_points

__all__ = ["MOST_FREQUENCIES", "Description", "describe"]

MOST_FREQUENCIES = 100_000
"""Of a torus in JSON; of a larger one the first."""

_USUAL_SHELLS = (2, 1)

_MOST_PLACES = 2_000_000
"""Sites around the origin that may be looked at for neighbours."""


@dataclass(frozen=True, slots=True)
class Description:
    """A crystal, a torus or None, and what takes work to find out about them; `describe` makes it.

    Attributes
    ----------
    name : str
    crystal : Crystal
    torus : Torus or None
    shells : tuple of Shell
    symmetry : SymmetryPoints or None
        None if the lattice is of no kind known here.
    nearly : str or None
        The kind that it then would have, but for coordinates with few digits.
    """

    name: str
    crystal: Crystal
    torus: Torus | None
    shells: tuple[Shell, ...]
    symmetry: SymmetryPoints | None
    nearly: str | None

    def to_json(self) -> str:
        """Return all facts as JSON: fractional coordinates of sites and points, and twists, as text, all else numbers.

        ``{name, dimension, vectors, cell_volume, dual_vectors, kind, high_symmetry_points, path, size, sites, shells,
        torus}``; without a torus that is null, and so is the kind where it is not known.
        """
        lattice, found = self.crystal.lattice, self.symmetry
        points = found.points.items() if found else ()
        facts = {
            "name": self.name,
            "dimension": lattice.dim,
            "vectors": _rows(lattice.vectors),
            "cell_volume": lattice.cell_volume,
            "dual_vectors": _rows(lattice.dual.vectors),
            "kind": found.kind if found else None,
            "high_symmetry_points": {letter: _place(lattice.dual, point) for letter, point in points},
            "path": list(found.path) if found else [],
            "size": self.crystal.size,
            "sites": [
                {"label": label, "dof": dof, **_place(lattice, site)}
                for label, dof, site in zip(
                    self.crystal.labels, self.crystal.dof, self.crystal.exact_sites, strict=True
                )
            ],
            "shells": [{"distance": s.distance, "coordination": list(s.coordination)} for s in self.shells],
            "torus": None if self.torus is None else _torus_facts(self.torus),
        }
        return json.dumps(facts, indent=2, allow_nan=False) + "\n"

    def to_text(self) -> str:
        """Return the facts for people to read, numbers rounded to six digits, long lists cut."""
        return as_text(self)

    def figure(self, *, as_lattice: bool = False) -> Any:
        """Draw the crystal and its Brillouin zone side by side; return the figure.

        Of a torus its frequencies in the zone; of a lattice without sites given, its points.

        Parameters
        ----------
        as_lattice : bool
            Draw points of the lattice, not sites and bonds.

        Raises
        ------
        InvalidArgumentError
            If the dimension is above three, or there are too many points for a picture.
        """
        from crystal_lfa.drawing.axes import side_by_side

        lattice = self.crystal.lattice
        figure, left, right = side_by_side(lattice.dim)
        if self.torus is None:
            (lattice if as_lattice else self.crystal).plot(left)
            lattice.brillouin_zone().plot(right)
            return figure
        if lattice.dim == 3:
            right.view_init(elev=left.elev, azim=left.azim)
        (self.torus if as_lattice else self.crystal).plot(left)
        self.torus.plot_frequencies(right)
        return figure


def describe(
    crystal: Crystal, torus: Torus | None = None, *, name: str = "crystal", shells: int | None = None
) -> Description:
    """Return what there is to say of a crystal, and of a torus of its lattice.

    Parameters
    ----------
    crystal : Crystal
    torus : Torus, optional
    name : str
    shells : int, optional
        How many shells of neighbours to find, 0 for none; default two, or as many of these as take little work.

    Raises
    ------
    InvalidArgumentError
        If there are too many places at which neighbours could be.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa.geometry.descriptions.facts import describe
    >>> found = describe(lfa.crystals.kagome())
    >>> found.symmetry.kind, found.shells[0].coordination
    ('triangular', (4, 4, 4))
    """
    count = _affordable_shells(crystal, shells)
    # Kinds of lattices are known in up to three dimensions, and looking for them in many takes long.
    known = crystal.lattice.dim <= 3
    symmetry = symmetry_points(crystal.lattice) if known else None
    close = nearly(crystal.lattice) if known else None
    return Description(name, crystal, torus, crystal.shells(count) if count else (), symmetry, close)


def _affordable_shells(crystal: Crystal, shells: int | None) -> int:
    """Return how many shells to look for; refuse what `Crystal.shells` would have to look at too many places for."""
    if shells is None:
        return next((number for number in _USUAL_SHELLS if _places(crystal, number) <= _MOST_PLACES), 0)
    if shells == 0:
        return 0
    places = _places(crystal, shell_count(shells, "shells"))
    if places > _MOST_PLACES:
        message = f"shells: got {shells}, for which {places:.1e} sites around would have to be looked at"
        raise InvalidArgumentError(f"{message}; up to {_MOST_PLACES:.1e} are, so fewer shells, or 0, are needed")
    return shells


def _places(crystal: Crystal, shells: int) -> float:
    """Return about how many sites `Crystal.shells` has to look at.

    In a lattice that is much finer along one direction than along others, neighbours are many cells away.
    """
    lattice, sites = crystal.lattice, len(crystal.exact_sites)
    spacing = (lattice.cell_volume / sites) ** (1 / lattice.dim)
    # On a line shells are as far apart as sites; in more dimensions their squares are.
    radius = 2 * spacing * shells ** (1 / min(lattice.dim, 2))
    return sites * float(np.prod(2 * radius * np.linalg.norm(lattice.reduced().dual.vectors, axis=1) + 3))


def _torus_facts(torus: Torus) -> dict[str, Any]:
    given = min(torus.order, MOST_FREQUENCIES)
    frequencies = torus.frequencies_at(np.arange(given))
    return {
        "order": torus.order,
        "shape": list(torus.shape),
        "periods": [list(row) for row in torus.period_vectors],
        "twist": [str(entry) for entry in torus.exact_twist],
        "invariant_factors": list(torus.invariant_factors),
        "frequencies": _rows(frequencies),
        "cartesian_frequencies": _rows(torus.lattice.dual.cartesian(frequencies)),
        "frequencies_left_out": torus.order - given,
    }


def _place(lattice: Lattice, coordinates: Sequence[Fraction]) -> dict[str, Any]:
    cartesian = lattice.cartesian([float(x) for x in coordinates])
    return {"fractional": [str(x) for x in coordinates], "cartesian": _rows(cartesian)}


def _rows(array: ArrayLike) -> Any:
    """Return lists of numbers, none of them -0."""
    numbers: NDArray[np.float64] = np.asarray(array) + 0.0
    return numbers.tolist()
