"""A description of a multigrid method, from options or a TOML file, and the method that it describes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crystal_lfa.errors import InvalidArgumentError, TorusError
from crystal_lfa.files import as_path, read_toml
from crystal_lfa.geometry import Torus
from crystal_lfa.geometry.descriptions.definitions import named
from crystal_lfa.geometry.descriptions.entries import located, read_turns, shown
from crystal_lfa.multigrid.command.cycles import CycleChoices, build_cycle, read_choices
from crystal_lfa.multigrid.command.problems import PROBLEMS, Problem, read_problem
from crystal_lfa.multigrid.command.smoothers import SMOOTHERS, NamedSmoother, parameters_of, read_smoother
from crystal_lfa.multigrid.command.values import (
    listed,
    read_choice,
    read_flag,
    read_integer,
    read_numbers,
    read_vectors,
)
from crystal_lfa.multigrid.cycles.k_grid import KGrid
from crystal_lfa.multigrid.factors.suprema import fitting_torus, read_torus

__all__ = ["KEYS", "Method", "read_description", "read_method"]

KEYS = (
    *("problem", "stencil", "dim", "lattice", "eps", "axis", "angle", "velocity", "scheme", "k2"),
    *("smoother", "omega", "degree", "kind", "interval", "optimal", "blocks", "centre"),
    *("order", "reverse", "symmetric", "colours"),
    *("pre", "post", "coarse", "prolongation", "restriction", "coarse_operator", "levels", "cycle"),
    *("n", "twist", "sweeps", "optimize", "optimize_smoothing", "simulate"),
)
"""Of a description; a problem or a stencil is required."""


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A multigrid method, and what is asked of it; `read_method` makes it.

    Attributes
    ----------
    problem : Problem
    smoother : NamedSmoother
    choices : CycleChoices
    cycle : KGrid
    torus : Torus or None
        None for all frequencies.
    sweeps : int
        Of the smoothing factor.
    bounds : (low, high) or None
        Between which the weight of the smoother is to be the best one.
    by_smoothing : bool
        Whether that is the best by the smoothing factor, not by the convergence factor.
    simulated : int or None
        How many cycles are to be run.
    """

    problem: Problem
    smoother: NamedSmoother
    choices: CycleChoices
    cycle: KGrid
    torus: Torus | None
    sweeps: int
    bounds: tuple[float, float] | None
    by_smoothing: bool
    simulated: int | None

    def with_omega(self, omega: float) -> Method:
        """Return the method with another weight of its smoother."""
        smoother = self.smoother.with_omega(omega)
        return replace(self, smoother=smoother, cycle=build_cycle(self.problem, smoother.smoother, self.choices))

    def torus_about(self, extent: int, twist: Any = 0) -> Torus:
        """Return a torus of at least so many points along each vector, in which the coarsest lattice fits."""
        return fitting_torus(self.problem.operator.lattice, self.cycle.error_propagator.lattice, extent, twist)


