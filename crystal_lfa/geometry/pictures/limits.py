"""What all pictures have in common: how much they hold, and what things are called."""

from __future__ import annotations

from crystal_lfa.drawing.axes import check_dimension
from crystal_lfa.errors import InvalidArgumentError

__all__ = ["MOST_POINTS", "check_drawable", "check_over_zone", "coordinate_names", "vector_names"]

MOST_POINTS = 5000
"""Points of a torus, or sites of a cell, above which a picture shows nothing any more."""


def check_drawable(dimension: int, number: int = 0, argument: str = "", things: str = "") -> None:
    """Refuse to draw what a picture cannot show, before any work.

    Raises
    ------
    InvalidArgumentError
        If the dimension is above three, or there are more things than `MOST_POINTS`.
    """
    check_dimension(dimension)
    if number > MOST_POINTS:
        raise InvalidArgumentError(f"{argument}: has {number} {things}; up to {MOST_POINTS} can be drawn")


def check_over_zone(dimension: int, instead: str) -> None:
    """Refuse to draw over the zone of a torus what no plane picture shows.

    Raises
    ------
    InvalidArgumentError
        If the dimension is above two; it says what is drawn instead.
    """
    if dimension > 2:
        message = f"torus: it has dimension {dimension}; values over the Brillouin zone are drawn in dimensions 1 and 2"
        raise InvalidArgumentError(f"{message}{instead}")


def coordinate_names(dimension: int, what: str = "") -> list[str]:
    """Return the names of the Cartesian coordinates."""
    return [f"{what}{axis}" for axis in "xyz"[:dimension]]


def vector_names(letter: str, dimension: int) -> list[str]:
    """Return the names of vectors: a₁, a₂ and so on."""
    return [f"{letter}{number}" for number in "₁₂₃"[:dimension]]
