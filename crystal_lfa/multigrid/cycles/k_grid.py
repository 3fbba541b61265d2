"""Cycles over several grids: V, W, F, and gamma recursions of the coarse grid correction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.multigrid.cycles.cycle import Cycle, coarse_correction
from crystal_lfa.multigrid.cycles.levels import Coarser, Level, apply_smoother, coarser_grid
from crystal_lfa.multigrid.smoothers import Jacobi
from crystal_lfa.multigrid.smoothers.base import relaxation
from crystal_lfa.multigrid.transfers import full_weighting, interpolation
from crystal_lfa.operators import Operator, identity
from crystal_lfa.spectra.subject import check_operator

__all__ = ["KGrid", "assembled"]

_MOST_GRIDS = 12


class KGrid(Cycle):
    r"""A cycle over several grids: the coarse grid correction is replaced by cycles on the next coarser grid.

    .. math:: E_l = S_2^{\nu_2} (I - P (I - C_{l+1}) A_{l+1}^{-1} R A_l) S_1^{\nu_1}

    with :math:`C_{l+1} = E_{l+1}^\gamma`, of an F-cycle a V-cycle after an F-cycle; on the coarsest grid it is 0.

    Parameters
    ----------
    A : CrystalOperator
    levels : int, or sequence of Level
        The number of grids, or what is done on each grid but the coarsest, finest first.
    cycle : int or "F"
        gamma: 1 is the V-cycle, 2 the W-cycle.
    smoother, pre, post, post_smoother, coarse, prolongation, restriction, coarse_operator
        As of `TwoGrid`, the same on every level; not together with a sequence of levels.
    coarse_solver, coarse_sweeps
        As of `TwoGrid`, on the coarsest grid.

    Raises
    ------
    InvalidArgumentError
        If there are fewer than two grids, or more than 12.
    LatticeError, CrystalMismatchError, SingularSymbolError
        As of `TwoGrid`.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), section 2.4; Wienands, Oosterlee: On three-grid Fourier
    analysis for multigrid, SIAM J. Sci. Comput. 23 (2001).

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa import multigrid as mg
    >>> V = mg.KGrid(mg.poisson(2), levels=3, smoother=mg.Jacobi(0.8), coarse_operator=mg.poisson)
    >>> torus = lfa.lattices.integer(2).torus(32, twist=0.5)
    >>> round(float(V.convergence_factor(torus)), 12)
    0.356981083898
    """

    def __init__(
        self,
        A: Operator,
        levels: int | Sequence[Level] = 3,
        cycle: int | str = 1,
        smoother: Callable[[Operator], Operator] | None = None,
        pre: int | None = None,
        post: int | None = None,
        post_smoother: Callable[[Operator], Operator] | None = None,
        coarse: Any = None,
        prolongation: Any = None,
        restriction: Any = None,
        coarse_operator: Any = None,
        coarse_solver: Callable[[Operator], Operator] | None = None,
        coarse_sweeps: int = 1,
    ) -> None:
        given = {
            "smoother": smoother,
            "pre": pre,
            "post": post,
            "post_smoother": post_smoother,
            "coarse": coarse,
            "prolongation": prolongation,
            "restriction": restriction,
            "coarse_operator": coarse_operator,
        }
        chosen = {name: value for name, value in given.items() if value is not None}
        each = _read_levels(levels, chosen)
        self._fill(*assembled(A, each, cycle, coarse_solver, coarse_sweeps), levels=each, cycle=cycle)

    levels: tuple[Level, ...]
    cycle: int | str


def _read_levels(levels: Any, chosen: dict[str, Any]) -> tuple[Level, ...]:
    if isinstance(levels, Sequence) and not isinstance(levels, str):
        each = tuple(levels)
        strangers = [level for level in each if not isinstance(level, Level)]
        if strangers or not each:
            raise InvalidArgumentError(f"levels: got {levels!r}; a number of grids, or a sequence of Level, is needed")
        if chosen:
            message = f"{', '.join(chosen)}: given for all levels as well as a sequence of levels; each Level has its own"
            raise InvalidArgumentError(message)
    else:
        grids = as_integer(levels, "levels")
        if not 2 <= grids <= _MOST_GRIDS:
            raise InvalidArgumentError(f"levels: got {grids}; the number of grids is 2 to {_MOST_GRIDS}")
        each = (Level(**chosen),) * (grids - 1)
    if len(each) + 1 > _MOST_GRIDS:
        raise InvalidArgumentError(f"levels: got {len(each)} levels above the coarsest; at most {_MOST_GRIDS - 1} work")
    return each


def assembled(
    A: Operator,
    levels: tuple[Level, ...],
    cycle: int | str,
    coarse_solver: Callable[[Operator], Operator] | None,
    coarse_sweeps: int,
) -> tuple[tuple[Operator, ...], Operator, tuple[str, ...]]:
    """Return the operators of all grids, the error propagator, and what was matched by order alone."""
    check_operator(A)
    if cycle != "F" and as_integer(cycle, "cycle") < 1:
        raise InvalidArgumentError(f"cycle: got {cycle!r}; 1 (V), 2 (W), a larger number, or 'F' is needed")
    grids: list[Coarser] = []
    operators = [A]
    for level in levels:
        grids.append(coarser_grid(operators[-1], level))
        operators.append(grids[-1].operator)
    solver = None
    if coarse_solver is not None:
        sweeps = as_integer(coarse_sweeps, "coarse_sweeps")
        if sweeps < 1:
            raise InvalidArgumentError(f"coarse_sweeps: got {sweeps}; a positive number is needed")
        solver = apply_smoother(coarse_solver, operators[-1], "coarse_solver") ** sweeps
    built = _Recursion(tuple(operators), levels, tuple(grids), cycle, solver)
    notes = tuple(note for grid in grids for note in grid.notes)
    return tuple(operators), built.propagator(0, flat=cycle != "F"), notes


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
