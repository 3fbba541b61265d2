"""The bands of a crystal with given hopping as facts, text and a picture, for ``crystal-lfa lattice --bands``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import CrystalError, InvalidArgumentError
from crystal_lfa.geometry import Crystal
from crystal_lfa.geometry.descriptions.facts import describe
from crystal_lfa.geometry.shells import Shell
from crystal_lfa.geometry.zones import Path
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.spectra.bands import Bands, bands

__all__ = ["BandReport", "report_bands"]

_MOST_UNKNOWNS = 200
"""Of a cell, whose bands are still for people to look at."""

_MOST_COLUMNS = 8
"""Bands whose values at the corners fit a line."""

_ROUNDING = 1e-12
"""What counts as 0 beside the largest eigenvalue."""


@dataclass(frozen=True, slots=True, eq=False)
class BandReport:
    """The bands of electrons that hop between the sites of a crystal; `report_bands` makes it.

    Attributes
    ----------
    bands : Bands
    shells : tuple of Shell
        Of the neighbours that are hopped to.
    hopping : tuple of float, one a shell
    """

    bands: Bands
    shells: tuple[Shell, ...]
    hopping: tuple[float, ...]

    def facts(self) -> dict[str, Any]:
        """Return what a JSON file holds: lists, numbers and text.

        ``{hopping: [{distance, value}], path, ticks: [{distance, label}], frequencies, distance, values}``; row i of
        ``values`` has the bands at ``frequencies[i]``, fractional coordinates of the dual vectors, ascending.
        """
        found = self.bands
        return {
            "hopping": [
                {"distance": shell.distance, "value": value}
                for shell, value in zip(self.shells, self.hopping, strict=True)
            ],
            "path": list(found.path.labels),
            "ticks": [{"distance": distance, "label": label} for distance, label in found.ticks],
            "frequencies": (found.frequencies + 0.0).tolist(),
            "distance": found.distance.tolist(),
            "values": (self._values + 0.0).tolist(),
        }

    def to_text(self) -> str:
        """Return, for people to read, every band's ends along the path, and its values at the corners."""
        return "\n".join(line.rstrip() for line in self._lines())

    def figure(self) -> Any:
        """Draw the path in the Brillouin zone and the bands along it, side by side; return the figure.

        Raises
        ------
        InvalidArgumentError
            If the dimension is above three.
        """
        from crystal_lfa.drawing.bands import path_and_bands

        figure, left, right = path_and_bands(self.bands.operator.lattice.dim)
        self.bands.path.plot(left)
        self.bands.plot(right)
        return figure

    @property
    def _values(self) -> NDArray[np.float64]:
        """The bands, with what is 0 but for rounding as 0."""
        values = np.asarray(self.bands.values, dtype=np.float64)
        return np.where(np.abs(values) <= _ROUNDING * np.abs(values).max(initial=0.0), 0.0, values)

    @property
    def _corners(self) -> list[tuple[str, int]]:
        """The letters of the path's corners, each once, and the numbers of their frequencies."""
        distance = self.bands.distance
        found: dict[str, int] = {}
        for place, label in self.bands.ticks:
            # A jump has two frequencies at one distance.
            numbers = np.flatnonzero(distance == place).tolist()
            for letter, number in zip(label.split("|"), numbers, strict=True):
                found.setdefault(letter, number)
        return list(found.items())

    def _lines(self) -> Iterator[str]:
        values, corners = self._values, self._corners
        terms = [
            f"{value:.6g} to neighbours at {shell.distance:.6g}"
            for shell, value in zip(self.shells, self.hopping, strict=True)
        ]
        for name, text in zip(["hopping", *[""] * (len(terms) - 1)], terms, strict=True):
            yield f"{name:<22}  {text}"
        yield f"{'bands along':<22}  {' '.join(self.bands.path.labels)}, {len(values)} frequencies"
        yield ""
        rows = [
            [str(number), f"{band.min():.6g}", self._where(band, band.min()), f"{band.max():.6g}", *self._end(band)]
            for number, band in enumerate(values.T, 1)
        ]
        yield from _table(["band", "minimum", "at", "maximum", "at"], rows)
        yield ""
        for start in range(0, values.shape[1], _MOST_COLUMNS):
            chosen = range(start, min(start + _MOST_COLUMNS, values.shape[1]))
            rows = [[letter, *(f"{values[row, band]:.6g}" for band in chosen)] for letter, row in corners]
            yield from _table(["corner", *(f"band {band + 1}" for band in chosen)], rows)

    def _end(self, band: NDArray[np.float64]) -> list[str]:
        """Return where a band has its maximum; where that is everywhere, it is flat."""
        return ["flat"] if self._is_flat(band) else [self._where(band, band.max())]

    def _where(self, band: NDArray[np.float64], value: float) -> str:
        """Return the corners where a band has this value, or else the first frequency that has it."""
        if self._is_flat(band):
            return "flat"
        there = np.abs(band - value) <= _ROUNDING * self._size
        letters = [letter for letter, number in self._corners if there[number]]
        if letters:
            return ", ".join(letters)
        return f"({', '.join(f'{x:.4g}' for x in self.bands.frequencies[there.argmax()])})"

    def _is_flat(self, band: NDArray[np.float64]) -> bool:
        return bool(np.ptp(band) <= _ROUNDING * self._size)

    @property
    def _size(self) -> float:
        return float(np.abs(self.bands.values).max(initial=0.0))


