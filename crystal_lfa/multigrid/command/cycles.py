"""Cycles by names: numbers of steps, coarsening, transfers, coarse operators, grids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry import Lattice
from crystal_lfa.geometry.descriptions.entries import located
from crystal_lfa.geometry.exact.integers import IntegerMatrix, diagonal_matrix
from crystal_lfa.multigrid.command.problems import Problem
from crystal_lfa.multigrid.command.values import listed, read_choice, read_integer, read_vectors
from crystal_lfa.multigrid.cycles.k_grid import KGrid
from crystal_lfa.multigrid.cycles.levels import Level, coarser_grid
from crystal_lfa.multigrid.cycles.recursion import GAMMAS, MOST_GRIDS
from crystal_lfa.multigrid.smoothers import Smoother
from crystal_lfa.multigrid.transfers import (
    cell_average,
    cell_centred,
    cubic_interpolation,
    full_weighting,
    half_weighting,
    injection,
    interpolation,
    operator_interpolation,
    piecewise_constant,
)
from crystal_lfa.operators import CrystalOperator, Operator

__all__ = ["CYCLES", "PROLONGATIONS", "RESTRICTIONS", "CycleChoices", "build_cycle", "read_choices"]

PROLONGATIONS: dict[str, Callable[[Any, Any], CrystalOperator]] = {
    "interpolation": interpolation,
    "cubic": cubic_interpolation,
    "cell-centred": cell_centred,
    "piecewise-constant": piecewise_constant,
    "operator": operator_interpolation,
}
"""Functions of the crystal and the coarse lattice; the last one of the operator."""

RESTRICTIONS: dict[str, Callable[[Any, Any], CrystalOperator] | None] = {
    "full-weighting": full_weighting,
    "half-weighting": half_weighting,
    "injection": injection,
    "cell-average": cell_average,
    "adjoint": None,
}
"""Functions of the crystal and the coarse lattice; without one it is that of the prolongation, over the index."""

CYCLES: dict[str, int | str] = {**GAMMAS, "F": "F"}

_COARSE_OPERATORS = ("galerkin", "rediscretised")


@dataclass(frozen=True, slots=True)
class CycleChoices:
    """What a cycle does, but for the smoother.

    Attributes
    ----------
    pre, post : int
    coarse : vectors (rows), in coordinates of each grid's lattice
    prolongation, restriction : str
    rediscretised : bool
    levels : int
        The number of grids.
    cycle : int or "F"
    """

    pre: int
    post: int
    coarse: IntegerMatrix
    prolongation: str
    restriction: str
    rediscretised: bool
    levels: int
    cycle: int | str

    @property
    def text(self) -> str:
        """All of it, for people to read."""
        names = {value: name for name, value in CYCLES.items()}
        gamma = f"{names[self.cycle]}-cycle" if self.cycle in names else f"cycle of index {self.cycle}"
        grids = "two grids" if self.levels == 2 else f"{gamma} of {self.levels} grids"
        axes = [row[i] for i, row in enumerate(self.coarse)]
        along = self.coarse == diagonal_matrix(axes)
        coarse = " x ".join(map(str, axes)) if along else str([list(row) for row in self.coarse])
        operator = "rediscretised" if self.rediscretised else "Galerkin"
        steps = f"{self.pre} + {self.post} smoothing steps, coarsening {coarse}"
        return f"{grids}, {steps}, {self.prolongation}, {self.restriction}, {operator} coarse operator"


def read_choices(description: Mapping[str, Any], dimension: int) -> CycleChoices:
    """Return what a description says of the cycle; default two grids, one step before and one after.

    Raises
    ------
    InvalidArgumentError
        If a name is unknown, or a number out of range.
    """
    levels = read_integer(description.get("levels", 2), "levels")
    if not 2 <= levels <= MOST_GRIDS:
        raise InvalidArgumentError(f"levels: got {levels}; the number of grids is 2 to {MOST_GRIDS}")
    operator = read_choice(description.get("coarse_operator", "galerkin"), _COARSE_OPERATORS, "coarse_operator")
    return CycleChoices(
        pre=read_integer(description.get("pre", 1), "pre"),
        post=read_integer(description.get("post", 1), "post"),
        coarse=read_vectors(description.get("coarse", 2), dimension, "coarse"),
        prolongation=read_choice(description.get("prolongation", "interpolation"), PROLONGATIONS, "prolongation"),
        restriction=read_choice(description.get("restriction", "full-weighting"), RESTRICTIONS, "restriction"),
        rediscretised=operator == "rediscretised",
        levels=levels,
        cycle=_cycle(description.get("cycle", "V")),
    )


def _cycle(value: Any) -> int | str:
    (word,) = words if len(words := listed(value)) == 1 else [None]
    if isinstance(word, str) and word.upper() in CYCLES:
        return CYCLES[word.upper()]
    try:
        number = read_integer(word, "cycle")
    except InvalidArgumentError:
        number = 0
    if number < 1:
        message = f"cycle: got {value!r}; V, W, F, or how often each coarser grid is visited, is needed"
        raise InvalidArgumentError(message)
    return number


def build_cycle(problem: Problem, smoother: Smoother, choices: CycleChoices) -> KGrid:
    """Return the cycle of a method.

    Raises
    ------
    InvalidArgumentError
        If a stencil should be discretised again.
    LatticeError, CrystalMismatchError, SingularSymbolError
        If the coarse lattice or the transfers do not fit.
    """
    if choices.rediscretised and problem.discretise is None:
        message = "coarse_operator: got rediscretised, but a stencil says nothing of other lattices; galerkin, or a "
        raise InvalidArgumentError(f"{message}problem with a name, is needed")
    levels: list[Level] = []
    operator: Operator = problem.operator
    with located("coarse"):
        lattice = operator.lattice.sublattice(choices.coarse)
        if lattice.index_in(operator.lattice) == 1:
            raise InvalidArgumentError("got the lattice itself; a coarser one is needed")
    for _ in range(choices.levels - 1):
        if levels:
            # Transfers on the next grid may be made of its operator.
            operator = coarser_grid(operator, levels[-1]).operator
        P, R = _transfers(operator, operator.lattice.sublattice(choices.coarse), choices)
        level = Level(
            smoother=smoother,
            pre=choices.pre,
            post=choices.post,
            coarse=choices.coarse,
            prolongation=P,
            restriction=R,
            coarse_operator=problem.discretise if choices.rediscretised else None,
        )
        levels.append(level)
    return KGrid(problem.operator, levels, choices.cycle)


def _transfers(A: Operator, lattice: Lattice, choices: CycleChoices) -> tuple[CrystalOperator, CrystalOperator]:
    fine = A if choices.prolongation == "operator" else A.domain
    with located("prolongation"):
        P = PROLONGATIONS[choices.prolongation](fine, lattice)
    make = RESTRICTIONS[choices.restriction]
    if make is None:
        return P, P.H / lattice.index_in(A.lattice)
    with located("restriction"):
        return P, make(A.domain, lattice)
