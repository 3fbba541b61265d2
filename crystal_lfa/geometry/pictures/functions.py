"""Pictures of functions on crystals: numbers at the sites of a torus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import check_dimension, figure_and_axes
from crystal_lfa.drawing.cells import cell, corners
from crystal_lfa.drawing.colours import SOFT
from crystal_lfa.drawing.fields import draw_discs, draw_stems
from crystal_lfa.drawing.space import finish
from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.geometry.pictures.limits import coordinate_names
from crystal_lfa.geometry.pictures.unfolding import drawn_periods, inside_periods
from crystal_lfa.geometry.pictures.views import View, mean_spacing

if TYPE_CHECKING:
    from crystal_lfa.geometry.crystal import Crystal
    from crystal_lfa.geometry.lattice import Lattice
    from crystal_lfa.geometry.torus import Torus

__all__ = ["check_function_drawable", "draw_function"]

_MOST_SITES = 20_000
"""Of a torus, of which a picture still shows each."""
_BAR = {2: 1.8, 3: 2.8}
"""Inches that a colour bar and its name need beside axes of equal scales."""


def check_function_drawable(crystal: Crystal, torus: Torus, component: int | None) -> None:
    """Refuse functions that a picture cannot show, before they are computed.

    Raises
    ------
    InvalidArgumentError
        If the dimension is above three, the torus has more than 20000 sites, or no site has that component.
    """
    check_dimension(crystal.lattice.dim)
    sites = torus.order * len(crystal.dof)
    if sites > _MOST_SITES:
        message = f"torus: it has {sites} sites of the crystal; up to {_MOST_SITES} can be drawn"
        raise InvalidArgumentError(f"{message} (of a convolution cnn.to_image(f, crystal, torus) makes an image)")
    if component is not None:
        number, most = as_integer(component, "component"), max(crystal.dof)
        if not 0 <= number < most:
            allowed = "only 0 is one" if most == 1 else f"0 to {most - 1} are the unknowns"
            raise InvalidArgumentError(f"component: got {number}; {allowed} of a site, None means their norm")


def draw_function(
    f: NDArray[Any], crystal: Crystal, torus: Torus, name: str, ax: Any = None, component: int | None = None
) -> list[Any]:
    """Draw a function on a crystal: stems on a line, discs in the plane and in space, at the places of the sites.

    Each site of the torus is drawn once, inside the parallelepiped of the periods; with a twist the function has there
    the phase that its winding gives it.

    Parameters
    ----------
    f : (order, size) real or complex
    crystal : Crystal
    torus : Torus
        Of the crystal's lattice.
    name : what the function is called, in one or several lines
    ax : matplotlib axes, optional
        Of ``projection="3d"`` for three dimensions.
    component : int, optional
        Which unknown of each site, those that have it; default, where sites have several, their norm.

    Returns
    -------
    list of artists: stems or discs, then the rest

    Raises
    ------
    InvalidArgumentError
        As `check_function_drawable`, and if `ax` is of the wrong kind.
    """
    check_function_drawable(crystal, torus, component)
    dimension = crystal.lattice.dim
    periods, _ = drawn_periods(torus)
    positions, values = _at_places(f, crystal, torus, periods, component)
    signed = component is not None or max(crystal.dof) == 1
    name = f"norm of {name}" if not signed else f"{name}, unknown {component}" if max(crystal.dof) > 1 else name
    if dimension == 1:
        return _stems(positions[:, 0], values, name, ax, signed=signed)
    box = corners(periods.vectors)
    everything = np.concatenate([box, positions])
    view = View(everything.min(axis=0), everything.max(axis=0))
    width, height = view.figure_size
    _, ax = figure_and_axes(ax, (width + _BAR[dimension], height), dimension)
    spacing = _spacing(crystal)
    artists = draw_discs(ax, positions, values, spacing, name, signed=signed)
    artists += cell(ax, periods.vectors, SOFT, (view.lower, view.upper), width=0.9, alpha=0.04)
    finish(ax, coordinate_names(dimension))
    return artists


def _at_places(
    f: NDArray[Any], crystal: Crystal, torus: Torus, periods: Lattice, component: int | None
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Return the places of sites inside the periods, (k, d), Cartesian, and a number at each, (k,)."""
    positions, values = [], []
    first = 0
    for site, dof in zip(crystal.exact_sites, crystal.dof, strict=True):
        own = f[:, first : first + dof]
        first += dof
        if component is not None and component >= dof:
            continue
        points = inside_periods(torus, periods, site)
        numbers, winding = torus.locate(points)
        if component is None and max(crystal.dof) > 1:
            values.append(np.linalg.norm(own[numbers], axis=1))
        else:
            values.append(own[numbers, component or 0] * torus.winding_phases(winding))
        positions.append(crystal.lattice.cartesian(points + np.array([float(x) for x in site])))
    return np.concatenate(positions), np.concatenate(values)


def _stems(positions: NDArray[np.float64], values: NDArray[Any], name: str, ax: Any, *, signed: bool) -> list[Any]:
    _, ax = figure_and_axes(ax, (7.0, 3.2))
    order = np.argsort(positions)
    artists = draw_stems(ax, positions[order], values[order], name, signed=signed)
    ax.set_xlabel(coordinate_names(1)[0], color="0.35")
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("0.7")
    ax.tick_params(color="0.7", labelcolor="0.35", labelsize="small")
    return artists


def _spacing(crystal: Crystal) -> float:
    """Return a diameter at which most discs do not overlap; a single short distance must not make all of them tiny."""
    sites = mean_spacing(crystal.lattice) / len(crystal.dof) ** (1 / crystal.lattice.dim)
    return float(max(0.95 * crystal.shells(1)[0].distance, 0.5 * sites))
