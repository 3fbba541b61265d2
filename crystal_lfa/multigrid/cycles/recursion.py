"""The recursion of a cycle: from what each level does to the error propagator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError, SingularSymbolError
from crystal_lfa.frequencies import FrequencyWaves
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.multigrid.cycles.levels import Coarser, Level, apply_smoother, coarser_grid
from crystal_lfa.multigrid.smoothers.base import relaxation
from crystal_lfa.operators import Operator, identity
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.composing import general_frequencies
from crystal_lfa.spectra.stacks import values_of as svdvals_of
from crystal_lfa.spectra.subject import check_operator

__all__ = ["GAMMAS", "MOST_GRIDS", "Recipe", "assembled"]

MOST_GRIDS = 12
"""Symbols couple all harmonics of the coarsest grid: more would be larger than any memory."""

GAMMAS = {"V": 1, "W": 2}
"""Cycles by their letters."""

_LOOKED_AT = 8
"""Frequencies in general position, at which an operator that can be solved at all has an inverse."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a cycle does.

    Attributes
    ----------
    levels : tuple of Level
        Of all grids but the coarsest, finest first.
    cycle : int or "F"
    coarse_solver : callable, optional
    coarse_sweeps : int
    """

    levels: tuple[Level, ...]
    cycle: int | str
    coarse_solver: Callable[[Operator], Operator] | None
    coarse_sweeps: int

    def __post_init__(self) -> None:
        if isinstance(self.cycle, str) and self.cycle in GAMMAS:
            object.__setattr__(self, "cycle", GAMMAS[self.cycle])
        is_text = isinstance(self.cycle, str)
        if (is_text and self.cycle != "F") or (not is_text and as_integer(self.cycle, "cycle") < 1):
            message = f"cycle: got {self.cycle!r}; 1 or 'V', 2 or 'W', a larger number, or 'F' is needed"
            raise InvalidArgumentError(message)
        if as_integer(self.coarse_sweeps, "coarse_sweeps") < 1:
            raise InvalidArgumentError(f"coarse_sweeps: got {self.coarse_sweeps}; a positive number is needed")

    def with_smoothers(self, change: Callable[[Any], Any]) -> Recipe:
        """Return the same with other smoothers."""
        levels = tuple(
            replace(
                level,
                smoother=change(level.smoother),
                post_smoother=None if level.post_smoother is None else change(level.post_smoother),
            )
            for level in self.levels
        )
        solver = None if self.coarse_solver is None else change(self.coarse_solver)
        return replace(self, levels=levels, coarse_solver=solver)


def assembled(A: Operator, recipe: Recipe) -> tuple[tuple[Operator, ...], Operator, tuple[str, ...]]:
    """Return the operators of all grids, the error propagator, and what was matched by order alone."""
    check_operator(A)
    _check_invertible_somewhere(A)
    grids: list[Coarser] = []
    operators = [A]
    for level in recipe.levels:
        grids.append(coarser_grid(operators[-1], level))
        operators.append(grids[-1].operator)
    solver = None
    if recipe.coarse_solver is not None:
        solver = apply_smoother(recipe.coarse_solver, operators[-1], "coarse_solver") ** recipe.coarse_sweeps
    built = _Recursion(tuple(operators), recipe.levels, tuple(grids), recipe.cycle, solver)
    notes = tuple(note for grid in grids for note in grid.notes)
    return tuple(operators), built.propagator(0, flat=recipe.cycle != "F"), notes


def _check_invertible_somewhere(A: Operator) -> None:
    """Refuse an operator whose symbol is singular at every frequency: no cycle reduces what it maps to zero.

    Raises
    ------
    SingularSymbolError
        If the symbol is singular at frequencies in general position.
    """
    if A.parameters or A.shape[0] != A.shape[1]:
        return
    general = FrequencyWaves(general_frequencies(A.lattice.dim, _LOOKED_AT))
    values = to_numpy(svdvals_of(A.symbols(general)))
    scale = np.maximum(values[:, 0], A.magnitude or 0.0)
    if (values[:, -1] <= 8 * A.shape[0] * np.finfo(np.float64).eps * scale).all():
        message = f"A: the symbol of {A!r} is singular at every frequency: no cycle reduces all errors; a shift, "
        raise SingularSymbolError(f"{message}A + eps * identity, or a formulation without null modes is needed")


def coarse_correction(A: Operator, prolongation: Operator, solve: Operator, restriction: Operator) -> Operator:
    """Return the error propagator I - P B R A of the coarse grid correction, B what solves on the coarse grid."""
    unit = identity(A.domain.supercell(prolongation.lattice))
    return unit - prolongation @ solve @ restriction @ A


@dataclass(frozen=True, slots=True, eq=False)
class _Recursion:
    operators: tuple[Operator, ...]
    levels: tuple[Level, ...]
    grids: tuple[Coarser, ...]
    cycle: int | str
    solver: Operator | None

    def propagator(self, number: int, *, flat: bool) -> Operator:
        """Return the error propagator of the cycle that begins on a grid; `flat`, unless it is an F-cycle."""
        A, level, grid = self.operators[number], self.levels[number], self.grids[number]
        before = apply_smoother(level.smoother, A) ** level.pre
        last = level.smoother if level.post_smoother is None else level.post_smoother
        after = apply_smoother(last, A, "post_smoother") ** level.post
        correction = coarse_correction(A, grid.prolongation, self._solve(number + 1, flat=flat), grid.restriction)
        return after @ correction @ before

    def _solve(self, number: int, *, flat: bool) -> Operator:
        """Return what stands for the inverse on a grid: I - C, times the inverse."""
        A = self.operators[number]
        inverse = A.inv()
        left = self._left(number, flat=flat)
        return inverse if left is None else relaxation(left, identity(left.domain)) @ inverse

    def _left(self, number: int, *, flat: bool) -> Operator | None:
        """Return what the cycles on a grid leave of an error; None for nothing."""
        if number == len(self.levels):
            return self.solver
        if flat:
            return self.propagator(number, flat=True) ** (1 if self.cycle == "F" else self.cycle)
        return self.propagator(number, flat=True) @ self.propagator(number, flat=False)
