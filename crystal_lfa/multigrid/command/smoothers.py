"""Smoothers by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry import lattices
from crystal_lfa.geometry.descriptions.entries import located, shown
from crystal_lfa.geometry.exact.integers import IntegerMatrix
from crystal_lfa.multigrid.command.values import (
    check_taken,
    listed,
    read_choice,
    read_flag,
    read_integer,
    read_number,
    read_numbers,
    read_vectors,
)
from crystal_lfa.multigrid.smoothers import (
    SOR,
    Chebyshev,
    Coloured,
    GaussSeidel,
    Jacobi,
    Kaczmarz,
    RedBlack,
    Richardson,
    Smoother,
    Vanka,
    cells,
    colouring,
    lines,
    planes,
)
from crystal_lfa.multigrid.smoothers.blocks import Blocks
from crystal_lfa.operators import Operator

__all__ = ["SMOOTHERS", "FewestColours", "NamedSmoother", "parameters_of", "read_smoother"]

SMOOTHERS: dict[str, tuple[type[Smoother], tuple[str, ...]]] = {
    "jacobi": (Jacobi, ("omega", "blocks")),
    "gauss-seidel": (GaussSeidel, ("order", "reverse", "symmetric", "blocks")),
    "sor": (SOR, ("omega", "order", "reverse")),
    "red-black": (RedBlack, ("omega",)),
    "coloured": (Coloured, ("colours", "omega", "blocks")),
    "kaczmarz": (Kaczmarz, ("omega", "order", "reverse")),
    "richardson": (Richardson, ("omega",)),
    "chebyshev": (Chebyshev, ("degree", "kind", "interval", "optimal")),
    "vanka": (Vanka, ("centre", "omega", "kind", "colours")),
}
"""The class of each, and the keys that it takes."""

_FIELDS = {"colours": "coarse"}
"""Names of fields that differ from the keys: `coarse` is the key of the coarse grid."""

_BLOCKS = "none, 'lines 0', 'planes 0 1' or 'cells 2'"

_LARGEST_MULTIPLE = 4


@dataclass(frozen=True)
class FewestColours(Smoother):
    """Relaxation by the fewest colours that `colouring` finds, repeating by small multiples of the lattice.

    Parameters
    ----------
    omega : number
    """

    omega: Any = 1.0

    def __call__(self, A: Operator) -> Operator:
        """Return the product over the colours."""
        found: list[Coloured] = []
        refused: InvalidArgumentError | None = None
        for multiple in range(1, _LARGEST_MULTIPLE + 1):
            try:
                found.append(colouring(A, multiple, omega=self.omega))
            except InvalidArgumentError as error:
                refused = error
        if not found:
            raise InvalidArgumentError(f"colours: got auto; {refused}")
        return min(found, key=lambda smoother: len(smoother.classes or ()))(A)


@dataclass(frozen=True, slots=True, eq=False)
class NamedSmoother:
    """A smoother, and what it is called.

    Attributes
    ----------
    name : str
    smoother : Smoother
    given : mapping of keys to texts
    """

    name: str
    smoother: Smoother
    given: Mapping[str, str]

    @property
    def omega(self) -> float | None:
        """The weight, where it has one."""
        omega = getattr(self.smoother, "omega", None)
        return None if omega is None else float(omega)

    def with_omega(self, omega: float) -> NamedSmoother:
        """Return the same with another weight."""
        smoother: Any = self.smoother
        return replace(self, smoother=replace(smoother, omega=omega))

    @property
    def text(self) -> str:
        """Its name with its parameters."""
        weight = {} if self.omega is None else {"omega": f"{self.omega:.6g}"}
        texts = ", ".join(f"{key}={value}" for key, value in {**weight, **self.given}.items())
        return f"{self.name}({texts})" if texts else self.name


def parameters_of(name: str) -> tuple[tuple[str, ...], list[str]]:
    """Return the keys that a smoother takes, and those of them that have no default."""
    taken = SMOOTHERS[name][1]
    make: Any = SMOOTHERS[name][0]
    fields = {field.name: field for field in dataclasses.fields(make)}
    return taken, [key for key in taken if fields[_FIELDS.get(key, key)].default is dataclasses.MISSING]


def read_smoother(description: Mapping[str, Any], dimension: int) -> NamedSmoother:
    """Return the smoother of a description; default damped Jacobi.

    Parameters
    ----------
    description : mapping of keys to values
    dimension : int
        Of the lattice.

    Raises
    ------
    InvalidArgumentError
        If it is unknown, or parameters do not fit.

    Examples
    --------
    >>> from crystal_lfa.multigrid.command.smoothers import read_smoother
    >>> read_smoother({"smoother": "jacobi", "blocks": "lines 0"}, 2).smoother
    Jacobi(omega=0.8, blocks=Along(axes=(0,)))
    """
    name = read_choice(description.get("smoother", "jacobi"), SMOOTHERS, "smoother")
    make, _ = SMOOTHERS[name]
    taken, required = parameters_of(name)
    every = dict.fromkeys(key for _, keys in SMOOTHERS.values() for key in keys)
    check_taken(name, description, every, taken, required)
    values = {key: _value(key, description[key], dimension) for key in taken if key in description}
    given = {key: _text(description[key]) for key in values if key != "omega"}
    if values.get("colours") == "auto":
        if name != "coloured" or "blocks" in values:
            where = "with blocks" if name == "coloured" else f"of {name}"
            raise InvalidArgumentError(f"colours: got auto, but colours {where} are cosets; a sublattice is needed")
        make, values = FewestColours, {key: value for key, value in values.items() if key == "omega"}
    return NamedSmoother(name, make(**{_FIELDS.get(key, key): value for key, value in values.items()}), given)


def _value(key: str, value: Any, dimension: int) -> Any:
    if key == "blocks":
        return _blocks(value, dimension)
    if key in _READERS:
        return _READERS[key](value, key)
    if key == "order":
        return read_vectors(value, dimension, key)
    return "auto" if listed(value) == ["auto"] else _sublattice(value, dimension, key)


def _sublattice(value: Any, dimension: int, where: str) -> IntegerMatrix:
    vectors = read_vectors(value, dimension, where)
    with located(where):
        lattices.integer(dimension).sublattice(vectors)
    return vectors


def _kind(value: Any, _where: str) -> Any:
    """Return a number, as of Chebyshev polynomials, or a word, as of patches; smoothers know which they take."""
    text = value.strip() if isinstance(value, str) else value
    return int(text) if isinstance(text, str) and text.isdecimal() else text


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "omega": read_number,
    "degree": read_integer,
    "centre": read_integer,
    "reverse": read_flag,
    "symmetric": read_flag,
    "optimal": read_flag,
    "interval": lambda value, where: tuple(float(number) for number in read_numbers(value, where)),
    "kind": _kind,
}


def _blocks(value: Any, dimension: int) -> Blocks | None:
    words = listed(value)
    kind = words[0] if words else None
    if kind == "none" and len(words) == 1:
        return None
    if kind not in {"lines", "planes", "cells"} or len(words) == 1 or (kind == "lines" and len(words) > 2):
        raise InvalidArgumentError(f"blocks: got {shown(_text(value))}; {_BLOCKS} is needed")
    if kind == "cells":
        return cells(_sublattice(words[1:], dimension, "blocks: cells"))
    axes = [read_integer(word, f"blocks: {kind}") for word in words[1:]]
    if max(axes) >= dimension:
        message = f"blocks: got {shown(_text(value))}; the axes of a lattice of dimension {dimension} are 0 to "
        raise InvalidArgumentError(f"{message}{dimension - 1}")
    return lines(axes[0]) if kind == "lines" else planes(*axes)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(str(word).strip() for word in listed(value))
