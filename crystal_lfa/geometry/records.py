"""Lattices, crystals, tori and paths as plain text and lists for files, exactly: no digit is lost."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

from crystal_lfa.geometry.crystal import Crystal
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.lattice import Lattice
from crystal_lfa.geometry.torus import Torus
from crystal_lfa.geometry.zones.path import Path

__all__ = ["recorded", "restored"]

_FRACTION = re.compile(r"-?[0-9]{1,1000}(?:/[0-9]{1,1000})?")


def recorded(place: Crystal | Lattice | Path | Torus) -> dict[str, Any]:
    """Return what JSON holds of a place."""
    match place:
        case Lattice():
            root = [[x.hex() for x in row] for row in place.root]
            return {"root": root, "matrix": [_texts(row) for row in place.exact_matrix]}
        case Crystal():
            sites = [_texts(site) for site in place.exact_sites]
            own = {"sites": sites, "dof": list(place.dof), "labels": list(place.labels)}
        case Torus():
            own = {"periods": [list(row) for row in place.period_vectors], "twist": _texts(place.exact_twist)}
        case Path():
            lines = [[[x.hex() for x in corner] for corner in line] for line in place.lines]
            own = {"labels": list(place.labels), "lines": lines}
    return {"lattice": recorded(place.lattice), **own}


def restored(kind: type[Any], record: dict[str, Any]) -> Any:
    """Return the place of a kind that `recorded` has described.

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError, ArithmeticError
        If the record is that of no such place.
    """
    if kind is Lattice:
        return _lattice(record)
    lattice = restored(Lattice, record["lattice"])
    if kind is Crystal:
        sites = [[_fraction(x) for x in site] for site in record["sites"]]
        return Crystal(lattice, sites, record["dof"], record["labels"])
    if kind is Torus:
        return Torus(lattice, record["periods"], [_fraction(x) for x in record["twist"]])
    return _path(lattice, record)


def _lattice(record: dict[str, Any]) -> Lattice:
    root = Lattice([[float.fromhex(x) for x in row] for row in zip(*record["root"], strict=True)])
    matrix = tuple(tuple(_fraction(x) for x in row) for row in record["matrix"])
    if {len(matrix), *map(len, matrix)} != {root.dim} or rationals.determinant(matrix) == 0:
        raise ValueError(f"the matrix {record['matrix']} makes no basis of {root!r}")
    return root.derived(matrix)


def _path(lattice: Lattice, record: dict[str, Any]) -> Path:
    labels = tuple(record["labels"])
    lines = [[tuple(float.fromhex(x) for x in corner) for corner in line] for line in record["lines"]]
    corners = [corner for line in lines for corner in line]
    sound = (
        len(labels) == len(lines) + 1 > 1
        and all(isinstance(label, str) for label in labels)
        and all(len(corner) == lattice.dim and all(map(math.isfinite, corner)) for corner in corners)
        and all(start != end for start, end in lines)
    )
    if not sound:
        raise ValueError(f"lines {record['lines']} with labels {labels} are no path")
    return Path.of_lines(lattice, labels, tuple((start, end) for start, end in lines))


def _texts(row: tuple[Fraction, ...]) -> list[str]:
    return [str(x) for x in row]


def _fraction(text: str) -> Fraction:
    if _FRACTION.fullmatch(text) is None:
        raise ValueError(f"{text[:50]!r} is no fraction")
    return Fraction(text)
