"""The lattice that integer vectors generate, of any rank, and short coordinates in it."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["span"]

Vector = tuple[int, ...]


def span(vectors: Sequence[Sequence[int]]) -> tuple[tuple[Vector, ...], tuple[Vector, ...]]:
    """Return a basis of the lattice that vectors generate, and their coordinates in it, which have short ranges.

    Parameters
    ----------
    vectors : sequence of vectors of Python integers

    Returns
    -------
    basis : rows b_1 ... b_r, r the rank
    coordinates : a row z for each vector, with vector = sum of z_i b_i

    Notes
    -----
    Elimination by Euclid's algorithm; then basis vectors are added to one another as long as the coordinates' ranges
    shrink. Not unique, so nothing canonical may hang on it, but the same on every machine.

    Examples
    --------
    >>> span([(0, 0), (2, 2), (4, 4)])
    (((2, 2),), ((0,), (1,), (2,)))
    >>> span([(0, 0), (2, 0), (3, 5)])[1]
    ((0, 0), (0, 1), (1, 1))
    """
    basis = _echelon([list(vector) for vector in vectors])
    coordinates = [_coordinates(list(vector), basis) for vector in vectors]
    _shorten(basis, coordinates)
    return tuple(map(tuple, basis)), tuple(map(tuple, coordinates))


def _pivot(row: Sequence[int]) -> int:
    """Return the place of the first entry that is not zero, the length if there is none."""
    return next((place for place, entry in enumerate(row) if entry), len(row))


def _echelon(rows: list[list[int]]) -> list[list[int]]:
    """Return a basis of the rows' lattice whose first entries lie further right from row to row."""
    basis: list[list[int]] = []
    for column in range(len(rows[0]) if rows else 0):
        active = [row for row in rows if _pivot(row) == column]
        while len(active) > 1:
            active.sort(key=lambda row: abs(row[column]))
            smallest = active[0]
            for row in active[1:]:
                factor = row[column] // smallest[column]
                row[:] = [x - factor * y for x, y in zip(row, smallest, strict=True)]
            active = [row for row in active if row[column]]
        basis += [list(row) for row in active]
        rows = [row for row in rows if any(row) and _pivot(row) > column]
    return basis


def _coordinates(vector: list[int], basis: list[list[int]]) -> list[int]:
    found = []
    for row in basis:
        factor = vector[_pivot(row)] // row[_pivot(row)]
        vector = [x - factor * y for x, y in zip(vector, row, strict=True)]
        found.append(factor)
    return found


def _range(coordinates: list[list[int]], i: int, j: int | None = None, t: int = 0) -> int:
    """Return the range of coordinate i, less t times coordinate j."""
    values = [z[i] - (t * z[j] if j is not None else 0) for z in coordinates]
    return max(values) - min(values)


def _shorten(basis: list[list[int]], coordinates: list[list[int]]) -> None:
    """Replace b_j by b_j + t b_i, and so coordinate i by z_i - t z_j, while that range shrinks."""
    pairs = [(i, j) for i in range(len(basis)) for j in range(len(basis)) if i != j]
    shrinking = True
    while shrinking:
        shrinking = False
        for i, j in pairs:
            for t in (1, -1):
                while _range(coordinates, i, j, t) < _range(coordinates, i):
                    # As far as doubling the step helps: offsets may be huge.
                    step = t
                    while _range(coordinates, i, j, 2 * step) < _range(coordinates, i, j, step):
                        step *= 2
                    basis[j] = [x + step * y for x, y in zip(basis[j], basis[i], strict=True)]
                    for z in coordinates:
                        z[i] -= step * z[j]
                    shrinking = True
