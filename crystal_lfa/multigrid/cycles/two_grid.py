"""Two-grid cycles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crystal_lfa.multigrid.cycles.cycle import Cycle
from crystal_lfa.multigrid.cycles.levels import DEFAULT_SMOOTHER, Level
from crystal_lfa.multigrid.cycles.recursion import Recipe
from crystal_lfa.multigrid.transfers import full_weighting, interpolation
from crystal_lfa.operators import Operator

__all__ = ["TwoGrid"]


class TwoGrid(Cycle):
    r"""The two-grid cycle: smoothing, correction from the next coarser grid, smoothing.

    .. math:: E = S_2^{\nu_2} (I - P A_c^{-1} R A) S_1^{\nu_1}

    Parameters
    ----------
    A : CrystalOperator
    smoother : callable
        From an operator to its error propagator :math:`S_1`, such as `Jacobi`.
    pre, post : int
        The numbers of smoothing steps :math:`\nu_1, \nu_2`.
    post_smoother : callable, optional
        For :math:`S_2`; default the same.
    coarse : int, flat sequence of int, list of vectors (rows) or Lattice
        The coarse lattice, in coordinates of A's.
    prolongation, restriction : Operator or function (crystal, coarse lattice) -> Operator
        P and R; or `operator_interpolation`, which gets A in place of its crystal.
    coarse_operator : None, Operator or function of the coarse lattice, optional
        :math:`A_c`; None is the Galerkin operator R A P, a function such as `poisson` discretises again.
    coarse_solver : callable, optional
        In place of the exact :math:`A_c^{-1}`: a smoother, of which `coarse_sweeps` are done from the guess 0.
    coarse_sweeps : int

    Attributes
    ----------
    error_propagator : Operator
        E, on the coarse lattice.
    operator : Operator
        A.
    operators : tuple of Operator
        A and the coarse operator.
    notes : tuple of str
        Crystals that were matched although their sites lie at other positions.

    Raises
    ------
    LatticeError
        If the coarse lattice is no sublattice of A's.
    CrystalMismatchError
        If transfers or coarse operator do not fit.
    InvalidArgumentError, SingularSymbolError
        If an argument is none of these, or the coarse operator singular at every frequency.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), sections 2.4 and 4.4.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> from crystal_lfa import multigrid as mg
    >>> tg = mg.TwoGrid(mg.poisson(2), smoother=mg.Jacobi(0.8), coarse_operator=mg.poisson)
    >>> tg.convergence_factor()
    Supremum(0.36 attained, no upper bound, at kappa = [...], 1 frequencies left out)
    >>> torus = lfa.lattices.integer(2).torus(64, twist=0.5)
    >>> round(float(tg.convergence_factor(torus)), 12)
    0.35884456669
    """

    def __init__(
        self,
        A: Operator,
        smoother: Callable[[Operator], Operator] = DEFAULT_SMOOTHER,
        pre: int = 1,
        post: int = 1,
        post_smoother: Callable[[Operator], Operator] | None = None,
        coarse: Any = 2,
        prolongation: Any = interpolation,
        restriction: Any = full_weighting,
        coarse_operator: Any = None,
        coarse_solver: Callable[[Operator], Operator] | None = None,
        coarse_sweeps: int = 1,
    ) -> None:
        level = Level(smoother, pre, post, post_smoother, coarse, prolongation, restriction, coarse_operator)
        super().__init__(A, Recipe((level,), 1, coarse_solver, coarse_sweeps))
