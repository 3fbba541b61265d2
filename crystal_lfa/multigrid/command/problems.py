"""Problems by name: an operator, and how it is discretised again on a coarser lattice."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry import Crystal, Lattice, lattices
from crystal_lfa.geometry.descriptions.definitions import Definition, read_definition
from crystal_lfa.geometry.descriptions.entries import located
from crystal_lfa.multigrid.command.values import (
    check_taken,
    listed,
    read_choice,
    read_complex,
    read_integer,
    read_number,
    read_numbers,
)
from crystal_lfa.multigrid.problems import (
    Scheme,
    anisotropic,
    biharmonic,
    convection_diffusion,
    helmholtz,
    mehrstellen,
    poisson,
    q1_poisson,
    rotated_diffusion,
)
from crystal_lfa.operators import CrystalOperator, stencil

__all__ = ["PROBLEMS", "Problem", "parameters_of", "read_problem"]

PROBLEMS: dict[str, Callable[..., CrystalOperator]] = {
    "poisson": poisson,
    "anisotropic": anisotropic,
    "rotated-diffusion": rotated_diffusion,
    "biharmonic": biharmonic,
    "convection-diffusion": convection_diffusion,
    "helmholtz": helmholtz,
    "mehrstellen": mehrstellen,
    "q1-poisson": q1_poisson,
}

_PARAMETERS: dict[str, Callable[[Any, str], Any]] = {
    "eps": read_number,
    "axis": read_integer,
    "angle": read_number,
    "velocity": lambda value, where: [float(number) for number in read_numbers(value, where)],
    "scheme": lambda value, where: Scheme(read_choice(value, [scheme.value for scheme in Scheme], where)),
    "k2": read_complex,
}

_MOST_DIMENSIONS = 4
"""More would be a slip, and take long."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What is to be solved.

    Attributes
    ----------
    operator : CrystalOperator
    text : str
    discretise : function of a lattice, or None
        The same problem on a coarser lattice; None where that is not known, as of a stencil.
    """

    operator: CrystalOperator
    text: str
    discretise: Callable[[Lattice], CrystalOperator] | None


def parameters_of(name: str) -> tuple[list[str], list[str]]:
    """Return the keys that a problem takes, and those of them that have no default."""
    wanted = [one for one in inspect.signature(PROBLEMS[name]).parameters.values() if one.name in _PARAMETERS]
    return [one.name for one in wanted], [one.name for one in wanted if one.default is one.empty]


def read_problem(description: Mapping[str, Any]) -> Problem:
    """Return the problem of a description: one with a name, or a stencil.

    Raises
    ------
    InvalidArgumentError
        If there is none or it is unknown, parameters do not fit, or it is none for this lattice.

    Examples
    --------
    >>> from crystal_lfa.multigrid.command.problems import read_problem
    >>> read_problem({"problem": "anisotropic", "eps": "1/4"}).text
    'anisotropic(eps=0.25) on the integer lattice of dimension 2'
    """
    if ("stencil" in description) == ("problem" in description):
        what = "a problem as well as a stencil" if "stencil" in description else "neither a problem nor a stencil"
        raise InvalidArgumentError(f"problem: got {what}; a stencil or one of {', '.join(PROBLEMS)} is needed")
    if "stencil" in description:
        return _from_stencil(description)
    name = read_choice(description["problem"], PROBLEMS, "problem")
    taken, required = parameters_of(name)
    check_taken(name, description, _PARAMETERS, taken, required)
    values = {key: _PARAMETERS[key](description[key], key) for key in taken if key in description}
    crystal, place = _where(description)

    def discretise(lattice: Lattice) -> CrystalOperator:
        return PROBLEMS[name](Crystal(lattice, crystal.exact_sites, crystal.dof, crystal.labels), **values)

    with located(name):
        operator = PROBLEMS[name](crystal, **values)
    texts = ", ".join(f"{key}={_text(value)}" for key, value in values.items())
    return Problem(operator, f"{name}({texts}) on {place}" if texts else f"{name} on {place}", discretise)


def _text(value: Any) -> str:
    if isinstance(value, Scheme):
        return value.value
    return f"{value:.6g}" if isinstance(value, float | complex) else str(value)


def _where(description: Mapping[str, Any]) -> tuple[Crystal, str]:
    """Return where the unknowns are, and how to say it."""
    if "lattice" in description:
        if "dim" in description:
            raise InvalidArgumentError("dim: got a dimension as well as a lattice; one of them is needed")
        definition = _definition(description["lattice"])
        return definition.crystal, definition.name
    dimension = read_integer(description.get("dim", 2), "dim")
    if not 1 <= dimension <= _MOST_DIMENSIONS:
        raise InvalidArgumentError(f"dim: got {dimension}; 1 to {_MOST_DIMENSIONS} can be described")
    return Crystal(lattices.integer(dimension)), f"the integer lattice of dimension {dimension}"


def _definition(value: Any) -> Definition:
    words = listed(value)
    if not words or not isinstance(words[0], str):
        raise InvalidArgumentError(f"lattice: got {value!r}; a name, or that of a TOML file, is needed")
    with located("lattice"):
        definition = read_definition(words[0].strip(), read_numbers(words[1:], "parameters"))
    dimension = definition.crystal.lattice.dim
    if dimension > _MOST_DIMENSIONS:
        raise InvalidArgumentError(f"lattice: got dimension {dimension}; up to {_MOST_DIMENSIONS} can be described")
    return definition


def _from_stencil(description: Mapping[str, Any]) -> Problem:
    check_taken("a stencil", description, ("dim", *_PARAMETERS), (), ())
    array = _numbers(description["stencil"])
    if "lattice" not in description:
        operator = stencil(array)
        return Problem(operator, f"a stencil on the integer lattice of dimension {operator.lattice.dim}", None)
    definition = _definition(description["lattice"])
    if not definition.is_lattice:
        message = f"lattice: got {definition.name}, a crystal; a stencil needs a lattice, with one unknown a point"
        raise InvalidArgumentError(message)
    with located("stencil"):
        operator = stencil(array, definition.crystal.lattice)
    return Problem(operator, f"a stencil on {definition.name}", None)


def _numbers(value: Any) -> Any:
    """Return nested lists of numbers, all of one shape."""
    if not isinstance(value, list):
        return read_number(value, "stencil")
    rows = [_numbers(entry) for entry in value]
    if not rows or len({_shape(row) for row in rows}) != 1:
        message = f"stencil: got {value!r}; rows of equally many numbers, as [[0, -1, 0], [-1, 4, -1], [0, -1, 0]], are"
        raise InvalidArgumentError(f"{message} needed")
    return rows


def _shape(rows: Any) -> tuple[int, ...]:
    return (len(rows), *_shape(rows[0])) if isinstance(rows, list) else ()
