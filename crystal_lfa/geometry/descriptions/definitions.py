"""Crystals as text: a name with parameters, or a TOML file; for the command ``crystal-lfa lattice``."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crystal_lfa.errors import InvalidArgumentError, TorusError
from crystal_lfa.files import as_path, read_toml
from crystal_lfa.geometry import crystals, lattices
from crystal_lfa.geometry.crystal import Crystal, as_crystal
from crystal_lfa.geometry.descriptions.entries import (
    Number,
    located,
    read_integer,
    read_numbers,
    read_periods,
    read_turns,
    shown,
)
from crystal_lfa.geometry.exact.integers import IntegerMatrix
from crystal_lfa.geometry.lattice import Lattice
from crystal_lfa.geometry.torus import Torus

__all__ = ["KEYS", "Definition", "named", "parameters_of", "read_definition"]

KEYS = ("vectors", "sites", "cartesian", "dof", "labels", "torus", "twist")
"""Of a TOML file; only the first is required."""

_MOST_DIMENSIONS, _MOST_SITES = 8, 5000
"""More would be a slip, and take long."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a name or a file defines.

    Attributes
    ----------
    name : str
        The name with its parameters, or that of the file.
    crystal : Crystal
    is_lattice : bool
        Whether it was given without sites, dof and labels.
    periods, twist
        Those of a torus, where a file has them; one entry or row a direction.
    """

    name: str
    crystal: Crystal
    is_lattice: bool
    periods: IntegerMatrix | None = None
    twist: tuple[Number, ...] | None = None

    def torus(self, periods: Sequence[int] | None = None, twist: Sequence[Number] | None = None) -> Torus | None:
        """Return the torus that the command line gives, or else the file; None where neither has periods.

        Parameters
        ----------
        periods : one integer, one a direction, or the period vectors row by row
        twist : one number, or one a period

        Raises
        ------
        TorusError
            If they are of another number or make no torus, or there is a twist without periods.
        """
        size = self.crystal.lattice.dim
        turns = self.twist if twist is None else read_turns(twist, size, "--twist")
        rows, where = self.periods, f"{self.name}: torus"
        if periods is not None:
            rows, where = read_periods(periods, size, "--torus"), "--torus"
        if rows is not None:
            with located(where):
                return self.crystal.lattice.torus(rows, turns)
        if twist is not None:
            raise TorusError("--twist: got one, but no torus; --torus is needed as well")
        return None


def named() -> dict[str, Callable[..., Lattice | Crystal]]:
    """Return the functions that make named lattices and crystals, by their names."""
    functions = {name: getattr(module, name) for module in (lattices, crystals) for name in module.__all__}
    kinds = {kind.__name__ for kind in (Lattice, Crystal)}
    return {name: f for name, f in functions.items() if inspect.signature(f).return_annotation in kinds}


def parameters_of(name: str) -> str:
    """Return the names of the parameters of a named lattice or crystal, those that may be left out in brackets."""
    wanted = inspect.signature(named()[name]).parameters.values()
    return " ".join(one.name if one.default is one.empty else f"[{one.name}]" for one in wanted)


def read_definition(source: str, parameters: Sequence[Number] = ()) -> Definition:
    """Return what a name with parameters, or a TOML file, defines.

    Raises
    ------
    InvalidArgumentError
        If there is no such name or file, the parameters do not fit, or the file is malformed; the message says where.

    Examples
    --------
    >>> from crystal_lfa.geometry.descriptions.definitions import read_definition
    >>> read_definition("rectangular", [1, 2]).name
    'rectangular(a=1, b=2)'
    """
    if source in named():
        return _from_name(source, parameters)
    path = as_path(source, "NAME")
    if not os.path.lexists(path):
        is_path = len(path.parts) > 1 or path.suffix
        what = "there is no such file" if is_path else "this is neither a name nor a file"
        raise InvalidArgumentError(f"{source}: {what}; a TOML file or one of {', '.join(sorted(named()))} is needed")
    if parameters:
        raise InvalidArgumentError(f"{source}: --parameters belong to names; a file has its numbers in itself")
    return _from_file(path)


def _from_name(name: str, parameters: Sequence[Number]) -> Definition:
    make = named()[name]
    wanted = list(inspect.signature(make).parameters.values())
    missing = [one.name for one in wanted[len(parameters) :] if one.default is one.empty]
    if missing or len(parameters) > len(wanted):
        lacks = f"; {', '.join(missing)} missing" if missing else ""
        raise InvalidArgumentError(f"{name}: --parameters: got {len(parameters)} of {parameters_of(name)}{lacks}")
    values: dict[str, Any] = {}
    for one, value in zip(wanted, parameters, strict=False):
        is_integer = one.annotation == int.__name__
        values[one.name] = read_integer(value, f"{name}: {one.name}") if is_integer else float(value)
    with located(name):
        _check_size("dimension", values.get("dimension", 1), _MOST_DIMENSIONS)
        made = make(**values)
    texts = ", ".join(f"{key}={value:.12g}" for key, value in values.items())
    return Definition(f"{name}({texts})" if texts else name, as_crystal(made, name), isinstance(made, Lattice))


def _from_file(path: Path) -> Definition:
    table, _ = read_toml(path, "its contents")
    with located(str(path)):
        for key in table:
            if key not in KEYS:
                raise InvalidArgumentError(f"unknown key {shown(key)}; valid keys are {', '.join(KEYS)}")
        crystal = _crystal(table)
        size = crystal.lattice.dim
        return Definition(
            str(path),
            crystal,
            is_lattice=table.keys().isdisjoint({"sites", "dof", "labels"}),
            periods=read_periods(_flat(table["torus"]), size, "torus") if "torus" in table else None,
            twist=read_turns(_listed(table["twist"]), size, "twist") if "twist" in table else None,
        )


def _crystal(table: Mapping[str, Any]) -> Crystal:
    vectors = [read_numbers(_listed(row), "vectors") for row in _listed(table.get("vectors", []))]
    size = len(vectors)
    if {len(row) for row in vectors} != {size}:
        what = "is empty" if not table else "has none" if not vectors else f"has {size} that are not of {size} numbers"
        message = f"vectors: the file {what}; d vectors of d numbers, such as [[1, 0], [0, 1]], are needed"
        raise InvalidArgumentError(message)
    _check_size("vectors", size, _MOST_DIMENSIONS)
    lattice = Lattice([[float(x) for x in row] for row in vectors])
    sites = [read_numbers(_listed(site), "sites") for site in _listed(table.get("sites", [[0] * size]))]
    _check_size("sites", len(sites), _MOST_SITES)
    for site in sites:
        if len(site) != size:
            raise InvalidArgumentError(f"sites: got one of {len(site)} coordinates; {size} each are needed")
    given = _listed(table.get("dof", 1))
    dof = [read_integer(entry, "dof") for entry in given]
    options: dict[str, Any] = {"dof": dof if given is table.get("dof") else dof[0]}
    if "labels" in table:
        options["labels"] = [_of_kind(str, label, "labels", "a list of texts") for label in _listed(table["labels"])]
    if _of_kind(bool, table.get("cartesian", False), "cartesian", "true or false") and sites:
        return Crystal.from_cartesian(lattice, [[float(x) for x in site] for site in sites], **options)
    return Crystal(lattice, sites, **options)


def _of_kind(kind: type, value: Any, where: str, wanted: str) -> Any:
    if not isinstance(value, kind):
        raise InvalidArgumentError(f"{where}: got {shown(value)}; {wanted} is needed")
    return value


def _check_size(what: str, number: int, most: int) -> None:
    if number > most:
        raise InvalidArgumentError(f"{what}: got {number}; up to {most} can be described")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _flat(value: Any) -> list[Any]:
    """Return the entries of a square matrix row by row, those of a list, or a value as a list."""
    rows = _listed(value)
    is_matrix = all(isinstance(row, list) and len(row) == len(rows) for row in rows)
    return [entry for row in rows for entry in row] if is_matrix else rows
