"""Pictures of lattices and tori."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import figure_and_axes
from crystal_lfa.drawing.cells import cell, corners, vector_arrows
from crystal_lfa.drawing.colours import ACCENT, FAINT, INK
from crystal_lfa.drawing.points import legend, marker_size, points
from crystal_lfa.drawing.space import finish
from crystal_lfa.geometry.pictures.limits import check_drawable, coordinate_names, vector_names
from crystal_lfa.geometry.pictures.unfolding import drawn_periods, inside_periods
from crystal_lfa.geometry.pictures.views import mean_spacing, shortest_distance, view_of

if TYPE_CHECKING:
    from crystal_lfa.geometry.lattice import Lattice
    from crystal_lfa.geometry.torus import Torus

__all__ = ["draw_lattice", "draw_torus"]

_MARGIN = {1: 3.2, 2: 1.15, 3: 0.45}
"""What is shown around a cell, in mean distances of lattice points."""
_MOST_POINTS = {1: 200, 2: 700, 3: 400}
_BOUNDARY = 1e-6
"""Error of fractional coordinates up to which a point that is drawn counts as lying on a cell's face."""


def draw_lattice(lattice: Lattice, ax: Any = None) -> list[Any]:
    """Draw a lattice's points around its cell, its primitive vectors as they were given, and the cell.

    Parameters
    ----------
    lattice : Lattice
    ax : matplotlib axes, optional
        Of ``projection="3d"`` for three dimensions.

    Returns
    -------
    list of artists

    Raises
    ------
    InvalidArgumentError
        If the dimension is above three, or `ax` is of the wrong kind.
    """
    check_drawable(lattice.dim)
    margin = _MARGIN[lattice.dim] * mean_spacing(lattice)
    view = view_of(lattice, corners(lattice.vectors), margin, _MOST_POINTS[lattice.dim])
    _, ax = figure_and_axes(ax, view.figure_size, lattice.dim)
    diameter = marker_size(ax, shortest_distance(lattice), view.sides)
    artists = [
        *cell(ax, lattice.vectors, ACCENT, view.box),
        *points(ax, view.lattice_points(lattice)[1], INK, diameter, "lattice"),
        *vector_arrows(ax, lattice.vectors, vector_names("a", lattice.dim), ACCENT, view.box),
    ]
    finish(ax, coordinate_names(lattice.dim))
    return artists


def draw_torus(torus: Torus, ax: Any = None) -> list[Any]:
    """Draw each point of a torus once, inside the parallelepiped of its periods, and the lattice around it.

    Of a lattice in space only the part in that parallelepiped is drawn. Periods that are much longer than need be
    are replaced by short ones of the same torus, named p'.

    Parameters, result and errors as of `draw_lattice`.

    Raises
    ------
    InvalidArgumentError
        Also if the torus has more than 5000 points.
    """
    lattice = torus.lattice
    check_drawable(lattice.dim, torus.order, "torus", "points")
    periods, short = drawn_periods(torus)
    letter = "p'" if short else "p"
    everything = corners(periods.vectors)
    margin = max(1.2 * mean_spacing(lattice), 0.12 * mean_spacing(periods)) if lattice.dim < 3 else 0.0
    view = view_of(lattice, everything, margin, 4 * torus.order + 400, longest=float(np.abs(everything).max()))
    _, ax = figure_and_axes(ax, view.figure_size, lattice.dim)
    diameter = marker_size(ax, shortest_distance(lattice), view.sides)
    around, copies = view.lattice_points(lattice)[1], view.lattice_points(periods)[1]
    if lattice.dim == 3:
        # All around, they would hide the torus.
        around, copies = (shown[_in_cell(periods, shown)] for shown in (around, copies))
    number = "1 point" if torus.order == 1 else f"{torus.order} points"
    inside = lattice.cartesian(inside_periods(torus, periods))
    marked = [
        *points(ax, inside, INK, diameter, f"torus ({number})"),
        *points(ax, copies, ACCENT, 1.7 * diameter, "periods", hollow=True, zorder=3.5),
        *points(ax, around, FAINT, 0.6 * diameter, "lattice", zorder=2.5),
    ]
    box = (view.lower.clip(max=everything.min(axis=0)), view.upper.clip(min=everything.max(axis=0)))
    artists = [
        *cell(ax, periods.vectors, ACCENT, box),
        *marked,
        *vector_arrows(ax, periods.vectors, vector_names(letter, lattice.dim), ACCENT, box),
        *legend(ax, marked, [artist.get_label() for artist in marked]),
    ]
    finish(ax, coordinate_names(lattice.dim))
    return artists


def _in_cell(periods: Lattice, positions: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which points lie in the cell of the periods, all of its faces included."""
    coordinates = periods.coordinates(positions)
    return np.asarray((np.abs(coordinates - 0.5) <= 0.5 + _BOUNDARY).all(axis=-1))
