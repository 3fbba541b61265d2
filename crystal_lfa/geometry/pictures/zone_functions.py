"""Pictures of functions of the frequency over the Brillouin zone: curves in one dimension, images in two."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import figure_and_axes
from crystal_lfa.drawing.colours import ACCENT
from crystal_lfa.drawing.images import cells_over_polygon, curves_over_line, image_over_polygon
from crystal_lfa.drawing.points import captions, points
from crystal_lfa.drawing.space import finish
from crystal_lfa.errors import LatticeError
from crystal_lfa.geometry.pictures.limits import coordinate_names
from crystal_lfa.geometry.torus import Torus
from crystal_lfa.geometry.zones import BrillouinZone, ZoneGrid

__all__ = ["curves_over_zone", "draw_over_zone", "image_over_zone"]

_MOST_CELLS = 5000
"""Frequencies of which each has its own cell in an image; of more, colours blend from one to the next."""
_MOST_DOTS = 80
_MOST_STEPS = {1: 4000, 2: 320}
"""Along an axis of the grid, more than paper shows."""


def draw_over_zone(torus: Torus, values: NDArray[np.float64], name: str, ax: Any = None) -> list[Any]:
    """Draw numbers that belong to the frequencies of a torus, (order,), over the zone of its lattice.

    In one dimension lines join the values, which are dots where they are few. In two each frequency colours what lies
    nearest to it; of very many, colours blend between those that the picture can show.

    Parameters
    ----------
    torus : Torus, of one or two dimensions
    values : (order,) float64
    name : what the numbers are called
    ax : plane matplotlib axes, optional

    Returns
    -------
    list of artists: the curve or the image, then the rest
    """
    dimension = torus.lattice.dim
    if dimension == 1:
        grid = ZoneGrid.of(torus, _MOST_STEPS[1])
        return curves_over_zone(grid, values[grid.numbers][:, None], name, ax, dots=torus.order <= _MOST_DOTS)
    _, ax = figure_and_axes(ax, (5.3, 3.9))
    cell = _cell(torus) if torus.order <= _MOST_CELLS else None
    grid = ZoneGrid.of(torus, _MOST_STEPS[2] if cell is None else None, margin=0 if cell is None else 1)
    return image_over_zone(grid, values[grid.numbers], name, ax, cell)


def _cell(torus: Torus) -> NDArray[np.float64] | None:
    """Return the corners of what lies nearest to the frequency 0: the zone of the periods' lattice."""
    try:
        return torus.lattice.sublattice(torus.period_vectors).brillouin_zone().vertices
    except LatticeError:
        # So much longer than wide that no picture shows it.
        return None


def curves_over_zone(
    grid: ZoneGrid, values: NDArray[np.float64], name: str, ax: Any = None, *, dots: bool = False
) -> list[Any]:
    """Draw curves (p, curves) over the zone of a line, with its labelled points; return the artists.

    Parameters
    ----------
    grid : ZoneGrid
    values : (p, curves)
    name : what the numbers are called
    ax : plane matplotlib axes, optional
    dots : bool
        Whether the values themselves are marked.
    """
    order = np.argsort(grid.positions[:, 0])
    letters, places = _letters(grid.zone)
    # The ends of the zone are one frequency.
    marks = {
        round(side * abs(place), 12) + 0.0: letter
        for letter, place in zip(letters, places[:, 0].tolist(), strict=True)
        for side in (-1, 1)
    }
    low, high = sorted(grid.zone.vertices[:, 0].tolist())
    names = coordinate_names(1, "frequency along ")[0], name
    return curves_over_line(
        ax, grid.positions[order, 0], values[order], list(marks.items()), names, ends=(low, high), dots=dots
    )


def image_over_zone(
    grid: ZoneGrid, values: NDArray[np.float64], name: str, ax: Any, cell: NDArray[np.float64] | None = None
) -> list[Any]:
    """Draw a function (p, q) over the zone of a plane, with its labelled points; return the artists.

    Parameters
    ----------
    grid : ZoneGrid
    values : (p, q)
    name : what the numbers are called
    ax : plane matplotlib axes
    cell : (k, 2), optional
        Corners of what each frequency of the grid colours, around it; default colours blend.
    """
    figure_and_axes(ax, (1.0, 1.0))
    letters, places = _letters(grid.zone)
    directions = np.where(places.any(axis=1, keepdims=True), places, [-1.0, -0.6])
    if cell is None:
        artists = image_over_polygon(ax, grid.positions, values, grid.zone.vertices, name)
    else:
        centres = grid.positions.reshape(-1, 2)
        artists = cells_over_polygon(ax, centres, values.ravel(), cell, grid.zone.vertices, name)
    artists += points(ax, places, ACCENT, 5.0, zorder=5)
    artists += captions(ax, places, letters, directions, colour=ACCENT)
    finish(ax, coordinate_names(2, "frequency along "))
    return artists


def _letters(zone: BrillouinZone) -> tuple[list[str], NDArray[np.float64]]:
    """Return the letters of the zone's points, as people write them, and where these lie."""
    letters = ["Γ" if name == "G" else name for name in zone.points]
    dual = zone.lattice.dual
    return letters, np.array([dual.cartesian([float(x) for x in point]) for point in zone.points.values()])