def read_description(source: str | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description that a problem's name, or a TOML file, begins and options complete or replace.

    Parameters
    ----------
    source : str, optional
        Without it the options have to name the problem.
    options : mapping of keys to values

    Raises
    ------
    InvalidArgumentError
        If there is no such problem or file, or a key is unknown.
    """
    if source is None:
        if "problem" not in options:
            message = f"problem: got none; a TOML file or one of {', '.join(PROBLEMS)} is needed"
            raise InvalidArgumentError(message)
        return dict(options)
    if source in PROBLEMS:
        if options.get("problem", source) != source:
            raise InvalidArgumentError(f"problem: got {source} and {options['problem']}; one of them is needed")
        return {**options, "problem": source}
    path = as_path(source, "PROBLEM")
    if not os.path.lexists(path):
        is_path = len(path.parts) > 1 or path.suffix
        what = "there is no such file" if is_path else "this is neither a problem nor a file"
        raise InvalidArgumentError(f"{source}: {what}; a TOML file or one of {', '.join(PROBLEMS)} is needed")
    table, _ = read_toml(path, "its contents")
    for key in table:
        if key not in KEYS:
            raise InvalidArgumentError(f"{path}: unknown key {shown(key)}; valid keys are {', '.join(KEYS)}")
    if "lattice" in table:
        table["lattice"] = _beside(path, listed(table["lattice"]))
    return {**table, **options}


def _beside(path: Path, words: list[Any]) -> list[Any]:
    """Return a lattice's name and parameters; that of a file is one beside the file that names it."""
    if not words or not isinstance(words[0], str) or words[0] in named():
        return words
    return [str(path.parent / words[0]), *words[1:]]


def read_method(description: Mapping[str, Any]) -> Method:
    """Return the method of a description.

    Raises
    ------
    InvalidArgumentError
        If a value is none that its key takes, or values do not fit together; the message names the key.

    Examples
    --------
    >>> from crystal_lfa.multigrid.command.methods import read_method
    >>> method = read_method({"problem": "poisson", "smoother": "red-black", "levels": 3, "cycle": "W"})
    >>> method.cycle
    KGrid(3 grids of index [1, 4, 16], coarsest operator multipliers known)
    """
    problem = read_problem(description)
    dimension = problem.operator.lattice.dim
    bounds = _bounds(description)
    # What is to be found need not be given.
    guess = {} if bounds is None else {"omega": (bounds[0] + bounds[1]) / 2}
    smoother = read_smoother({**guess, **description}, dimension)
    choices = read_choices(description, dimension)
    cycle = build_cycle(problem, smoother.smoother, choices)
    by_smoothing = read_flag(description.get("optimize_smoothing", False), "optimize_smoothing")
    if by_smoothing and bounds is None:
        raise InvalidArgumentError("optimize_smoothing: got it without optimize; bounds of omega are needed as well")
    sweeps = read_integer(description.get("sweeps", max(choices.pre + choices.post, 1)), "sweeps")
    if sweeps < 1:
        raise InvalidArgumentError(f"sweeps: got {sweeps}; a positive number is needed")
    return Method(
        problem, smoother, choices, cycle, _torus(description, cycle), sweeps, bounds, by_smoothing, _run(description)
    )


def _bounds(description: Mapping[str, Any]) -> tuple[float, float] | None:
    if "optimize" not in description:
        return None
    limits = [float(number) for number in read_numbers(description["optimize"], "optimize")]
    if len(limits) != 2 or not limits[0] < limits[1]:
        text = ", ".join(f"{limit:.6g}" for limit in limits)
        raise InvalidArgumentError(f"optimize: got {text}; two bounds of omega, the lower one first, are needed")
    name = read_choice(description.get("smoother", "jacobi"), SMOOTHERS, "smoother")
    if "omega" not in parameters_of(name)[0]:
        weighted = [other for other in SMOOTHERS if "omega" in parameters_of(other)[0]]
        message = f"optimize: got bounds of omega, but {name} takes none; one of {', '.join(weighted)} is needed"
        raise InvalidArgumentError(message)
    return limits[0], limits[1]


def _torus(description: Mapping[str, Any], cycle: KGrid) -> Torus | None:
    lattice = cycle.operator.lattice
    if "n" not in description:
        if "twist" in description:
            raise TorusError("twist: got one, but no torus; n is needed as well")
        return None
    periods = read_vectors(description["n"], lattice.dim, "n")
    twist = read_turns(listed(description.get("twist", 0)), lattice.dim, "twist")
    with located("n"):
        torus = lattice.torus(periods, twist)
    try:
        return read_torus(lattice, torus, cycle.error_propagator)
    except TorusError as error:
        raise TorusError(f"n: {str(error).removeprefix('N: ')}") from None


def _run(description: Mapping[str, Any]) -> int | None:
    if "simulate" not in description:
        return None
    cycles = read_integer(description["simulate"], "simulate")
    if cycles < 2:
        raise InvalidArgumentError(f"simulate: got {cycles}; at least 2 cycles are needed")
    return cycles
