"""Pictures of crystals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import figure_and_axes
from crystal_lfa.drawing.cells import cell, corners, vector_arrows
from crystal_lfa.drawing.colours import FAINT, INK, SOFT, fainter, several
from crystal_lfa.drawing.lines import segments
from crystal_lfa.drawing.points import legend, marker_size, points
from crystal_lfa.drawing.space import finish
from crystal_lfa.geometry.pictures.limits import check_drawable, coordinate_names, vector_names
from crystal_lfa.geometry.pictures.views import View, mean_spacing, view_of

if TYPE_CHECKING:
    from crystal_lfa.geometry.crystal import Crystal
    from crystal_lfa.geometry.shells import Bond

__all__ = ["draw_crystal"]

_MARGIN = {1: 3.2, 2: 2.0, 3: 0.45}
"""What is shown around a cell, in mean distances of sites."""
_MOST_SITES = {1: 200, 2: 600, 3: 300}


def draw_crystal(crystal: Crystal, ax: Any = None) -> list[Any]:
    """Draw the sites of a crystal's cell, the cell, bonds to nearest neighbours, and fainter the cells around.

    Sites of one label have one colour. Sites given far from the cell are drawn inside it, and those of a very skew
    cell near its origin.

    Parameters
    ----------
    crystal : Crystal
    ax : matplotlib axes, optional
        Of ``projection="3d"`` for three dimensions.

    Returns
    -------
    list of artists

    Raises
    ------
    InvalidArgumentError
        If the dimension is above three, the cell has more than 5000 sites, or `ax` is of the wrong kind.
    """
    lattice = crystal.lattice
    check_drawable(lattice.dim, len(crystal.exact_sites), "crystal", "sites")
    homes = _homes(crystal)
    most = max(3**lattice.dim, _MOST_SITES[lattice.dim] // len(homes))
    spacing = mean_spacing(lattice) / len(homes) ** (1 / lattice.dim)
    everything = np.concatenate([corners(lattice.vectors), lattice.cartesian(homes + crystal.sites)])
    view = view_of(lattice, everything, _MARGIN[lattice.dim] * spacing, most)
    _, ax = figure_and_axes(ax, view.figure_size, lattice.dim)
    shell = crystal.shells(1)[0]
    sites = _Sites.seen(crystal, view, homes)
    strong, weak = sites.bonds(shell.bonds)
    # A single short distance among many sites must not make all of them tiny.
    diameter = marker_size(ax, max(1.2 * shell.distance, 0.6 * spacing), view.sides)
    artists = [
        *cell(ax, lattice.vectors, INK, view.box, width=0.9, alpha=0.06),
        *segments(ax, *weak, FAINT, 0.9, zorder=1.8),
        *segments(ax, *strong, SOFT, 1.6),
    ]
    # Heads over the faint sites that they end at, under the strong ones that lie on the way; names off the middle.
    artists += vector_arrows(ax, lattice.vectors, vector_names("a", lattice.dim), INK, view.box, at=0.8, zorder=2.7)
    names = list(dict.fromkeys(crystal.labels))
    handles = []
    for name, colour in zip(names, several(len(names)), strict=True):
        named = np.array([label == name for label in crystal.labels])[sites.numbers]
        artists += points(ax, sites.positions[named & ~sites.strong], fainter(colour), 0.75 * diameter, zorder=2.5)
        handles += points(ax, sites.positions[named & sites.strong], colour, diameter, name)
    artists += handles
    if len(names) > 1:
        artists += legend(ax, handles, names)
    finish(ax, coordinate_names(lattice.dim))
    return artists


def _homes(crystal: Crystal) -> NDArray[np.int64]:
    """Return which lattice point to draw each site at: 0 where the site, as given, lies in the cell or beside it."""
    near = (crystal.sites >= -1) & (crystal.sites < 2)
    return np.where(near.all(axis=1, keepdims=True), 0.0, -np.floor(crystal.sites)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Sites:
    """The sites of a crystal that a picture shows.

    Attributes
    ----------
    numbers : (k,) which site each is, ascending
    cells : (k, d) the lattice point it belongs to
    positions : (k, d) Cartesian
    strong : (k,) bool, whether it stands for the cell: one of each number
    """

    numbers: NDArray[np.int64]
    cells: NDArray[np.int64]
    positions: NDArray[np.float64]
    strong: NDArray[np.bool_]

    @classmethod
    def seen(cls, crystal: Crystal, view: View, homes: NDArray[np.int64]) -> _Sites:
        """Return the sites in a view; of each the one at home, or else the nearest to the origin, is strong."""
        cells, positions, strong = [], [], []
        for site, home in zip(crystal.sites, homes, strict=True):
            z, places = view.lattice_points(crystal.lattice, crystal.lattice.cartesian(site))
            if not len(z):
                z, places = home[None], crystal.lattice.cartesian(home + site)[None]
            at_home = (z == home).all(axis=1)
            if not at_home.any():
                at_home[np.linalg.norm(places, axis=1).argmin()] = True
            cells.append(z)
            positions.append(places)
            strong.append(at_home)
        numbers = np.repeat(np.arange(len(cells)), [len(z) for z in cells])
        return cls(numbers, np.concatenate(cells), np.concatenate(positions), np.concatenate(strong))

    def bonds(self, bonds: Iterable[Bond]) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Return starts and ends of the bonds to strong sites, then of those between others; each bond once."""
        rows = [(a, *z) for a, z in zip(self.numbers.tolist(), self.cells.tolist(), strict=True)]
        places = {row: i for i, row in enumerate(rows)}
        first = np.searchsorted(self.numbers, np.arange(self.numbers[-1] + 2)).tolist()
        ends: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        for a, b, offset in bonds:
            if (a, b, offset) > (b, a, tuple(-y for y in offset)):
                continue
            for i in range(first[a], first[a + 1]):
                j = places.get((b, *(z + y for z, y in zip(rows[i][1:], offset, strict=True))))
                if j is not None:
                    ends[not (self.strong[i] or self.strong[j])].append((i, j))
        pairs = [np.array(kind, dtype=np.int64).reshape(-1, 2).T for kind in ends]
        return [(self.positions[i], self.positions[j]) for i, j in pairs]
