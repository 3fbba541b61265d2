"""Pictures of the dual space: zones, paths and frequencies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import figure_and_axes
from crystal_lfa.drawing.cells import vector_arrows
from crystal_lfa.drawing.colours import ACCENT, FAINT, INK, SOFT
from crystal_lfa.drawing.lines import arrows, segments
from crystal_lfa.drawing.points import captions, marker_size, points
from crystal_lfa.drawing.polyhedra import body
from crystal_lfa.drawing.space import finish, is_fresh, look_from, on_paper
from crystal_lfa.geometry.pictures.limits import check_drawable, coordinate_names, vector_names
from crystal_lfa.geometry.pictures.views import View, mean_spacing, shortest_distance, view_of

if TYPE_CHECKING:
    from crystal_lfa.geometry.torus import Torus
    from crystal_lfa.geometry.zones import BrillouinZone, Path

__all__ = ["draw_frequencies", "draw_path", "draw_zone"]

_MARGIN = {1: 1.1, 2: 0.62, 3: 0.0}
"""What is shown around a zone, in mean distances of points of the dual lattice."""
_MOST_POINTS = 300
_BESIDE_MIDDLE = (-1.0, -0.6)
"""Where on paper the letter of the middle stands: away from vectors and points on the positive side."""


def draw_zone(zone: BrillouinZone, ax: Any = None) -> list[Any]:
    """Draw a Brillouin zone with its labelled high-symmetry points; below three dimensions also the dual lattice.

    Parameters
    ----------
    zone : BrillouinZone
    ax : matplotlib axes, optional
        Of ``projection="3d"`` for three dimensions; empty ones in matplotlib's usual view are turned to show the
        labelled points in front.

    Returns
    -------
    list of artists

    Raises
    ------
    InvalidArgumentError
        If the dimension is above three, or `ax` is of the wrong kind.
    """
    dual = zone.lattice.dual
    check_drawable(dual.dim)
    view = view_of(dual, zone.vertices, _MARGIN[dual.dim] * mean_spacing(dual), _MOST_POINTS)
    places = np.array([dual.cartesian([float(x) for x in point]) for point in zone.points.values()])
    ax = _axes(ax, view, places)
    artists = body(ax, zone.vertices, zone.faces, INK)
    if dual.dim < 3:
        diameter = marker_size(ax, shortest_distance(dual), view.sides)
        artists += points(ax, view.lattice_points(dual)[1], FAINT, 0.7 * diameter, "dual lattice", zorder=2.5)
        artists += vector_arrows(ax, dual.vectors, vector_names("b", dual.dim), SOFT, view.box, at=0.85)
    artists += _letters(ax, places, zone.points)
    finish(ax, _names(dual.dim))
    return artists


def draw_path(path: Path, ax: Any = None) -> list[Any]:
    """Draw a path through the dual space, its corners labelled, in the Brillouin zone; nothing where it jumps.

    Parameters, result and errors as of `draw_zone`.
    """
    dual = path.lattice.dual
    check_drawable(dual.dim)
    zone = path.lattice.brillouin_zone()
    lines = dual.cartesian(path.lines)
    everything = np.concatenate([zone.vertices, *lines])
    view = View(everything.min(axis=0), everything.max(axis=0))
    corners = _corners(path)
    places = dual.cartesian(list(corners))
    ax = _axes(ax, view, places)
    artists = body(ax, zone.vertices, zone.faces, SOFT)
    starts, ends = lines[:, 0], lines[:, 1]
    artists += segments(ax, starts, ends, ACCENT, 2.2, label="path")
    # Heads in the middle say where it leads, and leave the corners free.
    artists += arrows(ax, starts, starts + 0.58 * (ends - starts), ACCENT, width=0.0, head=13.0)
    artists += _letters(ax, places, corners.values())
    finish(ax, _names(dual.dim))
    return artists


def draw_frequencies(torus: Torus, ax: Any = None) -> list[Any]:
    """Draw the frequencies of a torus, each at its place in the Brillouin zone.

    Parameters, result and errors as of `draw_zone`.

    Raises
    ------
    InvalidArgumentError
        Also if the torus has more than 5000 frequencies.
    """
    dual = torus.lattice.dual
    check_drawable(dual.dim, torus.order, "torus", "frequencies")
    zone = torus.lattice.brillouin_zone()
    view = View(zone.vertices.min(axis=0), zone.vertices.max(axis=0))
    _, ax = figure_and_axes(ax, view.figure_size, dual.dim)
    periods = torus.lattice.sublattice(torus.period_vectors)
    diameter = marker_size(ax, shortest_distance(periods.dual), view.sides)
    middle = np.zeros((1, dual.dim))
    artists = [
        *body(ax, zone.vertices, zone.faces, ACCENT, alpha=0.1),
        *points(ax, zone.reduce(torus.frequencies), INK, diameter, "frequencies"),
        # A ring, in which the frequency 0 is seen where there is one.
        *points(ax, middle, ACCENT, max(6.0, 1.5 * diameter), hollow=True, zorder=4),
        *captions(ax, middle, ["Γ"], [_BESIDE_MIDDLE if dual.dim > 1 else (0, 1)], colour=ACCENT),
    ]
    finish(ax, _names(dual.dim))
    return artists


def _axes(ax: Any, view: View, places: NDArray[np.float64]) -> Any:
    """Return the axes given, or new ones; in space these points are in front, unless there is a view already."""
    _, axes = figure_and_axes(ax, view.figure_size, places.shape[1])
    lengths = np.linalg.norm(places, axis=1)[:, None]
    if places.shape[1] == 3 and lengths.any() and (ax is None or is_fresh(axes)):
        look_from(axes, (places / np.where(lengths > 0, lengths, 1.0)).sum(axis=0))
    return axes


def _letters(ax: Any, places: NDArray[np.float64], names: Iterable[str]) -> list[Any]:
    """Draw points with their letters, turned away from the lines that lead to them from the middle."""
    texts = ["Γ" if name == "G" else name for name in names]
    outward = on_paper(ax, places)
    dimension = places.shape[1]
    directions = {
        1: np.array([[0.0, 1.0]] * len(places)),
        2: outward @ np.array([[1.0, -1.0], [1.0, 1.0]]),
        3: outward,
    }[dimension]
    if dimension > 1:
        directions = np.where(places.any(axis=1, keepdims=True), directions, _BESIDE_MIDDLE)
    dots = points(ax, places, ACCENT, 5.0, shaded=False, zorder=5)
    return [*dots, *captions(ax, places, texts, directions, colour=ACCENT)]


def _corners(path: Path) -> dict[tuple[float, ...], str]:
    """Return the letters of the corners of a path, each corner once."""
    letters: dict[tuple[float, ...], str] = {}
    for (start, end), before, after in zip(path.lines, path.labels, path.labels[1:], strict=False):
        letters.setdefault(start, before.split("|")[-1])
        letters.setdefault(end, after.split("|")[0])
    return letters


def _names(dimension: int) -> list[str]:
    return coordinate_names(dimension, "frequency along " if dimension < 3 else "")
