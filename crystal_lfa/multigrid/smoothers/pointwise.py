"""Smoothers that treat all unknowns or blocks at one time: Jacobi, Richardson."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crystal_lfa.multigrid.smoothers.base import Smoother, relaxation
from crystal_lfa.multigrid.smoothers.blocks import Blocks
from crystal_lfa.multigrid.smoothers.splittings import read_blocks, split
from crystal_lfa.operators import Operator, identity
from crystal_lfa.operators.reading import read_number

__all__ = ["Jacobi", "Richardson"]


@dataclass(frozen=True)
class Jacobi(Smoother):
    r"""Damped Jacobi: all unknowns, or blocks of them, at one time; :math:`S = I - \omega D^{-1} A`.

    Parameters
    ----------
    omega : number or SymPy expression
        The weight.
    blocks : Blocks, optional
        D is what couples unknowns of one block: `lines`, `planes` or `cells`; default the diagonal.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), sections 2.1.2 and 5.1.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> mg.Jacobi(0.8)(mg.poisson(1)).multipliers.round(3).ravel().tolist()
    [0.4, 0.2, 0.4]
    """

    omega: Any = 0.8
    blocks: Blocks | None = None

    def __post_init__(self) -> None:
        read_number(self.omega, "omega")
        read_blocks(self.blocks)

    def __call__(self, A: Operator) -> Operator:
        """Return I - omega D^-1 A."""
        splitting = split(A, self.blocks, self)
        return relaxation(splitting.operator, self.omega * splitting.own_inverse)


@dataclass(frozen=True)
class Richardson(Smoother):
    r"""Richardson's method: :math:`S = I - \omega A`.

    Parameters
    ----------
    omega : number or SymPy expression

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> mg.Richardson(0.25)(mg.poisson(1)).multipliers.ravel().tolist()
    [0.25, 0.5, 0.25]
    """

    omega: Any

    def __post_init__(self) -> None:
        read_number(self.omega, "omega")

    def __call__(self, A: Operator) -> Operator:
        """Return I - omega A, of any operator from a crystal to itself."""
        return relaxation(A, self.omega * identity(A.domain))
