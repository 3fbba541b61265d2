"""Smoothers that treat one unknown or block after the other: Gauss-Seidel, SOR, Kaczmarz.

On a torus the splitting is wrapped: what couples to an unknown that the ordering of the infinite lattice visits before
is taken as done. A sweep that really goes through the points of a torus is another operator
(`multigrid.simulate` with ``kind="sequential"``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.multigrid.smoothers.base import (
    Smoother,
    composition,
    finite_range,
    relaxation,
)
from crystal_lfa.multigrid.smoothers.blocks import Blocks
from crystal_lfa.multigrid.smoothers.splittings import read_blocks, split
from crystal_lfa.operators import CrystalOperator, Operator
from crystal_lfa.operators.reading import read_number

__all__ = ["SOR", "GaussSeidel", "Kaczmarz"]


@dataclass(frozen=True)
class GaussSeidel(Smoother):
    r"""Gauss-Seidel: unknowns one after the other; :math:`S = I - (D + L)^{-1} A`.

    L couples an unknown to those visited before it. Symmetric: a sweep forward, then one backward.

    Parameters
    ----------
    order : (d, d) integers, optional
        Lattice points z are visited lexicographically by ``order @ z``, then site by site, then channel by channel;
        default the identity: the last coordinate runs fastest.
    reverse : bool
        Whether all is visited in the opposite order.
    symmetric : bool
        Whether a second sweep goes back.
    blocks : Blocks, optional
        `lines`, `planes` or `cells`, visited as blocks: lines in the order of their points across, cells in that of
        their own coordinates.
    unknowns : sequence of int, optional
        The unknowns of a cell, by number, in another order than site by site.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), sections 2.1.3 and 5.1.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> S = mg.GaussSeidel()(mg.poisson(2))
    >>> round(abs(S.symbol([0.25, 0.25]).item()), 12)
    0.4472135955
    """

    order: Any = None
    reverse: bool = False
    symmetric: bool = False
    blocks: Blocks | None = None
    unknowns: Any = None

    def __post_init__(self) -> None:
        read_blocks(self.blocks)

    def __call__(self, A: Operator) -> Operator:
        """Return I - (D + L)^-1 A."""
        factors = [relaxation(split_operator, M.inv()) for split_operator, M in self.matrices(A)]
        return factors[0] if len(factors) == 1 else composition(factors[::-1])

    def matrices(self, A: Operator) -> list[tuple[Operator, Operator]]:
        """Return, for each sweep, A in a cell that parts no block, and the matrix D + L or D + U that it inverts."""
        splitting = split(A, self.blocks, self)
        before = splitting.before(self.order, self.unknowns)
        first = splitting.own + before
        last = splitting.operator - before
        matrices = [last, first] if self.reverse else [first, last]
        return [(splitting.operator, M) for M in matrices[: 2 if self.symmetric else 1]]


@dataclass(frozen=True)
class SOR(Smoother):
    r"""Successive over-relaxation: :math:`S = I - (D / \omega + L)^{-1} A`.

    Parameters
    ----------
    omega : number or SymPy expression, not zero
    order, reverse : as of `GaussSeidel`

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), section 2.1.3.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> mg.SOR(1)(mg.poisson(2)).allclose(mg.GaussSeidel()(mg.poisson(2)))
    True
    """

    omega: Any
    order: Any = None
    reverse: bool = False

    def __post_init__(self) -> None:
        if read_number(self.omega, "omega") == 0:
            raise InvalidArgumentError("omega: got 0; SOR divides by it")

    def __call__(self, A: Operator) -> Operator:
        """Return I - (D / omega + L)^-1 A."""
        operator = finite_range(A, self)
        return relaxation(operator, _triangle(operator, self).inv())


@dataclass(frozen=True)
class Kaczmarz(Smoother):
    r"""Kaczmarz's method: Gauss-Seidel for :math:`A A^H y = b` with :math:`x = A^H y`; it never diverges.

    .. math:: S = I - A^H (D / \omega + L)^{-1} A,

    D and L the diagonal and the strictly lower part of :math:`A A^H`.

    Parameters
    ----------
    omega : number or SymPy expression, not zero
    order, reverse : as of `GaussSeidel`

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), section 8.2.4; Kaczmarz (1937).

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> S = mg.Kaczmarz()(mg.poisson(1))
    >>> round(abs(S.symbol([0.5]).item()), 12)
    0.454545454545
    """

    omega: Any = 1.0
    order: Any = None
    reverse: bool = False

    def __post_init__(self) -> None:
        if read_number(self.omega, "omega") == 0:
            raise InvalidArgumentError("omega: got 0; Kaczmarz divides by it")

    def __call__(self, A: Operator) -> Operator:
        """Return I - A^H (D / omega + L)^-1 A."""
        operator = finite_range(A, self)
        normal = finite_range(operator @ operator.H, self)
        return relaxation(operator, operator.H @ _triangle(normal, self).inv())


def _triangle(A: CrystalOperator, who: SOR | Kaczmarz) -> Operator:
    """Return D / omega + L, the matrix that a sweep inverts."""
    splitting = split(A, None, who)
    before = splitting.before(who.order)
    triangle = A - splitting.own - before if who.reverse else before
    matrix: Operator = splitting.own / who.omega + triangle
    return matrix