def report_bands(
    crystal: Crystal, corners: Sequence[Any] | None = None, hopping: Sequence[float] = (-1,)
) -> BandReport:
    """Return the bands of electrons that hop on a crystal: tight binding.

    Parameters
    ----------
    crystal : Crystal
        Sites with several unknowns have equally many; each hops to its like.
    corners : sequence, optional
        As `Lattice.path` takes them; default the usual path.
    hopping : sequence of numbers
        To the nearest neighbours, the next distance, and so on.

    Raises
    ------
    InvalidArgumentError
        If the path is none of the lattice, neighbours differ in their number of unknowns, a hopping is not finite,
        or there is too much to do; the message begins with the option of the command.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa.spectra.band_report import report_bands
    >>> print(report_bands(lfa.crystals.kagome()).to_text())
    hopping                 -1 to neighbours at 0.5
    bands along             G M K G, 200 frequencies
    <BLANKLINE>
    band  minimum    at  maximum    at
       1       -4     G       -1     K
       2       -1     K        2     G
       3        2  flat        2  flat
    <BLANKLINE>
    corner  band 1  band 2  band 3
         G      -4       2       2
         M      -2       0       2
         K      -1      -1       2
    """
    path = _path(crystal, corners)
    if crystal.size > _MOST_UNKNOWNS:
        message = f"--bands: the cell has {crystal.size} unknowns; bands of up to {_MOST_UNKNOWNS} are described"
        raise InvalidArgumentError(message)
    if len(set(crystal.dof)) > 1:
        message = f"--bands: the sites have {min(crystal.dof)} to {max(crystal.dof)} unknowns; one number is needed"
        raise InvalidArgumentError(message)
    values = tuple(float(value) for value in hopping)
    if not values or not np.isfinite(values).all():
        message = f"--hopping: got {list(hopping)}; finite numbers, one a shell of neighbours, are needed"
        raise InvalidArgumentError(message)
    try:
        shells = describe(crystal, shells=len(values)).shells
    except CrystalError as error:
        raise type(error)(f"--hopping: {error}") from None
    unit = np.eye(crystal.dof[0])
    couplings = [
        (a, b, offset, value * unit)
        for shell, value in zip(shells, values, strict=True)
        for a, b, offset in shell.bonds
    ]
    operator = CrystalOperator.from_couplings(crystal, crystal, couplings)
    return BandReport(bands(operator, path), shells, values)


def _path(crystal: Crystal, corners: Sequence[Any] | None) -> Path:
    try:
        return crystal.lattice.path(corners)
    except CrystalError as error:
        raise type(error)(f"--bands: {error}") from None


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    for line in lines:
        yield "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
