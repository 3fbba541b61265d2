"""What every smoother is: a frozen object that maps an operator to its error propagator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import reduce

import numpy as np
from array_api_compat import array_namespace

from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError, SingularSymbolError
from crystal_lfa.operators import CrystalOperator, Operator, identity
from crystal_lfa.operators import diagonal as diagonal_operator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.nodes import Product

__all__ = ["Smoother", "composition", "finite_range", "inverse_of_diagonal", "relaxation"]


class Smoother(ABC):
    """A relaxation method: called with an operator, it returns the error propagator.

    That is the operator that maps the error before a sweep to the error after it.

    Anything else that is called so may stand where a smoother is asked for.
    """

    @abstractmethod
    def __call__(self, A: Operator) -> Operator:
        """Return the error propagator of one sweep for A.

        Parameters
        ----------
        A : CrystalOperator
            From a crystal to itself; a Galerkin operator has multipliers too.

        Raises
        ------
        CrystalMismatchError
            If A does not map a crystal to itself.
        InvalidArgumentError
            If the multipliers of A are not known.
        SingularSymbolError
            If a diagonal entry or block, which is inverted, is singular; the message says which.
        """


def finite_range(A: object, who: Smoother) -> CrystalOperator:
    """Return an operator whose multipliers a smoother can use.

    Raises
    ------
    InvalidArgumentError
        If it is no operator of finite range.
    CrystalMismatchError
        If it does not map a crystal to itself, site by site.
    """
    name = type(who).__name__
    if not isinstance(A, Operator):
        raise InvalidArgumentError(f"A: got {A!r} of type {type(A).__name__}; {name} needs an Operator")
    if not isinstance(A, CrystalOperator):
        message = f"A: got {A!r}; {name} needs the multipliers of an operator of finite range, such as a stencil's or "
        raise InvalidArgumentError(f"{message}those of the Galerkin operator R @ A @ P")
    if not A.domain.is_same_as(A.codomain):
        message = f"A: {name} needs an operator from a crystal to itself; got {A.domain!r} -> {A.codomain!r}"
        raise CrystalMismatchError(message)
    return A


def inverse_of_diagonal(A: CrystalOperator, who: Smoother) -> CrystalOperator:
    """Return the inverse of an operator's diagonal.

    Raises
    ------
    SingularSymbolError
        If an entry is zero; it is named.
    """
    diagonal = A.diagonal()
    present = len(diagonal.offsets) > 0
    entries = to_numpy(diagonal.multipliers)[0].diagonal() if present else np.zeros(A.shape[0])
    zeros = [number for number, entry in enumerate(entries) if entry == 0]
    if zeros:
        message = f"A: the diagonal entry of {_unknowns(A, zeros)} is zero; {type(who).__name__} divides by it"
        raise SingularSymbolError(f"{message}; blocks of several unknowns may be regular")
    matrix = diagonal.multipliers[0, ...]
    # Not by an inverse of matrices: entries of very different sizes are all the same no singular matrix.
    return diagonal_operator(1 / array_namespace(matrix).linalg.diagonal(matrix), A.domain)


def _unknowns(A: CrystalOperator, numbers: Sequence[int]) -> str:
    """Return the names of unknowns of a cell: those of their sites, and channels where there are several."""
    names = []
    for label, dof in zip(A.domain.labels, A.domain.dof, strict=True):
        place = f"site {label}"
        names += [place if dof == 1 else f"{place}, channel {channel}" for channel in range(dof)]
    chosen = [names[number] for number in numbers[:3]]
    more = f" and {len(numbers) - 3} more unknowns" if len(numbers) > 3 else ""
    return f"{'; '.join(chosen)}{more}"


def relaxation(A: Operator, approximate_inverse: Operator) -> Operator:
    """Return the error propagator I - B A of the iteration x + B (b - A x)."""
    return identity(A.domain) - approximate_inverse @ A


def composition(factors: Sequence[Operator]) -> Operator:
    """Return the product of propagators, the last one acting first, kept as factors: not multiplied out."""
    return reduce(Product, factors)
