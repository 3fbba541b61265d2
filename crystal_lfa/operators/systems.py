"""Systems of operators: blocks of several fields become one operator on one crystal."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry import Crystal
from crystal_lfa.geometry.sites import Places, Site
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.constructors import zero
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.meeting import common_lattice

__all__ = ["block"]


def block(operators: Sequence[Sequence[Any]]) -> Operator:
    """Return the operator of a system: rows of operators that map several fields to several others.

    Fields on one position, modulo the lattice, become unknowns of one site, in the order of the blocks.

    Parameters
    ----------
    operators : rows of operators; 0 for a block that vanishes
        Those of a row have equal codomains, those of a column equal domains.

    Raises
    ------
    InvalidArgumentError
        If rows differ in length, or a row or column has no operator.
    CrystalMismatchError
        If the crystals of a row or column differ.

    Examples
    --------
    The gradient of a line, from points to edges, and minus its adjoint:

    >>> import crystal_lfa as lfa
    >>> points = lfa.Crystal(lfa.lattices.integer(1))
    >>> gradient = lfa.CrystalOperator(points, points.shifted([0.5]), {0: -1, 1: 1})
    >>> wave = lfa.block([[0, -gradient.H], [gradient, 0]])
    >>> wave.domain.sites.tolist(), wave.shape
    ([[0.0], [0.5]], (2, 2))
    """
    rows = _read(operators)
    columns = list(zip(*rows, strict=True))
    lattice = reduce(common_lattice, (op.lattice for row in rows for op in row if op is not None))
    domain, from_fields = _together([_first(column).domain.supercell(lattice) for column in columns])
    codomain, to_fields = _together([_first(row).codomain.supercell(lattice) for row in rows])
    total: Operator = zero(domain, codomain)
    for row, outward in zip(rows, to_fields, strict=True):
        for operator, inward in zip(row, from_fields, strict=True):
            if operator is not None:
                total = total + outward @ operator @ inward.H
    return total


def _read(operators: Any) -> list[list[Operator | None]]:
    try:
        rows = [list(row) for row in operators]
    except TypeError:
        raise InvalidArgumentError(f"operators: got {operators!r}; a list of rows of operators is needed") from None
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        message = f"operators: got rows of lengths {[len(row) for row in rows]}; equal ones, not zero, are needed"
        raise InvalidArgumentError(message)
    for entry in (entry for row in rows for entry in row):
        if not isinstance(entry, Operator) and not (isinstance(entry, int | float) and entry == 0):
            raise InvalidArgumentError(f"operators: got {entry!r}; an operator, or 0, is needed")
    found = [[entry if isinstance(entry, Operator) else None for entry in row] for row in rows]
    for lines, name in ((found, "row"), (list(zip(*found, strict=True)), "column")):
        for number, line in enumerate(lines):
            if all(entry is None for entry in line):
                message = f"operators: {name} {number} has no operator, so its crystal is unknown; "
                raise InvalidArgumentError(f"{message}zero(domain, codomain) gives one")
    return found


def _first(line: Sequence[Operator | None]) -> Operator:
    return next(entry for entry in line if entry is not None)


def _together(fields: list[Crystal]) -> tuple[Crystal, list[CrystalOperator]]:
    """Return the crystal of all fields together, and the operators that put each field into it."""
    places = Places()
    sites: list[Site] = []
    unknowns: list[list[int]] = []
    labels: list[str] = []
    homes: list[list[tuple[int, tuple[int, ...], int]]] = []
    for field in fields:
        homes.append([])
        seen = field.in_basis_of(fields[0].lattice)
        for site, dof, label in zip(seen.exact_sites, seen.dof, seen.labels, strict=True):
            number = places.find(site)
            if number is None:
                number = len(sites)
                places.add(site, number)
                sites.append(site)
                unknowns.append([])
                labels.append(label)
            shift = tuple(round(a - b) for a, b in zip(sites[number], site, strict=True))
            homes[-1].append((number, shift, sum(unknowns[number])))
            unknowns[number].append(dof)
    crystal = Crystal(fields[0].lattice, sites, [sum(dof) for dof in unknowns], _told_apart(labels))
    return crystal, [_placing(field, crystal, home) for field, home in zip(fields, homes, strict=True)]


def _told_apart(labels: list[str]) -> list[str] | None:
    """Return names for the sites, None where two fields use one name for different sites."""
    return labels if len(set(labels)) == len(labels) else None


def _placing(field: Crystal, crystal: Crystal, homes: list[tuple[int, tuple[int, ...], int]]) -> CrystalOperator:
    """Return the operator that puts a field into the crystal: (Q f)(z)[site] = f(z + shift)[its own site]."""
    starts = np.concatenate([[0], np.cumsum(crystal.dof)])
    multipliers: dict[tuple[int, ...], Any] = {}
    column = 0
    for (number, shift, before), dof in zip(homes, field.dof, strict=True):
        matrix = multipliers.setdefault(shift, np.zeros((crystal.size, field.size)))
        row = int(starts[number]) + before
        matrix[row : row + dof, column : column + dof] = np.eye(dof)
        column += dof
    return CrystalOperator(field.in_basis_of(crystal.lattice), crystal, multipliers)
