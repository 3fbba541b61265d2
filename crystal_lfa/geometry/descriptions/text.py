"""The facts about a crystal as text, for people to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from crystal_lfa.geometry.sites import readable
from crystal_lfa.outputs import printable

if TYPE_CHECKING:
    from crystal_lfa.geometry.descriptions.facts import Description
    from crystal_lfa.geometry.shells import Shell
    from crystal_lfa.geometry.torus import Torus

__all__ = ["as_text"]

_MOST_ROWS = 16
"""Of a table; of a longer one the first."""

_MOST_NAMES = 6
"""Sites whose coordination is told one by one."""

_ROUNDING = 1e-14
"""What counts as 0 beside 1."""


def as_text(description: Description) -> str:
    """Return the facts, numbers rounded to six digits, long lists cut."""
    return "\n".join(line.rstrip() for line in _lines(description))


def _lines(description: Description) -> Iterator[str]:
    crystal, lattice, symmetry = description.crystal, description.crystal.lattice, description.symmetry
    yield (
        f"{printable(description.name)}: {_count(lattice.dim, 'dimension')}, "
        f"{_count(len(crystal.exact_sites), 'site')} and {_count(crystal.size, 'unknown')} a cell"
    )
    yield ""
    yield from _fields("primitive vectors", _vectors("a", lattice.vectors))
    yield from _fields("cell volume", [f"{lattice.cell_volume:.6g}"])
    yield from _fields("dual vectors (no 2 pi)", _vectors("b", lattice.dual.vectors))
    yield from _fields("kind of lattice", [symmetry.kind if symmetry else _unknown_kind(description.nearly)])
    if symmetry:
        points = [f"{letter} ({', '.join(readable(x) for x in point)})" for letter, point in symmetry.points.items()]
        yield from _fields("high-symmetry points", points)
        yield from _fields("usual path", [" ".join(symmetry.path)])
    yield ""
    rows = [
        [printable(label), *(readable(x) for x in site), str(dof)]
        for label, site, dof in zip(crystal.labels, crystal.exact_sites, crystal.dof, strict=True)
    ]
    yield from _table(["site", "fractional", *[""] * (lattice.dim - 1), "dof"], rows, len(rows), left=0)
    if description.shells:
        yield ""
        rows = [[f"{s.distance:.6g}", _coordination(s, crystal.labels)] for s in description.shells]
        yield from _table(["neighbours at", "how many"], rows, len(rows), left=1)
    if description.torus is not None:
        yield ""
        yield from _torus_lines(description.torus)


def _unknown_kind(nearly: str | None) -> str:
    if nearly is None:
        return "none of those known here"
    return f"none of those known here; nearly {nearly}: are ten digits of the vectors given?"


def _torus_lines(torus: Torus) -> Iterator[str]:
    yield from _fields("torus", [_count(torus.order, "point")])
    yield from _fields("periods", _vectors("p", torus.period_vectors))
    yield from _fields("twist", [", ".join(readable(x) for x in torus.exact_twist)])
    yield from _fields("shape", [" x ".join(map(str, torus.shape))])
    yield from _fields("invariant factors", [", ".join(map(str, torus.invariant_factors))])
    yield ""
    frequencies = torus.frequencies_at(np.arange(min(torus.order, _MOST_ROWS)))
    cartesian = torus.lattice.dual.cartesian(frequencies)
    rows = [
        [str(number), *fractional, *place]
        for number, (fractional, place) in enumerate(zip(_numbers(frequencies), _numbers(cartesian), strict=True))
    ]
    gap = [""] * (torus.lattice.dim - 1)
    yield from _table(["frequency", "fractional", *gap, "Cartesian", *gap], rows, torus.order)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _fields(name: str, values: Iterable[str]) -> Iterator[str]:
    """Yield values one below the other, beside their name."""
    for value in values:
        yield f"{name:<22}  {value}"
        name = ""


def _vectors(letter: str, rows: ArrayLike) -> Iterator[str]:
    table = np.asarray(rows)
    texts = [[str(x) for x in row] for row in table.tolist()] if table.dtype.kind in "iO" else _numbers(table)
    for number, row in enumerate(texts, 1):
        yield f"{letter}{number} = ({', '.join(row)})"


def _numbers(rows: Any) -> list[list[str]]:
    """Return numbers to six digits; what is 0 but for rounding, beside the others of its row, as 0."""
    array = np.asarray(rows, dtype=np.float64)
    small = np.abs(array) <= _ROUNDING * np.abs(array).max(axis=1, keepdims=True)
    return [[f"{x:.6g}" for x in row] for row in np.where(small, 0.0, array).tolist()]


def _coordination(shell: Shell, labels: Sequence[str]) -> str:
    numbers = shell.coordination
    if len(set(numbers)) == 1:
        return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} each"
    if len(numbers) <= _MOST_NAMES:
        return ", ".join(f"{printable(label)} {number}" for label, number in zip(labels, numbers, strict=True))
    return f"{min(numbers)} to {max(numbers)}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], total: int, left: int = -1) -> Iterator[str]:
    """Yield the first rows, aligned at their right ends but for one column, and how many more there are."""
    shown = [header, *rows[:_MOST_ROWS]]
    widths = [max(len(row[i]) for row in shown) for i in range(len(header))]
    for row in shown:
        cells = enumerate(zip(row, widths, strict=True))
        yield "  ".join(cell.ljust(width) if i == left else cell.rjust(width) for i, (cell, width) in cells)
    if total > len(shown) - 1:
        yield f"... and {total - len(shown) + 1} more"
