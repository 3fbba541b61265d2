"""Paths through the dual space, along which bands are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError, NotFiniteError
from crystal_lfa.geometry.exact.integers import as_integer, axes_of
from crystal_lfa.geometry.lattice import Lattice
from crystal_lfa.geometry.zones.symmetry_points import SymmetryPoints, nearly, symmetry_points

__all__ = ["Path", "PathPoints"]

Corner = tuple[float, ...]


class PathPoints(NamedTuple):
    """Frequencies along a path.

    Attributes
    ----------
    frequencies : (n, d) float64, fractional coordinates of the dual basis, not reduced
    distance : (n,) float64
        Cartesian length from the start, without 2 pi; a jump has none.
    ticks : tuple of (distance, label)
        Where the corners lie.
    """

    frequencies: NDArray[np.float64]
    distance: NDArray[np.float64]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class Path:
    """Straight lines from corner to corner in the dual space of a lattice; `Lattice.path` makes it.

    Parameters
    ----------
    lattice : Lattice
    corners : sequence, optional
        Of letters of the lattice's high-symmetry points ("G", also written "Γ", is 0), of two letters with a bar
        between, ``"U|K"``, where the path jumps, or of d fractional coordinates of the dual basis each. Default the
        usual path of this kind of lattice.

    Attributes
    ----------
    lattice : Lattice
    labels : tuple of str
        One a corner; coordinates are labelled by themselves.
    lines : tuple of (start, end)
        Fractional coordinates, one pair a line.

    Raises
    ------
    InvalidArgumentError
        If a letter is none of the lattice's, coordinates are not d numbers, or there are fewer than two corners, two
        equal ones in a row, or a jump at an end.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> path = lfa.lattices.square().path(["G", "X", "M", "G"])
    >>> path.length
    1.707...
    >>> path.sample(5).ticks
    ((0.0, 'G'), (0.5, 'X'), (1.0, 'M'), (1.707..., 'G'))
    """

    lattice: Lattice
    labels: tuple[str, ...]
    lines: tuple[tuple[Corner, Corner], ...]

    def __init__(self, lattice: Lattice, corners: Any = None) -> None:
        known = symmetry_points(lattice)
        if corners is None:
            corners = _usual_corners(lattice, known)
        if not isinstance(corners, str) and axes_of(corners) == 0:
            raise InvalidArgumentError(f"corners: got {corners!r}; a list of letters or coordinates is needed")
        entries = list(corners)
        if len(entries) < 2:
            raise InvalidArgumentError(f"corners: got {corners!r}; a path needs at least two")
        ends = [_read_corner(entry, lattice, known) for entry in entries]
        if len(ends[0][1]) + len(ends[-1][1]) > 2:
            raise InvalidArgumentError(f"corners: got {corners!r}; a path cannot begin or end with a jump")
        lines = tuple((a[-1], b[0]) for (_, a), (_, b) in pairwise(ends))
        for (start, end), (label, _) in zip(lines, ends[1:], strict=True):
            if start == end:
                raise InvalidArgumentError(f"corners: got {label} twice in a row; each line needs two different ends")
        object.__setattr__(self, "lattice", lattice)
        object.__setattr__(self, "labels", tuple(label for label, _ in ends))
        object.__setattr__(self, "lines", lines)

    @classmethod
    def of_lines(cls, lattice: Lattice, labels: tuple[str, ...], lines: tuple[tuple[Corner, Corner], ...]) -> Path:
        """Return the path with attributes that a path has had."""
        path = object.__new__(cls)
        for name, value in (("lattice", lattice), ("labels", labels), ("lines", lines)):
            object.__setattr__(path, name, value)
        return path

    @property
    def lengths(self) -> tuple[float, ...]:
        """The Cartesian length of each line, without 2 pi."""
        dual = self.lattice.dual
        return tuple(float(np.linalg.norm(dual.cartesian(np.subtract(b, a)))) for a, b in self.lines)

    @property
    def length(self) -> float:
        """The Cartesian length of the path, without 2 pi; jumps have none."""
        return sum(self.lengths)

    def sample(self, points: int = 200) -> PathPoints:
        """Return about `points` frequencies along the path, evenly spaced on each line, with both ends of each.

        Raises
        ------
        InvalidArgumentError
            If `points` is smaller than two.
        """
        wanted = as_integer(points, "points")
        if wanted < 2:
            raise InvalidArgumentError(f"points: got {wanted}; at least two are needed")
        frequencies: list[NDArray[np.float64]] = []
        distance: list[NDArray[np.float64]] = []
        ticks = [(0.0, self.labels[0])]
        for number, ((start, end), length) in enumerate(zip(self.lines, self.lengths, strict=True)):
            steps = max(1, round(length / self.length * (wanted - 1)))
            # The first point of a line is the last of the line before, unless the path jumps between.
            shared = number > 0 and self.lines[number - 1][1] == start
            shares = np.arange(int(shared), steps + 1) / steps
            frequencies.append(np.array(start) * (1 - shares[:, None]) + np.array(end) * shares[:, None])
            distance.append(ticks[-1][0] + shares * length)
            ticks.append((ticks[-1][0] + length, self.labels[number + 1]))
        sampled = np.concatenate(frequencies), np.concatenate(distance)
        for array in sampled:
            array.flags.writeable = False
        return PathPoints(*sampled, tuple(ticks))

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the path in the first Brillouin zone (1 to 3 dimensions); return the artists."""
        from crystal_lfa.geometry.pictures import draw_path

        return draw_path(self, ax)

    def __repr__(self) -> str:
        return f"{self.lattice!r}.path({list(self.labels)})"


def _usual_corners(lattice: Lattice, known: SymmetryPoints | None) -> Sequence[str]:
    if known is None:
        kind = nearly(lattice)
        close = f" (nearly {kind}: are ten digits of its vectors given?)" if kind else ""
        message = f"corners: {lattice!r} is of a kind without usual path here{close}; give fractional coordinates"
        raise InvalidArgumentError(message)
    return known.path


def _read_corner(entry: Any, lattice: Lattice, known: SymmetryPoints | None) -> tuple[str, tuple[Corner, ...]]:
    """Return a corner's label and its one point, or the two between which the path jumps there."""
    if isinstance(entry, str):
        letters = entry.replace("Γ", "G").split("|")
        if len(letters) > 2:
            raise InvalidArgumentError(f"corners: got {entry!r}; a jump has two letters")
        return "|".join(letters), tuple(_named(letter, lattice, known) for letter in letters)
    point = np.asarray(entry if axes_of(entry) < 2 else None)
    if point.dtype.kind not in "iuf" or point.shape != (lattice.dim,):
        message = f"corners: got {entry!r}; a letter or {lattice.dim} fractional coordinates are needed"
        raise InvalidArgumentError(message)
    if not np.isfinite(point).all():
        raise NotFiniteError(f"corners: got {entry!r}; finite coordinates are needed")
    coordinates = tuple(point.astype(np.float64).tolist())
    return f"({', '.join(f'{x:.4g}' for x in coordinates)})", (coordinates,)


def _named(letter: str, lattice: Lattice, known: SymmetryPoints | None) -> Corner:
    if letter == "G":
        return (0.0,) * lattice.dim
    if known is None:
        message = f"corners: {lattice!r} is of a kind without named points here but 'G'; give fractional coordinates"
        raise InvalidArgumentError(f"{message} instead of {letter!r}")
    if letter not in known.points:
        names = ", ".join(known.points)
        raise InvalidArgumentError(f"corners: got {letter!r}; the points of a {known.kind} lattice are {names}")
    return tuple(float(x) for x in known.points[letter])
