"""One level of a multigrid method: smoothers, transfers and the operator on the next coarser grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError, LatticeError
from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.multigrid.smoothers import Jacobi
from crystal_lfa.multigrid.transfers import full_weighting, interpolation, operator_interpolation
from crystal_lfa.multigrid.transfers.coarsening import read_coarse
from crystal_lfa.operators import CrystalOperator, Operator
from crystal_lfa.operators.composing import between

__all__ = ["DEFAULT_SMOOTHER", "Coarser", "Level", "apply_smoother", "coarser_grid"]

Transfer = Operator | Callable[[Crystal, Lattice], Operator]


DEFAULT_SMOOTHER = Jacobi(0.8)


@dataclass(frozen=True)
class Level:
    """What a method does on one grid, and how it goes on to the next coarser one.

    Parameters
    ----------
    smoother : callable
        From an operator to its error propagator.
    pre, post : int
        Numbers of smoothing steps before and after the coarse grid correction.
    post_smoother : callable, optional
        Default the same smoother.
    coarse : int, flat sequence of int, list of vectors (rows) or Lattice
        The next coarser lattice, in coordinates of this level's lattice.
    prolongation, restriction : Operator or function (crystal, coarse lattice) -> Operator
        Or `operator_interpolation`, which gets the operator in place of its crystal.
    coarse_operator : None, Operator or function of the coarse lattice, optional
        None is the Galerkin operator R A P; a function such as `poisson` discretises again.
    """

    smoother: Callable[[Operator], Operator] = DEFAULT_SMOOTHER
    pre: int = 1
    post: int = 1
    post_smoother: Callable[[Operator], Operator] | None = None
    coarse: Any = 2
    prolongation: Transfer = interpolation
    restriction: Transfer = full_weighting
    coarse_operator: Any = None

    def __post_init__(self) -> None:
        for steps, name in ((self.pre, "pre"), (self.post, "post")):
            if as_integer(steps, name) < 0:
                raise InvalidArgumentError(f"{name}: got {steps}; a number of smoothing steps, 0 or more, is needed")
        for smoother, name in ((self.smoother, "smoother"), (self.post_smoother, "post_smoother")):
            if smoother is not None or name == "smoother":
                _check_smoother(smoother, name)


def _check_smoother(smoother: Any, name: str) -> None:
    if isinstance(smoother, type) or not callable(smoother):
        message = f"{name}: got {smoother!r}; a function from an operator to its error propagator is needed, such as "
        raise InvalidArgumentError(f"{message}Jacobi(0.8), or lambda A: S for an operator S")


def apply_smoother(smoother: Any, A: Operator, name: str = "smoother") -> Operator:
    """Return the error propagator of one smoothing step.

    Raises
    ------
    InvalidArgumentError
        If the smoother returns something else.
    """
    _check_smoother(smoother, name)
    propagator = _operator_from(smoother, name, "an Operator, the error propagator,", A)
    where = propagator.lattice
    known = A.lattice.dim == where.dim and A.lattice.contains(where)
    if not known or propagator.domain != A.domain.supercell(where) or propagator.domain != propagator.codomain:
        message = (
            f"{name}: it returned an operator {propagator.domain!r} -> {propagator.codomain!r}; one from A's crystal, "
        )
        raise CrystalMismatchError(f"{message}{A.domain!r}, to itself, perhaps with a larger cell, is needed")
    return propagator


def _operator_from(function: Any, name: str, wanted: str, *arguments: Any) -> Operator:
    found = function(*arguments)
    if not isinstance(found, Operator):
        raise InvalidArgumentError(f"{name}: {function!r} returned {type(found).__name__}; {wanted} is needed")
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Coarser:
    """The next coarser grid.

    Attributes
    ----------
    lattice : Lattice
    prolongation, restriction, operator : Operator
    notes : tuple of str
        What was matched that is not the same.
    """

    lattice: Lattice
    prolongation: Operator
    restriction: Operator
    operator: Operator
    notes: tuple[str, ...]


def coarser_grid(A: Operator, level: Level) -> Coarser:
    """Return the next coarser grid of an operator.

    Raises
    ------
    LatticeError
        If the coarse lattice is no sublattice.
    CrystalMismatchError
        If the transfers or the coarse operator do not fit.
    """
    lattice = read_coarse(A.lattice, level.coarse)
    cell = A.domain.supercell(lattice)
    P = _transfer(level.prolongation, A, lattice, "prolongation")
    R = _transfer(level.restriction, A, lattice, "restriction")
    _check_crystal(P.codomain, cell, "prolongation: its codomain")
    _check_crystal(R.domain, cell, "restriction: its domain")
    notes: list[str] = []
    R = _between(R, R.domain, P.domain, "restriction", notes)
    if level.coarse_operator is None:
        return Coarser(lattice, P, R, R @ A @ P, tuple(notes))
    given = level.coarse_operator
    coarse = given if isinstance(given, Operator) else _called(given, lattice, "coarse_operator")
    if coarse.lattice != lattice:
        message = f"coarse_operator: it lives on {coarse.lattice!r}; one on the coarse lattice {lattice!r} is needed"
        raise LatticeError(message)
    return Coarser(lattice, P, R, _between(coarse, P.domain, P.domain, "coarse_operator", notes), tuple(notes))


def _called(function: Any, lattice: Lattice, name: str) -> Operator:
    if not callable(function):
        message = (
            f"{name}: got {function!r}; None, an Operator, or a function of the coarse lattice such as poisson is "
        )
        raise InvalidArgumentError(f"{message}needed")
    return _operator_from(function, name, "an Operator", lattice)


def _transfer(transfer: Any, A: Operator, lattice: Lattice, name: str) -> Operator:
    if isinstance(transfer, Operator):
        if transfer.lattice != lattice:
            message = f"{name}: it lives on {transfer.lattice!r}; one on the coarse lattice {lattice!r} is needed"
            raise LatticeError(message)
        return transfer
    if not callable(transfer):
        message = f"{name}: got {transfer!r}; an Operator, or a function of a crystal and a coarser lattice, is needed"
        raise InvalidArgumentError(message)
    # The one transfer whose weights are those of the operator itself.
    fine = A if transfer is operator_interpolation else A.domain
    return _operator_from(transfer, name, "an Operator", fine, lattice)


def _check_crystal(crystal: Crystal, wanted: Crystal, what: str) -> None:
    if crystal != wanted:
        message = f"{what} is {crystal!r}; {wanted!r}, the fine crystal with the coarse cell, is needed"
        raise CrystalMismatchError(message)


def _between(operator: Operator, domain: Crystal, codomain: Crystal, name: str, notes: list[str]) -> Operator:
    """Return an operator between crystals that equal its own, or differ from them in the positions of sites alone.

    Raises
    ------
    CrystalMismatchError
        If they differ in more.
    """
    if operator.domain == domain and operator.codomain == codomain:
        return between(operator.on(domain.lattice), domain, codomain, name)
    for own, wanted in ((operator.domain, domain), (operator.codomain, codomain)):
        if own.lattice != wanted.lattice or own.dof != wanted.dof:
            message = f"{name}: its crystal {own!r} has to have as many sites and unknowns as {wanted!r}"
            raise CrystalMismatchError(message)
    if not isinstance(operator, CrystalOperator):
        message = f"{name}: its crystals {operator.domain!r} and {operator.codomain!r} differ from {domain!r} and "
        raise CrystalMismatchError(f"{message}{codomain!r} in the positions of sites, and it has no multipliers")
    described = cast("CrystalOperator", operator.on(domain.lattice))
    notes.append(f"{name}: the sites of {operator.domain!r} were matched with those of {domain!r} by their order")
    return CrystalOperator.from_arrays(domain, codomain, described.offsets, described.multipliers)
