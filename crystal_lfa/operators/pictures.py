"""Pictures of operators: which sites they couple, and their symbols over the Brillouin zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.drawing.axes import figure_and_axes
from crystal_lfa.drawing.cells import cell, corners
from crystal_lfa.drawing.colours import FAINT, INK, SOFT, fainter
from crystal_lfa.drawing.couplings import SIGNS, curved_arrows, free_directions, overlapping, weights
from crystal_lfa.drawing.points import captions, legend, marker_size, points
from crystal_lfa.drawing.space import finish
from crystal_lfa.errors import FreeParametersError, InvalidArgumentError
from crystal_lfa.geometry import Crystal
from crystal_lfa.geometry.pictures.limits import check_drawable, coordinate_names
from crystal_lfa.geometry.pictures.views import View, mean_spacing, view_of
from crystal_lfa.operators.arrays import is_symbolic, to_numpy
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.symbol_pictures import draw_symbol

__all__ = ["draw_operator", "draw_symbol"]

_MARGIN = {1: 0.8, 2: 0.55, 3: 0.1}
"""What is shown around the couplings, in mean distances of sites."""
_MOST_AROUND = {1: 60, 2: 150, 3: 30}
"""Sites that are drawn although nothing couples them."""
_MOST_WEIGHTS = {1: 14, 2: 26, 3: 14}
"""Couplings up to which each has its number beside it."""
_MOST_COUPLINGS = 1000
_WIDTHS = (0.9, 2.6)
_PALEST = 0.3
_ONE_PLACE = 1e-9
"""Of the mean distance of lattice points, within which two sites are at one place."""


def draw_operator(operator: CrystalOperator, ax: Any = None) -> list[Any]:
    """Draw what an operator of finite range couples: an arrow from every site it reads to the site it writes to.

    Arrows end at the sites of the cell at the origin. Positive weights are red, negative ones blue, complex ones
    violet, large ones wide and dark; where they are few, their numbers stand beside them. A site's coupling with
    itself colours the ring around it. Of sites with several unknowns the norm of the matrix is shown, between bars.

    Parameters
    ----------
    operator : CrystalOperator
    ax : matplotlib axes, optional
        Of ``projection="3d"`` for three dimensions.

    Returns
    -------
    list of artists

    Raises
    ------
    InvalidArgumentError
        If the operator couples more than 1000 pairs of sites, the dimension is above three,
        or `ax` is of the wrong kind.
    FreeParametersError
        If its numbers have free parameters.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa.operators.pictures import draw_operator
    >>> artists = draw_operator(lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]))
    >>> sorted({artist.get_text() for artist in artists if hasattr(artist, "get_text")})
    ['-1', '4']
    """
    found = _Couplings.of(operator)
    lattice, dimension = operator.lattice, operator.lattice.dim
    view, around = _view(found)
    _, ax = figure_and_axes(ax, (7.0, 2.6) if dimension == 1 else view.figure_size, dimension)
    spacing = mean_spacing(lattice) / len(operator.domain.dof) ** (1 / dimension)
    diameter = max(3.5, marker_size(ax, 0.8 * spacing, view.sides))
    artists = [
        *cell(ax, lattice.vectors, INK, view.box, width=0.8, alpha=0.05),
        *points(ax, around, FAINT, 0.6 * diameter, shaded=False, zorder=2.4),
    ]
    other, own = ~found.local, found.local
    starts, ends = found.starts[other], found.ends[other]
    bent = overlapping(starts, ends, 1e-6 * spacing).tolist()
    drawn, places = curved_arrows(
        ax, starts, ends, _chosen(found.colours, other), _chosen(found.widths, other), bent, 0.5 * diameter + 1.0
    )
    artists += drawn
    for place, colour in zip(found.ends[own], _chosen(found.colours, own), strict=True):
        artists += points(ax, place[None], colour, 1.9 * diameter, shaded=False, zorder=2.7)
    artists += _sites(ax, found, diameter)
    few = len(found.texts) <= _MOST_WEIGHTS[dimension]
    if few:
        artists += weights(ax, places, _chosen(found.texts, other), _chosen(found.strong, other))
    artists += _captions(ax, found, diameter, with_weights=few)
    finish(ax, coordinate_names(dimension))
    return artists


@dataclass(frozen=True, slots=True, eq=False)
class _Couplings:
    """The pairs of sites that an operator couples, where they are and with what weight.

    Attributes
    ----------
    operator : CrystalOperator
    rows : (k,) numbers of the codomain's sites
    starts, ends : (k, d) Cartesian: the site read, the site of the cell at the origin written to
    local : (k,) bool, where these are one place
    texts : k str, the weights
    strong, colours : k colours of their signs, and the same paler for smaller weights
    widths : k numbers, in points
    """

    operator: CrystalOperator
    rows: NDArray[np.int64]
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    local: NDArray[np.bool_]
    texts: list[str]
    strong: list[Any]
    colours: list[Any]
    widths: list[float]

    @classmethod
    def of(cls, operator: CrystalOperator) -> _Couplings:
        """Return what an operator couples, at most as much as a picture shows."""
        domain, codomain, lattice = operator.domain, operator.codomain, operator.lattice
        check_drawable(lattice.dim, len(domain.dof) + len(codomain.dof), "operator", "sites")
        terms, rows, columns, blocks = _blocks(operator)
        if len(terms) > _MOST_COUPLINGS:
            raise InvalidArgumentError(f"operator: couples {len(terms)} pairs; up to {_MOST_COUPLINGS} can be drawn")
        starts = lattice.cartesian(operator.offsets[terms] + domain.sites[columns])
        ends = lattice.cartesian(codomain.sites[rows])
        local = np.abs(starts - ends).max(axis=1, initial=0.0) <= _ONE_PLACE * mean_spacing(lattice)
        scalar = max(*domain.dof, *codomain.dof) == 1
        values = [complex(block[0, 0]) if scalar else float(np.linalg.norm(block, 2)) for block in blocks]
        sizes = np.abs(np.array(values)) / max(float(np.abs(np.array(values)).max(initial=0.0)), 1e-300)
        strong = [SIGNS[_sign(value) if scalar else 2] for value in values]
        shares = np.sqrt(sizes).tolist()
        return cls(
            operator,
            rows,
            starts,
            ends,
            local,
            [_number(value) if scalar else f"|{abs(value):.3g}|" for value in values],
            strong,
            [fainter(colour, _PALEST + (1 - _PALEST) * share) for colour, share in zip(strong, shares, strict=True)],
            [_WIDTHS[0] + (_WIDTHS[1] - _WIDTHS[0]) * share for share in shares],
        )


def _blocks(
    operator: CrystalOperator,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], list[NDArray[Any]]]:
    """Return numbers of offset, row site and column site, and the matrix, wherever that is not zero."""
    matrices = to_numpy(operator.multipliers)
    if is_symbolic(matrices):
        try:
            matrices = matrices.astype(np.complex128)
        except TypeError:
            message = "operator: its numbers have free parameters; subs() gives them values"
            raise FreeParametersError(message) from None
    rows, columns = (np.cumsum([0, *crystal.dof]) for crystal in (operator.codomain, operator.domain))
    present = np.add.reduceat(np.add.reduceat(matrices != 0, rows[:-1], axis=1), columns[:-1], axis=2) > 0
    terms, first, second = np.nonzero(present)
    blocks = [
        matrices[term, rows[a] : rows[a + 1], columns[b] : columns[b + 1]]
        for term, a, b in zip(terms.tolist(), first.tolist(), second.tolist(), strict=True)
    ]
    return terms, first, second, blocks


def _chosen(entries: Sequence[Any], chosen: NDArray[np.bool_]) -> list[Any]:
    return [entry for entry, one in zip(entries, chosen.tolist(), strict=True) if one]


def _sign(value: complex) -> int:
    """Return which of the colours a number has."""
    if complex(value).imag != 0:
        return 2
    return int(complex(value).real > 0)


def _number(value: complex) -> str:
    """Return a number to three digits."""
    number = complex(value)
    if number.imag == 0:
        return f"{number.real:.3g}"
    imaginary = f"{number.imag:.3g}i"
    if number.real == 0:
        return imaginary
    return f"{number.real:.3g}{'' if imaginary.startswith('-') else '+'}{imaginary}"


def _view(found: _Couplings) -> tuple[View, NDArray[np.float64]]:
    """Return what the picture shows, and the sites in it that nothing couples, where they are few."""
    operator = found.operator
    lattice, domain = operator.lattice, operator.domain
    spacing = mean_spacing(lattice) / len(domain.dof) ** (1 / lattice.dim)
    everything = np.concatenate([found.starts, found.ends, *(lattice.cartesian(c.sites) for c in _crystals(operator))])
    margin = _MARGIN[lattice.dim] * spacing
    small = view_of(lattice, corners(lattice.vectors), margin, max(3**lattice.dim, _MOST_AROUND[lattice.dim]))
    lower = np.minimum(everything.min(axis=0) - margin, small.lower)
    upper = np.maximum(everything.max(axis=0) + margin, small.upper)
    view = View(lower, upper)
    most = _MOST_AROUND[lattice.dim]
    if view.candidates(lattice) * len(domain.dof) > 20 * most:
        return view, np.zeros((0, lattice.dim))
    places = np.concatenate([view.lattice_points(lattice, lattice.cartesian(site))[1] for site in domain.sites])
    return view, places if len(places) <= most else places[:0]


def _crystals(operator: CrystalOperator) -> tuple[Crystal, ...]:
    same = operator.domain.is_same_as(operator.codomain)
    return (operator.codomain,) if same else (operator.codomain, operator.domain)


def _sites(ax: Any, found: _Couplings, diameter: float) -> list[Any]:
    """Draw the sites that are read and those that are written to, with their names where there are several."""
    operator = found.operator
    lattice, codomain = operator.lattice, operator.codomain
    same = len(_crystals(operator)) == 1
    rows = lattice.cartesian(codomain.sites)
    read = np.unique(np.round(found.starts, 12), axis=0) if len(found.starts) else found.starts
    inner = points(ax, read, SOFT, 0.85 * diameter, "domain", shaded=False, zorder=3.0)
    outer = points(
        ax, rows, INK, (1.0 if same else 1.35) * diameter, "codomain", hollow=not same, shaded=False, zorder=3.1
    )
    artists = [*inner, *outer]
    if not same:
        artists += legend(ax, artists, ["domain" if inner else "codomain", "codomain"][-len(artists) :])
    return artists


def _captions(ax: Any, found: _Couplings, diameter: float, *, with_weights: bool) -> list[Any]:
    """Write names of sites, where there are several, and their couplings with themselves, away from the arrows."""
    codomain = found.operator.codomain
    named = len(set(codomain.labels)) > 1 and len(codomain.labels) <= _MOST_WEIGHTS[codomain.lattice.dim]
    parts = [[label] if named else [] for label in codomain.labels]
    colours = [INK] * len(parts)
    for number in np.flatnonzero(found.local).tolist() if with_weights else ():
        parts[found.rows[number]].append(found.texts[number])
        colours[found.rows[number]] = found.strong[number]
    places = codomain.lattice.cartesian(codomain.sites)
    directions = free_directions(ax, places, found.starts[~found.local], found.ends[~found.local])
    artists: list[Any] = []
    for place, direction, words, colour in zip(places, directions, parts, colours, strict=True):
        if words:
            artists += captions(ax, [place], [": ".join(words)], [direction], 0.95 * diameter + 3.0, colour, size=9.5)
    for text in artists:
        # Names are shown as they are, not as formulas that may have errors.
        text.set_parse_math(False)
    return artists
