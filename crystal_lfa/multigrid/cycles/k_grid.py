"""Cycles over several grids: V, W, F, and gamma recursions of the coarse grid correction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.multigrid.cycles.cycle import Cycle
from crystal_lfa.multigrid.cycles.levels import Level
from crystal_lfa.multigrid.cycles.recursion import MOST_GRIDS, Recipe
from crystal_lfa.operators import Operator

__all__ = ["KGrid"]


class KGrid(Cycle):
    r"""A cycle over several grids: the coarse grid correction is replaced by cycles on the next coarser grid.

    .. math:: E_l = S_2^{\nu_2} (I - P (I - C_{l+1}) A_{l+1}^{-1} R A_l) S_1^{\nu_1}

    with :math:`C_{l+1} = E_{l+1}^\gamma`, of an F-cycle a V-cycle after an F-cycle; on the coarsest grid it is 0.

    Parameters
    ----------
    A : CrystalOperator
    levels : int, or sequence of Level
        The number of grids, or what is done on each grid but the coarsest, finest first.
    cycle : int, "V", "W" or "F"
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
        super().__init__(A, Recipe(each, cycle, coarse_solver, coarse_sweeps))


def _read_levels(levels: Any, chosen: dict[str, Any]) -> tuple[Level, ...]:
    if isinstance(levels, Sequence) and not isinstance(levels, str):
        each = tuple(levels)
        strangers = [level for level in each if not isinstance(level, Level)]
        if strangers or not each:
            raise InvalidArgumentError(f"levels: got {levels!r}; a number of grids, or a sequence of Level, is needed")
        if chosen:
            message = (
                f"{', '.join(chosen)}: given for all levels as well as a sequence of levels; each Level has its own"
            )
            raise InvalidArgumentError(message)
    else:
        grids = as_integer(levels, "levels")
        if not 2 <= grids <= MOST_GRIDS:
            raise InvalidArgumentError(f"levels: got {grids}; the number of grids is 2 to {MOST_GRIDS}")
        each = (Level(**chosen),) * (grids - 1)
    if len(each) + 1 > MOST_GRIDS:
        raise InvalidArgumentError(f"levels: got {len(each)} levels above the coarsest; at most {MOST_GRIDS - 1} work")
    return each
